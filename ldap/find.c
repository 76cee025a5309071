#include "ldap/find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "ldap/filter.h"
#include "ldap/search.h"
#include "ldap/watchdog.h"
#include "lib/clock.h"
#include "lib/log.h"

enum { FILTER_MAX = 4096, GUID = 16, WANTED_MAX = QN_STATUS_ATTRIBUTES + 7 };

/* ---- the search ---- */

static void wanted(const struct qn_settings *s, const char *list[WANTED_MAX])
{
    unsigned n = 0;

    list[n++] = s->id;
    list[n++] = s->login;
    list[n++] = s->display;
    if (*s->member_of)
        list[n++] = s->member_of;
    for (unsigned i = 0; i < sizeof qn_member_attributes / sizeof *qn_member_attributes; i++)
        list[n++] = qn_member_attributes[i];
    for (unsigned i = 0; qn_status_attributes[i]; i++)
        list[n++] = qn_status_attributes[i];
    list[n] = NULL;
}

/* ---- the entry ---- */

static bool is_word(const struct berval *v)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";

    return v->bv_len > 0 && strlen(v->bv_val) == v->bv_len && strspn(v->bv_val, allowed) == v->bv_len;
}

/* MS-DTYP section 2.3.4: the first three parts of a GUID are little-endian, its text is not. */
static void guid_text(char out[65], const struct berval *v)
{
    static const unsigned order[GUID] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    size_t n = 0;

    for (unsigned i = 0; i < GUID; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        n += (size_t)snprintf(out + n, 3, "%02x", (unsigned char)v->bv_val[order[i]]);
    }
}

static int take_id(struct qn_person *p, const char *attribute, struct berval **v, struct qn_err *err)
{
    bool guid = strcasecmp(attribute, "objectGUID") == 0;

    if (!v || !v[0] || v[1])
        return qn_fail(err, QN_EAWAY, "the entry has not one %s that we may read (directory-id)", attribute);
    if (guid && v[0]->bv_len == GUID)
        guid_text(p->id, v[0]);
    else if (!guid && v[0]->bv_len < sizeof p->id && is_word(v[0]))
        memcpy(p->id, v[0]->bv_val, v[0]->bv_len);
    else
        return qn_fail(err, QN_EAWAY, "the entry's %s is not an identifier (directory-id)", attribute);
    return 0;
}

/* Of several logins the one that was asked for, else the first. */
static int take_login(struct qn_person *p, const char *attribute, struct berval **v, const char *asked, struct qn_err *err)
{
    struct berval *best = v ? v[0] : NULL;

    for (size_t i = 0; v && v[i]; i++)
        if (strlen(asked) == v[i]->bv_len && strncasecmp(asked, v[i]->bv_val, v[i]->bv_len) == 0)
            best = v[i];
    if (!best || best->bv_len >= sizeof p->login || qn_utf8_copy(p->login, sizeof p->login, best->bv_val, best->bv_len) == 0)
        return qn_fail(err, QN_EAWAY, "the entry has no %s that we may read (directory-login)", attribute);
    return 0;
}

static void take_status(struct qn_person *p, LDAP *ld, LDAPMessage *entry)
{
    for (unsigned a = 0; qn_status_attributes[a]; a++) {
        struct berval **v = ldap_get_values_len(ld, entry, qn_status_attributes[a]);

        for (size_t i = 0; v && v[i]; i++) {
            enum qn_status s = qn_status_of(a, v[i]->bv_val, qn_clock_wall());

            if (s > p->status) {
                p->status = s;
                p->why = qn_status_attributes[a];
            }
        }
        ldap_value_free_len(v);
    }
}

static int take_dn(struct qn_person *p, LDAP *ld, LDAPMessage *entry, struct qn_err *err)
{
    char *dn = ldap_get_dn(ld, entry);

    if (!dn || !*dn) {
        ldap_memfree(dn);
        return qn_fail(err, QN_EAWAY, "the directory gave an entry without a name");
    }
    p->dn = qn_strdup(dn);
    ldap_memfree(dn);
    return 0;
}

