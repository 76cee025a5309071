#include "server/policy-lint.h"

#include <limits.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/clock-two.h"
#include "server/job-hold.h"
#include "server/policy-diff.h"
#include "server/policy-zone.h"

enum { PEOPLE_MAX = 1000, ROLES_MAX = 16 };

/* ---- roles: by the mapping ---- */

static bool role_mapped(const struct qn_policy *p, const char *role)
{
    const char *dn, *has;

    for (unsigned i = 0; qn_policy_group(p, i, &dn, &has); i++)
        if (strcmp(has, role) == 0)
            return true;
    return false;
}

/* A role of which some operation can't do without: its permission to propose is nobody else's, or nobody else may approve. */
static int operation_lint(const struct qn_policy *p, const struct qn_operation *o, struct qn_err *err)
{
    bool propose = false, approve = false;

    for (const struct qn_role *r = qn_role_table; r->name; r++) {
        bool mapped = role_mapped(p, r->name);

        propose = propose || (mapped && (r->permissions & o->propose));
        approve = approve || (mapped && qn_role_has(o->approvers, r->name));
    }
    if (!propose)
        return qn_fail(err, QN_EINVAL, "nobody could propose %s: no group has a role that may", o->name);
    return approve ? 0 : qn_fail(err, QN_EINVAL, "nobody could approve %s: no group has one of the roles %s", o->name,
                                 o->approvers);
}

/* Jobs of a class that needs two people, of which nobody may be the second. */
static int second_lint(const struct qn_policy *p, const struct qn_class *k, struct qn_err *err)
{
    bool mapped = !k->second[0];

    for (const struct qn_role *r = qn_role_table; r->name; r++)
        mapped = mapped || (qn_role_has(k->second, r->name) && role_mapped(p, r->name));
    return mapped ? 0 : qn_fail(err, QN_EINVAL, "class %s: nobody could be the second person: no group has one of the roles %s", k->name,
                                k->second);
}

static int mapping_lint(const struct qn_policy *p, struct qn_err *err)
{
    int r = 0;

    for (const struct qn_role *role = qn_role_table; role->name && !p->compact; role++)
        if (!role_mapped(p, role->name))
            return qn_fail(err, QN_EINVAL, "the standard profile needs a group for each role, and none has %s",
                           role->name);
    for (const struct qn_operation *o = qn_operation_table; o->name && r == 0; o++)
        r = operation_lint(p, o, err);
    for (const struct qn_class *k = p->classes; k->name && r == 0; k++)
        r = second_lint(p, k, err);
    return r;
}

/* ---- roles: by the people who have been seen ---- */

/* How many hold each role now, and would then. */
struct holders { const struct qn_policy *then; unsigned now[ROLES_MAX], after[ROLES_MAX]; };

static void holders_add(const struct qn_policy *p, const json_t *groups, unsigned count[ROLES_MAX])
{
    char roles[128], held[128];

    qn_role_map(p, groups, roles, sizeof roles);
    qn_role_resolve_under(p, roles, held, sizeof held);
    for (unsigned i = 0; qn_role_table[i].name; i++)
        count[i] += qn_role_has(held, qn_role_table[i].name);
}

static int holders_take(void *ctx, const char *groups)
{
    struct holders *h = ctx;
    json_t *list = json_loads(groups, 0, NULL);

    holders_add(qn_policy(), list, h->now);
    holders_add(h->then, list, h->after);
    json_decref(list);
    return 0;
}

static int holders_count(struct qn_core *c, const struct qn_policy *p, struct holders *out, struct qn_err *err)
{
    memset(out, 0, sizeof *out);
    out->then = p;
    return qn_store_person_each_staff(c->store, PEOPLE_MAX, holders_take, out, err);
}

/* True for a role that proposes or approves something. */
static bool role_needed(const struct qn_role *role)
{
    for (const struct qn_operation *o = qn_operation_table; o->name; o++)
        if ((role->permissions & o->propose) || qn_role_has(o->approvers, role->name))
            return true;
    return false;
}

static int people_lint(struct qn_core *c, const struct qn_policy *p, struct qn_err *err)
{
    struct holders h;
    int r = holders_count(c, p, &h, err);

    for (unsigned i = 0; qn_role_table[i].name && r == 0; i++)
        if (role_needed(&qn_role_table[i]) && h.now[i] && !h.after[i])
            return qn_fail(err, QN_ECONFLICT,
                           "role %s, which %u of the people seen hold, would be left to nobody who has been seen: add the "
                           "new group beside the old one, and take the old one away once somebody of the new one has logged in",
                           qn_role_table[i].name, h.now[i]);
    return r;
}

bool qn_policy_moves_roles(const struct qn_policy *p)
{
    return qn_policy_differs(qn_policy(), p, "roles profile zones");
}

static int people_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err)
{
    struct holders h;
    int r = holders_count(c, p, &h, err);

    for (unsigned i = 0; qn_role_table[i].name && r == 0; i++)
        if (role_needed(&qn_role_table[i]))
            qn_sentence(effect, "role %s: %u of the people seen hold it now, %u then", qn_role_table[i].name,
                        h.now[i], h.after[i]);
    return r;
}

/* ---- classes ---- */

