#include "server/device-poll.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/id.h"
#include "lib/secret.h"
#include "server/device-state.h"
#include "server/job-deliver.h"
#include "server/turn.h"
#include "server/worker.h"

enum { AT_ONCE = 2, ERRAND_MS = 15000, LOST_MS = 20000, RECENT_MS = 3000 };

struct poll {
    int64_t device;
    int64_t next;            /* when it is asked, boot clock, as the other times */
    int64_t asked;           /* when it last answered or was found away; 0: not since the start */
    int64_t started;         /* when it was asked what it has not answered yet; 0: nothing */
    int fails;               /* times it was away in a row */
    bool by_clock;
};

struct waiter {
    struct waiter *next;
    int64_t device, until;
    void (*done)(struct qn_core *c, void *ctx);
    void *ctx;
};

struct qn_polls {
    struct poll *of;
    size_t count;
    bool changed, known;     /* known: the list was read once */
    struct waiter *waiters;
};

void qn_device_polls_open(struct qn_core *c)
{
    c->polls = qn_alloc(sizeof *c->polls);
    c->polls->changed = true;
}

void qn_device_polls_close(struct qn_core *c)
{
    while (c->polls && c->polls->waiters) {
        struct waiter *w = c->polls->waiters;

        c->polls->waiters = w->next;
        free(w->ctx);
        free(w);
    }
    if (c->polls)
        free(c->polls->of);
    free(c->polls);
    c->polls = NULL;
}

/* ---- the list ---- */

static struct poll *poll_find(struct qn_core *c, int64_t device)
{
    for (size_t i = 0; i < c->polls->count; i++)
        if (c->polls->of[i].device == device)
            return &c->polls->of[i];
    return NULL;
}

void qn_device_polls_changed(struct qn_core *c, const char *name)
{
    struct qn_device d;
    struct qn_err err;
    struct poll *p;

    c->polls->changed = true;
    if (qn_store_device_by_name(c->store, name, &d, &err) == 0 && (p = poll_find(c, d.id)) != NULL)
        p->next = c->boot;
}

/* 0 .. most - 1; for spreading, not for secrets. */
static int64_t any_below(int64_t most)
{
    uint32_t raw;

    qn_random(&raw, sizeof raw);
    return most > 0 ? raw % most : 0;
}

struct reading { struct qn_core *c; struct poll *of; size_t count, room; };

static int reading_row(void *ctx, const struct qn_device_place *d)
{
    struct reading *x = ctx;
    const struct poll *was = poll_find(x->c, d->id);
    int64_t spread = x->c->polls->known ? 0 : any_below(qn_device_period(x->c)); /* all of them at once only one by one */

    if (x->count == x->room) {
        x->room = x->room ? 2 * x->room : 16;
        x->of = qn_realloc(x->of, x->room * sizeof *x->of);
    }
    x->of[x->count++] = was ? *was : (struct poll){ .device = d->id, .next = x->c->boot + spread };
    return 0;
}

/* All that are active. Those that we knew go on as before; at the start they are spread over a round, later a new one is asked soon. */
static int polls_read(struct qn_core *c, struct qn_err *err)
{
    struct reading x = { c, NULL, 0, 0 };
    int r = qn_store_device_places(c->store, NULL, reading_row, &x, err);

    if (r < 0) {
        free(x.of);
        return r;
    }
    free(c->polls->of);
    c->polls->of = x.of;
    c->polls->count = x.count;
    c->polls->changed = false;
    c->polls->known = true;
    return 0;
}

/* ---- asking ---- */

static bool poll_busy(const struct qn_core *c, const struct poll *p)
{
    return p->started && c->boot - p->started < LOST_MS;
}

/* A round, give or take a tenth; longer each time for one that stays away. */
static void poll_later(struct qn_core *c, struct poll *p)
{
    int64_t pause = qn_device_period(c);

    for (int i = 0; i < p->fails && pause < QN_BACKOFF_MS; i++)
        pause = 2 * pause < QN_BACKOFF_MS ? 2 * pause : QN_BACKOFF_MS;
    p->next = c->boot + pause - pause / 10 + any_below(pause / 5 + 1);
}

static void waiters_end(struct qn_core *c, int64_t device)
{
    struct waiter **at = &c->polls->waiters;

    while (*at) {
        struct waiter *w = *at;

        if (w->device != device && c->boot < w->until) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->done(c, w->ctx);
        free(w->ctx);
        free(w);
    }
}

