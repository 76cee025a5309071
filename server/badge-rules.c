#include "server/badge-rules.h"

int qn_badge_rules_check(const json_t *rules, struct qn_err *err)
{
    if (!json_is_array(rules) || json_array_size(rules) > 0)
        return qn_fail(err, QN_EINVAL, "\"badges\" is an empty list");
    return 0;
}
