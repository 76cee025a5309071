#include "server/badge.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-person.h"
#include "server/auth-pin.h"
#include "server/auth-throttle.h"
#include "server/notice.h"
#include "server/pin-own.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

enum { ID = 8 }; /* bytes of what a badge is kept as that name it in its owner's list */

/* ---- looking ---- */

static int list_row(void *ctx, const struct qn_badge *b)
{
    char id[2 * ID + 1];

    qn_hex(id, b->mac, ID);
    json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:I, s:I}", "id", id, "label", b->label, "source", b->source, "added",
                                         (json_int_t)b->added, "used", (json_int_t)b->used));
    return 0;
}

static int pin_word(struct qn_core *c, int64_t person, const char **out, struct qn_err *err)
{
    struct qn_pin pin;
    int r = qn_store_pin(c->store, person, &pin, err);

    *out = r == QN_ENOTFOUND ? "none" : pin.locked ? "locked" : pin.until > c->steady ? "waiting" : pin.cost ? "set" : "directory";
    return r == QN_ENOTFOUND ? 0 : r;
}

int qn_badge_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    json_t *rows = json_array();
    const char *pin;
    int r = qn_store_badge_each(c->store, who->person.id, list_row, rows, err);

    (void)p;
    (void)in;
    qn_msg_json(out, "badges", rows);
    if (r == 0 && (r = pin_word(c, who->person.id, &pin, err)) == 0)
        qn_msg_str(out, "pin", pin);
    return r;
}

/* ---- adding ---- */

/* The badge is theirs, or stays what it was: QN_ECONFLICT, QN_EFULL. New ones are recorded and told. */
static int badge_give(struct qn_core *c, struct qn_badge *b, const struct qn_person *to, const char *by, const char *req,
                      struct qn_err *err)
{
    int r;

    b->person = to->id;
    b->added = c->now;
    r = qn_store_badge_add(c->store, b, err);
    if (r == QN_BADGE_KNOWN)
        return 0;
    if (r == 0)
        r = qn_record(c, QN_AUDIT_BADGE_SET, req, err, "{s:s, s:s, s:s}", "person", to->dir_id, "by", by, "source", b->source);
    return r == 0 ? qn_notice_add(c, to->id, "badge-added", json_pack("{s:s}", "label", b->label), err) : r;
}

/* Nothing that the asker can see tells somebody's badge from no badge; whose it is hears of it. */
static int claim_refuse(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, const struct qn_msg *in, const uint8_t mac[32],
                        const char *reason, struct qn_err *err)
{
    char source[80];
    struct qn_badge theirs;
    struct qn_ask ask;
    int r;

    snprintf(source, sizeof source, "person:%s", who->person.dir_id);
    r = qn_record_denial(c, QN_AUDIT_BADGE_DENIED, in->req, source, reason, who->person.dir_id, "", err);
    if (r == 0 && mac && (r = qn_store_badge(c->store, mac, &theirs, err)) == 0)
        r = qn_notice_add(c, theirs.person, "badge-claim-tried", json_pack("{s:s}", "label", theirs.label), err);
    if (r != 0)
        return r;
    qn_turn_remember(&ask, p, in);
    qn_turn_refuse(c, &ask, QN_EDENIED, "this badge can't be added");
    return QN_LATER;
}

/* Ten are enough to try; each costs a while. */
static int claim_count(struct qn_core *c, const struct qn_who *who, char key[96], struct qn_err *err)
{
    qn_throttle_key(key, 96, "claim", who->person.dir_id);
    return qn_throttle_count(c, key, &qn_throttle_claim, err);
}

int qn_badge_claim(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct qn_badge b = { .source = "claim" };
    char key[96];
    int r = qn_own_proof(c, &who->session, err);

    (void)out;
    if (r != 0)
        return r;
    if ((r = claim_count(c, who, key, err)) != 0)
        return r == QN_EDENIED ? claim_refuse(c, p, who, in, NULL, "claim-throttled", err) : r;
    snprintf(b.label, sizeof b.label, "%s", qn_msg_get(in, "label"));
    r = qn_badge_mac(c, in, b.mac, err);
    if (r == QN_EINVAL)
        return claim_refuse(c, p, who, in, NULL, "malformed-badge", err);
    if (r == 0)
        r = badge_give(c, &b, &who->person, who->person.dir_id, in->req, err);
    if (r == QN_ECONFLICT)
        return claim_refuse(c, p, who, in, b.mac, "badge-of-another", err);
    return r == 0 ? qn_throttle_clear(c, key, err) : r;
}

