#include "config.h"

#include "lib/conf.h"

#include <confuse.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define KIB ((int64_t)1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

const struct qn_conf_key qn_conf_table[] = {
    /* name, type, default, help, least, most */
    { "run-dir", "text", QN_RUNDIR, "folder of the sockets", 0, 0 },
    { "state-dir", "text", QN_LOCALSTATEDIR, "folder of database, spool and keys; the core's alone", 0, 0 },
    { "log-level", "int", "6", "most talkative level written to standard error (3 errors .. 7 debugging)", 3, 7 },
    { "log-name", "text", "quoin.invalid/log", "origin line of the audit log's signed heads; unique to this server", 0, 0 },

    { "user-core", "text", "quoin", "user of quoind", 0, 0 },
    { "user-intake", "text", "quoin-intake", "user of quoin-intake", 0, 0 },
    { "user-kiosk", "text", "quoin-kiosk", "user of quoin-web for terminals", 0, 0 },
    { "user-portal", "text", "quoin-portal", "user of quoin-web for people", 0, 0 },
    { "user-console", "text", "quoin-console", "user of quoin-web for administrators", 0, 0 },
    { "user-ldap", "text", "quoin-ldap", "user of quoin-ldap with the directory", 0, 0 },
    { "user-pin", "text", "quoin-pin", "user of quoin-ldap that hashes PINs", 0, 0 },
    { "user-deliver", "text", "quoin-deliver", "user of quoin-deliver", 0, 0 },
    { "user-cups", "text", "quoin-cups", "user of quoin-cups", 0, 0 },
    { "user-backend", "text", "lp", "user that cupsd runs backends as", 0, 0 },

    { "max-jobs", "int", "200000", "held jobs in all", 1, 10000000 },
    { "max-bytes", "size", "1024g", "bytes of held jobs in all", MIB, INT64_MAX },
    { "max-jobs-per-owner", "int", "1000", "held jobs of one person", 1, 10000000 },
    { "max-bytes-per-owner", "size", "50g", "bytes of held jobs of one person", MIB, INT64_MAX },
    { "max-job-bytes", "size", "10g", "bytes of one job", KIB, 1024 * GIB },
    { "max-intake", "int", "64", "jobs being received at once", 1, 1000 },
    { "max-deliver", "int", "16", "jobs being printed at once", 1, 1000 },
    { "device-poll", "time", "60s", "how often printers are asked how they are, at least 5s; 0: only by administrators", 0, 60 * MINUTE },
    { "retry-for", "time", "10m", "how long a release waits for a busy printer before the job is held again", SECOND, 1440 * MINUTE },
    { "disk-reserve", "size", "256m", "free bytes on the spool's disk below which new jobs wait in CUPS", 0, 1024 * GIB },
    { "verify-max", "size", "64m", "jobs up to this size are verified whole before the printer is contacted", 0, 1024 * GIB },
    { "pdf-filter", "text", QN_CUPS_SERVERBIN "/filter/pdftopdf", "selects pages and lays them out where a printer can't", 0, 0 },
    { "filter-bytes", "size", "256m", "largest document that it is given", MIB, 64 * GIB },
    { "person-cache", "time", "300s", "how long a looked-up owner name is believed when a job arrives", 0, 24 * 60 * MINUTE },
    { "answer-timeout", "time", "5s", "longest wait for the directory and for a PIN hash", 100, MINUTE },
    { "pin-cost", "int", "16384", "scrypt cost of new PINs (a power of two)", 1024, 1048576 },
    { "kiosk-idle", "time", "60s", "a session at a terminal ends after this long without a touch", SECOND, 60 * MINUTE },
    { "kiosk-session", "time", "5m", "a session at a terminal ends after this long in any case", SECOND, 60 * MINUTE },
    { "web-idle", "time", "15m", "a portal or console session ends after this long without a request", SECOND, 24 * 60 * MINUTE },
    { "web-session", "time", "8h", "a portal or console session ends after this long in any case", SECOND, 24 * 60 * MINUTE },

    { "cups", "bool", "false", "run quoin-cups, for devices with a driver", 0, 0 },
    { "cupsd", "text", "cupsd", "name of the cupsd whose jobs we take", 0, 0 },
    { "cupsd-socket", "text", "", "its socket, to confirm each job's owner; empty: every owner stays unverified", 0, 0 },
    { "owner-realms", "list", "", "realms and domains (EXAMPLE.COM, EXAMPLE) cut from owner names; any other is refused", 0, 0 },

    { "directory-servers", "list", "", "1 to 8 directory servers in order of preference: ldaps://HOST[:PORT], ldap://HOST[:PORT]", 0, 0 },
    { "directory-starttls", "bool", "true", "StartTLS on ldap:// servers; one that refuses it is sent nothing more", 0, 0 },
    { "directory-insecure", "bool", "false", "allow ldap:// without StartTLS: passwords in clear (tests on loopback only)", 0, 0 },
    { "directory-ca", "text", "", "file (PEM) of the authorities that a server's certificate must come from; needed for TLS", 0, 0 },
    { "directory-bind-dn", "text", "", "name of the service account that looks people up; empty: anonymous", 0, 0 },
    { "directory-secret-file", "text", "", "file of its password, sealed or one line; readable by the user of quoin-ldap alone", 0, 0 },
    { "directory-key-file", "text", "", "file of the key that a sealed directory-secret-file is opened with", 0, 0 },
    { "directory-base", "text", "", "entry below which people are looked for", 0, 0 },
    { "directory-user-filter", "text", "(&(objectClass=person)(uid=%u))", "filter of one person; %u, once, is the login, escaped", 0, 0 },
    { "directory-id", "text", "entryUUID", "attribute that never changes (entryUUID, objectGUID, nsUniqueId, ipaUniqueID)", 0, 0 },
    { "directory-login", "text", "uid", "attribute of the login (uid, sAMAccountName)", 0, 0 },
    { "directory-display", "text", "cn", "attribute of the name people read (cn, displayName)", 0, 0 },
    { "directory-person", "text", "", "attribute with one value for all accounts of one person (employeeNumber); empty: none", 0, 0 },
    { "directory-badge", "text", "", "attribute of badge numbers; empty: the directory keeps none", 0, 0 },
    { "directory-pin", "text", "", "attribute of the PIN's {CRYPT} hash; empty: the directory keeps none", 0, 0 },
    { "directory-groups", "text", "memberOf", "attribute of an entry that names its groups; empty: groups are searched for", 0, 0 },
    { "directory-group-base", "text", "", "entry below which groups are looked for if directory-groups is empty", 0, 0 },
    { "directory-group-filter", "text", "(member=%d)", "filter of the groups of a member; %d, once, is its name, or %u the login", 0, 0 },
    { "directory-nesting", "text", "none", "groups in groups: none, chain (Active Directory's own rule) or walk", 0, 0 },
    { "directory-workers", "int", "4", "directory calls at once", 1, 64 },
    { "pin-workers", "int", "2", "PIN hashes at once", 1, 16 },

    { "tls-certificate", "text", "", "PEM file of the web listeners' certificate chain", 0, 0 },
    { "tls-key", "text", "", "PEM file of its key", 0, 0 },
    { "web-hosts", "list", "", "names (with port) by which browsers may call us; a Host that is none of them is refused", 0, 0 },
    { "kiosk-listen", "text", "127.0.0.1:8443", "address and port for terminals", 0, 0 },
    { "portal-listen", "text", "127.0.0.1:8444", "address and port for people", 0, 0 },
    { "console-listen", "text", "127.0.0.1:8445", "address and port for administrators", 0, 0 },
    { "web-connections", "int", "256", "connections of one listener at once", 8, 4096 },
    { "web-connections-per-address", "int", "32", "of these, from one address", 1, 4096 },

#ifdef QN_TEST_CLOCK
    { "test-clock", "text", "", "file of clock offsets (test builds only)", 0, 0 },
#endif
    { NULL, NULL, NULL, NULL, 0, 0 },
};

