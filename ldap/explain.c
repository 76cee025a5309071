#include "ldap/explain.h"

#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ldap/explain-net.h"
#include "ldap/find.h"
#include "ldap/search.h"
#include "ldap/watchdog.h"
#include "lib/buf.h"
#include "lib/sandbox.h"

enum { STEP_MS = 3000, GROUPS_SHOWN = 30 };

struct explain {
    const struct qn_settings *s;
    const struct qn_explain_ask *ask;
    struct qn_group_map *map; /* the groups of ask */
    struct qn_client *client;
    unsigned server;
};

int qn_explain_become(const struct qn_conf *conf, struct qn_err *err)
{
    struct passwd *pw;
    unsigned uid;
    int r = qn_conf_uid(conf, "user-ldap", &uid, err);

    if (r != 0 || geteuid() != 0 || uid == 0)
        return r;
    pw = getpwuid(uid);
    if (!pw)
        return qn_fail(err, QN_EINVAL, "user-ldap: no user has the number %u", uid);
    if (setgid(pw->pw_gid) != 0 || initgroups(pw->pw_name, pw->pw_gid) != 0 || setuid(uid) != 0)
        return qn_fail_errno(err, "becoming %s", pw->pw_name);
    return 0;
}

/* ---- lines: what directories say is not trusted with a terminal ---- */

static bool line(bool ok, const char *fmt, va_list ap)
{
    char raw[2048], clean[2048];

    vsnprintf(raw, sizeof raw, fmt, ap);
    qn_utf8_copy(clean, sizeof clean, raw, strlen(raw));
    printf("  %-5s %s\n", ok ? "ok" : "FAIL", clean);
    return ok;
}

bool qn_explain_ok(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line(true, fmt, ap);
    va_end(ap);
    return true;
}

bool qn_explain_no(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line(false, fmt, ap);
    va_end(ap);
    return false;
}

void qn_explain_hint(const char *what)
{
    printf("        -> %s\n", what);
}

/* ---- steps ---- */

static bool step_account(struct explain *e, LDAP **ld)
{
    const char *dn = e->s->bind_dn;
    struct qn_err err = { 0 };

    if (qn_client_service(e->client, e->server, ld, NULL, &err) == 0)
        return *dn ? qn_explain_ok("service account: %s is bound", dn) : qn_explain_ok("service account: none, searches are anonymous");
    qn_explain_no("service account: %s", err.text);
    qn_explain_hint("check directory-bind-dn and the one line in directory-secret-file; is the account locked or expired?");
    return false;
}

static bool each_seen(LDAP *ld, LDAPMessage *entry, void *arg)
{
    (void)ld, (void)entry;
    *(bool *)arg = true;
    return false;
}

static bool step_base(struct explain *e, LDAP *ld, const char *key, const char *base)
{
    static const char *const nothing[] = { LDAP_NO_ATTRS, NULL };
    struct qn_err err = { 0 };
    bool found = false;
    int code, r = qn_search_entry(ld, e->s, base, "(objectClass=*)", nothing, each_seen, &found, &code, &err);

    if (r == 0 && code == LDAP_SUCCESS && found)
        return qn_explain_ok("base: %s is there", base);
    qn_explain_no("base: %s: %s", base, r != 0 ? err.text : code == LDAP_SUCCESS ? "it can't be read" : ldap_err2string(code));
    printf("        -> check %s, and that the service account may read that entry\n", key);
    return false;
}

/* The role that this group gives, as printf() takes it: a length and a text; 0 for none. */
static int role_of(const struct explain *e, const char *normal, const char **role)
{
    const char *dn;

    for (unsigned i = 0; (dn = qn_group_name(e->map, i)); i++)
        for (unsigned j = 0; qn_group_is(e->map, i, normal) && j < e->ask->groups; j++)
            if (e->ask->dn[j] == dn) {
                *role = e->ask->role[j];
                return e->ask->role_len[j];
            }
    *role = "";
    return 0;
}

static bool step_groups(struct explain *e, const struct qn_member *m)
{
    for (unsigned i = 0; i < m->seen; i++) {
        const char *role, *how = m->list[i].depth == 1 ? "" : " (through other groups)";
        int n = role_of(e, m->list[i].normal, &role);

        if (n)
            qn_explain_ok("group: %s%s -> role %.*s", m->list[i].dn, how, n, role);
        else if (i < GROUPS_SHOWN)
            qn_explain_ok("group: %s%s%s", m->list[i].dn, how, e->ask->groups ? ", of no role" : "");
    }
    if (m->cut)
        qn_explain_ok("groups: there are more, or deeper ones, than are walked");
    if (m->groups || !e->ask->groups)
        return true;
    qn_explain_no("roles: none, so this person may do nothing");
    qn_explain_hint("add the person to a group that the role map names; for groups in groups set directory-nesting; "
                    "compare the names above with those of the role map");
    return false;
}

