/* Identifiers: job ids (UUIDv7, RFC 9562 section 5.7) and request ids. */
#ifndef QN_ID_H
#define QN_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QN_UUID_TEXT 37   /* 36 characters and NUL */
#define QN_REQUEST_TEXT 18 /* "r" + 16 hex digits and NUL */

/* Fills n bytes from the kernel's generator (getrandom(2)); panics if it can't. */
void qn_random(void *out, size_t n);

/* A fresh UUIDv7 for the wall time in milliseconds, as lower-case text. */
void qn_uuid_make(char out[QN_UUID_TEXT], int64_t wall_ms);

/* Text to 16 bytes. False unless it is a lower-case UUID of version 7 in its one canonical form. */
bool qn_uuid_parse(uint8_t out[16], const char *text);

/* 16 bytes to text. */
void qn_uuid_format(char out[QN_UUID_TEXT], const uint8_t id[16]);

/* A fresh request id: it follows one act from the edge that made it through every message into the log. */
void qn_request_make(char out[QN_REQUEST_TEXT]);

/* True for a string qn_request_make() can have made. */
bool qn_request_valid(const char *text);

#endif
