#include "server/policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOURS(n) ((int64_t)(n) * 3600 * 1000)

const struct qn_permission_line qn_permission_table[] = {
#define X(c, bit, name, help) { QN_PERM_##c, name, help },
    QN_PERM_TABLE(X)
#undef X
    { 0, NULL, NULL },
};

const struct qn_role qn_role_table[] = {
    { "user", "prints, and releases what is their own", QN_PERM_OWN | QN_PERM_DELEGATE },
    { "operator", "keeps printing going, sees no titles, releases nothing", QN_PERM_JOBS | QN_PERM_CANCEL | QN_PERM_UNLOCK |
      QN_PERM_DEVICES },
    { "device-admin", "brings in devices and terminals", QN_PERM_DEVICES | QN_PERM_TERMINALS },
    { "records", "keeps classes and retention", QN_PERM_RETENTION | QN_PERM_POLICY },
    { "security", "keeps roles and log-in rules, approves, contains", QN_PERM_ACCESS | QN_PERM_CONTAIN | QN_PERM_BADGES |
      QN_PERM_PEOPLE | QN_PERM_POLICY | QN_PERM_DEVICES },
    { "auditor", "reads the evidence, changes nothing", QN_PERM_LOG | QN_PERM_PEOPLE | QN_PERM_POLICY },
    { "key-custodian", "keeps the keys, sees no job", QN_PERM_KEYS },
    { NULL, NULL, 0 },
};

const struct qn_conflict qn_conflict_table[] = {
    { "auditor", "*", false },
    { "security", "records", true },
    { "security", "key-custodian", true },
    { "security", "device-admin", true },
    { "records", "key-custodian", true },
    { NULL, NULL, false },
};

const struct qn_operation qn_operation_table[] = {
    { "policy.access", QN_PERM_ACCESS, "security records", HOURS(24),
      "change role mapping, authentication rules, owner names or the profile" },
    { "policy.retention", QN_PERM_RETENTION, "security", HOURS(24), "change classes, retention or the classes of queues" },
    { "device", QN_PERM_TERMINALS, "security device-admin", HOURS(24), "bring in a device, or change one" },
    { "device.retire", QN_PERM_TERMINALS, "security device-admin", HOURS(24), "take a device away, with its terminals" },
    { "terminal", QN_PERM_TERMINALS, "security device-admin", HOURS(24), "bring in a terminal, or tie it to other devices" },
    { NULL, 0, NULL, 0, NULL },
};

const struct qn_operation *qn_operation_find(const char *name)
{
    for (const struct qn_operation *o = qn_operation_table; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

bool qn_role_has(const char *roles, const char *role)
{
    size_t n = strlen(role);

    for (const char *p = roles; (p = strstr(p, role)) != NULL; p += n)
        if ((p == roles || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
            return true;
    return false;
}

bool qn_role_known(const char *name)
{
    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (strcmp(r->name, name) == 0)
            return true;
    return false;
}

bool qn_role_any(const char *roles, const char *of)
{
    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (qn_role_has(roles, r->name) && qn_role_has(of, r->name))
            return true;
    return false;
}

unsigned qn_role_permissions(const char *roles)
{
    unsigned all = 0;

    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (qn_role_has(roles, r->name))
            all |= r->permissions;
    return all;
}

/* The role of the list that may not stand beside conflict k's a, or NULL. */
static const char *conflict_partner(const struct qn_policy *p, const char *roles, const struct qn_conflict *k)
{
    if (!qn_role_has(roles, k->a) || (k->compact && p->compact))
        return NULL;
    if (strcmp(k->b, "*") != 0)
        return qn_role_has(roles, k->b) ? k->b : NULL;
    for (const struct qn_role *r = qn_role_table; r->name; r++)
        if (strcmp(r->name, k->a) != 0 && strcmp(r->name, "user") != 0 && qn_role_has(roles, r->name))
            return r->name;
    return NULL;
}

bool qn_role_conflict(const char *roles, const char **a, const char **b)
{
    for (const struct qn_conflict *k = qn_conflict_table; k->a; k++) {
        const char *partner = conflict_partner(qn_policy(), roles, k);

        if (partner) {
            *a = k->a;
            *b = partner;
            return true;
        }
    }
    return false;
}

const char *qn_role_partner(const struct qn_conflict *k, const char *roles)
{
    return conflict_partner(qn_policy(), roles, k);
}

static bool role_lost(const struct qn_policy *p, const char *roles, const char *role)
{
    for (const struct qn_conflict *k = qn_conflict_table; k->a; k++) {
        bool wild = strcmp(k->b, "*") == 0;

        if (!conflict_partner(p, roles, k))
            continue;
        if (strcmp(role, k->a) == 0 || (wild ? strcmp(role, "user") != 0 : strcmp(role, k->b) == 0))
            return true;
    }
    return false;
}

void qn_role_map(const struct qn_policy *p, const json_t *groups, char *out, size_t size)
{
    const char *dn, *role;
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; qn_policy_group(p, i, &dn, &role); i++)
        for (size_t j = 0; j < json_array_size(groups); j++) {
            const char *group = json_string_value(json_array_get(groups, j));

            if (!group || strcasecmp(group, dn) != 0 || qn_role_has(out, role) || strlen(role) + 2 > size - used)
                continue;
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", role);
        }
}

void qn_role_resolve(const char *roles, char *out, size_t size)
{
    qn_role_resolve_under(qn_policy(), roles, out, size);
}

void qn_role_resolve_under(const struct qn_policy *p, const char *roles, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (const struct qn_role *r = qn_role_table; r->name; r++) {
        int n;

        if (!qn_role_has(roles, r->name) || role_lost(p, roles, r->name))
            continue;
        n = snprintf(out + used, size - used, "%s%s", used ? " " : "", r->name);
        if (n < 0 || (size_t)n >= size - used) {
            out[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}
