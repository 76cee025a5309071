#include "server/policy-zone.h"

#include <string.h>
#include <strings.h>

#include "lib/msg.h"
#include "server/policy-read.h"

enum { GROUPS_A_ZONE = 16 };

bool qn_group_listed(const json_t *list, const char *dn)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcasecmp(json_string_value(json_array_get(list, i)), dn) == 0)
            return true;
    return false;
}

void qn_group_add(json_t *list, const char *dn)
{
    if (!qn_group_listed(list, dn))
        json_array_append_new(list, json_string(dn));
}

static const json_t *zones_of(const struct qn_policy *p)
{
    return json_object_get(p->document, "zones");
}

bool qn_zone_takes(const struct qn_class *k, const char *zone)
{
    return !k->zones || qn_words_have(k->zones, zone);
}

bool qn_zone_listed(const struct qn_policy *p, const char *zone)
{
    return json_object_get(zones_of(p), zone) != NULL;
}

/* The first group of a zone's list that is among these; NULL for none. */
static const char *zone_key(const json_t *list, const json_t *groups)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (qn_group_listed(groups, json_string_value(json_array_get(list, i))))
            return json_string_value(json_array_get(list, i));
    return NULL;
}

bool qn_zone_open(const struct qn_policy *p, const char *zone, const json_t *groups)
{
    const json_t *list = json_object_get(zones_of(p), zone);

    return !list || zone_key(list, groups);
}

json_t *qn_zone_rows(const struct qn_policy *p, const json_t *groups)
{
    json_t *rows = json_array(), *list;
    const char *zone;

    json_object_foreach((json_t *)zones_of(p), zone, list) {
        const char *group = zone_key(list, groups);

        json_array_append_new(rows, json_pack("{s:s, s:s}", "zone", zone, "group", group ? group : ""));
    }
    return rows;
}

void qn_zone_groups(const struct qn_policy *p, json_t *list)
{
    const char *zone;
    json_t *groups, *v;
    size_t i;

    json_object_foreach((json_t *)zones_of(p), zone, groups)
        json_array_foreach(groups, i, v)
            qn_group_add(list, json_string_value(v));
}

static int read_zone(const char *zone, const json_t *groups, struct qn_err *err)
{
    json_t *v;
    size_t i;

    if (!zone[0] || strlen(zone) > QN_ZONE_NAME)
        return qn_fail(err, QN_EINVAL, "\"zones\": the name of a zone is 1 to %d bytes", QN_ZONE_NAME);
    if (!json_is_array(groups) || json_array_size(groups) < 1 || json_array_size(groups) > GROUPS_A_ZONE)
        return qn_fail(err, QN_EINVAL, "\"zones\": \"%.63s\" lists 1 to %d groups; a zone that is not there is open to everybody",
                       zone, GROUPS_A_ZONE);
    json_array_foreach(groups, i, v)
        if (!qn_policy_text_of(v, 1023))
            return qn_fail(err, QN_EINVAL, "\"zones\": \"%.63s\" has what is no name of a directory group", zone);
    return 0;
}

/* A question to the directory has room for so many groups. */
static int groups_count(const struct qn_policy *p, struct qn_err *err)
{
    json_t *list = json_array();
    const char *dn, *role;
    size_t n;

    for (unsigned i = 0; qn_policy_group(p, i, &dn, &role); i++)
        qn_group_add(list, dn);
    qn_zone_groups(p, list);
    n = json_array_size(list);
    json_decref(list);
    return n <= QN_POLICY_GROUPS ? 0 : qn_fail(err, QN_EINVAL, "\"roles\" and \"zones\" name %zu groups; at most %d are asked about", n,
                                            QN_POLICY_GROUPS);
}

int qn_policy_zones(const struct qn_policy *p, struct qn_err *err)
{
    const json_t *zones = zones_of(p);
    const char *zone;
    json_t *groups;
    int r;

    if (zones && (!json_is_object(zones) || json_object_size(zones) > QN_ZONES_MAX))
        return qn_fail(err, QN_EINVAL, "\"zones\" is an object of at most %d zones", QN_ZONES_MAX);
    json_object_foreach((json_t *)zones, zone, groups)
        if ((r = read_zone(zone, groups, err)) != 0)
            return r;
    return groups_count(p, err);
}
