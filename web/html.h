/* Writing HTML. Markup comes from string literals only, and everything put into it is escaped: there is no other way
 * in. */
#ifndef QN_HTML_H
#define QN_HTML_H

#include <stddef.h>

#include "lib/buf.h"
#include "web/catalogue.h"

enum { QN_HTML_MAX = 524288 };

struct qn_html {
    struct qn_buf buf; /* full: the page did not fit and must not be sent */
};

/* Adds markup. Only these stand for arguments: %s a text (NULL is ""), %d an int, %lld a long long, and %% a percent
 * sign. Texts are escaped for content and for attribute values in double quotes (& < > " '); bytes that are not
 * clean UTF-8 become "?". The format has to be a literal: "" fmt "" does not compile with anything else. */
#define qn_html_add(h, ...) qn_html_markup((h), "" __VA_ARGS__)
void qn_html_markup(struct qn_html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds the first max characters of a text, and an ellipsis if there are more. */
void qn_html_cut(struct qn_html *h, const char *text, size_t max);

/* Adds a text of several lines, escaped, which may stand in a value, a <textarea> or a <pre>. */
void qn_html_lines(struct qn_html *h, const char *text);

/* Adds a sentence of the catalogue; "{}" in it stands for arg (NULL is ""). */
void qn_html_say(struct qn_html *h, enum qn_say what, const char *arg);

/* Makes an empty page; frees one. */
void qn_html_open(struct qn_html *h);
void qn_html_free(struct qn_html *h);

#endif
