#include "server/job-owner.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"
#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/job-key.h"
#include "server/job-purge.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

int qn_job_own(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *out, struct qn_err *err)
{
    int r = qn_store_job(c->store, id, out, err);

    if (r == 0 && (out->owner != who->session.person || out->state == QN_JOB_ERASED))
        r = qn_fail(err, QN_ENOTFOUND, "no job %s of this person", id);
    return r;
}

enum { LIST_BYTES = 48 * 1024 };

struct listing {
    struct qn_core *c;
    const struct qn_who *who;
    json_t *rows;
    int64_t limit;
    size_t bytes;   /* of titles so far: an answer is one packet */
    bool more;
};

static int64_t copies_of(struct qn_core *c, const struct qn_job *j, const uint8_t *key)
{
    struct qn_err err;
    json_t *options;
    const char *text;
    long long n = 1;

    if (qn_job_options(c, j, key, &options, &err) != 0)
        return 1;
    text = json_string_value(json_object_get(options, "copies"));
    if (text && sscanf(text, "%9lld", &n) != 1)
        n = 1;
    json_decref(options);
    return n < 1 || n > 9999 ? 1 : n;
}

static int list_row(void *ctx, const struct qn_job *j)
{
    struct listing *l = ctx;
    const struct qn_class *k = qn_class_level(j->class_);
    char title[1024] = "";
    struct qn_err err;
    int64_t copies = 1;
    uint8_t *key;

    if (k && !(k->methods & qn_method_parse(l->who->session.method)) && l->who->session.kind == QN_SESSION_KIOSK &&
        strcmp(l->who->session.method, "badge") == 0)
        return 0; /* a badge alone shows only what a badge alone may print */
    if ((int64_t)json_array_size(l->rows) == l->limit || l->bytes > LIST_BYTES) {
        l->more = true;
        return 1;
    }
    key = qn_job_key(l->c, j, &err);
    if (key) {
        if (qn_job_title(l->c, j, key, title, &err) != 0)
            qn_log(QN_LOG_ERR, "title of job %s: %s", j->id, err.text);
        copies = copies_of(l->c, j, key);
    }
    qn_secret_free(&key);
    l->bytes += 300 + 2 * strlen(title);
    json_array_append_new(l->rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "job", j->id, "title", title,
                                             "state", qn_job_state_name(j->state), "why", j->why, "classification",
                                             k ? k->name : "unknown", "length", (json_int_t)j->sum.length, "copies",
                                             (json_int_t)copies, "received", (json_int_t)j->received, "due",
                                             (json_int_t)j->due));
    return 0;
}

int qn_job_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                struct qn_err *err)
{
    struct listing l = { c, who, json_array(), qn_msg_get_int(in, "limit"), 0, false };
    int r = qn_store_job_each_owner(c->store, who->session.person, qn_msg_get(in, "after"), (int)l.limit + 1, list_row, &l, err);

    (void)p;
    qn_msg_json(out, "jobs", l.rows);
    qn_msg_int(out, "more", l.more);
    qn_msg_int(out, "now", c->now);
    return r < 0 ? r : 0;
}

static int delete_one(struct qn_core *c, const struct qn_who *who, const char *id, const struct qn_msg *in, json_t *rows,
                      struct qn_err *err)
{
    struct qn_job j;
    int code = qn_job_own(c, who, id, &j, err), r = 0;

    if (code == 0 && qn_job_state_next(j.state, QN_EVENT_ERASE) < 0)
        code = QN_ECONFLICT;
    if (code == 0)
        r = qn_record(c, QN_AUDIT_JOB_CANCELLED, in->req, err, "{s:s, s:s, s:s}", "job", j.id, "person", who->person.dir_id,
                      "state", qn_job_state_name(j.state));
    if (code == 0 && r == 0)
        r = qn_purge_job(c, &j, "cancelled", err);
    if (code == QN_EIO || r != 0)
        return r != 0 ? r : code;
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "job", id, "code", qn_code_name(code), "why",
                                          code == QN_ECONFLICT ? "already-printing" : code ? "not-yours" : ""));
    return 0;
}

int qn_job_delete(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    json_t *jobs = json_object_get(in->f, "jobs"), *rows = json_array();
    int r = 0;

    (void)p;
    qn_msg_json(out, "jobs", rows);
    for (size_t i = 0; i < json_array_size(jobs) && r == 0; i++)
        r = delete_one(c, who, json_string_value(json_array_get(jobs, i)), in, rows, err);
    return r;
}

/* ---- pending owners ---- */

struct pending { char job[QN_UUID_TEXT]; };

static int pending_known(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct pending *pd = ctx;
    struct qn_person person;
    struct qn_job j;
    int r;

    if (!answer || (answer->code != QN_OK && answer->code != QN_ENOTFOUND))
        return 0; /* still away; asked again later */
    r = qn_store_job(c->store, pd->job, &j, err);
    if (r != 0 || j.owner != 0 || j.state != QN_JOB_HELD)
        return r;
    if (answer->code == QN_ENOTFOUND) {
        r = qn_record(c, QN_AUDIT_JOB_REJECTED, "", err, "{s:s, s:s, s:s}", "job", j.id, "owner_name", j.owner_name, "reason",
                      "unknown-owner");
        return r == 0 ? qn_purge_job(c, &j, "unknown-owner", err) : r;
    }
    if ((r = qn_person_learn(c, answer, &person, err)) != 0 ||
        (r = qn_store_job_set_owner(c->store, &j, person.id, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_JOB_OWNER, "", err, "{s:s, s:s}", "job", j.id, "owner", person.dir_id);
}

static void pending_failed(struct qn_core *c, void *ctx, int code)
{
    (void)c;
    (void)ctx;
    (void)code;
}

static int pending_ask(void *ctx, const struct qn_job *j)
{
    struct qn_core *c = ctx;
    struct pending *pd = qn_alloc(sizeof *pd);
    struct qn_msg m;

    memcpy(pd->job, j->id, sizeof pd->job);
    qn_person_question(c, &m, "ldap.find", j->owner_name, NULL);
    qn_worker_ask(c, QN_FROM_LDAP, &m, pending_known, pending_failed, pd);
    return 0;
}

int qn_job_owners_ask(struct qn_core *c, struct qn_err *err)
{
    int r = qn_store_job_each_pending(c->store, 8, pending_ask, c, err);

    return r < 0 ? r : 0;
}
