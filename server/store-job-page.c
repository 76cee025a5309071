/* Many jobs: pages of them in some order, and how many there are. */
#include "config.h"

#include "server/store-job-private.h"

#include <stdlib.h>
#include <string.h>

typedef int job_each(void *ctx, const struct qn_job *j);

static int job_page(struct qn_query *q, job_each *each, void *ctx, struct qn_err *err)
{
    size_t count;
    void *rows;
    int r = qn_query_all(q, sizeof(struct qn_job), qn_job_read, &rows, &count, err);

    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_job *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_job_each_owner(struct qn_store *s, int64_t owner, const char *after, int limit, job_each *each, void *ctx,
                            struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "SELECT " QN_JOB_COLUMNS " FROM job WHERE owner = ?1 AND state <> 7 AND id > ?2 ORDER BY id"
                   " LIMIT ?3");
    qn_query_int(&q, owner);
    qn_query_text(&q, after);
    qn_query_int(&q, limit);
    return job_page(&q, each, ctx, err);
}

int qn_store_job_each_live(struct qn_store *s, const char *after, int limit, job_each *each, void *ctx,
                           struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " QN_JOB_COLUMNS " FROM job WHERE state <> 7 AND id > ?1 ORDER BY id LIMIT ?2");
    qn_query_text(&q, after);
    qn_query_int(&q, limit);
    return job_page(&q, each, ctx, err);
}

int qn_store_job_each_lapsed(struct qn_store *s, int64_t lease, const char *after, int limit, job_each *each, void *ctx,
                             struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " QN_JOB_COLUMNS " FROM job WHERE state = 3 AND state <> 2 AND state <> 7 AND lease <= ?1"
                   " AND id > ?2 ORDER BY id LIMIT ?3");
    qn_query_int(&q, lease);
    qn_query_text(&q, after);
    qn_query_int(&q, limit);
    return job_page(&q, each, ctx, err);
}

int qn_store_job_each_due(struct qn_store *s, int64_t due_before, int limit, job_each *each, void *ctx,
                          struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "SELECT " QN_JOB_COLUMNS " FROM job WHERE state <> 7 AND due <= ?1 ORDER BY due, id LIMIT ?2");
    qn_query_int(&q, due_before);
    qn_query_int(&q, limit);
    return job_page(&q, each, ctx, err);
}

int qn_store_job_each_pending(struct qn_store *s, int limit, job_each *each, void *ctx, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "SELECT " QN_JOB_COLUMNS " FROM job WHERE owner IS NULL AND state <> 7 AND id > '' ORDER BY id"
                   " LIMIT ?1");
    qn_query_int(&q, limit);
    return job_page(&q, each, ctx, err);
}

/* Jobs and, if asked for, their bytes, from a counter; a missing row counts nothing. */
static int job_counter(struct qn_query *q, int64_t *jobs_out, int64_t *bytes_out, struct qn_err *err)
{
    int r = qn_query_next(q, err);

    if (r > 0) {
        *jobs_out = qn_query_get_int(q);
        if (bytes_out)
            *bytes_out = qn_query_get_int(q);
    }
    return qn_query_end(q, r > 0 ? 0 : r, err);
}

int qn_store_job_totals(struct qn_store *s, const char *owner_name, struct qn_job_totals *out, struct qn_err *err)
{
    struct qn_query q;

    memset(out, 0, sizeof *out);
    if (owner_name) {
        qn_query_start(&q, s, "SELECT jobs, bytes FROM total_owner WHERE owner_name = ?1");
        qn_query_text(&q, owner_name);
    } else {
        qn_query_start(&q, s, "SELECT sum(jobs), sum(bytes) FROM total_state WHERE state < 7");
    }
    return job_counter(&q, &out->jobs, &out->bytes, err);
}

int qn_store_job_count_state(struct qn_store *s, int state, int64_t *out, struct qn_err *err)
{
    struct qn_query q;

    *out = 0;
    qn_query_start(&q, s, "SELECT jobs FROM total_state WHERE state = ?1");
    qn_query_int(&q, state);
    return job_counter(&q, out, NULL, err);
}
