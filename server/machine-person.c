/* badge.add and pin.issue: the person is looked up in the directory first. */
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/auth-pin.h"
#include "server/machine.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

struct enrolment {
    struct qn_ask ask;
    bool pin;             /* else badge */
    uint8_t badge[32];
    struct qn_person person;
    struct qn_pin row;
    char digits[7];
};

static void enrolment_failed(struct qn_core *c, void *ctx, int code)
{
    struct enrolment *e = ctx;

    qn_wipe(e->digits, sizeof e->digits);
    qn_turn_refuse(c, &e->ask, code == QN_ECONFLICT ? QN_ECONFLICT : QN_EAGAIN,
                   code == QN_ECONFLICT ? "this badge belongs to another person" : "not done");
}

static int pin_hashed(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct enrolment *e = ctx;
    size_t n;
    const uint8_t *hash = answer && answer->code == QN_OK ? qn_msg_get_secret(answer, QN_SECRET_HASH, &n) : NULL;
    struct qn_msg out;
    int r;

    if (!hash || n != 32) {
        qn_turn_refuse(c, &e->ask, QN_EAGAIN, "no PIN worker answers");
        return 0;
    }
    if ((r = qn_pin_store(c, e->person.dir_id, hash, &e->row, err)) != 0 ||
        (r = qn_store_pin_set(c->store, e->person.id, &e->row, err)) != 0 ||
        (r = qn_record(c, QN_AUDIT_PIN_SET, e->ask.req, err, "{s:s, s:s}", "person", e->person.dir_id, "by", "root")) != 0)
        return r;
    qn_ask_answer(&out, &e->ask, QN_OK, "");
    qn_msg_secret(&out, QN_SECRET_PIN, e->digits, 6);
    qn_turn_answer(c, &e->ask, &out);
    qn_wipe(e->digits, sizeof e->digits);
    return 0;
}

static int badge_found(struct qn_core *c, struct enrolment *e, struct qn_err *err)
{
    struct qn_msg out;
    int r = qn_store_badge_add(c->store, e->badge, e->person.id, c->steady, err);

    if (r == 0)
        r = qn_record(c, QN_AUDIT_BADGE_SET, e->ask.req, err, "{s:s, s:s}", "person", e->person.dir_id, "by", "root");
    if (r == 0) {
        qn_ask_answer(&out, &e->ask, QN_OK, "");
        qn_turn_answer(c, &e->ask, &out);
    }
    return r;
}

static int person_found(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct enrolment *e = ctx, *next;
    struct qn_msg m;
    int r;

    if (!answer || answer->code != QN_OK) {
        bool unknown = answer && answer->code == QN_ENOTFOUND;

        qn_turn_refuse(c, &e->ask, unknown ? QN_ENOTFOUND : QN_EAWAY,
                       unknown ? "the directory has no such person" : "the directory can't be reached");
        return 0;
    }
    if ((r = qn_person_learn(c, answer, &e->person, err)) != 0)
        return r;
    if (!e->pin)
        return badge_found(c, e, err);
    next = qn_alloc(sizeof *next);
    *next = *e;
    qn_pin_random(next->digits);
    qn_random(next->row.salt, sizeof next->row.salt);
    next->row.cost = qn_conf_int(c->conf, "pin-cost");
    qn_pin_question(&m, next->digits, 6, next->row.salt, next->row.cost, e->ask.req);
    qn_worker_ask(c, QN_FROM_PIN, &m, pin_hashed, enrolment_failed, next);
    return 0;
}

static int enrolment_start(struct qn_core *c, struct qn_peer *p, const struct qn_msg *in, struct enrolment *e,
                           struct qn_err *err)
{
    struct enrolment *next;
    char login[256];
    struct qn_msg m;
    int r = qn_person_map(c, qn_msg_get(in, "login"), login, err);

    if (r != 0)
        return r;
    qn_turn_remember(&e->ask, p, in);
    next = qn_alloc(sizeof *next);
    *next = *e;
    qn_person_question(c, &m, "ldap.find", login, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, person_found, enrolment_failed, next);
    return QN_LATER;
}

int qn_machine_badge_add(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                         struct qn_msg *out, struct qn_err *err)
{
    struct enrolment e = { .pin = false };
    int r = qn_badge_mac(c, in, e.badge, err);

    (void)who;
    (void)out;
    return r == 0 ? enrolment_start(c, p, in, &e, err) : r;
}

int qn_machine_pin_issue(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                         struct qn_msg *out, struct qn_err *err)
{
    struct enrolment e = { .pin = true };

    (void)who;
    (void)out;
    return enrolment_start(c, p, in, &e, err);
}
