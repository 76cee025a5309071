/* "cups setup": makes a queue of ours in cupsd and tells cupsd to lose nothing and to keep nothing. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/cupsconf.h"
#include "ctl/cupsrules.h"

enum { ARGS = 24 };

struct setup {
    const struct ctl *c;
    const char *queue, *dir, *server, *ppd;
    char uri[512];
    bool print_only;
    unsigned changes;
};

/* The lpadmin command of the queue, ended by NULL. */
static void queue_command(const struct setup *s, const char *argv[ARGS])
{
    size_t n = 0;

    argv[n++] = "lpadmin";
    if (s->server) {
        argv[n++] = "-h";
        argv[n++] = s->server;
    }
    argv[n++] = "-p";
    argv[n++] = s->queue;
    argv[n++] = "-v";
    argv[n++] = s->uri;
    argv[n++] = "-P";
    argv[n++] = s->ppd;
    argv[n++] = "-o";
    argv[n++] = "printer-error-policy=retry-job";
    argv[n++] = "-o";
    argv[n++] = "job-sheets-default=none,none";
    argv[n++] = "-o";
    argv[n++] = "auth-info-required=none";
    argv[n++] = "-E";
    argv[n] = NULL;
}

static int run_command(const char *const argv[])
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        ctl_complain("%s: %s", argv[0], strerror(errno));
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return ctl_complain("%s failed", argv[0]);
    return CTL_OK;
}

static int setup_queue(const struct setup *s)
{
    const char *argv[ARGS];

    queue_command(s, argv);
    for (size_t i = 0; argv[i]; i++)
        printf("%s%s", i ? " " : "", argv[i]);
    putchar('\n');
    fflush(stdout);
    return s->print_only ? CTL_OK : run_command(argv);
}

/* Makes one of cupsd's files obey the rules; says each line that differs. */
static int setup_file(struct setup *s, enum cups_rule_file which)
{
    struct cups_file f = { 0 };
    struct qn_err err = { 0 };
    unsigned before = s->changes;
    char path[512];
    int r;

    snprintf(path, sizeof path, "%s/%s", s->dir, cups_conf_names[which]);
    r = cups_file_read(&f, path, &err);
    for (const struct cups_rule *rule = cups_rules; r == 0 && rule->id; rule++) {
        if (rule->file != which || cups_rule_obeyed(rule, cups_file_get(&f, rule->directive)))
            continue;
        printf("%s: %s %s\n", path, rule->directive, rule->set);
        cups_file_set(&f, rule->directive, rule->set);
        s->changes++;
    }
    if (r == 0 && s->changes != before && !s->print_only)
        r = cups_file_write(&f, path, &err);
    cups_file_free(&f);
    return r == 0 ? CTL_OK : ctl_complain("%s", err.text);
}

static bool queue_name_ok(const char *name)
{
    return *name && strlen(name) <= 127 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
           strlen(name) && *name != '-';
}

/* "quoin:" is enough where the sockets are in their usual place; else the URI names intake's. */
static void set_uri(struct setup *s)
{
    const char *run = qn_conf_text(s->c->conf, "run-dir");

    if (strcmp(run, QN_RUNDIR) == 0)
        snprintf(s->uri, sizeof s->uri, "quoin:");
    else
        snprintf(s->uri, sizeof s->uri, "quoin:%s/intake/intake.sock", run);
}

int ctl_cups_setup(const struct ctl *c, int argc, char **argv)
{
    struct setup s = { .c = c };
    int r;

    s.print_only = ctl_flag(&argc, argv, "--print-only");
    s.dir = ctl_option(&argc, argv, "--cups-dir", "/etc/cups");
    s.server = ctl_option(&argc, argv, "--cups-server", NULL);
    s.ppd = ctl_option(&argc, argv, "--ppd", QN_DATADIR "/quoin.ppd");
    if (argc != 1)
        return CTL_USAGE;
    s.queue = argv[0];
    set_uri(&s);
    if (!queue_name_ok(s.queue))
        return ctl_complain("%s: a queue's name has letters, digits, '_', '-' and '.'", s.queue);
    if (access(s.ppd, R_OK) != 0)
        return ctl_complain("%s: %s", s.ppd, strerror(errno));
    if ((r = setup_file(&s, CUPSD_CONF)) != CTL_OK || (r = setup_file(&s, CUPS_FILES_CONF)) != CTL_OK)
        return r;
    if ((r = setup_queue(&s)) != CTL_OK)
        return r;
    if (s.changes)
        puts(s.print_only ? "cupsd must be restarted after these changes." : "Restart cupsd now: its settings have changed.");
    puts("Put RequestRoot and TempDir of cups-files.conf on a tmpfs, then run: quoinctl check");
    return CTL_OK;
}
