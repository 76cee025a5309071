/* quoin-intake: takes hand-overs of CUPS's backend and forks a process for each (quoin-intake(8)). */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/handover.h"
#include "intake/confirm.h"
#include "intake/job.h"
#include "intake/pool.h"
#include "intake/submit.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/program.h"
#include "lib/sandbox.h"

struct intake {
    struct qn_conf *conf;
    unsigned backend_uid;
    int listener, signals;
    sigset_t mask;
    struct qn_pool pool;
};

static struct intake it;

/* Everybody may connect; who it was decides (SO_PEERCRED). */
static int listen_at(const char *path, struct qn_err *err)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return qn_fail_errno(err, "socket");
    if (strlen(path) >= sizeof sa.sun_path) {
        close(fd);
        return qn_fail(err, QN_EINVAL, "socket path %s is too long", path);
    }
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 || chmod(path, 0666) != 0 || listen(fd, SOMAXCONN) != 0) {
        qn_fail_errno(err, "listening at %s", path);
        close(fd);
        return QN_EIO;
    }
    return fd;
}

/* The child's life. */
static void become_job(int sock, int gate)
{
    close(it.listener);
    close(it.signals);
    for (size_t i = 0; i < it.pool.max; i++)
        if (it.pool.place[i].pid && it.pool.place[i].gate >= 0)
            close(it.pool.place[i].gate);
    sigprocmask(SIG_UNBLOCK, &it.mask, NULL);
    qn_intake_job(it.conf, sock, gate);
}

static void fork_job(int sock)
{
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        qn_log(QN_LOG_ERR, "socketpair: %s", strerror(errno));
        return;
    }
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        become_job(sock, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        qn_log(QN_LOG_ERR, "fork: %s", strerror(errno));
        close(pair[0]);
    } else if (!qn_pool_take(&it.pool, pid, pair[0])) {
        qn_panic("a job without a place");
    }
}

static void accept_job(void)
{
    int sock = accept4(it.listener, NULL, NULL, SOCK_CLOEXEC);
    unsigned uid;

    if (sock < 0)
        return;
    uid = qn_msg_peer_uid(sock);
    if (uid == it.backend_uid)
        fork_job(sock);
    else
        qn_log(QN_LOG_WARNING, "uid %u may not hand in jobs (user-backend is %u)", uid, it.backend_uid);
    close(sock);
}

static void reap(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
            qn_log(QN_LOG_ERR, "job process %d ended by signal %d", (int)pid, WTERMSIG(status));
        qn_pool_drop(&it.pool, pid);
    }
}

/* True when it is time to end. */
static bool take_signal(void)
{
    struct signalfd_siginfo info;

    if (read(it.signals, &info, sizeof info) != sizeof info)
        return false;
    if (info.ssi_signo != SIGCHLD)
        return true;
    reap();
    return false;
}

/* One turn: a signal, owners' questions, a new connection if there is a place. True when it is time to end. */
static bool turn(void)
{
    static struct pollfd p[QN_POOL_MAX + 2];
    static struct qn_place *asked[QN_POOL_MAX + 2];
    nfds_t n = 2;

    p[0] = (struct pollfd){ it.signals, POLLIN, 0 };
    p[1] = (struct pollfd){ it.pool.used < it.pool.max ? it.listener : -1, POLLIN, 0 };
    for (size_t i = 0; i < it.pool.max; i++)
        if (it.pool.place[i].pid && it.pool.place[i].gate >= 0) {
            asked[n] = &it.pool.place[i];
            p[n++] = (struct pollfd){ it.pool.place[i].gate, POLLIN, 0 };
        }
    if (poll(p, n, -1) < 0)
        return errno != EINTR;
    for (nfds_t i = 2; i < n; i++)
        if (p[i].revents)
            qn_pool_answer(&it.pool, asked[i]);
    if (p[1].revents)
        accept_job();
    return p[0].revents && take_signal();
}

/* Children end with us: their backends answer RETRY, and what is not committed is not held. */
static void end_children(void)
{
    for (size_t i = 0; i < it.pool.max; i++)
        if (it.pool.place[i].pid)
            kill(it.pool.place[i].pid, SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
}

static int start(const char *conf_path, bool check, struct qn_err *err)
{
    char path[256];
    int r = qn_conf_read(&it.conf, conf_path, err);

    if (r != 0)
        return r;
    qn_log_open("quoin-intake", (enum qn_log_level)qn_conf_int(it.conf, "log-level"));
    r = qn_conf_uid(it.conf, "user-backend", &it.backend_uid, err);
    if (r != 0 || check)
        return r;
    it.pool.max = (size_t)qn_conf_int(it.conf, "max-intake");
    sigemptyset(&it.mask);
    sigaddset(&it.mask, SIGTERM);
    sigaddset(&it.mask, SIGINT);
    sigaddset(&it.mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &it.mask, NULL);
    it.signals = signalfd(-1, &it.mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (it.signals < 0)
        return qn_fail_errno(err, "signalfd");
    snprintf(path, sizeof path, "%s/" QN_HAND_SOCKET, qn_conf_text(it.conf, "run-dir"));
    it.listener = listen_at(path, err);
    return it.listener < 0 ? it.listener : 0;
}

/* What each job would do again is done once. */
static int warm(struct qn_err *err)
{
    int r = qn_submit_warm(err);

    if (*qn_conf_text(it.conf, "cupsd-socket"))
        qn_confirm_warm();
    if (r == 0)
        r = qn_sandbox_nest(QN_SANDBOX_LISTEN, QN_SANDBOX_INTAKE, err);
    malloc_trim(0); /* puts the free pieces in order: a child that did it would copy every page that has one */
    return r;
}

int main(int argc, char **argv)
{
    struct qn_err err = { 0 };
    const char *conf_path;
    bool check;
    int r = qn_program_options(argc, argv, "quoin-intake", &conf_path, &check);

    if (r != 0)
        return r;
    if (start(conf_path, check, &err) != 0) {
        qn_log_err(QN_LOG_ERR, "start", &err);
        return 1;
    }
    if (check)
        return 0;
    if (warm(&err) != 0) {
        qn_log_err(QN_LOG_ERR, "start", &err);
        return 1;
    }
    qn_log(QN_LOG_NOTICE, "ready");
    while (!turn())
        ;
    end_children();
    qn_conf_free(&it.conf);
    return 0;
}
