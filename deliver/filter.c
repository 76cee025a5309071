#include "config.h"

#include "deliver/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver/layout.h"
#include "lib/clock.h"
#include "lib/fence.h"
#include "lib/log.h"
#include "lib/sandbox.h"

enum { FDS = 3, RUN_S = 120, LOOK_MS = 250, CANT_START = 127 };
static const rlim_t memory = 1 << 30;

/* What a worker asks of its helper, with in, out and said attached; the answer is a wait status, or LATE. */
struct request { char options[QN_LAYOUT_TEXT]; };
enum { LATE = -1, REFUSED = -2 };

static struct { int sock; pid_t pid; int64_t bytes; const char *program; } helper = { -1, 0, 0, NULL };

/* ---- in the filter's process, before it is the filter ---- */

static bool limit(int what, rlim_t n)
{
    struct rlimit r = { n, n };

    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static bool limits(void)
{
    rlim_t result = (rlim_t)helper.bytes * 2 + (1 << 20);

    return limit(RLIMIT_AS, memory) && limit(RLIMIT_CPU, RUN_S) && limit(RLIMIT_FSIZE, result) && limit(RLIMIT_NOFILE, 16) &&
           limit(RLIMIT_CORE, 0);
}

static void signals_plain(void)
{
    sigset_t none;

    for (int s = 1; s < SIGSYS + 1; s++)
        signal(s, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its descriptors are 0: nothing, 1: the result, 2: what it says, 3: the document. */
static bool descriptors(const int fd[FDS])
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), at[4] = { null, fd[1], fd[2], fd[0] };

    for (int i = 0; i < 4; i++) /* first out of each other's way */
        if ((at[i] = fcntl(at[i], F_DUPFD_CLOEXEC, 10)) < 0)
            return false;
    for (int i = 0; i < 4; i++)
        if (dup2(at[i], i) < 0)
            return false;
    return close_range(4, ~0U, 0) == 0;
}

static void __attribute__((noreturn)) filter_be(const int fd[FDS], char *options)
{
    static char name[] = "pdftopdf", job[] = "1", user[] = "quoin", title[] = "document", copies[] = "1", file[] = "/proc/self/fd/3";
    static char locale[] = "LC_ALL=C.UTF-8", charset[] = "CHARSET=utf-8", path[] = "PATH=/usr/bin";
    char *argv[] = { name, job, user, title, copies, options, file, NULL }, *env[] = { locale, charset, path, NULL };
    struct qn_err err;

    signals_plain();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && setpgid(0, 0) == 0 && limits() && descriptors(fd) &&
        qn_fence_program(helper.program, &err) == 0 && qn_sandbox_apply(QN_SANDBOX_FILTER, &err) == 0)
        execve(helper.program, argv, env);
    _exit(CANT_START);
}

/* ---- in the helper ---- */

/* Receives a request. False at the end of the worker, and after anything that is not one. */
static bool request_take(int sock, struct request *q, int fd[FDS])
{
    union { char bytes[CMSG_SPACE(sizeof(int) * FDS)]; struct cmsghdr align; } control;
    struct iovec iov = { q, sizeof *q };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };
    ssize_t n;
    struct cmsghdr *c;

    while ((n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    c = n == sizeof *q && !(h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ? CMSG_FIRSTHDR(&h) : NULL;
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int) * FDS))
        return false;
    memcpy(fd, CMSG_DATA(c), sizeof(int) * FDS);
    return memchr(q->options, '\0', sizeof q->options) && qn_layout_allowed(q->options);
}

