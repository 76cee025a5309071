#include "server/request-members.h"

#include <string.h>

#include "lib/buf.h"
#include "server/policy-diff.h"

static bool text_fits(const json_t *v, const struct qn_member *m)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";
    const char *s = json_string_value(v);
    size_t n = json_string_length(v);

    if (!s || n < m->min || n > m->max || strlen(s) != n)
        return false;
    if (m->kind == QN_MEMBER_TEXT)
        return qn_utf8_clean(s, n);
    return n == 0 || strspn(s, m->kind == QN_MEMBER_WORD ? word : "0123456789abcdef") == n;
}

static bool member_fits(const json_t *v, const struct qn_member *m)
{
    const struct qn_member one = { m->name, QN_MEMBER_WORD, 1, 63 };

    if (m->kind == QN_MEMBER_FLAG)
        return json_is_boolean(v);
    if (m->kind != QN_MEMBER_NAMES)
        return text_fits(v, m);
    if (!json_is_array(v) || json_array_size(v) > m->max)
        return false;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!text_fits(json_array_get(v, i), &one))
            return false;
    return true;
}

int qn_members_read(const json_t *document, const struct qn_member *members, const char *what, struct qn_err *err)
{
    size_t known = 0;

    if (!json_is_object(document))
        return qn_fail(err, QN_EINVAL, "%s is described by an object", what);
    for (const struct qn_member *m = members; m->name; m++) {
        const json_t *v = json_object_get(document, m->name);

        if (!v && m->min > 0)
            return qn_fail(err, QN_EINVAL, "%s needs \"%s\"", what, m->name);
        if (v && !member_fits(v, m))
            return qn_fail(err, QN_EINVAL, "%s: \"%s\" is not what it must be", what, m->name);
        known += v != NULL;
    }
    if (known != json_object_size(document))
        return qn_fail(err, QN_EINVAL, "%s has members that nobody knows", what);
    return 0;
}

const char *qn_member_text(const json_t *document, const char *name)
{
    const char *v = json_string_value(json_object_get(document, name));

    return v ? v : "";
}

void qn_member_change(json_t *to, const char *what, const char *is, const char *was)
{
    if (!was && *is)
        qn_sentence(to, "%s: %s", what, is);
    else if (was && strcmp(is, was) != 0)
        qn_sentence(to, "%s: %s, was %s", what, *is ? is : "none", *was ? was : "none");
}
