/* The audit log's rows and the row of its head. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

int qn_store_audit_add(struct qn_store *s, int64_t seq, const char *entry, const uint8_t leaf[32], struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO audit (seq, entry, leaf) VALUES (?1, ?2, ?3)");
    qn_query_int(&q, seq);
    qn_query_text(&q, entry);
    qn_query_blob(&q, leaf, 32);
    return qn_query_run(&q, err);
}

int qn_store_audit_each(struct qn_store *s, int64_t first, int64_t limit,
                        int (*each)(void *ctx, int64_t seq, const char *entry, size_t entry_len, const uint8_t leaf[32]),
                        void *ctx, struct qn_err *err)
{
    struct qn_query q;
    int r = 0, stop = 0;

    qn_query_start(&q, s, "SELECT seq, entry, leaf FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
    qn_query_int(&q, first);
    qn_query_int(&q, limit);
    while (!stop && (r = qn_query_next(&q, err)) > 0) {
        int64_t seq = qn_query_get_int(&q);
        const char *entry = (const char *)sqlite3_column_text(q.use->st, q.column);
        size_t len = (size_t)sqlite3_column_bytes(q.use->st, q.column++);
        uint8_t leaf[32];

        qn_query_get_blob(&q, leaf, sizeof leaf);
        stop = each(ctx, seq, entry ? entry : "", entry ? len : 0, leaf);
    }
    return qn_query_end(&q, stop ? 0 : r, err);
}

int qn_store_audit_size(struct qn_store *s, int64_t *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    *out = 0;
    qn_query_start(&q, s, "SELECT seq + 1 FROM audit WHERE seq >= 0 ORDER BY seq DESC LIMIT 1");
    r = qn_query_next(&q, err);
    if (r > 0)
        *out = qn_query_get_int(&q);
    return qn_query_end(&q, r > 0 ? 0 : r, err);
}

int qn_store_head_put(struct qn_store *s, int64_t size, const void *edge, size_t edge_len, const char *note,
                      struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT OR REPLACE INTO head (one, size, edge, note) VALUES (1, ?1, ?2, ?3)");
    qn_query_int(&q, size);
    qn_query_blob(&q, edge, edge_len);
    qn_query_text(&q, note);
    return qn_query_run(&q, err);
}

int qn_store_head(struct qn_store *s, int64_t *size_out, uint8_t *edge, size_t edge_max, size_t *edge_len_out,
                  char **note_out, struct qn_err *err)
{
    struct qn_query q;
    uint8_t *copy = NULL;
    size_t n;
    int r;

    *size_out = 0;
    *edge_len_out = 0;
    *note_out = NULL;
    qn_query_start(&q, s, "SELECT size, edge, note FROM head WHERE one = 1");
    r = qn_query_one(&q, err);
    if (r == 0) {
        *size_out = qn_query_get_int(&q);
        copy = qn_query_copy_blob(&q, edge_len_out);
        *note_out = qn_query_copy_blob(&q, &n);
        if (*edge_len_out > edge_max)
            q.misfit = true;
        else
            memcpy(edge, copy, *edge_len_out);
    }
    free(copy);
    r = qn_query_end(&q, r, err);
    if (r != 0) {
        free(*note_out);
        *note_out = NULL;
        *edge_len_out = 0;
    }
    return r;
}
