/* Devices, terminals and queues. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_COLUMNS "id, name, uri, location, ca, pin, ceiling"
#define TERMINAL_COLUMNS "id, device, name, code, code_until, token, state"

static void device_read(struct qn_query *q, void *row)
{
    struct qn_device *d = row;

    d->id = qn_query_get_int(q);
    qn_query_get_text(q, d->name, sizeof d->name);
    qn_query_get_text(q, d->uri, sizeof d->uri);
    qn_query_get_text(q, d->location, sizeof d->location);
    qn_query_get_text(q, d->ca, sizeof d->ca);
    qn_query_get_text(q, d->pin, sizeof d->pin);
    d->ceiling = (int)qn_query_get_int(q);
}

static int device_one(struct qn_query *q, struct qn_device *out, struct qn_err *err)
{
    int r = qn_query_one(q, err);

    memset(out, 0, sizeof *out);
    if (r == 0)
        device_read(q, out);
    r = qn_query_end(q, r, err);
    if (r != 0)
        memset(out, 0, sizeof *out);
    return r;
}

static int device_write(struct qn_store *s, const struct qn_device *d, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_text(&q, d->name);
    qn_query_text(&q, d->uri);
    qn_query_text(&q, d->location);
    qn_query_text(&q, d->ca);
    qn_query_text(&q, d->pin);
    qn_query_int(&q, d->ceiling);
    return qn_query_change(&q, err);
}

/* Not one "upsert": see qn_store_person_seen(). */
int qn_store_device_put(struct qn_store *s, const struct qn_device *d, struct qn_err *err)
{
    int r = device_write(
        s, d, "UPDATE device SET uri = ?2, location = ?3, ca = ?4, pin = ?5, ceiling = ?6 WHERE name = ?1", err);

    if (r == QN_ENOTFOUND)
        r = device_write(
            s, d, "INSERT INTO device (name, uri, location, ca, pin, ceiling) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", err);
    return r;
}

int qn_store_device(struct qn_store *s, int64_t id, struct qn_device *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM device WHERE id = ?1");
    qn_query_int(&q, id);
    return device_one(&q, out, err);
}

int qn_store_device_by_name(struct qn_store *s, const char *name, struct qn_device *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM device WHERE name = ?1");
    qn_query_text(&q, name);
    return device_one(&q, out, err);
}

int qn_store_device_each(struct qn_store *s, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                         struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM device WHERE name > '' ORDER BY name");
    r = qn_query_all(&q, sizeof(struct qn_device), device_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_device *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

static void terminal_read(struct qn_query *q, void *row)
{
    struct qn_terminal *t = row;

    t->id = qn_query_get_int(q);
    t->device = qn_query_get_int(q);
    qn_query_get_text(q, t->name, sizeof t->name);
    qn_query_get_blob(q, t->code, sizeof t->code);
    t->code_until = qn_query_get_int(q);
    qn_query_get_blob(q, t->token, sizeof t->token);
    qn_query_get_text(q, t->state, sizeof t->state);
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

static int terminal_write(struct qn_store *s, const struct qn_terminal *t, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_text(&q, t->name);
    qn_query_int(&q, t->device);
    qn_query_hash(&q, t->code);
    qn_query_int(&q, t->code_until);
    return qn_query_change(&q, err);
}

int qn_store_terminal_put(struct qn_store *s, const struct qn_terminal *t, struct qn_err *err)
{
    int r = terminal_write(s, t,
                           "UPDATE terminal SET device = ?2, state = 'waiting', code = ?3, code_until = ?4,"
                           " token = NULL WHERE name = ?1",
                           err);

    if (r == QN_ENOTFOUND)
        r = terminal_write(s, t, "INSERT INTO terminal (name, device, state, code, code_until)"
                                 " VALUES (?1, ?2, 'waiting', ?3, ?4)", err);
    return r;
}

int qn_store_terminal_enrol(struct qn_store *s, const uint8_t code[32], const uint8_t token[32], int64_t now,
                            struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE terminal SET state = 'enrolled', token = ?2, code = NULL, code_until = 0"
                          " WHERE code = ?1 AND state = 'waiting' AND code_until > ?3 RETURNING " TERMINAL_COLUMNS);
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

int qn_store_terminal(struct qn_store *s, int64_t id, struct qn_terminal *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE id = ?1");
    qn_query_int(&q, id);
    return terminal_one(&q, out, err);
}

int qn_store_terminal_revoke(struct qn_store *s, const char *name, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "UPDATE terminal SET state = 'revoked', code = NULL, code_until = 0, token = NULL WHERE name = ?1");
    qn_query_text(&q, name);
    return qn_query_change(&q, err);
}

int qn_store_terminal_each(struct qn_store *s, int (*each)(void *ctx, const struct qn_terminal *t), void *ctx,
                           struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " TERMINAL_COLUMNS " FROM terminal WHERE name > '' ORDER BY name");
    r = qn_query_all(&q, sizeof(struct qn_terminal), terminal_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_terminal *)rows + i) != 0)
            break;
    free(rows);
    return r;
}
