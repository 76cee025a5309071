/* Zones of the policy (quoin-policy(5)): where a class may come out, and who may print where. */
#ifndef QN_POLICY_ZONE_H
#define QN_POLICY_ZONE_H

#include "server/policy-document.h"

/* True if jobs of the class may come out in that zone. */
bool qn_zone_takes(const struct qn_class *k, const char *zone);

/* True if the policy says who may print in that zone; others are open to everybody. */
bool qn_zone_listed(const struct qn_policy *p, const char *zone);

/* True if whoever is in these groups (an array of DNs, NULL for none) may print in that zone. */
bool qn_zone_open(const struct qn_policy *p, const char *zone, const json_t *groups);

/* Rows of "zone" and "group" for each zone that the policy lists: the first of its groups that is in the array, "" for none, which means
 * that they may not print there. The caller's. */
json_t *qn_zone_rows(const struct qn_policy *p, const json_t *groups);

/* The groups that some zone names: added to a list of DNs that does not have them yet. */
void qn_zone_groups(const struct qn_policy *p, json_t *list);

/* A list of DNs: whether it has one, in whatever case; adds one that it does not have. */
bool qn_group_listed(const json_t *list, const char *dn);
void qn_group_add(json_t *list, const char *dn);

#endif
