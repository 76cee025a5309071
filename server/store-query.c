#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

int qn_store_fail(struct qn_store *s, int rc, struct qn_err *err)
{
    static const struct { int rc, code; } codes[] = {
        { SQLITE_CONSTRAINT_UNIQUE, QN_ECONFLICT }, { SQLITE_CONSTRAINT_PRIMARYKEY, QN_ECONFLICT },
        { SQLITE_CONSTRAINT_ROWID, QN_ECONFLICT }, { SQLITE_CONSTRAINT, QN_EINVAL }, { SQLITE_TOOBIG, QN_EINVAL },
        { SQLITE_BUSY, QN_EAGAIN }, { SQLITE_LOCKED, QN_EAGAIN }, { SQLITE_ERROR, QN_EINTERNAL },
        { SQLITE_MISUSE, QN_EINTERNAL }, { SQLITE_RANGE, QN_EINTERNAL },
    };
    int code = QN_EIO;

    if ((rc & 0xff) == SQLITE_NOMEM)
        qn_panic("no memory for the store");
    for (size_t i = sizeof codes / sizeof *codes; i-- > 0;)
        if (codes[i].rc == rc || codes[i].rc == (rc & 0xff))
            code = codes[i].code;
    return qn_fail(err, code, "store: %s", s->db && sqlite3_extended_errcode(s->db) == rc ? sqlite3_errmsg(s->db)
                                                                                       : sqlite3_errstr(rc));
}

static struct qn_statement *query_slot(struct qn_store *s, const char *sql)
{
    size_t i = ((uintptr_t)sql >> 3) % QN_STATEMENTS;

    for (size_t tries = 0; tries < QN_STATEMENTS; tries++, i = (i + 1) % QN_STATEMENTS)
        if (s->statements[i].sql == sql || !s->statements[i].sql)
            return &s->statements[i];
    qn_panic("more than %d statements", QN_STATEMENTS);
}

void qn_query_start(struct qn_query *q, struct qn_store *s, const char *sql_literal)
{
    struct qn_statement *use = query_slot(s, sql_literal);

    memset(q, 0, sizeof *q);
    q->s = s;
    if (use->busy)
        qn_panic("statement in use: %s", sql_literal);
    if (!use->st)
        q->rc = sqlite3_prepare_v3(s->db, sql_literal, -1, SQLITE_PREPARE_PERSISTENT, &use->st, NULL);
    if (q->rc != SQLITE_OK)
        return;
    use->sql = sql_literal;
    use->busy = true;
    q->use = use;
}

static void query_bound(struct qn_query *q, int rc)
{
    if (q->rc == SQLITE_OK)
        q->rc = rc;
}

void qn_query_int(struct qn_query *q, int64_t v)
{
    if (q->use)
        query_bound(q, sqlite3_bind_int64(q->use->st, ++q->place, v));
}

void qn_query_id(struct qn_query *q, int64_t v)
{
    if (v != 0)
        qn_query_int(q, v);
    else
        q->place++;
}

void qn_query_text(struct qn_query *q, const char *v)
{
    if (q->use)
        query_bound(q, sqlite3_bind_text64(q->use->st, ++q->place, v, strlen(v), SQLITE_STATIC, SQLITE_UTF8));
}

void qn_query_blob(struct qn_query *q, const void *p, size_t n)
{
    if (q->use)
        query_bound(q, sqlite3_bind_blob64(q->use->st, ++q->place, n ? p : "", n, SQLITE_STATIC));
}

void qn_query_hash(struct qn_query *q, const uint8_t hash[32])
{
    static const uint8_t none[32];

    if (memcmp(hash, none, sizeof none) != 0)
        qn_query_blob(q, hash, sizeof none);
    else
        q->place++;
}

int qn_query_next(struct qn_query *q, struct qn_err *err)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_step(q->use->st);
    q->column = 0;
    if (q->rc == SQLITE_DONE)
        return 0;
    if (q->rc != SQLITE_ROW)
        return qn_store_fail(q->s, q->rc, err);
    q->rc = SQLITE_OK;
    return 1;
}

int64_t qn_query_get_int(struct qn_query *q)
{
    return sqlite3_column_int64(q->use->st, q->column++);
}

void qn_query_get_text(struct qn_query *q, char *out, size_t size)
{
    const char *v = (const char *)sqlite3_column_text(q->use->st, q->column);
    size_t n = (size_t)sqlite3_column_bytes(q->use->st, q->column++);

    out[0] = '\0';
    if (!v)
        return;
    if (n >= size || memchr(v, '\0', n))
        q->misfit = true;
    else
        memcpy(out, v, n + 1);
}

void qn_query_get_blob(struct qn_query *q, void *out, size_t n)
{
    const void *v = sqlite3_column_blob(q->use->st, q->column);
    size_t len = (size_t)sqlite3_column_bytes(q->use->st, q->column++);

    memset(out, 0, n);
    if (v && len == n)
        memcpy(out, v, n);
    else if (v)
        q->misfit = true;
}

void *qn_query_copy_blob(struct qn_query *q, size_t *len_out)
{
    const void *v = sqlite3_column_blob(q->use->st, q->column);
    size_t n = (size_t)sqlite3_column_bytes(q->use->st, q->column++);
    char *copy = qn_alloc(n + 1);

    if (v)
        memcpy(copy, v, n);
    *len_out = n;
    return copy;
}

int qn_query_end(struct qn_query *q, int r, struct qn_err *err)
{
    if (q->use) {
        sqlite3_reset(q->use->st);
        sqlite3_clear_bindings(q->use->st);
        q->use->busy = false;
        q->use = NULL;
    }
    if (r >= 0 && q->misfit)
        return qn_fail(err, QN_ECORRUPT, "a stored row holds a value that was never written there");
    return r;
}

int qn_query_run(struct qn_query *q, struct qn_err *err)
{
    int r;

    do
        r = qn_query_next(q, err);
    while (r > 0);
    return qn_query_end(q, r, err);
}

int qn_query_change(struct qn_query *q, struct qn_err *err)
{
    int r = qn_query_run(q, err);

    if (r == 0 && sqlite3_changes64(q->s->db) == 0)
        return qn_fail(err, QN_ENOTFOUND, "no such row");
    return r;
}

int qn_query_one(struct qn_query *q, struct qn_err *err)
{
    int r = qn_query_next(q, err);

    if (r == 0)
        return qn_fail(err, QN_ENOTFOUND, "no such row");
    return r < 0 ? r : 0;
}

int qn_query_all(struct qn_query *q, size_t size, void (*read)(struct qn_query *q, void *row), void **rows_out,
                 size_t *count_out, struct qn_err *err)
{
    size_t count = 0, room = 0;
    char *rows = NULL;
    int r;

    *rows_out = NULL;
    *count_out = 0;
    while ((r = qn_query_next(q, err)) > 0) {
        if (count == room) {
            room = room ? 2 * room : 16;
            rows = qn_realloc(rows, room * size);
        }
        memset(rows + count * size, 0, size);
        read(q, rows + count++ * size);
    }
    r = qn_query_end(q, r, err);
    if (r < 0) {
        free(rows);
        return r;
    }
    *rows_out = rows;
    *count_out = count;
    return 0;
}
