/* What the files share that read the policy document. */
#ifndef QN_POLICY_READ_H
#define QN_POLICY_READ_H

#include "server/policy-document.h"

#define QN_MINUTE ((int64_t)60 * 1000)

/* "72h", "15m", "30s", "2d" or "0", in ms. */
bool qn_policy_period(const json_t *v, int64_t *out);

/* An object has exactly these members (separated by spaces), and of the optional ones any; each is looked at by whoever reads it. */
int qn_policy_members(const json_t *o, const char *names, const char *optional, const char *where, struct qn_err *err);

/* A text that is not empty, clean UTF-8, at most max bytes. */
bool qn_policy_text_of(const json_t *v, size_t max);

/* Parts of p->document, into *p. QN_EINVAL with a sentence that names the place. */
int qn_policy_classes(struct qn_policy *p, struct qn_err *err);
int qn_policy_zones(const struct qn_policy *p, struct qn_err *err);

#endif
