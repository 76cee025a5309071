#include "server/policy.h"

#include <stdio.h>
#include <string.h>

#define MINUTES(n) ((int64_t)(n) * 60 * 1000)
#define HOURS(n) MINUTES((n) * 60)

#define ANY (QN_METHOD_BADGE | QN_METHOD_BADGE_PIN | QN_METHOD_PASSWORD)
#define PROOF (QN_METHOD_BADGE_PIN | QN_METHOD_PASSWORD)

const struct qn_class qn_class_table[] = {
    /* name, level, held at most, kept after release, window, offline grace, methods, unverified owner, plain link */
    { "public", 1, HOURS(72), HOURS(1), HOURS(6), HOURS(8), ANY, true, true },
    { "internal", 2, HOURS(24), HOURS(1), HOURS(1), HOURS(8), PROOF, true, true },
    { "confidential", 3, HOURS(8), 0, MINUTES(15), MINUTES(15), PROOF, true, false },
    { "restricted", 4, HOURS(2), 0, MINUTES(15), 0, QN_METHOD_PASSWORD, false, false },
    { NULL, 0, 0, 0, 0, 0, 0, false, false },
};

static const struct { const char *name; unsigned method; } methods[] = {
    { "badge", QN_METHOD_BADGE },
    { "badge-pin", QN_METHOD_BADGE_PIN },
    { "password", QN_METHOD_PASSWORD },
};

/* Role x permission; what is not here is denied. */
static const struct { const char *role; unsigned permissions; } roles_table[] = {
    { "user", QN_PERM_OWN },
    { "operator", QN_PERM_JOBS },
    { "auditor", QN_PERM_LOG },
};

/* Nobody holds both; "*" is any role but user. */
static const struct { const char *a, *b; } conflicts[] = {
    { "auditor", "*" },
};

const struct qn_class *qn_class_level(int level)
{
    for (const struct qn_class *k = qn_class_table; k->name; k++)
        if (k->level == level)
            return k;
    return NULL;
}

const struct qn_class *qn_class_named(const char *name)
{
    for (const struct qn_class *k = qn_class_table; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

const char *qn_method_name(unsigned method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == method)
            return methods[i].name;
    return "none";
}

unsigned qn_method_parse(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return 0;
}

bool qn_role_has(const char *roles, const char *role)
{
    size_t n = strlen(role);

    for (const char *p = roles; (p = strstr(p, role)) != NULL; p += n)
        if ((p == roles || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
            return true;
    return false;
}

unsigned qn_role_permissions(const char *roles)
{
    unsigned all = 0;

    for (size_t i = 0; i < sizeof roles_table / sizeof *roles_table; i++)
        if (qn_role_has(roles, roles_table[i].role))
            all |= roles_table[i].permissions;
    return all;
}

/* The role that conflicts with a in roles, or NULL. */
static const char *conflict_partner(const char *roles, const char *a, const char *b)
{
    if (strcmp(b, "*") != 0)
        return qn_role_has(roles, b) ? b : NULL;
    for (size_t i = 0; i < sizeof roles_table / sizeof *roles_table; i++) {
        const char *role = roles_table[i].role;

        if (strcmp(role, a) != 0 && strcmp(role, "user") != 0 && qn_role_has(roles, role))
            return role;
    }
    return NULL;
}

bool qn_role_conflict(const char *roles, const char **a, const char **b)
{
    for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
        const char *partner;

        if (qn_role_has(roles, conflicts[i].a) && (partner = conflict_partner(roles, conflicts[i].a, conflicts[i].b))) {
            *a = conflicts[i].a;
            *b = partner;
            return true;
        }
    }
    return false;
}

static bool role_lost(const char *roles, const char *role)
{
    for (size_t i = 0; i < sizeof conflicts / sizeof *conflicts; i++) {
        bool wild = strcmp(conflicts[i].b, "*") == 0;

        if (!qn_role_has(roles, conflicts[i].a) || !conflict_partner(roles, conflicts[i].a, conflicts[i].b))
            continue;
        if (strcmp(role, conflicts[i].a) == 0 || (wild ? strcmp(role, "user") != 0 : strcmp(role, conflicts[i].b) == 0))
            return true;
    }
    return false;
}

void qn_role_resolve(const char *roles, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof roles_table / sizeof *roles_table; i++) {
        const char *role = roles_table[i].role;
        int n;

        if (!qn_role_has(roles, role) || role_lost(roles, role))
            continue;
        n = snprintf(out + used, size - used, "%s%s", used ? " " : "", role);
        if (n < 0 || (size_t)n >= size - used) {
            out[used] = '\0';
            return;
        }
        used += (size_t)n;
    }
}
