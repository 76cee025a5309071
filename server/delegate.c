#include "server/delegate.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-person.h"
#include "server/auth-throttle.h"
#include "server/clock-two.h"
#include "server/job-owner.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

#define DAYS_MS(n) ((int64_t)(n) * 24 * 3600 * 1000)
enum { DAYS_MAX = 90 };

/* A delegation that waits for the directory's word on the colleague. */
struct adding {
    struct qn_ask ask;
    struct qn_person owner;
    struct qn_delegation d;
    char throttle[300];
};

bool qn_delegate_class(const struct qn_class *k)
{
    return k && k->delegation && k->grace > 0;
}

static int64_t later_clock(const struct qn_core *c)
{
    return c->now > c->steady ? c->now : c->steady;
}

struct finding { const struct qn_job *j; struct qn_delegation *out; };

static int find_one(void *ctx, const struct qn_delegation *d)
{
    struct finding *f = ctx;

    if (d->owner == f->j->owner && (!d->job[0] || strcmp(d->job, f->j->id) == 0) && (!f->out->id || d->title))
        *f->out = *d;
    return 0;
}

int qn_delegate_find(struct qn_core *c, const struct qn_job *j, int64_t person, struct qn_delegation *out, struct qn_person *owner_out,
                     struct qn_err *err)
{
    struct finding f = { j, out };
    int r = 0;

    memset(out, 0, sizeof *out);
    if (j->owner && qn_delegate_class(qn_class_level(j->class_)))
        r = qn_store_delegation_each(c->store, person, false, later_clock(c), QN_DELEGATIONS_MAX, find_one, &f, err);
    if (r < 0)
        return r;
    return out->id ? qn_store_person(c->store, j->owner, owner_out, err) : qn_fail(err, QN_ENOTFOUND, "no delegation");
}

static const char *name_of(const struct qn_person *p)
{
    return p->display[0] ? p->display : p->login[0] ? p->login : p->dir_id;
}

/* ---- ending ---- */

static int delegation_end(struct qn_core *c, const struct qn_delegation *d, const char *reason, const char *by, const char *req,
                          struct qn_err *err)
{
    struct qn_person owner, delegate;
    bool tell_owner = strcmp(reason, "declined") == 0 || strcmp(reason, "delegate-left") == 0;
    int r;

