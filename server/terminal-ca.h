/* The internal certificate authority: client certificates of terminals, and nothing else. Its P-256 key is derived from a long-lived
 * key of the keystore and never leaves this file. */
#ifndef QN_TERMINAL_CA_H
#define QN_TERMINAL_CA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "server/keystore.h"

enum { QN_CERTIFICATE_MAX = 2048, QN_POINT = 65 }; /* bytes */

/* A certificate in DER. */
struct qn_certificate { uint8_t der[QN_CERTIFICATE_MAX]; size_t len; };

/* The authority's own certificate: subject "Quoin terminals <8 bytes of its key's hash>", without an end (RFC 5280 section 4.1.2.5).
 * Its key is made at the first use. QN_EIO if that can't be kept, QN_EINTERNAL. */
int qn_terminal_ca(struct qn_keystore *keys, struct qn_certificate *out, struct qn_err *err);

/* A certificate for the public key point (uncompressed, P-256) of the terminal of that name: clientAuth alone, from an hour before
 * now_ms until two years after it. QN_EINVAL if point is not on the curve; else as qn_terminal_ca(). */
int qn_terminal_ca_issue(struct qn_keystore *keys, const char *name, const uint8_t point[QN_POINT], int64_t now_ms,
                         struct qn_certificate *out, struct qn_err *err);

#endif
