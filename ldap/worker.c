#include "ldap/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ldap/bind.h"
#include "ldap/crypt.h"
#include "ldap/pin.h"
#include "ldap/watchdog.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/verb.h"

enum { DIAL_LEAST_MS = 100, DIAL_MOST_MS = 2000, READY_MS = 5000 };

struct task {
    struct qn_client *client;
    const struct qn_msg *ask;
    struct qn_wanted wanted;
    struct qn_person person;
};

/* ---- what can be asked ---- */

static int act_find(struct qn_client *client, unsigned server, void *arg, struct qn_err *err)
{
    struct task *t = arg;

    qn_person_clear(&t->person);
    return qn_find_person(client, server, &t->wanted, &t->person, err);
}

static int act_bind(struct qn_client *client, unsigned server, void *arg, struct qn_err *err)
{
    struct task *t = arg;
    size_t n;
    const uint8_t *password = qn_msg_get_secret(t->ask, QN_SECRET_PASSWORD, &n);

    qn_person_clear(&t->person);
    return qn_bind_person(client, server, &t->wanted, password, n, &t->person, err);
}

static void person_answer(struct qn_msg *answer, const struct qn_person *p)
{
    json_t *groups = json_array();

    for (unsigned i = 0; i < p->member.groups; i++)
        json_array_append_new(groups, json_string(p->member.group[i]));
    qn_msg_str(answer, "id", p->id);
    qn_msg_str(answer, "login", p->login);
    qn_msg_str(answer, "display", p->display);
    qn_msg_json(answer, "groups", groups);
    qn_msg_str(answer, "status", qn_status_name(p->status));
    qn_msg_str(answer, "same", p->same);
}

static int find(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    int r = qn_client_try(t->client, act_find, t, err);

    if (r == 0)
        person_answer(answer, &t->person);
    if (r == 0 && t->person.verifier)
        qn_msg_secret(answer, QN_SECRET_VERIFIER, t->person.verifier, t->person.verifier_len);
    return r;
}

static int do_find(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    t->wanted.login = qn_msg_has(t->ask, "login") ? qn_msg_get(t->ask, "login") : NULL;
    t->wanted.id = qn_msg_has(t->ask, "id") ? qn_msg_get(t->ask, "id") : NULL;
    if (!t->wanted.login == !t->wanted.id)
        return qn_fail(err, QN_EINVAL, "a person is asked for by login or by id");
    return find(t, answer, err);
}

static int do_badge(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    size_t n;

    t->wanted.badge = (const char *)qn_msg_get_secret(t->ask, QN_SECRET_BADGE, &n);
    if (strlen(t->wanted.badge) != n)
        return qn_fail(err, QN_EINVAL, "a badge's number holds a NUL");
    return find(t, answer, err);
}

/* A refusal too says whom it is about, if there is such a person: the core counts failures per person. */
static int do_bind(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    size_t n;
    const uint8_t *password = qn_msg_get_secret(t->ask, QN_SECRET_PASSWORD, &n);
    int r = qn_bind_password_check(password, n, err);

    t->wanted.login = qn_msg_get(t->ask, "login");
    if (r == 0)
        r = qn_client_try(t->client, act_bind, t, err);
    if ((r == 0 || r == QN_EDENIED) && t->person.id[0])
        person_answer(answer, &t->person);
    return r;
}

static int do_pin(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    uint8_t *hash = qn_secret_alloc(QN_PIN_HASH);
    size_t n, salt_len;
    const uint8_t *pin = qn_msg_get_secret(t->ask, QN_SECRET_PIN, &n);
    const uint8_t *salt = qn_msg_get_secret(t->ask, QN_SECRET_SALT, &salt_len);
    int r = qn_pin_check(pin, n, err);

    if (r == 0 && salt_len != QN_PIN_SALT)
        r = qn_fail(err, QN_EINVAL, "the salt of a PIN hash has %d bytes", QN_PIN_SALT);
    if (r == 0)
        r = qn_pin_hash(hash, pin, n, salt, salt_len, qn_msg_get_int(t->ask, "n"), err);
    if (r == 0)
        qn_msg_secret(answer, QN_SECRET_HASH, hash, QN_PIN_HASH);
    qn_secret_free(&hash);
    return r;
}

static int do_crypt(struct task *t, struct qn_msg *answer, struct qn_err *err)
{
    uint8_t *hash = qn_secret_alloc(QN_CRYPT_HASH);
    size_t n, len;
    const uint8_t *pin = qn_msg_get_secret(t->ask, QN_SECRET_PIN, &n);
    const uint8_t *verifier = qn_msg_get_secret(t->ask, QN_SECRET_VERIFIER, &len);
    int r = qn_pin_check(pin, n, err);

    if (r == 0)
        r = qn_crypt_hash(hash, (const char *)pin, (const char *)verifier, len, err);
    if (r == 0)
        qn_msg_secret(answer, QN_SECRET_HASH, hash, QN_CRYPT_HASH);
    qn_secret_free(&hash);
    return r;
}

static const struct {
    const char *verb, *kind;
    int (*act)(struct task *t, struct qn_msg *answer, struct qn_err *err);
} work[] = {
    { "ldap.find", "ldap", do_find },
    { "ldap.bind", "ldap", do_bind },
    { "ldap.badge", "ldap", do_badge },
    { "pin.hash", "pin", do_pin },
    { "pin.crypt", "pin", do_crypt },
};

/* ---- one request ---- */