static int person_take(struct qn_person *p, const struct qn_settings *s, LDAP *ld, LDAPMessage *e, const char *asked,
                       struct qn_err *err)
{
    struct berval **id = ldap_get_values_len(ld, e, s->id), **login = ldap_get_values_len(ld, e, s->login);
    struct berval **display = ldap_get_values_len(ld, e, s->display);
    int r = take_dn(p, ld, e, err);

    if (r == 0)
        r = take_login(p, s->login, login, asked, err);
    if (r == 0)
        r = take_id(p, s->id, id, err);
    if (r == 0 && display && display[0])
        qn_utf8_copy(p->display, sizeof p->display, display[0]->bv_val, display[0]->bv_len);
    if (r == 0) {
        qn_member_take(&p->member, s, ld, e);
        take_status(p, ld, e);
    }
    ldap_value_free_len(id);
    ldap_value_free_len(login);
    ldap_value_free_len(display);
    return r;
}

/* ---- the whole ---- */

struct found {
    struct qn_person *person;
    const struct qn_settings *settings;
    const char *login;  /* that was asked for */
    unsigned entries;
    int r;              /* of taking the first one */
    struct qn_err *err;
};

static bool each_person(LDAP *ld, LDAPMessage *entry, void *arg)
{
    struct found *f = arg;

    if (f->entries++ == 0)
        f->r = person_take(f->person, f->settings, ld, entry, f->login, f->err);
    return f->entries < 2;
}

static int found_judge(LDAP *ld, const struct found *f, int code, struct qn_err *err)
{
    if (f->entries > 1 || code == LDAP_SIZELIMIT_EXCEEDED)
        return qn_fail(err, QN_ENOTFOUND, "more than one entry of the directory matches this login");
    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, "searching", err);
    if (f->entries == 0)
        return qn_fail(err, QN_ENOTFOUND, "no entry of the directory matches this login");
    return f->r;
}

static int find_on(LDAP *ld, const struct qn_settings *s, const char *filter, const char *login, struct qn_person *out,
                   struct qn_err *err)
{
    const char *attributes[WANTED_MAX];
    struct qn_search search = { s->base, filter, LDAP_SCOPE_SUBTREE, attributes, 2 };
    struct found f = { .person = out, .settings = s, .login = login, .err = err };
    int code, r;

    wanted(s, attributes);
    r = qn_search_run(ld, s, &search, each_person, &f, "searching", &code, err);
    if (r == 0)
        r = found_judge(ld, &f, code, err);
    if (r == 0)
        r = qn_member_resolve(&out->member, s, ld, out->dn, out->login, err);
    if (r != 0)
        qn_person_clear(out);
    return r;
}

int qn_find_person(struct qn_client *client, unsigned server, const char *login, struct qn_person *out, struct qn_err *err)
{
    const struct qn_settings *s = qn_client_settings(client);
    struct qn_buf filter = { .max = FILTER_MAX };
    bool fresh = false;
    LDAP *ld;
    int r = qn_filter_build(&filter, s->filter, QN_MARK_LOGIN, login, err);

    memset(out, 0, sizeof *out);
    while (r == 0) {
        r = qn_client_service(client, server, &ld, &fresh, err);
        if (r == 0)
            r = find_on(ld, s, filter.data, login, out, err);
        if (r != QN_EAWAY || fresh || qn_watchdog_rang())
            break;
        qn_client_drop(client); /* the server may have closed a connection that was idle: once more on a new one */
        r = 0;
    }
    qn_buf_free(&filter);
    return r;
}

void qn_person_clear(struct qn_person *person)
{
    free(person->dn);
    qn_member_free(&person->member);
    memset(person, 0, sizeof *person);
}
