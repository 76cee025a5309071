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

/* As it is now: the session may have ended while the directory was asked, perhaps by what it said. What is still allowed goes back to
 * the turn's messages, where it has a savepoint of its own: an act that fails does not undo what the directory said. */
static int waiting_again(struct qn_core *c, struct qn_peer *p, struct waiting *w, struct qn_err *err)
{
    const char *reason, *refusal = qn_person_refusal(&w->person);
    struct qn_who who = { 0 };
    int r = qn_dispatch_check(c, p, w->line, &w->in, &who, &reason, err);

    if (r == QN_EDENIED || r == QN_EPROOF)
        return qn_dispatch_deny(c, &w->ask, &w->person, reason ? reason : refusal ? refusal : "session-ended", r, err->text, err);
    if (r != 0)
        return r;
    if (!qn_turn_room(c)) {
        qn_turn_refuse(c, &w->ask, QN_EAGAIN, "not now");
        return 0;
    }
    qn_turn_take(c, p, &w->in);
    c->again = true; /* if this turn has had its messages */
    return 0;
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
        r = waiting_again(c, p, w, err);
    if (r < 0)
        return r;
    qn_msg_free(&w->in);
    return 0;
}

static void waiting_failed(struct qn_core *c, void *ctx, int code)
{
    struct waiting *w = ctx;

    qn_turn_refuse(c, &w->ask, code, "not done");
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
