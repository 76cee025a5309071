#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "lib/seal-private.h"
#include "lib/secret.h"

struct qn_open {
    struct seal_stream stream;
    struct qn_seal_sum sum;
    int fd;
    int broken;          /* code of the first failure; nothing is given after it */
    uint64_t chunks;
    uint8_t *room;       /* a batch of the document, or all of a smaller one */
    size_t room_size;
    uint8_t *sealed;     /* the same as it is on the disk */
};

static uint64_t chunk_at(uint64_t chunk)
{
    return QN_SEAL_START + chunk * SEAL_SEALED;
}

static size_t chunk_length(const struct qn_open *o, uint64_t chunk)
{
    return chunk + 1 < o->chunks ? QN_SEAL_CHUNK : (size_t)(o->sum.length % QN_SEAL_CHUNK);
}

static int check_size(int fd, uint64_t length, struct qn_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return qn_fail_errno(err, "can't look at the sealed file");
    if (!S_ISREG(st.st_mode) || length > SEAL_LENGTH_MAX || (uint64_t)st.st_size != qn_seal_file_length(length))
        return qn_fail(err, QN_ECORRUPT, "size: the sealed file has %lld bytes and can't hold a document of %llu",
                       (long long)st.st_size, (unsigned long long)length);
    return 0;
}

/* Header, key and commitment; the cipher is ready after it. */
static int check_front(struct qn_open *o, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY],
                       struct qn_err *err)
{
    uint8_t front[QN_SEAL_START];
    const uint8_t *salt = front + QN_SEAL_HEADER, *commitment = salt + QN_SEAL_SALT;
    ssize_t n = seal_read_at(o->fd, front, sizeof front, 0);
    int r;

    if (n < 0)
        return qn_fail_errno(err, "can't read the sealed file");
    if ((size_t)n < sizeof front)
        return qn_fail(err, QN_ECORRUPT, "size: the sealed file ends in its header");
    if (memcmp(front, header, QN_SEAL_HEADER) != 0)
        return qn_fail(err, QN_ECORRUPT, "header: the sealed file is not of this job and metadata");
    r = seal_stream_start(&o->stream, key, salt, header, false, err);
    if (r != 0)
        return r;
    if (!qn_secret_equal(commitment, o->stream.commitment, QN_SEAL_COMMIT) ||
        !qn_secret_equal(commitment, o->sum.commitment, QN_SEAL_COMMIT))
        return qn_fail(err, QN_ECORRUPT, "commitment: file, row and key do not belong together");
    return 0;
}

/* Chunks to read together: a batch, and an empty last chunk with the one before it. */
static unsigned batch_chunks(const struct qn_open *o)
{
    uint64_t left = o->chunks - o->stream.chunk;

    if (left == SEAL_BATCH_CHUNKS + 1 && o->sum.length % QN_SEAL_CHUNK == 0)
        return SEAL_BATCH_CHUNKS + 1;
    return left < SEAL_BATCH_CHUNKS ? (unsigned)left : SEAL_BATCH_CHUNKS;
}

/* Reads and opens the next chunks into the room; *n is how many bytes. */
static int batch_open(struct qn_open *o, size_t *n, struct qn_err *err)
{
    uint64_t first = o->stream.chunk;
    unsigned count = batch_chunks(o);
    size_t bytes = (size_t)(count - 1) * SEAL_SEALED + chunk_length(o, first + count - 1) + QN_SEAL_TAG;
    ssize_t got = seal_read_at(o->fd, o->sealed, bytes, chunk_at(first));

    *n = 0;
    if (got < 0)
        return qn_fail_errno(err, "can't read the sealed file");
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *in = o->sealed + (size_t)i * SEAL_SEALED;
        size_t length = chunk_length(o, first + i);
        int r;

        if ((size_t)got < (size_t)i * SEAL_SEALED + length + QN_SEAL_TAG)
            return qn_fail(err, QN_ECORRUPT, "chunk %llu: the file ends in it", (unsigned long long)(first + i));
        r = seal_chunk_open(&o->stream, o->room + *n, in, length, err);
        if (r != 0)
            return r;
        *n += length;
    }
    return 0;
}

static int check_tags(struct qn_open *o, struct qn_err *err)
{
    uint8_t tags[32];
    int r = seal_stream_tags(&o->stream, tags, err);

    if (r == 0 && !qn_secret_equal(tags, o->sum.tags, sizeof tags))
        r = qn_fail(err, QN_ECORRUPT, "tag digest: the chunks are not those of the row");
    return r;
}

