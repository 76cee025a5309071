#include "ldap/find.h"

#include <string.h>
#include <strings.h>

#include "ldap/filter.h"
#include "ldap/search.h"
#include "ldap/watchdog.h"

enum { FILTER_MAX = 4096 };

struct found {
    struct qn_person *person;
    const struct qn_settings *settings;
    const struct qn_wanted *wanted;
    unsigned entries;
    int r;              /* of taking the first one */
    struct qn_err *err;
};

/* What the question is about, for sentences: a badge's number is no text for a log, a login is. */
static const char *what(const struct qn_wanted *w)
{
    return w->login ? "login" : w->id ? "id" : "badge";
}

static bool each_person(LDAP *ld, LDAPMessage *entry, void *arg)
{
    struct found *f = arg;

    if (f->entries++ == 0)
        f->r = qn_person_take(f->person, f->settings, ld, entry, f->wanted->login, f->err);
    return f->entries < 2;
}

/* Directories take more for equal than the core does when it counts tries by login (accents, widths, spaces): only case, and
 * only of ASCII, may differ from what the directory says. */
static int found_judge(LDAP *ld, const struct found *f, int code, struct qn_err *err)
{
    if (f->entries > 1 || code == LDAP_SIZELIMIT_EXCEEDED)
        return qn_fail(err, f->wanted->badge ? QN_EDENIED : QN_ENOTFOUND, "more than one entry of the directory matches this %s",
                       what(f->wanted));
    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, "searching", err);
    if (f->entries == 0)
        return qn_fail(err, QN_ENOTFOUND, "no entry of the directory matches this %s", what(f->wanted));
    if (f->r == 0 && f->wanted->id && strcasecmp(f->wanted->id, f->person->id) != 0)
        return qn_fail(err, QN_EAWAY, "the directory gave another entry than the one asked for");
    if (f->r == 0 && f->wanted->login && f->settings->by_login && strcasecmp(f->wanted->login, f->person->login) != 0)
        return qn_fail(err, QN_ENOTFOUND, "the directory spells this login otherwise: %.100s", f->person->login);
    return f->r;
}

static int find_on(LDAP *ld, const struct qn_settings *s, const char *filter, const struct qn_wanted *w, struct qn_person *out,
                   struct qn_err *err)
{
    const char *attributes[QN_PERSON_WANTED];
    struct qn_search search = { s->base, filter, LDAP_SCOPE_SUBTREE, attributes, 2 };
    struct found f = { .person = out, .settings = s, .wanted = w, .err = err };
    int code, r;

    qn_person_wanted(s, attributes);
    out->member.map = w->groups;
    r = qn_search_run(ld, s, &search, each_person, &f, "searching", &code, err);
    if (r == 0)
        r = found_judge(ld, &f, code, err);
    if (r == 0)
        r = qn_member_resolve(&out->member, s, ld, out->dn, out->login, err);
    if (r != 0)
        qn_person_clear(out);
    return r;
}

static int filter_for(struct qn_buf *filter, const struct qn_settings *s, const struct qn_wanted *w, struct qn_err *err)
{
    uint8_t id[64];
    size_t n;

    if (w->login)
        return qn_filter_build(filter, s->filter, QN_MARK_LOGIN, w->login, err);
    if (w->id) {
        n = qn_person_id_value(id, s->id, w->id);
        return n ? qn_filter_value(filter, s->filter, QN_MARK_LOGIN, s->id, id, n, err)
                 : qn_fail(err, QN_EINVAL, "this is no %s (directory-id)", s->id);
    }
    if (!*s->badge)
        return qn_fail(err, QN_ENOTFOUND, "the directory keeps no badges (directory-badge)");
    return qn_filter_value(filter, s->filter, QN_MARK_LOGIN, s->badge, w->badge, strlen(w->badge), err);
}

int qn_find_person(struct qn_client *client, unsigned server, const struct qn_wanted *wanted, struct qn_person *out,
                   struct qn_err *err)
{
    const struct qn_settings *s = qn_client_settings(client);
    struct qn_buf filter = { .max = FILTER_MAX };
    bool fresh = false;
    LDAP *ld;
    int r = filter_for(&filter, s, wanted, err);

    memset(out, 0, sizeof *out);
    while (r == 0) {
        r = qn_client_service(client, server, &ld, &fresh, err);
        if (r == 0)
            r = find_on(ld, s, filter.data, wanted, out, err);
        if (r != QN_EAWAY || fresh || qn_watchdog_rang())
            break;
        qn_client_drop(client); /* the server may have closed a connection that was idle: once more on a new one */
        r = 0;
    }
    qn_buf_free(&filter);
    return r;
}