struct qn_conf {
    cfg_t *cfg;
    cfg_opt_t *opts;
    int lines;         /* of the file; the line after the last is our end mark */
    struct qn_err err; /* first complaint of the parser */
};

/* libconfuse takes the end of the file for the end of whatever is still open, so a missing "}" or "*" "/" would go unseen: we
 * add a last line of our own that must have been understood. */
#define END_MARK "end-of-file"

static _Thread_local struct qn_conf *conf_reading;

static void __attribute__((format(printf, 2, 0))) conf_complain(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[256];

    if (!conf_reading || conf_reading->err.code)
        return;
    vsnprintf(text, sizeof text, fmt, ap);
    if (cfg && cfg->line > conf_reading->lines)
        snprintf(text, sizeof text, "the file ends inside a list or a text");
    qn_fail(&conf_reading->err, QN_EINVAL, "%s line %d: %s", cfg && cfg->filename ? cfg->filename : "configuration",
            !cfg ? 0 : cfg->line > conf_reading->lines ? conf_reading->lines : cfg->line, text);
}

/* "10g", "64m", "4k", "100": bytes. "5s", "15m", "8h", "250ms": milliseconds. */
static bool conf_number(const char *text, const char *type, int64_t *out)
{
    static const struct { const char *type, *unit; int64_t by; } units[] = {
        { "size", "", 1 }, { "size", "k", KIB }, { "size", "m", MIB }, { "size", "g", GIB },
        { "time", "ms", 1 }, { "time", "s", SECOND }, { "time", "m", MINUTE }, { "time", "h", 60 * MINUTE },
        { "int", "", 1 },
    };
    char *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || errno || v < 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].type, type) == 0 && strcmp(units[i].unit, end) == 0)
            return !__builtin_mul_overflow((int64_t)v, units[i].by, out);
    return false;
}

