/* What people are told when they come next. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>

int qn_store_notice_add(struct qn_store *s, int64_t person, const char *word, const char *facts, int64_t now, int keep,
                        struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "INSERT INTO notice (person, word, facts, made) VALUES (?1, ?2, ?3, ?4)");
    qn_query_int(&q, person);
    qn_query_text(&q, word);
    qn_query_text(&q, facts);
    qn_query_int(&q, now);
    if ((r = qn_query_run(&q, err)) != 0)
        return r;
    qn_query_start(&q, s, "DELETE FROM notice WHERE id IN"
                          " (SELECT id FROM notice WHERE person = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)");
    qn_query_int(&q, person);
    qn_query_int(&q, keep);
    return qn_query_run(&q, err);
}

static void notice_read(struct qn_query *q, void *row)
{
    struct qn_notice *n = row;

    n->id = qn_query_get_int(q);
    qn_query_get_text(q, n->word, sizeof n->word);
    qn_query_get_text(q, n->facts, sizeof n->facts);
    n->made = qn_query_get_int(q);
}

int qn_store_notice_each(struct qn_store *s, int64_t person, int limit, int (*each)(void *ctx, const struct qn_notice *n), void *ctx,
                         struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT id, word, facts, made FROM notice WHERE person = ?1 ORDER BY id LIMIT ?2");
    qn_query_int(&q, person);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof(struct qn_notice), notice_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_notice *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_notice_drop(struct qn_store *s, int64_t person, int64_t id, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM notice WHERE id = ?1 AND person = ?2");
    qn_query_int(&q, id);
    qn_query_int(&q, person);
    return qn_query_change(&q, err);
}
