#include "server/job-queue.h"

#include <stdlib.h>
#include <string.h>

#include "server/job-deliver.h"
#include "server/turn.h"

enum { NO_DELIVER_MS = 10000, QUEUE_MS = 600000 };

/* A claimed job that no deliver process has yet. */
struct waiting {
    struct waiting *next;
    char job[QN_UUID_TEXT];
    int64_t owner, device, since; /* since: boot clock */
    json_t *options;              /* what the person changed of it, or NULL */
};

struct qn_releases {
    struct waiting *first;
    int64_t last_owner;
};

void qn_releases_open(struct qn_core *c)
{
    c->releases = qn_alloc(sizeof *c->releases);
}

static void waiting_free(struct waiting *w)
{
    json_decref(w->options);
    free(w);
}

void qn_releases_close(struct qn_core *c)
{
    while (c->releases && c->releases->first) {
        struct waiting *w = c->releases->first;

        c->releases->first = w->next;
        waiting_free(w);
    }
    free(c->releases);
    c->releases = NULL;
}

static void waiting_remove(struct qn_core *c, struct waiting *w)
{
    for (struct waiting **at = &c->releases->first; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            waiting_free(w);
            return;
        }
}

static void waiting_undo(struct qn_core *c, void *arg)
{
    waiting_remove(c, arg);
}

void qn_release_queue(struct qn_core *c, const struct qn_job *j, json_t *options)
{
    struct waiting *w = qn_alloc(sizeof *w), **at = &c->releases->first;

    memcpy(w->job, j->id, sizeof w->job);
    w->owner = j->owner;
    w->device = j->device;
    w->since = c->boot;
    w->options = json_incref(options);
    while (*at)
        at = &(*at)->next;
    *at = w;
    qn_turn_undo(c, waiting_undo, w);
}

struct hand { struct waiting *w; struct qn_peer *peer; const char *why; };

/* Locked since the release was decided: the printer gets nothing. */
static int hand_stopped(struct qn_core *c, const struct qn_job *j, const char **why_out, struct qn_err *err)
{
    struct qn_person owner;
    struct qn_device d;
    bool device, queue;
    int r;

    *why_out = NULL;
    if ((r = qn_store_device(c->store, j->device, &d, err)) != 0 || (r = qn_store_person(c->store, j->owner, &owner, err)) != 0 ||
        (r = qn_store_contained(c->store, "device", d.name, &device, err)) != 0 ||
        (r = qn_store_contained(c->store, "queue", j->queue, &queue, err)) != 0)
        return r;
    *why_out = device ? "device-locked" : queue ? "queue-locked" : owner.locked[0] ? "account" : NULL;
    return 0;
}

static int hand_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct hand *h = arg;
    const char *stopped;
    struct qn_job j;
    int r = qn_store_job(c->store, h->w->job, &j, err);

    if (r != 0 || j.state != QN_JOB_RELEASING || j.stage != QN_STAGE_CLAIMED)
        return r;
    if (!h->peer)
        return qn_deliver_return(c, &j, h->why, err);
    if ((r = hand_stopped(c, &j, &stopped, err)) != 0)
        return r;
    return stopped ? qn_deliver_return(c, &j, stopped, err) : qn_deliver_hand(c, h->peer, &j, h->w->options, err);
}

static struct qn_peer *deliver_free(struct qn_core *c)
{
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->from == QN_FROM_DELIVER && p->worker_ready && !p->op && !qn_deliver_busy(p) && !p->gone && !p->ended)
            return p;
    return NULL;
}

/* Printers take one job at a time: what is for the same device waits here, not there. */
static bool device_busy(struct qn_core *c, int64_t device)
{
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->from == QN_FROM_DELIVER && qn_deliver_busy(p) && p->device == device)
            return true;
    return false;
}

bool qn_release_waiting(struct qn_core *c)
{
    for (struct waiting *w = c->releases->first; w; w = w->next)
        if (!device_busy(c, w->device))
            return true;
    return false;
}

/* The next to go of those whose device is free: the oldest of another owner than the last one's, else the oldest. */
static struct waiting *waiting_next(struct qn_core *c)
{
    struct waiting *first = NULL;

    for (struct waiting *w = c->releases->first; w; w = w->next) {
        if (device_busy(c, w->device))
            continue;
        if (w->owner != c->releases->last_owner)
            return w;
        if (!first)
            first = w;
    }
    return first;
}

static void waiting_end(struct qn_core *c, struct waiting *w, struct qn_peer *p, const char *why)
{
    struct hand h = { w, p, why };

    if (qn_turn_step(c, hand_work, &h, "handing a job to deliver") < 0 && p) {
        h.peer = NULL; /* nobody has it: held again, or it would be "releasing" until the next start */
        h.why = "no-deliver";
        qn_turn_step(c, hand_work, &h, "taking a job back");
    }
    waiting_remove(c, w);
}

/* Back to held, with a reason: no deliver process at all, or a device that stays busy. */
static void waiting_expire(struct qn_core *c, bool none)
{
    struct waiting *next;

    for (struct waiting *w = c->releases->first; w; w = next) {
        next = w->next;
        if (c->boot - w->since >= QUEUE_MS)
            waiting_end(c, w, NULL, "printer-busy");
        else if (none && c->boot - w->since >= NO_DELIVER_MS)
            waiting_end(c, w, NULL, "no-deliver");
    }
}

void qn_release_pump(struct qn_core *c)
{
    struct qn_peer *p = NULL;
    struct waiting *w;

    while (c->releases->first && (p = deliver_free(c)) != NULL && (w = waiting_next(c)) != NULL) {
        c->releases->last_owner = w->owner;
        waiting_end(c, w, p, "");
    }
    waiting_expire(c, !p);
}

struct recovering { struct qn_job job[64]; int n; };

static int recover_take(void *ctx, const struct qn_job *j)
{
    struct recovering *rc = ctx;

    rc->job[rc->n++] = *j;
    return rc->n == 64;
}

static bool claim_held(struct qn_core *c, const char *job)
{
    for (const struct waiting *w = c->releases->first; w; w = w->next)
        if (strcmp(w->job, job) == 0)
            return true;
    for (const struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (strcmp(p->releasing, job) == 0)
            return true;
    return false;
}

int qn_release_leases(struct qn_core *c, struct qn_err *err)
{
    struct recovering *rc = qn_alloc(sizeof *rc);
    int r = qn_store_job_each_state(c->store, QN_JOB_RELEASING, 64, recover_take, rc, err);

    for (int i = 0; i < rc->n && r >= 0; i++) {
        struct qn_job *j = &rc->job[i];

        r = 0;
        if (claim_held(c, j->id)) {
            if (j->lease - c->steady > QN_LEASE_MS / 2)
                continue;
            j->lease = c->steady + QN_LEASE_MS;
            r = qn_store_job_change(c->store, j, QN_JOB_RELEASING, err);
        } else if (j->lease <= c->steady) {
            r = qn_deliver_recover(c, j, err);
        }
    }
    free(rc);
    return r < 0 ? r : 0;
}

int qn_release_recover(struct qn_core *c, struct qn_err *err)
{
    struct recovering *rc = qn_alloc(sizeof *rc);
    int r;

    do {
        rc->n = 0;
        r = qn_store_job_each_state(c->store, QN_JOB_RELEASING, 64, recover_take, rc, err);
        for (int i = 0; i < rc->n && r >= 0; i++)
            r = qn_deliver_recover(c, &rc->job[i], err);
    } while (r >= 0 && rc->n > 0);
    free(rc);
    return r < 0 ? r : 0;
}
