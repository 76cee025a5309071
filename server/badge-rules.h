/* How the number that a reader types becomes the number that is kept: the policy's member "badges". */
#ifndef QN_BADGE_RULES_H
#define QN_BADGE_RULES_H

#include <jansson.h>

#include "lib/err.h"

/* QN_EINVAL with a sentence that names the rule, unless every rule of the array can be used. */
int qn_badge_rules_check(const json_t *rules, struct qn_err *err);

#endif
