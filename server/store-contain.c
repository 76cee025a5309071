/* What somebody of the security role has stopped. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

int qn_store_person_lock(struct qn_store *s, int64_t id, const char *reason, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE person SET locked = ?2 WHERE id = ?1");
    qn_query_int(&q, id);
    qn_query_text(&q, reason);
    return qn_query_change(&q, err);
}

int qn_store_contain_add(struct qn_store *s, const struct qn_containment *it, int64_t by, int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO containment (kind, name, reason, by, made) VALUES (?1, ?2, ?3, ?4, ?5)");
    qn_query_text(&q, it->kind);
    qn_query_text(&q, it->name);
    qn_query_text(&q, it->reason);
    qn_query_int(&q, by);
    qn_query_int(&q, now);
    return qn_query_run(&q, err);
}

int qn_store_contain_drop(struct qn_store *s, const char *kind, const char *name, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM containment WHERE kind = ?1 AND name = ?2");
    qn_query_text(&q, kind);
    qn_query_text(&q, name);
    return qn_query_change(&q, err);
}

int qn_store_contained(struct qn_store *s, const char *kind, const char *name, bool *yes_out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    *yes_out = true;
    qn_query_start(&q, s, "SELECT reason FROM containment WHERE kind = ?1 AND name = ?2");
    qn_query_text(&q, kind);
    qn_query_text(&q, name);
    r = qn_query_next(&q, err);
    if (r >= 0)
        *yes_out = r > 0;
    return qn_query_end(&q, r > 0 ? 0 : r, err);
}

static void contain_read(struct qn_query *q, void *row)
{
    struct qn_containment *it = row;

    qn_query_get_text(q, it->kind, sizeof it->kind);
    qn_query_get_text(q, it->name, sizeof it->name);
    qn_query_get_text(q, it->reason, sizeof it->reason);
}

static int contain_page(struct qn_query *q, int (*each)(void *ctx, const struct qn_containment *it), void *ctx, struct qn_err *err)
{
    size_t count;
    void *rows;
    int r = qn_query_all(q, sizeof(struct qn_containment), contain_read, &rows, &count, err);

    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_containment *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_contain_each(struct qn_store *s, int limit, int (*each)(void *ctx, const struct qn_containment *it), void *ctx,
                          struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "SELECT kind, name, reason FROM containment WHERE kind > '' ORDER BY kind, name LIMIT ?1");
    qn_query_int(&q, limit);
    if ((r = contain_page(&q, each, ctx, err)) < 0)
        return r;
    qn_query_start(&q, s, "SELECT 'person', coalesce(login, dir_id), locked FROM person INDEXED BY person_locked WHERE locked <> ''"
                          " AND id > 0 ORDER BY id LIMIT ?1");
    qn_query_int(&q, limit);
    return contain_page(&q, each, ctx, err);
}
