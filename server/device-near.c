#include "server/device-near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/device-poll.h"
#include "server/device-state.h"
#include "server/device-words.h"
#include "server/turn.h"

enum { NEAR_MAX = 40, WAIT_MS = 600, FRESH_MS = 10000 };

struct neighbour {
    struct qn_device_place d;
    int distance;            /* words in common with the place we look from: more is nearer */
    bool here, asked;
};

struct around {
    const struct qn_terminal *terminal;
    struct qn_device from;
    struct neighbour *of;
    size_t count, room, mine; /* mine: the first of them, which the terminal may print on */
};

/* ---- who is there ---- */

static void around_add(struct around *a, const struct qn_device_place *d, bool here)
{
    if (a->count == a->room) {
        a->room = a->room ? 2 * a->room : 16;
        a->of = qn_realloc(a->of, a->room * sizeof *a->of);
    }
    a->of[a->count++] = (struct neighbour){ *d, qn_location_common(a->from.location, d->location), here, d->id == a->from.id };
}

static bool around_has(const struct around *a, int64_t device)
{
    for (size_t i = 0; i < a->mine; i++)
        if (a->of[i].d.id == device)
            return true;
    return false;
}

static int add_mine(void *ctx, const struct qn_device *d)
{
    struct qn_device_place place = { .id = d->id };

    memcpy(place.name, d->name, sizeof place.name);
    memcpy(place.location, d->location, sizeof place.location);
    if (strcmp(d->state, "active") == 0)
        around_add(ctx, &place, true);
    return 0;
}

static int add_zone(void *ctx, const struct qn_device_place *d)
{
    if (!around_has(ctx, d->id))
        around_add(ctx, d, false);
    return 0;
}

/* The place to look from: the asked device, if it is one of the terminal's or of its zone, or the terminal's own. */
static int around_from(struct qn_core *c, const char *name, const struct qn_device *own, struct around *a, struct qn_err *err)
{
    int r;

    a->from = *own;
    if (!*name)
        return 0;
    r = qn_store_device_by_name(c->store, name, &a->from, err);
    if (r == 0 && strcmp(a->from.zone, own->zone) != 0)
        r = qn_store_terminal_tied(c->store, a->terminal->id, a->from.id, err);
    return r == QN_ENOTFOUND ? qn_fail(err, r, "there is no device %s near this terminal", name) : r;
}

static int around_fill(struct qn_core *c, const char *name, struct around *a, struct qn_err *err)
{
    struct qn_device own;
    int r = qn_store_device(c->store, a->terminal->device, &own, err);

    if (r != 0 || (r = around_from(c, name, &own, a, err)) != 0)
        return r;
    add_mine(a, &own);
    if ((r = qn_store_terminal_each_tied(c->store, a->terminal->id, add_mine, a, err)) < 0)
        return r;
    a->mine = a->count;
    return qn_store_device_places(c->store, a->from.zone, add_zone, a, err);
}

/* The asked one; then nearest first, at one distance those of this terminal first. */
static int by_distance(const void *x, const void *y)
{
    const struct neighbour *a = x, *b = y;

    if (a->asked != b->asked)
        return a->asked ? -1 : 1;
    if (a->distance != b->distance)
        return a->distance > b->distance ? -1 : 1;
    if (a->here != b->here)
        return a->here ? -1 : 1;
    return strcmp(a->d.name, b->d.name);
}

static int near_row(struct qn_core *c, const struct neighbour *n, json_t *rows, struct qn_err *err)
{
    struct qn_device_view v;
    bool locked = false;
    int r = qn_store_contained(c->store, "device", n->d.name, &locked, err);

    if (r == 0)
        r = qn_device_view(c, n->d.id, locked, &v, NULL, err);
    if (r == 0)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:i}", "name", n->d.name, "location", n->d.location, "state", v.status,
                                              "why", v.why, "here", (int)n->here));
    return r;
}

static int near_answer(struct qn_core *c, const struct qn_terminal *t, const char *name, struct qn_msg *out, struct qn_err *err)
{
    struct around a = { .terminal = t };
    json_t *rows = json_array();
    int r = around_fill(c, name, &a, err);

    if (a.count > 1)
        qsort(a.of, a.count, sizeof *a.of, by_distance);
    for (size_t i = 0; i < a.count && i < NEAR_MAX && r >= 0; i++)
        r = near_row(c, &a.of[i], rows, err);
    free(a.of);
    if (r < 0)
        json_decref(rows);
    else
        qn_msg_json(out, "devices", rows);
    return r < 0 ? r : 0;
}

/* ---- asking first ---- */

struct near_wait {
    struct qn_ask ask;
    struct qn_terminal terminal;
    char device[64];
};

static void near_waited(struct qn_core *c, void *ctx)
{
    struct near_wait *w = ctx;
    struct qn_msg out;
    struct qn_err err;
    int r;

    qn_ask_answer(&out, &w->ask, QN_OK, "");
    r = near_answer(c, &w->terminal, w->device, &out, &err);
    if (r == 0) {
        qn_turn_answer(c, &w->ask, &out);
    } else {
        qn_msg_free(&out);
        qn_turn_refuse(c, &w->ask, r, err.text);
    }
}

int qn_device_near(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    const char *name = qn_msg_get(in, "device");
    struct around a = { .terminal = &who->terminal };
    struct near_wait *w;
    struct qn_device own;
    int r = qn_store_device(c->store, who->terminal.device, &own, err);

    if (r != 0 || (r = around_from(c, name, &own, &a, err)) != 0)
        return r;
    if (qn_device_poll_now(c, a.from.id) <= FRESH_MS)
        return near_answer(c, &who->terminal, name, out, err);
    w = qn_alloc(sizeof *w);
    qn_turn_remember(&w->ask, p, in);
    w->terminal = who->terminal;
    snprintf(w->device, sizeof w->device, "%s", name);
    qn_device_poll_wait(c, a.from.id, WAIT_MS, near_waited, w);
    return QN_LATER;
}
