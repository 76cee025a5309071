/* Who may release whose jobs. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define DELEGATION_COLUMNS "id, owner, delegate, job, title, made, until, ended"

static void delegation_read(struct qn_query *q, void *row)
{
    struct qn_delegation *d = row;

    d->id = qn_query_get_int(q);
    d->owner = qn_query_get_int(q);
    d->delegate = qn_query_get_int(q);
    qn_query_get_text(q, d->job, sizeof d->job);
    d->title = qn_query_get_int(q) != 0;
    d->made = qn_query_get_int(q);
    d->until = qn_query_get_int(q);
    d->ended = qn_query_get_int(q);
}

int qn_store_delegation_add(struct qn_store *s, struct qn_delegation *d, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "INSERT INTO delegation (owner, delegate, job, title, made, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                          " RETURNING id");
    qn_query_int(&q, d->owner);
    qn_query_int(&q, d->delegate);
    qn_query_text(&q, d->job);
    qn_query_int(&q, d->title);
    qn_query_int(&q, d->made);
    qn_query_int(&q, d->until);
    r = qn_query_one(&q, err);
    if (r == 0)
        d->id = qn_query_get_int(&q);
    return qn_query_end(&q, r, err);
}

int qn_store_delegation(struct qn_store *s, int64_t id, struct qn_delegation *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    memset(out, 0, sizeof *out);
    qn_query_start(&q, s, "SELECT " DELEGATION_COLUMNS " FROM delegation WHERE id = ?1");
    qn_query_int(&q, id);
    r = qn_query_one(&q, err);
    if (r == 0)
        delegation_read(&q, out);
    return qn_query_end(&q, r, err);
}

int qn_store_delegation_end(struct qn_store *s, int64_t id, int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE delegation SET ended = ?2 WHERE id = ?1 AND ended = 0");
    qn_query_int(&q, id);
    qn_query_int(&q, now > 0 ? now : 1);
    return qn_query_change(&q, err);
}

int qn_store_delegation_each(struct qn_store *s, int64_t person, bool given, int64_t now, int limit,
                             int (*each)(void *ctx, const struct qn_delegation *d), void *ctx, struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    if (given)
        qn_query_start(&q, s, "SELECT " DELEGATION_COLUMNS " FROM delegation WHERE owner = ?1 AND ended = 0 AND until > ?2"
                              " ORDER BY until LIMIT ?3");
    else
        qn_query_start(&q, s, "SELECT " DELEGATION_COLUMNS " FROM delegation WHERE delegate = ?1 AND ended = 0 AND until > ?2"
                              " ORDER BY until LIMIT ?3");
    qn_query_int(&q, person);
    qn_query_int(&q, now);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof(struct qn_delegation), delegation_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_delegation *)rows + i) != 0)
            break;
    free(rows);
    return r;
}
