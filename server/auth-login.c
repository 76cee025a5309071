#include "server/auth-login.h"

#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/auth-delay.h"
#include "server/auth-login-private.h"
#include "server/auth-person.h"
#include "server/auth-session.h"
#include "server/auth-throttle.h"
#include "server/device-poll.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* ---- what all log-ins share ---- */

static void secret_drop(struct qn_core *c, void *arg)
{
    (void)c;
    qn_secret_free(&arg);
}

struct qn_login *qn_login_next(struct qn_core *c, struct qn_login *l)
{
    struct qn_login *next = qn_alloc(sizeof *next);

    *next = *l;
    next->asked = true;
    l->secret = NULL; /* transferred */
    if (next->secret)
        qn_turn_undo(c, secret_drop, next->secret);
    return next;
}

void qn_login_keep(struct qn_login *l, const void *secret, size_t n)
{
    l->secret = qn_secret_alloc(n);
    memcpy(l->secret, secret, n);
    l->secret_len = n;
}

void qn_login_failed(struct qn_core *c, void *ctx, int code)
{
    struct qn_login *l = ctx;

    (void)code;
    qn_secret_free(&l->secret);
    if (l->second)
        l->second_failed(c, l->second_ctx, QN_EAGAIN);
    else
        qn_turn_refuse(c, &l->ask, QN_EAGAIN, "not now");
}

/* Where a try comes from: a terminal, by its own credential; a shell, by its uid; else the browser's address as the web process says it. */
void qn_login_start(const struct qn_core *c, struct qn_login *l, const struct qn_peer *p, const struct qn_who *who,
                    const struct qn_msg *in)
{
    memset(l, 0, sizeof *l);
    qn_turn_remember(&l->ask, p, in);
    l->began = c->boot;
    l->from = p->from;
    l->uid = p->uid;
    l->terminal = who->terminal;
    l->refused_code = QN_EDENIED;
    if (l->terminal.id)
        snprintf(l->source, sizeof l->source, "terminal:%s", l->terminal.name);
    else
        snprintf(l->source, sizeof l->source, "%s", p->from == QN_FROM_PORTAL ? "portal" :
                 p->from == QN_FROM_CONSOLE ? "console" : "shell");
    if (l->terminal.id)
        memcpy(l->door, l->source, sizeof l->door);
    else if (p->from == QN_FROM_CTL || p->from == QN_FROM_SHELL)
        snprintf(l->door, sizeof l->door, "shell:%u", p->uid);
    else if (qn_msg_has(in, "address"))
        qn_throttle_key(l->door, sizeof l->door, "address", qn_msg_get(in, "address"));
}

static bool door_is_address(const struct qn_login *l)
{
    return strncmp(l->door, "address:", 8) == 0;
}

int qn_login_door(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    if (!l->door[0])
        return 0;
    return qn_throttle_count(c, l->door, door_is_address(l) ? &qn_throttle_address : &qn_throttle_terminal, err);
}

int qn_login_refuse(struct qn_core *c, struct qn_login *l, int code, const char *reason, struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_AUTH_DENIED, l->ask.req, l->source, reason, l->person.dir_id, "", err);

    qn_secret_free(&l->secret);
    if (r != 0)
        return r;
    if (l->second)
        return l->second(c, l->second_ctx, NULL, err);
    if (l->asked)
        qn_delay_refuse(c, &l->ask, l->began, code, code == QN_EAWAY ? "the directory can't be reached" : "not logged in");
    else
        qn_turn_refuse(c, &l->ask, code, "not logged in");
    return 0;
}

/* Somebody's success clears a terminal; of an address, behind which others may go on guessing, it only takes itself back, and so does
 * that of a second person, who stands there with somebody else. */
int qn_login_accept(struct qn_core *c, struct qn_login *l, bool live, struct qn_err *err)
{
    const char *refusal = qn_person_refusal(&l->person);
    struct qn_msg out;
    int r;

    if (refusal)
        return qn_login_refuse(c, l, QN_EDENIED, refusal, err);
    qn_secret_free(&l->secret);
    r = door_is_address(l) || l->second ? qn_throttle_forgive(c, l->door, err) : qn_throttle_clear(c, l->door, err);
    if (r == 0 && l->badge.person)
        r = qn_store_badge_used(c->store, l->badge.mac, c->now, err);
    if (l->second)
        return r == 0 ? l->second(c, l->second_ctx, &l->person, err) : r;
    qn_ask_answer(&out, &l->ask, QN_OK, "");
    if (r == 0)
        r = qn_session_make(c, l->from, l->uid, &l->terminal, &l->person, l->method, live, &out, err);
    if (r == 0 && l->terminal.id)
        (void)qn_device_poll_now(c, l->terminal.device); /* they will want to know in a moment */
    if (r == 0)
        qn_turn_answer(c, &l->ask, &out);
    else
        qn_msg_free(&out);
    return r;
}

