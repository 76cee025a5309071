/* The operations that change the policy (request.h): each may touch its own members of the document alone. */
#ifndef QN_POLICY_ACT_H
#define QN_POLICY_ACT_H

#include "server/request.h"

/* "policy.access" and "policy.retention": the document is the whole next policy. */
int qn_policy_access_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_policy_retention_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_policy_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);

/* Groups of the mapping in force and of the proposed one: what the directory is asked about an approver. */
json_t *qn_policy_access_groups(const json_t *document);

#endif
