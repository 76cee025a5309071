/* What the writing and the reading half of the sealed job file share. */
#ifndef QN_SEAL_PRIVATE_H
#define QN_SEAL_PRIVATE_H

#include <openssl/evp.h>
#include <sys/types.h>

#include "lib/seal.h"

enum {
    SEAL_NONCE = 12,
    SEAL_BATCH_CHUNKS = 16,
    SEAL_SEALED = QN_SEAL_CHUNK + QN_SEAL_TAG,            /* a full chunk on disk */
    SEAL_BATCH = SEAL_BATCH_CHUNKS * QN_SEAL_CHUNK,       /* 256 KiB of document */
    SEAL_BATCH_SEALED = SEAL_BATCH_CHUNKS * SEAL_SEALED + QN_SEAL_TAG, /* an empty last chunk rides along */
};

/* 2^38 chunks is where the published scheme ends. */
#define SEAL_LENGTH_MAX (((uint64_t)1 << 38) * QN_SEAL_CHUNK - 1)

/* One document's chunk cipher and the running digest over the chunk tags. */
struct seal_stream {
    EVP_CIPHER_CTX *gcm;
    EVP_MD_CTX *tags;
    uint8_t nonce[SEAL_NONCE];          /* base nonce */
    uint8_t commitment[QN_SEAL_COMMIT];
    uint64_t chunk;                     /* number of the next chunk */
};

/* Derives key, nonce and commitment from the data key, salt and header; ready for chunk 0. Ended by seal_stream_end(). */
int seal_stream_start(struct seal_stream *s, const uint8_t key[QN_SEAL_KEY], const uint8_t salt[QN_SEAL_SALT],
                      const uint8_t header[QN_SEAL_HEADER], bool encrypt, struct qn_err *err);
void seal_stream_end(struct seal_stream *s);

/* Starts the tag digest again at chunk number chunk. */
int seal_stream_rewind(struct seal_stream *s, uint64_t chunk, struct qn_err *err);

/* Seals the next chunk (n bytes) where it stands. */
int seal_chunk(struct seal_stream *s, uint8_t *bytes, size_t n, uint8_t tag[QN_SEAL_TAG], struct qn_err *err);

/* Opens the next chunk of n plaintext bytes. QN_ECORRUPT names it. */
int seal_chunk_open(struct seal_stream *s, uint8_t *out, const uint8_t *in, size_t n, struct qn_err *err);

/* Digest over the tags so far. */
int seal_stream_tags(const struct seal_stream *s, uint8_t out[32], struct qn_err *err);

/* HKDF-Expand-SHA512 (RFC 5869 section 2.3). */
int seal_expand(uint8_t *out, size_t out_len, const uint8_t key[QN_SEAL_KEY], const void *info, size_t info_len,
                struct qn_err *err);

const EVP_CIPHER *seal_cipher(void);
const EVP_MD *seal_digest(void);

/* size bytes for document text: locked as they are touched, never dumped. NULL and an error if the lock is refused. */
uint8_t *seal_room_new(size_t size, struct qn_err *err);
void seal_room_free(uint8_t *room, size_t size);

/* pread() of exactly n bytes. Returns the bytes read, fewer only at the end of the file, or -1. */
ssize_t seal_read_at(int fd, void *out, size_t n, uint64_t at);

#endif
