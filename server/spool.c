#include "config.h"

#include "server/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"

enum { FOLDER_NAME = 7, FOLDERS_OPEN = 8, FILE_NAME = 36 + 6 };

/* A folder holds the jobs of 2^20 ms, about 17 minutes. */
struct spool_folder {
    char name[FOLDER_NAME + 1]; /* "" for a free place */
    int fd;
    bool touched;               /* has names that are not synced yet */
    uint64_t used;              /* when it was used last, to find the one to close */
};

struct qn_spool {
    int dir;
    bool touched;               /* has folders that are not synced yet */
    uint64_t uses;
    struct spool_folder folder[FOLDERS_OPEN];
};

static void file_name(char out[FILE_NAME + 1], const char *job)
{
    snprintf(out, FILE_NAME + 1, "%.36s.quoin", job);
}

static int check_job(const char *job, struct qn_err *err)
{
    uint8_t id[16];

    return qn_uuid_parse(id, job) ? 0 : qn_fail(err, QN_EINVAL, "'%.40s' is not a job's id", job);
}

int qn_spool_open(struct qn_spool **out, const char *dir, struct qn_err *err)
{
    struct qn_spool *s;
    int top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

    *out = NULL;
    if (top < 0)
        return qn_fail_errno(err, "can't open %s", dir);
    if (mkdirat(top, "spool", 0700) == 0 || errno == EEXIST)
        fd = openat(top, "spool", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(top);
    if (fd < 0)
        return qn_fail_errno(err, "can't open %s/spool", dir);
    if (fsync(fd) != 0) { /* folders that a killed process has made */
        qn_fail_errno(err, "can't sync %s/spool", dir);
        close(fd);
        return QN_EIO;
    }
    s = qn_alloc(sizeof *s);
    s->dir = fd;
    for (int i = 0; i < FOLDERS_OPEN; i++)
        s->folder[i].fd = -1;
    *out = s;
    return 0;
}

static void folder_close(struct spool_folder *f)
{
    if (f->fd >= 0)
        close(f->fd);
    memset(f, 0, sizeof *f);
    f->fd = -1;
}

void qn_spool_close(struct qn_spool **s)
{
    if (!*s)
        return;
    for (int i = 0; i < FOLDERS_OPEN; i++)
        folder_close(&(*s)->folder[i]);
    close((*s)->dir);
    free(*s);
    *s = NULL;
}

static struct spool_folder *folder_known(struct qn_spool *s, const char *name)
{
    for (int i = 0; i < FOLDERS_OPEN; i++)
        if (strcmp(s->folder[i].name, name) == 0)
            return &s->folder[i];
    return NULL;
}

/* A free place, for which the folder used longest ago makes room; NULL if that can't be synced. */
static struct spool_folder *folder_place(struct qn_spool *s, struct qn_err *err)
{
    struct spool_folder *f = &s->folder[0];

    for (int i = 1; i < FOLDERS_OPEN; i++)
        if (s->folder[i].used < f->used)
            f = &s->folder[i];
    if (f->touched && fsync(f->fd) != 0) {
        qn_fail_errno(err, "can't sync the spool's folder %s", f->name);
        return NULL;
    }
    folder_close(f);
    return f;
}

/* The folder of a job, open; made if create. QN_ENOTFOUND if there is none. */
static int folder_get(struct qn_spool *s, const char *job, bool create, struct spool_folder **out, struct qn_err *err)
{
    char name[FOLDER_NAME + 1];
    struct spool_folder *f;
    int r = check_job(job, err);

    *out = NULL;
    if (r != 0)
        return r;
    memcpy(name, job, FOLDER_NAME);
    name[FOLDER_NAME] = '\0';
    f = folder_known(s, name);
    if (!f) {
        f = folder_place(s, err);
        if (!f)
            return QN_EIO;
        if (create && mkdirat(s->dir, name, 0700) == 0)
            s->touched = true;
        f->fd = openat(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (f->fd < 0)
            return errno == ENOENT && !create ? qn_fail(err, QN_ENOTFOUND, "the spool has no folder %s", name)
                                              : qn_fail_errno(err, "can't open the spool's folder %s", name);
        memcpy(f->name, name, sizeof name);
    }
    f->used = ++s->uses;
    *out = f;
    return 0;
}

/* Somebody removed the open folder behind our back, or qn_spool_unlink() did while a job was arriving. */
static bool folder_gone(const struct spool_folder *f)
{
    struct stat st;

    return fstat(f->fd, &st) != 0 || st.st_nlink == 0;
}

int qn_spool_new(struct qn_spool *s, const char *job, int *write_fd, int *read_fd, struct qn_err *err)
{
    struct spool_folder *f;
    char path[64];
    int r = folder_get(s, job, true, &f, err);

    *write_fd = *read_fd = -1;
    if (r != 0)
        return r;
    *write_fd = openat(f->fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (*write_fd < 0 && folder_gone(f)) {
        folder_close(f);
        r = folder_get(s, job, true, &f, err);
        if (r != 0)
            return r;
        *write_fd = openat(f->fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    }
    if (*write_fd < 0)
        return qn_fail_errno(err, "can't make a file without a name in the spool (it needs a file system with O_TMPFILE)");
    snprintf(path, sizeof path, "/proc/self/fd/%d", *write_fd);
    *read_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*read_fd >= 0)
        return 0;
    r = qn_fail_errno(err, "can't open the new file for reading");
    close(*write_fd);
    *write_fd = -1;
    return r;
}

int qn_spool_quiet(int read_fd, struct qn_err *err)
{
    if (fcntl(read_fd, F_SETLEASE, F_RDLCK) != 0) {
        if (errno == EAGAIN)
            return qn_fail(err, QN_ECONFLICT, "somebody can still write the file");
        return qn_fail_errno(err, "can't take a lease on the file");
    }
    if (fcntl(read_fd, F_SETLEASE, F_UNLCK) != 0)
        return qn_fail_errno(err, "can't give back the lease on the file");
    return 0;
}

int qn_spool_link(struct qn_spool *s, const char *job, int read_fd, struct qn_err *err)
{
    char path[64], name[FILE_NAME + 1];
    struct spool_folder *f;
    int r = folder_get(s, job, true, &f, err), did;

    if (r != 0)
        return r;
    file_name(name, job);
    snprintf(path, sizeof path, "/proc/self/fd/%d", read_fd);
    did = linkat(AT_FDCWD, path, f->fd, name, AT_SYMLINK_FOLLOW);
    if (did != 0 && errno != EEXIST && folder_gone(f)) {
        folder_close(f);
        r = folder_get(s, job, true, &f, err);
        if (r != 0)
            return r;
        did = linkat(AT_FDCWD, path, f->fd, name, AT_SYMLINK_FOLLOW);
    }
    if (did != 0)
        return errno == EEXIST ? qn_fail(err, QN_ECONFLICT, "the spool has a file of job %s", job)
                               : qn_fail_errno(err, "can't give job %s its name", job);
    f->touched = true;
    return 0;
}

int qn_spool_sync(struct qn_spool *s, struct qn_err *err)
{
    for (int i = 0; i < FOLDERS_OPEN; i++) {
        struct spool_folder *f = &s->folder[i];

        if (f->touched && fsync(f->fd) != 0)
            return qn_fail_errno(err, "can't sync the spool's folder %s", f->name);
        f->touched = false;
    }
    if (s->touched && fsync(s->dir) != 0)
        return qn_fail_errno(err, "can't sync the spool");
    s->touched = false;
    return 0;
}

int qn_spool_open_job(struct qn_spool *s, const char *job, int *fd_out, struct qn_err *err)
{
    char name[FILE_NAME + 1];
    struct spool_folder *f;
    struct stat st;
    int fd, r;

    *fd_out = -1;
    r = folder_get(s, job, false, &f, err);
    if (r != 0)
        return r;
    file_name(name, job);
    fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return qn_fail(err, QN_ENOTFOUND, "the spool has no file of job %s", job);
    if (fd < 0 && errno == ELOOP)
        return qn_fail(err, QN_ECORRUPT, "the file of job %s is a symbolic link", job);
    if (fd < 0 || fstat(fd, &st) != 0) {
        r = qn_fail_errno(err, "can't open the file of job %s", job);
    } else if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != geteuid()) {
        r = qn_fail(err, QN_ECORRUPT, "the file of job %s is not a regular file of ours with one name", job);
    } else {
        *fd_out = fd;
        return 0;
    }
    if (fd >= 0)
        close(fd);
    return r;
}

/* True for a folder that no job of now can be put into any more. */
static bool folder_past(const char *name)
{
    return strtoll(name, NULL, 16) < (qn_clock_wall() >> 20) - 1;
}

int qn_spool_unlink(struct qn_spool *s, const char *job, struct qn_err *err)
{
    char name[FILE_NAME + 1], folder[FOLDER_NAME + 1];
    struct spool_folder *f;
    int r = folder_get(s, job, false, &f, err);

    if (r != 0)
        return r == QN_ENOTFOUND ? 0 : r;
    file_name(name, job);
    if (unlinkat(f->fd, name, 0) != 0 && errno != ENOENT)
        return qn_fail_errno(err, "can't unlink the file of job %s", job);
    memcpy(folder, f->name, sizeof folder);
    if (folder_past(folder) && unlinkat(s->dir, folder, AT_REMOVEDIR) == 0)
        folder_close(f);
    return 0;
}

int64_t qn_spool_free_bytes(const struct qn_spool *s)
{
    struct statvfs v;

    if (fstatvfs(s->dir, &v) != 0)
        return 0;
    return (int64_t)(v.f_bavail * v.f_frsize);
}

/* ---- the sweep at start ---- */

/* The newest `want` folders' names, newest first; *n is how many. The caller frees. */
static char (*newest_folders(DIR *d, int want, int *n))[FOLDER_NAME + 1]
{
    char (*name)[FOLDER_NAME + 1] = qn_alloc(((size_t)want + 1) * sizeof *name);
    struct dirent *e;

    *n = 0;
    while ((e = readdir(d))) {
        int at = *n;

        if (strspn(e->d_name, "0123456789abcdef") != FOLDER_NAME || e->d_name[FOLDER_NAME] != '\0')
            continue;
        for (; at > 0 && strcmp(name[at - 1], e->d_name) < 0; at--)
            memcpy(name[at], name[at - 1], sizeof *name);
        memcpy(name[at], e->d_name, sizeof *name);
        if (*n < want)
            ++*n;
    }
    return name;
}

/* One file of a folder: 1 if it was unlinked, 0 if kept, or a code. */
static int sweep_file(int dir, const char *folder, const char *name, int (*keep)(void *ctx, const char *job), void *ctx,
                      struct qn_err *err)
{
    char job[QN_UUID_TEXT] = "", whole[FILE_NAME + 1];
    uint8_t id[16];
    int r;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    memcpy(job, name, strnlen(name, sizeof job - 1));
    file_name(whole, job);
    if (!qn_uuid_parse(id, job) || strcmp(whole, name) != 0 || strncmp(job, folder, FOLDER_NAME) != 0) {
        qn_log(QN_LOG_WARNING, "spool/%s holds '%.64s', which is not a job's file: left alone", folder, name);
        return 0;
    }
    r = keep(ctx, job);
    if (r != 0)
        return r < 0 ? qn_fail(err, r, "can't tell whether job %s is known", job) : 0;
    if (unlinkat(dir, name, 0) != 0)
        return qn_fail_errno(err, "can't unlink spool/%s/%s", folder, name);
    return 1;
}

static int sweep_folder(struct qn_spool *s, const char *folder, int (*keep)(void *ctx, const char *job), void *ctx,
                        struct qn_err *err)
{
    int fd = openat(s->dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), gone = 0, r = 0;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;

    if (!d) {
        r = qn_fail_errno(err, "can't open the spool's folder %s", folder);
        if (fd >= 0)
            close(fd);
        return r;
    }
    while (r >= 0 && (e = readdir(d))) {
        r = sweep_file(fd, folder, e->d_name, keep, ctx, err);
        gone += r > 0;
    }
    closedir(d);
    return r < 0 ? r : gone;
}

int qn_spool_sweep(struct qn_spool *s, int folders, int (*keep)(void *ctx, const char *job), void *ctx, struct qn_err *err)
{
    int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n, gone = 0, r = 0;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    char (*name)[FOLDER_NAME + 1];

    if (!d) {
        r = qn_fail_errno(err, "can't read the spool");
        if (fd >= 0)
            close(fd);
        return r;
    }
    name = newest_folders(d, folders, &n);
    closedir(d);
    for (int i = 0; i < n && r >= 0; i++) {
        r = sweep_folder(s, name[i], keep, ctx, err);
        gone += r > 0 ? r : 0;
    }
    free(name);
    return r < 0 ? r : gone;
}
