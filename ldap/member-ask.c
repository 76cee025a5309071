#include "ldap/member.h"

#include <stdio.h>
#include <string.h>

#include "ldap/client.h"
#include "ldap/filter.h"
#include "ldap/search.h"
#include "lib/log.h"

enum { FILTER_MAX = 32768 };

static const char any[] = "(objectClass=*)";

struct question {
    struct qn_member *m;
    const struct qn_settings *s;
    LDAP *ld;
    unsigned depth; /* of the groups that the answer names */
    unsigned entries;
};

static bool each_groups(LDAP *ld, LDAPMessage *entry, void *arg)
{
    struct question *q = arg;

    qn_member_groups(q->m, q->s, ld, entry, q->depth);
    return false;
}

static bool each_name(LDAP *ld, LDAPMessage *entry, void *arg)
{
    struct question *q = arg;
    char *dn = ldap_get_dn(ld, entry);

    if (dn && *dn)
        qn_member_see(q->m, dn, q->depth);
    ldap_memfree(dn);
    return true;
}

static bool each_count(LDAP *ld, LDAPMessage *entry, void *arg)
{
    struct question *q = arg;

    (void)ld, (void)entry;
    q->entries++;
    return true;
}

/* A result that is neither success nor "not for you" is the server's fault or the settings'. */
static int code_judge(struct question *q, int code, struct qn_err *err)
{
    return code == LDAP_SUCCESS || qn_search_absent(code) ? 0 : qn_client_fail(q->ld, code, "asking for groups", err);
}

/* One part of an entry's group attribute, from value number `from` on. */
static int ask_part(struct question *q, const char *dn, unsigned from, struct qn_err *err)
{
    const char *attributes[2] = { q->s->member_of, NULL };
    char part[300];
    int code, r;

    if (from) {
        snprintf(part, sizeof part, "%.250s;range=%u-*", q->s->member_of, from);
        attributes[0] = part;
    }
    q->m->from = 0;
    r = qn_search_entry(q->ld, q->s, dn, any, attributes, each_groups, q, &code, err);
    return r == 0 ? code_judge(q, code, err) : r;
}

/* The rest of an attribute that came in parts. */
static int ask_parts(struct question *q, const char *dn, struct qn_err *err)
{
    int r = 0;

    for (unsigned n = 0; r == 0 && q->m->from; n++) {
        unsigned from = q->m->from;

        if (n == QN_RANGES_MAX)
            return qn_fail(err, QN_EAWAY, "asking for groups: the directory gives parts of %s without end", q->s->member_of);
        r = ask_part(q, dn, from, err);
        if (r == 0 && q->m->from && q->m->from <= from)
            return qn_fail(err, QN_EAWAY, "asking for groups: the directory gives the same part of %s again", q->s->member_of);
    }
    return r;
}

/* Groups that name this member, where entries do not name their groups. */
static int ask_filter(struct question *q, const char *member, struct qn_err *err)
{
    static const char *const nothing[] = { LDAP_NO_ATTRS, NULL };
    struct qn_buf filter = { .max = FILTER_MAX };
    struct qn_search s = { .base = q->s->group_base, .scope = LDAP_SCOPE_SUBTREE, .attributes = nothing };
    int code = LDAP_SUCCESS, r = qn_filter_build(&filter, q->s->group_filter, q->s->group_mark, member, err);

    s.filter = filter.data;
    if (r == 0)
        r = qn_search_run(q->ld, q->s, &s, each_name, q, "asking for groups", &code, err);
    qn_buf_free(&filter);
    if (r == 0 && code != LDAP_SUCCESS)
        r = qn_client_fail(q->ld, code, "asking for groups (directory-group-base)", err);
    return r;
}

static int ask_primary(struct question *q, struct qn_err *err)
{
    static const char *const nothing[] = { LDAP_NO_ATTRS, NULL };
    int code, r = qn_search_entry(q->ld, q->s, q->m->sid, any, nothing, each_name, q, &code, err);

    return r == 0 && code != LDAP_INVALID_DN_SYNTAX ? code_judge(q, code, err) : r;
}

/* MS-ADTS section 3.1.1.3.4.4.3: is the entry in the group, at whatever depth? */
static int ask_chain(struct question *q, const char *dn, const char *group, bool *yes, struct qn_err *err)
{
    static const char *const nothing[] = { LDAP_NO_ATTRS, NULL };
    struct qn_buf filter = { .max = FILTER_MAX };
    int code, r;

    qn_buf_printf(&filter, "(%s:1.2.840.113556.1.4.1941:=", q->s->member_of);
    qn_filter_escape(&filter, group, strlen(group));
    qn_buf_puts(&filter, ")");
    if (filter.full) {
        qn_buf_free(&filter);
        return qn_fail(err, QN_EINVAL, "the search filter is too long");
    }
    q->entries = 0;
    r = qn_search_entry(q->ld, q->s, dn, filter.data, nothing, each_count, q, &code, err);
    qn_buf_free(&filter);
    if (r == 0)
        r = code_judge(q, code, err);
    *yes = r == 0 && q->entries > 0;
    return r;
}

static bool is_in(const struct qn_member *m, const char *group)
{
    for (unsigned i = 0; i < m->groups; i++)
        if (m->group[i] == group)
            return true;
    return false;
}

/* ---- the rules ---- */

/* Only the groups of the question matter, so they are asked about one by one: of the person, then of its primary group. */
static int chain(struct question *q, const char *dn, struct qn_err *err)
{
    const char *group;
    int r = 0;

    for (unsigned i = 0; r == 0 && (group = qn_group_name(q->m->map, i)); i++) {
        bool yes = is_in(q->m, group);

        if (!yes)
            r = ask_chain(q, dn, group, &yes, err);
        if (r == 0 && !yes && q->m->sid[0])
            r = ask_chain(q, q->m->sid, group, &yes, err);
        if (r == 0 && yes)
            qn_member_see(q->m, group, QN_DEPTH_CHAIN);
    }
    return r;
}

/* Breadth first over groups of groups; one that was seen is not asked again, so circles end. */
static int walk(struct question *q, struct qn_err *err)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < q->m->seen; i++) {
        const char *dn = q->m->list[i].dn;

        q->depth = q->m->list[i].depth + 1;
        if (q->depth > QN_WALK_DEPTH) {
            q->m->cut = true;
            break;
        }
        if (!*q->s->member_of)
            r = ask_filter(q, dn, err);
        else if ((r = ask_part(q, dn, 0, err)) == 0)
            r = ask_parts(q, dn, err);
    }
    if (q->m->cut)
        qn_log(QN_LOG_WARNING, "a person is in more than %d groups, or in some deeper than %d; the rest are not walked",
               QN_WALK_GROUPS, QN_WALK_DEPTH);
    return r;
}

int qn_member_resolve(struct qn_member *m, const struct qn_settings *s, LDAP *ld, const char *dn, const char *login,
                      struct qn_err *err)
{
    struct question q = { .m = m, .s = s, .ld = ld, .depth = 1 };
    int r = 0;

    if (!*s->member_of)
        r = ask_filter(&q, strcmp(s->group_mark, QN_MARK_LOGIN) == 0 ? login : dn, err);
    else
        r = ask_parts(&q, dn, err);
    if (r == 0 && m->sid[0])
        r = ask_primary(&q, err);
    if (r == 0 && s->nesting == QN_NESTING_CHAIN)
        r = chain(&q, dn, err);
    if (r == 0 && s->nesting == QN_NESTING_WALK)
        r = walk(&q, err);
    return r;
}
