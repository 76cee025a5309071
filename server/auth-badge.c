/* login.badge. What the directory keeps of badges and PINs is asked for first, whoever's badge it is; then the PIN, counted before it
 * is looked at; then, if it has not spoken yet, the directory says whether the person is still there. */
#include <openssl/sha.h>
#include <string.h>

#include "lib/secret.h"
#include "server/auth-login-private.h"
#include "server/auth-person.h"
#include "server/auth-pin.h"
#include "server/auth-throttle.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* ---- the directory's last word ---- */

static int badge_in_grace(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    if (!qn_person_fresh(c, &l->person, qn_policy_grace()))
        return qn_login_refuse(c, l, QN_EAWAY, "directory-away", err);
    return qn_login_accept(c, l, false, err);
}

/* Asked by login: a login that has gone to somebody else is not the person who had it. */
static int person_learn_same(struct qn_core *c, struct qn_login *l, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_person before = l->person;
    int r = qn_person_learn(c, answer, &l->person, err);

    if (r == 0 && strcmp(before.dir_id, l->person.dir_id) != 0) {
        l->person = before;
        l->refused = "not-in-directory";
    }
    return r;
}

static int badge_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_login *l = ctx;
    int r;

    if (answer && answer->code == QN_OK) {
        if ((r = person_learn_same(c, l, answer, err)) != 0)
            return r;
        if (l->refused)
            return qn_login_refuse(c, l, QN_EDENIED, l->refused, err);
        return qn_login_accept(c, l, true, err);
    }
    if (answer && answer->code == QN_ENOTFOUND)
        return qn_login_refuse(c, l, QN_EDENIED, "not-in-directory", err);
    return badge_in_grace(c, l, err);
}

static void badge_ask_directory(struct qn_core *c, struct qn_login *l)
{
    struct qn_msg m;

    qn_person_again(&m, &l->person, l->ask.req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, badge_checked, qn_login_failed, qn_login_next(c, l));
}

/* ---- the PIN ---- */

static int pin_wrong(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    int r = 0;

    if (l->locks)
        r = qn_record(c, QN_AUDIT_PIN_LOCKED, l->ask.req, err, "{s:s, s:s}", "person", l->person.dir_id, "terminal", l->terminal.name);
    if (r == 0 && l->locks)
        r = qn_notice_add(c, l->person.id, "pin-locked", json_object(), err);
    return r == 0 ? qn_login_refuse(c, l, QN_EDENIED, "wrong-pin", err) : r;
}

static int pin_hashed(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_login *l = ctx;
    size_t n;
    const uint8_t *hash = answer && answer->code == QN_OK ? qn_msg_get_secret(answer, QN_SECRET_HASH, &n) : NULL;
    int r;

    if (!hash || n != 32)
        return qn_login_refuse(c, l, QN_EAGAIN, "no-pin-worker", err);
    if (l->refused)
        return qn_login_refuse(c, l, l->refused_code, l->refused, err);
    if (l->crypt ? !qn_secret_equal(hash, l->check, 32) : !qn_pin_matches(c, l->person.dir_id, hash, &l->pin))
        return pin_wrong(c, l, err);
    if ((r = qn_store_pin_count(c->store, l->person.id, 0, 0, false, err)) != 0)
        return r;
    if (l->live)
        return qn_login_accept(c, l, true, err);
    if (l->by_badge)
        return badge_in_grace(c, l, err); /* it was asked, and silent */
    badge_ask_directory(c, l);
    return 0;
}

/* Of a PIN that the directory keeps, only the tries are counted here. */
static int pin_row(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    int r = qn_store_pin(c->store, l->person.id, &l->pin, err);

    if (r != QN_ENOTFOUND || !l->crypt)
        return r;
    memset(&l->pin, 0, sizeof l->pin);
    return qn_store_pin_set(c->store, l->person.id, &l->pin, err);
}

/* Counts this try against the PIN, before anything is verified. Fills l->pin; l->refused says why it can't succeed. */
static int pin_count(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    int64_t until;
    int r = pin_row(c, l, err);

    if (r == QN_ENOTFOUND || (r == 0 && !l->crypt && !l->pin.cost)) {
        l->refused = "no-pin";
        return 0;
    }
    if (r != 0)
        return r;
    if (l->pin.locked || l->pin.until > c->steady) {
        l->refused = l->pin.locked ? "pin-locked" : "pin-throttled";
        return 0;
    }
    qn_pin_penalty(l->pin.failures + 1, c->steady, &until, &l->locks);
    return qn_store_pin_count(c->store, l->person.id, l->pin.failures + 1, until, l->locks, err);
}

