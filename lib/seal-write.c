#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/id.h"
#include "lib/seal-private.h"
#include "lib/secret.h"

enum { EARLY = 8 << 20 }; /* bytes after which the disk starts to write while we go on */

struct qn_seal {
    struct seal_stream stream;
    int fd;
    int broken;          /* code of the first failure; nothing works after it */
    uint8_t front[QN_SEAL_START]; /* header, salt and commitment: written with the first batch */
    uint8_t *room;       /* SEAL_BATCH bytes of document, sealed where they stand */
    size_t filled;
    uint8_t tag[SEAL_BATCH_CHUNKS + 1][QN_SEAL_TAG]; /* an empty last chunk rides along */
    uint64_t length;     /* of the document so far */
    uint64_t at, early;  /* end of the file; up to where the disk was told to write */
};

/* Writes the pieces one behind the other; they are used up. */
static int write_all(struct qn_seal *s, struct iovec *piece, int pieces, struct qn_err *err)
{
    while (pieces > 0) {
        ssize_t did = pwritev(s->fd, piece, pieces, (off_t)s->at);

        if (did < 0 && errno == EINTR)
            continue; /* nothing was written, nothing failed */
        if (did <= 0)
            return qn_fail_errno(err, "can't write the sealed file");
        s->at += (uint64_t)did;
        for (; pieces > 0 && (size_t)did >= piece->iov_len; piece++, pieces--)
            did -= (ssize_t)piece->iov_len;
        if (pieces > 0) {
            piece->iov_base = (uint8_t *)piece->iov_base + did;
            piece->iov_len -= (size_t)did;
        }
    }
    if (s->at - s->early >= EARLY) {
        /* Only a hint: the fdatasync at the end is what counts, and reports what failed meanwhile. */
        (void)sync_file_range(s->fd, (off_t)s->early, (off_t)(s->at - s->early), SYNC_FILE_RANGE_WRITE);
        s->early = s->at;
    }
    return 0;
}

static int front_make(struct qn_seal *s, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY], struct qn_err *err)
{
    uint8_t *salt = s->front + QN_SEAL_HEADER;
    int r;

    memcpy(s->front, header, QN_SEAL_HEADER);
    qn_random(salt, QN_SEAL_SALT);
    r = seal_stream_start(&s->stream, key, salt, header, true, err);
    if (r == 0)
        memcpy(salt + QN_SEAL_SALT, s->stream.commitment, QN_SEAL_COMMIT);
    return r;
}

int qn_seal_start(struct qn_seal **out, int fd, const uint8_t header[QN_SEAL_HEADER], const uint8_t key[QN_SEAL_KEY],
                  struct qn_err *err)
{
    struct qn_seal *s = qn_alloc(sizeof *s);
    int r;

    *out = NULL;
    s->fd = fd;
    s->room = seal_room_new(SEAL_BATCH, err);
    r = s->room ? front_make(s, header, key, err) : QN_EIO;
    if (r != 0)
        qn_seal_free(&s);
    *out = s;
    return r;
}

uint8_t *qn_seal_room(struct qn_seal *s, size_t *room)
{
    *room = SEAL_BATCH - s->filled;
    return s->room + s->filled;
}

/* Seals what is in the room, which ends in a shorter chunk only if last, and writes it. */
static int batch_write(struct qn_seal *s, bool last, struct qn_err *err)
{
    struct iovec piece[1 + 2 * (SEAL_BATCH_CHUNKS + 1)];
    uint8_t (*tag)[QN_SEAL_TAG] = s->tag;
    size_t done = 0;
    int pieces = 0, r;

    if (s->at == 0)
        piece[pieces++] = (struct iovec){ s->front, sizeof s->front };
    while (s->filled - done >= QN_SEAL_CHUNK || last) {
        size_t n = s->filled - done < QN_SEAL_CHUNK ? s->filled - done : QN_SEAL_CHUNK;

        r = seal_chunk(&s->stream, s->room + done, n, *tag, err);
        if (r != 0)
            return r;
        piece[pieces++] = (struct iovec){ s->room + done, n };
        piece[pieces++] = (struct iovec){ *tag++, QN_SEAL_TAG };
        done += n;
        if (n < QN_SEAL_CHUNK)
            break;
    }
    r = write_all(s, piece, pieces, err);
    s->filled = 0;
    return r;
}

int qn_seal_advance(struct qn_seal *s, size_t n, struct qn_err *err)
{
    if (s->broken)
        return qn_fail(err, s->broken, "sealing has failed before");
    if (n > SEAL_BATCH - s->filled)
        qn_panic("more bytes than there was room");
    if (n > SEAL_LENGTH_MAX - s->length)
        return s->broken = qn_fail(err, QN_EINVAL, "a document this long can't be sealed");
    s->filled += n;
    s->length += n;
    if (s->filled == SEAL_BATCH)
        s->broken = batch_write(s, false, err);
    return s->broken;
}

int qn_seal_finish(struct qn_seal *s, struct qn_seal_sum *sum, struct qn_err *err)
{
    memset(sum, 0, sizeof *sum);
    if (s->broken)
        return qn_fail(err, s->broken, "sealing has failed before");
    s->broken = batch_write(s, true, err);
    if (s->broken)
        return s->broken;
    s->broken = QN_ECONFLICT; /* whatever happens now, nothing more is sealed into this file */
    if (fdatasync(s->fd) != 0)
        return qn_fail_errno(err, "can't sync the sealed file");
    if (seal_stream_tags(&s->stream, sum->tags, err) != 0)
        return QN_EINTERNAL;
    sum->length = s->length;
    memcpy(sum->commitment, s->stream.commitment, sizeof sum->commitment);
    return 0;
}

void qn_seal_free(struct qn_seal **s)
{
    if (!*s)
        return;
    seal_stream_end(&(*s)->stream);
    seal_room_free((*s)->room, SEAL_BATCH);
    free(*s);
    *s = NULL;
}
