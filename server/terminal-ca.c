#include "server/terminal-ca.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/id.h"
#include "lib/secret.h"

static const char key_id[] = "terminal-ca";

enum { HOUR_S = 3600, LIFE_S = 2 * 365 * 24 * 3600, SERIAL = 16 };

/* ---- keys ---- */

/* The private number: 64 bytes of the kept key's hash, reduced (FIPS 186-5 appendix A.2.1: no bias that matters). */
static BIGNUM *ca_number(const uint8_t *kept, const EC_GROUP *group)
{
    static const char label[] = "quoin/v1 terminal ca";
    uint8_t *text = qn_secret_alloc(sizeof label + 32), *wide = qn_secret_alloc(SHA512_DIGEST_LENGTH);
    BIGNUM *n = BN_secure_new(), *d = BN_secure_new(), *m = BN_dup(EC_GROUP_get0_order(group));
    BN_CTX *ctx = BN_CTX_secure_new();
    bool ok;

    memcpy(text, label, sizeof label);
    memcpy(text + sizeof label, kept, 32);
    SHA512(text, sizeof label + 32, wide);
    ok = n && d && m && ctx && BN_bin2bn(wide, SHA512_DIGEST_LENGTH, n) && BN_sub_word(m, 1) && BN_mod(d, n, m, ctx) &&
         BN_add_word(d, 1);
    qn_secret_free(&text);
    qn_secret_free(&wide);
    BN_clear_free(n);
    BN_free(m);
    BN_CTX_free(ctx);
    if (ok)
        return d;
    BN_clear_free(d);
    return NULL;
}

/* A P-256 key from its public point, with its private number if that is known. */
static EVP_PKEY *key_make(const uint8_t point[QN_POINT], const BIGNUM *number)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build && ctx && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, QN_POINT) &&
        (!number || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number)) &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(ctx) > 0)
        (void)EVP_PKEY_fromdata(ctx, &key, number ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *ca_pair(const uint8_t *kept)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *number = group ? ca_number(kept, group) : NULL;
    EC_POINT *public = number ? EC_POINT_new(group) : NULL;
    uint8_t point[QN_POINT];
    EVP_PKEY *key = NULL;

    if (public && EC_POINT_mul(group, public, number, NULL, NULL, NULL) &&
        EC_POINT_point2oct(group, public, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL) == sizeof point)
        key = key_make(point, number);
    EC_POINT_free(public);
    BN_clear_free(number);
    EC_GROUP_free(group);
    return key;
}

static int ca_key(struct qn_keystore *keys, EVP_PKEY **out, struct qn_err *err)
{
    const char *const ids[] = { key_id };
    int r = qn_keystore_make(keys, ids, 1, err); /* nothing, if it is there */

    *out = NULL;
    if (r != 0)
        return r;
    *out = ca_pair(qn_keystore_get(keys, key_id));
    return *out ? 0 : qn_fail(err, QN_EINTERNAL, "the terminals' certificate authority has no key");
}

/* ---- certificates ---- */

static bool name_set(X509_NAME *name, const char *cn)
{
    return name && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
}

/* "Quoin terminals 0123456789abcdef": of this installation, so that a browser picks the right one of several. */
static bool ca_name_set(X509_NAME *name, EVP_PKEY *ca)
{
    uint8_t point[QN_POINT], hash[SHA256_DIGEST_LENGTH];
    char hex[17], cn[48];
    size_t n = 0;

    if (!EVP_PKEY_get_octet_string_param(ca, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n))
        return false;
    SHA256(point, n, hash);
    snprintf(cn, sizeof cn, "Quoin terminals %s", qn_hex(hex, hash, 8));
    return name_set(name, cn);
}

static bool serial_set(X509 *x)
{
    uint8_t raw[SERIAL];
    BIGNUM *n;
    bool ok;

    qn_random(raw, sizeof raw);
    raw[0] = (raw[0] & 0x7f) | 0x40; /* positive, and always as long */
    n = BN_bin2bn(raw, sizeof raw, NULL);
    ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    return ok;
}

struct extension { int nid; const char *value; };

