#include "server/auth-session.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"
#include "server/auth-end.h"
#include "server/auth-person.h"
#include "server/pin-own.h"
#include "server/record.h"

static int kind_of(enum qn_from from)
{
    return from == QN_FROM_KIOSK ? QN_SESSION_KIOSK : from == QN_FROM_PORTAL ? QN_SESSION_PORTAL :
           from == QN_FROM_CONSOLE ? QN_SESSION_CONSOLE : QN_SESSION_SHELL;
}

/* SHA-256 of a secret of the message; false unless it has exactly want bytes. */
static bool secret_hash(const struct qn_msg *in, enum qn_secret_kind kind, size_t want, uint8_t out[32])
{
    size_t n;
    const uint8_t *p = qn_msg_get_secret(in, kind, &n);

    return p && n == want && SHA256(p, n, out) != NULL;
}

/* The connection proved to hold the terminal's own certificate, or the terminal needs none. */
static bool certificate_ok(const struct qn_msg *in, const struct qn_terminal *t)
{
    static const uint8_t none[32];
    size_t n;
    const uint8_t *shown = qn_msg_get_secret(in, QN_SECRET_CERTIFICATE, &n);

    if (!t->certified)
        return true;
    return shown && n == 32 && memcmp(t->certificate, none, 32) != 0 && qn_secret_equal(shown, t->certificate, 32);
}

static int terminal_locked(struct qn_core *c, struct qn_terminal *t, struct qn_err *err)
{
    bool locked;
    int r = qn_store_contained(c->store, "terminal", t->name, &locked, err);

    if (r == 0 && locked)
        r = qn_fail(err, QN_EDENIED, "terminal %s is locked", t->name);
    if (r != 0)
        memset(t, 0, sizeof *t);
    return r;
}

int qn_terminal_check(struct qn_core *c, const struct qn_msg *in, struct qn_terminal *out, struct qn_err *err)
{
    uint8_t hash[32];

    memset(out, 0, sizeof *out);
    if (!secret_hash(in, QN_SECRET_TERMINAL, 32, hash))
        return qn_fail(err, QN_EDENIED, "no terminal credential");
    if (qn_store_terminal_by_token(c->store, hash, out, err) != 0 || strcmp(out->state, "enrolled") != 0) {
        memset(out, 0, sizeof *out);
        return qn_fail(err, QN_EDENIED, "unknown or revoked terminal");
    }
    if (!certificate_ok(in, out)) {
        char name[sizeof out->name];

        memcpy(name, out->name, sizeof name);
        memset(out, 0, sizeof *out);
        memcpy(out->name, name, sizeof name);
        return qn_fail(err, QN_EDENIED, "terminal %s without its client certificate", name);
    }
    return terminal_locked(c, out, err);
}

void qn_session_limits(const struct qn_core *c, int kind, int64_t *idle, int64_t *whole)
{
    bool kiosk = kind == QN_SESSION_KIOSK;

    *idle = qn_conf_int(c->conf, kiosk ? "kiosk-idle" : "web-idle");
    *whole = qn_conf_int(c->conf, kiosk ? "kiosk-session" : "web-session");
}

/* Why this session is of no use here, or NULL. */
static const char *session_refusal(const struct qn_core *c, const struct qn_peer *p, const struct qn_who *who)
{
    const struct qn_session *s = &who->session;
    int64_t idle, whole;

    qn_session_limits(c, s->kind, &idle, &whole);
    if (s->kind != kind_of(p->from) || s->terminal != who->terminal.id)
        return "session of another place";
    if (s->kind == QN_SESSION_SHELL && s->uid != (int64_t)p->uid)
        return "session of another user's shell";
    if (c->steady - s->used >= idle || c->steady - s->created >= whole || c->steady < s->created)
        return "session is over";
    return NULL;
}

int qn_session_check(struct qn_core *c, const struct qn_peer *p, const struct qn_msg *in, struct qn_who *who, struct qn_err *err)
{
    struct qn_session *s = &who->session;
    const char *refusal;
    uint8_t hash[32];
    int r;

    if (!secret_hash(in, QN_SECRET_SESSION, 32, hash))
        return qn_fail(err, QN_EDENIED, "no session");
    r = qn_store_session(c->store, hash, s, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_EDENIED, "unknown or ended session");
    if (r != 0)
        return r;
    if ((refusal = session_refusal(c, p, who)) != NULL)
        return qn_fail(err, QN_EDENIED, "%s", refusal);
    if ((r = qn_store_person(c->store, s->person, &who->person, err)) != 0)
        return r;
    if ((refusal = qn_person_refusal(&who->person)) != NULL)
        return qn_fail(err, QN_EDENIED, "the account is %s", refusal);
    if (strcmp(who->person.roles, s->roles) != 0)
        return qn_fail(err, QN_EDENIED, "this person's roles are not what they were");
    return qn_store_session_touch(c->store, hash, c->steady, err);
}

