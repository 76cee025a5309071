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
#include "lib/log.h"

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
    say(link, QN_HAND_SAY_TICK, link->begun); /* if it can't be sent the backend is gone, which the next read finds */
    alarm(QN_HAND_IDLE + GRACE);
}

/* Takes the backend's word. 0 if it is `expected` or the backend has vanished (then link->alone is set). */
static int take_word(struct qn_link *link, char expected, struct qn_err *err)
{
    char word[QN_HAND_WORD + 1];
    ssize_t n = recv(link->sock, word, sizeof word, MSG_DONTWAIT);

    if (n < 0 && errno == ECONNRESET) /* it closed with a word of ours unread; its own last word stands behind the error */
        n = recv(link->sock, word, sizeof word, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        link->alone = true;
        qn_log(QN_LOG_NOTICE, "the backend was killed: cupsd will take its job as done, so it is taken without it");
        return 0;
    }
    if (n == QN_HAND_WORD && word[0] == QN_HAND_SAY_CANCEL)
        return qn_fail(err, QN_EEOF, "the job was cancelled");
    if (n == QN_HAND_WORD && word[0] == expected)
        return 0;
    return qn_fail(err, QN_EINVAL, "the backend said what it may not say now");
}

/* Waits until the document can be read, ticking and listening for a cancel. */
static int wait_data(struct qn_link *link, struct qn_err *err)
{
    int64_t until = qn_clock_boot() + QN_HAND_IDLE * 1000;
    int r = 0;

    for (;;) {
        struct pollfd p[2] = { { link->data, POLLIN, 0 }, { link->alone ? -1 : link->sock, POLLIN, 0 } };
        int n = poll(p, 2, QN_HAND_TICK * 1000);

        if (n < 0 && errno != EINTR)
            return qn_fail_errno(err, "poll");
        qn_link_tick(link);
        if (n > 0 && p[1].revents && (r = take_word(link, 0, err)) != 0)
            return r;
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
        if (!link->begun) {
            link->begun = true; /* said before it is true: a pipe can't be read twice */
            say(link, QN_HAND_SAY_TICK, 1);
        }
        got = read(link->data, buf, n);
        if (got >= 0)
            return got;
        if (errno != EINTR && errno != EAGAIN)
            return qn_fail_errno(err, "reading the document");
    }
}

int qn_link_commit(struct qn_link *link, struct qn_err *err)
{
    struct pollfd p = { link->sock, POLLIN, 0 };
    int r = 0;

    if (!link->alone && poll(&p, 1, 0) > 0)
        r = take_word(link, 0, err); /* a cancel that came while the document was synced */
    if (r != 0 || link->alone)
        return r;
    if (!say(link, QN_HAND_SAY_SEALED, 0))
        return take_word(link, 0, err);
    r = wait_word(link->sock, QN_HAND_VERDICT, err);
    return r == 0 ? take_word(link, QN_HAND_SAY_COMMIT, err) : r;
}

void qn_link_verdict(const struct qn_link *link, enum qn_hand_why why)
{
    say(link, QN_HAND_SAY_VERDICT, (unsigned char)why);
}
