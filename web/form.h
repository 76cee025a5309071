/* Reading application/x-www-form-urlencoded text (WHATWG URL section 5.1, and stricter): the bodies and queries of
 * our own forms. */
#ifndef QN_FORM_H
#define QN_FORM_H

#include <stddef.h>

#include "lib/err.h"

enum { QN_FORM_MAX = 196608, QN_FORM_FIELDS = 128, QN_FORM_NAME = 31 };

struct qn_form {
    char *store; /* names and values, each ended by NUL; may hold secrets */
    size_t size, count;
    struct { const char *name, *value; } field[QN_FORM_FIELDS];
};

/* Reads n bytes of text; none at all is a form without fields. The caller frees with qn_form_free(). QN_EINVAL with
 * a sentence, and *f empty, for: more than QN_FORM_MAX bytes or QN_FORM_FIELDS fields; a name that is not 1 to
 * QN_FORM_NAME of [a-z0-9-]; a field without "="; a repeated name (only "job" and "again" may repeat); a % that is not followed
 * by two hex digits; a value that is not clean UTF-8 (qn_utf8_clean(): no NUL, no controls). Only in "policy" there may be
 * lines: it keeps line feeds, CR LF becomes one, a tab a space. */
int qn_form_parse(struct qn_form *f, const char *text, size_t n, struct qn_err *err);

/* Wipes and frees; leaves an empty form. */
void qn_form_free(struct qn_form *f);

/* The value of a field, or NULL. It lives as long as the form. */
const char *qn_form_get(const struct qn_form *f, const char *name);

/* The next value of a field that may repeat; *at starts at 0. NULL when there are no more. */
const char *qn_form_next(const struct qn_form *f, const char *name, size_t *at);

#endif