static const struct qn_conf_key *conf_key(const char *name)
{
    for (const struct qn_conf_key *k = qn_conf_table; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    qn_panic("configuration key %s is not in the table", name);
}

static bool conf_is_number(const struct qn_conf_key *k)
{
    return strcmp(k->type, "int") == 0 || strcmp(k->type, "size") == 0 || strcmp(k->type, "time") == 0;
}

static int conf_validate(cfg_t *cfg, cfg_opt_t *opt)
{
    const struct qn_conf_key *k = conf_key(opt->name);
    const char *text = cfg_opt_getstr(opt);
    int64_t v;

    if (!conf_is_number(k))
        return 0;
    if (!text || !conf_number(text, k->type, &v) || v < k->min || v > k->max) {
        cfg_error(cfg, "%s = %s: expected %s from %lld to %lld", k->name, text ? text : "", k->type, (long long)k->min,
                  (long long)k->max);
        return -1;
    }
    return 0;
}

static cfg_opt_t *conf_opts(void)
{
    size_t n = sizeof qn_conf_table / sizeof *qn_conf_table, used = 0;
    cfg_opt_t *opts = qn_alloc((n + 2) * sizeof *opts);

    for (const struct qn_conf_key *k = qn_conf_table; k->name; k++) {
        if (strcmp(k->type, "list") == 0)
            opts[used++] = (cfg_opt_t)CFG_STR_LIST(k->name, (char *)(uintptr_t)"{}", CFGF_NONE);
        else if (strcmp(k->type, "bool") == 0)
            opts[used++] = (cfg_opt_t)CFG_BOOL(k->name, strcmp(k->value, "true") == 0 ? cfg_true : cfg_false, CFGF_NONE);
        else
            opts[used++] = (cfg_opt_t)CFG_STR(k->name, k->value, CFGF_NONE);
    }
    opts[used++] = (cfg_opt_t)CFG_BOOL(END_MARK, cfg_false, CFGF_NONE);
    opts[used] = (cfg_opt_t)CFG_END();
    return opts;
}

/* The file's text and the end mark. */
static int conf_load(struct qn_conf *c, const char *path, struct qn_buf *text, struct qn_err *err)
{
    char part[4096];
    FILE *f = fopen(path, "re");
    size_t n;
    int r = 0;

    if (!f)
        return qn_fail_errno(err, "reading %s", path);
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        qn_buf_add(text, part, n);
        for (size_t i = 0; i < n; i++)
            c->lines += part[i] == '\n';
    }
    if (ferror(f))
        r = qn_fail_errno(err, "reading %s", path);
    fclose(f);
    if (text->len == 0 || text->data[text->len - 1] != '\n') {
        qn_buf_puts(text, "\n");
        c->lines++;
    }
    qn_buf_puts(text, END_MARK " = true\n");
    if (r == 0 && text->full)
        r = qn_fail(err, QN_EINVAL, "%s is larger than a configuration can be", path);
    return r;
}

