/* quoinctl: what root, and people with a role, do with Quoin from a shell. See quoinctl(8). */
#include "config.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "lib/log.h"
#include "lib/sandbox.h"

static const struct verb {
    const char *word, *second; /* second NULL: the verb is one word */
    int (*run)(const struct ctl *c, int argc, char **argv);
    const char *words;         /* what follows, for the usage */
} verbs[] = {
    { "status", NULL, ctl_status, "" },
    { "check", NULL, ctl_check, "[--cups-dir DIR]" },
    { "cups", "setup", ctl_cups_setup, "QUEUE [--print-only] [--cups-dir DIR] [--cups-server SOCKET] [--ppd FILE]" },
    { "init", NULL, ctl_init, "FILE" },
    { "login", NULL, ctl_login, "LOGIN [--password-stdin]" },
    { "logout", NULL, ctl_logout, "" },
    { "whoami", NULL, ctl_whoami, "" },
    { "policy", "show", ctl_policy_show, "[VERSION]" },
    { "policy", "list", ctl_policy_list, "" },
    { "policy", "diff", ctl_policy_diff, "VERSION VERSION" },
    { "policy", "check", ctl_policy_check, "FILE [--operation policy.access|policy.retention]" },
    { "policy", "propose", ctl_policy_propose, "FILE --ticket TICKET [--operation policy.access|policy.retention]" },
    { "request", "list", ctl_request_list, "[--all]" },
    { "request", "show", ctl_request_show, "ID" },
    { "request", "approve", ctl_request_approve, "ID [--hash HASH [--yes]]" },
    { "request", "reject", ctl_request_reject, "ID --reason TEXT" },
    { "request", "withdraw", ctl_request_withdraw, "ID" },
    { "roles", NULL, ctl_roles, "[--matrix]" },
    { "person", NULL, ctl_person, "LOGIN" },
    { "contain", "lock", ctl_contain_lock, "person|device|terminal|queue NAME --reason TEXT" },
    { "contain", "unlock", ctl_contain_unlock, "person|device|terminal|queue NAME --reason TEXT" },
    { "contain", "list", ctl_contain_list, "" },
    { "job", "list", ctl_job_list, "" },
    { "job", "cancel", ctl_job_cancel, "ID --reason TEXT" },
    { "device", "add", ctl_device_add, "NAME URI --location TEXT --custodian TEXT --ceiling CLASS [--zone TEXT] [--ca FILE] [--pin SHA256"
      " | --pin-found] [--driver DRIVER] [--plain-until DATE --plain-reason TEXT] [--no-probe] --ticket TICKET | --dry-run" },
    { "device", "probe", ctl_device_probe, "NAME | URI [--ca FILE] [--pin SHA256] [--driver DRIVER]" },
    { "device", "show", ctl_device_show, "NAME" },
    { "device", "test", ctl_device_test, "NAME" },
    { "device", "propose", ctl_device_propose, "NAME URI --location TEXT --custodian TEXT --ceiling CLASS [--zone TEXT] [--ca FILE]"
      " [--pin SHA256] [--driver DRIVER] [--plain-until DATE --plain-reason TEXT] --ticket TICKET | --dry-run" },
    { "device", "retire", ctl_device_retire, "NAME --ticket TICKET | --dry-run" },
    { "device", "list", ctl_device_list, "" },
    { "terminal", "propose", ctl_terminal_propose, "NAME DEVICE [--device OTHER]... [--certificate] [--ceiling CLASS]"
      " --ticket TICKET | --dry-run" },
    { "terminal", "certify", ctl_terminal_certify, "NAME [--out FILE.p12]" },
    { "terminal", "code", ctl_terminal_code, "NAME" },
    { "terminal", "list", ctl_terminal_list, "" },
    { "terminal", "revoke", ctl_terminal_revoke, "NAME --reason TEXT" },
    { "badge", "import", ctl_badge_import, "FILE    (lines of LOGIN,NUMBER[,LABEL])" },
    { "pin", "unlock", ctl_pin_unlock, "LOGIN --reason TEXT" },
    { "badge", "revoke", ctl_badge_revoke, "LOGIN --reason TEXT" },
    { "directory", "test", ctl_directory_test, "[LOGIN] [--libexec-dir DIR]" },
    { "directory", "secret", ctl_directory_secret, "[--libexec-dir DIR]    (the password on standard input, or asked for)" },
    { "recover", "policy", ctl_recover_policy, "VERSION --ticket TICKET [--yes] [--sbin-dir DIR]" },
    { "recover", "appoint", ctl_recover_appoint, "LOGIN LOGIN --ticket TICKET [--yes] [--sbin-dir DIR]" },
    { "audit", NULL, NULL, "list | verify ...    (see quoinctl(8))" },
    { NULL, NULL, NULL, NULL },
};

