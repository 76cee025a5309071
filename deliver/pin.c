#include "config.h"

#include "deliver/pin.h"

#include <openssl/sha.h>
#include <string.h>

#include "lib/secret.h"

bool qn_pin_seen(gnutls_session_t session, uint8_t out[32])
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);

    if (!chain || count == 0)
        return false;
    SHA256(chain[0].data, chain[0].size, out);
    return true;
}

static int pin_leaf(gnutls_session_t session, const struct qn_address *a, struct qn_err *err)
{
    uint8_t got[SHA256_DIGEST_LENGTH];

    if (!qn_pin_seen(session, got))
        return qn_fail(err, QN_EDENIED, "printer shows no certificate");
    if (!qn_secret_equal(got, a->pin, sizeof got))
        return qn_fail(err, QN_EDENIED, "printer's certificate is not the one it was registered with");
    return 0;
}

static int pin_chain(gnutls_session_t session, const struct qn_address *a, struct qn_err *err)
{
    unsigned status = GNUTLS_CERT_INVALID;
    gnutls_datum_t text = { NULL, 0 };
    int r = gnutls_certificate_verify_peers3(session, a->host, &status);

    if (r == 0 && status == 0)
        return 0;
    if (r == 0 && gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0)
        qn_fail(err, QN_EDENIED, "printer's certificate: %s", (const char *)text.data);
    else
        qn_fail(err, QN_EDENIED, "printer's certificate can't be verified: %s", gnutls_strerror(r));
    gnutls_free(text.data);
    return QN_EDENIED;
}

int qn_pin_check(gnutls_session_t session, const struct qn_address *a, struct qn_err *err)
{
    int r;

    if (a->unproved && !a->pinned && !a->ca)
        return 0;
    if (!a->pinned && !a->ca)
        return qn_fail(err, QN_EDENIED, "neither pin nor CA to know the printer by");
    if (a->pinned && (r = pin_leaf(session, a, err)) != 0)
        return r;
    return a->ca ? pin_chain(session, a, err) : 0;
}

int qn_pin_trust(gnutls_certificate_credentials_t cred, const struct qn_address *a, struct qn_err *err)
{
    int n = a->ca ? gnutls_certificate_set_x509_trust_file(cred, a->ca, GNUTLS_X509_FMT_PEM) : 1;

    if (n < 1)
        return qn_fail(err, QN_EDENIED, "no trusted certificates in %s: %s", a->ca,
                       n < 0 ? gnutls_strerror(n) : "empty");
    return 0;
}