/* The next batch, and the digest with the last. */
static int batch_next(struct qn_open *o, size_t *n, struct qn_err *err)
{
    int r = batch_open(o, n, err);

    if (r == 0 && o->stream.chunk == o->chunks)
        r = check_tags(o, err);
    if (r != 0) {
        qn_wipe(o->room, o->room_size);
        *n = 0;
        o->broken = r;
    }
    return r;
}

/* A chunk that opens under the last number and is shorter than the others proves the length. */
static int check_last(struct qn_open *o, struct qn_err *err)
{
    size_t n;
    int r = seal_stream_rewind(&o->stream, o->chunks - 1, err);

    if (r != 0)
        return r;
    r = batch_open(o, &n, err);
    qn_wipe(o->room, n);
    if (r == QN_ECORRUPT)
        return qn_fail(err, r, "last chunk: fails its authentication");
    return r ? r : seal_stream_rewind(&o->stream, 0, err);
}

int qn_open_start(struct qn_open **out, int fd, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY],
                  const struct qn_seal_sum *sum, struct qn_err *err)
{
    uint64_t body = qn_seal_file_length(sum->length) - QN_SEAL_START;
    struct qn_open *o;
    int r = check_size(fd, sum->length, err);

    *out = NULL;
    if (r != 0)
        return r;
    o = qn_alloc(sizeof *o);
    o->fd = fd;
    o->sum = *sum;
    o->chunks = qn_seal_chunks(sum->length);
    o->sealed = qn_alloc(body < SEAL_BATCH_SEALED ? (size_t)body : SEAL_BATCH_SEALED);
    o->room_size = body < SEAL_BATCH ? (size_t)body : SEAL_BATCH;
    o->room = seal_room_new(o->room_size, err);
    r = o->room ? check_front(o, header, key, err) : QN_EIO;
    if (r == 0)
        r = check_last(o, err);
    if (r != 0)
        qn_open_free(&o);
    else
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *out = o;
    return r;
}

int qn_open_verify(struct qn_open *o, struct qn_err *err)
{
    size_t n;
    int r = o->broken ? qn_fail(err, o->broken, "the file has failed its check before")
                      : seal_stream_rewind(&o->stream, 0, err);

    while (r == 0 && o->stream.chunk < o->chunks)
        r = batch_next(o, &n, err);
    return r ? r : seal_stream_rewind(&o->stream, 0, err);
}

int qn_open_next(struct qn_open *o, const uint8_t **data, size_t *n, struct qn_err *err)
{
    *data = NULL;
    *n = 0;
    if (o->broken)
        return qn_fail(err, o->broken, "the file has failed its check before");
    if (o->stream.chunk == o->chunks)
        return 0;
    if (batch_next(o, n, err) != 0)
        return o->broken;
    *data = o->room;
    return 0;
}

void qn_open_free(struct qn_open **o)
{
    if (!*o)
        return;
    seal_stream_end(&(*o)->stream);
    seal_room_free((*o)->room, (*o)->room_size);
    free((*o)->sealed);
    free(*o);
    *o = NULL;
}

int qn_seal_tags(void *md_ctx, int fd, uint64_t length, uint64_t first, uint64_t count, struct qn_err *err)
{
    uint64_t chunks = length > SEAL_LENGTH_MAX ? 0 : qn_seal_chunks(length);

    if (first > chunks || count > chunks - first)
        return qn_fail(err, QN_ECORRUPT, "size: a document of %llu bytes has no such chunks", (unsigned long long)length);
    for (uint64_t i = first; i < first + count; i++) {
        size_t n = i + 1 < chunks ? QN_SEAL_CHUNK : (size_t)(length % QN_SEAL_CHUNK);
        uint8_t tag[QN_SEAL_TAG];
        ssize_t got = seal_read_at(fd, tag, sizeof tag, chunk_at(i) + n);

        if (got < 0)
            return qn_fail_errno(err, "can't read the sealed file");
        if ((size_t)got < sizeof tag)
            return qn_fail(err, QN_ECORRUPT, "chunk %llu: the file ends in it", (unsigned long long)i);
        if (EVP_DigestUpdate(md_ctx, tag, sizeof tag) != 1)
            return qn_fail(err, QN_EINTERNAL, "can't digest");
    }
    return 0;
}