static json_t *words(const char *list)
{
    json_t *a = json_array();
    char copy[128], *save = NULL;

    snprintf(copy, sizeof copy, "%s", list);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        json_array_append_new(a, json_string(w));
    return a;
}

static void person_fields(struct qn_msg *out, const struct qn_person *person, const char *roles)
{
    qn_msg_str(out, "login", person->login);
    qn_msg_str(out, "display", person->display);
    qn_msg_json(out, "roles", words(roles));
}

int qn_session_make(struct qn_core *c, enum qn_from from, unsigned uid, const struct qn_terminal *terminal, const struct qn_person *person,
                    unsigned method, bool live, struct qn_msg *out, struct qn_err *err)
{
    struct qn_session s = { .person = person->id, .terminal = terminal->id, .kind = kind_of(from),
                            .created = c->steady, .used = c->steady, .proved = method == QN_METHOD_PASSWORD ? c->steady : -1 };
    uint8_t *token = qn_secret_alloc(32);
    int r = 0;

    s.uid = s.kind == QN_SESSION_SHELL ? (int64_t)uid : -1;
    qn_random(token, 32);
    SHA256(token, 32, s.hash);
    snprintf(s.method, sizeof s.method, "%s", qn_method_name(method));
    snprintf(s.roles, sizeof s.roles, "%s", person->roles);
    if (terminal->id)
        r = qn_session_end_all(c, person, terminal, "replaced", out->req, NULL, err);
    if (r == 0)
        r = qn_store_session_add(c->store, &s, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_AUTH_OK, out->req, err, "{s:s, s:s, s:s, s:s, s:s}", "person", person->dir_id, "method",
                      s.method, "terminal", terminal->name, "roles", s.roles, "directory", live ? "live" : "grace");
    if (r == 0) {
        person_fields(out, person, s.roles);
        qn_msg_secret(out, QN_SECRET_SESSION, token, 32);
    }
    qn_secret_free(&token);
    return r;
}

int qn_terminal_enrol(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    uint8_t code[32], hash[32], *token;
    struct qn_terminal t;
    int r;

    (void)p;
    (void)who;
    if (!secret_hash(in, QN_SECRET_CODE, 20, code))
        return qn_fail(err, QN_EDENIED, "malformed enrolment code");
    token = qn_secret_alloc(32);
    qn_random(token, 32);
    SHA256(token, 32, hash);
    r = qn_store_terminal_enrol(c->store, code, hash, c->steady, &t, err);
    if (r == QN_ENOTFOUND)
        r = qn_fail(err, QN_EDENIED, "unknown, used or old enrolment code");
    if (r == 0 && !certificate_ok(in, &t)) /* undone: the code is as good as before */
        r = qn_fail(err, QN_EDENIED, "terminal %s can't enrol without its client certificate", t.name);
    if (r == 0) /* who was logged in under the old credential is so no more */
        r = qn_session_end_all(c, NULL, &t, "terminal-enrolled", in->req, NULL, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_TERMINAL_SET, in->req, err, "{s:s, s:s}", "terminal", t.name, "state", "enrolled");
    if (r == 0) {
        qn_msg_str(out, "name", t.name);
        qn_msg_secret(out, QN_SECRET_TERMINAL, token, 32);
    }
    qn_secret_free(&token);
    return r;
}

static int hello_device(void *ctx, const struct qn_device *d)
{
    if (strcmp(d->state, "active") == 0)
        json_array_append_new(ctx, json_pack("{s:s, s:s}", "name", d->name, "location", d->location));
    return 0;
}

int qn_terminal_hello(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    json_t *devices = json_array();
    struct qn_device d;
    int r = qn_store_device(c->store, who->terminal.device, &d, err);

    (void)p;
    (void)in;
    if (r == 0) {
        hello_device(devices, &d);
        r = qn_store_terminal_each_tied(c->store, who->terminal.id, hello_device, devices, err);
    }
    qn_msg_json(out, "devices", devices);
    if (r != 0)
        return r;
    qn_msg_str(out, "name", who->terminal.name);
    qn_msg_str(out, "device", d.name);
    qn_msg_str(out, "location", d.location);
    return 0;
}

int qn_session_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    (void)p;
    (void)in;
    (void)err;
    person_fields(out, &who->person, who->session.roles);
    qn_msg_str(out, "method", who->session.method);
    qn_msg_int(out, "proved", qn_own_proved(c, &who->session));
    return 0;
}

int qn_session_logout(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                      struct qn_err *err)
{
    int r = qn_store_session_end(c->store, who->session.hash, err);

    (void)p;
    (void)out;
    if (r == 0)
        r = qn_record(c, QN_AUDIT_SESSION_END, in->req, err, "{s:s, s:s, s:s}", "person", who->person.dir_id, "terminal",
                      who->terminal.name, "reason", "logout");
    return r;
}
