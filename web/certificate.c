#include "web/certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/log.h"

enum { DER_MAX = 4096 };

struct qn_authority {
    struct qn_rpc *rpc;
    pthread_mutex_t lock;
    uint8_t der[DER_MAX];
    size_t len;                    /* 0: not asked yet */
    gnutls_x509_trust_list_t list; /* with der in it once len is set; then only read */
};

struct qn_authority *qn_authority_new(struct qn_rpc *rpc)
{
    struct qn_authority *a = qn_alloc(sizeof *a);

    a->rpc = rpc;
    pthread_mutex_init(&a->lock, NULL);
    if (gnutls_x509_trust_list_init(&a->list, 0) != 0)
        qn_panic("no memory for certificates");
    return a;
}

void qn_authority_free(struct qn_authority **a)
{
    if (!*a)
        return;
    gnutls_x509_trust_list_deinit((*a)->list, 1);
    pthread_mutex_destroy(&(*a)->lock);
    free(*a);
    *a = NULL;
}

static gnutls_x509_crt_t read_der(const void *der, size_t n)
{
    union { const void *in; unsigned char *out; } bytes = { der };
    gnutls_datum_t text = { bytes.out, (unsigned)n };
    gnutls_x509_crt_t x = NULL;

    if (gnutls_x509_crt_init(&x) != 0)
        qn_panic("no memory for certificates");
    if (gnutls_x509_crt_import(x, &text, GNUTLS_X509_FMT_DER) == 0)
        return x;
    gnutls_x509_crt_deinit(x);
    return NULL;
}

/* Asks the core. 0 with a->der and a->list filled. */
static int authority_ask(struct qn_authority *a, struct qn_err *err)
{
    struct qn_msg ask, answer;
    gnutls_x509_crt_t x = NULL;
    size_t n;
    int r;

    qn_msg_request(&ask, "kiosk.ca", NULL);
    r = qn_rpc_call(a->rpc, &ask, &answer, err);
    qn_msg_free(&ask);
    if (r != 0)
        return r;
    n = strlen(qn_msg_get(&answer, "ca")) / 2;
    if (answer.code == QN_OK && n > 0 && n <= DER_MAX && qn_unhex(a->der, n, qn_msg_get(&answer, "ca")))
        x = read_der(a->der, n);
    qn_msg_free(&answer);
    if (!x)
        return qn_fail(err, QN_EINVAL, "the core named no authority of terminals' certificates");
    if (gnutls_x509_trust_list_add_cas(a->list, &x, 1, 0) != 1) { /* x is the list's from now on */
        gnutls_x509_crt_deinit(x);
        return qn_fail(err, QN_EINTERNAL, "the authority of terminals' certificates can't be used");
    }
    a->len = n;
    return 0;
}

static int authority_have(struct qn_authority *a, struct qn_err *err)
{
    int r;

    pthread_mutex_lock(&a->lock);
    r = a->len ? 0 : authority_ask(a, err);
    pthread_mutex_unlock(&a->lock);
    return r;
}

char *qn_authority_pem(struct qn_authority *a)
{
    struct qn_err err = { 0 };
    gnutls_datum_t der, pem = { 0 };
    char *out;

    if (authority_have(a, &err) != 0) {
        qn_log(QN_LOG_INFO, "browsers are not told whose certificates count: %s", err.text);
        return NULL;
    }
    der = (gnutls_datum_t){ a->der, (unsigned)a->len };
    if (gnutls_pem_base64_encode2("CERTIFICATE", &der, &pem) != 0)
        qn_panic("no memory for certificates");
    out = qn_strdup((const char *)pem.data);
    gnutls_free(pem.data);
    return out;
}

/* Made for a client and for nothing else: GnuTLS takes a certificate without key purposes for one of every purpose. */
static bool for_clients(gnutls_x509_crt_t x)
{
    char oid[64];
    size_t n = sizeof oid;
    bool first = gnutls_x509_crt_get_key_purpose_oid(x, 0, oid, &n, NULL) == 0 && strcmp(oid, GNUTLS_KP_TLS_WWW_CLIENT) == 0;

    n = sizeof oid;
    return first && gnutls_x509_crt_get_key_purpose_oid(x, 1, oid, &n, NULL) == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

static int verify(struct qn_authority *a, gnutls_x509_crt_t x, struct qn_err *err)
{
    gnutls_datum_t said = { 0 };
    unsigned status = GNUTLS_CERT_INVALID;
    int r;

    if (!for_clients(x))
        return qn_fail(err, QN_EDENIED, "a certificate that is not for clients");
    r = gnutls_x509_trust_list_verify_crt2(a->list, &x, 1, NULL, 0, 0, &status, NULL);
    if (r == 0 && status == 0)
        return 0;
    if (r == 0)
        (void)gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &said, 0);
    qn_fail(err, QN_EDENIED, "%s", said.data ? (const char *)said.data : gnutls_strerror(r));
    gnutls_free(said.data);
    return QN_EDENIED;
}

bool qn_certificate_good(struct qn_authority *a, const void *der, size_t n, uint8_t hash[32], struct qn_err *err)
{
    gnutls_x509_crt_t x;
    int r = authority_have(a, err);

    if (r != 0)
        return false;
    x = n > 0 && n <= DER_MAX ? read_der(der, n) : NULL;
    if (!x) {
        qn_fail(err, QN_EINVAL, "no certificate of ours");
        return false;
    }
    r = verify(a, x, err);
    gnutls_x509_crt_deinit(x);
    if (r == 0 && gnutls_hash_fast(GNUTLS_DIG_SHA256, der, n, hash) != 0)
        qn_panic("no SHA-256");
    return r == 0;
}

bool qn_certificate_shown(struct qn_authority *a, void *session, uint8_t hash[32], struct qn_err *err)
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_type_get(session) == GNUTLS_CRT_X509
                                      ? gnutls_certificate_get_peers(session, &count) : NULL;

    *err = (struct qn_err){ 0 };
    return chain && count > 0 && qn_certificate_good(a, chain[0].data, chain[0].size, hash, err);
}
