#include "ldap/find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "ldap/filter.h"
#include "ldap/watchdog.h"
#include "lib/clock.h"
#include "lib/log.h"

enum { FILTER_MAX = 4096, REFERENCES_MAX = 64, GUID = 16 };

struct search {
    LDAPMessage *entry; /* the first one */
    unsigned entries, references;
    int code;           /* of the directory, when it said it is done */
    bool done;
};

/* ---- the search ---- */

static void wanted(const struct qn_settings *s, const char *list[QN_STATUS_ATTRIBUTES + 5])
{
    unsigned n = 0;

    list[n++] = s->id;
    list[n++] = s->login;
    list[n++] = s->display;
    list[n++] = s->member_of;
    for (unsigned i = 0; qn_status_attributes[i]; i++)
        list[n++] = qn_status_attributes[i];
    list[n] = NULL;
}

/* Takes one message of the search: it becomes the search's, or is freed. */
static void search_take(LDAP *ld, struct search *s, LDAPMessage *m)
{
    switch (ldap_msgtype(m)) {
    case LDAP_RES_SEARCH_ENTRY:
        if (s->entries++ == 0) {
            s->entry = m; /* transferred */
            return;
        }
        break;
    case LDAP_RES_SEARCH_RESULT:
        s->done = true;
        if (ldap_parse_result(ld, m, &s->code, NULL, NULL, NULL, NULL, 0) != LDAP_SUCCESS)
            s->code = LDAP_DECODING_ERROR;
        break;
    default:
        s->references++;
    }
    ldap_msgfree(m);
}

/* Runs it message by message, so that a directory that sends without end is left after the second entry. */
static int search_run(LDAP *ld, const struct qn_settings *set, const char *filter, struct search *s, struct qn_err *err)
{
    const char *list[QN_STATUS_ATTRIBUTES + 5];
    struct timeval tv = { set->server_ms / 1000 + 1, 0 };
    int id = -1, code;

    wanted(set, list);
    code = ldap_search_ext(ld, set->base, LDAP_SCOPE_SUBTREE, filter, (char **)(uintptr_t)list, 0, NULL, NULL, &tv, 2, &id);
    if (code != LDAP_SUCCESS)
        return qn_client_fail(ld, code, "searching", err);
    while (!s->done && s->entries < 2 && s->references < REFERENCES_MAX) {
        LDAPMessage *m = NULL;
        int got = ldap_result(ld, id, LDAP_MSG_ONE, &tv, &m);

        if (got <= 0) {
            ldap_get_option(ld, LDAP_OPT_RESULT_CODE, &code);
            return qn_client_fail(ld, got == 0 ? LDAP_TIMEOUT : code, "searching", err);
        }
        search_take(ld, s, m);
    }
    if (!s->done)
        ldap_abandon_ext(ld, id, NULL, NULL);
    return 0;
}

static int search_judge(LDAP *ld, const struct search *s, struct qn_err *err)
{
    if (s->entries > 1 || (s->done && s->code == LDAP_SIZELIMIT_EXCEEDED))
        return qn_fail(err, QN_ENOTFOUND, "more than one entry of the directory matches this login");
    if (!s->done)
        return qn_fail(err, QN_EAWAY, "searching: the directory refers elsewhere without end");
    if (s->code != LDAP_SUCCESS)
        return qn_client_fail(ld, s->code, "searching", err);
    if (s->entries == 0)
        return qn_fail(err, QN_ENOTFOUND, "no entry of the directory matches this login");
    return 0;
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

static void take_groups(struct qn_person *p, const struct qn_group_map *map, struct berval **v)
{
    for (size_t i = 0; v && v[i]; i++) {
        const char *dn = strlen(v[i]->bv_val) == v[i]->bv_len ? qn_group_match(map, v[i]->bv_val) : NULL;
        bool known = !dn;

        for (unsigned j = 0; j < p->groups && !known; j++)
            known = p->group[j] == dn;
        if (!known && p->groups == QN_GROUPS_MAX)
            qn_log(QN_LOG_WARNING, "a person is in more than %d groups of roles; the rest do not count", QN_GROUPS_MAX);
        else if (!known)
            p->group[p->groups++] = dn;
    }
}

static void take_status(struct qn_person *p, LDAP *ld, LDAPMessage *entry)
{
    for (unsigned a = 0; qn_status_attributes[a]; a++) {
        struct berval **v = ldap_get_values_len(ld, entry, qn_status_attributes[a]);

        for (size_t i = 0; v && v[i]; i++) {
            enum qn_status s = qn_status_of(a, v[i]->bv_val, qn_clock_wall());

            p->status = s > p->status ? s : p->status;
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
    struct berval **display = ldap_get_values_len(ld, e, s->display), **member_of = ldap_get_values_len(ld, e, s->member_of);
    int r = take_dn(p, ld, e, err);

    if (r == 0)
        r = take_login(p, s->login, login, asked, err);
    if (r == 0)
        r = take_id(p, s->id, id, err);
    if (r == 0 && display && display[0])
        qn_utf8_copy(p->display, sizeof p->display, display[0]->bv_val, display[0]->bv_len);
    if (r == 0) {
        take_groups(p, s->map, member_of);
        take_status(p, ld, e);
    }
    ldap_value_free_len(id);
    ldap_value_free_len(login);
    ldap_value_free_len(display);
    ldap_value_free_len(member_of);
    return r;
}

/* ---- the whole ---- */

static int find_on(LDAP *ld, const struct qn_settings *s, const char *filter, const char *login, struct qn_person *out,
                   struct qn_err *err)
{
    struct search search = { 0 };
    int r = search_run(ld, s, filter, &search, err);

    if (r == 0)
        r = search_judge(ld, &search, err);
    if (r == 0)
        r = person_take(out, s, ld, search.entry, login, err);
    ldap_msgfree(search.entry);
    return r;
}

int qn_find_person(struct qn_client *client, unsigned server, const char *login, struct qn_person *out, struct qn_err *err)
{
    const struct qn_settings *s = qn_client_settings(client);
    struct qn_buf filter = { .max = FILTER_MAX };
    bool fresh = false;
    LDAP *ld;
    int r = qn_filter_build(&filter, s->filter, login, err);

    memset(out, 0, sizeof *out);
    while (r == 0) {
        r = qn_client_service(client, server, &ld, &fresh, err);
        if (r == 0)
            r = find_on(ld, s, filter.data, login, out, err);
        if (r != QN_EAWAY || fresh || qn_watchdog_rang())
            break;
        qn_client_drop(client); /* the server may have closed a connection that was idle: once more on a new one */
        qn_person_clear(out);
        r = 0;
    }
    qn_buf_free(&filter);
    return r;
}

void qn_person_clear(struct qn_person *person)
{
    free(person->dn);
    memset(person, 0, sizeof *person);
}
