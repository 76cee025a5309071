/* From a name as cupsd or a person says it to the login that the directory is asked for. */
#ifndef QN_OWNER_MAP_H
#define QN_OWNER_MAP_H

#include <stddef.h>

#include "lib/err.h"

enum { QN_LOGIN_MAX = 255 };

/* Cuts a realm or domain that is one of ours (n names in realms; ASCII case does not matter) off name and writes the login, as
 * it was spelled, to out. QN_EDENIED, with out empty: another realm, or two of them; no login; spaces at its ends; controls,
 * characters that can't be seen or that only look like others, letters of two alphabets that look alike. */
int qn_owner_map(const char *const *realms, unsigned n, const char *name, char out[QN_LOGIN_MAX + 1], struct qn_err *err);

#endif
