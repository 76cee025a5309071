/* The grammar of argv[5]: what CUPS writes there, read strictly. */
#ifndef QN_OPTIONS_H
#define QN_OPTIONS_H

#include "lib/err.h"

enum { QN_OPTIONS_MAX = 256, QN_OPTION_NAME_MAX = 127 };

/* Called for each option in order. value is NULL for a name without "=", "" for an empty one; collections ("{...}") are not
 * reported. Both texts may hold any byte but NUL. Non-zero ends the reading with that code. */
typedef int qn_option_fn(void *ctx, const char *name, const char *value, struct qn_err *err);

/* Reads name[=value] separated by blanks, with quotes and backslashes as CUPS writes them (cupsParseOptions(3)). text is
 * overwritten. QN_EINVAL: a quote, collection or backslash without its end, an option without a name, a name longer than
 * QN_OPTION_NAME_MAX or with control characters, more than QN_OPTIONS_MAX options. */
int qn_options_read(char *text, qn_option_fn *each, void *ctx, struct qn_err *err);

#endif
