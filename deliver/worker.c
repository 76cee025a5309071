#include "config.h"

#include "deliver/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "deliver/errand.h"
#include "lib/fence.h"
#include "lib/log.h"
#include "lib/sandbox.h"
#include "lib/verb.h"

enum { READY_MS = 10000, ANSWER_MS = 5000, PAUSE_LEAST_MS = 50, PAUSE_MOST_MS = 2000 };

/* Waits up to ms (-1: for ever) for something to read on fd (-1: nothing). SIGTERM ends the wait. True if there
 * is. */
static bool idle(int fd, int ms, short events)
{
    struct pollfd p = { fd, events, 0 };
    struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };
    sigset_t none;

    sigemptyset(&none);
    return ppoll(&p, 1, ms < 0 ? NULL : &ts, &none) > 0;
}

static int dial(const char *path, struct qn_err *err)
{
    struct qn_msg ready, answer;
    int sock = qn_msg_dial(path, err), r;

    if (sock < 0)
        return sock;
    qn_msg_request(&ready, "worker.ready", NULL);
    qn_msg_str(&ready, "kind", "deliver");
    r = qn_msg_call(sock, &ready, &answer, READY_MS, err);
    if (r == 0 && answer.code != QN_OK)
        r = qn_fail(err, QN_EAWAY, "core does not take us: %s", answer.text);
    qn_msg_free(&ready);
    qn_msg_free(&answer);
    if (r == 0)
        return sock;
    close(sock);
    return r;
}

/* A connection on which the core knows us, however long that takes; -1 when stopped. */
static int dial_patiently(const char *path, const volatile int *stopping)
{
    int pause = PAUSE_LEAST_MS, sock = -1, said = 0;
    struct qn_err err;

    while (!*stopping && (sock = dial(path, &err)) < 0) {
        if (said != err.code)
            qn_log_err(QN_LOG_NOTICE, "waiting for the core", &err);
        said = err.code;
        (void)idle(-1, pause, 0);
        pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
    }
    return *stopping ? -1 : sock;
}

static const struct qn_errand_line *errand_find(const char *verb)
{
    for (const struct qn_errand_line *e = qn_errand_table; e->verb; e++)
        if (strcmp(e->verb, verb) == 0)
            return e;
    return NULL;
}

/* The work. 1 with *job, 0 when the core went away, -1 when stopped. */
static int take(int sock, struct qn_msg *job, const volatile int *stopping)
{
    struct qn_err err;
    int r;

    do {
        if (*stopping)
            return -1;
        (void)idle(sock, -1, POLLIN);
        r = qn_msg_recv(sock, job, &err);
    } while (r == QN_EAGAIN);
    if (r == 0 && (r = qn_verb_check(job, &err)) == 0 && (job->answer || !errand_find(job->verb)))
        r = qn_fail(&err, QN_EINVAL, "%s is not for us", job->verb);
    if (r == 0)
        return 1;
    qn_msg_free(job);
    if (r != QN_EEOF)
        qn_log_err(QN_LOG_ERR, "waiting for work", &err);
    return 0;
}

static void answer(int sock, struct qn_msg *m)
{
    struct qn_err err;
    int r = qn_msg_send(sock, m, &err);

    if (r == QN_EAGAIN && idle(sock, ANSWER_MS, POLLOUT))
        r = qn_msg_send(sock, m, &err);
    if (r != 0)
        qn_log_err(QN_LOG_WARNING, "the core does not hear how it ended", &err);
}

static void work(int sock, struct qn_msg *ask, volatile int *stopping)
{
    const struct qn_errand_line *errand = errand_find(ask->verb);
    struct qn_msg m;
    sigset_t term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL); /* its handler now sets the grace period's alarm too */
    qn_msg_answer(&m, ask, QN_OK, "");
    if (errand && errand->run(ask, sock, stopping, &m))
        answer(sock, &m);
    qn_msg_free(&m);
}

int qn_worker_run(const char *socket_path, int busy, volatile int *stopping)
{
    struct qn_msg job;
    struct qn_err err;
    int sock, got = 0;

    /* while there is time: a release should not wait for it */
    if (qn_fence_self(&err) != 0 || qn_sandbox_apply(QN_SANDBOX_DELIVER, &err) != 0) {
        qn_log_err(QN_LOG_ERR, "sandbox", &err);
        return 1;
    }
    while (got == 0) {
        if ((sock = dial_patiently(socket_path, stopping)) < 0)
            return 0;
        if ((got = take(sock, &job, stopping)) != 1)
            close(sock);
    }
    if (got < 0)
        return 0;
    if (write(busy, "b", 1) == 1) /* else the parent is gone; the core sees the connection close before anything happened */
        work(sock, &job, stopping);
    qn_msg_free(&job);
    close(sock);
    return 0;
}