/* What the optional attributes of the settings give. */
static void step_more(const struct explain *e, const struct qn_person *p)
{
    if (*e->s->person)
        qn_explain_ok("person behind the account: %s (%s)", *p->same ? p->same : "not said", e->s->person);
    if (*e->s->pin)
        qn_explain_ok("PIN: %s (%s)", p->verifier ? "a hash that counts" : "none that counts", e->s->pin);
}

static bool step_person(struct explain *e)
{
    const char *login = e->ask->login;
    struct qn_wanted wanted = { .login = login, .groups = e->map };
    struct qn_person p;
    struct qn_err err = { 0 };
    bool ok;

    if (qn_find_person(e->client, e->server, &wanted, &p, &err) != 0) {
        qn_explain_no("person %s: %s", login, err.text);
        qn_explain_hint("check directory-base and directory-user-filter, and what the service account may read");
        qn_person_clear(&p);
        return false;
    }
    qn_explain_ok("person: %s, the only entry for %s", p.dn, login);
    qn_explain_ok("id: %s (%s)", p.id, e->s->id);
    qn_explain_ok("login: %s (%s)", p.login, e->s->login);
    qn_explain_ok("name: %s (%s)", p.display, e->s->display);
    step_more(e, &p);
    ok = p.status == QN_STATUS_ACTIVE ? qn_explain_ok("account: active")
                                      : qn_explain_no("account: %s, because of %s", qn_status_name(p.status), p.why);
    ok = step_groups(e, &p.member) && ok;
    qn_person_clear(&p);
    return ok;
}

/* ---- a server, in a process of its own: the watchdog may have to end it ---- */

static bool server_go(struct explain *e)
{
    LDAP *ld = NULL;
    bool ok;

    qn_watchdog_arm(STEP_MS, NULL, 0);
    if (!qn_explain_reach(e->client, e->server))
        return false;
    qn_watchdog_arm(STEP_MS, NULL, 0);
    if (!step_account(e, &ld))
        return false;
    ok = step_base(e, ld, "directory-base", e->s->base);
    if (!*e->s->member_of)
        ok = step_base(e, ld, "directory-group-base", e->s->group_base) && ok;
    qn_watchdog_arm(e->s->server_ms, NULL, 0); /* what a worker has for it */
    if (ok && *e->ask->login)
        ok = step_person(e);
    if (qn_watchdog_disarm()) {
        ok = qn_explain_no("that took longer than a worker waits (%d ms)", e->s->server_ms);
        qn_explain_hint("is the server overloaded, or are there very many groups?");
    }
    return ok;
}

static _Noreturn void server_child(struct explain *e)
{
    struct qn_health health = { 0 };
    struct qn_err err = { 0 };
    bool ok = false;

    setvbuf(stdout, NULL, _IOLBF, 0);
    qn_watchdog_start();
    if (qn_client_new(&e->client, e->s, &health, &err) != 0 || qn_sandbox_apply(QN_SANDBOX_LDAP, &err) != 0)
        qn_explain_no("%s", err.text);
    else
        ok = server_go(e);
    qn_client_free(&e->client);
    fflush(stdout);
    _exit(ok ? 0 : 1);
}

static bool server_explain(struct explain *e)
{
    int status = -1;
    pid_t pid;

    printf("%s\n", e->s->server[e->server]);
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        server_child(e);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return qn_explain_no("no process could be started");
    if (WIFEXITED(status) && WEXITSTATUS(status) != QN_WATCHDOG_EXIT)
        return WEXITSTATUS(status) == 0;
    qn_explain_no("the next step did not come back");
    qn_explain_hint("usually the look-up of the server's name: write its address, or its name into /etc/hosts");
    return false;
}

bool qn_explain_group(struct qn_explain_ask *ask, const char *text)
{
    const char *sign = strchr(text, '=');

    if (!sign || sign == text || !sign[1] || ask->groups == QN_GROUPS_MAX)
        return false;
    ask->role[ask->groups] = text;
    ask->role_len[ask->groups] = (int)(sign - text);
    ask->dn[ask->groups++] = sign + 1;
    return true;
}

int qn_explain(const struct qn_settings *settings, const struct qn_explain_ask *ask)
{
    struct explain e = { .s = settings, .ask = ask, .map = qn_group_map_new(ask->dn, ask->groups) };
    bool ok = true;

    for (; e.server < settings->servers; e.server++)
        ok = server_explain(&e) && ok;
    puts(ok ? "Everything is in order." : "Something is not in order; see FAIL above.");
    fflush(stdout);
    qn_group_map_free(&e.map);
    return ok ? 0 : 1;
}
