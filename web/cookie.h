/* The two cookies: reference tokens of 32 bytes, in hex (RFC 6265bis for the __Host- prefix). */
#ifndef QN_COOKIE_H
#define QN_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "web/route.h"

enum { QN_COOKIE_TEXT = 256 };

/* Cookies don't know ports: each instance has a name of its own, so that three listeners of one host don't mix their
 * sessions up. */
const char *qn_cookie_session(enum qn_instance instance);

/* A terminal's credential, kept for 400 days (as long as browsers allow) after the welcome page was last shown. */
#define QN_COOKIE_TERMINAL "__Host-quoin-terminal"

/* The 32 bytes of the cookie with that name in a Cookie header's value (may be NULL), or NULL if there is none, two,
 * or one that is not 64 lower-case hex digits. The caller frees with qn_secret_free(). */
uint8_t *qn_cookie_read(const char *header, const char *name);

/* Writes a Set-Cookie value: token (32 bytes) kept for max_age seconds (0: until the browser closes), or for a NULL
 * token one that removes the cookie. It holds a secret: the caller wipes it. */
void qn_cookie_write(char out[QN_COOKIE_TEXT], const char *name, const uint8_t *token, int max_age);

#endif