static int conf_parse(struct qn_conf *c, const char *path, struct qn_err *err)
{
    struct qn_buf text = { 0 };
    int r = conf_load(c, path, &text, err);
    FILE *f = r == 0 ? fmemopen(text.data, text.len, "r") : NULL;

    if (f) {
        conf_reading = c;
        c->cfg->filename = qn_strdup(path); /* cfg_free() frees it */
        if (cfg_parse_fp(c->cfg, f) != CFG_SUCCESS)
            r = qn_fail(err, QN_EINVAL, "%s", c->err.code ? c->err.text : "configuration can't be parsed");
        else if (!cfg_getbool(c->cfg, END_MARK))
            r = qn_fail(err, QN_EINVAL, "%s line %d: the file ends inside a comment", path, c->lines);
        conf_reading = NULL;
        fclose(f);
    } else if (r == 0) {
        r = qn_fail_errno(err, "reading %s", path);
    }
    qn_buf_free(&text);
    return r;
}

int qn_conf_read(struct qn_conf **out, const char *path, struct qn_err *err)
{
    struct qn_conf *c = qn_alloc(sizeof *c);
    int r;

    *out = NULL;
    c->opts = conf_opts();
    c->cfg = cfg_init(c->opts, CFGF_NONE);
    if (!c->cfg)
        qn_panic("no memory for the configuration");
    cfg_set_error_function(c->cfg, conf_complain);
    for (const struct qn_conf_key *k = qn_conf_table; k->name; k++)
        if (conf_is_number(k))
            cfg_set_validate_func(c->cfg, k->name, conf_validate);
    r = conf_parse(c, path, err);
    if (r != 0) {
        qn_conf_free(&c);
        return r;
    }
    *out = c;
    return 0;
}

void qn_conf_free(struct qn_conf **conf)
{
    struct qn_conf *c = *conf;

    if (!c)
        return;
    cfg_free(c->cfg);
    free(c->opts);
    free(c);
    *conf = NULL;
}

const char *qn_conf_text(const struct qn_conf *conf, const char *key)
{
    const char *s;

    if (strcmp(conf_key(key)->type, "bool") == 0)
        return cfg_getbool(conf->cfg, key) ? "true" : "false";
    s = cfg_getstr(conf->cfg, key);
    return s ? s : "";
}

int64_t qn_conf_int(const struct qn_conf *conf, const char *key)
{
    const struct qn_conf_key *k = conf_key(key);
    int64_t v;

    if (strcmp(k->type, "bool") == 0)
        return cfg_getbool(conf->cfg, key) ? 1 : 0;
    if (!conf_number(qn_conf_text(conf, key), k->type, &v))
        qn_panic("configuration key %s is not a number", key);
    return v;
}

unsigned qn_conf_count(const struct qn_conf *conf, const char *key)
{
    conf_key(key);
    return cfg_size(conf->cfg, key);
}

const char *qn_conf_item(const struct qn_conf *conf, const char *key, unsigned i)
{
    conf_key(key);
    return cfg_getnstr(conf->cfg, key, i);
}

int qn_conf_uid(const struct qn_conf *conf, const char *key, unsigned *uid_out, struct qn_err *err)
{
    const char *name = qn_conf_text(conf, key);
    struct passwd *pw;
    int64_t v;

    *uid_out = (unsigned)-1;
    if (conf_number(name, "int", &v) && v < 0x7fffffff) {
        *uid_out = (unsigned)v;
        return 0;
    }
    pw = getpwnam(name);
    if (!pw)
        return qn_fail(err, QN_EINVAL, "%s = %s: no such user", key, name);
    *uid_out = pw->pw_uid;
    return 0;
}
