/* quoind: opens everything, recovers, then turns until it is told to stop. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/sandbox.h"
#include "server/clock-two.h"
#include "server/device-poll.h"
#include "server/job-ask.h"
#include "server/job-hold.h"
#include "server/job-queue.h"
#include "server/policy-change.h"
#include "server/record.h"
#include "server/recover.h"
#include "server/shred.h"
#include "server/tick.h"
#include "server/turn.h"
#include "server/worker.h"

/* More than three days, the longest that a class holds a job: an erased one may have been the oldest. */
enum { SWEEP_FOLDERS = 300 };

/* In this order, in each turn. */
static const struct qn_work works[] = {
    /* in each turn, when a connection is lost, after the answers */
    { qn_tick_run, NULL, qn_tick_after },
    { qn_hold_work, qn_hold_lost, NULL },
    { qn_ask_pump, NULL, NULL },
    { qn_worker_pump, qn_worker_lost, NULL },
    { qn_release_pump, NULL, NULL },
    { NULL, NULL, NULL },
};

static void usage(void)
{
    fprintf(stderr, "usage: quoind [-t] [-c FILE]\n       quoind -R policy=N|appoint=LOGIN,LOGIN -T TICKET [-c FILE]\n"
            "  -t       check the configuration and exit\n  -c FILE  configuration (%s)\n"
            "  -R WHAT  recover while the service is stopped (quoinctl recover), for the reason of -T TICKET\n",
            QN_SYSCONFDIR "/quoin.conf");
}

/* sd_notify(3) without its library: one datagram to the socket the service manager named. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd;

    if (!path || !path[0] || strlen(path) >= sizeof sa.sun_path)
        return;
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    if (path[0] == '@')
        sa.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        qn_log(QN_LOG_DEBUG, "the service manager can't be told");
    close(fd);
}

static int core_paths(struct qn_core *c, char *path, size_t size, const char *name, struct qn_err *err)
{
    if ((size_t)snprintf(path, size, "%s/%s", qn_conf_text(c->conf, "state-dir"), name) >= size)
        return qn_fail(err, QN_EINVAL, "state-dir is too long");
    return 0;
}

/* The stores, in the order in which they need each other. */
static int core_open_files(struct qn_core *c, struct qn_err *err)
{
    const char *dir = qn_conf_text(c->conf, "state-dir");
    char db[512], head[512];
    int r;

    if ((r = core_paths(c, db, sizeof db, QN_STORE_FILE, err)) != 0 ||
        (r = core_paths(c, head, sizeof head, QN_AUDIT_HEAD_FILE, err)) != 0)
        return r;
    /* A database without its keystore is never given a fresh one: every held job would be lost without a word. */
    if ((r = qn_keystore_open(&c->keys, dir, access(db, F_OK) != 0, err)) != 0)
        return r;
    if ((r = qn_store_open(&c->store, db, err)) != 0 || (r = qn_spool_open(&c->spool, dir, err)) != 0)
        return r;
    return qn_audit_open(&c->audit, c->store, head, qn_conf_text(c->conf, "log-name"),
                         qn_keystore_get(c->keys, "audit"), err);
}

static int sweep_keep(void *ctx, const char *job)
{
    struct qn_core *c = ctx;
    struct qn_err err;
    struct qn_job j;
    int r = qn_store_job(c->store, job, &j, &err);

    return !(r == QN_ENOTFOUND || (r == 0 && j.state == QN_JOB_ERASED));
}

static int recover_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    int r;

    (void)arg;
    if ((r = qn_clock_two_open(c, err)) != 0 ||
        (r = qn_record(c, QN_AUDIT_SYS_START, "", err, "{s:s, s:I, s:s}", "version", PACKAGE_VERSION, "policy",
                       (json_int_t)qn_policy()->version, "profile", qn_policy()->compact ? "compact"
                           : "standard")) != 0)
        return r;
    qn_clock_two_read(c);
    if ((r = qn_ask_recover(c, err)) != 0)
        return r;
    return qn_shred_ahead(c, err);
}

/* One transaction of its own, before the first message. */
static int core_recover_turn(struct qn_core *c, struct qn_err *err)
{
    int r = qn_store_begin(c->store, err);

    if (r == 0)
        r = qn_policy_open(c, err);
    if (r == 0 && (r = qn_turn_step(c, recover_work, NULL, "recovery")) != 0)
        qn_fail(err, r, "recovery failed; see the line above");
    if (r == 0 && (r = qn_audit_flush(c->audit, err)) == 0 && (r = qn_store_commit(c->store, err)) == 0)
        qn_audit_committed(c->audit);
    return r;
}

/* Interrupted releases, then overdue jobs, then files without rows: all before serving begins. */
static int core_recover(struct qn_core *c, struct qn_err *err)
{
    int pages = 0, r = core_recover_turn(c, err);

    if (r != 0)
        return r;
    do {
        c->again = true;
        qn_turn_run(c);
    } while (c->again);
    r = qn_spool_sweep(c->spool, SWEEP_FOLDERS, sweep_keep, c, err);
    if (r > 0)
        qn_log(QN_LOG_NOTICE, "%d files without a job swept from the spool", r);
    if (r >= 0)
        r = qn_store_checkpoint(c->store, true, &pages, err);
    return r < 0 ? r : qn_audit_sign(c->audit, true, c->now, err);
}

static int stop_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    int r = qn_record_flush(c, true, err);

    (void)arg;
    if (r == 0)
        r = qn_clock_two_save(c, err);
    return r == 0 ? qn_record(c, QN_AUDIT_SYS_STOP, "", err, "{}") : r;
}

