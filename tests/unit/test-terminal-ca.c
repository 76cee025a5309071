/* The authority of terminals' certificates: what it signs, for which keys, and that it stays the same one. */
#include "config.h"

#include "server/terminal-ca.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tests/unit/scratch.h"

static struct qn_keystore *opened(const struct scratch *s)
{
    struct qn_keystore *k;

    assert_ok(qn_keystore_open(&k, s->dir, 1, err));
    return k;
}

/* And its folder with it. */
static void closed(const struct scratch *s, struct qn_keystore **k)
{
    qn_keystore_free(k);
    unlink(scratch_path(s, "keys/root"));
    unlink(scratch_path(s, "keys/keystore"));
    rmdir(scratch_path(s, "keys"));
}

static X509 *read_der(const struct qn_certificate *c)
{
    const unsigned char *at = c->der;
    X509 *x = d2i_X509(NULL, &at, (long)c->len);

    assert_non_null(x);
    return x;
}

static void point_of(EVP_PKEY *key, uint8_t point[QN_POINT])
{
    size_t n;

    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, QN_POINT, &n), 1);
    assert_int_equal(n, QN_POINT);
}

/* OpenSSL's verdict on leaf under ca, for a purpose, at a time. */
static int verdict(X509 *ca, X509 *leaf, int purpose, time_t when)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int r;

    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    X509_STORE_CTX_set_purpose(ctx, purpose);
    X509_STORE_CTX_set_time(ctx, 0, when);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
    r = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return r;
}

static void test_a_certificate_is_for_a_client_and_for_two_years(void **state)
{
    const int64_t now = 1795278000;
    struct qn_keystore *k = opened(*state);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct qn_certificate c, ca;
    uint8_t point[QN_POINT];
    X509 *leaf, *root;

    point_of(key, point);
    assert_ok(qn_terminal_ca_issue(k, "panel", point, now * 1000, &c, err));
    assert_ok(qn_terminal_ca(k, &ca, err));
    leaf = read_der(&c);
    root = read_der(&ca);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(leaf), key), 1);
    assert_int_equal(verdict(root, leaf, X509_PURPOSE_SSL_CLIENT, now), X509_V_OK);
    assert_int_equal(verdict(root, leaf, X509_PURPOSE_SSL_SERVER, now), X509_V_ERR_INVALID_PURPOSE);
    assert_int_equal(verdict(root, leaf, X509_PURPOSE_SSL_CLIENT, now - 2 * 3600), X509_V_ERR_CERT_NOT_YET_VALID);
    assert_int_equal(verdict(root, leaf, X509_PURPOSE_SSL_CLIENT, now + 2 * 365 * 86400 - 60), X509_V_OK);
    assert_int_equal(verdict(root, leaf, X509_PURPOSE_SSL_CLIENT, now + 2 * 365 * 86400 + 60), X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(verdict(leaf, leaf, X509_PURPOSE_SSL_CLIENT, now), X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    X509_free(leaf);
    X509_free(root);
    EVP_PKEY_free(key);
    closed(*state, &k);
}

static void test_the_authority_stays_and_is_each_installations_own(void **state)
{
    struct scratch second = { "" };
    struct qn_keystore *k = opened(*state);
    struct qn_certificate one, two, three;
    X509 *a, *b, *c;

    assert_ok(qn_terminal_ca(k, &one, err));
    qn_keystore_free(&k);
    k = opened(*state);
    assert_ok(qn_terminal_ca(k, &two, err));
    qn_keystore_free(&k);
    snprintf(second.dir, sizeof second.dir, "/tmp/qn-unit-XXXXXX");
    assert_non_null(mkdtemp(second.dir));
    k = opened(&second);
    assert_ok(qn_terminal_ca(k, &three, err));
    closed(&second, &k);
    assert_int_equal(rmdir(second.dir), 0);
    a = read_der(&one);
    b = read_der(&two);
    c = read_der(&three);
    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)), 1);
    assert_int_equal(X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)), 0);
    assert_int_not_equal(EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(c)), 1);
    assert_int_not_equal(X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(c)), 0);
    X509_free(a);
    X509_free(b);
    X509_free(c);
    k = opened(*state);
    closed(*state, &k);
}

static void test_what_is_no_key_gets_nothing(void **state)
{
    struct qn_keystore *k = opened(*state);
    uint8_t point[QN_POINT] = { 4 }, off[QN_POINT];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct qn_certificate c = { .len = 9 };

    assert_no(QN_EINVAL, "no point of P-256", qn_terminal_ca_issue(k, "panel", point, 0, &c, err));
    assert_int_equal(c.len, 0);
    point_of(key, off);
    off[40] ^= 1;
    assert_no(QN_EINVAL, "no point of P-256", qn_terminal_ca_issue(k, "panel", off, 0, &c, err));
    off[40] ^= 1;
    off[0] = 6; /* hybrid form */
    assert_no(QN_EINVAL, "no point of P-256", qn_terminal_ca_issue(k, "panel", off, 0, &c, err));
    EVP_PKEY_free(key);
    closed(*state, &k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_certificate_is_for_a_client_and_for_two_years),
        SCRATCH_TEST(test_the_authority_stays_and_is_each_installations_own), SCRATCH_TEST(test_what_is_no_key_gets_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
