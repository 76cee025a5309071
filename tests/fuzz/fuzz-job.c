/* The reader of sealed job files, with the right key. The input's first byte chooses what the file is:
 *
 *   raw       arbitrary bytes behind a good header
 *   edited    a file sealed by us, and a list of edits to it and to the row: whatever changed must be refused, and what did
 *             not change must come back
 *   forged    chunks sealed with the right key, of lengths and in an order that the input says: whatever is accepted must be
 *             what a document of the row's length looks like
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/seal-private.h"
#include "lib/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DOCUMENT_MAX = 3 * QN_SEAL_CHUNK, FILE_MAX = DOCUMENT_MAX + 8192 };

struct input {
    const uint8_t *p;
    size_t n;
};

static const uint8_t key[QN_SEAL_KEY] = { 1, 2, 3 };
static uint8_t header[QN_SEAL_HEADER], document[DOCUMENT_MAX], file[FILE_MAX];
static size_t file_len;
static struct qn_seal_sum sum;

static unsigned take(struct input *in, unsigned bytes)
{
    unsigned v = 0;

    for (; bytes > 0; bytes--) {
        v = v << 8 | (in->n ? *in->p : 0);
        if (in->n) {
            in->p++;
            in->n--;
        }
    }
    return v;
}

/* Header, a fixed salt and the commitment; the cipher, always the same one, is ready for chunk 0. */
static struct seal_stream *front_make(void)
{
    static struct seal_stream stream, *s = &stream;
    uint8_t mac[32] = { 7 }, job[16] = { 1, 2, 3, 4, 5, 6, 0x70, 0, 0x80 };

    qn_seal_header(header, job, mac);
    memcpy(file, header, QN_SEAL_HEADER);
    memset(file + QN_SEAL_HEADER, 0x5a, QN_SEAL_SALT);
    if (!s->gcm && seal_stream_start(s, key, file + QN_SEAL_HEADER, header, true, NULL) != 0)
        abort();
    if (seal_stream_rewind(s, 0, NULL) != 0)
        abort();
    memcpy(file + QN_SEAL_HEADER + QN_SEAL_SALT, s->commitment, QN_SEAL_COMMIT);
    memcpy(sum.commitment, s->commitment, QN_SEAL_COMMIT);
    file_len = QN_SEAL_START;
    return s;
}

static void chunk_add(struct seal_stream *s, const uint8_t *p, size_t n)
{
    if (file_len + n + QN_SEAL_TAG > sizeof file)
        return;
    if (n)
        memmove(file + file_len, p, n);
    if (seal_chunk(s, file + file_len, n, file + file_len + n, NULL) != 0)
        abort();
    file_len += n + QN_SEAL_TAG;
}

/* 0 as the product means it: opened, verified and read to the end. */
static int file_read(int fd, size_t *given, const uint8_t *want)
{
    struct qn_err err = { 0 };
    const uint8_t *data;
    struct qn_open *o;
    size_t n = 0;
    int r = qn_open_start(&o, fd, header, key, &sum, &err), verified;

    *given = 0;
    if (r != 0) {
        if (o || r != QN_ECORRUPT || err.code != r || !err.text[0])
            abort();
        return r;
    }
    verified = qn_open_verify(o, &err);
    while ((r = qn_open_next(o, &data, &n, &err)) == 0 && n > 0) {
        if (want && memcmp(data, want + *given, n) != 0)
            abort();
        *given += n;
    }
    if (r != verified || (r != 0 && (r != QN_ECORRUPT || n != 0 || *given != 0)) || (r == 0 && *given != sum.length))
        abort();
    qn_open_free(&o);
    return r;
}

/* What the core computes in steps must agree with what the reader accepts. */
static void tags_check(int fd, int accepted)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    uint8_t digest[32];
    struct qn_err err = { 0 };

    EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    if (sum.length < (1 << 20) && qn_seal_tags(md, fd, sum.length, 0, qn_seal_chunks(sum.length), &err) == 0) {
        EVP_DigestFinal_ex(md, digest, NULL);
        if (accepted && memcmp(digest, sum.tags, 32) != 0)
            abort();
    } else if (accepted) {
        abort();
    }
    EVP_MD_CTX_free(md);
}

