#include "server/job-ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "server/device-link.h"
#include "server/job-deliver.h"
#include "server/job-output.h"
#include "server/job-queue.h"
#include "server/turn.h"
#include "server/worker.h"

enum {
    PAUSE_LEAST_MS = 1000, PAUSE_MOST_MS = 60000,
    BLOCK_MS = 30000,         /* a device waits for the first answer at most that long */
    GIVE_UP_MS = 15 * 60000,  /* nothing new in all that time: cancelled, and what is not certain then stays uncertain */
    GIVE_UP_DRIVER_MS = 60 * 60000, /* the same where no count of pages shows that it is getting on */
    ERRAND_MS = 60000,        /* one question, with its wait for a process */
    AT_ONCE = 16,             /* questions that wait for a process or an answer */
};

struct asked {
    struct asked *next;
    char job[QN_UUID_TEXT];
    int64_t device, since, next_at; /* boot clock */
    int64_t lease;
    int pause;
    bool lost;       /* no answer yet: its device waits */
    bool under_way;
    bool stop;       /* its owner wants it stopped */
    bool cancel;     /* the question that is under way says so, or it is the last one */
    bool over;
};

struct qn_asks { struct asked *first; unsigned under_way; };

void qn_asks_open(struct qn_core *c)
{
    c->asks = qn_alloc(sizeof *c->asks);
}

void qn_asks_close(struct qn_core *c)
{
    while (c->asks && c->asks->first) {
        struct asked *a = c->asks->first;

        c->asks->first = a->next;
        free(a);
    }
    free(c->asks);
    c->asks = NULL;
}

static struct asked *asked_find(struct qn_core *c, const char *job)
{
    struct asked *a = c->asks->first;

    while (a && (a->over || strcmp(a->job, job) != 0))
        a = a->next;
    return a;
}

/* ---- one question ---- */

static int ask_fill(struct qn_core *c, struct qn_msg *m, const struct qn_job *j, bool cancel, struct qn_err *err)
{
    static const char *const stages[] = {
        [QN_STAGE_HANDED] = "handed", [QN_STAGE_CREATED] = "created", [QN_STAGE_SENT] = "sent",
    };
    struct qn_device d;
    int r = qn_store_device(c->store, j->device, &d, err);

    if (r != 0)
        return r;
    qn_msg_request(m, "deliver.ask", NULL);
    qn_msg_str(m, "job", j->id);
    qn_deliver_device(m, &d);
    qn_deliver_code(m, j);
    qn_msg_str(m, "stage", stages[j->stage]);
    qn_msg_int(m, "printer_job", j->printer_job);
    qn_msg_str(m, "printer_uuid", j->printer_uuid);
    qn_msg_int(m, "up_time", j->up_time);
    qn_msg_int(m, "cancel", cancel);
    return 0;
}

static int orphan_done(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    (void)c;
    (void)ctx;
    (void)err;
    if (!answer)
        qn_log(QN_LOG_NOTICE, "a job that may be open at a printer was not asked about");
    return 0;
}

static void orphan_failed(struct qn_core *c, void *ctx, int code)
{
    (void)c;
    (void)ctx;
    (void)code;
}

/* The job is held again whatever comes of this: an open job without a byte prints nothing. */
static int ask_orphan(struct qn_core *c, const struct qn_job *j, struct qn_err *err)
{
    struct qn_msg m;
    int r = ask_fill(c, &m, j, true, err);

    if (r == 0)
        qn_worker_errand(c, &m, ERRAND_MS, orphan_done, orphan_failed, NULL);
    return r == QN_ENOTFOUND ? 0 : r;
}

static void asked_pause(struct qn_core *c, struct asked *a)
{
    uint8_t raw[2];

    qn_random(raw, sizeof raw);
    a->next_at = c->boot + a->pause * 3 / 4 + (int64_t)(a->pause / 2) * qn_get16(raw) / 65536;
    a->pause = a->pause * 2 < PAUSE_MOST_MS ? a->pause * 2 : PAUSE_MOST_MS;
}

/* ---- its answer ---- */

