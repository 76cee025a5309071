#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/id.h"
#include "lib/seal.h"
#include "lib/secret.h"
#include "server/keystore-private.h"

enum {
    ROOT_FILE = 48, ROOT_KEY = 16,
    SLOT_HEAD = 32, SLOT_WRAPPED = SLOT_HEAD, SLOT_BODY = SLOT_HEAD + QN_WRAPPED, /* nonce, body, tag */
    BODY_MAX = KEYSTORE_SLOT - SLOT_BODY - QN_GCM_EXTRA,
};

/* 0, or QN_EDENIED for what is not ours alone. */
static int check_private(const struct stat *st, const char *name, const char *want, struct qn_err *err)
{
    if (st->st_uid != geteuid())
        return qn_fail(err, QN_EDENIED, "%s belongs to user %u, not to user %u who runs this", name, st->st_uid, geteuid());
    if (st->st_mode & 077)
        return qn_fail(err, QN_EDENIED, "%s is open to others (mode %04o): chmod %s it, and consider its keys known", name,
                       st->st_mode & 07777, want);
    return 0;
}

/* A private regular file of exactly that size, or an error. Returns the descriptor. */
static int private_open(const struct keystore_file *f, const char *name, int flags, off_t size, struct qn_err *err)
{
    int fd = openat(f->dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r;
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return qn_fail(err, QN_ENOTFOUND, "there is no keys/%s", name);
    if (fd < 0 || fstat(fd, &st) != 0) {
        r = qn_fail_errno(err, "can't open keys/%s", name);
    } else if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_size != size) {
        r = qn_fail(err, QN_ECORRUPT, "keys/%s is not a file of %lld bytes with one name", name, (long long)size);
    } else {
        r = check_private(&st, name, "600", err);
        if (r == 0)
            return fd;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

static int write_full(int fd, const uint8_t *p, size_t n, off_t at, struct qn_err *err)
{
    while (n > 0) {
        ssize_t did = pwrite(fd, p, n, at);

        if (did < 0 && errno == EINTR)
            continue;
        if (did <= 0)
            return qn_fail_errno(err, "can't write keys");
        p += did;
        n -= (size_t)did;
        at += did;
    }
    return 0;
}

static int read_full(int fd, uint8_t *p, size_t n, off_t at, struct qn_err *err)
{
    while (n > 0) {
        ssize_t got = pread(fd, p, n, at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return qn_fail_errno(err, "can't read keys");
        if (got == 0)
            return qn_fail(err, QN_ECORRUPT, "a file of keys ends early");
        p += got;
        n -= (size_t)got;
        at += got;
    }
    return 0;
}

/* Creates a file that has its name only when all of it is on the disk. */
static int file_publish(struct keystore_file *f, const char *name, const uint8_t *part, size_t n, unsigned parts,
                        struct qn_err *err)
{
    int fd, r = 0;
    char fresh[32];

    snprintf(fresh, sizeof fresh, "%s.new", name);
    if (unlinkat(f->dir, fresh, 0) != 0 && errno != ENOENT)
        return qn_fail_errno(err, "can't remove keys/%s", fresh);
    fd = openat(f->dir, fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return qn_fail_errno(err, "can't create keys/%s", fresh);
    for (unsigned i = 0; i < parts && r == 0; i++)
        r = write_full(fd, part + (size_t)i * n, n, (off_t)(i * n), err);
    if (r == 0 && (fsync(fd) != 0 || renameat2(f->dir, fresh, f->dir, name, RENAME_NOREPLACE) != 0 || fsync(f->dir) != 0))
        r = qn_fail_errno(err, "can't create keys/%s", name);
    close(fd);
    return r;
}

static int root_read(struct keystore_file *f, struct qn_err *err)
{
    static const uint8_t head[ROOT_KEY] = "QUOINROT\0\1";
    uint8_t *bytes;
    int fd = private_open(f, "root", O_RDONLY, ROOT_FILE, err), r;

    if (fd < 0)
        return fd;
    bytes = qn_secret_alloc(ROOT_FILE);
    r = read_full(fd, bytes, ROOT_FILE, 0, err);
    close(fd);
    if (r == 0 && memcmp(bytes, head, sizeof head) != 0)
        r = qn_fail(err, QN_ECORRUPT, "keys/root is not a root of version 1");
    if (r == 0)
        memcpy(f->root, bytes + ROOT_KEY, 32);
    qn_secret_free(&bytes);
    return r;
}

static int root_make(struct keystore_file *f, struct qn_err *err)
{
    uint8_t *bytes = qn_secret_alloc(ROOT_FILE);
    int r;

    memcpy(bytes, "QUOINROT", 8);
    qn_put16(bytes + 8, 1);
    qn_random(bytes + ROOT_KEY, 32);
    r = file_publish(f, "root", bytes, ROOT_FILE, 1, err);
    qn_secret_free(&bytes);
    return r;
}

static int folder_open(struct keystore_file *f, const char *dir, int create, struct qn_err *err)
{
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
    struct stat st;

    if (top < 0)
        return qn_fail_errno(err, "can't open %s", dir);
    if (create && mkdirat(top, "keys", 0700) != 0 && errno != EEXIST)
        r = qn_fail_errno(err, "can't create %s/keys", dir);
    else if ((f->dir = openat(top, "keys", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        r = errno == ENOENT ? qn_fail(err, QN_ENOTFOUND, "there is no %s/keys", dir)
                            : qn_fail_errno(err, "can't open %s/keys", dir);
    else if (fstat(f->dir, &st) != 0)
        r = qn_fail_errno(err, "can't look at %s/keys", dir);
    else if (create && (fsync(f->dir) != 0 || fsync(top) != 0)) /* names that a killed process may have left included */
        r = qn_fail_errno(err, "can't sync %s/keys", dir);
    else
        r = check_private(&st, "keys", "700", err);
    close(top);
    if (r == 0 && flock(f->dir, LOCK_EX | LOCK_NB) != 0)
        r = errno == EWOULDBLOCK ? qn_fail(err, QN_ECONFLICT, "another process uses %s/keys", dir)
                                 : qn_fail_errno(err, "can't lock %s/keys", dir);
    return r;
}

static int memory_take(struct keystore_file *f, struct qn_err *err)
{
    void *p = mmap(NULL, KEYSTORE_SLOT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return qn_fail_errno(err, "no memory for keys");
    f->plain = p;
    if (mlock2(p, KEYSTORE_SLOT, MLOCK_ONFAULT) != 0)
        return qn_fail_errno(err, "can't lock memory for keys (LimitMEMLOCK=)");
    (void)madvise(p, KEYSTORE_SLOT, MADV_DONTDUMP);
    f->root = qn_secret_alloc(32);
    f->slot = qn_alloc(KEYSTORE_SLOT);
    return 0;
}

int keystore_file_open(struct keystore_file *f, const char *dir, int create, struct qn_err *err)
{
    int r, there;

    memset(f, 0, sizeof *f);
    f->dir = -1;
    r = memory_take(f, err);
    if (r == 0)
        r = folder_open(f, dir, create, err);
    if (r != 0)
        return r;
    r = root_read(f, err);
    if (r != QN_ENOTFOUND || !create)
        return r;
    there = keystore_file_exists(f, err);
    if (there)
        return there < 0 ? there : qn_fail(err, QN_ECORRUPT, "keys/root is gone, and without it keys/keystore can't be opened");
    r = root_make(f, err);
    return r ? r : root_read(f, err);
}

void keystore_file_close(struct keystore_file *f)
{
    qn_secret_free(&f->root);
    free(f->slot);
    if (f->plain) {
        munmap(f->plain, KEYSTORE_SLOT);
        close(f->dir);
    }
    memset(f, 0, sizeof *f);
}

int keystore_file_exists(const struct keystore_file *f, struct qn_err *err)
{
    int fd = private_open(f, "keystore", O_RDONLY, (off_t)KEYSTORE_SLOT * KEYSTORE_SLOTS, err), r = 1;

    if (fd < 0)
        return fd == QN_ENOTFOUND ? 0 : fd;
    if (fdatasync(fd) != 0)
        r = qn_fail_errno(err, "can't sync keys/keystore");
    close(fd);
    return r;
}

/* The set's entries in f->plain; *n is how many bytes. */
static int body_write(struct keystore_file *f, const struct keystore_set *set, size_t *n, struct qn_err *err)
{
    uint8_t *p = f->plain;

    for (size_t i = 0; i < set->n; i++) {
        size_t id = strlen(set->entry[i].id);

        if ((size_t)(p - f->plain) + 1 + id + 32 > BODY_MAX)
            return qn_fail(err, QN_EFULL, "%zu keys do not fit the keystore", set->n);
        *p++ = (uint8_t)id;
        memcpy(p, set->entry[i].id, id);
        memcpy(p + id, set->entry[i].key, 32);
        p += id + 32;
    }
    *n = (size_t)(p - f->plain);
    return 0;
}

/* f->slot as it will be on the disk, under a fresh generation key. */
static int slot_make(struct keystore_file *f, uint64_t generation, const struct keystore_set *set, struct qn_err *err)
{
    uint8_t *key = qn_secret_alloc(32);
    size_t n = 0;
    int r;

    memset(f->slot, 0, KEYSTORE_SLOT);
    memcpy(f->slot, "QUOINKEY", 8);
    qn_put64(f->slot + 8, generation);
    qn_random(key, 32);
    r = body_write(f, set, &n, err);
    qn_put32(f->slot + 16, (uint32_t)n);
    if (r == 0)
        r = qn_wrap(f->slot + SLOT_WRAPPED, f->root, key, f->slot, SLOT_HEAD, err);
    if (r == 0)
        r = qn_gcm_seal(f->slot + SLOT_BODY, key, f->slot, SLOT_BODY, f->plain, n, err);
    qn_wipe(f->plain, n);
    qn_secret_free(&key);
    return r;
}

int keystore_file_make(struct keystore_file *f, const struct keystore_set *set, struct qn_err *err)
{
    uint8_t *both = qn_alloc((size_t)KEYSTORE_SLOT * KEYSTORE_SLOTS);
    int r = slot_make(f, 1, set, err);

    memcpy(both, f->slot, KEYSTORE_SLOT);
    if (r == 0)
        r = file_publish(f, "keystore", both, KEYSTORE_SLOT, KEYSTORE_SLOTS, err);
    free(both);
    return r;
}

int keystore_slot_write(struct keystore_file *f, int slot, uint64_t generation, const struct keystore_set *set,
                        struct qn_err *err)
{
    int r = slot_make(f, generation, set, err), fd;

    if (r != 0)
        return r;
    /* Opened for each write: after a failed sync a descriptor can't be trusted to report the next. */
    fd = private_open(f, "keystore", O_RDWR, (off_t)KEYSTORE_SLOT * KEYSTORE_SLOTS, err);
    if (fd < 0)
        return fd;
    r = write_full(fd, f->slot, KEYSTORE_SLOT, (off_t)slot * KEYSTORE_SLOT, err);
    if (r == 0 && fdatasync(fd) != 0)
        r = qn_fail_errno(err, "can't sync keys/keystore");
    close(fd);
    return r;
}

static int body_read(const uint8_t *p, size_t n, struct keystore_set *set)
{
    while (n > 0) {
        size_t id = p[0];
        char name[KEYSTORE_ID_MAX + 1] = "";
        uint8_t *key;

        if (n < 1 + id + 32 || !keystore_id_valid((const char *)p + 1, id))
            return QN_ECORRUPT;
        memcpy(name, p + 1, id);
        if (keystore_set_find(set, name))
            return QN_ECORRUPT;
        key = qn_secret_alloc(32);
        memcpy(key, p + 1 + id, 32);
        keystore_set_add(set, name, key);
        p += 1 + id + 32;
        n -= 1 + id + 32;
    }
    return 0;
}

/* Opens what is in f->slot. */
static int slot_open(struct keystore_file *f, int slot, struct keystore_set *set_out, struct qn_err *err)
{
    static const uint8_t zero[12];
    uint8_t *key = qn_secret_alloc(32);
    size_t n = qn_get32(f->slot + 16);
    int r = QN_ECORRUPT;

    if (memcmp(f->slot, "QUOINKEY", 8) == 0 && memcmp(f->slot + 20, zero, sizeof zero) == 0 && n <= BODY_MAX)
        r = qn_unwrap(key, f->root, f->slot + SLOT_WRAPPED, f->slot, SLOT_HEAD, err);
    if (r == 0)
        r = qn_gcm_open(f->plain, key, f->slot, SLOT_BODY, f->slot + SLOT_BODY, n, err);
    if (r == 0) {
        r = body_read(f->plain, n, set_out);
        qn_wipe(f->plain, n);
    }
    qn_secret_free(&key);
    if (r == 0)
        return 0;
    keystore_set_free(set_out);
    return r == QN_ECORRUPT ? qn_fail(err, r, "slot %d of the keystore does not open", slot) : r;
}

int keystore_slot_read(struct keystore_file *f, int slot, uint64_t *generation_out, struct keystore_set *set_out,
                       struct qn_err *err)
{
    static const uint8_t zero[SLOT_HEAD];
    int fd = private_open(f, "keystore", O_RDONLY, (off_t)KEYSTORE_SLOT * KEYSTORE_SLOTS, err), r;

    *generation_out = 0;
    memset(set_out, 0, sizeof *set_out);
    if (fd < 0)
        return fd;
    r = read_full(fd, f->slot, KEYSTORE_SLOT, (off_t)slot * KEYSTORE_SLOT, err);
    close(fd);
    if (r != 0)
        return r;
    if (memcmp(f->slot, zero, sizeof zero) == 0)
        return qn_fail(err, QN_ENOTFOUND, "slot %d of the keystore was never written", slot);
    r = slot_open(f, slot, set_out, err);
    if (r == 0)
        *generation_out = qn_get64(f->slot + 8);
    return r;
}
