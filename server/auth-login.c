#include "server/auth-login.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-person.h"
#include "server/auth-pin.h"
#include "server/auth-session.h"
#include "server/auth-throttle.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* A log-in on its way through the workers. */
struct login {
    struct qn_ask ask;
    enum qn_from from;
    unsigned uid;
    struct qn_terminal terminal;
    char source[300];     /* whom denials are counted under */
    char throttle[300];   /* key of the password throttle; "" for badges */
    struct qn_person person;
    struct qn_pin pin;
    unsigned method;
    const char *refused;  /* already known to fail; the hash is computed all the same */
};

/* A neutral answer to the person, the true reason in the log. */
static int login_refuse(struct qn_core *c, const struct login *l, int code, const char *reason, struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_AUTH_DENIED, l->ask.req, l->source, reason, l->person.dir_id, "", err);

    if (r == 0)
        qn_turn_refuse(c, &l->ask, code, code == QN_EAWAY ? "the directory can't be reached" : "not logged in");
    return r;
}

static void login_failed(struct qn_core *c, void *ctx, int code)
{
    (void)code;
    qn_turn_refuse(c, &((struct login *)ctx)->ask, QN_EAGAIN, "not now");
}

static int login_accept(struct qn_core *c, const struct login *l, bool live, struct qn_err *err)
{
    const char *refusal = qn_person_refusal(&l->person);
    struct qn_msg out;
    int r;

    if (refusal)
        return login_refuse(c, l, QN_EDENIED, refusal, err);
    qn_ask_answer(&out, &l->ask, QN_OK, "");
    r = qn_throttle_clear(c, l->source, err);
    if (r == 0)
        r = qn_session_make(c, l->from, l->uid, &l->terminal, &l->person, l->method, live, &out, err);
    if (r == 0)
        qn_turn_answer(c, &l->ask, &out);
    else
        qn_msg_free(&out);
    return r;
}

/* ---- badge and PIN: hash, compare, then ask the directory whether the person is still there ---- */

static int badge_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct login *l = ctx;
    int r;

    if (answer && answer->code == QN_OK) {
        if ((r = qn_person_learn(c, answer, &l->person, err)) != 0)
            return r;
        return login_accept(c, l, true, err);
    }
    if (answer && answer->code == QN_ENOTFOUND)
        return login_refuse(c, l, QN_EDENIED, "not-in-directory", err);
    if (!qn_person_fresh(c, &l->person, qn_policy_grace()))
        return login_refuse(c, l, QN_EAWAY, "directory-away", err);
    return login_accept(c, l, false, err);
}

static void badge_ask_directory(struct qn_core *c, const struct login *l)
{
    struct login *next = qn_alloc(sizeof *next);
    struct qn_msg m;

    *next = *l;
    qn_person_again(&m, &l->person, l->ask.req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, badge_checked, login_failed, next);
}

static int badge_hashed(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct login *l = ctx;
    size_t n;
    const uint8_t *hash = answer && answer->code == QN_OK ? qn_msg_get_secret(answer, QN_SECRET_HASH, &n) : NULL;
    int r;

    if (!hash || n != 32)
        return login_refuse(c, l, QN_EAGAIN, "no-pin-worker", err);
    if (l->refused)
        return login_refuse(c, l, QN_EDENIED, l->refused, err);
    if (!qn_pin_matches(c, l->person.dir_id, hash, &l->pin))
        return login_refuse(c, l, QN_EDENIED, "wrong-pin", err);
    if ((r = qn_store_pin_count(c->store, l->person.id, 0, 0, false, err)) != 0)
        return r;
    badge_ask_directory(c, l);
    return 0;
}

/* Counts this try against the PIN, before anything is verified. Fills l->pin; l->refused says why it can't succeed. */
static int badge_count(struct qn_core *c, struct login *l, struct qn_err *err)
{
    int64_t until;
    bool locked;
    int r = qn_store_pin(c->store, l->person.id, &l->pin, err);

    if (r == QN_ENOTFOUND) {
        l->refused = "no-pin";
        return 0;
    }
    if (r != 0)
        return r;
    if (l->pin.locked || l->pin.until > c->steady) {
        l->refused = l->pin.locked ? "pin-locked" : "pin-throttled";
        return 0;
    }
    qn_pin_penalty(l->pin.failures + 1, c->steady, &until, &locked);
    return qn_store_pin_count(c->store, l->person.id, l->pin.failures + 1, until, locked, err);
}

static int badge_person(struct qn_core *c, struct login *l, struct qn_msg *in, struct qn_err *err)
{
    uint8_t mac[32];
    int64_t person;
    int r = qn_badge_mac(c, in, mac, err);

    if (r == QN_EINVAL) {
        l->refused = "malformed-badge";
        return 0;
    }
    if (r == 0 && (r = qn_store_badge_person(c->store, mac, &person, err)) == QN_ENOTFOUND) {
        l->refused = "unknown-badge";
        return 0;
    }
    return r == 0 ? qn_store_person(c->store, person, &l->person, err) : r;
}