static const struct qn_class *class_of(const struct qn_policy *p, const char *name)
{
    for (const struct qn_class *k = p->classes; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

static int classes_lint(struct qn_core *c, const struct qn_policy *p, struct qn_err *err)
{
    for (const struct qn_class *k = qn_policy()->classes; k->name; k++) {
        const struct qn_class *then = class_of(p, k->name);
        struct qn_class_effect e;
        int r;

        if (then && then->level == k->level)
            continue;
        if ((r = qn_store_class_effect(c->store, k->level, k->hold, c->now, &e, err)) != 0)
            return r;
        if (e.live || qn_hold_arriving(c, k->level))
            return qn_fail(err, QN_ECONFLICT, "class %s %s while jobs have it (%" PRId64 " of them are held)", k->name,
                           then ? "can't change its level" : "can't go", e.live);
    }
    return 0;
}

/* 1204 as "1,204". */
static const char *thousands(char out[32], int64_t n)
{
    char plain[24];
    int len = snprintf(plain, sizeof plain, "%" PRId64, n), at = 0;

    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
    return out;
}

static int classes_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err)
{
    int64_t affected = 0, due = 0, now = c->now < c->steady ? c->now : c->steady;
    bool more = false;
    char a[32], b[32];

    for (const struct qn_class *k = qn_policy()->classes; k->name; k++) {
        const struct qn_class *then = class_of(p, k->name);
        struct qn_class_effect e;
        int r;

        if (!then || then->hold == k->hold)
            continue;
        if ((r = qn_store_class_effect(c->store, k->level, then->hold, now, &e, err)) != 0)
            return r;
        more = more || e.live == QN_EFFECT_MAX;
        if (then->hold > k->hold)
            qn_sentence(effect, "class %s: %s held jobs keep the due time that their owners were told; later ones are held longer",
                        k->name, thousands(a, e.live));
        else
            affected += e.earlier;
        due += then->hold < k->hold ? e.due_now : 0;
    }
    qn_sentence(effect, "%s%s held job%s affected, %s fall%s due now", more ? "at least " : "",
                thousands(a, affected), affected == 1 ? "" : "s", thousands(b, due), due == 1 ? "s" : "");
    return 0;
}

/* ---- zones ---- */

/* How many of the people seen may print in each zone of a policy, by the groups that were asked about. */
struct guests { const struct qn_policy *then; unsigned seen, in[QN_ZONES_MAX]; };

static int guests_take(void *ctx, const char *groups)
{
    struct guests *g = ctx;
    json_t *list = json_loads(groups, 0, NULL), *v;
    const char *zone;
    unsigned i = 0;

    json_object_foreach(json_object_get(g->then->document, "zones"), zone, v)
        g->in[i++] += qn_zone_open(g->then, zone, list);
    g->seen++;
    json_decref(list);
    return 0;
}

static int guests_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err)
{
    struct guests g = { .then = p };
    int r = qn_store_person_each_zoned(c->store, PEOPLE_MAX, guests_take, &g, err);
    const char *zone;
    unsigned i = 0;
    json_t *v;

    json_object_foreach(json_object_get(p->document, "zones"), zone, v) {
        unsigned n = g.in[i++];

        if (r < 0 || json_equal(v, json_object_get(json_object_get(qn_policy()->document, "zones"), zone)))
            continue;
        if (n)
            qn_sentence(effect, "zone %s: %s%u of the people seen may print there", zone, g.seen == PEOPLE_MAX ? "at least " : "", n);
        else
            qn_sentence(effect, "zone %s: nobody who has been seen is known to be in its groups; the directory is asked at the next log-in",
                        zone);
    }
    return r < 0 ? r : 0;
}

struct place { const char *zone; bool found; };

static int place_look(void *ctx, const struct qn_device *d)
{
    struct place *at = ctx;

    at->found = strcmp(d->zone, at->zone) == 0 && strcmp(d->state, "active") == 0;
    return at->found;
}

static int class_zones_effect(struct qn_core *c, const struct qn_class *k, json_t *effect, struct qn_err *err)
{
    bool any = false;
    int r = 0;

    for (size_t i = 0; i < json_array_size(k->zones) && r >= 0; i++) {
        struct place at = { json_string_value(json_array_get(k->zones, i)), false };

        r = qn_store_device_each(c->store, "", INT_MAX, place_look, &at, err);
        any = any || at.found;
        if (r >= 0 && !at.found)
            qn_sentence(effect, "class %s: no device is in zone %s", k->name, at.zone);
    }
    if (r >= 0 && k->zones && !any)
        qn_sentence(effect, "class %s: its jobs can't come out anywhere", k->name);
    return r < 0 ? r : 0;
}

static int zones_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err)
{
    int r = 0;

    for (const struct qn_class *k = p->classes; k->name && r == 0; k++) {
        const struct qn_class *was = class_of(qn_policy(), k->name);

        if (k->zones && (!was || !was->zones || !json_equal(k->zones, was->zones)))
            r = class_zones_effect(c, k, effect, err);
    }
    return r == 0 ? guests_effect(c, p, effect, err) : r;
}

/* ---- the whole ---- */

int qn_policy_lint(struct qn_core *c, const struct qn_policy *p, struct qn_err *err)
{
    int r = mapping_lint(p, err);

    if (r == 0)
        r = classes_lint(c, p, err);
    return r == 0 && qn_policy()->version ? people_lint(c, p, err) : r;
}

int qn_policy_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err)
{
    int r = 0;

    if (qn_policy_differs(qn_policy(), p, "classes queues"))
        r = classes_effect(c, p, effect, err);
    if (r == 0 && qn_policy_differs(qn_policy(), p, "classes zones"))
        r = zones_effect(c, p, effect, err);
    if (r == 0 && qn_policy_differs(qn_policy(), p, "roles profile"))
        r = people_effect(c, p, effect, err);
    if (r == 0 && qn_policy_moves_roles(p))
        qn_sentence(effect, "every session ends; people log in again with the roles they then have");
    return r;
}
