#include "server/tick.h"

#include <stdlib.h>

#include "lib/log.h"
#include "server/appointment.h"
#include "server/auth-delay.h"
#include "server/auth-end.h"
#include "server/clock-two.h"
#include "server/device-plain.h"
#include "server/device-poll.h"
#include "server/job-ask.h"
#include "server/job-owner.h"
#include "server/job-purge.h"
#include "server/person-sweep.h"
#include "server/policy-change.h"
#include "server/record.h"
#include "server/request.h"
#include "server/shred.h"
#include "server/turn.h"

enum { CHECKPOINT_MS = 1000 };
enum { PURGE_BATCH = 50, PURGE_MS = 1000, DAY_MS = 24 * 3600 * 1000, FORGET_DAYS = 30 };

static struct event *tick_timer;
static bool purge_more;
static int64_t checkpoint_next, purge_next;

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ((struct qn_core *)arg)->again = true;
}

int qn_tick_open(struct qn_core *c, struct qn_err *err)
{
    const struct timeval every = { 0, 100000 };

    tick_timer = event_new(c->base, -1, EV_PERSIST, on_timer, c);
    if (!tick_timer || event_add(tick_timer, &every) != 0)
        return qn_fail(err, QN_EINTERNAL, "no timer");
    return 0;
}

void qn_tick_close(struct qn_core *c)
{
    (void)c;
    if (tick_timer)
        event_free(tick_timer);
    tick_timer = NULL;
}

/* Its jobs have savepoints of their own. */
static void tick_purge(struct qn_core *c)
{
    struct qn_err err;
    int count = qn_purge_due(c, PURGE_BATCH, &err);

    if (count < 0)
        qn_log_err(QN_LOG_ERR, "erasing due jobs", &err);
    purge_more = count == PURGE_BATCH;
    c->again = c->again || purge_more;
}

static int tick_keys(struct qn_core *c, void *arg, struct qn_err *err)
{
    int r = qn_shred_ahead(c, err);

    (void)arg;
    return r == 0 ? qn_shred_end(c, err) : r;
}

static int tick_sessions(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_session_sweep(c, err);
}

static int tick_owners(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_job_owners_ask(c, err);
}

static int tick_leases(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_ask_leases(c, err);
}

static int tick_anchor(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_clock_two_save(c, err);
}

static int tick_denials(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_record_flush(c, false, err);
}

static int tick_forget(struct qn_core *c, void *arg, struct qn_err *err)
{
    int r = qn_store_job_forget(c->store, c->now - (int64_t)FORGET_DAYS * DAY_MS, PURGE_BATCH, err);

    (void)arg;
    return r < 0 ? r : qn_store_idem_sweep(c->store, c->steady - DAY_MS, err);
}

static int tick_requests(struct qn_core *c, void *arg, struct qn_err *err)
{
    int r = qn_requests_expire(c, err);

    (void)arg;
    return r == 0 ? qn_appointments_end(c, err) : r;
}

static int tick_devices(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_device_polls_run(c, err);
}

static int tick_exceptions(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_device_plain_end(c, err);
}

static int tick_shorten(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    return qn_policy_shorten(c, err);
}

static int tick_left(struct qn_core *c, void *arg, struct qn_err *err)
{
    (void)arg;
    (void)err;
    qn_purge_left(c);
    return 0;
}

static struct {
    int (*work)(struct qn_core *c, void *arg, struct qn_err *err);
    const char *name;
    int64_t every, next; /* ms, boot clock */
} ticks[] = {
    { tick_keys, "shred keys", 5000, 0 },
    { tick_sessions, "sessions", 2000, 0 },
    { tick_requests, "requests", 1000, 0 },
    { tick_shorten, "due times", 200, 0 },
    { tick_devices, "printers", 100, 0 },
    { tick_exceptions, "exceptions", 2000, 0 },
    { tick_owners, "pending owners", 5000, 0 },
    { tick_leases, "leases", 1000, 0 },
    { tick_denials, "denials", 5000, 0 },
    { tick_left, "files left behind", 5000, 0 },
    { tick_anchor, "clock anchor", 60000, 0 },
    { tick_forget, "old rows", 600000, 0 },
};

void qn_tick_run(struct qn_core *c)
{
    qn_delay_run(c);
    if (purge_more || c->boot >= purge_next) {
        purge_next = c->boot + PURGE_MS;
        tick_purge(c);
    }
    if (qn_person_sweep_due(c))
        qn_turn_step(c, qn_person_sweep, NULL, "people");
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        if (c->boot < ticks[i].next)
            continue;
        ticks[i].next = c->boot + ticks[i].every;
        qn_turn_step(c, ticks[i].work, NULL, ticks[i].name);
    }
}

static bool checkpoint_wanted(struct qn_core *c)
{
    if (c->boot < checkpoint_next)
        return false;
    checkpoint_next = c->boot + CHECKPOINT_MS;
    return true;
}

void qn_tick_after(struct qn_core *c)
{
    struct qn_err err;
    int pages = 0;

    if (c->truncate && qn_store_checkpoint(c->store, true, &pages, &err) == 0)
        c->truncate = false; /* else a reader is in the way: again after the next turn */
    else if (checkpoint_wanted(c) && qn_store_checkpoint(c->store, false, &pages, &err) != 0)
        qn_log_err(QN_LOG_WARNING, "checkpoint", &err);
}