/* ---- ending ---- */

struct search { const char *id; struct qn_badge found; };

static int search_row(void *ctx, const struct qn_badge *b)
{
    struct search *s = ctx;
    char id[2 * ID + 1];

    qn_hex(id, b->mac, ID);
    if (strcmp(id, s->id) == 0)
        s->found = *b;
    return s->found.person != 0;
}

static int badge_ended(struct qn_core *c, const struct qn_person *p, const char *by, const char *reason, int64_t count, const char *req,
                       struct qn_err *err)
{
    int r = qn_store_session_end_badge(c->store, p->id, err);

    return r != 0 ? r : qn_record(c, QN_AUDIT_BADGE_ENDED, req, err, "{s:s, s:s, s:s, s:I}", "person", p->dir_id, "by", by, "reason",
                                  reason, "count", (json_int_t)count);
}

int qn_badge_lost(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    struct search s = { .id = qn_msg_get(in, "id") };
    int r = qn_store_badge_each(c->store, who->person.id, search_row, &s, err);

    (void)p;
    (void)out;
    if (r != 0)
        return r;
    if (!s.found.person)
        return qn_fail(err, QN_ENOTFOUND, "no such badge");
    if ((r = qn_store_badge_end(c->store, s.found.mac, err)) != 0 ||
        (r = badge_ended(c, &who->person, who->person.dir_id, "lost", 1, in->req, err)) != 0)
        return r;
    return qn_notice_add(c, who->person.id, "badge-ended", json_pack("{s:s}", "label", s.found.label), err);
}

int qn_badge_revoke(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    const char *reason = qn_msg_get(in, "reason");
    struct qn_person person;
    char login[256];
    int64_t count = 0;
    int r = qn_person_map(c, qn_msg_get(in, "login"), login, err);

    (void)p;
    if (r == 0)
        r = qn_store_person_by_login(c->store, login, &person, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "nobody of that name is known here");
    if (r == 0)
        r = qn_store_badge_end_person(c->store, person.id, &count, err);
    if (r == 0 && count > 0 && (r = badge_ended(c, &person, who->person.dir_id, reason, count, in->req, err)) == 0)
        r = qn_notice_add(c, person.id, "badges-revoked", json_pack("{s:s}", "reason", reason), err);
    if (r == 0)
        qn_msg_int(out, "count", count);
    return r;
}

/* ---- the import: one badge, whose the directory must know ---- */

struct import {
    struct qn_ask ask;
    struct qn_badge badge;
    char by[65];
};

static void import_failed(struct qn_core *c, void *ctx, int code)
{
    static const struct { int code; const char *text; } words[] = {
        { QN_ECONFLICT, "this badge belongs to another person" }, { QN_EFULL, "this person has as many badges as one can have" },
    };
    struct import *i = ctx;

    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (words[k].code == code) {
            qn_turn_refuse(c, &i->ask, code, words[k].text);
            return;
        }
    qn_turn_refuse(c, &i->ask, QN_EAGAIN, "not done");
}

static int import_found(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct import *i = ctx;
    struct qn_person person;
    struct qn_msg out;
    int r;

    if (!answer || answer->code != QN_OK) {
        bool unknown = answer && answer->code == QN_ENOTFOUND;

        qn_turn_refuse(c, &i->ask, unknown ? QN_ENOTFOUND : QN_EAWAY,
                       unknown ? "the directory has no such person" : "the directory can't be reached");
        return 0;
    }
    if ((r = qn_person_learn(c, answer, &person, err)) != 0 || (r = badge_give(c, &i->badge, &person, i->by, i->ask.req, err)) != 0)
        return r;
    qn_ask_answer(&out, &i->ask, QN_OK, "");
    qn_turn_answer(c, &i->ask, &out);
    return 0;
}

int qn_badge_import(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    struct import it = { .badge.source = "import" }, *next;
    char login[256];
    struct qn_msg m;
    int r = qn_badge_mac(c, in, it.badge.mac, err);

    (void)out;
    if (r == 0)
        r = qn_person_map(c, qn_msg_get(in, "login"), login, err);
    if (r != 0)
        return r;
    qn_turn_remember(&it.ask, p, in);
    snprintf(it.badge.label, sizeof it.badge.label, "%s", qn_msg_get(in, "label"));
    snprintf(it.by, sizeof it.by, "%s", who->person.dir_id);
    next = qn_alloc(sizeof *next);
    *next = it;
    qn_person_question(&m, "ldap.find", login, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, import_found, import_failed, next);
    return QN_LATER;
}
