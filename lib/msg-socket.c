/* Messages on sockets: one packet each, descriptors beside it. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/secret.h"
#include "lib/verb.h"

int qn_msg_send(int sock, const struct qn_msg *m, struct qn_err *err)
{
    static _Thread_local uint8_t packet[QN_MSG_MAX];
    union { char bytes[CMSG_SPACE(sizeof(int) * QN_MSG_FDS)]; struct cmsghdr align; } control = { 0 };
    int n = qn_msg_encode(m, packet, err);
    struct iovec iov = { packet, n > 0 ? (size_t)n : 0 };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
    ssize_t sent;

    if (n < 0)
        return n;
    if (m->fds) {
        struct cmsghdr *c = &control.align;

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * m->fds);
        memcpy(CMSG_DATA(c), m->fd, sizeof(int) * m->fds);
        h.msg_control = control.bytes;
        h.msg_controllen = CMSG_SPACE(sizeof(int) * m->fds);
    }
    do
        sent = sendmsg(sock, &h, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    qn_wipe(packet, (size_t)n);
    if (sent == n)
        return 0;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS))
        return qn_fail(err, QN_EAGAIN, "peer does not take messages");
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN))
        return qn_fail(err, QN_EEOF, "peer is gone");
    return qn_fail_errno(err, "sending %s", m->verb);
}

/* Collects passed descriptors; too many are closed and refused. */
static int recv_fds(struct msghdr *h, int fd[QN_MSG_FDS], size_t *count, struct qn_err *err)
{
    int r = 0;

    *count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        size_t n;
        int got[32];

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (n > sizeof got / sizeof *got)
            qn_panic("more descriptors than room");
        memcpy(got, CMSG_DATA(c), n * sizeof(int));
        for (size_t i = 0; i < n; i++) {
            if (*count < QN_MSG_FDS) {
                fd[(*count)++] = got[i];
            } else {
                close(got[i]);
                r = qn_fail(err, QN_EINVAL, "message has too many descriptors");
            }
        }
    }
    if (h->msg_flags & (MSG_CTRUNC | MSG_TRUNC))
        r = qn_fail(err, QN_EINVAL, "message is larger than %d bytes or has too many descriptors", QN_MSG_MAX);
    return r;
}

int qn_msg_recv(int sock, struct qn_msg *m, struct qn_err *err)
{
    static _Thread_local uint8_t packet[QN_MSG_MAX];
    union { char bytes[CMSG_SPACE(sizeof(int) * 8)]; struct cmsghdr align; } control;
    struct iovec iov = { packet, sizeof packet };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };
    int fd[QN_MSG_FDS], r;
    size_t fds = 0;
    ssize_t n;

    memset(m, 0, sizeof *m);
    do
        n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return qn_fail(err, QN_EAGAIN, "no message yet");
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return qn_fail(err, QN_EEOF, "peer closed the connection");
    if (n < 0)
        return qn_fail_errno(err, "receiving");
    r = recv_fds(&h, fd, &fds, err);
    if (r == 0)
        r = qn_msg_decode(m, packet, (size_t)n, err);
    qn_wipe(packet, (size_t)n);
    if (r != 0) {
        for (size_t i = 0; i < fds; i++)
            close(fd[i]);
        return r;
    }
    memcpy(m->fd, fd, sizeof fd);
    m->fds = fds;
    return 0;
}

int qn_msg_dial(const char *path, struct qn_err *err)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof sa.sun_path)
        return qn_fail(err, QN_EINVAL, "socket path %s is too long", path);
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return qn_fail_errno(err, "socket");
    if (connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
        qn_fail_errno(err, "connecting to %s", path);
        if (err)
            err->code = QN_EAWAY;
        close(fd);
        return QN_EAWAY;
    }
    return fd;
}

static int msg_wait(int sock, short events, int64_t until, struct qn_err *err)
{
    struct pollfd p = { sock, events, 0 };
    int64_t left = until - qn_clock_boot();
    int n = poll(&p, 1, left > 0 ? (int)left : 0);

    if (n < 0 && errno != EINTR)
        return qn_fail_errno(err, "poll");
    if (n == 0 && left <= 0)
        return qn_fail(err, QN_ETIMEOUT, "no answer in time");
    return 0;
}

int qn_msg_call(int sock, struct qn_msg *request, struct qn_msg *answer, int timeout_ms, struct qn_err *err)
{
    static _Thread_local int64_t seq;
    int64_t until = qn_clock_boot() + timeout_ms;
    int r = qn_verb_check(request, err);

    memset(answer, 0, sizeof *answer);
    request->seq = ++seq;
    while (r == 0 && (r = qn_msg_send(sock, request, err)) == QN_EAGAIN)
        r = msg_wait(sock, POLLOUT, until, err);
    while (r == 0 && (r = qn_msg_recv(sock, answer, err)) == QN_EAGAIN)
        r = msg_wait(sock, POLLIN, until, err);
    if (r == 0 && (!answer->answer || answer->seq != request->seq || strcmp(answer->verb, request->verb) != 0))
        r = qn_fail(err, QN_EINVAL, "answer does not belong to %s", request->verb);
    if (r == 0)
        r = qn_verb_check(answer, err);
    if (r != 0)
        qn_msg_free(answer);
    return r;
}

unsigned qn_msg_peer_uid(int sock)
{
    struct ucred cred;
    socklen_t n = sizeof cred;

    if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
        return (unsigned)-1;
    return cred.uid;
}