static void check(int must_accept, int must_refuse, const uint8_t *want)
{
    static int fd = -1;
    size_t given;
    int r;

    if (fd < 0)
        fd = memfd_create("job", MFD_CLOEXEC);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, file, file_len, 0) != (ssize_t)file_len)
        abort();
    r = file_read(fd, &given, want);
    if ((r == 0 && must_refuse) || (r != 0 && must_accept))
        abort();
    if (r == 0 && file_len != qn_seal_file_length(sum.length))
        abort();
    tags_check(fd, r == 0);
}

static void sum_finish(struct seal_stream *s, uint64_t length)
{
    if (seal_stream_tags(s, sum.tags, NULL) != 0)
        abort();
    sum.length = length;
}

static void raw(struct input in)
{
    sum_finish(front_make(), take(&in, 3));
    if (in.n > sizeof file - QN_SEAL_START)
        in.n = sizeof file - QN_SEAL_START;
    memcpy(file + QN_SEAL_START, in.p, in.n);
    file_len = QN_SEAL_START + in.n;
    if (in.n % 2 == 0)
        sum.length = in.n >= QN_SEAL_TAG ? in.n - QN_SEAL_TAG : 0;
    check(0, 1, NULL);
}

static void edit(struct input *in)
{
    unsigned op = take(in, 1), at = take(in, 2), value = take(in, 1);
    uint8_t *row = (uint8_t *)&sum;

    switch (op % 6) {
    case 0:
        if (file_len)
            file[at % file_len] = (uint8_t)value;
        break;
    case 1:
        file_len = at % (file_len + 1);
        break;
    case 2:
        for (unsigned i = 0; i < value && file_len < sizeof file; i++)
            file[file_len++] = (uint8_t)at;
        break;
    case 3:
        row[at % sizeof sum] = (uint8_t)value;
        break;
    case 4:
        sum.length += (uint64_t)(int64_t)((int)at - 32768);
        break;
    case 5: /* a chunk over another */
        if (file_len >= QN_SEAL_START + 2 * SEAL_SEALED)
            memmove(file + QN_SEAL_START + at % 2 * SEAL_SEALED, file + QN_SEAL_START + (at + 1) % 2 * SEAL_SEALED, SEAL_SEALED);
        break;
    }
}

static void edited(struct input in)
{
    static uint8_t before[FILE_MAX];
    unsigned full = take(&in, 1) % 8; /* most have no full chunk: it is the slow part */
    size_t length = (full < 6 ? 0 : full - 5) * (size_t)QN_SEAL_CHUNK + take(&in, 1), before_len;
    struct seal_stream *s = front_make();
    struct qn_seal_sum sum_before;
    int same;

    memset(document, (int)(length * 7), length);
    for (size_t at = 0; at <= length; at += QN_SEAL_CHUNK)
        chunk_add(s, document + at, length - at < QN_SEAL_CHUNK ? length - at : QN_SEAL_CHUNK);
    sum_finish(s, length);
    memcpy(before, file, file_len);
    before_len = file_len;
    sum_before = sum;
    while (in.n >= 4)
        edit(&in);
    same = file_len == before_len && memcmp(file, before, file_len) == 0 && memcmp(&sum, &sum_before, sizeof sum) == 0;
    check(same, !same, document);
}

static void forged(struct input in)
{
    static const size_t lengths[] = { 0, 1, 15, 16, 17, 100, QN_SEAL_CHUNK - 1, QN_SEAL_CHUNK };
    struct seal_stream *s = front_make();
    uint64_t length = 0;
    int delta = (int)take(&in, 1);
    unsigned chunks = take(&in, 1) % 6;

    while (chunks-- > 0) {
        unsigned how = take(&in, 1);
        size_t n = lengths[how % 8];

        if (how & 0x80)
            s->chunk = take(&in, 1);
        chunk_add(s, document, n);
        length += n;
    }
    sum_finish(s, length + (uint64_t)(delta & 0x7f) - (delta & 0x80 ? 64 : 0));
    check(0, 0, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };

    switch (take(&in, 1) % 4) {
    case 0:
        raw(in);
        break;
    case 1:
    case 2:
        edited(in);
        break;
    case 3:
        forged(in);
        break;
    }
    return 0;
}