    if ((r = qn_store_person(c->store, d->owner, &owner, err)) != 0 ||
        (r = qn_store_person(c->store, d->delegate, &delegate, err)) != 0 ||
        (r = qn_store_delegation_end(c->store, d->id, c->now, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_DELEGATION_ENDED, req, err, "{s:I, s:s, s:s, s:s, s:s, s:s}", "delegation", (json_int_t)d->id, "owner",
                  owner.dir_id, "delegate", delegate.dir_id, "job", d->job, "reason", reason, "by", by);
    if (r != 0)
        return r;
    return tell_owner ? qn_notice_add(c, owner.id, "delegation-returned", json_pack("{s:s}", "who", name_of(&delegate)), err)
                      : qn_notice_add(c, delegate.id, "delegation-ended", json_pack("{s:s}", "who", name_of(&owner)), err);
}

struct ending {
    struct qn_core *c;
    const char *reason, *by, *req;
    struct qn_err *err;
    int r;
};

static int end_one(void *ctx, const struct qn_delegation *d)
{
    struct ending *e = ctx;

    e->r = delegation_end(e->c, d, e->reason, e->by, e->req, e->err);
    return e->r;
}

int qn_delegate_end_all(struct qn_core *c, const struct qn_person *p, const char *reason, const char *req, struct qn_err *err)
{
    char why[48];
    int r = 0;

    for (int given = 0; given <= 1 && r == 0; given++) {
        struct ending e = { c, why, p->dir_id, req, err, 0 };

        snprintf(why, sizeof why, "%s-%s", given ? "owner" : "delegate", reason);
        r = qn_store_delegation_each(c->store, p->id, given, later_clock(c), QN_DELEGATIONS_MAX, end_one, &e, err);
        r = r < 0 ? r : e.r;
    }
    return r;
}

int qn_delegate_revoke(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                       struct qn_err *err)
{
    struct qn_delegation d;
    int r = qn_store_delegation(c->store, qn_msg_get_int(in, "id"), &d, err);

    (void)p;
    (void)out;
    if (r == QN_ENOTFOUND || (r == 0 && d.owner != who->person.id && d.delegate != who->person.id))
        return qn_fail(err, QN_ENOTFOUND, "no such delegation of this person");
    if (r != 0 || d.ended)
        return r; /* ended already is as good */
    return delegation_end(c, &d, d.owner == who->person.id ? "revoked" : "declined", who->person.dir_id, in->req, err);
}

/* ---- making ---- */

static int count_one(void *ctx, const struct qn_delegation *d)
{
    (void)d;
    ++*(int *)ctx;
    return 0;
}

/* Room for one more on both sides? */
static int add_room(struct qn_core *c, const struct qn_delegation *d, struct qn_err *err)
{
    int given = 0, received = 0, r;

    r = qn_store_delegation_each(c->store, d->owner, true, later_clock(c), QN_DELEGATIONS_MAX, count_one, &given, err);
    if (r >= 0)
        r = qn_store_delegation_each(c->store, d->delegate, false, later_clock(c), QN_DELEGATIONS_MAX, count_one, &received, err);
    if (r < 0)
        return r;
    return given >= QN_DELEGATIONS_MAX || received >= QN_DELEGATIONS_MAX
        ? qn_fail(err, QN_EFULL, "one person can have %d of them", QN_DELEGATIONS_MAX) : 0;
}

static int same_one(void *ctx, const struct qn_delegation *d)
{
    struct qn_delegation *want = ctx;

    if (d->delegate != want->delegate || strcmp(d->job, want->job) != 0)
        return 0;
    want->id = d->id;
    return 1;
}

/* The same again takes the older one's place. */
static int add_replace(struct qn_core *c, const struct adding *a, struct qn_err *err)
{
    struct qn_delegation old = a->d;
    int r;

    old.id = 0;
    r = qn_store_delegation_each(c->store, a->owner.id, true, later_clock(c), QN_DELEGATIONS_MAX, same_one, &old, err);
    if (r < 0 || !old.id)
        return r < 0 ? r : 0;
    r = qn_store_delegation_end(c->store, old.id, c->now, err);
    return r != 0 ? r : qn_record(c, QN_AUDIT_DELEGATION_ENDED, a->ask.req, err, "{s:I, s:s, s:s, s:s}", "delegation", (json_int_t)old.id,
                                  "owner", a->owner.dir_id, "reason", "replaced", "by", a->owner.dir_id);
}

static int add_tell(struct qn_core *c, const struct adding *a, const struct qn_person *delegate, struct qn_err *err)
{
    char until[24];
    int r;

    snprintf(until, sizeof until, "%lld", (long long)a->d.until);
    r = qn_notice_add(c, a->owner.id, a->d.job[0] ? "delegation-given-job" : "delegation-given",
                      json_pack("{s:s, s:s}", "who", name_of(delegate), "until", until), err);
    return r != 0 ? r : qn_notice_add(c, delegate->id, a->d.job[0] ? "delegation-received-job" : "delegation-received",
                                      json_pack("{s:s, s:s}", "who", name_of(&a->owner), "until", until), err);
}

static int add_keep(struct qn_core *c, struct adding *a, const struct qn_person *delegate, struct qn_err *err)
{
    struct qn_msg out;
    int r;

    a->d.delegate = delegate->id;
    a->d.made = c->now;
    if ((r = add_replace(c, a, err)) != 0 || (r = add_room(c, &a->d, err)) != 0 ||
        (r = qn_store_delegation_add(c->store, &a->d, err)) != 0 ||
        (r = qn_throttle_clear(c, a->throttle, err)) != 0 || (r = add_tell(c, a, delegate, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_DELEGATION_MADE, a->ask.req, err, "{s:I, s:s, s:s, s:s, s:I, s:i}", "delegation", (json_int_t)a->d.id,
                  "owner", a->owner.dir_id, "delegate", delegate->dir_id, "job", a->d.job, "until", (json_int_t)a->d.until, "title",
                  (int)a->d.title);
    if (r != 0)
        return r;
    qn_ask_answer(&out, &a->ask, QN_OK, "");
    qn_msg_int(&out, "id", a->d.id);
    qn_turn_answer(c, &a->ask, &out);
    return 0;
}

/* Whom the directory does not have, who may not act and who prints nothing: one answer, so that nobody reads the directory here. */
static int add_known(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct adding *a = ctx;
    struct qn_person delegate;
    int r;

    if (!answer || (answer->code != QN_OK && answer->code != QN_ENOTFOUND)) {
        qn_turn_refuse(c, &a->ask, QN_EAWAY, "the directory can't be reached");
        return 0;
    }
    if (answer->code == QN_OK && (r = qn_person_learn(c, answer, &delegate, err)) != 0)
        return r;
    if (answer->code != QN_OK || qn_person_refusal(&delegate) || !qn_role_has(delegate.roles, "user")) {
        qn_turn_refuse(c, &a->ask, QN_ENOTFOUND, "nobody of that name can release jobs");
        return 0;
    }
    if (delegate.id == a->owner.id || (delegate.same[0] && strcmp(delegate.same, a->owner.same) == 0)) {
        qn_turn_refuse(c, &a->ask, QN_EDENIED, "this is an account of the same person");
        return 0;
    }
    r = add_keep(c, a, &delegate, err);
    if (r != QN_EFULL)
        return r;
    qn_turn_refuse(c, &a->ask, r, err->text);
    return 0;
}

static void add_failed(struct qn_core *c, void *ctx, int code)
{
    qn_turn_refuse(c, &((struct adding *)ctx)->ask, code == QN_EFULL ? QN_EFULL : QN_EAGAIN, "not now");
}

/* What the message asks for, before anybody is looked up. */
static int add_read(struct qn_core *c, const struct qn_who *who, const struct qn_msg *in, struct qn_delegation *d, struct qn_err *err)
{
    struct qn_job j;
    int r = 0;

    memset(d, 0, sizeof *d);
    d->owner = who->person.id;
    d->until = qn_msg_get_int(in, "until");
    d->title = qn_msg_get_int(in, "title") != 0;
    snprintf(d->job, sizeof d->job, "%s", qn_msg_get(in, "job"));
    if (qn_clock_any_past(c, d->until) || d->until > c->now + DAYS_MS(DAYS_MAX))
        return qn_fail(err, QN_EINVAL, "a delegation ends within %d days from now", DAYS_MAX);
    if (d->job[0] && (r = qn_job_own(c, who, d->job, &j, err)) == 0) {
        if (!qn_delegate_class(qn_class_level(j.class_)))
            return qn_fail(err, QN_EDENIED, "jobs of this class may not be delegated");
        if (d->until > j.due)
            d->until = j.due;
    }
    return r;
}

int qn_delegate_add(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    struct adding a = { .owner = who->person }, *next;
    char login[256];
    struct qn_msg m;
    int r = add_read(c, who, in, &a.d, err);

    (void)out;
    if (r == 0 && qn_person_map(c, qn_msg_get(in, "login"), login, err) != 0)
        r = qn_fail(err, QN_ENOTFOUND, "nobody of that name can release jobs");
    if (r != 0)
        return r;
    qn_turn_remember(&a.ask, p, in);
    qn_throttle_key(a.throttle, sizeof a.throttle, "delegate", who->person.dir_id);
    r = qn_throttle_count(c, a.throttle, &qn_throttle_terminal, err);
    if (r != 0)
        return r == QN_EDENIED ? qn_fail(err, QN_EFULL, "too many names were tried; wait a while") : r;
    next = qn_alloc(sizeof *next);
    *next = a;
    qn_person_question(&m, "ldap.find", login, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, add_known, add_failed, next);
    return QN_LATER;
}

/* ---- listing ---- */

struct listing { struct qn_core *c; json_t *rows; bool given; };

static int list_one(void *ctx, const struct qn_delegation *d)
{
    struct listing *l = ctx;
    struct qn_person owner, delegate;
    struct qn_err err;

    if (qn_store_person(l->c->store, d->owner, &owner, &err) != 0 || qn_store_person(l->c->store, d->delegate, &delegate, &err) != 0)
        return 1;
    json_array_append_new(l->rows, json_pack("{s:I, s:s, s:s, s:i, s:s, s:i, s:I}", "id", (json_int_t)d->id, "owner", name_of(&owner),
                                             "delegate", name_of(&delegate), "mine", (int)l->given, "job", d->job, "title",
                                             (int)d->title, "until", (json_int_t)d->until));
    return 0;
}

int qn_delegate_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                     struct qn_err *err)
{
    struct listing l = { c, json_array(), true };
    int r = qn_store_delegation_each(c->store, who->person.id, true, later_clock(c), QN_DELEGATIONS_MAX, list_one, &l, err);

    (void)p;
    (void)in;
    l.given = false;
    if (r >= 0)
        r = qn_store_delegation_each(c->store, who->person.id, false, later_clock(c), QN_DELEGATIONS_MAX, list_one, &l, err);
    qn_msg_json(out, "delegations", l.rows);
    return r < 0 ? r : 0;
}