static bool extensions_set(X509 *x, X509 *issuer, const struct extension *list)
{
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    for (const struct extension *e = list; e->value; e++) {
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &ctx, e->nid, e->value);
        bool ok = made && X509_add_ext(x, made, -1);

        X509_EXTENSION_free(made);
        if (!ok)
            return false;
    }
    return true;
}

/* The authority's certificate, signed by itself. */
static X509 *ca_certificate(EVP_PKEY *ca)
{
    static const struct extension list[] = {
        { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" }, { NID_key_usage, "critical,keyCertSign" },
        { NID_subject_key_identifier, "hash" }, { 0, NULL },
    };
    X509 *x = X509_new();

    if (x && X509_set_version(x, X509_VERSION_3) && serial_set(x) && ca_name_set(X509_get_subject_name(x), ca) &&
        X509_set_issuer_name(x, X509_get_subject_name(x)) && ASN1_TIME_set_string(X509_getm_notBefore(x), "20240101000000Z") &&
        ASN1_TIME_set_string(X509_getm_notAfter(x), "99991231235959Z") && X509_set_pubkey(x, ca) &&
        extensions_set(x, x, list) && X509_sign(x, ca, EVP_sha256()) > 0)
        return x;
    X509_free(x);
    return NULL;
}

static X509 *leaf_certificate(X509 *issuer, EVP_PKEY *ca, EVP_PKEY *key, const char *name, int64_t now_s)
{
    static const struct extension list[] = {
        { NID_basic_constraints, "critical,CA:FALSE" }, { NID_key_usage, "critical,digitalSignature" },
        { NID_ext_key_usage, "clientAuth" }, { NID_authority_key_identifier, "keyid" }, { 0, NULL },
    };
    X509 *x = X509_new();

    if (x && X509_set_version(x, X509_VERSION_3) && serial_set(x) && name_set(X509_get_subject_name(x), name) &&
        X509_set_issuer_name(x, X509_get_subject_name(issuer)) && ASN1_TIME_set(X509_getm_notBefore(x), now_s - HOUR_S) &&
        ASN1_TIME_set(X509_getm_notAfter(x), now_s + LIFE_S) && X509_set_pubkey(x, key) && extensions_set(x, issuer, list) &&
        X509_sign(x, ca, EVP_sha256()) > 0)
        return x;
    X509_free(x);
    return NULL;
}

static int certificate_write(X509 *x, struct qn_certificate *out, struct qn_err *err)
{
    int n = x ? i2d_X509(x, NULL) : -1;
    unsigned char *at = out->der;

    out->len = 0;
    if (n <= 0 || n > QN_CERTIFICATE_MAX)
        return qn_fail(err, QN_EINTERNAL, "no certificate could be made");
    out->len = (size_t)i2d_X509(x, &at);
    return 0;
}

int qn_terminal_ca(struct qn_keystore *keys, struct qn_certificate *out, struct qn_err *err)
{
    EVP_PKEY *ca;
    X509 *x;
    int r = ca_key(keys, &ca, err);

    out->len = 0;
    if (r != 0)
        return r;
    x = ca_certificate(ca);
    r = certificate_write(x, out, err);
    X509_free(x);
    EVP_PKEY_free(ca);
    return r;
}

int qn_terminal_ca_issue(struct qn_keystore *keys, const char *name, const uint8_t point[QN_POINT], int64_t now_ms,
                         struct qn_certificate *out, struct qn_err *err)
{
    EVP_PKEY *ca, *key = point[0] == POINT_CONVERSION_UNCOMPRESSED ? key_make(point, NULL) : NULL;
    X509 *issuer, *x;
    int r;

    out->len = 0;
    if (!key)
        return qn_fail(err, QN_EINVAL, "the terminal's key is no point of P-256");
    if ((r = ca_key(keys, &ca, err)) != 0) {
        EVP_PKEY_free(key);
        return r;
    }
    issuer = ca_certificate(ca);
    x = issuer ? leaf_certificate(issuer, ca, key, name, now_ms / 1000) : NULL;
    r = certificate_write(x, out, err);
    X509_free(x);
    X509_free(issuer);
    EVP_PKEY_free(ca);
    EVP_PKEY_free(key);
    return r;
}
