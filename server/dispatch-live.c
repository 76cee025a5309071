#include "server/dispatch-live.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

struct waiting {
    struct qn_ask ask;
    const struct qn_dispatch *line;
    struct qn_msg in;
    struct qn_person person;
    struct qn_err err; /* of the handler */
};

int qn_dispatch_deny(struct qn_core *c, const struct qn_ask *ask, const struct qn_person *person, const char *reason, int code,
                     const char *text, struct qn_err *err)
{
    char source[300];
    int r;

    snprintf(source, sizeof source, "%s %s", ask->verb, person->login[0] ? person->login : person->dir_id);
    r = qn_record_denial(c, QN_AUDIT_ACT_DENIED, ask->req, source, reason, person->dir_id, "", err);
    if (r != 0)
        return r;
    qn_turn_refuse(c, ask, code, text);
    return QN_LATER;
}

/* As it is now: the session may have ended while the directory was asked, perhaps by what it said. */
static int waiting_run(struct qn_core *c, struct qn_peer *p, struct waiting *w, struct qn_err *err)
{
    struct qn_who who = { 0 };
    const char *reason;
    struct qn_msg out;
    int r = qn_dispatch_check(c, p, w->line, &w->in, &who, &reason, err);

    if (r == QN_EDENIED || r == QN_EPROOF) {
        const char *refusal = qn_person_refusal(&w->person);

        return qn_dispatch_deny(c, &w->ask, &w->person, reason ? reason : refusal ? refusal : "session-ended", r, err->text, err);
    }
    if (r != 0)
        return r;
    qn_msg_answer(&out, &w->in, QN_OK, "");
    r = w->line->handler(c, p, &who, &w->in, &out, err);
    if (r == 0)
        qn_turn_send(c, p->id, &out);
    else
        qn_msg_free(&out);
    return r;
}

static int waiting_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct waiting *w = ctx;
    struct qn_peer *p = qn_peer_find(c, w->ask.peer);
    int r = qn_live_learn(c, answer, &w->person, w->ask.req, err);

    if (r == QN_EAWAY)
        r = qn_dispatch_deny(c, &w->ask, &w->person, "directory-away", QN_EAWAY,
                             "the directory can't be reached, and administrators have no grace", err);
    else if (r == 0 && p) /* else nobody waits for it any more: not done */
        r = waiting_run(c, p, w, err);
    if (r < 0) {
        w->err = *err;
        return r;
    }
    qn_msg_free(&w->in);
    return 0;
}

static void waiting_failed(struct qn_core *c, void *ctx, int code)
{
    struct waiting *w = ctx;

    qn_turn_refuse(c, &w->ask, code, w->err.text[0] ? w->err.text : "not done");
    qn_msg_free(&w->in);
}

int qn_dispatch_ask(struct qn_core *c, struct qn_peer *p, const struct qn_dispatch *d, const struct qn_who *who, struct qn_msg *in)
{
    struct waiting *w = qn_alloc(sizeof *w);
    struct qn_msg m;

    qn_turn_remember(&w->ask, p, in);
    w->line = d;
    w->person = who->person;
    w->in = *in; /* transferred */
    memset(in, 0, sizeof *in);
    qn_person_again(&m, &who->person, w->ask.req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, waiting_answered, waiting_failed, w);
    return QN_LATER;
}