/* ---- user name and password: one bind by the directory ---- */

static bool directory_silent(const struct qn_msg *answer)
{
    return !answer || answer->code == QN_EAWAY || answer->code == QN_ETIMEOUT || answer->code == QN_EAGAIN;
}

/* A password also makes a PIN's tries start again, and unlocks it. */
static int password_unlocks(struct qn_core *c, const struct qn_login *l, struct qn_err *err)
{
    struct qn_pin pin;
    int r = qn_store_pin(c->store, l->person.id, &pin, err);

    if (r == QN_ENOTFOUND)
        return 0;
    if (r == 0)
        r = qn_store_pin_count(c->store, l->person.id, 0, 0, false, err);
    if (r == 0 && pin.locked)
        r = qn_record(c, QN_AUDIT_PIN_UNLOCKED, l->ask.req, err, "{s:s, s:s, s:s}", "person", l->person.dir_id, "by", l->person.dir_id,
                      "reason", "password");
    return r;
}

static int password_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_login *l = ctx;
    int r;

    if (directory_silent(answer)) {
        if ((r = qn_throttle_forgive(c, l->throttle, err)) != 0)
            return r;
        return qn_login_refuse(c, l, QN_EAWAY, "directory-away", err);
    }
    if (answer->code != QN_OK)
        return qn_login_refuse(c, l, QN_EDENIED, l->refused || answer->code == QN_ENOTFOUND ? "unknown-login" : "bind-refused", err);
    if ((r = qn_person_learn(c, answer, &l->person, err)) != 0 || (r = qn_throttle_clear(c, l->throttle, err)) != 0 ||
        (r = password_unlocks(c, l, err)) != 0)
        return r;
    return qn_login_accept(c, l, true, err);
}

/* Counts the try under the login as the directory spells it, so that no second name of a person gives more tries; then the bind. */
static int password_try(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    struct qn_msg m;
    struct qn_login *next;
    int r;

    qn_throttle_key(l->throttle, sizeof l->throttle, "password", l->login);
    r = qn_throttle_count(c, l->throttle, &qn_throttle_password, err);
    if (r == QN_EDENIED) {
        l->asked = true; /* or whoever is known would hear it sooner */
        return qn_login_refuse(c, l, QN_EDENIED, "password-throttled", err);
    }
    if (r != 0)
        return r;
    qn_person_question(&m, "ldap.bind", l->login, l->ask.req);
    qn_msg_secret(&m, QN_SECRET_PASSWORD, l->secret, l->secret_len);
    qn_secret_free(&l->secret);
    next = qn_login_next(c, l);
    qn_worker_ask(c, QN_FROM_LDAP, &m, password_checked, qn_login_failed, next);
    return 0;
}

/* A name that was not seen before may be another one of somebody who was. Nobody's is tried too: it takes as long. */
static int password_named(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_login *l = ctx;

    if (directory_silent(answer))
        return qn_login_refuse(c, l, QN_EAWAY, "directory-away", err);
    if (answer->code == QN_OK)
        snprintf(l->login, sizeof l->login, "%s", qn_msg_get(answer, "login"));
    else
        l->refused = "unknown-login";
    return password_try(c, l, err);
}

static int password_begin(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    struct qn_person known;
    struct qn_msg m;
    int r = qn_store_person_by_login(c->store, l->login, &known, err);

    if (r == 0)
        return password_try(c, l, err);
    if (r != QN_ENOTFOUND)
        return r;
    qn_person_question(&m, "ldap.find", l->login, l->ask.req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, password_named, qn_login_failed, qn_login_next(c, l));
    return 0;
}

int qn_login_password(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    struct qn_login l;
    const char *reason = "door-throttled";
    size_t n;
    const uint8_t *password = qn_msg_get_secret(in, QN_SECRET_PASSWORD, &n);
    int r;

    (void)out;
    qn_login_start(c, &l, p, who, in);
    l.method = QN_METHOD_PASSWORD;
    if (l.terminal.id)
        reason = "terminal-throttled";
    r = qn_login_door(c, &l, err);
    if (r == 0) {
        reason = "malformed-login";
        r = qn_person_map(c, qn_msg_get(in, "login"), l.login, err);
    }
    if (r == QN_EDENIED) {
        r = qn_login_refuse(c, &l, QN_EDENIED, reason, err);
        return r == 0 ? QN_LATER : r;
    }
    if (r != 0)
        return r;
    qn_login_keep(&l, password, n);
    r = password_begin(c, &l, err);
    qn_secret_free(&l.secret);
    return r == 0 ? QN_LATER : r;
}
