/* What is different between two policies, in sentences. */
#ifndef QN_POLICY_DIFF_H
#define QN_POLICY_DIFF_H

#include "server/policy-document.h"

/* Adds one sentence a difference to the array out, from old to new: "class confidential: hold 8h -> 4h",
 * "group cn=...: role operator added". */
void qn_policy_diff(const struct qn_policy *old, const struct qn_policy *new, json_t *out);

/* True if any of these members (separated by spaces) of the documents differ. */
bool qn_policy_differs(const struct qn_policy *old, const struct qn_policy *new, const char *members);

/* Adds a formatted sentence to an array. */
void qn_sentence(json_t *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
