#include "config.h"

#include <cups/cups.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver/driver.h"
#include "deliver/filter.h"
#include "deliver/worker.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/sandbox.h"
#include "lib/seal.h"

/* Time between two forks after a child ended without having been given work. */
enum { CRASH_PAUSE_MS = 1000, STOP_MS = (QN_WORKER_GRACE + 2) * 1000 };

struct child {
    pid_t pid; /* 0: this place is free */
    int busy;  /* read end of the pipe on which it reports work; -1 once it has */
};

struct parent {
    struct child *child;
    struct pollfd *fds;
    unsigned max;
    int64_t not_before; /* no fork before this time */
    char socket_path[256];
    const char *filter;
    int64_t filter_bytes;
};

static volatile int stopping;
static volatile sig_atomic_t in_child;

static void on_term(int sig)
{
    (void)sig;
    stopping = 1;
    if (in_child)
        (void)alarm(QN_WORKER_GRACE); /* its default action ends us; the core then knows what is certain */
}

static void on_child(int sig)
{
    (void)sig;
}

static void signals_set(void)
{
    struct sigaction term = { .sa_handler = on_term }, chld = { .sa_handler = on_child };
    sigset_t block;

    sigaction(SIGTERM, &term, NULL);
    sigaction(SIGINT, &term, NULL);
    sigaction(SIGCHLD, &chld, NULL);
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGCHLD);
    sigprocmask(SIG_BLOCK, &block, NULL);
}

static void child_main(const struct parent *p, int busy, pid_t parent)
{
    struct qn_err err;

    in_child = 1;
    signal(SIGINT, SIG_IGN); /* from a terminal it reaches the parent too, which says so by SIGTERM */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    if (qn_filter_start(p->filter, p->filter_bytes, &err) != 0)
        qn_log_err(QN_LOG_ERR, "the filter's helper", &err);
    exit(qn_worker_run(p->socket_path, busy, &stopping));
}

static void child_fork(struct parent *p, struct child *c)
{
    int pipes[2];
    pid_t self = getpid();

    if (pipe2(pipes, O_CLOEXEC) != 0)
        qn_panic("pipe: %s", strerror(errno));
    c->pid = fork();
    if (c->pid == 0) {
        close(pipes[0]);
        child_main(p, pipes[1], self);
    }
    close(pipes[1]);
    c->busy = pipes[0];
    if (c->pid > 0)
        return;
    qn_log(QN_LOG_ERR, "fork: %s", strerror(errno));
    close(pipes[0]);
    *c = (struct child){ 0, -1 };
    p->not_before = qn_clock_boot() + CRASH_PAUSE_MS;
}

/* Collects the dead. One that died before it had work makes us wait a little: it may be a crash at each start. */
static void children_reap(struct parent *p)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < p->max; i++) {
            struct child *c = &p->child[i];

            if (c->pid != pid)
                continue;
            if (c->busy >= 0) {
                close(c->busy);
                p->not_before = qn_clock_boot() + CRASH_PAUSE_MS;
            }
            if (status != 0)
                qn_log(QN_LOG_WARNING, "process %ld ended with status 0x%x", (long)pid, (unsigned)status);
            *c = (struct child){ 0, -1 };
        }
}

/* One process waits for work, if there is a place for it. */
static void children_fill(struct parent *p)
{
    struct child *place = NULL;

    for (unsigned i = 0; i < p->max; i++) {
        if (p->child[i].pid && p->child[i].busy >= 0)
            return;
        if (!p->child[i].pid && !place)
            place = &p->child[i];
    }
    if (place && qn_clock_boot() >= p->not_before)
        child_fork(p, place);
}

static unsigned children_count(const struct parent *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->max; i++)
        n += p->child[i].pid != 0;
    return n;
}

/* Until a child reports work or ends, a signal comes, or ms have passed. */
static void parent_wait(struct parent *p, int ms)
{
    struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };
    sigset_t none;

    sigemptyset(&none);
    for (unsigned i = 0; i < p->max; i++)
        p->fds[i] = (struct pollfd){ p->child[i].busy, POLLIN, 0 };
    if (ppoll(p->fds, p->max, &ts, &none) <= 0)
        return;
    for (unsigned i = 0; i < p->max; i++)
        if (p->fds[i].revents & POLLIN) {
            close(p->child[i].busy);
            p->child[i].busy = -1;
        }
}

static void children_signal(const struct parent *p, int sig)
{
    for (unsigned i = 0; i < p->max; i++)
        if (p->child[i].pid)
            kill(p->child[i].pid, sig);
}

static void parent_run(struct parent *p)
{
    int64_t until;

    while (!stopping) {
        children_reap(p);
        children_fill(p);
        parent_wait(p, 1000);
    }
    until = qn_clock_boot() + STOP_MS;
    children_signal(p, SIGTERM);
    for (children_reap(p); children_count(p) > 0 && qn_clock_boot() < until; children_reap(p))
        parent_wait(p, 200);
    children_signal(p, SIGKILL);
}

static int parent_start(struct parent *p, const struct qn_conf *conf, struct qn_err *err)
{
    int n;

    p->max = (unsigned)qn_conf_int(conf, "max-deliver");
    p->filter = qn_conf_text(conf, "pdf-filter");
    p->filter_bytes = qn_conf_int(conf, "filter-bytes");
    p->child = qn_alloc(p->max * sizeof *p->child);
    p->fds = qn_alloc(p->max * sizeof *p->fds);
    for (unsigned i = 0; i < p->max; i++)
        p->child[i].busy = -1;
    n = snprintf(p->socket_path, sizeof p->socket_path, "%s/deliver.sock", qn_conf_text(conf, "run-dir"));
    if (n < 0 || n >= (int)sizeof p->socket_path)
        return qn_fail(err, QN_EINVAL, "run-dir is too long");
    if ((n = qn_driver_open(qn_conf_text(conf, "run-dir"), err)) != 0)
        return n;
    /* The children inherit what is loaded here, and the resolver must not outlast a printer's deadline. */
    setenv("RES_OPTIONS", "timeout:2 attempts:2", 1);
    if (gnutls_global_init() != 0)
        return qn_fail(err, QN_EINTERNAL, "GnuTLS does not start");
    qn_seal_warm();
    /* libcups reads its settings once, on the first call that wants them; without these two it would look up the account by whatever
     * module the machine has for that. */
    setenv("HOME", "/nonexistent", 1);
    setenv("CUPS_USER", "quoin", 1);
    (void)cupsUser();
    n = qn_sandbox_prepare(QN_SANDBOX_FILTER, err);
    return n == 0 ? qn_sandbox_prepare(QN_SANDBOX_DELIVER, err) : n;
}

int main(int argc, char **argv)
{
    struct parent p = { 0 };
    struct qn_conf *conf;
    struct qn_err err;
    const char *path;
    bool check;
    int r = qn_program_options(argc, argv, "quoin-deliver", &path, &check);

    if (r != 0)
        return r;
    if (qn_program_configure(&conf, path, "quoin-deliver", &err) != 0) {
        qn_log_err(QN_LOG_ERR, "configuration", &err);
        return 1;
    }
    if (!check) {
        signals_set();
        r = parent_start(&p, conf, &err);
        if (r == 0)
            parent_run(&p);
        else
            qn_log_err(QN_LOG_ERR, "start", &err);
    }
    qn_conf_free(&conf);
    free(p.child);
    free(p.fds);
    return r == 0 ? 0 : 1;
}
