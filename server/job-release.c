#include "server/job-release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-delay.h"
#include "server/auth-live.h"
#include "server/auth-login.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/delegate.h"
#include "server/job-change.h"
#include "server/job-deliver.h"
#include "server/job-may.h"
#include "server/job-owner.h"
#include "server/job-queue.h"
#include "server/job-second.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* A release on its way to the directory, about the second person and then about the first. */
struct release {
    struct qn_ask ask;
    int64_t began;        /* boot clock */
    struct qn_who who;
    char idem[33];
    char device[64];      /* on which; "": the one that the terminal stands at */
    json_t *jobs;
    json_t *options;      /* what is changed of them; NULL for nothing */
    json_t *again;        /* of these: those that the asker saw as printed; NULL for none */
    struct qn_second second;
};

/* Where a release comes out. */
struct place {
    struct qn_device device;
    const struct qn_terminal *terminal;
    bool tied;            /* the terminal may print on it */
    bool offers;          /* it can do what is changed of the jobs, as far as it said */
};

/* One job of the request, and everybody whom it concerns. */
struct deed {
    struct qn_job job;
    const struct qn_person *person;   /* who asks */
    const struct place *at;
    const struct qn_device *device;   /* of at */
    struct qn_delegation by;          /* id 0: their own job */
    struct qn_person owner;           /* of a delegated job */
    bool again;                       /* the asker knows that it was printed */
};

/* Why this tap may not release it, whatever may go to the device: a key of the catalogue, or NULL. One line a rule. */
static const char *tap_refusal(const struct qn_core *c, const struct deed *x)
{
    const struct qn_job *j = &x->job;
    const struct qn_class *k = qn_class_level(j->class_);
    bool delegated = x->by.id != 0;
    const struct { bool refuse; const char *why; } rules[] = {
        { !x->at->tied, "other-device" },
        { j->owner == 0, "owner-pending" },
        { j->state == QN_JOB_RELEASING, "already-printing" },
        { j->state == QN_JOB_UNCERTAIN, "uncertain" },
        { j->state == QN_JOB_DAMAGED, "damaged" },
        { qn_job_state_next(j->state, QN_EVENT_CLAIM) < 0, "not-yours" },
        { qn_clock_any_past(c, j->due), "due" },
        { delegated && j->state != QN_JOB_HELD, "not-yours" }, /* a reprint is the owner's */
        { k && qn_live_stale(c, x->person, k->grace), "directory-away" },
        { delegated && k && qn_live_stale(c, &x->owner, k->grace), "directory-away" },
        { !x->at->offers, "not-offered" },
        { j->state == QN_JOB_PRINTED && !x->again, "printed-meanwhile" }, /* from an old page: that would be a second copy */
    };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].refuse)
            return rules[i].why;
    return NULL;
}

static void act_add(json_t *rows, const char *job, int code, const char *why)
{
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "job", job, "code", qn_code_name(code), "why", why));
}

/* The owner learns that a colleague had it. */
static int release_tell(struct qn_core *c, const struct deed *x, struct qn_err *err)
{
    if (!x->by.id)
        return 0;
    return qn_notice_add(c, x->owner.id, "delegation-used", json_pack("{s:s, s:s}", "who", x->person->display, "device",
                                                                           x->device->name), err);
}

