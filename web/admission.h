/* Which HTTP requests are let in at all. libmicrohttpd 0.9.75 lets more pass than RFC 9110 and RFC 9112 allow; every
 * rule here is a request that it would have answered. Pure functions: no sockets, so that each rule has a test. */
#ifndef QN_ADMISSION_H
#define QN_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum { QN_TARGET_MAX = 2047, QN_BODY_MAX = 65536, QN_BODY_LARGE = 196608, QN_HEADERS_MAX = 64, QN_HEADER_VALUE = 4096 };

/* What is known of one request's head. Start with zeroes; the first rule broken stays. */
struct qn_admission {
    int status;          /* 0 so far, or the HTTP status to refuse with */
    struct qn_err err;   /* the sentence for the log */
    size_t headers;      /* seen */
    size_t head_bytes;   /* that these headers would take written as "Name: value" CR LF */
    unsigned hosts, lengths, cookies, origins, sites, types; /* how often each was seen */
    const char *host, *cookie, *origin, *site; /* the values, which belong to the caller; NULL if absent */
    bool body;           /* a Content-Length was given */
    size_t length;       /* its value */
    bool form;           /* Content-Type is application/x-www-form-urlencoded */
};

/* The request target as it came: origin-form (RFC 9112 section 3.2.1), bytes 0x21 to 0x7e without "#", no "%00", at
 * most QN_TARGET_MAX bytes. */
void qn_admit_target(struct qn_admission *a, const char *raw);

/* One header field, with the lengths that the library says: a name that is a token, a value without controls; counts
 * and keeps what the rest of the program uses. Transfer-Encoding in any form is refused (RFC 9112 section 6.1 allows
 * that). */
void qn_admit_header(struct qn_admission *a, const char *name, size_t name_len, const char *value, size_t value_len);

/* Once the route is known: a body above QN_BODY_MAX is refused unless the route takes a large one. */
void qn_admit_body(struct qn_admission *a, bool large);

/* After the last header: HTTP/1.1 only, exactly one Host that is one of ours (hosts: count names, compared without
 * case), at most one of each header that we use, no body with GET or HEAD, a length with POST. head is the size of
 * the whole head as the library counted it: anything but the canonical size means bytes that it hid from us (a NUL,
 * a bare LF, a folded line). */
void qn_admit_end(struct qn_admission *a, const char *method, const char *target, const char *version, size_t head,
                  const char *const *hosts, size_t count);

#endif