static void badge_hash(struct qn_core *c, const struct login *l, const void *pin, size_t n)
{
    struct login *next = qn_alloc(sizeof *next);
    struct qn_msg m;

    *next = *l;
    if (!next->pin.cost) { /* nobody's PIN: the same work on a random salt, so that nobody learns who exists */
        qn_random(next->pin.salt, sizeof next->pin.salt);
        next->pin.cost = qn_conf_int(c->conf, "pin-cost");
    }
    qn_pin_question(&m, pin, n, next->pin.salt, next->pin.cost, l->ask.req);
    qn_worker_ask(c, QN_FROM_PIN, &m, badge_hashed, login_failed, next);
}

static void login_start(struct login *l, const struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in)
{
    memset(l, 0, sizeof *l);
    qn_turn_remember(&l->ask, p, in);
    l->from = p->from;
    l->uid = p->uid;
    l->terminal = who->terminal;
}

int qn_login_badge(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct login l;
    size_t n;
    const uint8_t *pin = qn_msg_get_secret(in, QN_SECRET_PIN, &n);
    int r;

    (void)out;
    login_start(&l, p, who, in);
    l.method = pin ? QN_METHOD_BADGE_PIN : QN_METHOD_BADGE;
    snprintf(l.source, sizeof l.source, "terminal:%s", who->terminal.name);
    if ((r = qn_throttle_count(c, l.source, &qn_throttle_terminal, err)) != 0) {
        if (r == QN_EDENIED && login_refuse(c, &l, QN_EDENIED, "terminal-throttled", err) == 0)
            return QN_LATER;
        return r;
    }
    if ((r = badge_person(c, &l, in, err)) != 0)
        return r;
    if (!pin) {
        if (l.refused)
            r = login_refuse(c, &l, QN_EDENIED, l.refused, err);
        else
            badge_ask_directory(c, &l);
        return r == 0 ? QN_LATER : r;
    }
    if (!l.refused && (r = badge_count(c, &l, err)) != 0)
        return r;
    badge_hash(c, &l, pin, n);
    return QN_LATER;
}

/* ---- user name and password: one bind by the directory ---- */

static int password_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct login *l = ctx;
    int r;

    if (!answer || answer->code == QN_EAWAY || answer->code == QN_ETIMEOUT || answer->code == QN_EAGAIN) {
        if ((r = qn_throttle_forgive(c, l->throttle, err)) != 0)
            return r;
        return login_refuse(c, l, QN_EAWAY, "directory-away", err);
    }
    if (answer->code != QN_OK)
        return login_refuse(c, l, QN_EDENIED, answer->code == QN_ENOTFOUND ? "unknown-login" : "bind-refused", err);
    if ((r = qn_person_learn(c, answer, &l->person, err)) != 0 || (r = qn_throttle_clear(c, l->throttle, err)) != 0)
        return r;
    r = qn_store_pin_count(c->store, l->person.id, 0, 0, false, err); /* a password unlocks a PIN */
    if (r != 0 && r != QN_ENOTFOUND)
        return r;
    return login_accept(c, l, true, err);
}

/* Both throttles of a password try; r = QN_EDENIED with the reason in *reason. */
static int password_count(struct qn_core *c, struct login *l, const char *login, const char **reason, struct qn_err *err)
{
    int r = 0;

    if (l->terminal.id)
        r = qn_throttle_count(c, l->source, &qn_throttle_terminal, err);
    *reason = "terminal-throttled";
    if (r == 0) {
        qn_throttle_key(l->throttle, sizeof l->throttle, "password", login);
        r = qn_throttle_count(c, l->throttle, &qn_throttle_password, err);
        *reason = "password-throttled";
    }
    return r;
}

int qn_login_password(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    struct login l, *next;
    char login[256];
    const char *reason = "malformed-login";
    size_t n;
    const uint8_t *password = qn_msg_get_secret(in, QN_SECRET_PASSWORD, &n);
    struct qn_msg m;
    int r;

    (void)out;
    login_start(&l, p, who, in);
    l.method = QN_METHOD_PASSWORD;
    if (l.terminal.id)
        snprintf(l.source, sizeof l.source, "terminal:%s", l.terminal.name);
    else
        snprintf(l.source, sizeof l.source, "%s", p->from == QN_FROM_PORTAL ? "portal" : p->from == QN_FROM_CONSOLE ? "console" : "shell");
    r = qn_person_map(c, qn_msg_get(in, "login"), login, err);
    if (r == 0)
        r = password_count(c, &l, login, &reason, err);
    if (r == QN_EDENIED && (r = login_refuse(c, &l, QN_EDENIED, reason, err)) == 0)
        return QN_LATER;
    if (r != 0)
        return r;
    next = qn_alloc(sizeof *next);
    *next = l;
    qn_person_question(&m, "ldap.bind", login, in->req);
    qn_msg_secret(&m, QN_SECRET_PASSWORD, password, n);
    qn_worker_ask(c, QN_FROM_LDAP, &m, password_checked, login_failed, next);
    return QN_LATER;
}
