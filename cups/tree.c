#include "config.h"

#include "cups/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cups/out.h"
#include "cups/run-backend.h"
#include "lib/buf.h"
#include "lib/log.h"

int qn_cups_tree_path(char out[QN_CUPS_PATH], const struct qn_conf *conf, struct qn_err *err)
{
    static const struct sockaddr_un longest;
    int n = snprintf(out, QN_CUPS_PATH, "%s/cups", qn_conf_text(conf, "run-dir"));

    if (n < 0 || (size_t)n + sizeof "/cups.sock" > sizeof longest.sun_path)
        return qn_fail(err, QN_EINVAL, "run-dir is too long");
    return 0;
}

/* ---- is it safe ---- */

static int check_owner(const char *dir, const struct stat *st, const struct qn_conf *conf, struct qn_err *err)
{
    const struct passwd *pw;
    unsigned deliver;
    int r = qn_conf_uid(conf, "user-deliver", &deliver, err);

    if (r != 0)
        return r;
    pw = getpwuid(deliver);
    if (st->st_uid != geteuid())
        return qn_fail(err, QN_EDENIED, "%s belongs to user %u, not to us: user-cups in quoin.conf", dir, st->st_uid);
    if (st->st_mode & (S_IRWXO | S_IRGRP | S_IWGRP))
        return qn_fail(err, QN_EDENIED, "%s is open to others: its mode must be 0710", dir);
    if ((st->st_mode & S_IXGRP) && st->st_gid != (pw ? pw->pw_gid : (gid_t)deliver))
        return qn_fail(err, QN_EDENIED, "%s belongs to group %u, which is not that of quoin-deliver", dir, st->st_gid);
    return 0;
}

