#include "ldap/secret-file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/secret.h"

enum { SECRET_FILE_MAX = 512 };

static bool is_credential(const char *path)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    size_t n = dir ? strlen(dir) : 0;

    return n > 0 && strncmp(path, dir, n) == 0 && path[n] == '/' && !strstr(path, "/../");
}

static int owner_check(int fd, const char *path, struct qn_err *err)
{
    mode_t refused = is_credential(path) ? 007 : 077;
    struct stat st;

    if (fstat(fd, &st) != 0)
        return qn_fail_errno(err, "%s", path);
    if (!S_ISREG(st.st_mode))
        return qn_fail(err, QN_EDENIED, "%s is not a file", path);
    if (st.st_mode & refused)
        return qn_fail(err, QN_EDENIED, "%s can be read by others than its owner: chmod 600 %s", path, path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
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

static int secret_take(struct qn_secret_text *out, int fd, const char *path, struct qn_err *err)
{
    uint8_t *p = qn_secret_alloc(SECRET_FILE_MAX + 3);
    ssize_t n = read_all(fd, p, SECRET_FILE_MAX + 2);
    int r = 0;

    if (n < 0)
        r = qn_fail_errno(err, "reading %s", path);
    if (n > 0 && p[n - 1] == '\n')
        n--;
    if (n > 0 && p[n - 1] == '\r')
        n--;
    if (r == 0 && (n <= 0 || n > SECRET_FILE_MAX || memchr(p, '\n', (size_t)n) || memchr(p, '\0', (size_t)n)))
        r = qn_fail(err, QN_EINVAL, "%s must hold one line of 1 to %d bytes: the password", path, SECRET_FILE_MAX);
    if (r != 0) {
        qn_secret_free(&p);
        return r;
    }
    p[n] = '\0';
    out->bytes = p;
    out->len = (size_t)n;
    return 0;
}

int qn_secret_file_read(struct qn_secret_text *out, const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int r;

    memset(out, 0, sizeof *out);
    if (fd < 0)
        return qn_fail_errno(err, "opening %s", path);
    r = owner_check(fd, path, err);
    if (r == 0)
        r = secret_take(out, fd, path, err);
    close(fd);
    return r;
}