/* Not certain yet. Pages that come out begin the wait anew. */
static int asked_goes_on(struct qn_core *c, struct asked *a, struct qn_job *j, const struct qn_msg *answer, struct qn_err *err)
{
    int64_t impressions = j->impressions, sheets = j->sheets;

    if (answer)
        qn_output_learn(j, answer);
    if (impressions == j->impressions && sheets == j->sheets)
        return 0;
    a->since = c->boot;
    a->pause = PAUSE_LEAST_MS;
    return qn_store_job_change(c->store, j, QN_JOB_RELEASING, err);
}

/* The last question cancels too, and then it was not the person. */
static const char *asked_why(const struct asked *a, const char *why)
{
    if (a->stop)
        return "stopped";
    return strcmp(why, "stopped") == 0 ? "printer-stopped" : why;
}

static void asked_forget(struct qn_core *c, void *arg)
{
    struct asked **at = &c->asks->first;

    while (*at && *at != arg)
        at = &(*at)->next;
    if (*at)
        *at = (*at)->next;
    free(arg);
}

static void asked_again(struct qn_core *c, void *arg)
{
    (void)c;
    ((struct asked *)arg)->over = false;
}

/* It is resolved: forgotten with the commit. */
static void asked_over(struct qn_core *c, struct asked *a)
{
    a->over = true;
    qn_turn_undo(c, asked_again, a);
    qn_turn_after(c, asked_forget, a);
}

static int ask_done(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct asked *a = asked_find(c, ctx);
    const char *outcome = answer && answer->code == QN_OK ? qn_msg_get(answer, "outcome") : "printing";
    const char *why = answer ? qn_msg_get(answer, "why") : "";
    struct qn_job j;
    int r;

    c->asks->under_way--;
    if (!a)
        return 0;
    a->under_way = false;
    asked_pause(c, a);
    if (a->lost)
        qn_release_block(c, a->device, 0);
    a->lost = false;
    r = qn_store_job(c->store, a->job, &j, err);
    if (r != 0 || j.state != QN_JOB_RELEASING) {
        asked_over(c, a);
        return r == QN_ENOTFOUND ? 0 : r;
    }
    if (a->stop && !a->cancel)
        a->next_at = c->boot; /* asked before that was said */
    if (strcmp(outcome, "printing") == 0 && !a->cancel)
        return asked_goes_on(c, a, &j, answer, err);
    if (answer)
        qn_output_learn(&j, answer);
    r = qn_deliver_end(c, &j, outcome, asked_why(a, why[0] ? why : "uncertain"), err);
    if (r == 0)
        asked_over(c, a);
    return r;
}

/* What the answer said could not be committed: it is asked again. */
static void ask_failed(struct qn_core *c, void *ctx, int code)
{
    (void)c;
    (void)ctx;
    (void)code;
}

/* ---- the questions ---- */

static int ask_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct asked *a = arg;
    struct qn_msg m;
    struct qn_device d;
    struct qn_job j;
    int r = qn_store_job(c->store, a->job, &j, err);

    if (r == QN_ENOTFOUND || (r == 0 && j.state != QN_JOB_RELEASING)) {
        asked_over(c, a);
        return 0;
    }
    if (r == 0)
        r = qn_store_device(c->store, j.device, &d, err);
    if (r != 0)
        return r;
    a->cancel = a->stop || c->boot - a->since >= (qn_device_link_queued(&d) ? GIVE_UP_DRIVER_MS : GIVE_UP_MS);
    r = ask_fill(c, &m, &j, a->cancel, err);
    if (r == 0)
        qn_worker_errand(c, &m, ERRAND_MS, ask_done, ask_failed, qn_strdup(a->job));
    return r;
}

void qn_ask_pump(struct qn_core *c)
{
    struct asked *next;

    for (struct asked *a = c->asks->first; a && c->asks->under_way < AT_ONCE; a = next) {
        next = a->next;
        if (a->under_way || a->over || c->boot < a->next_at)
            continue;
        asked_pause(c, a);
        a->under_way = qn_turn_step(c, ask_work, a, "asking about a job") == 0 && !a->over;
        c->asks->under_way += a->under_way;
    }
}

static void stop_undo(struct qn_core *c, void *arg)
{
    (void)c;
    ((struct asked *)arg)->stop = false;
}

