/* quoin-launch: what systemd does for Quoin's programs, for machines, containers and tests without it. See quoin-launch(8). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/log.h"
#include "lib/sandbox.h"

enum { WAIT_LEAST = 100, WAIT_MOST = 10000, CALM = 10000, END_WAIT = 10000, DIRS = 8 };

/* One line a process. The core is first: it starts first and ends last. */
static struct process {
    const char *name, *program, *folder; /* folder: where a build tree keeps it */
    const char *option, *mode;           /* of a program that runs several times, or NULL */
    const char *user;                    /* key of quoin.conf */
    const char *wanted;                  /* key of quoin.conf that says whether it runs, or NULL: always */
    char path[512];
    unsigned uid;
    bool off;
    pid_t pid;                           /* also its process group; 0 when it isn't running */
    int64_t started, again, wait;        /* ms: started at, to be started at, next back-off */
} processes[] = {
    { "core", "quoind", "server", NULL, NULL, "user-core", NULL },
    { "intake", "quoin-intake", "intake", NULL, NULL, "user-intake", NULL },
    { "ldap", "quoin-ldap", "ldap", "-m", "ldap", "user-ldap", NULL },
    { "pin", "quoin-ldap", "ldap", "-m", "pin", "user-pin", NULL },
    { "deliver", "quoin-deliver", "deliver", NULL, NULL, "user-deliver", NULL },
    { "cups", "quoin-cups", "cups", NULL, NULL, "user-cups", "cups" },
    { "kiosk", "quoin-web", "web", "-i", "kiosk", "user-kiosk", NULL },
    { "portal", "quoin-web", "web", "-i", "portal", "user-portal", NULL },
    { "console", "quoin-web", "web", "-i", "console", "user-console", NULL },
};
enum { PROCESSES = sizeof processes / sizeof *processes, CORE = 0, INTAKE = 1, DELIVER = 4, CUPS = 5 };

static const char *const sockets[] = {
    "core.sock", "kiosk.sock", "portal.sock", "console.sock", "ldap.sock", "pin.sock", "deliver.sock", "ctl.sock",
    "intake/intake.sock",
};

struct options {
    const char *conf, *dir[DIRS];
    size_t dirs;
    bool ready;
};

static const char usage[] = "usage: quoin-launch [-c FILE] [-d FOLDER]... [-x NAME=PROGRAM]... [--ready]\n";

/* ---- folders ---- */

static int make_parents(const char *path, struct qn_err *err)
{
    char part[512];

    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part || *path != '/')
        return qn_fail(err, QN_EINVAL, "%s: not an absolute path, or too long", path);
    for (char *p = part + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        if (mkdir(part, 0755) == 0 ? chmod(part, 0755) != 0 : errno != EEXIST)
            return qn_fail_errno(err, "creating %s", part);
        *p = '/';
    }
    return 0;
}

/* The group of a user: that of the user database, for a bare number the one of the same number. */
static gid_t group_of(unsigned uid)
{
    const struct passwd *pw = getpwuid(uid);

    return pw ? pw->pw_gid : (gid_t)uid;
}

/* A folder of that owner, group ((gid_t)-1: as it is) and mode, whatever it was before; never through a link. */
static int make_folder(const char *path, unsigned uid, gid_t gid, mode_t mode, struct qn_err *err)
{
    int r = make_parents(path, err), fd = -1;

    if (r != 0)
        return r;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return qn_fail_errno(err, "creating %s", path);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0)
        r = qn_fail_errno(err, "preparing %s", path);
    if (fd >= 0)
        close(fd);
    return r;
}

static int make_folders(const struct qn_conf *conf, struct qn_err *err)
{
    const char *run = qn_conf_text(conf, "run-dir");
    char path[512];
    int r = make_folder(qn_conf_text(conf, "state-dir"), processes[CORE].uid, (gid_t)-1, 0700, err);

    if (r == 0)
        r = make_folder(run, processes[CORE].uid, (gid_t)-1, 0711, err);
    if (r != 0)
        return r;
    snprintf(path, sizeof path, "%s/intake", run);
    r = make_folder(path, processes[INTAKE].uid, (gid_t)-1, 0755, err);
    snprintf(path, sizeof path, "%s/cups", run);
    if (r == 0 && !processes[CUPS].off)
        r = make_folder(path, processes[CUPS].uid, group_of(processes[DELIVER].uid), 0710, err);
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets && r == 0; i++) {
        snprintf(path, sizeof path, "%s/%s", run, sockets[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            r = qn_fail_errno(err, "removing the old %s", path);
    }
    return r;
}

static bool sockets_there(const struct qn_conf *conf)
{
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++) {
        char path[512];
        struct stat st;

        snprintf(path, sizeof path, "%s/%s", qn_conf_text(conf, "run-dir"), sockets[i]);
        if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
            return false;
    }
    return true;
}

