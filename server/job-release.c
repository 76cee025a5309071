#include "server/job-release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/delegate.h"
#include "server/device-link.h"
#include "server/job-deliver.h"
#include "server/job-owner.h"
#include "server/job-queue.h"
#include "server/notice.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* A release on its way to the directory. */
struct release {
    struct qn_ask ask;
    struct qn_who who;
    char idem[33];
    char device[64];      /* on which; "": the one that the terminal stands at */
    json_t *jobs;
    json_t *options;      /* what is changed of them; NULL for nothing */
    json_t *again;        /* of these: those that the asker saw as printed; NULL for none */
};

/* Where a release comes out. */
struct place {
    struct qn_device device;
    const struct qn_terminal *terminal;
    bool tied;            /* the terminal may print on it */
};

/* One job of the request, and everybody whom it concerns. */
struct deed {
    struct qn_job job;
    const struct qn_person *person;   /* who asks */
    const struct place *at;
    const struct qn_device *device;   /* of at */
    struct qn_delegation by;          /* id 0: their own job */
    struct qn_person owner;           /* of a delegated job */
    bool device_locked, queue_locked;
    bool again;                       /* the asker knows that it was printed */
};

/* The directory's word on p is too old for this class. */
static bool word_is_old(const struct qn_core *c, const struct qn_class *k, const struct qn_person *p)
{
    return k && c->steady - p->checked > (k->grace ? k->grace : 60000);
}

/* Why this job may not be released here and now by this session: a key of the catalogue, or NULL. One line a rule. */
static const char *release_refusal(const struct qn_core *c, const struct deed *x, const struct qn_session *s)
{
    const struct qn_job *j = &x->job;
    const struct qn_person *p = x->person;
    const struct qn_device *d = x->device;
    const struct qn_class *k = qn_class_level(j->class_);
    bool tls = qn_device_link_encrypted(d), delegated = x->by.id != 0;
    const struct { bool refuse; const char *why; } rules[] = {
        { !x->at->tied, "other-device" },
        { x->at->tied && strcmp(d->state, "active") != 0, "device-retired" },
        { !k, "damaged" },
        { j->owner == 0, "owner-pending" },
        { j->state == QN_JOB_RELEASING, "already-printing" },
        { j->state == QN_JOB_UNCERTAIN, "uncertain" },
        { j->state == QN_JOB_DAMAGED, "damaged" },
        { qn_job_state_next(j->state, QN_EVENT_CLAIM) < 0, "not-yours" },
        { qn_clock_any_past(c, j->due), "due" },
        { k && !(k->methods & qn_method_parse(s->method)), "class-needs-proof" },
        { k && !k->unverified && !j->owner_verified, "owner-unverified" },
        { x->device_locked, "device-locked" },
        { x->queue_locked, "queue-locked" },
        { j->class_ > d->ceiling, "device-ceiling" },
        { x->at->terminal->ceiling && j->class_ > x->at->terminal->ceiling, "terminal-ceiling" },
        { k && !k->plain_link && !tls, "link-not-encrypted" },
        { qn_person_refusal(p) != NULL, "account" },
        { word_is_old(c, k, p), "directory-away" },
        { delegated && j->state != QN_JOB_HELD, "not-yours" }, /* a reprint is the owner's */
        { delegated && qn_person_refusal(&x->owner) != NULL, "owner-left" },
        { delegated && word_is_old(c, k, &x->owner), "directory-away" },
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
    uint8_t raw[16];
    char token[33];
    int r;

    qn_random(raw, sizeof raw);
    qn_hex(token, raw, sizeof raw);
    j->why[0] = '\0';
    j->lease = c->steady + QN_LEASE_MS;
    if ((r = qn_store_job_claim(c->store, j, token, rl->who.terminal.id, x->device->id, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_RELEASE_AUTHORIZED, rl->ask.req, err, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "job", j->id,
                  "person", x->person->dir_id, "owner", x->by.id ? x->owner.dir_id : x->person->dir_id, "method",
                  rl->who.session.method, "terminal", rl->who.terminal.name, "device", x->device->name, "class",
                  qn_class_level(j->class_)->name, "roles", rl->who.session.roles, "delegation", (json_int_t)x->by.id,
                  "directory_ms", (json_int_t)(c->steady - x->person->checked));
    if (r == 0)
        r = release_tell(c, x, err);
    if (r == 0)
        qn_release_queue(c, j, rl->options);
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
    if (r == 0)
        r = qn_store_contained(c->store, "device", x->device->name, &x->device_locked, err);
    return r == 0 ? qn_store_contained(c->store, "queue", x->job.queue, &x->queue_locked, err) : r;
}

static bool is_listed(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), id) == 0)
            return true;
    return false;
}

