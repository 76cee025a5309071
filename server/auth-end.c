#include "server/auth-end.h"

#include "server/auth-session.h"
#include "server/record.h"

enum { SWEEP_BATCH = 50 };

int qn_session_end_all(struct qn_core *c, const struct qn_person *person, const struct qn_terminal *terminal, const char *reason,
                       const char *req, int64_t *count_out, struct qn_err *err)
{
    int64_t count;
    int r = qn_store_session_end_all(c->store, person ? person->id : 0, terminal ? terminal->id : 0, &count, err);

    if (count_out)
        *count_out = count;
    if (r != 0 || count == 0)
        return r;
    return qn_record(c, QN_AUDIT_SESSION_END, req, err, "{s:s, s:s, s:s, s:I}", "person", person ? person->dir_id : "", "terminal",
                     terminal ? terminal->name : "", "reason", reason, "sessions", (json_int_t)count);
}

struct sweep {
    struct qn_core *c;
    struct qn_err *err;
    int64_t whole;
    int r;
};

static int sweep_one(void *ctx, const struct qn_session *s)
{
    struct sweep *w = ctx;
    struct qn_person p;
    struct qn_terminal t = { 0 };

    w->r = qn_store_person(w->c->store, s->person, &p, w->err);
    if (w->r == 0 && s->terminal)
        w->r = qn_store_terminal(w->c->store, s->terminal, &t, w->err);
    if (w->r == 0)
        w->r = qn_store_session_end(w->c->store, s->hash, w->err);
    if (w->r == 0)
        w->r = qn_record(w->c, QN_AUDIT_SESSION_END, "", w->err, "{s:s, s:s, s:s, s:I}", "person", p.dir_id, "terminal", t.name,
                         "reason", s->used - s->created >= w->whole ? "over" : "idle", "sessions", (json_int_t)1);
    return w->r;
}

/* A session that is too old can't be used any more, so in a while it is idle as well. */
int qn_session_sweep(struct qn_core *c, struct qn_err *err)
{
    for (int kind = QN_SESSION_KIOSK; kind <= QN_SESSION_SHELL; kind++) {
        struct sweep w = { c, err, 0, 0 };
        int64_t idle;
        int r;

        qn_session_limits(c, kind, &idle, &w.whole);
        r = qn_store_session_each_idle(c->store, kind, c->steady - idle, SWEEP_BATCH, sweep_one, &w, err);
        if (r < 0 || w.r != 0)
            return r < 0 ? r : w.r;
    }
    return 0;
}
