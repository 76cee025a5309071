/* Policy as tables: classes (C1.1) and what each asks for, roles and what each may (CC6.1, CC6.3). */
#ifndef QN_POLICY_H
#define QN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum qn_method { QN_METHOD_BADGE = 1, QN_METHOD_BADGE_PIN = 2, QN_METHOD_PASSWORD = 4 };

struct qn_class {
    const char *name;
    int level;              /* order; also the number in the database */
    int64_t hold;           /* held for at most, ms */
    int64_t keep;           /* kept after release for a reprint, ms; 0: not at all */
    int64_t window;         /* jobs due in the same window share a shred key, ms */
    int64_t grace;          /* how old the directory's last word may be when it is away, ms; 0: live only */
    unsigned methods;       /* enum qn_method bits that satisfy it */
    bool unverified;        /* accepts an owner whom cupsd did not confirm */
    bool plain_link;        /* accepts a printer link without TLS */
};

/* By level or name; NULL for none. */
const struct qn_class *qn_class_level(int level);
const struct qn_class *qn_class_named(const char *name);
extern const struct qn_class qn_class_table[]; /* ended by a NULL name, lowest first */

/* "badge", "badge-pin", "password" and back (0 for anything else). */
const char *qn_method_name(unsigned method);
unsigned qn_method_parse(const char *name);

enum qn_permission {
    QN_PERM_NONE = 0,
    QN_PERM_OWN = 1,      /* list, release, delete own jobs */
    QN_PERM_JOBS = 2,     /* see every job's metadata, titles masked */
    QN_PERM_LOG = 4,      /* read the audit log */
};

/* Permissions of a space-separated list of role names; unknown names give none. */
unsigned qn_role_permissions(const char *roles);

/* True if roles holds a pair that nobody may hold together; *a, *b name the pair. */
bool qn_role_conflict(const char *roles, const char **a, const char **b);

/* roles without both members of every conflicting pair, into out (size bytes). */
void qn_role_resolve(const char *roles, char *out, size_t size);

/* True if the list holds the role. */
bool qn_role_has(const char *roles, const char *role);

#endif
