#include "ldap/pin.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "lib/secret.h"

enum { COST_MAX = 1048576, MEMORY_SLACK = 1 << 20 };

int qn_pin_hash(uint8_t out[QN_PIN_HASH], const void *pin, size_t n, const void *salt, size_t salt_len, int64_t cost,
                struct qn_err *err)
{
    uint64_t work = (uint64_t)cost, memory = (uint64_t)cost * 128 * QN_PIN_R + MEMORY_SLACK;
    uint32_t r = QN_PIN_R, p = QN_PIN_P;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)pin, n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt, salt_len),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &work),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf;
    EVP_KDF_CTX *ctx;
    bool ok;

    memset(out, 0, QN_PIN_HASH);
    if (cost < 2 || cost > COST_MAX || (cost & (cost - 1)))
        return qn_fail(err, QN_EINVAL, "the cost of a PIN hash is a power of two up to %d", COST_MAX);
    kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
    ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    ok = ctx && EVP_KDF_derive(ctx, out, QN_PIN_HASH, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    if (ok)
        return 0;
    qn_wipe(out, QN_PIN_HASH);
    return qn_fail(err, QN_EINTERNAL, "libcrypto can't compute scrypt");
}

int qn_pin_check(const uint8_t *pin, size_t n, struct qn_err *err)
{
    if (n < QN_PIN_LEAST || n > QN_PIN_MOST)
        return qn_fail(err, QN_EDENIED, "a PIN has %d to %d digits", QN_PIN_LEAST, QN_PIN_MOST);
    for (size_t i = 0; i < n; i++)
        if (pin[i] < '0' || pin[i] > '9')
            return qn_fail(err, QN_EDENIED, "a PIN is made of digits");
    return 0;
}
