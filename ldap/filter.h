/* The one place that builds search filters: what a person typed always goes in escaped. */
#ifndef QN_LDAP_FILTER_H
#define QN_LDAP_FILTER_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/* What stands in a template for a login, and for a distinguished name. */
#define QN_MARK_LOGIN "%u"
#define QN_MARK_NAME "%d"

/* Checks a template: parenthesised and balanced, and exactly one mark. QN_EINVAL says what is wrong. */
int qn_filter_check(const char *template, const char *mark, struct qn_err *err);

/* Adds n bytes as an assertion value (RFC 4515 section 3): controls, '*', '(', ')', '\' and bytes from 0x7f as \XX. */
void qn_filter_escape(struct qn_buf *out, const char *value, size_t n);

/* Adds the template with the escaped value in place of its mark. QN_EINVAL for an empty value, a template that
 * qn_filter_check() refuses, or a result that does not fit out. */
int qn_filter_build(struct qn_buf *out, const char *template, const char *mark, const char *value, struct qn_err *err);

/* The same for an entry that the template admits whatever its login is ("*" stands for the mark), and that has the attribute
 * with that value of n bytes. QN_EINVAL as above. */
int qn_filter_value(struct qn_buf *out, const char *template, const char *mark, const char *attribute, const void *value, size_t n,
                    struct qn_err *err);

#endif
