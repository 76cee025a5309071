/* Devices. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_COLUMNS "device.id, device.name, uri, location, zone, custodian, ca, pin, device.ceiling, driver, plain_until," \
    " plain_reason, device.state, EXISTS (SELECT 1 FROM containment WHERE kind = 'device' AND name = device.name)"

static void device_read(struct qn_query *q, void *row)
{
    struct qn_device *d = row;

    d->id = qn_query_get_int(q);
    qn_query_get_text(q, d->name, sizeof d->name);
    qn_query_get_text(q, d->uri, sizeof d->uri);
    qn_query_get_text(q, d->location, sizeof d->location);
    qn_query_get_text(q, d->zone, sizeof d->zone);
    qn_query_get_text(q, d->custodian, sizeof d->custodian);
    qn_query_get_text(q, d->ca, sizeof d->ca);
    qn_query_get_text(q, d->pin, sizeof d->pin);
    d->ceiling = (int)qn_query_get_int(q);
    qn_query_get_text(q, d->driver, sizeof d->driver);
    d->plain_until = qn_query_get_int(q);
    qn_query_get_text(q, d->plain_reason, sizeof d->plain_reason);
    qn_query_get_text(q, d->state, sizeof d->state);
    d->locked = qn_query_get_int(q) != 0;
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
    qn_query_text(&q, d->zone);
    qn_query_text(&q, d->custodian);
    qn_query_text(&q, d->ca);
    qn_query_text(&q, d->pin);
    qn_query_int(&q, d->ceiling);
    qn_query_text(&q, d->driver);
    qn_query_int(&q, d->plain_until);
    qn_query_text(&q, d->plain_reason);
    return qn_query_change(&q, err);
}

/* Not one "upsert": see qn_store_person_seen(). */
int qn_store_device_put(struct qn_store *s, const struct qn_device *d, struct qn_err *err)
{
    int r = device_write(s, d, "UPDATE device SET uri = ?2, location = ?3, zone = ?4, custodian = ?5, ca = ?6, pin = ?7,"
                               " ceiling = ?8, driver = ?9, plain_until = ?10, plain_reason = ?11, plain_over = 0,"
                               " state = 'active' WHERE name = ?1", err);

    if (r == QN_ENOTFOUND)
        r = device_write(s, d, "INSERT INTO device (name, uri, location, zone, custodian, ca, pin, ceiling, driver, plain_until,"
                               " plain_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", err);
    return r;
}

int qn_store_device_retire(struct qn_store *s, const char *name, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE device SET state = 'retired' WHERE name = ?1");
    qn_query_text(&q, name);
    return qn_query_change(&q, err);
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

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct qn_device *)a)->name, ((const struct qn_device *)b)->name);
}

/* All rows, in order of name, to each(). */
static int device_all(struct qn_query *q, int (*each)(void *ctx, const struct qn_device *d), void *ctx, struct qn_err *err)
{
    size_t count;
    void *rows;
    int r = qn_query_all(q, sizeof(struct qn_device), device_read, &rows, &count, err);

    if (count > 1)
        qsort(rows, count, sizeof(struct qn_device), by_name);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_device *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_device_each(struct qn_store *s, const char *after, int limit, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                         struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM device WHERE device.name > ?1 ORDER BY device.name LIMIT ?2");
    qn_query_text(&q, after);
    qn_query_int(&q, limit);
    return device_all(&q, each, ctx, err);
}

static void place_read(struct qn_query *q, void *row)
{
    struct qn_device_place *d = row;

    d->id = qn_query_get_int(q);
    qn_query_get_text(q, d->name, sizeof d->name);
    qn_query_get_text(q, d->location, sizeof d->location);
}

int qn_store_device_places(struct qn_store *s, const char *zone, int (*each)(void *ctx, const struct qn_device_place *d), void *ctx,
                           struct qn_err *err)
{
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    if (zone) {
        qn_query_start(&q, s, "SELECT id, name, location FROM device WHERE state = 'active' AND zone = ?1");
        qn_query_text(&q, zone);
    } else {
        qn_query_start(&q, s, "SELECT id, name, location FROM device WHERE state = 'active'");
    }
    r = qn_query_all(&q, sizeof(struct qn_device_place), place_read, &rows, &count, err);
    for (size_t i = 0; i < count; i++)
        if (each(ctx, (struct qn_device_place *)rows + i) != 0)
            break;
    free(rows);
    return r;
}

/* ---- exceptions that have ended ---- */

int qn_store_device_each_over(struct qn_store *s, int64_t now, int limit, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                              struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM device WHERE plain_over = 0 AND plain_until > 0 AND plain_until <= ?1"
                          " AND device.state = 'active' LIMIT ?2");
    qn_query_int(&q, now);
    qn_query_int(&q, limit);
    return device_all(&q, each, ctx, err);
}

int qn_store_device_plain_over(struct qn_store *s, int64_t id, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE device SET plain_over = 1 WHERE id = ?1");
    qn_query_int(&q, id);
    return qn_query_change(&q, err);
}

/* ---- what terminals print on besides the device they stand at ---- */

int qn_store_terminal_untie(struct qn_store *s, int64_t terminal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM terminal_device WHERE terminal = ?1");
    qn_query_int(&q, terminal);
    return qn_query_run(&q, err);
}

int qn_store_device_untie(struct qn_store *s, int64_t device, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM terminal_device WHERE device = ?1");
    qn_query_int(&q, device);
    return qn_query_run(&q, err);
}

int qn_store_terminal_tie(struct qn_store *s, int64_t terminal, int64_t device, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO terminal_device (terminal, device) VALUES (?1, ?2)");
    qn_query_int(&q, terminal);
    qn_query_int(&q, device);
    return qn_query_run(&q, err);
}

int qn_store_terminal_tied(struct qn_store *s, int64_t terminal, int64_t device, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT 1 FROM terminal_device WHERE terminal = ?1 AND device = ?2");
    qn_query_int(&q, terminal);
    qn_query_int(&q, device);
    return qn_query_end(&q, qn_query_one(&q, err), err);
}

int qn_store_terminal_each_tied(struct qn_store *s, int64_t terminal, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                                struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " DEVICE_COLUMNS " FROM terminal_device CROSS JOIN device ON device.id = terminal_device.device"
                          " WHERE terminal_device.terminal = ?1");
    qn_query_int(&q, terminal);
    return device_all(&q, each, ctx, err);
}
