#include "config.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <pthread.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/id.h"
#include "lib/seal-private.h"
#include "lib/secret.h"

enum { TEXT_MAX = 1 << 20, COLUMN_MAX = 63 };

static EVP_KDF *hkdf;
static EVP_CIPHER *aes256gcm;
static EVP_MD *sha256;

static void algorithms_fetch(void)
{
    hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!hkdf || !aes256gcm || !sha256)
        qn_panic("this libcrypto lacks HKDF, AES-256-GCM or SHA-256");
}

void qn_seal_warm(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, algorithms_fetch);
}

const EVP_CIPHER *seal_cipher(void)
{
    qn_seal_warm();
    return aes256gcm;
}

const EVP_MD *seal_digest(void)
{
    qn_seal_warm();
    return sha256;
}

int seal_expand(uint8_t *out, size_t out_len, const uint8_t key[QN_SEAL_KEY], const void *info, size_t info_len,
                struct qn_err *err)
{
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY, ok;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)"SHA512", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key, QN_SEAL_KEY),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, info_len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF_CTX *ctx;

    qn_seal_warm();
    ctx = EVP_KDF_CTX_new(hkdf);
    ok = ctx && EVP_KDF_derive(ctx, out, out_len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    if (ok)
        return 0;
    qn_wipe(out, out_len);
    return qn_fail(err, QN_EINTERNAL, "can't derive a key");
}

int qn_seal_meta_mac(uint8_t out[32], const uint8_t key[QN_SEAL_KEY], const struct qn_seal_meta *meta, struct qn_err *err)
{
    static const char info[] = "quoin/v1 metadata";
    const char *const field[] = { meta->owner, meta->queue, meta->title, meta->format, meta->options };
    struct qn_buf canonical = { .max = TEXT_MAX };
    uint8_t mac_key[32];
    int r;

    memset(out, 0, 32);
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        qn_buf_field(&canonical, field[i], strlen(field[i]));
    r = canonical.full ? qn_fail(err, QN_EINVAL, "metadata of more than %d bytes", TEXT_MAX)
                       : seal_expand(mac_key, sizeof mac_key, key, info, sizeof info - 1, err);
    if (r == 0 && !HMAC(seal_digest(), mac_key, sizeof mac_key, (uint8_t *)canonical.data, canonical.len, out, NULL))
        r = qn_fail(err, QN_EINTERNAL, "can't compute the metadata MAC");
    if (canonical.data)
        qn_wipe(canonical.data, canonical.len);
    qn_buf_free(&canonical);
    qn_wipe(mac_key, sizeof mac_key);
    return r;
}

int qn_gcm_seal(uint8_t *out, const uint8_t key[32], const void *aad, size_t aad_len, const void *in, size_t n,
                struct qn_err *err)
{
    EVP_CIPHER_CTX *ctx;
    int did, ok;

    if (aad_len > TEXT_MAX || n > TEXT_MAX)
        return qn_fail(err, QN_EINVAL, "%zu bytes with %zu beside them are too many", n, aad_len);
    ctx = EVP_CIPHER_CTX_new();
    qn_random(out, SEAL_NONCE);
    ok = ctx && EVP_EncryptInit_ex2(ctx, seal_cipher(), key, out, NULL) == 1 &&
         (aad_len == 0 || EVP_EncryptUpdate(ctx, NULL, &did, aad, (int)aad_len) == 1) &&
         (n == 0 || EVP_EncryptUpdate(ctx, out + SEAL_NONCE, &did, in, (int)n) == 1) &&
         EVP_EncryptFinal_ex(ctx, out + SEAL_NONCE + n, &did) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, QN_SEAL_TAG, out + SEAL_NONCE + n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok ? 0 : qn_fail(err, QN_EINTERNAL, "can't encrypt");
}

int qn_gcm_open(uint8_t *out, const uint8_t key[32], const void *aad, size_t aad_len, const uint8_t *in, size_t n,
                struct qn_err *err)
{
    EVP_CIPHER_CTX *ctx;
    uint8_t tag[QN_SEAL_TAG];
    int did, ok;

