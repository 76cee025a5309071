/* Who is logged in, and answers that a repeated request gets again. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_COLUMNS "hash, person, terminal, kind, method, roles, created, used, proved, uid"

int qn_store_session_add(struct qn_store *s, const struct qn_session *in, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO session (hash, person, terminal, kind, method, roles, created, used, proved, uid)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    qn_query_blob(&q, in->hash, sizeof in->hash);
    qn_query_int(&q, in->person);
    qn_query_id(&q, in->terminal);
    qn_query_int(&q, in->kind);
    qn_query_text(&q, in->method);
    qn_query_text(&q, in->roles);
    qn_query_int(&q, in->created);
    qn_query_int(&q, in->used);
    qn_query_int(&q, in->proved);
    qn_query_int(&q, in->uid);
    return qn_query_run(&q, err);
}

static void session_read(struct qn_query *q, void *row)
{
    struct qn_session *it = row;

    qn_query_get_blob(q, it->hash, sizeof it->hash);
    it->person = qn_query_get_int(q);
    it->terminal = qn_query_get_int(q);
    it->kind = (int)qn_query_get_int(q);
    qn_query_get_text(q, it->method, sizeof it->method);
    qn_query_get_text(q, it->roles, sizeof it->roles);
    it->created = qn_query_get_int(q);
    it->used = qn_query_get_int(q);
    it->proved = qn_query_get_int(q);
    it->uid = qn_query_get_int(q);
}

int qn_store_session(struct qn_store *s, const uint8_t hash[32], struct qn_session *out, struct qn_err *err)
{
    struct qn_session it = { 0 };
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "SELECT " SESSION_COLUMNS " FROM session WHERE hash = ?1");
    qn_query_blob(&q, hash, 32);
    r = qn_query_one(&q, err);
    if (r == 0)
        session_read(&q, &it);
    r = qn_query_end(&q, r, err);
    memset(out, 0, sizeof *out);
    if (r == 0)
        *out = it;
    return r;
}

int qn_store_session_touch(struct qn_store *s, const uint8_t hash[32], int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE session SET used = ?2 WHERE hash = ?1");
    qn_query_blob(&q, hash, 32);
    qn_query_int(&q, now);
    return qn_query_change(&q, err);
}

int qn_store_session_prove(struct qn_store *s, const uint8_t hash[32], int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE session SET proved = ?2 WHERE hash = ?1");
    qn_query_blob(&q, hash, 32);
    qn_query_int(&q, now);
    return qn_query_change(&q, err);
}

int qn_store_session_end(struct qn_store *s, const uint8_t hash[32], struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM session WHERE hash = ?1");
    qn_query_blob(&q, hash, 32);
    return qn_query_change(&q, err);
}

static int session_end_where(struct qn_store *s, const char *sql_literal, int64_t a, int64_t b, int64_t *count_out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, sql_literal);
    qn_query_int(&q, a);
    if (b)
        qn_query_int(&q, b);
    r = qn_query_run(&q, err);
    if (count_out)
        *count_out = r == 0 ? sqlite3_changes64(s->db) : 0;
    return r;
}

int qn_store_session_end_all(struct qn_store *s, int64_t person, int64_t terminal, int64_t *count_out, struct qn_err *err)
{
    if (person && terminal)
        return session_end_where(s, "DELETE FROM session WHERE person = ?1 AND terminal = ?2", person, terminal, count_out, err);
    if (terminal)
        return session_end_where(s, "DELETE FROM session WHERE terminal = ?1", terminal, 0, count_out, err);
    return session_end_where(s, "DELETE FROM session WHERE person = ?1", person, 0, count_out, err);
}

int qn_store_session_each_idle(struct qn_store *s, int kind, int64_t before, int limit,
                               int (*each)(void *ctx, const struct qn_session *it), void *ctx, struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " SESSION_COLUMNS " FROM session WHERE kind = ?1 AND used < ?2 ORDER BY used LIMIT ?3");
    qn_query_int(&q, kind);
    qn_query_int(&q, before);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof(struct qn_session), session_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_session *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_idem(struct qn_store *s, int64_t person, const char *key, char **answer_out, struct qn_err *err)
{
    struct qn_query q;
    size_t n;
    int r;

    *answer_out = NULL;
    qn_query_start(&q, s, "SELECT answer FROM idem WHERE person = ?1 AND key = ?2");
    qn_query_int(&q, person);
    qn_query_text(&q, key);
    r = qn_query_one(&q, err);
    if (r == 0)
        *answer_out = qn_query_copy_blob(&q, &n);
    return qn_query_end(&q, r, err);
}

int qn_store_idem_put(struct qn_store *s, int64_t person, const char *key, const char *answer, int64_t now,
                      struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO idem (person, key, answer, made) VALUES (?1, ?2, ?3, ?4)");
    qn_query_int(&q, person);
    qn_query_text(&q, key);
    qn_query_text(&q, answer);
    qn_query_int(&q, now);
    return qn_query_run(&q, err);
}

int qn_store_idem_sweep(struct qn_store *s, int64_t before, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM idem WHERE made < ?1");
    qn_query_int(&q, before);
    return qn_query_run(&q, err);
}