/* Until the filter ends by itself; it is ended when its time is over, or the worker goes and nobody asks any more. */
static int filter_watch(int sock, pid_t pid)
{
    struct pollfd p[2] = { { (int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0 }, { sock, POLLIN, 0 } };
    int64_t until = qn_clock_boot() + (int64_t)RUN_S * 1000;
    int status = 0;
    bool late;

    while (poll(p, 2, LOOK_MS) <= 0 && qn_clock_boot() < until)
        ;
    late = !(p[0].revents & POLLIN);
    if (late)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (p[0].fd >= 0)
        close(p[0].fd);
    return late ? LATE : status;
}

static void __attribute__((noreturn)) helper_run(int sock)
{
    struct request q;
    int fd[FDS];

    prctl(PR_SET_NAME, "deliver-filter");
    while (request_take(sock, &q, fd)) {
        pid_t pid = fork();
        int status = REFUSED;

        if (pid == 0)
            filter_be(fd, q.options);
        for (int i = 0; i < FDS; i++)
            close(fd[i]);
        if (pid > 0)
            status = filter_watch(sock, pid);
        if (send(sock, &status, sizeof status, MSG_NOSIGNAL) != sizeof status)
            break;
    }
    _exit(0);
}

static void __attribute__((noreturn)) helper_be(int sock, pid_t worker)
{
    sigset_t all;

    signal(SIGTERM, SIG_IGN); /* a service manager's goes to everybody: the worker decides */
    signal(SIGINT, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != worker || dup2(sock, STDERR_FILENO + 1) < 0)
        _exit(1);
    close_range(STDERR_FILENO + 2, ~0U, 0);
    helper_run(STDERR_FILENO + 1);
}

/* ---- in the worker ---- */

int qn_filter_start(const char *program, int64_t bytes, struct qn_err *err)
{
    int pair[2];
    pid_t self = getpid();

    helper.program = program;
    helper.bytes = bytes;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return qn_fail_errno(err, "socketpair");
    helper.pid = fork();
    if (helper.pid == 0)
        helper_be(pair[1], self);
    close(pair[1]);
    helper.sock = pair[0];
    return helper.pid > 0 ? 0 : qn_fail_errno(err, "fork");
}

int64_t qn_filter_most(void)
{
    return helper.bytes;
}

static int request_send(const int fd[FDS], const char *options, struct qn_err *err)
{
    union { char bytes[CMSG_SPACE(sizeof(int) * FDS)]; struct cmsghdr align; } control = { 0 };
    struct request q = { 0 };
    struct iovec iov = { &q, sizeof q };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };
    struct cmsghdr *c = &control.align;

    if (strlen(options) >= sizeof q.options)
        return qn_fail(err, QN_EINVAL, "options of the filter are too long");
    memcpy(q.options, options, strlen(options) + 1);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * FDS);
    memcpy(CMSG_DATA(c), fd, sizeof(int) * FDS);
    if (sendmsg(helper.sock, &h, MSG_NOSIGNAL) != sizeof q)
        return qn_fail(err, QN_EAWAY, "the filter's helper is gone");
    return 0;
}

static int status_judge(int status, struct qn_err *err)
{
    if (status == LATE)
        return qn_fail(err, QN_ETIMEOUT, "the filter has not come to an end in %d s", RUN_S);
    if (status == REFUSED || (WIFEXITED(status) && WEXITSTATUS(status) == CANT_START))
        return qn_fail(err, QN_EAWAY, "%s can't be started", helper.program);
    if (WIFSIGNALED(status))
        return qn_fail(err, QN_ECORRUPT, "the filter was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return qn_fail(err, QN_ECORRUPT, "the filter ended with %d", WEXITSTATUS(status));
    return 0;
}

int qn_filter_run(int in, int out, int said, const char *options, qn_filter_more *more, void *ctx, struct qn_err *err)
{
    int fd[FDS] = { in, out, said }, status = 0;
    struct pollfd p = { helper.sock, POLLIN, 0 };
    int r = request_send(fd, options, err);

    while (r == 0 && poll(&p, 1, LOOK_MS) <= 0)
        if (!more(ctx)) {
            shutdown(helper.sock, SHUT_RDWR); /* the helper ends the filter, and itself */
            return qn_fail(err, QN_EAWAY, "being stopped");
        }
    if (r == 0 && recv(helper.sock, &status, sizeof status, 0) != sizeof status)
        r = qn_fail(err, QN_EAWAY, "the filter's helper is gone");
    return r == 0 ? status_judge(status, err) : r;
}
