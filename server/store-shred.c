/* Shred keys' windows, and single facts. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define SHRED_COLUMNS "id, class, start, \"end\", state"

static void shred_read(struct qn_query *q, void *row)
{
    struct qn_shred *k = row;

    qn_query_get_text(q, k->id, sizeof k->id);
    k->class_ = (int)qn_query_get_int(q);
    k->start = qn_query_get_int(q);
    k->end = qn_query_get_int(q);
    qn_query_get_text(q, k->state, sizeof k->state);
}

static int shred_write(struct qn_store *s, const struct qn_shred *k, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_text(&q, k->id);
    qn_query_int(&q, k->class_);
    qn_query_int(&q, k->start);
    qn_query_int(&q, k->end);
    qn_query_text(&q, k->state);
    return qn_query_change(&q, err);
}

/* Not one "upsert": see qn_store_person_seen(). */
int qn_store_shred_put(struct qn_store *s, const struct qn_shred *k, struct qn_err *err)
{
    int r = shred_write(s, k, "UPDATE shred SET class = ?2, start = ?3, \"end\" = ?4, state = ?5 WHERE id = ?1", err);

    if (r == QN_ENOTFOUND)
        r = shred_write(s, k, "INSERT INTO shred (id, class, start, \"end\", state) VALUES (?1, ?2, ?3, ?4, ?5)", err);
    return r;
}

int qn_store_shred(struct qn_store *s, const char *id, struct qn_shred *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    memset(out, 0, sizeof *out);
    qn_query_start(&q, s, "SELECT " SHRED_COLUMNS " FROM shred WHERE id = ?1");
    qn_query_text(&q, id);
    r = qn_query_one(&q, err);
    if (r == 0)
        shred_read(&q, out);
    r = qn_query_end(&q, r, err);
    if (r != 0)
        memset(out, 0, sizeof *out);
    return r;
}

int qn_store_shred_each_ended(struct qn_store *s, int64_t before, int limit,
                              int (*each)(void *ctx, const struct qn_shred *k), void *ctx, struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " SHRED_COLUMNS " FROM shred AS s WHERE state <> 'destroyed' AND \"end\" <= ?1 AND NOT EXISTS"
                          " (SELECT 1 FROM job WHERE shred = s.id AND state <> 7) ORDER BY \"end\" LIMIT ?2");
    qn_query_int(&q, before);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof(struct qn_shred), shred_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_shred *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_fact(struct qn_store *s, const char *name, int64_t *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    *out = 0;
    qn_query_start(&q, s, "SELECT value FROM fact WHERE name = ?1");
    qn_query_text(&q, name);
    r = qn_query_one(&q, err);
    if (r == 0)
        *out = qn_query_get_int(&q);
    return qn_query_end(&q, r, err);
}

int qn_store_fact_put(struct qn_store *s, const char *name, int64_t value, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT OR REPLACE INTO fact (name, value) VALUES (?1, ?2)");
    qn_query_text(&q, name);
    qn_query_int(&q, value);
    return qn_query_run(&q, err);
}
