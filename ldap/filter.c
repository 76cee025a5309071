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

int qn_filter_check(const char *template, const char *mark, struct qn_err *err)
{
    const char *first = strstr(template, mark);

    if (!first || strstr(first + strlen(mark), mark))
        return qn_fail(err, QN_EINVAL, "%s must stand in it exactly once", mark);
    if (!balanced(template))
        return qn_fail(err, QN_EINVAL, "parentheses do not match");
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

int qn_filter_value(struct qn_buf *out, const char *template, const char *mark, const char *attribute, const void *value, size_t n,
                    struct qn_err *err)
{
    int r = qn_filter_check(template, mark, err);
    const char *at = r == 0 ? strstr(template, mark) : NULL;

    if (!at)
        return r;
    if (n == 0)
        return qn_fail(err, QN_EINVAL, "the %s is empty", attribute);
    qn_buf_puts(out, "(&");
    qn_buf_add(out, template, (size_t)(at - template));
    qn_buf_printf(out, "*%s(%s=", at + strlen(mark), attribute);
    qn_filter_escape(out, value, n);
    qn_buf_puts(out, "))");
    return out->full ? qn_fail(err, QN_EINVAL, "the search filter is too long") : 0;
}

int qn_filter_build(struct qn_buf *out, const char *template, const char *mark, const char *value, struct qn_err *err)
{
    int r = qn_filter_check(template, mark, err);
    const char *at = r == 0 ? strstr(template, mark) : NULL;

    if (!at)
        return r;
    if (!*value)
        return qn_fail(err, QN_EINVAL, "the %s is empty", strcmp(mark, QN_MARK_LOGIN) == 0 ? "login" : "name");
    qn_buf_add(out, template, (size_t)(at - template));
    qn_filter_escape(out, value, strlen(value));
    qn_buf_puts(out, at + strlen(mark));
    return out->full ? qn_fail(err, QN_EINVAL, "the search filter is too long") : 0;
}
