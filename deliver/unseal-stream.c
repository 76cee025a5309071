#include "config.h"

#include "deliver/unseal-stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/secret.h"

struct qn_unseal {
    int fd;
    struct qn_open *open;
    struct qn_seal_sum sum;
    uint8_t *instead; /* mapped; NULL: the sealed file's */
    uint64_t length, given;
};

enum { BATCH = 256 << 10 };

static void key_drop(struct qn_msg *job)
{
    for (size_t i = 0; i < job->secrets; i++)
        qn_secret_free(&job->secret[i].bytes);
    job->secrets = 0;
}

static int unseal_open(struct qn_unseal *s, const struct qn_msg *job, struct qn_err *err)
{
    uint8_t id[16], mac[32], header[QN_SEAL_HEADER];
    size_t key_len = 0;
    const uint8_t *key = qn_msg_get_secret(job, QN_SECRET_KEY, &key_len);
    int r;

    if (!qn_uuid_parse(id, qn_msg_get(job, "job")) || !qn_unhex(mac, sizeof mac, qn_msg_get(job, "mac")) ||
        !qn_unhex(s->sum.commitment, sizeof s->sum.commitment, qn_msg_get(job, "commitment")) ||
        !qn_unhex(s->sum.tags, sizeof s->sum.tags, qn_msg_get(job, "tags")) || key_len != QN_SEAL_KEY || s->fd < 0)
        return qn_fail(err, QN_EINVAL, "deliver.job without a proper id, key or file");
    s->sum.length = s->length = (uint64_t)qn_msg_get_int(job, "length");
    qn_seal_header(header, id, mac);
    r = qn_open_start(&s->open, s->fd, header, key, &s->sum, err);
    if (r == 0 && qn_msg_get_int(job, "length") <= qn_msg_get_int(job, "verify_max"))
        r = qn_open_verify(s->open, err);
    return r;
}

int qn_unseal_start(struct qn_unseal **out, struct qn_msg *job, struct qn_err *err)
{
    struct qn_unseal *s = qn_alloc(sizeof *s);
    int r;

    *out = NULL;
    s->fd = qn_msg_take_fd(job, 0);
    r = unseal_open(s, job, err);
    key_drop(job);
    if (r != 0) {
        qn_unseal_free(&s);
        return r;
    }
    *out = s;
    return 0;
}

void qn_unseal_free(struct qn_unseal **unseal)
{
    struct qn_unseal *s = *unseal;

    if (!s)
        return;
    qn_open_free(&s->open);
    if (s->fd >= 0)
        close(s->fd);
    if (s->instead)
        munmap(s->instead, s->length);
    free(s);
    *unseal = NULL;
}

int qn_unseal_replace(struct qn_unseal *s, int fd, struct qn_err *err)
{
    struct stat st;
    void *map;

    if (fstat(fd, &st) != 0 || st.st_size <= 0)
        return qn_fail(err, QN_EIO, "no document to send");
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return qn_fail_errno(err, "mapping a document");
    close(fd);
    if (s->instead)
        munmap(s->instead, s->length);
    s->instead = map;
    s->given = 0;
    s->length = (uint64_t)st.st_size;
    return 0;
}

int qn_unseal_memory(struct qn_unseal **out, const void *bytes, size_t n, struct qn_err *err)
{
    void *map = n ? mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;
    struct qn_unseal *s;

    *out = NULL;
    if (map == MAP_FAILED)
        return qn_fail(err, QN_EIO, "no memory for a page");
    memcpy(map, bytes, n);
    s = qn_alloc(sizeof *s);
    s->fd = -1;
    s->instead = map;
    s->length = n;
    *out = s;
    return 0;
}

uint64_t qn_unseal_length(const struct qn_unseal *s)
{
    return s->length;
}

int qn_unseal_next(struct qn_unseal *s, const uint8_t **data, size_t *n, struct qn_err *err)
{
    if (!s->instead)
        return qn_open_next(s->open, data, n, err);
    *data = s->instead + s->given;
    *n = s->length - s->given < BATCH ? (size_t)(s->length - s->given) : BATCH;
    s->given += *n;
    return 0;
}
