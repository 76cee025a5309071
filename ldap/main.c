/* quoin-ldap(8): asks the directory (-m ldap), or hashes PINs (-m pin), in a few worker processes that this one watches. */
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ldap/explain.h"
#include "ldap/secret-seal.h"
#include "ldap/watchdog.h"
#include "ldap/worker.h"
#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/program.h"
#include "lib/secret.h"

enum { SLOTS_MAX = 64, STEADY_MS = 1000, AGAIN_LEAST_MS = 100, AGAIN_MOST_MS = 5000 };

struct slot {
    pid_t pid;          /* 0: none runs */
    int64_t started;
    int64_t again;      /* when to start the next one */
    int delay_ms;
};

static struct slot slots[SLOTS_MAX];
static sigset_t watched;

static _Noreturn void child(const struct qn_worker *w, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(0);
    sigprocmask(SIG_UNBLOCK, &watched, NULL);
    _exit(qn_worker_run(w));
}

static void slot_start(struct slot *s, const struct qn_worker *w)
{
    pid_t parent = getpid();

    s->started = qn_clock_boot();
    s->pid = fork();
    if (s->pid == 0)
        child(w, parent);
    if (s->pid < 0) {
        qn_log(QN_LOG_ERR, "can't start a worker: %s", strerror(errno));
        s->pid = 0;
        s->again = s->started + AGAIN_MOST_MS;
    }
}

/* A worker that lived a while is replaced at once; one that dies young, later each time. */
static void slot_ended(struct slot *s, int status)
{
    int64_t now = qn_clock_boot();

    if (WIFSIGNALED(status))
        qn_log(QN_LOG_ERR, "worker %ld was ended by signal %d", (long)s->pid, WTERMSIG(status));
    else if (WEXITSTATUS(status) == QN_WATCHDOG_EXIT)
        qn_log(QN_LOG_WARNING, "worker %ld hung in a directory call and was replaced", (long)s->pid);
    s->pid = 0;
    if (now - s->started >= STEADY_MS)
        s->delay_ms = 0;
    else
        s->delay_ms = s->delay_ms ? s->delay_ms * 2 : AGAIN_LEAST_MS;
    s->delay_ms = s->delay_ms < AGAIN_MOST_MS ? s->delay_ms : AGAIN_MOST_MS;
    s->again = now + s->delay_ms;
}

static void reap(unsigned n)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < n; i++)
            if (slots[i].pid == pid)
                slot_ended(&slots[i], status);
}

static void stop(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (slots[i].pid)
            kill(slots[i].pid, SIGTERM);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

/* Until SIGTERM or SIGINT: keeps n workers running. */
static void watch(const struct qn_worker *w, unsigned n)
{
    int sig = 0;

    while (sig != SIGTERM && sig != SIGINT) {
        struct timespec ts = { 3600, 0 };
        int64_t now = qn_clock_boot();

        for (unsigned i = 0; i < n; i++) {
            if (!slots[i].pid && slots[i].again <= now)
                slot_start(&slots[i], w);
            else if (!slots[i].pid)
                ts = (struct timespec){ 0, AGAIN_LEAST_MS * 1000000L };
        }
        sig = sigtimedwait(&watched, NULL, &ts);
        reap(n);
    }
    stop(n);
}

struct options {
    const char *conf;
    struct qn_explain_ask ask; /* its login is NULL if nothing is to be explained */
    bool pin, check, seal;
};

static int options_read(struct options *o, int argc, char **argv)
{
    int c;

    *o = (struct options){ .conf = QN_SYSCONFDIR "/quoin.conf" };
    while ((c = getopt(argc, argv, "c:e:g:m:st")) != -1) {
        if (c == 'c')
            o->conf = optarg;
        else if (c == 'e')
            o->ask.login = optarg;
        else if (c == 'g' && qn_explain_group(&o->ask, optarg))
            continue;
        else if (c == 'm' && (strcmp(optarg, "ldap") == 0 || strcmp(optarg, "pin") == 0))
            o->pin = strcmp(optarg, "pin") == 0;
        else if (c == 's')
            o->seal = true;
        else if (c == 't')
            o->check = true;
        else
            return -1;
    }
    if (optind != argc || (o->ask.login != NULL) + o->pin + o->seal > 1 || (o->check && (o->ask.login || o->seal)))
        return -1;
    return o->ask.login || !o->ask.groups ? 0 : -1;
}

static int run(const struct options *o, const struct qn_conf *conf, const struct qn_settings *settings, struct qn_err *err)
{
    const char *kind = o->pin ? "pin" : "ldap";
    struct qn_worker w = { .kind = kind, .sandbox = o->pin ? QN_SANDBOX_PIN : QN_SANDBOX_LDAP };
    char path[128];

    if (snprintf(path, sizeof path, "%s/%s.sock", qn_conf_text(conf, "run-dir"), kind) >= (int)sizeof path)
        return qn_fail(err, QN_EINVAL, "run-dir is too long");
    w.socket = path;
    if (!o->pin) {
        w.settings = settings;
        w.health = mmap(NULL, sizeof *w.health, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (w.health == MAP_FAILED)
            return qn_fail_errno(err, "mmap");
    }
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    watch(&w, (unsigned)qn_conf_int(conf, o->pin ? "pin-workers" : "directory-workers"));
    return 0;
}

/* Root gives the two files to user-ldap; anybody else keeps them. */
static int seal(const struct qn_settings *settings, struct qn_err *err)
{
    struct qn_secret_text secret;
    struct passwd *pw = getpwuid(settings->user);
    int r = qn_secret_ask(&secret, settings->bind_dn, err);

    if (r == 0)
        r = qn_secret_seal(settings, secret.bytes, secret.len, pw && geteuid() == 0 ? pw->pw_gid : (unsigned)-1, err);
    qn_secret_free(&secret.bytes);
    if (r == 0)
        printf("%s is sealed; it opens for these servers, this CA file and this bind name only\n", settings->secret_file);
    return r;
}

static int configured(const struct options *o, int *status_out, struct qn_err *err)
{
    struct qn_settings settings = { 0 };
    struct qn_conf *conf = NULL;
    int r = qn_program_configure(&conf, o->conf, o->pin ? "quoin-pin" : "quoin-ldap", err);

    if (r != 0)
        return r;
    if (o->ask.login)
        r = qn_explain_become(conf, err);
    if (r == 0 && !o->pin) {
        qn_client_library();
        r = qn_settings_read(&settings, conf, err);
        if (r == 0 && !o->seal)
            r = qn_secret_check(&settings, err);
    }
    if (r == 0 && o->ask.login)
        *status_out = qn_explain(&settings, &o->ask);
    else if (r == 0 && o->seal)
        r = seal(&settings, err);
    else if (r == 0 && !o->check)
        r = run(o, conf, &settings, err);
    qn_conf_free(&conf);
    return r;
}

int main(int argc, char **argv)
{
    struct qn_err err = { 0 };
    struct options o;
    int status = 0;

    qn_log_open("quoin-ldap", QN_LOG_INFO);
    qn_sandbox_start();
    if (options_read(&o, argc, argv) != 0) {
        fprintf(stderr, "usage: quoin-ldap [-t | -s | -e login [-g role=dn] ...] [-m ldap|pin] [-c file]\n");
        return 2;
    }
    if (configured(&o, &status, &err) != 0) {
        qn_log_err(QN_LOG_ERR, "can't start", &err);
        return 1;
    }
    return status;
}
