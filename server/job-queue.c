#include "server/job-queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"
#include "server/job-deliver.h"
#include "server/turn.h"

enum { NO_DELIVER_MS = 10000, PAUSE_LEAST_MS = 2000, PAUSE_MOST_MS = 30000, EXPIRE_MS = 200, EXPIRE_BATCH = 50, RENEW_BATCH = 64 };

/* Where jobs come out. Printers take one job at a time: what is for the same device waits here, not there. */
struct place {
    struct place *next;
    int64_t device, not_before, blocked; /* boot clock */
    int pause;
    bool taken;               /* a deliver process prints on it */
};

struct qn_claim {
    struct qn_claim *next;    /* of the same person, oldest first */
    struct person *person;
    struct place *place;
    char job[QN_UUID_TEXT], token[33];
    int64_t since, not_before; /* boot clock */
    int64_t lease;
    int pause;
    bool taken;               /* a deliver process has it */
    bool withdrawn;
    bool unheard;             /* the directory's word on somebody is waited for */
    struct qn_release_by by;
    json_t *options;          /* what the person changed of it, or NULL */
};

/* Whose turn it is: who had the last one goes to the end. */
struct person {
    struct person *next;
    int64_t id;
    struct qn_claim *first;
};

struct qn_releases {
    struct person *first;
    struct place *places;     /* every device that was ever used: few, and never freed before the end */
    unsigned claims;
    int64_t expire_next, deliver_seen;
};

void qn_releases_open(struct qn_core *c)
{
    c->releases = qn_alloc(sizeof *c->releases);
}

static struct place *place_of(struct qn_core *c, int64_t device)
{
    struct place *p = c->releases->places;

    while (p && p->device != device)
        p = p->next;
    if (!p) {
        p = qn_alloc(sizeof *p);
        p->device = device;
        p->next = c->releases->places;
        c->releases->places = p;
    }
    return p;
}

static struct person *person_of(struct qn_core *c, int64_t id)
{
    struct person **at = &c->releases->first;

    while (*at && (*at)->id != id)
        at = &(*at)->next;
    if (!*at) {
        *at = qn_alloc(sizeof **at);
        (*at)->id = id;
    }
    return *at;
}

static void person_unlink(struct qn_core *c, struct person *p)
{
    struct person **at = &c->releases->first;

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    p->next = NULL;
}

static void person_last(struct qn_core *c, struct person *p)
{
    struct person **at = &c->releases->first;

    person_unlink(c, p);
    while (*at)
        at = &(*at)->next;
    *at = p;
}

static void claim_remove(struct qn_core *c, struct qn_claim *cl)
{
    struct qn_claim **at = &cl->person->first;

    while (*at != cl)
        at = &(*at)->next;
    *at = cl->next;
    c->releases->claims--;
    if (!cl->person->first) {
        person_unlink(c, cl->person);
        free(cl->person);
    }
    json_decref(cl->options);
    free(cl);
}

void qn_releases_close(struct qn_core *c)
{
    struct qn_releases *r = c->releases;

    while (r && r->first)
        claim_remove(c, r->first->first);
    while (r && r->places) {
        struct place *p = r->places;

        r->places = p->next;
        free(p);
    }
    free(r);
    c->releases = NULL;
}

static void queue_undo(struct qn_core *c, void *arg)
{
    claim_remove(c, arg);
}

void qn_release_queue(struct qn_core *c, const struct qn_job *j, const struct qn_release_by *by, json_t *options)
{
    struct qn_claim *cl = qn_alloc(sizeof *cl), **at;

    memcpy(cl->job, j->id, sizeof cl->job);
    memcpy(cl->token, j->token, sizeof cl->token);
    cl->person = person_of(c, j->owner);
    cl->place = place_of(c, j->device);
    cl->since = c->boot;
    cl->lease = j->lease;
    cl->by = *by;
    cl->options = json_incref(options);
    for (at = &cl->person->first; *at; at = &(*at)->next)
        ;
    *at = cl;
    c->releases->claims++;
    qn_turn_undo(c, queue_undo, cl);
}

