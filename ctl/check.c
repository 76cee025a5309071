/* "check": is what surrounds Quoin as it must be? Each finding has an id and the SOC 2 criterion it belongs to. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ctl/check-spool.h"
#include "ctl/cupsconf.h"
#include "ctl/cupsrules.h"
#include "lib/buf.h"
#include "lib/clock.h"

enum { SPOOL_OLD_S = 600 };

struct check {
    const struct ctl *c;
    json_t *found;                            /* array of findings */
    unsigned critical, done;                  /* critical findings; checks made */
    struct cups_file file[CUPS_CONF_FILES];
    const char *dir;                          /* of cupsd's configuration */
};

static void finding(struct check *k, bool critical, const char *id, const char *criterion, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void finding(struct check *k, bool critical, const char *id, const char *criterion, const char *fmt, ...)
{
    char sentence[768], clean[768];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    qn_utf8_copy(clean, sizeof clean, sentence, strlen(sentence));
    if (critical)
        k->critical++;
    json_array_append_new(k->found, json_pack("{ss,ss,ss,ss}", "severity", critical ? "critical" : "warning", "id", id,
                                              "criterion", criterion, "text", clean));
    if (!k->c->json)
        printf("%-8s %-8s %-6s %s\n", critical ? "CRITICAL" : "warning", id, criterion, clean);
}

/* ---- cupsd ---- */

static void check_rule(struct check *k, const struct cups_rule *rule)
{
    const char *value = cups_file_get(&k->file[rule->file], rule->directive);

    k->done++;
    if (!cups_rule_obeyed(rule, value))
        finding(k, rule->critical, rule->id, rule->criterion, "%s/%s: %s is \"%s\"%s: %s; set it to \"%s\"", k->dir,
                cups_conf_names[rule->file], rule->directive, value ? value : rule->normal, value ? "" : " (not set)",
                rule->why, rule->set);
}

/* A folder whose content is gone when the machine stops: memory, or a disk encrypted by device-mapper. */
static bool is_volatile(const char *path)
{
    struct statfs fs;
    struct stat st;
    char uuid_path[64], uuid[8] = "";
    FILE *f;

    if (statfs(path, &fs) != 0 || stat(path, &st) != 0)
        return false;
    if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
        return true;
    snprintf(uuid_path, sizeof uuid_path, "/sys/dev/block/%u:%u/dm/uuid", major(st.st_dev), minor(st.st_dev));
    f = fopen(uuid_path, "re");
    if (!f)
        return false;
    if (!fgets(uuid, sizeof uuid, f))
        uuid[0] = '\0';
    fclose(f);
    return strncmp(uuid, "CRYPT-", 6) == 0;
}

static void check_folder(struct check *k, const char *directive, const char *normal)
{
    const char *path = cups_file_get(&k->file[CUPS_FILES_CONF], directive);

    k->done++;
    if (!path)
        path = normal;
    if (access(path, F_OK) != 0)
        finding(k, false, "CUPS-01", "C1.2", "%s %s does not exist", directive, path);
    else if (!is_volatile(path))
        finding(k, true, "CUPS-01", "C1.2", "%s %s is on a plain disk: documents lie there in clear; put it on a tmpfs", directive,
                path);
}

static void spool_old(void *ctx, int job, int64_t age_s)
{
    finding(ctx, true, "CUPS-16", "C1.2", "a document of job %d has lain in clear for %" PRId64 " minutes: if its queue is not just "
            "busy, a filter was killed; \"cancel -x %d\" deletes it", job, age_s / 60, job);
}

static void check_spool(struct check *k)
{
    const char *root = cups_file_get(&k->file[CUPS_FILES_CONF], "RequestRoot");

    k->done++;
    if (ctl_spool_each_old(root ? root : "/var/spool/cups", qn_clock_wall() / 1000, SPOOL_OLD_S, spool_old, k) != 0)
        finding(k, false, "CUPS-16", "C1.2", "cupsd's spool can't be read: %s", strerror(errno));
}

static void check_owner(struct check *k)
{
    k->done++;
    if (!*qn_conf_text(k->c->conf, "cupsd-socket"))
        finding(k, false, "QN-05", "CC6.1",
                "cupsd-socket is not set: no owner can be verified, and documents that CUPS converts are refused");
    k->done++;
    if (!cups_file_in_section(&k->file[CUPSD_CONF], "Policy default", "Create-Job", "AuthType"))
        finding(k, false, "CUPS-12", "CC6.1",
                "%s/cupsd.conf: <Policy default> does not ask who submits a job (AuthType for Create-Job): owners stay unverified",
                k->dir);
}

/* The backend is root's, not writable by others, and executable by everybody so that cupsd runs it as its own user. */
static void check_backend(struct check *k)
{
    const char *bin = cups_file_get(&k->file[CUPS_FILES_CONF], "ServerBin");
    char path[512];
    struct stat st;

    snprintf(path, sizeof path, "%s/backend/quoin", bin ? bin : "/usr/lib/cups");
    k->done++;
    if (stat(path, &st) != 0)
        finding(k, true, "CUPS-14", "CC6.8", "%s: %s", path, strerror(errno));
    else if (st.st_uid != 0 || (st.st_mode & 07777) != 0755)
        finding(k, true, "CUPS-14", "CC6.8", "%s must belong to root with mode 0755, so that cupsd runs it unprivileged", path);
}

/* One queue of printers.conf: its lines are in section "Printer NAME" or "DefaultPrinter NAME". */
static void check_queue(struct check *k, const struct cups_file *f, size_t at)
{
    const struct cups_line *l = &f->line[at];
    const char *queue = strrchr(l->section, ' ');

    queue = queue ? queue + 1 : l->section;
    if (strcmp(l->name, "DeviceURI") == 0) {
        k->done++;
        if (strncmp(l->value, "quoin:", 6) != 0)
            finding(k, true, "CUPS-10", "CC6.1", "queue %s prints to %s past Quoin", queue, l->value);
    } else if (strcmp(l->name, "ErrorPolicy") == 0) {
        k->done++;
        if (strcmp(l->value, "retry-job") != 0)
            finding(k, true, "CUPS-19", "A1.2", "queue %s has the error policy %s instead of retry-job", queue, l->value);
    } else if (strcmp(l->name, "JobSheets") == 0) {
        k->done++;
        if (strcmp(l->value, "none none") != 0)
            finding(k, false, "CUPS-15", "C1.1", "queue %s adds banner pages (%s), which print the title", queue, l->value);
    }
}

static void check_queues(struct check *k)
{
    struct cups_file printers;
    struct qn_err err = { 0 };
    char path[512];

    snprintf(path, sizeof path, "%s/printers.conf", k->dir);
    if (cups_file_read(&printers, path, &err) != 0) {
        finding(k, false, "CUPS-10", "CC6.1", "no queues seen: %s", err.text);
        return;
    }
    for (size_t i = 0; i < printers.lines; i++)
        check_queue(k, &printers, i);
    cups_file_free(&printers);
}

static void check_cups(struct check *k)
{
    struct qn_err err = { 0 };
    char path[512];

    for (int i = 0; i < CUPS_CONF_FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", k->dir, cups_conf_names[i]);
        k->done++;
        if (cups_file_read(&k->file[i], path, &err) != 0)
            finding(k, true, "CUPS-00", "CC7.1", "can't be checked: %s", err.text);
    }
    for (const struct cups_rule *rule = cups_rules; rule->id; rule++)
        check_rule(k, rule);
    check_folder(k, "RequestRoot", "/var/spool/cups");
    check_folder(k, "TempDir", "/var/spool/cups/tmp");
    check_spool(k);
    check_owner(k);
    check_backend(k);
    check_queues(k);
    for (int i = 0; i < CUPS_CONF_FILES; i++)
        cups_file_free(&k->file[i]);
}

/* ---- the machine and Quoin itself ---- */

static void check_swap(struct check *k)
{
    FILE *f = fopen("/proc/swaps", "re");
    char line[256];
    int lines = 0;

    k->done++;
    while (f && fgets(line, sizeof line, f))
        lines++;
    if (f)
        fclose(f);
    if (lines > 1)
        finding(k, false, "OS-01", "C1.2", "swap is on: cupsd's memory and tmpfs folders may reach a disk in clear");
}

static void check_private(struct check *k, const char *key, const char *user_key, mode_t others, const char *id)
{
    const char *path = qn_conf_text(k->c->conf, key);
    unsigned uid = 0;
    struct stat st;

    if (*path == '\0')
        return;
    k->done++;
    if (stat(path, &st) != 0)
        finding(k, true, id, "CC6.1", "%s %s: %s", key, path, strerror(errno));
    else if (st.st_mode & others)
        finding(k, true, id, "CC6.1", "%s %s: mode %04o lets others in", key, path, (unsigned)st.st_mode & 07777U);
    else if (st.st_uid != 0 && (!user_key || qn_conf_uid(k->c->conf, user_key, &uid, NULL) != 0 || st.st_uid != uid))
        finding(k, true, id, "CC6.1", "%s %s belongs to uid %u", key, path, (unsigned)st.st_uid);
}

static void check_worker(struct check *k, const json_t *workers, const char *kind)
{
    const char *number = json_string_value(json_object_get(workers, kind));

    k->done++;
    if (!number || strcmp(number, "0") == 0)
        finding(k, true, "QN-03", "A1.2", "no %s worker has dialled in", kind);
}

static void check_core(struct check *k)
{
    struct qn_msg request, answer = { 0 };

    k->done += 3;
    qn_msg_request(&request, "status", NULL);
    if (ctl_call(k->c, &request, &answer) != CTL_OK) {
        finding(k, true, "QN-01", "A1.2", "the core does not answer");
        return;
    }
    if (qn_msg_get_int(&answer, "overdue") > 0)
        finding(k, true, "QN-02", "C1.2", "%" PRId64 " jobs are past their time and not erased", qn_msg_get_int(&answer, "overdue"));
    if (qn_msg_get_int(&answer, "policy") == 0)
        finding(k, true, "QN-06", "CC6.3", "there is no policy yet, so nobody may do anything: quoinctl init");
    else if (strcmp(qn_msg_get(&answer, "profile"), "compact") == 0)
        finding(k, false, "QN-07", "CC6.3", "the compact profile is in force: roles that usually exclude each other may be held together");
    check_worker(k, json_object_get(answer.f, "workers"), "ldap");
    check_worker(k, json_object_get(answer.f, "workers"), "pin");
    check_worker(k, json_object_get(answer.f, "workers"), "deliver");
    qn_msg_free(&answer);
}

int ctl_check(const struct ctl *c, int argc, char **argv)
{
    struct check k = { .c = c, .dir = ctl_option(&argc, argv, "--cups-dir", "/etc/cups") };

    if (argc != 0)
        return CTL_USAGE;
    k.found = json_array();
    check_cups(&k);
    check_swap(&k);
    check_private(&k, "state-dir", "user-core", 0077, "QN-04");
    check_private(&k, "directory-secret-file", "user-ldap", 0077, "QN-04");
    check_private(&k, "directory-key-file", "user-ldap", 0077, "QN-04");
    check_private(&k, "tls-key", NULL, 0007, "QN-04");
    check_core(&k);
    if (c->json)
        ctl_print_json(json_pack("{si,si,sO}", "checks", (int)k.done, "critical", (int)k.critical, "findings", k.found));
    else
        printf("%u checks, %zu findings, %u critical\n", k.done, json_array_size(k.found), k.critical);
    json_decref(k.found);
    return k.critical ? CTL_FAILED : CTL_OK;
}