/* ---- programs ---- */

static int find_program(struct process *p, const struct options *o, struct qn_err *err)
{
    for (size_t i = 0; i < o->dirs && !p->path[0]; i++) {
        snprintf(p->path, sizeof p->path, "%s/%s", o->dir[i], p->program);
        if (access(p->path, X_OK) != 0)
            snprintf(p->path, sizeof p->path, "%s/%s/%s", o->dir[i], p->folder, p->program);
        if (access(p->path, X_OK) != 0)
            p->path[0] = '\0';
    }
    if (!p->path[0] || access(p->path, X_OK) != 0)
        return qn_fail(err, QN_ENOTFOUND, "%s: no such program (-d, -x)", p->path[0] ? p->path : p->program);
    return 0;
}

/* Groups of the user database for a user it knows; for a bare number the group of the same number. */
static int become(unsigned uid)
{
    const struct passwd *pw = getpwuid(uid);
    gid_t gid = group_of(uid);

    if ((pw ? initgroups(pw->pw_name, gid) : setgroups(1, &gid)) != 0 || setresgid(gid, gid, gid) != 0)
        return -1;
    return setresuid(uid, uid, uid);
}

static void run_program(const struct process *p, const char *conf) __attribute__((noreturn));
static void run_program(const struct process *p, const char *conf)
{
    char *env[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, (char[]){ "LANG=C.UTF-8" }, NULL };
    const char *argv[] = { p->path, "-c", conf, p->option, p->mode, NULL };
    pid_t launcher = getppid();
    sigset_t none;

    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* After the change of user, which would clear it. */
    if (become(p->uid) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != launcher) {
        qn_log(QN_LOG_ERR, "%s: can't become uid %u: %s", p->name, p->uid, strerror(errno));
        _exit(1);
    }
    execve(p->path, (char **)argv, env);
    qn_log(QN_LOG_ERR, "%s: %s: %s", p->name, p->path, strerror(errno));
    _exit(1);
}

static void start(struct process *p, const char *conf)
{
    p->started = qn_clock_boot();
    p->again = 0;
    p->pid = fork();
    if (p->pid == 0)
        run_program(p, conf);
    if (p->pid < 0)
        qn_panic("fork: %s", strerror(errno));
    setpgid(p->pid, p->pid);
    qn_log(QN_LOG_INFO, "%s started as %ld, uid %u", p->name, (long)p->pid, p->uid);
}

static struct process *process_of(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES; i++)
        if (processes[i].pid == pid)
            return &processes[i];
    return NULL;
}

static void ended(struct process *p, const siginfo_t *info, bool stopping)
{
    int64_t now = qn_clock_boot();

    if (now - p->started >= CALM || p->wait == 0)
        p->wait = WAIT_LEAST;
    p->again = stopping ? 0 : now + p->wait;
    qn_log(stopping ? QN_LOG_INFO : QN_LOG_WARNING, "%s (%ld) ended: %s %d%s", p->name, (long)p->pid,
           info->si_code == CLD_EXITED ? "exit status" : "signal", info->si_status, stopping ? "" : "; starting it again");
    p->wait = p->wait * 2 > WAIT_MOST ? WAIT_MOST : p->wait * 2;
    p->pid = 0;
}

/* Takes every process that has ended; what one of ours leaves in its process group ends with it. */
static void reap(bool stopping)
{
    for (;;) {
        siginfo_t info = { 0 };
        struct process *p;

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        p = process_of(info.si_pid);
        if (p)
            kill(-p->pid, SIGKILL);
        waitpid(info.si_pid, NULL, 0);
        if (p)
            ended(p, &info, stopping);
    }
}

/* ---- the launcher's own life ---- */

static int next_signal(const sigset_t *set, int64_t ms)
{
    struct timespec ts = { ms / 1000, (ms % 1000) * 1000000 };

    return sigtimedwait(set, NULL, &ts);
}

