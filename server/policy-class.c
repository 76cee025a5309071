/* Classes of the policy document. */
#include "server/policy-read.h"

#include <stdio.h>
#include <string.h>

#include "server/policy.h"

#define HOUR (60 * QN_MINUTE)
#define DAY (24 * HOUR)

/* A list of at most `most` texts, each of at most 63 bytes and none twice. */
static bool list_ok(const json_t *list, size_t least, size_t most)
{
    json_t *v;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) < least || json_array_size(list) > most)
        return false;
    json_array_foreach(list, i, v) {
        if (!qn_policy_text_of(v, QN_ZONE_NAME))
            return false;
        for (size_t j = 0; j < i; j++)
            if (json_equal(json_array_get(list, j), v))
                return false;
    }
    return true;
}

/* Where it may come out, and who may be the second person at its release; both may be missing. */
static int read_place(struct qn_class *k, const json_t *o, const char *where, struct qn_err *err)
{
    const json_t *roles = json_object_get(o, "second");
    json_t *v;
    size_t i, used = 0;

    k->zones = json_object_get(o, "zones");
    if (k->zones && !list_ok(k->zones, 1, QN_ZONES_MAX))
        return qn_fail(err, QN_EINVAL, "%s: \"zones\" lists 1 to %d zones; without it any will do", where, QN_ZONES_MAX);
    if (roles && !list_ok(roles, 0, 16))
        return qn_fail(err, QN_EINVAL, "%s: \"second\" lists roles", where);
    json_array_foreach(roles, i, v) {
        if (!qn_role_known(json_string_value(v)))
            return qn_fail(err, QN_EINVAL, "%s: there is no role \"%s\"", where, json_string_value(v));
        used += (size_t)snprintf(k->second + used, sizeof k->second - used, "%s%s", used ? " " : "", json_string_value(v));
    }
    return 0;
}

static int class_bounds(const struct qn_class *k, const char *where, struct qn_err *err)
{
    if (k->hold < 15 * QN_MINUTE || k->hold > 90 * DAY)
        return qn_fail(err, QN_EINVAL, "%s: \"hold\" is between 15m and 90d", where);
    if (k->keep > 7 * DAY || k->grace > 7 * DAY)
        return qn_fail(err, QN_EINVAL, "%s: \"keep\" and \"grace\" are at most 7d", where);
    if (k->window < 15 * QN_MINUTE || k->window > 24 * HOUR || (24 * HOUR) % k->window != 0 || k->window > k->hold)
        return qn_fail(err, QN_EINVAL, "%s: \"window\" is at least 15m, divides a day and is not longer than \"hold\"", where);
    if (!k->methods)
        return qn_fail(err, QN_EINVAL, "%s: \"methods\" lists badge, badge-pin or password", where);
    return 0;
}

static int read_class(struct qn_class *k, const json_t *o, const char *where, struct qn_err *err)
{
    const struct { const char *name; int64_t *out; } periods[] = {
        { "hold", &k->hold }, { "keep", &k->keep }, { "window", &k->window }, { "grace", &k->grace },
    };
    const struct { const char *name; bool *out; } flags[] = {
        { "unverified-owner", &k->unverified }, { "plain-link", &k->plain_link }, { "delegation", &k->delegation },
    };
    json_t *list, *v;
    size_t i;
    int r = qn_policy_members(o, "name hold keep window grace methods unverified-owner plain-link delegation",
                              "zones second", where, err);

    if (r != 0)
        return r;
    k->name = json_string_value(json_object_get(o, "name"));
    if (!k->name || !k->name[0] || strlen(k->name) > QN_CLASS_NAME || strspn(k->name,
            "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(k->name))
        return qn_fail(err, QN_EINVAL, "%s: \"name\" is 1 to %d small letters, digits and -", where, QN_CLASS_NAME);
    for (i = 0; i < sizeof periods / sizeof *periods; i++)
        if (!qn_policy_period(json_object_get(o, periods[i].name), periods[i].out))
            return qn_fail(err, QN_EINVAL, "%s: \"%s\" is a period such as 15m, 8h or 2d", where, periods[i].name);
    for (i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!json_is_boolean(v = json_object_get(o, flags[i].name)))
            return qn_fail(err, QN_EINVAL, "%s: \"%s\" is true or false", where, flags[i].name);
        *flags[i].out = json_is_true(v);
    }
    list = json_object_get(o, "methods");
    json_array_foreach(list, i, v) {
        unsigned m = json_is_string(v) ? qn_method_parse(json_string_value(v)) : 0;

        if (!m)
            return qn_fail(err, QN_EINVAL, "%s: \"methods\" lists badge, badge-pin or password", where);
        k->methods |= m;
    }
    r = read_place(k, o, where, err);
    return r == 0 ? class_bounds(k, where, err) : r;
}

int qn_policy_classes(struct qn_policy *p, struct qn_err *err)
{
    json_t *list = json_object_get(p->document, "classes"), *o;
    char where[32];
    size_t i;
    int r;

    if (!json_is_array(list) || json_array_size(list) < 1 || json_array_size(list) > QN_CLASSES_MAX)
        return qn_fail(err, QN_EINVAL, "\"classes\" lists 1 to %d classes, lowest first", QN_CLASSES_MAX);
    json_array_foreach(list, i, o) {
        struct qn_class *k = &p->classes[i];

        snprintf(where, sizeof where, "class %zu", i + 1);
        if ((r = read_class(k, o, where, err)) != 0)
            return r;
        k->level = (int)i + 1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(p->classes[j].name, k->name) == 0)
                return qn_fail(err, QN_EINVAL, "there are two classes %s", k->name);
    }
    return 0;
}
