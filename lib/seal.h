/* Sealed job files: quoin-job(5). C2SP chunked-encryption v1, Cobblestone-256, behind a 64-byte header. */
#ifndef QN_SEAL_H
#define QN_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum {
    QN_SEAL_KEY = 32, QN_SEAL_HEADER = 64, QN_SEAL_SALT = 24, QN_SEAL_COMMIT = 32,
    QN_SEAL_CHUNK = 16384, QN_SEAL_TAG = 16,
    QN_SEAL_START = QN_SEAL_HEADER + QN_SEAL_SALT + QN_SEAL_COMMIT, /* offset of the first chunk: 120 */
};

/* What identifies a sealed file; kept in the database row. */
struct qn_seal_sum {
    uint64_t length;                     /* of the document, bytes */
    uint8_t commitment[QN_SEAL_COMMIT];
    uint8_t tags[32];                    /* SHA-256 over the chunk tags, in order */
};

/* Canonical submit-time metadata; each a NUL-terminated string. options is canonical JSON (sorted keys, compact). */
struct qn_seal_meta {
    const char *owner, *queue, *title, *format, *options;
};

/* Loads the algorithms from libcrypto (which may read its configuration file): call before a sandbox or a fork, else each
 * process pays for it. Panics if libcrypto lacks one. */
void qn_seal_warm(void);

/* Bytes of the sealed file of a document of length bytes. The last chunk is shorter than the others and may be empty. */
uint64_t qn_seal_file_length(uint64_t length);

/* HMAC-SHA256 of the metadata under a key derived from the data key (HKDF-Expand-SHA512, info "quoin/v1 metadata"). */
int qn_seal_meta_mac(uint8_t out[32], const uint8_t key[QN_SEAL_KEY], const struct qn_seal_meta *meta, struct qn_err *err);

/* Fills the 64-byte header: magic, version 1, job id (16 bytes), metadata MAC. */
void qn_seal_header(uint8_t out[QN_SEAL_HEADER], const uint8_t job[16], const uint8_t mac[32]);

/* Small texts that die with the job (title, options): AES-256-GCM under HKDF-Expand-SHA512(data key, "quoin/v1 column " name),
 * random 12-byte nonce || ciphertext || tag; AAD is job id (16 bytes) || name. out_max >= n + 28. Returns the length or a code.
 * Open: QN_ECORRUPT if it is not what was sealed. */
int qn_seal_text(uint8_t *out, size_t out_max, const uint8_t key[QN_SEAL_KEY], const uint8_t job[16], const char *name,
                 const void *text, size_t n, struct qn_err *err);
int qn_seal_text_open(uint8_t *out, size_t out_max, const uint8_t key[QN_SEAL_KEY], const uint8_t job[16], const char *name,
                      const void *sealed, size_t n, struct qn_err *err);

/* AES-256-GCM of n bytes with the AAD (each at most 1 MiB): out = 12-byte random nonce || ciphertext || tag, n + 28 bytes.
 * Open takes the length of the plaintext; QN_ECORRUPT if key, AAD or bytes differ, out is then zeroed. */
enum { QN_GCM_EXTRA = 28 };
int qn_gcm_seal(uint8_t *out, const uint8_t key[32], const void *aad, size_t aad_len, const void *in, size_t n,
                struct qn_err *err);
int qn_gcm_open(uint8_t *out, const uint8_t key[32], const void *aad, size_t aad_len, const uint8_t *in, size_t n,
                struct qn_err *err);

/* Wraps a 32-byte key: out = 12-byte random nonce || ciphertext || tag, AES-256-GCM under wrapping, with the AAD. */
enum { QN_WRAPPED = 60 };
int qn_wrap(uint8_t out[QN_WRAPPED], const uint8_t wrapping[32], const uint8_t key[32], const void *aad, size_t aad_len,
            struct qn_err *err);
/* QN_ECORRUPT if key, AAD or bytes differ; key_out is then zeroed. */
int qn_unwrap(uint8_t key_out[32], const uint8_t wrapping[32], const uint8_t wrapped[QN_WRAPPED], const void *aad,
              size_t aad_len, struct qn_err *err);

/* ---- writing ---- */
struct qn_seal;

/* Writes header, a random salt and the commitment at offset 0 of fd (empty, positioned at 0) and is ready for the document.
 * Does not own fd. The caller frees with qn_seal_free(). */
int qn_seal_start(struct qn_seal **out, int fd, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY],
                  struct qn_err *err);

/* A place to read up to *room bytes of the document into (256 KiB batches, no copy), then how many came. */
uint8_t *qn_seal_room(struct qn_seal *s, size_t *room);
int qn_seal_advance(struct qn_seal *s, size_t n, struct qn_err *err);

/* Seals what is left with the last chunk, fdatasyncs and fills *sum. A failed write is never retried. */
int qn_seal_finish(struct qn_seal *s, struct qn_seal_sum *sum, struct qn_err *err);
void qn_seal_free(struct qn_seal **s);

/* ---- reading ---- */
struct qn_open;

/* Checks size, header, commitment (file against sum, constant time) and decrypts the last chunk, which proves the length.
 * QN_ECORRUPT with the reason ("size", "header", "commitment", "last chunk") before any byte of the document is given.
 * Does not own fd (pread only). The caller frees with qn_open_free(). */
int qn_open_start(struct qn_open **out, int fd, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY],
                  const struct qn_seal_sum *sum, struct qn_err *err);

/* Authenticates every chunk and the digest over their tags, giving no bytes; qn_open_next() then begins at the start.
 * QN_ECORRUPT names the chunk, or "tag digest". */
int qn_open_verify(struct qn_open *o, struct qn_err *err);

/* The next authenticated bytes of the document (up to 256 KiB): points *data into a buffer valid until the next call, sets *n,
 * 0 at the end; the tag digest is checked before the last bytes are given. QN_ECORRUPT names the chunk, or "tag digest";
 * nothing of that batch is given, and nothing after it. */
int qn_open_next(struct qn_open *o, const uint8_t **data, size_t *n, struct qn_err *err);
void qn_open_free(struct qn_open **o);

/* Reads the chunk tags first..first+count-1 of a sealed file of a document of length bytes into a running SHA-256 ("EVP_MD_CTX *").
 * For the core, which checks the digest in steps. Returns 0, QN_EIO or QN_ECORRUPT (short file). */
int qn_seal_tags(void *md_ctx, int fd, uint64_t length, uint64_t first, uint64_t count, struct qn_err *err);
uint64_t qn_seal_chunks(uint64_t length);

#endif
