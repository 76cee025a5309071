/* One badge, read by several kinds of readers, is one number: the policy's "badges" say how what a reader typed becomes it
 * (quoin-policy(5)). Nothing here knows people. */
#ifndef QN_BADGE_RULES_H
#define QN_BADGE_RULES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { QN_BADGE_TYPED = 64, QN_BADGE_TEXT = 65, QN_BADGE_RULES = 16, QN_BADGE_MATCH = 128 };

/* Checks the policy's list of rules: QN_EINVAL with a sentence that names the rule, for an unknown, missing or mistyped member, a value
 * out of bounds, an expression that does not compile, is longer than QN_BADGE_MATCH, refers back, or repeats a repetition. */
int qn_badge_rules_check(const json_t *rules, struct qn_err *err);

/* The number of what a reader typed (n bytes), as text: by the first rule whose expression matches all of it; else letters in upper
 * case, without blanks, as everything is without rules. Rules have been checked. The caller wipes out. QN_EINVAL: empty, longer than
 * QN_BADGE_TYPED, or not the number that the rule expects. The sentence never holds what was typed. */
int qn_badge_number(const json_t *rules, const void *typed, size_t n, char out[QN_BADGE_TEXT], struct qn_err *err);

#endif
