/* Roles as tables: what each may (CC6.1, CC6.3), which exclude each other, which acts need a second person. What the tables say is
 * what quoinctl roles prints and what the dispatch table asks for. The document that people change is policy-document.h's. */
#ifndef QN_POLICY_H
#define QN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "server/policy-document.h"

/* One line a permission: C name, bit, name, what it lets people do. */
#define QN_PERM_TABLE(X) \
    X(OWN, 0, "own", "list, release at a terminal and delete one's own jobs; one's own badges and PIN") \
    X(DELEGATE, 1, "delegate", "let a named colleague release one's own jobs, for a time") \
    X(JOBS, 2, "jobs", "see every held job without its title") \
    X(CANCEL, 3, "cancel", "delete anybody's job, with a reason") \
    X(UNLOCK, 4, "unlock", "unlock a person's PIN; report a person's badges lost") \
    X(DEVICES, 5, "devices", "see devices and terminals") \
    X(TERMINALS, 6, "terminals", "propose devices and terminals; give an approved terminal its enrolment code; revoke one") \
    X(RETENTION, 7, "retention", "propose classes, retention and the classes of queues") \
    X(ACCESS, 8, "access", "propose role mapping, authentication rules and owner names") \
    X(CONTAIN, 9, "contain", "lock a person, a device, a terminal or a queue at once, and unlock it") \
    X(BADGES, 10, "badges", "import badges") \
    X(PEOPLE, 11, "people", "see why a person may do what they may") \
    X(POLICY, 12, "policy", "read the policy, its versions and the requests") \
    X(LOG, 13, "log", "read the audit log") \
    X(KEYS, 14, "keys", "propose what is done with keys")

enum qn_permission {
    QN_PERM_NONE = 0,
#define X(c, bit, name, help) QN_PERM_##c = 1 << (bit),
    QN_PERM_TABLE(X)
#undef X
};

struct qn_permission_line { unsigned permission; const char *name, *help; };
extern const struct qn_permission_line qn_permission_table[]; /* ended by a NULL name */

/* Role x permission; what is not here is denied. No role includes another. */
struct qn_role { const char *name, *help; unsigned permissions; };
extern const struct qn_role qn_role_table[]; /* ended by a NULL name */

/* Nobody holds both; b "*" is any role but user. compact: the profile for two people excepts it. */
struct qn_conflict { const char *a, *b; bool compact; };
extern const struct qn_conflict qn_conflict_table[]; /* ended by a NULL a */

/* Acts that two people decide: who may propose, and with which role another person may approve. */
struct qn_operation {
    const char *name;
    unsigned propose;      /* enum qn_permission */
    const char *approvers; /* space-separated roles */
    int64_t ttl;           /* a request is void after this long, ms */
    const char *help;
};
extern const struct qn_operation qn_operation_table[]; /* ended by a NULL name */
const struct qn_operation *qn_operation_find(const char *name); /* NULL for none */

/* Permissions of a space-separated list of role names; unknown names give none. */
unsigned qn_role_permissions(const char *roles);

/* True if there is a role of that name. */
bool qn_role_known(const char *name);

/* True if roles holds a pair that nobody may hold together, under the policy in force; *a, *b name the pair. */
bool qn_role_conflict(const char *roles, const char **a, const char **b);

/* roles without both members of every conflicting pair, into out (size bytes); as another policy has it. */
void qn_role_resolve(const char *roles, char *out, size_t size);
void qn_role_resolve_under(const struct qn_policy *p, const char *roles, char *out, size_t size);

/* Role names that the mapping of a policy gives to members of these groups (an array of DNs), space-separated, into out. */
void qn_role_map(const struct qn_policy *p, const json_t *groups, char *out, size_t size);

/* Conflict k as the policy in force has it: the role of the list that may not stand beside k->a, or NULL. */
const char *qn_role_partner(const struct qn_conflict *k, const char *roles);

/* True if the list holds the role; true if the lists share one. */
bool qn_role_has(const char *roles, const char *role);
bool qn_role_any(const char *roles, const char *of);

#endif