static int release_claim(struct qn_core *c, const struct release *rl, struct deed *x, struct qn_err *err)
{
    struct qn_job *j = &x->job;
    bool two = qn_class_level(j->class_)->second[0] != '\0';
    struct qn_release_by by = { x->person->id, two ? rl->second.person.id : 0, "" };
    uint8_t raw[16];
    char token[33], changed[512];
    int r;

    snprintf(by.method, sizeof by.method, "%s", rl->who.session.method);
    qn_change_text(rl->options, changed, sizeof changed);
    qn_random(raw, sizeof raw);
    qn_hex(token, raw, sizeof raw);
    j->why[0] = '\0';
    j->lease = c->steady + QN_LEASE_MS;
    if ((r = qn_store_job_claim(c->store, j, token, rl->who.terminal.id, x->device->id, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_RELEASE_AUTHORIZED, rl->ask.req, err,
                  "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "job", j->id, "person", x->person->dir_id, "owner",
                  x->by.id ? x->owner.dir_id : x->person->dir_id, "method", rl->who.session.method, "terminal", rl->who.terminal.name,
                  "device", x->device->name, "class", qn_class_level(j->class_)->name, "roles", rl->who.session.roles, "delegation",
                  (json_int_t)x->by.id, "directory_ms", (json_int_t)(c->steady - x->person->checked), "second",
                  two ? rl->second.person.dir_id : "", "changed", changed);
    if (r == 0)
        r = release_tell(c, x, err);
    if (r == 0)
        qn_release_queue(c, j, &by, rl->options);
    return r;
}

/* Whose job it is; *why says "not-yours" for what they may not know of. */
static int deed_open(struct qn_core *c, const char *id, struct deed *x, const char **why, struct qn_err *err)
{
    int r = qn_store_job(c->store, id, &x->job, err);

    if (r == 0 && x->job.owner != x->person->id)
        r = qn_delegate_find(c, &x->job, x->person->id, &x->by, &x->owner, err);
    if (r == QN_ENOTFOUND || (r == 0 && x->job.state == QN_JOB_ERASED)) {
        *why = "not-yours";
        return 0;
    }
    return r;
}

/* Why it may not be released here and now, by these people; NULL: it may. */
static int deed_refusal(struct qn_core *c, const struct release *rl, const struct deed *x, const char **why, struct qn_err *err)
{
    struct qn_may m = { &x->job, x->device, x->at->terminal, x->person, x->by.id ? &x->owner : x->person, &rl->second,
                        rl->who.session.method, rl->ask.req, false };

    *why = tap_refusal(c, x);
    return *why ? 0 : qn_job_may(c, &m, why, err);
}

/* One job of the request: claimed, or refused with a reason that is recorded. */
static int release_one(struct qn_core *c, const struct release *rl, const char *id, const struct qn_person *p,
                       const struct place *at, json_t *rows, struct qn_err *err)
{
    struct deed x = { .person = p, .at = at, .device = &at->device, .again = qn_words_have(rl->again, id) };
    const char *why = NULL;
    int r = deed_open(c, id, &x, &why, err);

    if (r != 0)
        return r;
    if (!why && (r = deed_refusal(c, rl, &x, &why, err)) != 0)
        return r;
    if (!why) {
        r = release_claim(c, rl, &x, err);
        if (r == 0)
            act_add(rows, id, QN_OK, "");
        if (r != QN_ECONFLICT)
            return r;
        why = "already-printing";
    }
    act_add(rows, id, strcmp(why, "not-yours") == 0 ? QN_ENOTFOUND : QN_EDENIED, why);
    return qn_record_denial(c, QN_AUDIT_RELEASE_DENIED, rl->ask.req, rl->who.terminal.name, why, p->dir_id, id, err);
}

/* The device that was asked for, or the terminal's own. One that does not exist is one that it is not tied to. */
static int place_device(struct qn_core *c, const struct release *rl, struct place *at, struct qn_err *err)
{
    const struct qn_terminal *t = &rl->who.terminal;
    int r;

    *at = (struct place){ .terminal = t, .tied = true };
    if (!rl->device[0])
        return qn_store_device(c->store, t->device, &at->device, err);
    r = qn_store_device_by_name(c->store, rl->device, &at->device, err);
    if (r == 0 && at->device.id != t->device)
        r = qn_store_terminal_tied(c->store, t->id, at->device.id, err);
    at->tied = r == 0;
    return r == QN_ENOTFOUND ? 0 : r;
}

static int release_place(struct qn_core *c, const struct release *rl, struct place *at, struct qn_err *err)
{
    int r = place_device(c, rl, at, err);

    at->offers = r == 0 && qn_change_offered(c, at->device.id, rl->options);
    return r;
}

/* A second person was refused: whoever it was and whatever was wrong, that takes as long. */
static bool second_was_refused(const json_t *rows)
{
    bool refused = false;

    for (size_t i = 0; i < json_array_size(rows); i++)
        refused = refused || strcmp(json_string_value(json_object_get(json_array_get(rows, i), "why")), "second-refused") == 0;
    return refused;
}

static int release_all(struct qn_core *c, const struct release *rl, const struct qn_person *p, struct qn_err *err)
{
    json_t *rows = json_array();
    struct place at;
    struct qn_msg out;
    bool late;
    char *text;
    int r = release_place(c, rl, &at, err);

    for (size_t i = 0; i < json_array_size(rl->jobs) && r == 0; i++)
        r = release_one(c, rl, json_string_value(json_array_get(rl->jobs, i)), p, &at, rows, err);
    if (r == 0 && (text = json_dumps(rows, JSON_COMPACT)) != NULL) {
        r = qn_store_idem_put(c->store, p->id, rl->idem, text, c->steady, err);
        free(text);
    }
    if (r != 0) {
        json_decref(rows);
        return r;
    }
    qn_ask_answer(&out, &rl->ask, QN_OK, "");
    late = second_was_refused(rows);
    qn_msg_json(&out, "jobs", rows);
    if (late)
        qn_delay_answer(c, &rl->ask, rl->began, &out);
    else
        qn_turn_answer(c, &rl->ask, &out);
    return 0;
}

static void release_drop(struct release *rl)
{
    json_decref(rl->jobs);
    json_decref(rl->again);
    json_decref(rl->options);
}

/* The answer that this key got before, into out. QN_ENOTFOUND: none yet. */
static int release_same(struct qn_core *c, int64_t person, const char *idem, struct qn_msg *out, struct qn_err *err)
{
    char *old = NULL;
    json_t *rows;
    int r = qn_store_idem(c->store, person, idem, &old, err);

    if (r != 0)
        return r;
    rows = json_loads(old, 0, NULL);
    free(old);
    if (!rows)
        return qn_fail(err, QN_ECORRUPT, "the kept answer can't be read");
    qn_msg_json(out, "jobs", rows);
    return 0;
}

/* In a later turn: the same request may have been answered meanwhile. */
static int release_later(struct qn_core *c, const struct release *rl, const struct qn_person *p, struct qn_err *err)
{
    struct qn_msg out;
    int r;

    qn_ask_answer(&out, &rl->ask, QN_OK, "");
    r = release_same(c, p->id, rl->idem, &out, err);
    if (r == 0)
        qn_turn_answer(c, &rl->ask, &out);
    else
        qn_msg_free(&out);
    return r == QN_ENOTFOUND ? release_all(c, rl, p, err) : r;
}

/* The directory has spoken (or not): the account's state is live, or as old as the class allows. */
static int release_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct release *rl = ctx;
    struct qn_person p = rl->who.person;
    int r = qn_live_learn(c, answer, &p, rl->ask.req, err);

    if (r != 0 && r != QN_EAWAY)
        return r;
    r = release_later(c, rl, &p, err);
    if (r == 0)
        release_drop(rl);
    return r;
}

static void release_failed(struct qn_core *c, void *ctx, int code)
{
    struct release *rl = ctx;

    (void)code;
    release_drop(rl);
    qn_turn_refuse(c, &rl->ask, QN_EAGAIN, "not now");
}

/* For a continuation, which gets it. */
static struct release *release_copy(const struct release *rl)
{
    struct release *copy = qn_alloc(sizeof *copy);

    *copy = *rl;
    json_incref(copy->jobs);
    json_incref(copy->again);
    json_incref(copy->options);
    return copy;
}

static void release_ask(struct qn_core *c, const struct release *rl)
{
    struct qn_msg m;

    qn_person_again(&m, &rl->who.person, rl->ask.req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, release_checked, release_failed, release_copy(rl));
}

/* ---- with a second person ---- */

static void second_drop(struct qn_core *c, void *arg)
{
    (void)c;
    release_drop(arg);
    free(arg);
}

static void second_failed(struct qn_core *c, void *ctx, int code)
{
    release_failed(c, ctx, code);
    free(ctx);
}

static int second_record(struct qn_core *c, const struct release *rl, struct qn_err *err)
{
    if (rl->second.state != QN_SECOND_PROVED)
        return 0; /* recorded as a log-in that failed */
    return qn_record(c, QN_AUDIT_AUTH_SECOND, rl->ask.req, err, "{s:s, s:s, s:s}", "person", rl->second.person.dir_id, "for",
                     rl->who.person.dir_id, "terminal", rl->who.terminal.name);
}

/* Meanwhile the first may have logged out, or be somebody else to the directory. */
static int second_go(struct qn_core *c, struct release *rl, struct qn_err *err)
{
    struct qn_session s;
    int r = qn_store_session(c->store, rl->who.session.hash, &s, err);

    if (r == QN_ENOTFOUND) {
        qn_turn_refuse(c, &rl->ask, QN_EDENIED, "the session is over");
        return 0;
    }
    if (r != 0 || (r = qn_store_person(c->store, rl->who.person.id, &rl->who.person, err)) != 0)
        return r;
    if (qn_live_fresh(c, &rl->who.person))
        return release_later(c, rl, &rl->who.person, err);
    release_ask(c, rl);
    return 0;
}

/* The second person is proved, or not. */
static int second_done(struct qn_core *c, void *ctx, const struct qn_person *second, struct qn_err *err)
{
    struct release *rl = ctx;
    int r;

    rl->second.state = second ? QN_SECOND_PROVED : QN_SECOND_REFUSED;
    if (second)
        rl->second.person = *second;
    r = second_record(c, rl, err);
    if (r == 0)
        r = second_go(c, rl, err);
    if (r == 0)
        qn_turn_after(c, second_drop, rl);
    return r;
}

static int second_ask(struct qn_core *c, const struct qn_peer *p, const struct release *now, const struct qn_msg *in, struct qn_err *err)
{
    struct release *rl = release_copy(now);

    qn_turn_undo(c, second_drop, rl);
    return qn_login_second(c, p, &rl->who, in, second_done, second_failed, rl, err);
}

int qn_job_release(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct release now = { .began = c->boot, .who = *who };
    size_t n;
    bool badge = qn_msg_get_secret(in, QN_SECRET_BADGE, &n) != NULL, pin = qn_msg_get_secret(in, QN_SECRET_PIN, &n) != NULL;
    int r = release_same(c, who->session.person, qn_msg_get(in, "idem"), out, err);

    if (r != QN_ENOTFOUND)
        return r;
    if (badge != pin)
        return qn_fail(err, QN_EINVAL, "a second person has a badge and a PIN");
    qn_turn_remember(&now.ask, p, in);
    snprintf(now.idem, sizeof now.idem, "%s", qn_msg_get(in, "idem"));
    snprintf(now.device, sizeof now.device, "%s", qn_msg_get(in, "device"));
    now.jobs = json_object_get(in->f, "jobs");
    now.again = json_object_get(in->f, "again");
    now.options = json_object_get(in->f, "options");
    if ((r = qn_change_check(now.options, err)) != 0)
        return r;
    if (badge)
        r = second_ask(c, p, &now, in, err);
    else if (qn_live_fresh(c, &who->person))
        r = release_all(c, &now, &who->person, err);
    else
        release_ask(c, &now);
    return r == 0 ? QN_LATER : r;
}