/* One job of the request: claimed, or refused with a reason that is recorded. */
static int release_one(struct qn_core *c, const struct release *rl, const char *id, const struct qn_person *p,
                       const struct place *at, json_t *rows, struct qn_err *err)
{
    struct deed x = { .person = p, .at = at, .device = &at->device, .again = is_listed(rl->again, id) };
    const char *why = NULL;
    int r = deed_open(c, id, &x, &why, err);

    if (r != 0)
        return r;
    if (!why)
        why = release_refusal(c, &x, &rl->who.session);
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
static int release_place(struct qn_core *c, const struct release *rl, struct place *at, struct qn_err *err)
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

static int release_all(struct qn_core *c, const struct release *rl, const struct qn_person *p, struct qn_err *err)
{
    json_t *rows = json_array();
    struct place at;
    struct qn_msg out;
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
    qn_msg_json(&out, "jobs", rows);
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

/* The directory has spoken (or not): the account's state is live, or as old as the class allows. The same request may have been
 * answered meanwhile. */
static int release_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct release *rl = ctx;
    struct qn_person p = rl->who.person;
    struct qn_msg out;
    int r = qn_live_learn(c, answer, &p, rl->ask.req, err);

    if (r != 0 && r != QN_EAWAY)
        return r;
    qn_ask_answer(&out, &rl->ask, QN_OK, "");
    r = release_same(c, p.id, rl->idem, &out, err);
    if (r == 0)
        qn_turn_answer(c, &rl->ask, &out);
    else
        qn_msg_free(&out);
    if (r == QN_ENOTFOUND)
        r = release_all(c, rl, &p, err);
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

int qn_job_release(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct release now = { 0 }, *rl;
    struct qn_msg m;
    int r = release_same(c, who->session.person, qn_msg_get(in, "idem"), out, err);

    if (r != QN_ENOTFOUND)
        return r;
    qn_turn_remember(&now.ask, p, in);
    now.who = *who;
    snprintf(now.idem, sizeof now.idem, "%s", qn_msg_get(in, "idem"));
    snprintf(now.device, sizeof now.device, "%s", qn_msg_get(in, "device"));
    now.jobs = json_object_get(in->f, "jobs");
    now.again = json_object_get(in->f, "again");
    now.options = json_object_get(in->f, "options");
    if (qn_live_fresh(c, &who->person)) {
        r = release_all(c, &now, &who->person, err);
        return r == 0 ? QN_LATER : r;
    }
    rl = qn_alloc(sizeof *rl);
    *rl = now;
    json_incref(rl->jobs);
    json_incref(rl->again);
    json_incref(rl->options);
    qn_person_again(&m, &who->person, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, release_checked, release_failed, rl);
    return QN_LATER;
}

/* Whoever stood at the printer knows what came out: the owner, or a colleague whom the owner lets release it. */
static int resolve_find(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *j, char owner_out[65],
                        struct qn_err *err)
{
    struct qn_delegation by;
    struct qn_person owner = who->person;
    int r = qn_store_job(c->store, id, j, err);

    if (r == 0 && j->owner != who->person.id)
        r = qn_delegate_find(c, j, who->person.id, &by, &owner, err);
    if (r == 0 && j->state == QN_JOB_ERASED)
        r = QN_ENOTFOUND;
    snprintf(owner_out, sizeof owner.dir_id, "%s", r == 0 ? owner.dir_id : "");
    return r == QN_ENOTFOUND ? qn_fail(err, r, "no job %s of this person", id) : r;
}

int qn_job_resolve(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    const char *outcome = qn_msg_get(in, "outcome");
    char owner[65];
    enum qn_job_event event = strcmp(outcome, "printed") == 0 ? QN_EVENT_SAW : QN_EVENT_AGAIN;
    struct qn_job j;
    json_t *rows = json_array();
    int to, r = resolve_find(c, who, qn_msg_get(in, "job"), &j, owner, err);

    (void)p;
    qn_msg_json(out, "jobs", rows);
    if (strcmp(outcome, "printed") != 0 && strcmp(outcome, "again") != 0)
        return qn_fail(err, QN_EINVAL, "outcome is printed or again");
    if (r == 0 && (to = qn_job_state_next(j.state, event)) < 0)
        r = qn_fail(err, QN_ECONFLICT, "job %s is %s", j.id, qn_job_state_name(j.state));
    if (r == 0)
        r = event == QN_EVENT_SAW ? qn_deliver_printed(c, &j, err) : qn_store_job_change(c->store, &j, to, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_RELEASE_RESOLVED, in->req, err, "{s:s, s:s, s:s, s:s}", "job", j.id, "person",
                      who->person.dir_id, "owner", owner, "outcome", outcome);
    if (r == 0)
        act_add(rows, j.id, QN_OK, "");
    return r;
}