static int64_t start_due(const char *conf)
{
    int64_t now = qn_clock_boot(), soonest = 1000;

    for (size_t i = 0; i < PROCESSES; i++) {
        struct process *p = &processes[i];

        if (p->off)
            continue;
        if (p->pid == 0 && p->again <= now)
            start(p, conf);
        else if (p->pid == 0 && p->again - now < soonest)
            soonest = p->again - now;
    }
    return soonest;
}

static void supervise(const struct qn_conf *conf, const struct options *o, const sigset_t *set)
{
    bool told = !o->ready;

    for (;;) {
        int64_t pause = start_due(o->conf);
        int sig;

        if (!told && sockets_there(conf)) {
            told = true;
            puts("ready");
            fflush(stdout);
        }
        sig = next_signal(set, !told && pause > 20 ? 20 : pause);
        reap(false);
        if (sig == SIGTERM || sig == SIGINT || sig == SIGHUP)
            return;
    }
}

/* Ends processes first..last: a request, then, for what is still there after END_WAIT, force. */
static void end_processes(size_t first, size_t last, const sigset_t *set)
{
    int64_t limit = qn_clock_boot() + END_WAIT;
    bool forced = false;

    for (size_t i = first; i <= last; i++)
        if (processes[i].pid > 0)
            kill(processes[i].pid, SIGTERM);
    for (;;) {
        size_t left = 0;

        reap(true);
        for (size_t i = first; i <= last; i++)
            if (processes[i].pid > 0) {
                left++;
                if (!forced && qn_clock_boot() > limit) {
                    qn_log(QN_LOG_WARNING, "%s (%ld) does not end: killing it", processes[i].name, (long)processes[i].pid);
                    kill(-processes[i].pid, SIGKILL);
                }
            }
        if (left == 0)
            return;
        forced = forced || qn_clock_boot() > limit;
        next_signal(set, 100);
    }
}

/* -x NAME=PROGRAM: another program in that process's place. */
static int replace_program(char *arg)
{
    char *eq = strchr(arg, '=');

    if (!eq)
        return -1;
    *eq = '\0';
    for (size_t i = 0; i < PROCESSES; i++)
        if (strcmp(processes[i].name, arg) == 0) {
            snprintf(processes[i].path, sizeof processes[i].path, "%s", eq + 1);
            return 0;
        }
    return -1;
}

static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = { { "ready", no_argument, NULL, 'r' }, { NULL, 0, NULL, 0 } };
    int c;

    while ((c = getopt_long(argc, argv, "c:d:x:", longs, NULL)) != -1) {
        if (c == 'c')
            o->conf = optarg;
        else if (c == 'd' && o->dirs < DIRS)
            o->dir[o->dirs++] = optarg;
        else if (c == 'r')
            o->ready = true;
        else if (c != 'x' || replace_program(optarg) != 0)
            return -1;
    }
    if (o->dirs == 0) {
        o->dir[o->dirs++] = QN_SBINDIR;
        o->dir[o->dirs++] = QN_LIBEXECDIR;
    }
    return optind == argc ? 0 : -1;
}

static int prepare(struct qn_conf **conf, const struct options *o, struct qn_err *err)
{
    int r = qn_conf_read(conf, o->conf, err);

    for (size_t i = 0; i < PROCESSES && r == 0; i++) {
        struct process *p = &processes[i];

        p->off = p->wanted && !qn_conf_int(*conf, p->wanted);
        if (!p->off && (r = qn_conf_uid(*conf, p->user, &p->uid, err)) == 0)
            r = find_program(p, o, err);
    }
    if (r == 0 && geteuid() != 0)
        r = qn_fail(err, QN_EDENIED, "each program has its own user: start this as root");
    return r ? r : make_folders(*conf, err);
}

int main(int argc, char **argv)
{
    struct options o = { .conf = QN_SYSCONFDIR "/quoin.conf" };
    struct qn_conf *conf;
    struct qn_err err = { 0 };
    sigset_t set;

    qn_log_open("quoin-launch", QN_LOG_INFO);
    qn_sandbox_start();
    if (read_options(argc, argv, &o) != 0) {
        fputs(usage, stderr);
        return 2;
    }
    if (prepare(&conf, &o, &err) != 0) {
        qn_log_err(QN_LOG_ERR, "can't start", &err);
        return 1;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    supervise(conf, &o, &set);
    end_processes(1, PROCESSES - 1, &set);
    end_processes(0, 0, &set);
    qn_conf_free(&conf);
    return 0;
}
