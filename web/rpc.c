#include "web/rpc.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/verb.h"
#include "web/page.h"

enum { CONNECTIONS = 16, DEADLINE_MS = 7000, FREE = -1, BUSY = -2 };

/* Requests that a printer has to answer, not the core alone: a little longer than the core waits for it. */
static const struct { const char *verb; int ms; } slow[] = { { "device.probe", 17000 }, { "device.test", 27000 } };

struct qn_rpc {
    char *path;
    pthread_mutex_t lock;
    pthread_cond_t returned;
    int conn[CONNECTIONS]; /* an idle descriptor, FREE (none), or BUSY (a thread has it) */
};

struct qn_rpc *qn_rpc_new(const char *path)
{
    struct qn_rpc *rpc = qn_alloc(sizeof *rpc);
    pthread_condattr_t attr;

    rpc->path = qn_strdup(path);
    pthread_mutex_init(&rpc->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&rpc->returned, &attr);
    pthread_condattr_destroy(&attr);
    for (int i = 0; i < CONNECTIONS; i++)
        rpc->conn[i] = FREE;
    return rpc;
}

void qn_rpc_free(struct qn_rpc **rpc)
{
    struct qn_rpc *p = *rpc;

    if (!p)
        return;
    for (int i = 0; i < CONNECTIONS; i++)
        if (p->conn[i] >= 0)
            close(p->conn[i]);
    pthread_cond_destroy(&p->returned);
    pthread_mutex_destroy(&p->lock);
    free(p->path);
    free(p);
    *rpc = NULL;
}

/* A slot for this thread, idle connections first; -1 when all are busy until the deadline. */
static int slot_take(struct qn_rpc *rpc, int *fd_out)
{
    struct timespec until;
    int slot = -1, waited = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += DEADLINE_MS / 1000;
    pthread_mutex_lock(&rpc->lock);
    while (slot < 0 && waited == 0) {
        for (int i = 0; i < CONNECTIONS; i++)
            if (rpc->conn[i] >= 0 || (rpc->conn[i] == FREE && slot < 0))
                slot = i;
        if (slot < 0)
            waited = pthread_cond_timedwait(&rpc->returned, &rpc->lock, &until);
    }
    if (slot >= 0) {
        *fd_out = rpc->conn[slot];
        rpc->conn[slot] = BUSY;
    }
    pthread_mutex_unlock(&rpc->lock);
    return slot;
}

static void slot_return(struct qn_rpc *rpc, int slot, int fd)
{
    pthread_mutex_lock(&rpc->lock);
    rpc->conn[slot] = fd;
    pthread_cond_signal(&rpc->returned);
    pthread_mutex_unlock(&rpc->lock);
}

/* Nothing can be waiting on an idle connection but its end. */
static bool still_good(int fd)
{
    struct pollfd p = { fd, POLLIN, 0 };

    return poll(&p, 1, 0) == 0;
}

static int deadline_of(const struct qn_msg *request)
{
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (strcmp(request->verb, slow[i].verb) == 0)
            return slow[i].ms;
    return DEADLINE_MS;
}

int qn_rpc_call(struct qn_rpc *rpc, struct qn_msg *request, struct qn_msg *answer, struct qn_err *err)
{
    int64_t start = qn_clock_boot();
    int fd = FREE, slot = slot_take(rpc, &fd), r = 0;

    *answer = (struct qn_msg){ 0 };
    if (slot < 0)
        return qn_fail(err, QN_ETIMEOUT, "all connections to the core are busy");
    if (fd >= 0 && !still_good(fd)) {
        close(fd);
        fd = FREE;
    }
    if (fd < 0)
        fd = r = qn_msg_dial(rpc->path, err);
    if (r >= 0) {
        int64_t left = start + deadline_of(request) - qn_clock_boot();

        r = qn_msg_call(fd, request, answer, left > 0 ? (int)left : 0, err);
        if (r != 0)
            close(fd);
    }
    slot_return(rpc, slot, r == 0 ? fd : FREE);
    return r;
}

void qn_ask_open(const struct qn_request *rq, struct qn_msg *ask, const char *verb)
{
    const struct qn_verb *v = qn_verb_find(verb);
    unsigned takes = v ? v->ask_secrets | v->ask_secrets_may : 0;

    qn_msg_request(ask, verb, rq->req);
    if (rq->terminal && (takes & 1U << QN_SECRET_TERMINAL))
        qn_msg_secret(ask, QN_SECRET_TERMINAL, rq->terminal, QN_TOKEN);
    if (rq->certified && (takes & 1U << QN_SECRET_CERTIFICATE))
        qn_msg_secret(ask, QN_SECRET_CERTIFICATE, rq->certificate, sizeof rq->certificate);
    if (rq->session && (takes & 1U << QN_SECRET_SESSION))
        qn_msg_secret(ask, QN_SECRET_SESSION, rq->session, QN_TOKEN);
}

int qn_ask(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer)
{
    struct qn_err err = { 0 };
    int r = qn_rpc_call(rq->web->rpc, ask, answer, &err);

    if (r != 0) {
        qn_log_err(QN_LOG_WARNING, ask->verb, &err);
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
    } else if (answer->code != QN_OK) {
        qn_log(QN_LOG_INFO, "%s %s: %s: %s", ask->req, ask->verb, qn_code_name(answer->code), answer->text);
    }
    qn_msg_free(ask);
    return r;
}

void qn_ask_refused(struct qn_request *rq, struct qn_msg *answer)
{
    if (answer->code == QN_EDENIED)
        qn_page_error(rq, 403, QN_SAY_DENIED_TITLE, QN_SAY_DENIED_TEXT);
    else
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
    qn_msg_free(answer);
}

int qn_ask_ok(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer)
{
    int r = qn_ask(rq, ask, answer);

    if (r == 0 && (r = answer->code) != QN_OK)
        qn_ask_refused(rq, answer);
    return r;
}
