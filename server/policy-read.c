#include "server/policy-read.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/policy.h"

bool qn_policy_period(const json_t *v, int64_t *out)
{
    static const struct { const char *unit; int64_t ms; } units[] = {
        { "s", 1000 }, { "m", QN_MINUTE }, { "h", 60 * QN_MINUTE }, { "d", 1440 * QN_MINUTE },
    };
    const char *text = json_string_value(v);
    char *end;
    long n;

    *out = 0;
    if (!text || text[0] < '0' || text[0] > '9' || strlen(text) > 8)
        return false;
    n = strtol(text, &end, 10);
    if (n == 0 && *end == '\0')
        return true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *out = n * units[i].ms;
            return true;
        }
    return false;
}

int qn_policy_members(const json_t *o, const char *names, const char *optional, const char *where, struct qn_err *err)
{
    const char *key;
    json_t *v;
    size_t want = 1, seen = 0;

    if (!json_is_object(o))
        return qn_fail(err, QN_EINVAL, "%s is not an object", where);
    for (const char *p = names; (p = strchr(p, ' ')) != NULL; p++)
        want++;
    json_object_foreach((json_t *)o, key, v) {
        seen += qn_role_has(names, key);
        if (strchr(key, ' ') || (!qn_role_has(names, key) && !qn_role_has(optional, key)))
            return qn_fail(err, QN_EINVAL, "%s has a member \"%s\" that does not belong there", where, key);
    }
    if (seen != want)
        return qn_fail(err, QN_EINVAL, "%s must have exactly these members: %s", where, names);
    return 0;
}

bool qn_policy_text_of(const json_t *v, size_t max)
{
    return json_is_string(v) && json_string_length(v) > 0 && json_string_length(v) <= max &&
           qn_utf8_clean(json_string_value(v), json_string_length(v));
}
