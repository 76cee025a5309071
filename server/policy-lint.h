/* Whether a policy may come into force now, and what that would do. */
#ifndef QN_POLICY_LINT_H
#define QN_POLICY_LINT_H

#include "server/core.h"
#include "server/policy.h"

/* A policy under which the house could not be kept is refused. QN_EINVAL: a role that some act needs has no group (in the standard
 * profile: any of the seven), the operations that two people decide have nobody to propose or to approve them. QN_ECONFLICT: a role that
 * somebody who has been seen holds now would be held by nobody who has been seen; a class that live jobs have is taken away or changes
 * its level. */
int qn_policy_lint(struct qn_core *c, const struct qn_policy *p, struct qn_err *err);

/* Adds sentences to effect: live jobs affected and how many fall due at once, people who would hold each role, sessions that end. */
int qn_policy_effect(struct qn_core *c, const struct qn_policy *p, json_t *effect, struct qn_err *err);

/* True if people may hold other roles under p than under the policy in force. */
bool qn_policy_moves_roles(const struct qn_policy *p);

#endif
