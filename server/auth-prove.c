#include "server/auth-prove.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-person.h"
#include "server/auth-throttle.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

enum { PROOF_MS = 5 * 60000 };

/* A proof on its way to the directory. */
struct proof {
    struct qn_ask ask;
    struct qn_session session;
    struct qn_person person;
    char throttle[300];
};

bool qn_session_proved(const struct qn_core *c, const struct qn_session *s)
{
    return s->proved >= 0 && c->steady >= s->proved && c->steady - s->proved < PROOF_MS;
}

static int proof_refuse(struct qn_core *c, const struct proof *pf, int code, const char *reason, struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_AUTH_DENIED, pf->ask.req, pf->person.login, reason, pf->person.dir_id, "", err);

    if (r == 0)
        qn_turn_refuse(c, &pf->ask, code, code == QN_EAWAY ? "the directory can't be reached" : "not proved");
    return r;
}

static int proof_keep(struct qn_core *c, const struct proof *pf, struct qn_err *err)
{
    int r = qn_store_session_prove(c->store, pf->session.hash, c->steady, err);

    if (r == QN_ENOTFOUND) /* it ended meanwhile, perhaps by what the directory has just said */
        return proof_refuse(c, pf, QN_EDENIED, "session-ended", err);
    if (r == 0)
        r = qn_throttle_clear(c, pf->throttle, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_PROOF_OK, pf->ask.req, err, "{s:s}", "person", pf->person.dir_id);
    if (r == 0)
        qn_turn_refuse(c, &pf->ask, QN_OK, "");
    return r;
}

static int proof_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct proof *pf = ctx;
    struct qn_person seen;
    const char *refusal;
    int r;

    if (!answer || answer->code == QN_EAWAY || answer->code == QN_ETIMEOUT || answer->code == QN_EAGAIN) {
        r = qn_throttle_forgive(c, pf->throttle, err);
        return r == 0 ? proof_refuse(c, pf, QN_EAWAY, "directory-away", err) : r;
    }
    if (answer->code != QN_OK)
        return proof_refuse(c, pf, QN_EDENIED, "proof-refused", err);
    if ((r = qn_person_learn(c, answer, &seen, err)) != 0)
        return r;
    refusal = seen.id != pf->person.id ? "another-person" : qn_person_refusal(&seen);
    return refusal ? proof_refuse(c, pf, QN_EDENIED, refusal, err) : proof_keep(c, pf, err);
}

static void proof_failed(struct qn_core *c, void *ctx, int code)
{
    (void)code;
    qn_turn_refuse(c, &((struct proof *)ctx)->ask, QN_EAGAIN, "not now");
}

int qn_session_prove(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                     struct qn_err *err)
{
    struct proof pf = { .session = who->session, .person = who->person }, *next;
    size_t n;
    const uint8_t *password = qn_msg_get_secret(in, QN_SECRET_PASSWORD, &n);
    struct qn_msg m;
    int r;

    (void)out;
    if (!who->person.login[0])
        return qn_fail(err, QN_EDENIED, "this login is somebody else's by now");
    qn_turn_remember(&pf.ask, p, in);
    qn_throttle_key(pf.throttle, sizeof pf.throttle, "password", who->person.login);
    r = qn_throttle_count(c, pf.throttle, &qn_throttle_password, err);
    if (r == QN_EDENIED && (r = proof_refuse(c, &pf, QN_EDENIED, "password-throttled", err)) == 0)
        return QN_LATER;
    if (r != 0)
        return r;
    next = qn_alloc(sizeof *next);
    *next = pf;
    qn_person_question(&m, "ldap.bind", who->person.login, in->req);
    qn_msg_secret(&m, QN_SECRET_PASSWORD, password, n);
    qn_worker_ask(c, QN_FROM_LDAP, &m, proof_checked, proof_failed, next);
    return QN_LATER;
}