/* Takes the PIN along. Nobody's PIN is hashed too, on a random salt: the same work, so that nobody learns who exists. */
static int pin_ask(struct qn_core *c, struct qn_login *l, const struct qn_msg *person, struct qn_err *err)
{
    const uint8_t *verifier;
    struct qn_msg m;
    size_t n;
    int r;

    verifier = person ? qn_msg_get_secret(person, QN_SECRET_VERIFIER, &n) : NULL;
    l->crypt = verifier != NULL;
    if (verifier)
        SHA256(verifier, n, l->check);
    if (!l->refused && (r = pin_count(c, l, err)) != 0)
        return r;
    if (verifier) {
        qn_msg_request(&m, "pin.crypt", l->ask.req);
        qn_msg_secret(&m, QN_SECRET_PIN, l->secret, l->secret_len);
        qn_msg_secret(&m, QN_SECRET_VERIFIER, verifier, n);
    } else {
        if (!l->pin.cost || l->refused) {
            qn_random(l->pin.salt, sizeof l->pin.salt);
            l->pin.cost = qn_conf_int(c->conf, "pin-cost");
        }
        qn_pin_question(&m, l->secret, l->secret_len, l->pin.salt, l->pin.cost, l->ask.req);
    }
    qn_secret_free(&l->secret);
    qn_worker_ask(c, QN_FROM_PIN, &m, pin_hashed, qn_login_failed, qn_login_next(c, l));
    return 0;
}

/* ---- what the directory keeps ---- */

static bool from_directory(const struct qn_login *l)
{
    return strcmp(l->badge.source, "directory") == 0;
}

/* It no longer has the badge, or has it with somebody else. */
static int badge_end(struct qn_core *c, const struct qn_login *l, int64_t person, const char *dir_id, struct qn_err *err)
{
    int r = qn_store_badge_end(c->store, l->badge.mac, err);

    if (r == 0)
        r = qn_store_session_end_badge(c->store, person, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_BADGE_ENDED, l->ask.req, err, "{s:s, s:s, s:s, s:i}", "person", dir_id, "by", "directory", "reason",
                      "not-in-directory", "count", 1);
    return r;
}

/* The person whom the directory named: theirs is the badge from now on, and looked up again at each log-in. */
static int badge_learned(struct qn_core *c, struct qn_login *l, const struct qn_person *before, struct qn_err *err)
{
    struct qn_badge b = { .person = l->person.id, .added = c->now, .source = "directory" };
    int r = 0;

    if (l->badge.person == l->person.id)
        return 0;
    if (l->badge.person)
        r = badge_end(c, l, l->badge.person, before->dir_id, err);
    memcpy(b.mac, l->badge.mac, sizeof b.mac);
    if (r == 0)
        r = qn_store_badge_add(c->store, &b, err);
    if (r < 0 && r != QN_EFULL)
        return r;
    if (r == 0)
        r = qn_record(c, QN_AUDIT_BADGE_SET, l->ask.req, err, "{s:s, s:s, s:s}", "person", l->person.dir_id, "by", "directory", "source",
                      "directory");
    l->badge = b;
    l->badge.person = r == 0 ? b.person : 0; /* one too many to be kept works all the same */
    return r == QN_EFULL ? 0 : r;
}

static int directory_found(struct qn_core *c, struct qn_login *l, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_person before = l->person;
    int r;

    l->live = true;
    l->refused = NULL;
    if (!l->by_badge)
        return person_learn_same(c, l, answer, err);
    r = qn_person_learn(c, answer, &l->person, err);
    return r == 0 ? badge_learned(c, l, &before, err) : r;
}

static int directory_lacks(struct qn_core *c, struct qn_login *l, struct qn_err *err)
{
    int r = 0;

    if (l->by_badge && l->badge.person)
        r = badge_end(c, l, l->person.id, l->person.dir_id, err);
    l->badge.person = 0;
    l->refused = l->by_badge ? "unknown-badge" : "not-in-directory";
    return r;
}

/* Who is known is let in on the directory's last word, as long as its grace lasts. */
static void directory_away(struct qn_login *l)
{
    l->by_badge = true; /* not asked again */
    if (l->badge.person)
        return;
    l->refused = "directory-away";
    l->refused_code = QN_EAWAY;
}

