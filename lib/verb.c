#include "lib/verb.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

#define S(kind) (1U << QN_SECRET_##kind)
#define END { NULL, QN_FIELD_INT, false, 0, 0, NULL }
#define UUID { "job", QN_FIELD_WORD, true, 36, 36, NULL }
#define FIELDS(name) static const struct qn_field name[]

FIELDS(none) = { END };

/* ---- intake ---- */

FIELDS(job_begin) = {
    { "cupsd", QN_FIELD_WORD, true, 1, 64, NULL },        /* which cupsd: its configured name */
    { "cups_job", QN_FIELD_INT, true, 0, 0x7fffffff, NULL },
    { "uuid", QN_FIELD_WORD, true, 1, 64, NULL },         /* job-uuid; a client can choose it */
    { "created", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, /* time-at-creation, seconds */
    { "document", QN_FIELD_INT, true, 0, 9999, NULL },    /* number from the spool file's name; 0 when piped */
    { "queue", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "owner", QN_FIELD_TEXT, true, 1, 255, NULL },       /* the name as cupsd says it */
    { "proof", QN_FIELD_WORD, true, 1, 16, NULL },        /* none, cupsd */
    { "title", QN_FIELD_TEXT, true, 0, 1023, NULL },
    { "classification", QN_FIELD_TEXT, false, 1, 63, NULL },
    { "options", QN_FIELD_MAP, true, 0, 128, NULL },      /* IPP Job Template names and values */
    END,
};
FIELDS(job_begin_reply) = {
    UUID,
    { "owner_id", QN_FIELD_WORD, true, 0, 64, NULL },     /* the directory's id; empty while pending */
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "max_bytes", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "owner", QN_FIELD_TEXT, true, 1, 255, NULL },       /* the name as the row keeps it, for the file's header */
    END,
};
FIELDS(job_commit) = {
    UUID,
    { "format", QN_FIELD_WORD, true, 3, 63, NULL },
    { "length", QN_FIELD_INT, true, 1, INT64_MAX, NULL },      /* of the document */
    { "commitment", QN_FIELD_HEX, true, 64, 64, NULL },
    { "tags", QN_FIELD_HEX, true, 64, 64, NULL },              /* SHA-256 over the chunk tags */
    END,
};
FIELDS(job_commit_reply) = {
    UUID,                                                      /* of the held job: an older one if this was a repetition */
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },         /* wall clock, ms */
    { "known", QN_FIELD_INT, true, 0, 1, NULL },               /* 1: it was held already, this copy was dropped */
    END,
};

/* ---- people ---- */