static int wait_for(int sock, short events)
{
    struct pollfd p = { sock, events, 0 };

    return poll(&p, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

static int answer_send(int sock, struct qn_msg *answer, int code, const struct qn_err *why, struct qn_err *err)
{
    int r;

    answer->code = code;
    if (code != QN_OK)
        qn_utf8_copy(answer->text, sizeof answer->text, why->text, strlen(why->text));
    r = qn_verb_check(answer, err);
    while (r == 0 && (r = qn_msg_send(sock, answer, err)) == QN_EAGAIN)
        r = wait_for(sock, POLLOUT) == 0 ? 0 : qn_fail_errno(err, "poll");
    return r;
}

/* What the watchdog says if this process has to end in the middle of the request. */
static void watchdog_prepare(int sock, const struct qn_msg *ask)
{
    struct qn_msg away;

    qn_msg_answer(&away, ask, QN_EAWAY, "the directory did not answer in time");
    qn_watchdog_answer(sock, &away);
    qn_msg_free(&away);
}

/* The names of the groups asked about stay the message's. */
static struct qn_group_map *groups_of(const struct qn_msg *ask)
{
    const json_t *groups = json_object_get(ask->f, "groups");
    const char *dn[QN_GROUPS_MAX];
    unsigned n = 0;

    for (; n < QN_GROUPS_MAX && n < json_array_size(groups); n++)
        dn[n] = json_string_value(json_array_get(groups, n));
    return qn_group_map_new(dn, n);
}

static int request_do(const struct qn_worker *w, struct qn_client *client, int sock, const struct qn_msg *ask, struct qn_err *err)
{
    struct qn_group_map *groups = groups_of(ask);
    struct task t = { .client = client, .ask = ask, .wanted = { .groups = groups } };
    struct qn_err why = { 0 };
    struct qn_msg answer;
    int r = QN_EINVAL;

    qn_msg_answer(&answer, ask, QN_OK, "");
    qn_fail(&why, QN_EINVAL, "not work of this worker");
    watchdog_prepare(sock, ask);
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        if (strcmp(work[i].verb, ask->verb) == 0 && strcmp(work[i].kind, w->kind) == 0)
            r = work[i].act(&t, &answer, &why);
    qn_watchdog_answer(sock, NULL);
    if (r != QN_OK)
        qn_log(QN_LOG_INFO, "%s %s: %s (%s)", ask->verb, ask->req, why.text, qn_code_name(r));
    r = answer_send(sock, &answer, r, &why, err);
    qn_person_clear(&t.person);
    qn_group_map_free(&groups);
    qn_msg_free(&answer);
    return r;
}

/* ---- one life ---- */

static int dial(const char *path, struct qn_err *err)
{
    int ms = DIAL_LEAST_MS, fd;

    while ((fd = qn_msg_dial(path, err)) == QN_EAWAY) {
        struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

        if (ms == DIAL_LEAST_MS)
            qn_log_err(QN_LOG_NOTICE, "waiting for the core", err);
        nanosleep(&ts, NULL);
        ms = ms * 2 < DIAL_MOST_MS ? ms * 2 : DIAL_MOST_MS;
    }
    return fd;
}

static int ready(int sock, const char *kind, struct qn_err *err)
{
    struct qn_msg ask, answer;
    int r;

    qn_msg_request(&ask, "worker.ready", NULL);
    qn_msg_str(&ask, "kind", kind);
    r = qn_msg_call(sock, &ask, &answer, READY_MS, err);
    if (r == 0 && answer.code != QN_OK)
        r = qn_fail(err, answer.code, "the core does not take this worker: %s", answer.text);
    qn_msg_free(&ask);
    qn_msg_free(&answer);
    return r;
}

static int serve(const struct qn_worker *w, struct qn_client *client, int sock, struct qn_err *err)
{
    int r = 0;

    while (r == 0) {
        struct qn_msg ask;

        r = qn_msg_recv(sock, &ask, err);
        if (r == QN_EAGAIN)
            r = wait_for(sock, POLLIN) == 0 ? 0 : qn_fail_errno(err, "poll");
        else if (r == 0 && ((r = qn_verb_check(&ask, err)) != 0 || ask.answer))
            r = r ? r : qn_fail(err, QN_EINVAL, "an answer to nothing");
        else if (r == 0)
            r = request_do(w, client, sock, &ask, err);
        qn_msg_free(&ask);
    }
    return r;
}

/* What can only be done before the sandbox: reading the secret, and libcrypto's own loading. */
static int prepare(const struct qn_worker *w, struct qn_client **client, struct qn_err *err)
{
    uint8_t hash[QN_PIN_HASH];

    *client = NULL;
    if (!w->settings)
        return qn_pin_hash(hash, "0000", 4, "warm", 4, 1024, err);
    qn_watchdog_start();
    return qn_client_new(client, w->settings, w->health, err);
}

int qn_worker_run(const struct qn_worker *w)
{
    struct qn_client *client = NULL;
    struct qn_err err = { 0 };
    int r = prepare(w, &client, &err), sock = -1;

    if (r == 0)
        r = sock = dial(w->socket, &err);
    if (r >= 0)
        r = qn_sandbox_apply(w->sandbox, &err);
    if (r == 0)
        r = ready(sock, w->kind, &err);
    if (r == 0)
        r = serve(w, client, sock, &err);
    if (r != QN_EEOF)
        qn_log_err(QN_LOG_ERR, w->kind, &err);
    if (sock >= 0)
        close(sock);
    qn_client_free(&client);
    return r == QN_EEOF ? 0 : 1;
}
