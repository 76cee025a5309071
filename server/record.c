#include "server/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SOURCES = 256, MINUTE_MS = 60000 };

struct denial {
    enum qn_audit_event ev;
    char source[256], reason[33];
    int64_t since, count; /* boot clock; repetitions not yet written */
};

struct qn_denials {
    struct denial slot[SOURCES];
};

int qn_record(struct qn_core *c, enum qn_audit_event ev, const char *req, struct qn_err *err, const char *fields, ...)
{
    json_error_t je;
    json_t *o;
    va_list ap;
    int r;

    va_start(ap, fields);
    o = json_vpack_ex(&je, 0, fields, ap);
    va_end(ap);
    if (!o)
        return qn_fail(err, QN_EINTERNAL, "record %s can't be made: %s", qn_audit_event_name(ev), je.text);
    r = qn_audit_add(c->audit, ev, req, o, c->now, err);
    json_decref(o);
    return r;
}

static int denial_write(struct qn_core *c, struct denial *d, struct qn_err *err)
{
    int r = d->count == 0 ? 0
        : qn_record(c, d->ev, "", err, "{s:s, s:s, s:I}", "source", d->source, "reason", d->reason, "repeated",
                    (json_int_t)d->count);

    if (r == 0)
        d->source[0] = '\0';
    return r;
}

/* The slot of this source and reason; else an empty one, else the oldest, written out. */
static int denial_slot(struct qn_core *c, enum qn_audit_event ev, const char *source, const char *reason,
                       struct denial **out, struct qn_err *err)
{
    struct denial *best = &c->denials->slot[0];

    for (int i = 0; i < SOURCES; i++) {
        struct denial *d = &c->denials->slot[i];

        if (d->source[0] && d->ev == ev && strcmp(d->source, source) == 0 && strcmp(d->reason, reason) == 0) {
            *out = d;
            return 0;
        }
        if (!d->source[0] || (best->source[0] && d->since < best->since))
            best = d;
    }
    *out = best;
    return best->source[0] ? denial_write(c, best, err) : 0;
}

int qn_record_denial(struct qn_core *c, enum qn_audit_event ev, const char *req, const char *source, const char *reason,
                     const char *person, const char *job, struct qn_err *err)
{
    struct denial *d;
    int r;

    if (!c->denials)
        c->denials = qn_alloc(sizeof *c->denials);
    if ((r = denial_slot(c, ev, source, reason, &d, err)) != 0)
        return r;
    if (d->source[0] && c->boot - d->since < MINUTE_MS) {
        d->count++;
        return 0;
    }
    if ((r = denial_write(c, d, err)) != 0)
        return r;
    d->ev = ev;
    d->since = c->boot;
    d->count = 0;
    snprintf(d->source, sizeof d->source, "%s", source);
    snprintf(d->reason, sizeof d->reason, "%s", reason);
    return qn_record(c, ev, req, err, "{s:s, s:s, s:s, s:s}", "source", source, "reason", reason, "person", person, "job", job);
}

int qn_record_flush(struct qn_core *c, bool all, struct qn_err *err)
{
    int r = 0;

    for (int i = 0; c->denials && i < SOURCES && r == 0; i++) {
        struct denial *d = &c->denials->slot[i];

        if (d->source[0] && (all || c->boot - d->since >= MINUTE_MS))
            r = denial_write(c, d, err);
    }
    return r;
}