static int directory_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_login *l = ctx;
    bool found = answer && answer->code == QN_OK;
    int r = 0;

    if (found)
        r = directory_found(c, l, answer, err);
    else if (answer && (answer->code == QN_ENOTFOUND || answer->code == QN_EDENIED))
        r = directory_lacks(c, l, err);
    else
        directory_away(l);
    if (r != 0)
        return r;
    if (l->secret)
        return pin_ask(c, l, found && !l->refused ? answer : NULL, err);
    if (l->refused)
        return qn_login_refuse(c, l, l->refused_code, l->refused, err);
    return l->live ? qn_login_accept(c, l, true, err) : badge_in_grace(c, l, err);
}

static void directory_ask(struct qn_core *c, struct qn_login *l, const char *number)
{
    struct qn_msg m;

    if (l->by_badge) {
        qn_msg_request(&m, "ldap.badge", l->ask.req);
        qn_msg_json(&m, "groups", qn_person_groups());
        qn_msg_secret(&m, QN_SECRET_BADGE, number, strlen(number));
    } else {
        qn_person_again(&m, &l->person, l->ask.req);
    }
    qn_worker_ask(c, QN_FROM_LDAP, &m, directory_answered, qn_login_failed, qn_login_next(c, l));
}

/* ---- the badge ---- */

/* Whose badge it is, as far as we know: l->badge and l->person, or l->refused. */
static int badge_person(struct qn_core *c, struct qn_login *l, const char *number, struct qn_err *err)
{
    uint8_t mac[32];
    int r = qn_badge_hash(c, number, mac, err);

    if (r == 0 && (r = qn_store_badge(c->store, mac, &l->badge, err)) == QN_ENOTFOUND) {
        memcpy(l->badge.mac, mac, sizeof mac);
        l->refused = "unknown-badge";
        return 0;
    }
    return r == 0 ? qn_store_person(c->store, l->badge.person, &l->person, err) : r;
}

static int badge_go(struct qn_core *c, struct qn_login *l, const char *number, struct qn_err *err)
{
    bool keeps_badges = *qn_conf_text(c->conf, "directory-badge"), keeps_pins = *qn_conf_text(c->conf, "directory-pin");

    if (from_directory(l) && !keeps_badges)
        l->refused = "unknown-badge";
    else if (l->badge.person && !l->person.login[0])
        l->refused = "not-in-directory"; /* somebody else has the login now */
    l->by_badge = keeps_badges && (!l->badge.person || from_directory(l));
    if (number[0] && (keeps_badges || keeps_pins) && (l->by_badge || !l->refused)) {
        directory_ask(c, l, number);
        return 0;
    }
    if (l->secret)
        return pin_ask(c, l, NULL, err);
    if (l->refused)
        return qn_login_refuse(c, l, QN_EDENIED, l->refused, err);
    badge_ask_directory(c, l);
    return 0;
}

static int badge_try(struct qn_core *c, struct qn_login *l, const struct qn_msg *in, struct qn_err *err)
{
    char number[QN_BADGE_TEXT];
    size_t n;
    const uint8_t *pin = qn_msg_get_secret(in, QN_SECRET_PIN, &n);
    int r;

    l->method = pin ? QN_METHOD_BADGE_PIN : QN_METHOD_BADGE;
    if ((r = qn_login_door(c, l, err)) != 0)
        return r == QN_EDENIED ? qn_login_refuse(c, l, QN_EDENIED, "terminal-throttled", err) : r;
    r = qn_badge_read(in, number, err);
    if (r == QN_EINVAL)
        l->refused = "malformed-badge";
    else if (r == 0)
        r = badge_person(c, l, number, err);
    if (r != 0 && r != QN_EINVAL)
        return r;
    if (pin)
        qn_login_keep(l, pin, n);
    r = badge_go(c, l, number, err);
    qn_wipe(number, sizeof number);
    qn_secret_free(&l->secret);
    return r;
}

int qn_login_badge(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct qn_login l;
    int r;

    (void)out;
    qn_login_start(c, &l, p, who, in);
    r = badge_try(c, &l, in, err);
    return r == 0 ? QN_LATER : r;
}

int qn_login_second(struct qn_core *c, const struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in, qn_second_done *done,
                    qn_second_failed *failed, void *ctx, struct qn_err *err)
{
    struct qn_login l;

    qn_login_start(c, &l, p, who, in);
    l.second = done;
    l.second_failed = failed;
    l.second_ctx = ctx;
    return badge_try(c, &l, in, err);
}