FIELDS(terminal_enrol_reply) = { { "name", QN_FIELD_TEXT, true, 1, 63, NULL }, END };
FIELDS(terminal_hello_reply) = {
    { "name", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "device", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    END,
};
FIELDS(login_password) = { { "login", QN_FIELD_TEXT, true, 1, 255, NULL }, END };
FIELDS(login_reply) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "display", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "roles", QN_FIELD_WORDS, true, 0, 16, NULL },
    END,
};
FIELDS(job_list) = {
    { "after", QN_FIELD_WORD, false, 36, 36, NULL }, /* the last job id of the page before */
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(job_row) = {
    UUID,
    { "title", QN_FIELD_TEXT, true, 0, 1023, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },        /* last reason it is not printed, a key of the catalogue */
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "length", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "copies", QN_FIELD_INT, true, 1, 9999, NULL },
    { "received", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(job_list_reply) = {
    { "jobs", QN_FIELD_ROWS, true, 0, 50, job_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    { "now", QN_FIELD_INT, true, 0, INT64_MAX, NULL },  /* the core's wall clock, ms */
    END,
};
FIELDS(job_release) = {
    { "jobs", QN_FIELD_WORDS, true, 1, 50, NULL },
    { "idem", QN_FIELD_WORD, true, 16, 32, NULL },      /* idempotency key: the same key gets the same answer */
    END,
};
FIELDS(act_row) = {
    UUID,
    { "code", QN_FIELD_WORD, true, 1, 16, NULL },       /* ok, or why not */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(act_reply) = { { "jobs", QN_FIELD_ROWS, true, 1, 50, act_row }, END };
FIELDS(job_delete) = { { "jobs", QN_FIELD_WORDS, true, 1, 50, NULL }, END };
FIELDS(job_resolve) = {
    UUID,
    { "outcome", QN_FIELD_WORD, true, 1, 8, NULL },     /* printed, again */
    END,
};
FIELDS(admin_jobs) = {
    { "after", QN_FIELD_WORD, false, 36, 36, NULL },
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(admin_job_row) = {
    UUID,
    { "owner", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "queue", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "length", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "received", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(admin_jobs_reply) = {
    { "jobs", QN_FIELD_ROWS, true, 0, 50, admin_job_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    { "now", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(admin_audit) = {
    { "before", QN_FIELD_INT, false, 0, INT64_MAX, NULL }, /* records with a smaller number; newest first */
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(audit_row) = {
    { "seq", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "entry", QN_FIELD_TEXT, true, 2, 4095, NULL },    /* canonical JSON of the record */
    END,
};
FIELDS(admin_audit_reply) = {
    { "records", QN_FIELD_ROWS, true, 0, 50, audit_row },
    { "size", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};

/* ---- workers ---- */

FIELDS(worker_ready) = {
    { "kind", QN_FIELD_WORD, true, 1, 16, NULL },       /* ldap, pin, deliver */
    END,
};
FIELDS(ldap_find) = {
    { "login", QN_FIELD_TEXT, false, 1, 255, NULL },    /* this or id */
    { "id", QN_FIELD_WORD, false, 1, 64, NULL },        /* as an answer gave it */
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },    /* DNs: which of these is the person in? */
    END,
};
FIELDS(ldap_bind) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },
    END,
};
FIELDS(ldap_badge) = { { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL }, END };
FIELDS(person_reply) = {
    { "id", QN_FIELD_WORD, true, 1, 64, NULL },         /* entryUUID or objectGUID */
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },     /* as the directory spells it */
    { "display", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },    /* of those that were asked about, as they were spelled */
    { "status", QN_FIELD_WORD, true, 1, 16, NULL },     /* active, disabled, locked, expired, must-change */
    { "same", QN_FIELD_TEXT, true, 0, 255, NULL },      /* equal for two accounts of one person; empty: not known */
    END,
};
FIELDS(pin_hash) = {
    { "n", QN_FIELD_INT, true, 1024, 1048576, NULL },   /* scrypt cost; r = 8, p = 1 */
    END,
};
FIELDS(deliver_job) = {
    UUID,
    { "device", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "uri", QN_FIELD_TEXT, true, 6, 1023, NULL },      /* ipp:// or ipps:// */
    { "ca", QN_FIELD_TEXT, false, 1, 1023, NULL },      /* file of trusted certificates, for ipps */
    { "pin", QN_FIELD_HEX, false, 64, 64, NULL },       /* SHA-256 of the printer's certificate (DER), for ipps */
    { "format", QN_FIELD_WORD, true, 3, 63, NULL },
    { "length", QN_FIELD_INT, true, 1, INT64_MAX, NULL },
    { "commitment", QN_FIELD_HEX, true, 64, 64, NULL },
    { "tags", QN_FIELD_HEX, true, 64, 64, NULL },
    { "mac", QN_FIELD_HEX, true, 64, 64, NULL },        /* bytes 32 to 63 of the file's header, recomputed from the row */
    { "options", QN_FIELD_MAP, true, 0, 128, NULL },
    { "code", QN_FIELD_WORD, true, 4, 16, NULL },       /* job-name at the printer: never title or login */
    { "verify_max", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(deliver_job_reply) = {
    { "outcome", QN_FIELD_WORD, true, 1, 16, NULL },    /* printed, held, uncertain, damaged */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },        /* a key of the catalogue */
    { "impressions", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* -1: the printer didn't say */
    END,
};
FIELDS(deliver_created) = {
    UUID,
    { "printer_job", QN_FIELD_INT, true, 1, 0x7fffffff, NULL },
    { "printer_uuid", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "up_time", QN_FIELD_INT, true, 0, 0x7fffffff, NULL },
    END,
};
FIELDS(deliver_sent) = { UUID, END };

/* ---- root's machine verbs (quoinctl) ---- */

FIELDS(status_reply) = {
    { "version", QN_FIELD_WORD, true, 1, 32, NULL },
    { "uptime", QN_FIELD_INT, true, 0, INT64_MAX, NULL },      /* ms */
    { "held", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "held_bytes", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "releasing", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "uncertain", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "overdue", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "records", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "workers", QN_FIELD_MAP, true, 0, 8, NULL },             /* kind to number dialled in */
    { "slowest_us", QN_FIELD_INT, true, 0, INT64_MAX, NULL },  /* slowest handler since the start, microseconds */
    { "slowest_verb", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(device_add) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "uri", QN_FIELD_TEXT, true, 6, 1023, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "ceiling", QN_FIELD_WORD, true, 1, 32, NULL },           /* highest class it may print */
    { "ca", QN_FIELD_TEXT, false, 1, 1023, NULL },
    { "pin", QN_FIELD_HEX, false, 64, 64, NULL },
    END,
};
FIELDS(device_list_reply) = { { "devices", QN_FIELD_ROWS, true, 0, 200, device_add }, END };
FIELDS(terminal_add) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "device", QN_FIELD_WORD, true, 1, 63, NULL },
    END,
};
FIELDS(terminal_row) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "device", QN_FIELD_WORD, true, 1, 63, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },             /* waiting, enrolled, revoked */
    END,
};
FIELDS(terminal_list_reply) = { { "terminals", QN_FIELD_ROWS, true, 0, 200, terminal_row }, END };
FIELDS(name_only) = { { "name", QN_FIELD_WORD, true, 1, 127, NULL }, END };
FIELDS(queue_set) = {
    { "queue", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    END,
};
FIELDS(badge_add) = { { "login", QN_FIELD_TEXT, true, 1, 255, NULL }, END };
FIELDS(pin_issue) = { { "login", QN_FIELD_TEXT, true, 1, 255, NULL }, END };

const struct qn_verb qn_verb_table[] = {
    /* name, ask, reply, secrets that must come, that may come, that may come back, descriptors in, descriptors back */
    { "job.begin", job_begin, job_begin_reply, 0, 0, S(KEY), 0, 1 },
    { "job.commit", job_commit, job_commit_reply, 0, 0, 0, 0, 0 },

    { "terminal.enrol", none, terminal_enrol_reply, S(CODE), 0, S(TERMINAL), 0, 0 },
    { "terminal.hello", none, terminal_hello_reply, S(TERMINAL), 0, 0, 0, 0 },
    { "login.badge", none, login_reply, S(TERMINAL) | S(BADGE), S(PIN), S(SESSION), 0, 0 },
    { "login.password", login_password, login_reply, S(PASSWORD), S(TERMINAL), S(SESSION), 0, 0 },
    { "session.check", none, login_reply, S(SESSION), S(TERMINAL), 0, 0, 0 },
    { "logout", none, none, S(SESSION), S(TERMINAL), 0, 0, 0 },
    { "job.list", job_list, job_list_reply, S(SESSION), S(TERMINAL), 0, 0, 0 },
    { "job.release", job_release, act_reply, S(SESSION) | S(TERMINAL), 0, 0, 0, 0 },
    { "job.delete", job_delete, act_reply, S(SESSION), S(TERMINAL), 0, 0, 0 },
    { "job.resolve", job_resolve, act_reply, S(SESSION) | S(TERMINAL), 0, 0, 0, 0 },
    { "admin.jobs", admin_jobs, admin_jobs_reply, S(SESSION), 0, 0, 0, 0 },
    { "admin.audit", admin_audit, admin_audit_reply, S(SESSION), 0, 0, 0, 0 },

    { "worker.ready", worker_ready, none, 0, 0, 0, 0, 0 },
    { "ldap.find", ldap_find, person_reply, 0, 0, S(VERIFIER), 0, 0 },
    { "ldap.bind", ldap_bind, person_reply, S(PASSWORD), 0, 0, 0, 0 },
    { "ldap.badge", ldap_badge, person_reply, S(BADGE), 0, S(VERIFIER), 0, 0 },
    { "pin.hash", pin_hash, none, S(PIN) | S(SALT), 0, S(HASH), 0, 0 },
    { "pin.crypt", none, none, S(PIN) | S(VERIFIER), 0, S(HASH), 0, 0 },
    { "deliver.job", deliver_job, deliver_job_reply, S(KEY), 0, 0, 1, 0 },
    { "deliver.created", deliver_created, none, 0, 0, 0, 0, 0 },
    { "deliver.sent", deliver_sent, none, 0, 0, 0, 0, 0 },

    { "status", none, status_reply, 0, 0, 0, 0, 0 },
    { "device.add", device_add, none, 0, 0, 0, 0, 0 },
    { "device.list", none, device_list_reply, 0, 0, 0, 0, 0 },
    { "terminal.add", terminal_add, none, 0, 0, S(CODE), 0, 0 },
    { "terminal.list", none, terminal_list_reply, 0, 0, 0, 0, 0 },
    { "terminal.revoke", name_only, none, 0, 0, 0, 0, 0 },
    { "queue.set", queue_set, none, 0, 0, 0, 0, 0 },
    { "badge.add", badge_add, none, S(BADGE), 0, 0, 0, 0 },
    { "pin.issue", pin_issue, none, 0, 0, S(PIN), 0, 0 },
    { NULL, NULL, NULL, 0, 0, 0, 0, 0 },
};

const struct qn_verb *qn_verb_find(const char *name)
{
    for (const struct qn_verb *v = qn_verb_table; v->name; v++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}

static bool word_ok(const char *s)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("._:@/+-", *s)))
            return false;
    return true;
}

static bool text_ok(const json_t *v, size_t min, size_t max, bool word)
{
    size_t n = json_string_length(v);

    if (!json_is_string(v) || n < min || n > max)
        return false;
    return word ? word_ok(json_string_value(v)) : qn_utf8_clean(json_string_value(v), n);
}

static bool hex_ok(const json_t *v, const struct qn_field *f)
{
    const char *s = json_string_value(v);

    return s && (int64_t)strlen(s) >= f->min && (int64_t)strlen(s) <= f->max && strspn(s, "0123456789abcdef") == strlen(s);
}

static bool list_ok(const json_t *v, const struct qn_field *f)
{
    bool word = f->type == QN_FIELD_WORDS;

    if (!json_is_array(v) || (int64_t)json_array_size(v) > f->max || (int64_t)json_array_size(v) < f->min)
        return false;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!text_ok(json_array_get(v, i), word ? 1 : 0, word ? 255 : 1023, word))
            return false;
    return true;
}

static bool map_ok(json_t *v, const struct qn_field *f)
{
    const char *key;
    json_t *item;

    if (!json_is_object(v) || (int64_t)json_object_size(v) > f->max)
        return false;
    json_object_foreach(v, key, item)
        if (!*key || strlen(key) > 127 || !word_ok(key) || !text_ok(item, 0, 1023, false))
            return false;
    return true;
}

static int fields_check(json_t *o, const struct qn_field *fields, bool all, const char *verb, struct qn_err *err);

static int rows_check(const json_t *v, const struct qn_field *f, const char *verb, struct qn_err *err)
{
    int r = 0;

    if (!json_is_array(v) || (int64_t)json_array_size(v) > f->max || (int64_t)json_array_size(v) < f->min)
        return qn_fail(err, QN_EINVAL, "%s: field %s has the wrong number of rows", verb, f->name);
    for (size_t i = 0; i < json_array_size(v) && r == 0; i++)
        r = fields_check(json_array_get(v, i), f->rows, true, verb, err);
    return r;
}

static int field_check(json_t *v, const struct qn_field *f, const char *verb, struct qn_err *err)
{
    bool ok = false;

    switch (f->type) {
    case QN_FIELD_TEXT:
    case QN_FIELD_WORD:
        ok = text_ok(v, (size_t)f->min, (size_t)f->max, f->type == QN_FIELD_WORD);
        break;
    case QN_FIELD_HEX:
        ok = hex_ok(v, f);
        break;
    case QN_FIELD_INT:
        ok = json_is_integer(v) && json_integer_value(v) >= f->min && json_integer_value(v) <= f->max;
        break;
    case QN_FIELD_WORDS:
    case QN_FIELD_TEXTS:
        ok = list_ok(v, f);
        break;
    case QN_FIELD_MAP:
        ok = map_ok(v, f);
        break;
    case QN_FIELD_ROWS:
        return rows_check(v, f, verb, err);
    }
    return ok ? 0 : qn_fail(err, QN_EINVAL, "%s: field %s is not what it must be", verb, f->name);
}

static int fields_check(json_t *o, const struct qn_field *fields, bool all, const char *verb, struct qn_err *err)
{
    size_t seen = 0;

    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "%s: fields are not an object", verb);
    for (const struct qn_field *f = fields; f->name; f++) {
        json_t *v = json_object_get(o, f->name);
        int r;

        if (!v) {
            if (f->required && all)
                return qn_fail(err, QN_EINVAL, "%s: field %s is missing", verb, f->name);
            continue;
        }
        seen++;
        if ((r = field_check(v, f, verb, err)) != 0)
            return r;
    }
    if (seen != json_object_size(o))
        return qn_fail(err, QN_EINVAL, "%s: a field that does not belong there", verb);
    return 0;
}

int qn_verb_check(const struct qn_msg *m, struct qn_err *err)
{
    const struct qn_verb *v = qn_verb_find(m->verb);
    unsigned have = 0, must, may;

    if (!v)
        return qn_fail(err, QN_EINVAL, "unknown message %s", m->verb);
    for (size_t i = 0; i < m->secrets; i++)
        have |= 1U << m->secret[i].kind;
    must = m->answer ? 0 : v->ask_secrets;
    may = m->answer ? v->reply_secrets_may : v->ask_secrets | v->ask_secrets_may;
    if ((have & must) != must || (have & ~may))
        return qn_fail(err, QN_EINVAL, "%s: secrets missing, or that do not belong there", v->name);
    if (m->answer ? m->fds > v->reply_fds_may : m->fds != v->ask_fds)
        return qn_fail(err, QN_EINVAL, "%s: wrong number of descriptors", v->name);
    return fields_check(m->f, m->answer ? v->reply : v->ask, !m->answer || m->code == QN_OK, v->name, err);
}
