#include "server/job-purge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "server/policy.h"
#include "server/record.h"
#include "server/turn.h"

enum { LEFT_MOST = 256 };

/* Erased jobs whose files could not be unlinked; what finds no place here is swept at the next start. */
static char *left[LEFT_MOST];
static unsigned lefts;

static void purge_unlink(struct qn_core *c, void *arg)
{
    struct qn_err err;

    if (qn_spool_unlink(c->spool, arg, &err) == 0) {
        free(arg);
        return;
    }
    qn_log_err(QN_LOG_WARNING, "unlinking an erased job's file", &err);
    if (lefts < LEFT_MOST)
        left[lefts++] = arg;
    else
        free(arg);
}

void qn_purge_left(struct qn_core *c)
{
    struct qn_err err;
    unsigned kept = 0;

    for (unsigned i = 0; i < lefts; i++)
        if (qn_spool_unlink(c->spool, left[i], &err) == 0)
            free(left[i]);
        else
            left[kept++] = left[i];
    lefts = kept;
}

int qn_purge_job(struct qn_core *c, struct qn_job *j, const char *reason, struct qn_err *err)
{
    const struct qn_class *k = qn_class_level(j->class_);
    int64_t late = c->now - j->due;
    int from = j->state, r;

    if (qn_job_state_next(j->state, QN_EVENT_ERASE) < 0)
        return qn_fail(err, QN_ECONFLICT, "job %s is %s", j->id, qn_job_state_name(j->state));
    if ((r = qn_store_job_erase(c->store, j, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_JOB_ERASED, "", err, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I}", "job", j->id, "owner_name",
                  j->owner_name, "class", k ? k->name : "unknown", "from", qn_job_state_name(from), "reason", reason, "due",
                  (json_int_t)j->due, "late_ms", (json_int_t)(late > 0 ? late : 0), "key", j->shred, "bytes",
                  (json_int_t)j->sum.length);
    if (r != 0)
        return r;
    c->truncate = true;
    qn_turn_after(c, purge_unlink, qn_strdup(j->id));
    return 0;
}

struct due { struct qn_job *job; int n, max; };

static int due_take(void *ctx, const struct qn_job *j)
{
    struct due *d = ctx;

    d->job[d->n++] = *j;
    return d->n == d->max;
}

static int due_erase(struct qn_core *c, void *arg, struct qn_err *err)
{
    return qn_purge_job(c, arg, "due", err);
}

int qn_purge_due(struct qn_core *c, int limit, struct qn_err *err)
{
    struct due d = { qn_alloc((size_t)limit * sizeof *d.job), 0, limit };
    int erased = 0, r = qn_store_job_each_due(c->store, c->now < c->steady ? c->now : c->steady, limit, due_take, &d, err);

    for (int i = 0; i < d.n && r >= 0; i++)
        if (d.job[i].state != QN_JOB_RELEASING) /* that one finishes first */
            erased += qn_turn_step(c, due_erase, &d.job[i], "erasing a due job") == 0;
    free(d.job);
    return r < 0 ? r : erased;
}
