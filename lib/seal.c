#include "config.h"

#include "lib/seal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/seal-private.h"
#include "lib/secret.h"

static const char stream_label[] = "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"; /* its NUL is part of the info */

uint64_t qn_seal_chunks(uint64_t length)
{
    return length / QN_SEAL_CHUNK + 1;
}

uint64_t qn_seal_file_length(uint64_t length)
{
    return QN_SEAL_START + length + qn_seal_chunks(length) * QN_SEAL_TAG;
}

void qn_seal_header(uint8_t out[QN_SEAL_HEADER], const uint8_t job[16], const uint8_t mac[32])
{
    memset(out, 0, QN_SEAL_HEADER);
    memcpy(out, "QUOINJOB", 8);
    qn_put16(out + 8, 1);
    memcpy(out + 16, job, 16);
    memcpy(out + 32, mac, 32);
}

int seal_stream_start(struct seal_stream *s, const uint8_t key[QN_SEAL_KEY], const uint8_t salt[QN_SEAL_SALT],
                      const uint8_t header[QN_SEAL_HEADER], bool encrypt, struct qn_err *err)
{
    uint8_t info[sizeof stream_label + QN_SEAL_SALT + QN_SEAL_HEADER];
    uint8_t okm[32 + SEAL_NONCE + QN_SEAL_COMMIT];
    int r;

    memset(s, 0, sizeof *s);
    memcpy(info, stream_label, sizeof stream_label);
    memcpy(info + sizeof stream_label, salt, QN_SEAL_SALT);
    memcpy(info + sizeof stream_label + QN_SEAL_SALT, header, QN_SEAL_HEADER);
    r = seal_expand(okm, sizeof okm, key, info, sizeof info, err);
    if (r == 0) {
        memcpy(s->nonce, okm + 32, SEAL_NONCE);
        memcpy(s->commitment, okm + 32 + SEAL_NONCE, QN_SEAL_COMMIT);
        s->gcm = EVP_CIPHER_CTX_new();
        s->tags = EVP_MD_CTX_new();
        if (!s->gcm || !s->tags || EVP_CipherInit_ex2(s->gcm, seal_cipher(), okm, NULL, encrypt, NULL) != 1)
            r = qn_fail(err, QN_EINTERNAL, "can't start AES-256-GCM");
        else
            r = seal_stream_rewind(s, 0, err);
    }
    qn_wipe(okm, sizeof okm);
    if (r != 0)
        seal_stream_end(s);
    return r;
}

void seal_stream_end(struct seal_stream *s)
{
    EVP_CIPHER_CTX_free(s->gcm); /* wipes the key schedule */
    EVP_MD_CTX_free(s->tags);
    qn_wipe(s, sizeof *s);
}

int seal_stream_rewind(struct seal_stream *s, uint64_t chunk, struct qn_err *err)
{
    s->chunk = chunk;
    if (EVP_DigestInit_ex2(s->tags, seal_digest(), NULL) != 1)
        return qn_fail(err, QN_EINTERNAL, "can't start SHA-256");
    return 0;
}

/* Base nonce XOR chunk number, big-endian. */
static void chunk_nonce(uint8_t out[SEAL_NONCE], const struct seal_stream *s)
{
    memcpy(out, s->nonce, SEAL_NONCE);
    for (int i = 0; i < 8; i++)
        out[SEAL_NONCE - 1 - i] ^= (uint8_t)(s->chunk >> (8 * i));
}

int seal_chunk(struct seal_stream *s, uint8_t *bytes, size_t n, uint8_t tag[QN_SEAL_TAG], struct qn_err *err)
{
    uint8_t nonce[SEAL_NONCE];
    int did;

    chunk_nonce(nonce, s);
    if (EVP_EncryptInit_ex2(s->gcm, NULL, NULL, nonce, NULL) != 1 ||
        (n > 0 && EVP_EncryptUpdate(s->gcm, bytes, &did, bytes, (int)n) != 1) ||
        EVP_EncryptFinal_ex(s->gcm, tag, &did) != 1 ||
        EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_GET_TAG, QN_SEAL_TAG, tag) != 1 ||
        EVP_DigestUpdate(s->tags, tag, QN_SEAL_TAG) != 1)
        return qn_fail(err, QN_EINTERNAL, "can't seal chunk %llu", (unsigned long long)s->chunk);
    s->chunk++;
    return 0;
}

int seal_chunk_open(struct seal_stream *s, uint8_t *out, const uint8_t *in, size_t n, struct qn_err *err)
{
    uint8_t nonce[SEAL_NONCE], tag[QN_SEAL_TAG];
    int did;

    chunk_nonce(nonce, s);
    memcpy(tag, in + n, sizeof tag);
    if (EVP_DecryptInit_ex2(s->gcm, NULL, NULL, nonce, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(s->gcm, EVP_CTRL_AEAD_SET_TAG, QN_SEAL_TAG, tag) != 1 ||
        EVP_DigestUpdate(s->tags, tag, sizeof tag) != 1)
        return qn_fail(err, QN_EINTERNAL, "can't open chunk %llu", (unsigned long long)s->chunk);
    if ((n > 0 && EVP_DecryptUpdate(s->gcm, out, &did, in, (int)n) != 1) || EVP_DecryptFinal_ex(s->gcm, out + n, &did) != 1) {
        qn_wipe(out, n);
        return qn_fail(err, QN_ECORRUPT, "chunk %llu: fails its authentication", (unsigned long long)s->chunk);
    }
    s->chunk++;
    return 0;
}

int seal_stream_tags(const struct seal_stream *s, uint8_t out[32], struct qn_err *err)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    int ok = copy && EVP_MD_CTX_copy_ex(copy, s->tags) == 1 && EVP_DigestFinal_ex(copy, out, NULL) == 1;

    EVP_MD_CTX_free(copy);
    return ok ? 0 : qn_fail(err, QN_EINTERNAL, "can't finish SHA-256");
}

uint8_t *seal_room_new(size_t size, struct qn_err *err)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (room == MAP_FAILED) {
        qn_fail_errno(err, "no memory for the document");
        return NULL;
    }
    if (mlock2(room, size, MLOCK_ONFAULT) != 0) {
        qn_fail_errno(err, "can't lock memory for the document (LimitMEMLOCK=)");
        munmap(room, size);
        return NULL;
    }
    (void)madvise(room, size, MADV_DONTDUMP);
    return room;
}

void seal_room_free(uint8_t *room, size_t size)
{
    if (!room)
        return;
    munmap(room, size); /* the kernel zeroes a page before anybody else gets it */
}

ssize_t seal_read_at(int fd, void *out, size_t n, uint64_t at)
{
    size_t done = 0;

    while (done < n) {
        ssize_t got = pread(fd, (uint8_t *)out + done, n - done, (off_t)(at + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}