int qn_ask_stop(struct qn_core *c, const char *job)
{
    struct asked *a = asked_find(c, job);

    if (!a)
        return QN_ENOTFOUND;
    if (a->stop)
        return 1;
    a->stop = true;
    a->next_at = c->boot;
    qn_turn_undo(c, stop_undo, a);
    return 0;
}

/* ---- which are asked about ---- */

static void asked_undo(struct qn_core *c, void *arg)
{
    asked_forget(c, arg);
}

static void asked_add(struct qn_core *c, const struct qn_job *j, bool lost)
{
    struct asked *a = qn_alloc(sizeof *a);

    memcpy(a->job, j->id, sizeof a->job);
    a->device = j->device;
    a->since = a->next_at = c->boot;
    a->pause = PAUSE_LEAST_MS;
    a->lease = j->lease;
    a->lost = lost;
    if (lost)
        qn_release_block(c, j->device, c->boot + BLOCK_MS);
    else
        asked_pause(c, a);
    a->next = c->asks->first;
    c->asks->first = a;
    qn_turn_undo(c, asked_undo, a);
}

int qn_ask_take(struct qn_core *c, struct qn_job *j, bool lost, struct qn_err *err)
{
    struct qn_device d;
    int r;

    if (j->stage < QN_STAGE_CREATED) {
        r = j->stage == QN_STAGE_HANDED ? ask_orphan(c, j, err) : 0;
        return r == 0 ? qn_deliver_return(c, j, "interrupted", err) : r;
    }
    if (asked_find(c, j->id))
        return 0;
    r = j->device ? qn_store_device(c->store, j->device, &d, err) : QN_ENOTFOUND;
    if (r != 0)
        return r == QN_ENOTFOUND ? qn_deliver_uncertain(c, j, "interrupted", err) : r; /* nobody to ask */
    snprintf(j->why, sizeof j->why, "asking");
    j->lease = c->steady + QN_LEASE_MS;
    r = qn_store_job_change(c->store, j, QN_JOB_RELEASING, err);
    if (r == 0)
        asked_add(c, j, lost);
    return r;
}

/* ---- leases, and the start ---- */

struct lapsed { struct qn_job job[64]; int n; };

static int lapsed_take(void *ctx, const struct qn_job *j)
{
    struct lapsed *l = ctx;

    l->job[l->n++] = *j;
    return l->n == 64;
}

/* A renewal that was undone: it is held all the same. */
static bool somebody_has(struct qn_core *c, const char *job)
{
    for (const struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (strcmp(p->releasing, job) == 0)
            return true;
    return asked_find(c, job) || qn_release_has(c, job);
}

static int lapsed_resolve(struct qn_core *c, struct qn_job *j, struct qn_err *err)
{
    if (!somebody_has(c, j->id))
        return qn_ask_take(c, j, true, err);
    j->lease = c->steady + QN_LEASE_MS;
    return qn_store_job_change(c->store, j, QN_JOB_RELEASING, err);
}

/* Those whose lease was over by then. */
static int lapsed_all(struct qn_core *c, int64_t lease, struct qn_err *err)
{
    struct lapsed *l = qn_alloc(sizeof *l);
    char after[QN_UUID_TEXT] = "";
    int r;

    do {
        l->n = 0;
        r = qn_store_job_each_lapsed(c->store, lease, after, 64, lapsed_take, l, err);
        for (int i = 0; i < l->n && r >= 0; i++) {
            memcpy(after, l->job[i].id, sizeof after);
            r = lapsed_resolve(c, &l->job[i], err);
        }
    } while (r >= 0 && l->n == 64);
    free(l);
    return r < 0 ? r : 0;
}

int qn_ask_leases(struct qn_core *c, struct qn_err *err)
{
    int r = qn_release_renew(c, err);

    for (struct asked *a = c->asks->first; a && r >= 0; a = a->next)
        r = a->over ? 0 : qn_lease_renew(c, a->job, &a->lease, err);
    return r < 0 ? r : lapsed_all(c, c->steady, err);
}

int qn_ask_recover(struct qn_core *c, struct qn_err *err)
{
    return lapsed_all(c, INT64_MAX, err);
}
