#include "ldap/filter.h"

#include <stdbool.h>
#include <string.h>

static bool balanced(const char *s)
{
    long depth = 0;

    if (*s != '(')
        return false;
    for (; *s; s++) {
        depth += (*s == '(') - (*s == ')');
        if (depth < 0 || (depth == 0 && s[1]))
            return false;
    }
    return depth == 0;
}

int qn_filter_check(const char *template, struct qn_err *err)
{
    const char *first = strstr(template, "%u");

    if (!first || strstr(first + 2, "%u"))
        return qn_fail(err, QN_EINVAL, "directory-user-filter: %%u must stand in it exactly once");
    if (!balanced(template))
        return qn_fail(err, QN_EINVAL, "directory-user-filter: parentheses do not match");
    return 0;
}

void qn_filter_escape(struct qn_buf *out, const char *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c < 0x20 || c >= 0x7f || strchr("*()\\", c))
            qn_buf_printf(out, "\\%02X", c);
        else
            qn_buf_add(out, &c, 1);
    }
}

int qn_filter_build(struct qn_buf *out, const char *template, const char *login, struct qn_err *err)
{
    int r = qn_filter_check(template, err);
    const char *at = r == 0 ? strstr(template, "%u") : NULL;

    if (!at)
        return r;
    if (!*login)
        return qn_fail(err, QN_EINVAL, "the login is empty");
    qn_buf_add(out, template, (size_t)(at - template));
    qn_filter_escape(out, login, strlen(login));
    qn_buf_puts(out, at + 2);
    return out->full ? qn_fail(err, QN_EINVAL, "the search filter is too long") : 0;
}