static struct qn_claim *claim_find(struct qn_core *c, const char *job)
{
    for (struct person *p = c->releases->first; p; p = p->next)
        for (struct qn_claim *cl = p->first; cl; cl = cl->next)
            if (!cl->withdrawn && strcmp(cl->job, job) == 0)
                return cl;
    return NULL;
}

bool qn_release_has(struct qn_core *c, const char *job)
{
    return claim_find(c, job) != NULL;
}

static void withdraw_undo(struct qn_core *c, void *arg)
{
    (void)c;
    ((struct qn_claim *)arg)->withdrawn = false;
}

void qn_release_withdraw(struct qn_core *c, const char *job)
{
    struct qn_claim *cl = claim_find(c, job);

    if (!cl || cl->taken)
        return;
    cl->withdrawn = true; /* the next pass removes it */
    qn_turn_undo(c, withdraw_undo, cl);
}

/* ---- handing over ---- */

struct hand { struct qn_claim *claim; struct qn_peer *peer; const char *why; bool unheard; };

static int hand_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct hand *h = arg;
    const char *why;
    struct qn_job j;
    int r = qn_store_job(c->store, h->claim->job, &j, err);

    if (r != 0 || j.state != QN_JOB_RELEASING || j.stage != QN_STAGE_CLAIMED || strcmp(j.token, h->claim->token) != 0)
        return r;
    if (!h->peer)
        return qn_deliver_return(c, &j, h->why, err);
    r = qn_job_may_still(c, &j, &h->claim->by, &why, err);
    h->unheard = r == QN_EAGAIN;
    if (r != 0)
        return h->unheard ? 0 : r;
    return why ? qn_deliver_return(c, &j, why, err) : qn_deliver_hand(c, h->peer, &j, h->claim->options, err);
}

/* Back to held. */
static void claim_give_up(struct qn_core *c, struct qn_claim *cl, const char *why)
{
    struct hand h = { cl, NULL, why, false };

    qn_turn_step(c, hand_work, &h, "taking a job back");
    claim_remove(c, cl);
}

/* Twice as long as before, and a quarter more or less: what failed together is not tried together. */
static int64_t pause_next(int *pause)
{
    uint8_t raw[2];

    *pause = *pause == 0 ? PAUSE_LEAST_MS : *pause * 2 < PAUSE_MOST_MS ? *pause * 2 : PAUSE_MOST_MS;
    qn_random(raw, sizeof raw);
    return *pause * 3 / 4 + (int64_t)(*pause / 2) * qn_get16(raw) / 65536;
}

static void claim_hand(struct qn_core *c, struct qn_claim *cl, struct qn_peer *p)
{
    struct hand h = { cl, p, "", false };

    person_last(c, cl->person);
    if (qn_turn_step(c, hand_work, &h, "handing a job to deliver") < 0) {
        claim_give_up(c, cl, "no-deliver"); /* nobody has it: or it would be "releasing" until its lease ends */
        return;
    }
    cl->unheard = h.unheard;
    if (cl->unheard) {
        cl->not_before = c->boot + pause_next(&cl->pause);
        return;
    }
    if (!qn_deliver_busy(p)) { /* it came to an end here */
        claim_remove(c, cl);
        return;
    }
    cl->taken = cl->place->taken = true;
    p->claim = cl;
}

static struct qn_peer *deliver_free(struct qn_core *c)
{
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->from == QN_FROM_DELIVER && p->worker_ready && !p->op && !qn_deliver_busy(p) && !p->gone && !p->ended)
            return p;
    return NULL;
}

static bool claim_may_go(const struct qn_core *c, const struct qn_claim *cl)
{
    const struct place *at = cl->place;

    return !cl->taken && !cl->withdrawn && c->boot >= cl->not_before && !at->taken && c->boot >= at->not_before &&
           c->boot >= at->blocked;
}

/* The oldest that may go, of the first person in turn who has one. */
static struct qn_claim *claim_next(struct qn_core *c)
{
    for (struct person *p = c->releases->first; p; p = p->next)
        for (struct qn_claim *cl = p->first; cl; cl = cl->next)
            if (claim_may_go(c, cl))
                return cl;
    return NULL;
}

bool qn_release_waiting(struct qn_core *c)
{
    return claim_next(c) != NULL;
}

/* ---- what can't go out ---- */

