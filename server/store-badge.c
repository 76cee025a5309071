/* Badges: whose they are, never what their number is. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define BADGE_COLUMNS "mac, person, added, label, source, used"

static void badge_read(struct qn_query *q, void *row)
{
    struct qn_badge *b = row;

    qn_query_get_blob(q, b->mac, sizeof b->mac);
    b->person = qn_query_get_int(q);
    b->added = qn_query_get_int(q);
    qn_query_get_text(q, b->label, sizeof b->label);
    qn_query_get_text(q, b->source, sizeof b->source);
    b->used = qn_query_get_int(q);
}

int qn_store_badge(struct qn_store *s, const uint8_t mac[32], struct qn_badge *out, struct qn_err *err)
{
    struct qn_badge b = { 0 };
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "SELECT " BADGE_COLUMNS " FROM badge WHERE mac = ?1");
    qn_query_blob(&q, mac, 32);
    r = qn_query_one(&q, err);
    if (r == 0)
        badge_read(&q, &b);
    r = qn_query_end(&q, r, err);
    memset(out, 0, sizeof *out);
    if (r == 0)
        *out = b;
    return r;
}

static int badge_count(struct qn_store *s, int64_t person, int64_t *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "SELECT count(*) FROM badge WHERE person = ?1");
    qn_query_int(&q, person);
    r = qn_query_one(&q, err);
    *out = r == 0 ? qn_query_get_int(&q) : 0;
    return qn_query_end(&q, r, err);
}

int qn_store_badge_add(struct qn_store *s, const struct qn_badge *b, struct qn_err *err)
{
    struct qn_badge there;
    struct qn_query q;
    int64_t count;
    int r = qn_store_badge(s, b->mac, &there, err);

    if (r == 0)
        return there.person == b->person ? QN_BADGE_KNOWN : qn_fail(err, QN_ECONFLICT, "the badge belongs to somebody else");
    if (r != QN_ENOTFOUND || (r = badge_count(s, b->person, &count, err)) != 0)
        return r;
    if (count >= QN_BADGES_MAX)
        return qn_fail(err, QN_EFULL, "a person has at most %d badges", QN_BADGES_MAX);
    qn_query_start(&q, s, "INSERT INTO badge (" BADGE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    qn_query_blob(&q, b->mac, sizeof b->mac);
    qn_query_int(&q, b->person);
    qn_query_int(&q, b->added);
    qn_query_text(&q, b->label);
    qn_query_text(&q, b->source);
    qn_query_int(&q, b->used);
    return qn_query_run(&q, err);
}

int qn_store_badge_used(struct qn_store *s, const uint8_t mac[32], int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE badge SET used = ?2 WHERE mac = ?1");
    qn_query_blob(&q, mac, 32);
    qn_query_int(&q, now);
    return qn_query_change(&q, err);
}

int qn_store_badge_end(struct qn_store *s, const uint8_t mac[32], struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM badge WHERE mac = ?1");
    qn_query_blob(&q, mac, 32);
    return qn_query_change(&q, err);
}

int qn_store_badge_end_person(struct qn_store *s, int64_t person, int64_t *count_out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "DELETE FROM badge WHERE person = ?1");
    qn_query_int(&q, person);
    r = qn_query_run(&q, err);
    *count_out = r == 0 ? sqlite3_changes64(s->db) : 0;
    return r;
}

int qn_store_badge_each(struct qn_store *s, int64_t person, int (*each)(void *ctx, const struct qn_badge *b), void *ctx,
                        struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " BADGE_COLUMNS " FROM badge WHERE person = ?1 ORDER BY added");
    qn_query_int(&q, person);
    r = qn_query_all(&q, sizeof(struct qn_badge), badge_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_badge *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_session_end_badge(struct qn_store *s, int64_t person, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM session WHERE person = ?1 AND method IN ('badge', 'badge-pin')");
    qn_query_int(&q, person);
    return qn_query_run(&q, err);
}
