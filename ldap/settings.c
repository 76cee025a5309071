#include "config.h"

#include "ldap/settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ldap/filter.h"

static bool is_ldaps(const char *uri)
{
    return strncasecmp(uri, "ldaps://", 8) == 0;
}

static int servers_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    unsigned n = qn_conf_count(conf, "directory-servers");

    if (n == 0 || n > QN_SERVERS_MAX)
        return qn_fail(err, QN_EINVAL, "directory-servers: name 1 to %d servers", QN_SERVERS_MAX);
    for (unsigned i = 0; i < n; i++) {
        const char *uri = qn_conf_item(conf, "directory-servers", i);
        size_t scheme = is_ldaps(uri) ? 8 : strncasecmp(uri, "ldap://", 7) == 0 ? 7 : 0;

        if (!scheme || !uri[scheme] || strpbrk(uri + scheme, "/? ,"))
            return qn_fail(err, QN_EINVAL, "directory-servers: %s is not ldaps://HOST[:PORT] or ldap://HOST[:PORT]", uri);
        s->server[s->servers++] = uri;
    }
    return 0;
}

bool qn_settings_tls(const struct qn_settings *s, unsigned server)
{
    return s->starttls || is_ldaps(s->server[server]);
}

static int tls_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    bool insecure = qn_conf_int(conf, "directory-insecure") != 0, tls = false;

    s->starttls = qn_conf_int(conf, "directory-starttls") != 0;
    s->ca = qn_conf_text(conf, "directory-ca");
    for (unsigned i = 0; i < s->servers; i++) {
        tls = tls || qn_settings_tls(s, i);
        if (!qn_settings_tls(s, i) && !insecure)
            return qn_fail(err, QN_EINVAL, "directory-servers: passwords would go to %s in clear: use ldaps:// or directory-starttls",
                           s->server[i]);
    }
    if (!tls) {
        s->ca = "";
        return 0;
    }
    if (!*s->ca)
        return qn_fail(err, QN_EINVAL, "directory-ca: name the file of the authorities that the directory's certificate comes from");
    if (access(s->ca, R_OK) != 0)
        return qn_fail_errno(err, "directory-ca: reading %s", s->ca);
    return 0;
}

static int account_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    s->bind_dn = qn_conf_text(conf, "directory-bind-dn");
    s->secret_file = qn_conf_text(conf, "directory-secret-file");
    s->key_file = qn_conf_text(conf, "directory-key-file");
    if (qn_conf_uid(conf, "user-ldap", &s->user, NULL) != 0)
        s->user = (unsigned)-1;
    if (!*s->bind_dn != !*s->secret_file)
        return qn_fail(err, QN_EINVAL, "directory-bind-dn and directory-secret-file: set both, or neither for anonymous searches");
    return 0;
}

/* RFC 4512 section 1.4: a short name or an OID, with options; it goes into filters as it is. */
static bool is_attribute(const char *s)
{
    return strlen(s) <= 64 && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.;-") == strlen(s);
}

static int attributes_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    const struct {
        const char *key, **attribute;
        bool needed;
    } all[] = {
        { "directory-id", &s->id, true },          { "directory-login", &s->login, true },
        { "directory-display", &s->display, true }, { "directory-person", &s->person, false },
        { "directory-badge", &s->badge, false },    { "directory-pin", &s->pin, false },
        { "directory-groups", &s->member_of, false },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *name = *all[i].attribute = qn_conf_text(conf, all[i].key);

        if ((all[i].needed && !*name) || !is_attribute(name))
            return qn_fail(err, QN_EINVAL, "%s: name an attribute", all[i].key);
    }
    return 0;
}

static int search_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    char part[80];
    int r;

    s->base = qn_conf_text(conf, "directory-base");
    s->filter = qn_conf_text(conf, "directory-user-filter");
    if (!*s->base)
        return qn_fail(err, QN_EINVAL, "directory-base: say where to look for people");
    if (qn_filter_check(s->filter, QN_MARK_LOGIN, err) != 0)
        return qn_prefix(err, "directory-user-filter");
    if ((r = attributes_read(s, conf, err)) != 0)
        return r;
    snprintf(part, sizeof part, "(%s=%s)", s->login, QN_MARK_LOGIN);
    s->by_login = strcasestr(s->filter, part) != NULL;
    return 0;
}

static int nesting_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    static const char *const names[] = { "none", "chain", "walk" };
    const char *text = qn_conf_text(conf, "directory-nesting");

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            s->nesting = (enum qn_nesting)i;
            return 0;
        }
    return qn_fail(err, QN_EINVAL, "directory-nesting: %.40s is none of none, chain and walk", text);
}

static int groups_read(struct qn_settings *s, const struct qn_conf *conf, struct qn_err *err)
{
    int r = nesting_read(s, conf, err);

    s->group_base = qn_conf_text(conf, "directory-group-base");
    s->group_filter = qn_conf_text(conf, "directory-group-filter");
    s->group_mark = strstr(s->group_filter, QN_MARK_NAME) ? QN_MARK_NAME : QN_MARK_LOGIN;
    if (r != 0 || *s->member_of)
        return r;
    if (!*s->group_base)
        return qn_fail(err, QN_EINVAL, "directory-group-base: without directory-groups, say where to look for groups");
    if (s->nesting == QN_NESTING_CHAIN)
        return qn_fail(err, QN_EINVAL, "directory-nesting: chain needs directory-groups (memberOf)");
    if (s->nesting == QN_NESTING_WALK && strcmp(s->group_mark, QN_MARK_NAME) != 0)
        return qn_fail(err, QN_EINVAL, "directory-nesting: walk needs a directory-group-filter with %%d, because groups have no login");
    if (qn_filter_check(s->group_filter, s->group_mark, err) != 0)
        return qn_prefix(err, "directory-group-filter");
    return 0;
}

int qn_settings_read(struct qn_settings *out, const struct qn_conf *conf, struct qn_err *err)
{
    int64_t answer = qn_conf_int(conf, "answer-timeout");
    int r;

    memset(out, 0, sizeof *out);
    out->request_ms = (int)(answer * 8 / 10);
    out->server_ms = answer * 3 / 10 < QN_SERVER_MS ? (int)(answer * 3 / 10) : QN_SERVER_MS;
    if ((r = servers_read(out, conf, err)) != 0 || (r = tls_read(out, conf, err)) != 0 ||
        (r = account_read(out, conf, err)) != 0 || (r = search_read(out, conf, err)) != 0)
        return r;
    return groups_read(out, conf, err);
}
