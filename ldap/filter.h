/* The one place that builds search filters: what a person typed always goes in escaped. */
#ifndef QN_LDAP_FILTER_H
#define QN_LDAP_FILTER_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Checks a template: parenthesised and balanced, and exactly one %u. QN_EINVAL says what is wrong. */
int qn_filter_check(const char *template, struct qn_err *err);

/* Adds n bytes as an assertion value (RFC 4515 section 3): controls, '*', '(', ')', '\' and bytes from 0x7f as \XX. */
void qn_filter_escape(struct qn_buf *out, const char *value, size_t n);

/* Adds the template with the escaped login in place of its %u. QN_EINVAL for an empty login, a template that
 * qn_filter_check() refuses, or a result that does not fit out. */
int qn_filter_build(struct qn_buf *out, const char *template, const char *login, struct qn_err *err);

#endif