    if (aad_len > TEXT_MAX || n > TEXT_MAX)
        return qn_fail(err, QN_EINVAL, "%zu bytes with %zu beside them are too many", n, aad_len);
    ctx = EVP_CIPHER_CTX_new();
    memcpy(tag, in + SEAL_NONCE + n, sizeof tag);
    ok = ctx && EVP_DecryptInit_ex2(ctx, seal_cipher(), key, in, NULL) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, QN_SEAL_TAG, tag) == 1 &&
         (aad_len == 0 || EVP_DecryptUpdate(ctx, NULL, &did, aad, (int)aad_len) == 1) &&
         (n == 0 || EVP_DecryptUpdate(ctx, out, &did, in + SEAL_NONCE, (int)n) == 1) &&
         EVP_DecryptFinal_ex(ctx, out + n, &did) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (ok)
        return 0;
    qn_wipe(out, n);
    return qn_fail(err, QN_ECORRUPT, "not what was sealed, or under another key");
}

int qn_wrap(uint8_t out[QN_WRAPPED], const uint8_t wrapping[32], const uint8_t key[32], const void *aad, size_t aad_len,
            struct qn_err *err)
{
    memset(out, 0, QN_WRAPPED);
    return qn_gcm_seal(out, wrapping, aad, aad_len, key, 32, err);
}

int qn_unwrap(uint8_t key_out[32], const uint8_t wrapping[32], const uint8_t wrapped[QN_WRAPPED], const void *aad,
              size_t aad_len, struct qn_err *err)
{
    memset(key_out, 0, 32);
    return qn_gcm_open(key_out, wrapping, aad, aad_len, wrapped, 32, err);
}

/* Key and AAD of one column of one job. */
static int column_key(uint8_t key_out[32], uint8_t *aad, size_t *aad_len, const uint8_t key[QN_SEAL_KEY],
                      const uint8_t job[16], const char *name, struct qn_err *err)
{
    static const char label[] = "quoin/v1 column ";
    char info[sizeof label + COLUMN_MAX];
    size_t n = strlen(name);

    if (n > COLUMN_MAX)
        return qn_fail(err, QN_EINVAL, "column name of %zu bytes", n);
    memcpy(info, label, sizeof label - 1);
    memcpy(info + sizeof label - 1, name, n);
    memcpy(aad, job, 16);
    memcpy(aad + 16, name, n);
    *aad_len = 16 + n;
    return seal_expand(key_out, 32, key, info, sizeof label - 1 + n, err);
}

int qn_seal_text(uint8_t *out, size_t out_max, const uint8_t key[QN_SEAL_KEY], const uint8_t job[16], const char *name,
                 const void *text, size_t n, struct qn_err *err)
{
    uint8_t column[32], aad[16 + COLUMN_MAX];
    size_t aad_len;
    int r;

    if (n > TEXT_MAX || out_max < n + SEAL_NONCE + QN_SEAL_TAG)
        return qn_fail(err, QN_EINVAL, "%s of %zu bytes does not fit", name, n);
    r = column_key(column, aad, &aad_len, key, job, name, err);
    if (r == 0)
        r = qn_gcm_seal(out, column, aad, aad_len, text, n, err);
    qn_wipe(column, sizeof column);
    return r < 0 ? r : (int)(n + SEAL_NONCE + QN_SEAL_TAG);
}

int qn_seal_text_open(uint8_t *out, size_t out_max, const uint8_t key[QN_SEAL_KEY], const uint8_t job[16], const char *name,
                      const void *sealed, size_t n, struct qn_err *err)
{
    uint8_t column[32], aad[16 + COLUMN_MAX];
    size_t aad_len, text_len = n - SEAL_NONCE - QN_SEAL_TAG;
    int r;

    if (n < SEAL_NONCE + QN_SEAL_TAG || text_len > TEXT_MAX)
        return qn_fail(err, QN_ECORRUPT, "%s: sealed text of %zu bytes", name, n);
    if (text_len > out_max)
        return qn_fail(err, QN_EINVAL, "%s of %zu bytes does not fit", name, text_len);
    r = column_key(column, aad, &aad_len, key, job, name, err);
    if (r == 0)
        r = qn_gcm_open(out, column, aad, aad_len, sealed, text_len, err);
    qn_wipe(column, sizeof column);
    return r < 0 ? r : (int)text_len;
}
