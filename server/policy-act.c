#include "server/policy-act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/policy-change.h"
#include "server/policy-diff.h"
#include "server/policy-lint.h"
#include "server/policy-zone.h"

static const char access_members[] = "profile roles zones authentication owners badges", retention_members[] = "classes queues";

static int proposed(const json_t *document, struct qn_policy **out, struct qn_err *err)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    int r = text ? qn_policy_read(out, text, qn_policy()->version + 1, err)
        : qn_fail(err, QN_EINVAL, "the document is no policy");

    free(text);
    return r;
}

/* Changes are against the version that the requester had before them. */
static int changes_since(struct qn_core *c, const struct qn_policy *p, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_policy_version v;
    struct qn_policy *base;
    char *text;
    int r;

    if (pr->base == qn_policy()->version) {
        qn_policy_diff(qn_policy(), p, pr->changes);
        return 0;
    }
    if ((r = qn_store_policy(c->store, pr->base, &v, &text, err)) != 0)
        return r;
    r = qn_policy_read(&base, text, v.version, err);
    free(text);
    if (r == 0)
        qn_policy_diff(base, p, pr->changes);
    qn_policy_free(&base);
    return r;
}

/* Somebody who approves a mapping may not hold more by it than before. */
static int gain_check(const struct qn_policy *p, const struct qn_proposal *pr, struct qn_err *err)
{
    char now[128], then[128], held[128];

    qn_role_map(qn_policy(), pr->groups, now, sizeof now);
    qn_role_map(p, pr->groups, then, sizeof then);
    qn_role_resolve_under(p, then, held, sizeof held);
    for (const struct qn_role *role = qn_role_table; role->name; role++)
        if (qn_role_has(held, role->name) && !qn_role_has(now, role->name) &&
            !qn_role_has(pr->approver->roles, role->name))
            return qn_fail(err, QN_EDENIED,
                           "you would hold the role %s by this: somebody who gains nothing must approve it", role->name);
    return 0;
}

static int sections_check(const struct qn_policy *p, const char *mine, const char *others, const char *operation,
                          struct qn_err *err)
{
    if (qn_policy_differs(qn_policy(), p, others))
        return qn_fail(err, QN_EINVAL, "this changes %s, which is %s: propose them apart",
                       strcmp(others, access_members) == 0 ? "profile, roles, zones, authentication, owners or badges"
                           : "classes or queues",
                       operation);
    return qn_policy_differs(qn_policy(), p, mine) ? 0 : qn_fail(err, QN_EINVAL, "this is the policy in force already");
}

static int policy_check(struct qn_core *c, struct qn_proposal *pr, const char *mine, const char *others,
                        const char *operation,
                        struct qn_err *err)
{
    struct qn_policy *p;
    int r = proposed(pr->document, &p, err);

    if (r != 0)
        return r;
    r = changes_since(c, p, pr, err);
    if (r == 0 && pr->base != qn_policy()->version)
        r = qn_fail(err, QN_ECONFLICT, "version %lld of the policy came in between: propose it again",
                    (long long)qn_policy()->version);
    if (r == 0)
        r = sections_check(p, mine, others, operation, err);
    if (r == 0 && pr->approver && pr->groups)
        r = gain_check(p, pr, err);
    if (r == 0)
        r = qn_policy_lint(c, p, err);
    if (r == 0)
        r = qn_policy_effect(c, p, pr->effect, err);
    qn_policy_free(&p);
    return r;
}

int qn_policy_access_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return policy_check(c, pr, access_members, retention_members, "policy.retention", err);
}

int qn_policy_retention_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return policy_check(c, pr, retention_members, access_members, "policy.access", err);
}

int qn_policy_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    struct qn_policy_version v = { .author = pr->requester->id, .approver = pr->approver->id };
    struct qn_policy *p;
    int r = proposed(pr->document, &p, err);

    snprintf(v.ticket, sizeof v.ticket, "%s", pr->ticket);
    return r == 0 ? qn_policy_apply(c, p, &v, pr->req, err) : r;
}

json_t *qn_policy_access_groups(const json_t *document)
{
    json_t *list = json_array(), *zones = json_array(), *roles = json_object_get(document, "roles"), *o;
    const char *dn, *role;
    size_t i;

    json_array_foreach(roles, i, o)
        if (json_is_string(json_object_get(o, "group")))
            qn_group_add(list, json_string_value(json_object_get(o, "group")));
    for (unsigned k = 0; qn_policy_group(qn_policy(), k, &dn, &role); k++)
        qn_group_add(list, dn);
    qn_zone_groups(qn_policy(), zones);
    json_array_foreach(zones, i, o)
        if (json_array_size(list) < QN_POLICY_GROUPS)
            qn_group_add(list, json_string_value(o));
    json_decref(zones);
    return list;
}
