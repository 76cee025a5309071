/* Is this the printer? libcups checks no certificate; we do, inside the handshake, before a byte of ours leaves. */
#ifndef QN_PIN_H
#define QN_PIN_H

#include <gnutls/gnutls.h>

#include "deliver/address.h"

/* Judges the certificate that the peer of a handshake shows: its SHA-256 equals the pin, if there is one; and it
 * chains to the CA loaded into the session's credentials and bears the address's host (RFC 2818, RFC 6125), if
 * there is a CA. With both set both must hold; with neither the answer is no, but for an address that is only looked at
 * (qn_address_parse_any()). QN_EDENIED with the reason. */
int qn_pin_check(gnutls_session_t session, const struct qn_address *a, struct qn_err *err);

/* Loads the address's CA file into cred. QN_EDENIED if it can't be read or holds no certificate. */
int qn_pin_trust(gnutls_certificate_credentials_t cred, const struct qn_address *a, struct qn_err *err);

/* SHA-256 of the certificate that the peer shows. False if it shows none. */
bool qn_pin_seen(gnutls_session_t session, uint8_t out[32]);

#endif