int qn_cups_tree_check(const char *dir, const struct qn_conf *conf, struct qn_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r;
    struct statfs fs;
    struct stat st;

    if (fd < 0)
        return qn_fail_errno(err, "%s", dir);
    if (fstat(fd, &st) != 0 || fstatfs(fd, &fs) != 0)
        r = qn_fail_errno(err, "%s", dir);
    else if (fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
        r = qn_fail(err, QN_EDENIED, "%s is on a disk: documents lie there in clear, so it must be a tmpfs", dir);
    else
        r = check_owner(dir, &st, conf, err);
    close(fd);
    return r;
}

/* ---- emptying ---- */

static int wipe_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    if (at->level == 0)
        return 0;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

int qn_cups_tree_wipe(const char *dir, struct qn_err *err)
{
    return nftw(dir, wipe_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 ? 0 : qn_fail_errno(err, "emptying %s", dir);
}

/* ---- filling ---- */

static const char *const folders[] = {
    "etc", "etc/ssl", "etc/ppd", "spool", "spool/tmp", "cache", "state", "state/certs", "bin", "bin/backend", "out",
};

/* Of CUPS, as they are. */
static const char *const shared[] = { "filter", "driver", "daemon", "monitor", "notifier", "cgi-bin" };

/* One line each; %s is the folder. */
static const char *const files_conf[] = {
    "SystemGroup root", "ServerRoot %s/etc", "ServerBin %s/bin", "RequestRoot %s/spool", "TempDir %s/spool/tmp", "CacheDir %s/cache",
    "StateDir %s/state", "ServerKeychain %s/etc/ssl", "DataDir " QN_CUPS_DATADIR, "DocumentRoot " QN_CUPS_DATADIR "/doc-root",
    "ErrorLog stderr", "Printcap",
    "AccessLog /dev/null", "PageLog /dev/null", /* with no name at all cupsd 2.4 crashes at the end of a job */
};

static const char *const cupsd_conf[] = {
    "Listen %s/cups.sock", "MaxLogSize 0", "AccessLogLevel none", "PageLogFormat", "LogDebugHistory 0",
    "Browsing No", "WebInterface No", "DefaultAuthType None", "DefaultEncryption Never", "DefaultShared No", "HostNameLookups Off",
    "IdleExitTimeout 0", "ErrorPolicy abort-job", "JobKillDelay 5", "MaxJobTime 14400", "MultipleOperationTimeout 300",
    "PreserveJobFiles No", "PreserveJobHistory 3600", "MaxJobs 0", "MaxActiveJobs 0", "MaxJobsPerPrinter 0", "LimitRequestBody 0",
    "<Location />", "Order allow,deny", "Allow localhost", "</Location>",
    "<Policy default>", "JobPrivateAccess all", "JobPrivateValues none", "SubscriptionPrivateAccess all",
    "SubscriptionPrivateValues none", /* nobody connects but quoin-deliver */
    "<Limit CUPS-Get-Devices CUPS-Get-PPD CUPS-Get-Document Create-Printer-Subscriptions Create-Job-Subscriptions>",
    "Order allow,deny", "Deny all", "</Limit>",
    "<Limit Create-Job Send-Document Validate-Job Cancel-Job Cancel-Jobs Cancel-My-Jobs Close-Job>", "Order deny,allow", "</Limit>",
    "<Limit All>", "Order deny,allow", "</Limit>", "</Policy>",
};

static int write_file(const char *dir, const char *name, const struct qn_buf *text, struct qn_err *err)
{
    char path[QN_CUPS_PATH + 32];
    int fd, r = 0;

    snprintf(path, sizeof path, "%s/etc/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || text->full || write(fd, text->data, text->len) != (ssize_t)text->len)
        r = qn_fail_errno(err, "writing %s", path);
    if (fd >= 0)
        close(fd);
    return r;
}

static void add_lines(struct qn_buf *b, const char *const *lines, size_t n, const char *dir)
{
    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(lines[i], "%s");

        if (at)
            qn_buf_printf(b, "%.*s%s%s\n", (int)(at - lines[i]), lines[i], dir, at + 2);
        else
            qn_buf_printf(b, "%s\n", lines[i]);
    }
}

static int write_files(const char *dir, const struct qn_conf *conf, struct qn_err *err)
{
    struct qn_buf files = { 0 }, cupsd = { 0 };
    int64_t level = qn_conf_int(conf, "log-level");
    int r;

    qn_buf_printf(&files, "User %u\nGroup %u\n", (unsigned)geteuid(), (unsigned)getegid());
    add_lines(&files, files_conf, sizeof files_conf / sizeof *files_conf, dir);
    qn_buf_printf(&cupsd, "LogLevel %s\nMaxClients %d\n", level >= QN_LOG_DEBUG ? "debug" : level >= QN_LOG_WARNING ? "warn" : "error",
                  (int)qn_conf_int(conf, "max-deliver") + 20);
    add_lines(&cupsd, cupsd_conf, sizeof cupsd_conf / sizeof *cupsd_conf, dir);
    r = write_file(dir, "cups-files.conf", &files, err);
    if (r == 0)
        r = write_file(dir, "cupsd.conf", &cupsd, err);
    qn_buf_free(&files);
    qn_buf_free(&cupsd);
    return r;
}

/* A backend by way of this program. One that isn't there is left out. */
static int link_backend(const char *dir, const char *name, const char *own, struct qn_err *err)
{
    char path[QN_CUPS_PATH + 64], theirs[QN_CUPS_PATH];

    snprintf(path, sizeof path, "%s/bin/backend/%s", dir, name);
    snprintf(theirs, sizeof theirs, "%s/backend/%s", QN_CUPS_SERVERBIN, name);
    if (access(theirs, R_OK) != 0) {
        qn_log(QN_LOG_NOTICE, "%s: %s; devices that need it can't be reached", theirs, strerror(errno));
        return 0;
    }
    if (symlink(own, path) != 0)
        return qn_fail_errno(err, "%s", path);
    return 0;
}

static int link_programs(const char *dir, struct qn_err *err)
{
    char own[512] = "", path[QN_CUPS_PATH + 64], theirs[QN_CUPS_PATH];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    int r = 0;

    if (n < 1)
        return qn_fail_errno(err, "/proc/self/exe");
    own[n] = '\0';
    for (size_t i = 0; i < sizeof shared / sizeof *shared && r == 0; i++) {
        snprintf(path, sizeof path, "%s/bin/%s", dir, shared[i]);
        snprintf(theirs, sizeof theirs, "%s/%s", QN_CUPS_SERVERBIN, shared[i]);
        if (symlink(theirs, path) != 0)
            r = qn_fail_errno(err, "%s", path);
    }
    snprintf(path, sizeof path, "%s/bin/backend/" QN_CUPS_OUT, dir);
    if (r == 0 && symlink(own, path) != 0)
        r = qn_fail_errno(err, "%s", path);
    for (size_t i = 0; qn_cups_backends[i].name && r == 0; i++)
        r = link_backend(dir, qn_cups_backends[i].name, own, err);
    return r;
}

int qn_cups_tree_make(const char *dir, const struct qn_conf *conf, struct qn_err *err)
{
    char path[QN_CUPS_PATH + 64];
    int r = 0;

    for (size_t i = 0; i < sizeof folders / sizeof *folders && r == 0; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, folders[i]);
        if (mkdir(path, 0700) != 0)
            r = qn_fail_errno(err, "%s", path);
    }
    if (r == 0 && chmod(path, 0711) != 0) /* the last: quoin-deliver goes through to a socket in it */
        r = qn_fail_errno(err, "%s", path);
    if (r == 0)
        r = link_programs(dir, err);
    return r == 0 ? write_files(dir, conf, err) : r;
}
