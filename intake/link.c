#include "config.h"

#include "intake/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"

enum { GRACE = 20 }; /* seconds beyond the longest wait after which a hung process is ended */

/* Takes every descriptor out of a received packet; the first is kept, the rest are closed. Returns how many there were. */
static int take_descriptors(struct msghdr *h, int *first)
{
    int count = 0;

    *first = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof(int) <= c->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
            if (count++ == 0)
                *first = fd;
            else
                close(fd);
        }
    }
    return count;
}

static int check_descriptor(int fd, struct qn_err *err)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_WRONLY)
        return qn_fail(err, QN_EINVAL, "the document is not open for reading");
    if (fstat(fd, &st) != 0)
        return qn_fail_errno(err, "the document");
    if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
        return qn_fail(err, QN_EINVAL, "the document is neither a file nor a pipe");
    fcntl(fd, F_SETPIPE_SZ, 1 << 20); /* a larger pipe where it is one and may grow: fewer turns */
    return 0;
}

static int wait_word(int sock, int seconds, struct qn_err *err)
{
    struct pollfd p = { sock, POLLIN, 0 };
    int n;

    while ((n = poll(&p, 1, seconds * 1000)) < 0 && errno == EINTR)
        ;
    if (n < 0)
        return qn_fail_errno(err, "poll");
    return n == 0 ? qn_fail(err, QN_ETIMEOUT, "the backend said nothing for %d s", seconds) : 0;
}

int qn_link_receive(struct qn_link *link, uint8_t *packet, size_t *n, struct qn_err *err)
{
    union { char bytes[CMSG_SPACE(sizeof(int) * 8)]; struct cmsghdr align; } control;
    struct iovec iov = { packet, QN_HAND_MAX };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };
    ssize_t got;
    int r = wait_word(link->sock, QN_HAND_FIRST, err), count;

    *n = 0;
    if (r != 0)
        return r;
    got = recvmsg(link->sock, &h, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno != ECONNRESET)
        return qn_fail_errno(err, "receiving the hand-over");
    if (got <= 0)
        return qn_fail(err, QN_EEOF, "the backend went away without a hand-over");
    count = take_descriptors(&h, &link->data);
    if (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
        return qn_fail(err, QN_EINVAL, "the hand-over is larger than %d bytes or has too many descriptors", QN_HAND_MAX);
    if (count != 1)
        return qn_fail(err, QN_EINVAL, "the hand-over has %d descriptors", count);
    *n = (size_t)got;
    return check_descriptor(link->data, err);
}

static bool say(const struct qn_link *link, enum qn_hand_word word, unsigned char why)
{
    unsigned char bytes[QN_HAND_WORD] = { (unsigned char)word, why };

    return send(link->sock, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT) == QN_HAND_WORD;
}

void qn_link_tick(struct qn_link *link)
{
    int64_t now = qn_clock_boot();

    if (link->ticked && now - link->ticked < QN_HAND_TICK * 1000)
        return;
    link->ticked = now;
    say(link, QN_HAND_SAY_TICK, 0); /* if it can't be sent the backend is gone, which qn_link_alive() finds */
    alarm(QN_HAND_IDLE + GRACE);
}

/* Waits until the document can be read, ticking. A backend that has gone ends it, whatever data are left. */
static int wait_data(struct qn_link *link, struct qn_err *err)
{
    int64_t until = qn_clock_boot() + QN_HAND_IDLE * 1000;

    for (;;) {
        struct pollfd p[2] = { { link->data, POLLIN, 0 }, { link->sock, POLLIN, 0 } };
        int n = poll(p, 2, QN_HAND_TICK * 1000);

        if (n < 0 && errno != EINTR)
            return qn_fail_errno(err, "poll");
        qn_link_tick(link);
        if (n > 0 && p[1].revents)
            return qn_fail(err, QN_EEOF, "the backend went away");
        if (n > 0 && p[0].revents)
            return 0;
        if (qn_clock_boot() > until)
            return qn_fail(err, QN_ETIMEOUT, "nothing of the document came for %d s", QN_HAND_IDLE);
    }
}

ssize_t qn_link_read(struct qn_link *link, void *buf, size_t n, struct qn_err *err)
{
    for (;;) {
        int r = wait_data(link, err);
        ssize_t got;

        if (r != 0)
            return r;
        got = read(link->data, buf, n);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN)
            return qn_fail_errno(err, "reading the document");
    }
}

bool qn_link_alive(const struct qn_link *link)
{
    struct pollfd p = { link->sock, POLLIN, 0 };

    return poll(&p, 1, 0) == 0;
}

int qn_link_commit(struct qn_link *link, struct qn_err *err)
{
    char word[QN_HAND_WORD + 1];
    int r;

    if (!say(link, QN_HAND_SAY_SEALED, 0))
        return qn_fail(err, QN_EEOF, "the backend went away");
    r = wait_word(link->sock, QN_HAND_VERDICT, err);
    if (r != 0)
        return r;
    switch (recv(link->sock, word, sizeof word, MSG_DONTWAIT)) {
    case QN_HAND_WORD:
        return word[0] == QN_HAND_SAY_COMMIT ? 0 : qn_fail(err, QN_EINVAL, "the backend said something else than commit");
    case 0:
    case -1:
        return qn_fail(err, QN_EEOF, "the backend went away before it committed");
    default:
        return qn_fail(err, QN_EINVAL, "the backend said something else than commit");
    }
}

void qn_link_verdict(const struct qn_link *link, enum qn_hand_why why)
{
    say(link, QN_HAND_SAY_VERDICT, (unsigned char)why);
}
