#include "web/deadline.h"

#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/log.h"

enum { TICK_MS = 250 };

static const struct { const char *name; int ms; } phases[] = {
    [QN_PHASE_TLS] = { "handshake", 5000 },
    [QN_PHASE_HEAD] = { "headers", 10000 },
    [QN_PHASE_BODY] = { "body", 30000 },
    [QN_PHASE_REPLY] = { "reply", 30000 },
    [QN_PHASE_IDLE] = { "next request", 15000 },
};

struct qn_deadline {
    struct qn_deadline *next, **link;
    int fd;
    void *session;
    enum qn_phase phase;
    int64_t since;
    bool shut;
};

static struct qn_deadline *connections;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *reaper(void *unused)
{
    (void)unused;
    for (;;) {
        int64_t now;

        nanosleep(&(struct timespec){ 0, TICK_MS * 1000000L }, NULL);
        now = qn_clock_boot();
        pthread_mutex_lock(&lock);
        for (struct qn_deadline *d = connections; d; d = d->next) {
            if (d->shut || now - d->since <= phases[d->phase].ms)
                continue;
            d->shut = true;
            shutdown(d->fd, SHUT_RDWR);
            qn_log(QN_LOG_DEBUG, "connection shut: %s took longer than %d ms", phases[d->phase].name, phases[d->phase].ms);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

void qn_deadline_start(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attr, reaper, NULL) != 0)
        qn_panic("no thread for deadlines");
    pthread_attr_destroy(&attr);
}

static void enter(struct qn_deadline *d, enum qn_phase phase)
{
    if (d->phase == phase)
        return;
    d->phase = phase;
    d->since = qn_clock_boot();
}

/* The client's Finished came: the handshake is over. */
static int finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t *msg)
{
    (void)type;
    (void)when;
    (void)msg;
    if (!incoming)
        return 0;
    pthread_mutex_lock(&lock);
    for (struct qn_deadline *d = connections; d; d = d->next)
        if (d->session == session && d->phase == QN_PHASE_TLS)
            enter(d, QN_PHASE_HEAD);
    pthread_mutex_unlock(&lock);
    return 0;
}

struct qn_deadline *qn_deadline_add(int fd, void *session)
{
    struct qn_deadline *d = qn_alloc(sizeof *d);

    d->fd = fd;
    d->session = session;
    d->phase = QN_PHASE_TLS;
    d->since = qn_clock_boot();
    pthread_mutex_lock(&lock);
    d->next = connections;
    d->link = &connections;
    if (d->next)
        d->next->link = &d->next;
    connections = d;
    pthread_mutex_unlock(&lock);
    if (session)
        gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, finished);
    return d;
}

void qn_deadline_enter(struct qn_deadline *d, enum qn_phase phase)
{
    pthread_mutex_lock(&lock);
    enter(d, phase);
    pthread_mutex_unlock(&lock);
}

void qn_deadline_remove(struct qn_deadline *d)
{
    pthread_mutex_lock(&lock);
    *d->link = d->next;
    if (d->next)
        d->next->link = d->link;
    pthread_mutex_unlock(&lock);
    free(d);
}