void qn_device_poll_done(struct qn_core *c, int64_t device, const char *state)
{
    struct poll *p = poll_find(c, device);

    if (!p)
        return;
    p->started = 0;
    p->asked = c->boot;
    p->fails = strcmp(state, "away") == 0 ? p->fails + 1 : 0;
    poll_later(c, p);
}

struct asking { struct qn_device d; };

/* Nobody to send, or no answer: nothing is known that was not known before. */
static void poll_failed(struct qn_core *c, void *ctx, int code)
{
    const struct asking *a = ctx;
    struct poll *p = poll_find(c, a->d.id);

    (void)code;
    if (p) {
        p->started = 0;
        poll_later(c, p);
    }
    waiters_end(c, a->d.id);
}

/* What was learnt of a printer that is registered otherwise by now says nothing. */
static bool is_same(const struct qn_device *a, const struct qn_device *b)
{
    return strcmp(a->uri, b->uri) == 0 && strcmp(a->pin, b->pin) == 0 && strcmp(a->ca, b->ca) == 0 && strcmp(a->driver, b->driver) == 0;
}

static int poll_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct asking *a = ctx;
    struct qn_device now;
    int r;

    if (!answer || answer->code != QN_OK) {
        poll_failed(c, ctx, QN_EAWAY);
        return 0;
    }
    r = qn_store_device(c->store, a->d.id, &now, err);
    if (r == 0 && is_same(&a->d, &now))
        r = qn_device_learn(c, &now, answer, err);
    if (r != 0)
        return r;
    qn_device_poll_done(c, a->d.id, qn_msg_get(answer, "state"));
    waiters_end(c, a->d.id);
    return 0;
}

static int poll_start(struct qn_core *c, struct poll *p, bool by_clock, struct qn_err *err)
{
    struct asking *a = qn_alloc(sizeof *a);
    struct qn_msg m;
    int r = qn_store_device(c->store, p->device, &a->d, err);

    if (r != 0) {
        free(a);
        return r;
    }
    qn_msg_request(&m, "deliver.probe", NULL);
    qn_deliver_device(&m, &a->d);
    p->started = c->boot;
    p->by_clock = by_clock;
    qn_worker_errand(c, &m, ERRAND_MS, poll_answered, poll_failed, a);
    return 0;
}

/* The one that has waited longest of those whose time has come; NULL if there is none, or enough are being asked. */
static struct poll *poll_due(struct qn_core *c)
{
    struct poll *first = NULL;
    int running = 0;

    for (size_t i = 0; i < c->polls->count; i++) {
        struct poll *p = &c->polls->of[i];

        if (poll_busy(c, p))
            running += p->by_clock;
        else if (c->boot >= p->next && (!first || p->next < first->next))
            first = p;
    }
    return running < AT_ONCE ? first : NULL;
}

int qn_device_polls_run(struct qn_core *c, struct qn_err *err)
{
    struct poll *p;
    int r = 0;

    if (c->polls->changed && (r = polls_read(c, err)) != 0)
        return r;
    waiters_end(c, 0);
    if (qn_device_period(c) == 0 || qn_worker_count(c, QN_FROM_DELIVER) == 0)
        return 0;
    while (r == 0 && (p = poll_due(c)) != NULL)
        r = poll_start(c, p, true, err);
    return r;
}

int64_t qn_device_poll_now(struct qn_core *c, int64_t device)
{
    struct qn_err err;
    struct poll *p;
    int64_t age;

    if (c->polls->changed)
        (void)polls_read(c, &err);
    p = poll_find(c, device);
    if (!p || qn_device_period(c) == 0 || qn_worker_count(c, QN_FROM_DELIVER) == 0)
        return 0;
    age = p->asked ? c->boot - p->asked : INT64_MAX;
    if (age > RECENT_MS && !poll_busy(c, p))
        (void)poll_start(c, p, false, &err);
    return age;
}

void qn_device_poll_wait(struct qn_core *c, int64_t device, int64_t ms, void (*done)(struct qn_core *c, void *ctx), void *ctx)
{
    const struct poll *p = poll_find(c, device);
    struct waiter *w = qn_alloc(sizeof *w);

    w->device = device;
    w->until = p && poll_busy(c, p) ? c->boot + ms : c->boot;
    w->done = done;
    w->ctx = ctx;
    w->next = c->polls->waiters;
    c->polls->waiters = w;
    c->again = true;
}
