#include "server/shred.h"

#include <stdio.h>
#include <string.h>

#include "server/policy.h"
#include "server/record.h"

static void shred_name(struct qn_shred *out, const struct qn_class *k, int64_t due)
{
    memset(out, 0, sizeof *out);
    out->class_ = k->level;
    out->start = due - due % k->window;
    out->end = out->start + k->window;
    /* with the window's length: after a change of it, another key, not one that is destroyed at another time */
    snprintf(out->id, sizeof out->id, "shred:%s:%lld:%lld", k->name, (long long)(out->start / 1000), (long long)(k->window / 60000));
    snprintf(out->state, sizeof out->state, "%s", "active");
}

/* Row and record for a key that the keystore has. */
static int shred_enter(struct qn_core *c, const struct qn_shred *k, struct qn_err *err)
{
    struct qn_shred old;
    int r = qn_store_shred(c->store, k->id, &old, err);

    if (r == 0)
        return strcmp(old.state, "active") == 0 ? 0 : qn_fail(err, QN_ECONFLICT, "shred key %s is %s", k->id, old.state);
    if (r != QN_ENOTFOUND || (r = qn_store_shred_put(c->store, k, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_KEY_MADE, "", err, "{s:s, s:s, s:I, s:I}", "key", k->id, "class",
                     qn_class_name(k->class_), "from", (json_int_t)k->start, "until", (json_int_t)k->end);
}

int qn_shred_for(struct qn_core *c, int class_, int64_t due, char *id_out, size_t size, struct qn_err *err)
{
    struct qn_shred k;
    const char *id = k.id;
    int r = 0;

    shred_name(&k, qn_class_level(class_), due);
    if (!qn_keystore_get(c->keys, k.id))
        r = qn_keystore_make(c->keys, &id, 1, err);
    if (r == 0)
        r = shred_enter(c, &k, err);
    snprintf(id_out, size, "%s", k.id);
    return r;
}

int qn_shred_ahead(struct qn_core *c, struct qn_err *err)
{
    struct qn_shred k[16];
    const char *ids[16];
    unsigned n = 0, missing = 0;
    int r = 0;

    for (const struct qn_class *cl = qn_policy()->classes; cl->name; cl++)
        for (int ahead = 0; ahead < 2; ahead++, n++) {
            shred_name(&k[n], cl, c->now + cl->hold + ahead * cl->window);
            if (!qn_keystore_get(c->keys, k[n].id))
                ids[missing++] = k[n].id;
        }
    if (missing)
        r = qn_keystore_make(c->keys, ids, missing, err);
    for (unsigned i = 0; i < n && r == 0; i++)
        r = shred_enter(c, &k[i], err);
    return r;
}

struct ended { struct qn_shred key[16]; unsigned n; };

static int ended_take(void *ctx, const struct qn_shred *k)
{
    struct ended *e = ctx;

    e->key[e->n++] = *k;
    return e->n == 16;
}

static int shred_destroyed(struct qn_core *c, struct qn_shred *k, struct qn_err *err)
{
    int r;

    snprintf(k->state, sizeof k->state, "%s", "destroyed");
    if ((r = qn_store_shred_put(c->store, k, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_KEY_DESTROYED, "", err, "{s:s, s:s, s:I, s:I, s:s, s:s}", "key", k->id, "class",
                     qn_class_name(k->class_), "window_end", (json_int_t)k->end, "generation",
                     (json_int_t)qn_keystore_generation(c->keys), "grade", "C", "proof", "older generation does not open");
}

int qn_shred_end(struct qn_core *c, struct qn_err *err)
{
    struct ended e = { .n = 0 };
    const char *ids[16];
    unsigned n = 0;
    int r = qn_store_shred_each_ended(c->store, c->now < c->steady ? c->now : c->steady, 16, ended_take, &e, err);

    if (r < 0)
        return r;
    for (unsigned i = 0; i < e.n; i++) {
        if (strcmp(e.key[i].state, "destroying") == 0) {
            ids[n++] = e.key[i].id;
            continue;
        }
        snprintf(e.key[i].state, sizeof e.key[i].state, "%s", "destroying");
        if ((r = qn_store_shred_put(c->store, &e.key[i], err)) != 0)
            return r;
        e.key[i].state[0] = '\0'; /* marked in this turn: destroyed in the next */
    }
    if (n && (r = qn_keystore_destroy(c->keys, ids, n, err)) != 0)
        return r;
    for (unsigned i = 0; i < e.n; i++)
        if (e.key[i].state[0] && (r = shred_destroyed(c, &e.key[i], err)) != 0)
            return r;
    return 0;
}