/* Ready, at work, or about to be replaced: the service is there. */
static bool deliver_there(struct qn_core *c)
{
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->from == QN_FROM_DELIVER && !p->gone && !p->ended)
            return true;
    return false;
}

static const char *claim_over(const struct qn_core *c, const struct qn_claim *cl)
{
    int64_t alone = c->releases->deliver_seen > cl->since ? c->releases->deliver_seen : cl->since;

    if (cl->taken)
        return NULL;
    if (c->boot - alone >= NO_DELIVER_MS)
        return "no-deliver";
    if (c->boot - cl->since < qn_conf_int(c->conf, "retry-for") || claim_may_go(c, cl))
        return NULL;
    return cl->unheard ? "directory-away" : "printer-busy";
}

static void claims_expire(struct qn_core *c)
{
    struct qn_claim *over[EXPIRE_BATCH];
    int n = 0;

    if (c->boot < c->releases->expire_next)
        return;
    c->releases->expire_next = c->boot + EXPIRE_MS;
    if (deliver_there(c))
        c->releases->deliver_seen = c->boot;
    for (struct person *p = c->releases->first; p; p = p->next)
        for (struct qn_claim *cl = p->first; cl && n < EXPIRE_BATCH; cl = cl->next)
            if (cl->withdrawn || claim_over(c, cl))
                over[n++] = cl;
    for (int i = 0; i < n; i++) {
        const char *why = claim_over(c, over[i]);

        claim_give_up(c, over[i], why ? why : "stopped");
    }
}

void qn_release_pump(struct qn_core *c)
{
    struct qn_claim *cl;
    struct qn_peer *p;

    if (c->releases->claims == 0)
        return;
    while ((p = deliver_free(c)) != NULL && (cl = claim_next(c)) != NULL)
        claim_hand(c, cl, p);
    claims_expire(c);
}

/* ---- afterwards ---- */

static void claim_leave(struct qn_claim *cl)
{
    cl->taken = cl->place->taken = false;
    cl->place->pause = 0;
    cl->place->not_before = 0;
}

void qn_release_over(struct qn_core *c, struct qn_claim **claim)
{
    if (!*claim)
        return;
    claim_leave(*claim);
    claim_remove(c, *claim);
    *claim = NULL;
}

bool qn_release_retries(struct qn_core *c, const struct qn_claim *claim, const char *why)
{
    return claim && (strcmp(why, "printer-busy") == 0 || strcmp(why, "no-deliver") == 0) &&
           c->boot - claim->since < qn_conf_int(c->conf, "retry-for");
}

void qn_release_again(struct qn_core *c, struct qn_claim **claim, const char *why)
{
    struct qn_claim *cl = *claim;
    struct place *at = cl->place;
    int pause = at->pause;

    *claim = NULL;
    claim_leave(cl);
    if (strcmp(why, "printer-busy") == 0) {
        at->pause = pause;
        at->not_before = c->boot + pause_next(&at->pause);
    } else {
        cl->not_before = c->boot + pause_next(&cl->pause);
    }
}

void qn_release_block(struct qn_core *c, int64_t device, int64_t until)
{
    place_of(c, device)->blocked = until;
}

int qn_lease_renew(struct qn_core *c, const char *job, int64_t *lease, struct qn_err *err)
{
    struct qn_job j;
    int r;

    if (*lease - c->steady > QN_LEASE_MS / 2)
        return 0;
    *lease = c->steady + QN_LEASE_MS;
    r = qn_store_job(c->store, job, &j, err);
    if (r != 0 || j.state != QN_JOB_RELEASING)
        return r == QN_ENOTFOUND ? 0 : r;
    j.lease = *lease;
    r = qn_store_job_change(c->store, &j, QN_JOB_RELEASING, err);
    return r == 0 ? 1 : r;
}

int qn_release_renew(struct qn_core *c, struct qn_err *err)
{
    unsigned left = RENEW_BATCH + c->releases->claims / 16; /* a second's share of all */

    for (struct person *p = c->releases->first; p; p = p->next)
        for (struct qn_claim *cl = p->first; cl; cl = cl->next) {
            int r = left > 0 ? qn_lease_renew(c, cl->job, &cl->lease, err) : 0;

            if (r < 0)
                return r;
            left -= (unsigned)r;
        }
    return 0;
}