/* The last record, the last head: an orderly stop leaves nothing that a cut of the log could hide. */
static void core_stop(struct qn_core *c)
{
    struct qn_err err;
    int pages;

    c->stopping = true;
    if (qn_store_begin(c->store, &err) == 0) {
        qn_turn_step(c, stop_work, NULL, "stopping");
        if (qn_audit_flush(c->audit, &err) == 0 && qn_store_commit(c->store, &err) == 0) {
            qn_audit_committed(c->audit);
            if (qn_audit_sign(c->audit, true, c->now, &err) != 0)
                qn_log_err(QN_LOG_ERR, "signing the last head", &err);
            if (qn_store_checkpoint(c->store, true, &pages, &err) != 0)
                qn_log_err(QN_LOG_WARNING, "checkpoint", &err);
        }
    }
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
    struct qn_core *c = arg;

    (void)what;
    qn_log(QN_LOG_NOTICE, "signal %d: stopping", (int)sig);
    c->stopping = true;
}

static int core_loop(struct qn_core *c)
{
    struct event *term = evsignal_new(c->base, SIGTERM, on_signal, c), *intr = evsignal_new(c->base, SIGINT,
            on_signal, c);

    if (!term || !intr || evsignal_add(term, NULL) != 0 || evsignal_add(intr, NULL) != 0)
        qn_panic("no signal events");
    while (!c->stopping) {
        int flags = c->again ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE;

        if (event_base_loop(c->base, flags) < 0)
            qn_panic("the event loop failed");
        if (!c->stopping)
            qn_turn_run(c);
    }
    event_free(term);
    event_free(intr);
    return 0;
}

static void core_close(struct qn_core *c)
{
    qn_tick_close(c);
    qn_peers_close(c);
    qn_workers_close(c);
    qn_holds_close(c);
    qn_releases_close(c);
    qn_device_polls_close(c);
    qn_asks_close(c);
    qn_turn_close(c);
    qn_audit_free(&c->audit);
    qn_spool_close(&c->spool);
    qn_store_close(&c->store);
    qn_keystore_free(&c->keys);
    free(c->denials);
    if (c->base)
        event_base_free(c->base);
}

static int core_open(struct qn_core *c, struct qn_err *err)
{
    int r;

    c->base = event_base_new();
    if (!c->base)
        return qn_fail(err, QN_EINTERNAL, "no event loop");
    c->started = qn_clock_boot();
    qn_turn_open(c);
    qn_workers_open(c);
    qn_holds_open(c);
    qn_releases_open(c);
    qn_device_polls_open(c);
    qn_asks_open(c);
    if ((r = core_open_files(c, err)) != 0)
        return r;
    c->peers = NULL;
    if ((r = qn_peers_prepare(c)) != 0 || (r = core_recover(c, err)) != 0 || (r = qn_peers_open(c, err)) != 0 ||
        (r = qn_tick_open(c, err)) != 0)
        return r;
    return qn_sandbox_apply(QN_SANDBOX_CORE, err);
}

/* What root does while the service is stopped: files alone, no sockets. */
static int core_recovery(struct qn_core *c, const char *what, const char *ticket, struct qn_err *err)
{
    int r;

    qn_turn_open(c);
    if ((r = core_open_files(c, err)) == 0)
        r = qn_sandbox_apply(QN_SANDBOX_CORE, err);
    return r == 0 ? qn_recover(c, what, ticket, err) : r;
}

struct options { const char *conf, *recover, *ticket; bool check; };

static int parse(int argc, char **argv, struct options *o)
{
    int opt;

    o->conf = QN_SYSCONFDIR "/quoin.conf";
    while ((opt = getopt(argc, argv, "tc:R:T:")) != -1) {
        if (opt == 't')
            o->check = true;
        else if (opt == 'c')
            o->conf = optarg;
        else if (opt == 'R')
            o->recover = optarg;
        else if (opt == 'T')
            o->ticket = optarg;
        else
            return -1;
    }
    return optind == argc && !o->recover == !o->ticket && !(o->check && o->recover) ? 0 : -1;
}

/* Serves until it is told to stop, or recovers. */
static int run(struct qn_core *c, const struct options *o, struct qn_err *err)
{
    int r;

    c->works = works;
    qn_seal_warm();
    if (o->recover)
        return core_recovery(c, o->recover, o->ticket, err);
    if ((r = core_open(c, err)) != 0)
        return r;
    qn_log(QN_LOG_NOTICE, "ready");
    notify("READY=1");
    core_loop(c);
    notify("STOPPING=1");
    core_stop(c);
    return 0;
}

int main(int argc, char **argv)
{
    struct qn_core core = { 0 };
    struct options o = { .check = false };
    struct qn_conf *conf = NULL;
    struct qn_err err = { 0 };
    int r;

    qn_log_open("quoind", QN_LOG_INFO);
    qn_sandbox_start();
    if (parse(argc, argv, &o) != 0) {
        usage();
        return 2;
    }
    r = qn_program_configure(&conf, o.conf, "quoind", &err);
    if (r == 0 && o.check) {
        printf("%s: no errors\n", o.conf);
        qn_conf_free(&conf);
        return 0;
    }
    core.conf = conf;
    if (r == 0)
        r = run(&core, &o, &err);
    if (r != 0)
        qn_log_err(QN_LOG_ERR, o.recover ? "nothing was done" : "can't start", &err);
    core_close(&core);
    qn_conf_free(&conf);
    return r == 0 ? 0 : 1;
}
