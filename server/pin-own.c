#include "server/pin-own.h"

#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/auth-pin.h"
#include "server/auth-prove.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

enum { PROOF_MS = 5 * 60 * 1000, PIN_LEAST = 6, PIN_MOST = 16 };

/* A PIN on its way to be hashed. */
struct pin_change {
    struct qn_ask ask;
    struct qn_person person;
    struct qn_pin row;
    char *digits; /* to be shown to its owner, from qn_secret_alloc(); NULL for one that they chose */
};

bool qn_own_proved(const struct qn_core *c, const struct qn_session *s)
{
    return qn_session_proved(c, s) || (strcmp(s->method, "password") == 0 && c->steady - s->created < PROOF_MS);
}

int qn_own_proof(const struct qn_core *c, const struct qn_session *s, struct qn_err *err)
{
    return qn_own_proved(c, s) ? 0 : qn_fail(err, QN_EPROOF, "this needs the password first");
}

static void change_failed(struct qn_core *c, void *ctx, int code)
{
    struct pin_change *ch = ctx;

    (void)code;
    qn_secret_free(&ch->digits);
    qn_turn_refuse(c, &ch->ask, QN_EAGAIN, "not done");
}

static int change_write(struct qn_core *c, struct pin_change *ch, const uint8_t hash[32], struct qn_err *err)
{
    int r = qn_pin_store(c, ch->person.dir_id, hash, &ch->row, err);

    if (r == 0)
        r = qn_store_pin_set(c->store, ch->person.id, &ch->row, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_PIN_SET, ch->ask.req, err, "{s:s, s:s, s:s}", "person", ch->person.dir_id, "by", ch->person.dir_id,
                      "how", ch->digits ? "random" : "chosen");
    return r == 0 ? qn_notice_add(c, ch->person.id, "pin-changed", json_object(), err) : r;
}

static int change_hashed(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct pin_change *ch = ctx;
    size_t n;
    const uint8_t *hash = answer && answer->code == QN_OK ? qn_msg_get_secret(answer, QN_SECRET_HASH, &n) : NULL;
    struct qn_msg out;
    int r;

    if (!hash || n != 32)
        return qn_fail(err, QN_EAGAIN, "no PIN worker answers");
    if ((r = change_write(c, ch, hash, err)) != 0)
        return r;
    qn_ask_answer(&out, &ch->ask, QN_OK, "");
    if (ch->digits)
        qn_msg_secret(&out, QN_SECRET_PIN, ch->digits, strlen(ch->digits));
    qn_secret_free(&ch->digits);
    qn_turn_answer(c, &ch->ask, &out);
    return 0;
}

static void digits_drop(struct qn_core *c, void *arg)
{
    (void)c;
    qn_secret_free(&arg);
}

/* Whoever's PIN the directory keeps changes it there. */
static int change_allowed(struct qn_core *c, const struct qn_who *who, struct qn_err *err)
{
    struct qn_pin pin;
    int r = qn_own_proof(c, &who->session, err);

    if (r == 0 && (r = qn_store_pin(c->store, who->person.id, &pin, err)) == QN_ENOTFOUND)
        return 0;
    if (r == 0 && !pin.cost)
        return qn_fail(err, QN_ECONFLICT, "the directory keeps this PIN");
    return r;
}

/* digits: moved, NULL if pin is the person's own choice. */
static void change_start(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in, const void *pin,
                         size_t n, char *digits)
{
    struct pin_change *ch = qn_alloc(sizeof *ch);
    struct qn_msg m;

    qn_turn_remember(&ch->ask, p, in);
    ch->person = who->person;
    ch->digits = digits;
    if (digits)
        qn_turn_undo(c, digits_drop, digits);
    qn_random(ch->row.salt, sizeof ch->row.salt);
    ch->row.cost = qn_conf_int(c->conf, "pin-cost");
    qn_pin_question(&m, pin, n, ch->row.salt, ch->row.cost, in->req);
    qn_worker_ask(c, QN_FROM_PIN, &m, change_hashed, change_failed, ch);
}

int qn_pin_new(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
               struct qn_err *err)
{
    char *digits;
    int r = change_allowed(c, who, err);

    (void)out;
    if (r != 0)
        return r;
    digits = qn_secret_alloc(7);
    qn_pin_random(digits);
    change_start(c, p, who, in, digits, 6, digits);
    return QN_LATER;
}

int qn_pin_choose(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    size_t n;
    const char *pin = (const char *)qn_msg_get_secret(in, QN_SECRET_PIN, &n);
    int r = change_allowed(c, who, err);

    (void)out;
    if (r != 0)
        return r;
    if (n < PIN_LEAST || n > PIN_MOST || strspn(pin, "0123456789") != n)
        return qn_fail(err, QN_EINVAL, "a PIN of one's choice has %d to %d digits", PIN_LEAST, PIN_MOST);
    if (qn_pin_guessable(pin))
        return qn_fail(err, QN_EINVAL, "this PIN is one of those that are guessed first");
    change_start(c, p, who, in, pin, n, NULL);
    return QN_LATER;
}

int qn_pin_unlock(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    char login[256];
    struct qn_person person;
    int r = qn_person_map(c, qn_msg_get(in, "login"), login, err);

    (void)p;
    (void)out;
    if (r == 0)
        r = qn_store_person_by_login(c->store, login, &person, err);
    if (r == 0)
        r = qn_store_pin_count(c->store, person.id, 0, 0, false, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "nobody of that name has a PIN here");
    if (r == 0)
        r = qn_record(c, QN_AUDIT_PIN_UNLOCKED, in->req, err, "{s:s, s:s, s:s}", "person", person.dir_id, "by", who->person.dir_id,
                      "reason", qn_msg_get(in, "reason"));
    return r == 0 ? qn_notice_add(c, person.id, "pin-unlocked", json_object(), err) : r;
}
