#include "server/job-release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/job-deliver.h"
#include "server/job-owner.h"
#include "server/job-queue.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

/* A release on its way to the directory. */
struct release {
    struct qn_ask ask;
    struct qn_who who;
    char idem[33];
    json_t *jobs;
};

/* Why this job may not be released here and now by this session: a key of the catalogue, or NULL. One line a rule. */
static const char *release_refusal(const struct qn_core *c, const struct qn_job *j, const struct qn_session *s,
                                   const struct qn_person *p, const struct qn_device *d)
{
    const struct qn_class *k = qn_class_level(j->class_);
    bool tls = strncmp(d->uri, "ipps:", 5) == 0;
    const struct { bool refuse; const char *why; } rules[] = {
        { !k, "damaged" },
        { j->owner == 0, "owner-pending" },
        { j->state == QN_JOB_RELEASING, "already-printing" },
        { j->state == QN_JOB_UNCERTAIN, "uncertain" },
        { j->state == QN_JOB_DAMAGED, "damaged" },
        { qn_job_state_next(j->state, QN_EVENT_CLAIM) < 0, "not-yours" },
        { qn_clock_any_past(c, j->due), "due" },
        { k && !(k->methods & qn_method_parse(s->method)), "class-needs-proof" },
        { k && !k->unverified && !j->owner_verified, "owner-unverified" },
        { j->class_ > d->ceiling, "device-ceiling" },
        { k && !k->plain_link && !tls, "link-not-encrypted" },
        { qn_person_refusal(p) != NULL, "account" },
        { k && c->steady - p->checked > (k->grace ? k->grace : 60000), "directory-away" },
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

static int release_claim(struct qn_core *c, const struct release *rl, struct qn_job *j, const struct qn_person *p,
                         const struct qn_device *d, struct qn_err *err)
{
    uint8_t raw[16];
    char token[33];
    int r;

    qn_random(raw, sizeof raw);
    qn_hex(token, raw, sizeof raw);
    j->why[0] = '\0';
    j->lease = c->steady + QN_LEASE_MS;
    if ((r = qn_store_job_claim(c->store, j, token, rl->who.terminal.id, d->id, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_RELEASE_AUTHORIZED, rl->ask.req, err, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "job", j->id,
                  "person", p->dir_id, "method", rl->who.session.method, "terminal", rl->who.terminal.name, "device", d->name,
                  "class", qn_class_level(j->class_)->name, "roles", rl->who.session.roles);
    if (r == 0)
        qn_release_queue(c, j);
    return r;
}

/* One job of the request: claimed, or refused with a reason that is recorded. */
static int release_one(struct qn_core *c, const struct release *rl, const char *id, const struct qn_person *p,
                       const struct qn_device *d, json_t *rows, struct qn_err *err)
{
    const char *why = NULL;
    struct qn_job j;
    int r = qn_store_job(c->store, id, &j, err);

    if (r == QN_ENOTFOUND || (r == 0 && (j.owner != p->id || j.state == QN_JOB_ERASED)))
        why = "not-yours";
    else if (r != 0)
        return r;
    if (!why)
        why = release_refusal(c, &j, &rl->who.session, p, d);
    if (!why) {
        r = release_claim(c, rl, &j, p, d, err);
        if (r == 0)
            act_add(rows, id, QN_OK, "");
        if (r != QN_ECONFLICT)
            return r;
        why = "already-printing";
    }
    act_add(rows, id, strcmp(why, "not-yours") == 0 ? QN_ENOTFOUND : QN_EDENIED, why);
    return qn_record_denial(c, QN_AUDIT_RELEASE_DENIED, rl->ask.req, rl->who.terminal.name, why, p->dir_id, id, err);
}

static int release_all(struct qn_core *c, const struct release *rl, const struct qn_person *p, struct qn_err *err)
{
    json_t *rows = json_array();
    struct qn_device d;
    struct qn_msg out;
    char *text;
    int r = qn_store_device(c->store, rl->who.terminal.device, &d, err);

    for (size_t i = 0; i < json_array_size(rl->jobs) && r == 0; i++)
        r = release_one(c, rl, json_string_value(json_array_get(rl->jobs, i)), p, &d, rows, err);
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

/* The directory has spoken (or not): the account's state is live, or as old as the class allows. */
static int release_checked(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct release *rl = ctx;
    struct qn_person p = rl->who.person;
    int r = qn_live_learn(c, answer, &p, rl->ask.req, err);

    if (r == 0 || r == QN_EAWAY)
        r = release_all(c, rl, &p, err);
    if (r == 0)
        json_decref(rl->jobs);
    return r;
}

static void release_failed(struct qn_core *c, void *ctx, int code)
{
    struct release *rl = ctx;

    (void)code;
    json_decref(rl->jobs);
    qn_turn_refuse(c, &rl->ask, QN_EAGAIN, "not now");
}

int qn_job_release(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct release *rl;
    struct qn_msg m;
    char *old = NULL;
    int r = qn_store_idem(c->store, who->session.person, qn_msg_get(in, "idem"), &old, err);

    if (r == 0) {
        json_t *rows = json_loads(old, 0, NULL);

        free(old);
        if (!rows)
            return qn_fail(err, QN_ECORRUPT, "the kept answer can't be read");
        qn_msg_json(out, "jobs", rows);
        return 0;
    }
    if (r != QN_ENOTFOUND)
        return r;
    rl = qn_alloc(sizeof *rl);
    qn_turn_remember(&rl->ask, p, in);
    rl->who = *who;
    snprintf(rl->idem, sizeof rl->idem, "%s", qn_msg_get(in, "idem"));
    rl->jobs = json_incref(json_object_get(in->f, "jobs"));
    qn_person_again(&m, &who->person, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, release_checked, release_failed, rl);
    return QN_LATER;
}

int qn_job_resolve(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    const char *outcome = qn_msg_get(in, "outcome");
    enum qn_job_event event = strcmp(outcome, "printed") == 0 ? QN_EVENT_SAW : QN_EVENT_AGAIN;
    struct qn_job j;
    json_t *rows = json_array();
    int to, r = qn_job_own(c, who, qn_msg_get(in, "job"), &j, err);

    (void)p;
    qn_msg_json(out, "jobs", rows);
    if (strcmp(outcome, "printed") != 0 && strcmp(outcome, "again") != 0)
        return qn_fail(err, QN_EINVAL, "outcome is printed or again");
    if (r == 0 && (to = qn_job_state_next(j.state, event)) < 0)
        r = qn_fail(err, QN_ECONFLICT, "job %s is %s", j.id, qn_job_state_name(j.state));
    if (r == 0)
        r = event == QN_EVENT_SAW ? qn_deliver_printed(c, &j, err) : qn_store_job_change(c->store, &j, to, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_RELEASE_RESOLVED, in->req, err, "{s:s, s:s, s:s}", "job", j.id, "person",
                      who->person.dir_id, "outcome", outcome);
    if (r == 0)
        act_add(rows, j.id, QN_OK, "");
    return r;
}
