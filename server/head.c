#include "config.h"

#include "server/head.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"

/* A slot: magic 8, version 2, zero 2, length of note 2, length of edge 2, generation 8, zero 8, SHA-256 32, note, edge.
 * The hash is over the slot with its own place zeroed. */
enum { SLOT_VERSION = 1, AT_VERSION = 8, AT_NOTE = 12, AT_EDGE = 14, AT_GENERATION = 16, AT_HASH = 32, AT_BODY = 64 };

static const char magic[] = "QUOINLOG";

static void head_hash(uint8_t out[QN_HASH], const uint8_t slot[QN_HEAD_SLOT])
{
    uint8_t bare[QN_HEAD_SLOT];

    memcpy(bare, slot, QN_HEAD_SLOT);
    memset(bare + AT_HASH, 0, QN_HASH);
    if (EVP_Digest(bare, sizeof bare, out, NULL, EVP_sha256(), NULL) != 1)
        qn_panic("SHA-256 failed");
}

static void head_encode(uint8_t slot[QN_HEAD_SLOT], const struct qn_head *head)
{
    size_t note = strlen(head->note), edge = head->tree.edges * (size_t)QN_HASH;
    uint8_t hash[EVP_MAX_MD_SIZE];

    memset(slot, 0, QN_HEAD_SLOT);
    memcpy(slot, magic, 8);
    qn_put16(slot + AT_VERSION, SLOT_VERSION);
    qn_put16(slot + AT_NOTE, (uint16_t)note);
    qn_put16(slot + AT_EDGE, (uint16_t)edge);
    qn_put64(slot + AT_GENERATION, head->generation);
    memcpy(slot + AT_BODY, head->note, note);
    memcpy(slot + AT_BODY + note, head->tree.edge, edge);
    head_hash(hash, slot);
    memcpy(slot + AT_HASH, hash, QN_HASH);
}

/* True for a slot that was written whole; its parts are then within it. */
static bool head_whole(const uint8_t slot[QN_HEAD_SLOT])
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    size_t note = qn_get16(slot + AT_NOTE), edge = qn_get16(slot + AT_EDGE);

    if (memcmp(slot, magic, 8) != 0 || qn_get16(slot + AT_VERSION) != SLOT_VERSION)
        return false;
    head_hash(hash, slot);
    return memcmp(hash, slot + AT_HASH, QN_HASH) == 0 && note < QN_NOTE_MAX && edge <= (size_t)QN_EDGE_MAX * QN_HASH &&
           AT_BODY + note + edge <= QN_HEAD_SLOT;
}

static int head_decode(struct qn_head *out, const uint8_t slot[QN_HEAD_SLOT], const struct qn_note_key *key,
                       struct qn_err *err)
{
    size_t note_len = qn_get16(slot + AT_NOTE), edge_len = qn_get16(slot + AT_EDGE);
    uint8_t root[QN_HASH];
    struct qn_note note;
    int r;

    out->generation = qn_get64(slot + AT_GENERATION);
    memcpy(out->note, slot + AT_BODY, note_len);
    out->note[note_len] = '\0';
    r = qn_note_open(&note, out->note, key, err);
    if (r != 0)
        return r;
    if (!qn_merkle_load(&out->tree, note.size, slot + AT_BODY + note_len, edge_len))
        return qn_fail(err, QN_ECORRUPT, "the head file's edge has the wrong length");
    qn_merkle_root(root, &out->tree);
    if (memcmp(root, note.root, sizeof root) != 0)
        return qn_fail(err, QN_ECORRUPT, "the head file's edge does not have the signed root");
    return 0;
}

static int head_load(uint8_t slots[2 * QN_HEAD_SLOT], const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n;

    memset(slots, 0, 2 * QN_HEAD_SLOT);
    if (fd < 0)
        return errno == ENOENT ? qn_fail(err, QN_ENOTFOUND, "%s is missing", path) : qn_fail_errno(err, "opening %s", path);
    n = pread(fd, slots, 2 * QN_HEAD_SLOT, 0);
    close(fd);
    return n < 0 ? qn_fail_errno(err, "reading %s", path) : 0;
}

int qn_head_read(struct qn_head *out, const char *path, const struct qn_note_key *key, struct qn_err *err)
{
    uint8_t slots[2 * QN_HEAD_SLOT], *best = NULL;
    int r = head_load(slots, path, err);

    memset(out, 0, sizeof *out);
    if (r != 0)
        return r;
    for (int i = 0; i < 2; i++) {
        uint8_t *slot = slots + i * QN_HEAD_SLOT;

        if (head_whole(slot) && (!best || qn_get64(slot + AT_GENERATION) > qn_get64(best + AT_GENERATION)))
            best = slot;
    }
    if (!best)
        return qn_fail(err, QN_ECORRUPT, "%s: neither slot is whole", path);
    r = head_decode(out, best, key, err);
    if (r != 0) {
        memset(out, 0, sizeof *out);
        return qn_prefix(err, path);
    }
    return 0;
}

static int head_sync_folder(const char *path, struct qn_err *err)
{
    char *copy = qn_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

    if (fd < 0 || fsync(fd) != 0)
        r = qn_fail_errno(err, "syncing the folder of %s", path);
    if (fd >= 0)
        close(fd);
    free(copy);
    return r;
}

int qn_head_put_file(const char *path, unsigned mode, const void *p, size_t n, struct qn_err *err)
{
    char fresh[4096];
    int fd, bad;

    if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) >= sizeof fresh)
        return qn_fail(err, QN_EINVAL, "the path is too long");
    unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return qn_fail_errno(err, "creating %s", fresh);
    bad = fchmod(fd, mode) != 0 || pwrite(fd, p, n, 0) != (ssize_t)n || fsync(fd) != 0;
    bad |= close(fd) != 0;
    if (bad || rename(fresh, path) != 0) {
        qn_fail_errno(err, "writing %s", path);
        unlink(fresh);
        return QN_EIO;
    }
    return head_sync_folder(path, err);
}

int qn_head_create(const char *path, const struct qn_head *head, struct qn_err *err)
{
    uint8_t slots[2 * QN_HEAD_SLOT] = { 0 };

    head_encode(slots + (head->generation % 2) * QN_HEAD_SLOT, head);
    return qn_head_put_file(path, 0600, slots, sizeof slots, err);
}

int qn_head_open(const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return qn_fail_errno(err, "opening %s", path);
    if (fdatasync(fd) != 0) {
        qn_fail_errno(err, "syncing %s", path);
        close(fd);
        return QN_EIO;
    }
    return fd;
}

int qn_head_write(int fd, const struct qn_head *head, struct qn_err *err)
{
    uint8_t slot[QN_HEAD_SLOT];
    off_t at = (off_t)(head->generation % 2) * QN_HEAD_SLOT;

    head_encode(slot, head);
    if (pwrite(fd, slot, sizeof slot, at) != (ssize_t)sizeof slot || fdatasync(fd) != 0)
        return qn_fail_errno(err, "writing the head file");
    return 0;
}
