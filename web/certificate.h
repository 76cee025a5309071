/* Client certificates of terminals. libmicrohttpd only requests one; whoever shows it has proved in the handshake to hold its key, and
 * whether it is worth anything is found out here: by the core's own authority, for clients, not out of date. Which terminal's it is,
 * only the core knows. */
#ifndef QN_CERTIFICATE_H
#define QN_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "web/rpc.h"

/* The authority, asked of the core (kiosk.ca) when it is first needed. Any thread may use it. */
struct qn_authority;
struct qn_authority *qn_authority_new(struct qn_rpc *rpc /* borrowed */);
void qn_authority_free(struct qn_authority **a);

/* Its certificate as PEM text, for the names that browsers are told; the caller frees. NULL while the core can't be asked: browsers then
 * offer whatever they have. */
char *qn_authority_pem(struct qn_authority *a);

/* SHA-256 of the certificate in DER (n bytes), if it was issued by the authority for a client and is neither too new nor too old. False
 * with the reason in err otherwise. */
bool qn_certificate_good(struct qn_authority *a, const void *der, size_t n, uint8_t hash[32], struct qn_err *err);

/* The same of what the client showed in the handshake of a gnutls_session_t; false without a reason (err->text empty) if it showed none. */
bool qn_certificate_shown(struct qn_authority *a, void *session, uint8_t hash[32], struct qn_err *err);

#endif