static int usage(FILE *to)
{
    fputs("usage: quoinctl [-c FILE] [--json] VERB ...\n", to);
    for (const struct verb *v = verbs; v->word; v++)
        fprintf(to, "  %s%s%s %s\n", v->word, v->second ? " " : "", v->second ? v->second : "", v->words);
    return to == stdout ? CTL_OK : CTL_USAGE;
}

int ctl_complain(const char *fmt, ...)
{
    va_list ap;

    fputs("quoinctl: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return CTL_FAILED;
}

static const struct verb *find_verb(int argc, char **argv)
{
    for (const struct verb *v = verbs; v->word; v++)
        if (strcmp(v->word, argv[0]) == 0 && (!v->second || (argc > 1 && strcmp(v->second, argv[1]) == 0)))
            return v;
    return NULL;
}

static int run_verb(const struct ctl *c, int argc, char **argv)
{
    const struct verb *v = find_verb(argc, argv);
    int words, r;

    if (!v) {
        ctl_complain("unknown verb: %s%s%s", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
        return usage(stderr);
    }
    if (!v->run)
        return ctl_audit(argc, argv, c->conf);
    words = v->second ? 2 : 1;
    r = v->run(c, argc - words, argv + words);
    if (r == CTL_USAGE)
        fprintf(stderr, "usage: quoinctl %s%s%s %s\n", v->word, v->second ? " " : "", v->second ? v->second : "", v->words);
    return r;
}

/* "-c FILE" and "--help" come before the verb; "--json" may stand anywhere, and stays where it is for the verb "audit". */
static int read_options(int argc, char **argv, const char **conf, struct ctl *c)
{
    static const struct option longs[] = {
        { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 },
    };
    int o;

    while ((o = getopt_long(argc, argv, "+c:", longs, NULL)) != -1) {
        if (o == 'c')
            *conf = optarg;
        else if (o == 'j')
            c->json = true;
        else
            return usage(o == 'h' ? stdout : stderr);
    }
    return optind < argc ? -1 : usage(stderr);
}

int main(int argc, char **argv)
{
    const char *conf_path = QN_SYSCONFDIR "/quoin.conf";
    struct ctl c = { 0 };
    struct qn_conf *conf = NULL;
    struct qn_err err = { 0 };
    int r, words;
    char **rest;

    c.runtime_dir = getenv("XDG_RUNTIME_DIR");
    c.home = getenv("HOME");
    qn_log_open("quoinctl", QN_LOG_NOTICE);
    qn_sandbox_start(); /* which empties the environment; the strings stay */
    r = read_options(argc, argv, &conf_path, &c);
    if (r >= 0)
        return r;
    rest = argv + optind;
    words = argc - optind;
    if (strcmp(rest[0], "audit") == 0) {
        if (c.json)
            rest[words++] = (char[]){ "--json" }; /* over argv's NULL */
    } else {
        c.json = ctl_flag(&words, rest, "--json") || c.json;
        c.password_stdin = ctl_flag(&words, rest, "--password-stdin");
    }
    if (words == 0)
        return usage(stderr);
    if (qn_conf_read(&conf, conf_path, &err) != 0)
        return ctl_complain("%s", err.text);
    c.conf = conf;
    c.conf_path = conf_path;
    r = run_verb(&c, words, rest);
    qn_conf_free(&conf);
    return fflush(stdout) == 0 ? r : CTL_FAILED;
}
