/* Release terminals and their credentials. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define TERMINAL_COLUMNS "id, device, name, code, code_until, token, certified, certificate, ceiling, state," \
    " EXISTS (SELECT 1 FROM containment WHERE kind = 'terminal' AND name = terminal.name)"

static void terminal_read(struct qn_query *q, void *row)
{
    struct qn_terminal *t = row;

    t->id = qn_query_get_int(q);
    t->device = qn_query_get_int(q);
    qn_query_get_text(q, t->name, sizeof t->name);
    qn_query_get_blob(q, t->code, sizeof t->code);
    t->code_until = qn_query_get_int(q);
    qn_query_get_blob(q, t->token, sizeof t->token);
    t->certified = qn_query_get_int(q) != 0;
    qn_query_get_blob(q, t->certificate, sizeof t->certificate);
    t->ceiling = (int)qn_query_get_int(q);
    qn_query_get_text(q, t->state, sizeof t->state);
    t->locked = qn_query_get_int(q) != 0;
}

static int terminal_one(struct qn_query *q, struct qn_terminal *out, struct qn_err *err)
{
    int r = qn_query_one(q, err);

    memset(out, 0, sizeof *out);
    if (r == 0)
        terminal_read(q, out);
    r = qn_query_end(q, r, err);
    if (r != 0)
        memset(out, 0, sizeof *out);
    return r;
}

static int terminal_all(struct qn_query *q, int (*each)(void *ctx, const struct qn_terminal *t), void *ctx, struct qn_err *err)
{
    size_t count;
    void *rows;
    int r = qn_query_all(q, sizeof(struct qn_terminal), terminal_read, &rows, &count, err);

    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_terminal *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

static int terminal_write(struct qn_store *s, const struct qn_terminal *t, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_text(&q, t->name);
    qn_query_int(&q, t->device);
    qn_query_int(&q, t->certified);
    qn_query_int(&q, t->ceiling);
    return qn_query_change(&q, err);
}

/* Not one "upsert": see qn_store_person_seen(). */
int qn_store_terminal_put(struct qn_store *s, struct qn_terminal *t, struct qn_err *err)
{
    struct qn_terminal now;
    int r = terminal_write(s, t,
                           "UPDATE terminal SET device = ?2, certified = ?3, ceiling = ?4,"
                           " token = CASE WHEN certified = ?3 THEN token END,"
                           " certificate = CASE WHEN ?3 THEN certificate END,"
                           " state = CASE WHEN state = 'enrolled' AND certified = ?3 THEN state ELSE 'waiting' END WHERE name = ?1",
                           err);

    if (r == QN_ENOTFOUND)
        r = terminal_write(s, t, "INSERT INTO terminal (name, device, certified, ceiling, state)"
                                 " VALUES (?1, ?2, ?3, ?4, 'waiting')", err);
    if (r == 0 && (r = qn_store_terminal_by_name(s, t->name, &now, err)) == 0)
        *t = now;
    return r;
}

int qn_store_terminal_code(struct qn_store *s, int64_t id, const uint8_t code[32], int64_t until, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE terminal SET code = ?2, code_until = ?3 WHERE id = ?1 AND state <> 'revoked'");
    qn_query_int(&q, id);
    qn_query_blob(&q, code, 32);
    qn_query_int(&q, until);
    return qn_query_change(&q, err);
}

int qn_store_terminal_certify(struct qn_store *s, int64_t id, const uint8_t certificate[32], struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE terminal SET certificate = ?2, state = 'waiting', token = NULL, code = NULL, code_until = 0"
                          " WHERE id = ?1 AND state <> 'revoked' AND certified = 1");
    qn_query_int(&q, id);
    qn_query_blob(&q, certificate, 32);
    return qn_query_change(&q, err);
}

int qn_store_terminal_enrol(struct qn_store *s, const uint8_t code[32], const uint8_t token[32], int64_t now,
                            struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE terminal SET state = 'enrolled', token = ?2, code = NULL, code_until = 0"
                          " WHERE code = ?1 AND state <> 'revoked' AND code_until > ?3 RETURNING " TERMINAL_COLUMNS);
    qn_query_blob(&q, code, 32);
    qn_query_hash(&q, token);
    qn_query_int(&q, now);
    return terminal_one(&q, out, err);
}

int qn_store_terminal_by_token(struct qn_store *s, const uint8_t token[32], struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE token = ?1 AND state = 'enrolled'");
    qn_query_hash(&q, token);
    return terminal_one(&q, out, err);
}

int qn_store_terminal_by_name(struct qn_store *s, const char *name, struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE name = ?1");
    qn_query_text(&q, name);
    return terminal_one(&q, out, err);
}

int qn_store_terminal(struct qn_store *s, int64_t id, struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE id = ?1");
    qn_query_int(&q, id);
    return terminal_one(&q, out, err);
}

int qn_store_terminal_revoke(struct qn_store *s, int64_t id, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE terminal SET state = 'revoked', code = NULL, code_until = 0, token = NULL, certificate = NULL"
                          " WHERE id = ?1");
    qn_query_int(&q, id);
    return qn_query_change(&q, err);
}

int qn_store_terminal_each(struct qn_store *s, const char *after, int (*each)(void *ctx, const struct qn_terminal *t), void *ctx,
                           struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE name > ?1 ORDER BY name");
    qn_query_text(&q, after);
    return terminal_all(&q, each, ctx, err);
}

int qn_store_terminal_each_of(struct qn_store *s, int64_t device, bool at, int (*each)(void *ctx, const struct qn_terminal *t),
                              void *ctx, struct qn_err *err)
{
    struct qn_query q;

    if (at)
        qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE device = ?1");
    else
        qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE id IN"
                              " (SELECT terminal FROM terminal_device WHERE terminal_device.device = ?1)");
    qn_query_int(&q, device);
    return terminal_all(&q, each, ctx, err);
}
