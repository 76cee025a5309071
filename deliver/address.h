/* Where a printer is and how we know that it is this one. */
#ifndef QN_ADDRESS_H
#define QN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct qn_address {
    char uri[1200];      /* as the printer is named in requests: no user, port always given */
    char host[256];      /* name or number; an IPv6 number without brackets */
    char resource[512];  /* begins with "/" */
    int port;            /* 1 to 65535 */
    bool tls;            /* ipps */
    const char *ca;      /* file of trusted certificates, or NULL; the caller's, as long as the address */
    bool pinned;
    uint8_t pin[32];     /* SHA-256 of the printer's certificate (DER), if pinned */
    const char *socket;  /* path of the Unix socket where it is reached instead of host and port, or NULL; lives as the program */
    bool unproved;       /* any certificate will do: only for looking at a printer that nobody has brought in yet */
};

/* Fills *out from an ipp:// or ipps:// URI (RFC 8010 section 4.4, RFC 7472), a CA file ("" or NULL for none) and a
 * pin of 64 hex digits ("" or NULL for none). QN_EINVAL for anything else, for a user in the URI and for a control
 * or blank in it; QN_EDENIED for ipps with neither CA nor pin, which would be encryption to just anybody. */
int qn_address_parse(struct qn_address *out, const char *uri, const char *ca, const char *pin, struct qn_err *err);

/* The same, but ipps with neither CA nor pin gives an unproved address: whoever answers there is believed what it says of itself, and
 * is sent nothing. */
int qn_address_parse_any(struct qn_address *out, const char *uri, const char *ca, const char *pin, struct qn_err *err);

#endif
