#include "config.h"

#include "cups/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

enum { END_MS = 6000, ORPHANS_MS = 3000 };

static const char cupsd[] = "/usr/sbin/cupsd";

static void become_cupsd(const char *dir, pid_t parent) __attribute__((noreturn));
static void become_cupsd(const char *dir, pid_t parent)
{
    /* Without a bus it tells nobody (colord) of its printers. */
    char *env[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, (char[]){ "LANG=C.UTF-8" },
                    (char[]){ "DBUS_SYSTEM_BUS_ADDRESS=disabled:" }, NULL };
    char conf[512], files[512];
    char *argv[] = { (char[]){ "cupsd" }, (char[]){ "-f" }, (char[]){ "-c" }, conf, (char[]){ "-s" }, files, NULL };
    sigset_t none;

    snprintf(conf, sizeof conf, "%s/etc/cupsd.conf", dir);
    snprintf(files, sizeof files, "%s/etc/cups-files.conf", dir);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        execve(cupsd, argv, env);
    qn_log(QN_LOG_ERR, "%s: %s", cupsd, strerror(errno));
    _exit(127);
}

/* Kills this process's children, which are also those that lost their parent, until there are none. */
static void kill_orphans(void)
{
    int64_t until = qn_clock_boot() + ORPHANS_MS;
    char path[64];

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    for (;;) {
        FILE *f = fopen(path, "re");
        char word[32];

        while (f && fscanf(f, "%31s", word) == 1)
            kill((pid_t)strtol(word, NULL, 10), SIGKILL);
        if (f)
            fclose(f);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if ((waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD) || qn_clock_boot() > until)
            return;
        (void)poll(NULL, 0, 10);
    }
}

/* Collects the dead. True once cupsd is among them. */
static bool reap(pid_t pid, int *status_out)
{
    pid_t one;
    int status;

    while ((one = waitpid(-1, &status, WNOHANG)) > 0)
        if (one == pid) {
            *status_out = status;
            return true;
        }
    return false;
}

/* Until cupsd has ended. True if that was asked for. */
static bool watch(pid_t pid, const sigset_t *set, int *status)
{
    int64_t until = 0;

    while (!reap(pid, status)) {
        struct timespec ts = { 0, 200000000 };
        int sig = until ? sigtimedwait(set, NULL, &ts) : sigwaitinfo(set, NULL);

        if (sig > 0 && sig != SIGCHLD && !until) {
            until = qn_clock_boot() + END_MS;
            kill(pid, SIGTERM);
        } else if (until && qn_clock_boot() > until) {
            kill(pid, SIGKILL);
        }
    }
    return until != 0;
}

int qn_cups_serve(const char *dir, struct qn_err *err)
{
    pid_t self = getpid(), pid;
    int status = 0;
    sigset_t set;
    bool asked;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return qn_fail_errno(err, "prctl");
    pid = fork();
    if (pid == 0)
        become_cupsd(dir, self);
    if (pid < 0)
        return qn_fail_errno(err, "fork");
    asked = watch(pid, &set, &status);
    kill_orphans();
    if (asked)
        return 0;
    return qn_fail(err, QN_EAWAY, "cupsd ended by itself: %s %d", WIFSIGNALED(status) ? "signal" : "exit status",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}
