#include "config.h"

#include "intake/cupsd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"

/* Connects; waiting for a place in cupsd's queue, and sending, may take ms. */
static int dial(const char *path, int ms, struct qn_err *err)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    struct timeval wait = { ms / 1000, ms % 1000 * 1000L };
    int fd;

    if (strlen(path) >= sizeof sa.sun_path)
        return qn_fail(err, QN_EINVAL, "socket path %s is too long", path);
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return qn_fail_errno(err, "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
        connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
        return fd;
    qn_fail(err, QN_EAWAY, "cupsd can't be reached at %s: %s", path, strerror(errno));
    close(fd);
    return QN_EAWAY;
}

static int say(int fd, int64_t job, const char *user, struct qn_err *err)
{
    struct qn_buf ask = { 0 };
    bool sent;

    qn_cups_job_ask(&ask, job, user);
    sent = !ask.full && send(fd, ask.data, ask.len, MSG_NOSIGNAL) == (ssize_t)ask.len;
    qn_buf_free(&ask);
    return sent ? 0 : qn_fail(err, QN_EAWAY, "cupsd does not take a question");
}

/* One more piece of the answer. Returns its bytes. */
static ssize_t hear(int fd, uint8_t *room, size_t n, int64_t until, struct qn_err *err)
{
    int64_t left = until - qn_clock_boot();
    struct pollfd p = { fd, POLLIN, 0 };
    ssize_t got;

    if (left <= 0 || poll(&p, 1, (int)left) == 0)
        return qn_fail(err, QN_ETIMEOUT, "cupsd does not answer");
    got = recv(fd, room, n, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    return got > 0 ? got : qn_fail(err, QN_EAWAY, "cupsd closed without an answer");
}

int qn_cupsd_ask(struct qn_cups_job *out, const char *socket_path, const char *user, int64_t job, int ms, struct qn_err *err)
{
    static uint8_t answer[QN_CUPS_ANSWER_MAX + 1]; /* one byte more than an answer may have */
    int64_t until = qn_clock_boot() + ms;
    const uint8_t *body;
    size_t have = 0, n;
    int fd = dial(socket_path, ms, err), r = fd < 0 ? fd : say(fd, job, user, err);

    if (r == 0)
        r = QN_EAGAIN;
    while (r == QN_EAGAIN) {
        ssize_t got = hear(fd, answer + have, sizeof answer - have, until, err);

        have += got > 0 ? (size_t)got : 0;
        r = got < 0 ? (int)got : qn_cups_job_body(answer, have, &body, &n, err);
    }
    if (r == 0)
        r = qn_cups_job_read(out, body, n, err);
    if (fd >= 0)
        close(fd);
    return r;
}
