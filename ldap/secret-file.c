#include "config.h"

#include "ldap/secret-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/secret.h"

static bool is_credential(const char *path)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    size_t n = dir ? strlen(dir) : 0;

    return n > 0 && strncmp(path, dir, n) == 0 && path[n] == '/' && !strstr(path, "/../");
}

static int owner_check(int fd, const char *path, unsigned user, struct qn_err *err)
{
    mode_t refused = is_credential(path) ? 007 : 077;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return qn_fail_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return qn_fail(err, QN_EDENIED, "%s is not a file", path);
    if (st.st_mode & refused)
        return qn_fail(err, QN_EDENIED, "%s can be read by others than its owner: chmod 600 %s", path, path);
    if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != user)
        return qn_fail(err, QN_EDENIED, "%s belongs to another user: chown it to the user of quoin-ldap", path);
    return 0;
}

/* Reads until the end or one byte more than is allowed. */
static ssize_t read_all(int fd, uint8_t *p, size_t room)
{
    size_t n = 0;
    ssize_t got = 1;

    while (n < room && (got = read(fd, p + n, room - n)) > 0)
        n += (size_t)got;
    return got < 0 ? -1 : (ssize_t)n;
}

int qn_secret_file_read(struct qn_secret_text *out, const char *path, unsigned user, size_t most, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), r;
    uint8_t *p;
    ssize_t n = 0;

    memset(out, 0, sizeof *out);
    if (fd < 0)
        return qn_fail_errno(err, "opening %s", path);
    p = qn_secret_alloc(most + 1);
    r = owner_check(fd, path, user, err);
    if (r == 0 && (n = read_all(fd, p, most + 1)) < 0)
        r = qn_fail_errno(err, "reading %s", path);
    else if (r == 0 && (size_t)n > most)
        r = qn_fail(err, QN_EINVAL, "%s is larger than %zu bytes", path, most);
    close(fd);
    if (r != 0) {
        qn_secret_free(&p);
        return r;
    }
    out->bytes = p;
    out->len = (size_t)n;
    return 0;
}

int qn_secret_line(struct qn_secret_text *text, const char *what, struct qn_err *err)
{
    size_t n = text->len;

    if (n > 0 && text->bytes[n - 1] == '\n')
        n--;
    if (n > 0 && text->bytes[n - 1] == '\r')
        n--;
    if (n == 0 || n > QN_SECRET_TEXT_MAX || memchr(text->bytes, '\n', n) || memchr(text->bytes, '\0', n))
        return qn_fail(err, QN_EINVAL, "%s must hold one line of 1 to %d bytes: the password", what, QN_SECRET_TEXT_MAX);
    qn_wipe(text->bytes + n, text->len - n);
    text->len = n;
    return 0;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t did = write(fd, p, n);

        if (did < 0 && errno != EINTR)
            return -1;
        if (did > 0) {
            p += did;
            n -= (size_t)did;
        }
    }
    return 0;
}

/* So that the name is there after a crash too. */
static int folder_sync(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, r;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return r;
}

static int file_name(const char *from, const char *to, bool exclusive)
{
    if (!exclusive)
        return rename(from, to);
    return link(from, to) == 0 ? unlink(from) : -1;
}

int qn_secret_file_write(const char *path, const void *bytes, size_t n, unsigned uid, unsigned gid, bool exclusive,
                         struct qn_err *err)
{
    char name[PATH_MAX];
    int fd, r = 0;

    if (snprintf(name, sizeof name, "%s.XXXXXX", path) >= (int)sizeof name)
        return qn_fail(err, QN_EINVAL, "%s: too long", path);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return qn_fail_errno(err, "writing %s", name);
    if (fchown(fd, uid, gid) != 0 || fchmod(fd, 0400) != 0 || write_all(fd, bytes, n) != 0 || fsync(fd) != 0)
        r = qn_fail_errno(err, "writing %s", name);
    close(fd);
    if (r == 0 && file_name(name, path, exclusive) != 0)
        r = errno == EEXIST ? qn_fail(err, QN_ECONFLICT, "there is %s already", path) : qn_fail_errno(err, "writing %s", path);
    if (r == 0 && folder_sync(path) != 0)
        r = qn_fail_errno(err, "writing %s", path);
    if (r != 0)
        unlink(name);
    return r;
}
