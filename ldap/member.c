#include "ldap/member.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/log.h"

enum { SID_HEAD = 8, SID_PARTS = 15, NORMAL_MAX = 16384 };

const char *const qn_member_attributes[2] = { "objectSid", "primaryGroupID" };

/* ---- the list ---- */

static bool has(const struct qn_member *m, const char *group)
{
    for (unsigned j = 0; j < m->groups; j++)
        if (m->group[j] == group)
            return true;
    return false;
}

/* A group may have been asked about in two spellings: both count. */
static void asked_add(struct qn_member *m, const char *normal)
{
    const char *group;

    for (unsigned i = 0; (group = qn_group_name(m->map, i)); i++) {
        if (!qn_group_is(m->map, i, normal) || has(m, group))
            continue;
        if (m->groups == QN_GROUPS_MAX)
            qn_log(QN_LOG_WARNING, "a person is in more than %d groups of roles; the rest do not count", QN_GROUPS_MAX);
        else
            m->group[m->groups++] = group;
    }
}

static bool seen_before(const struct qn_member *m, const char *normal)
{
    for (unsigned i = 0; i < m->seen; i++)
        if (strcmp(m->list[i].normal, normal) == 0)
            return true;
    return false;
}

void qn_member_see(struct qn_member *m, const char *dn, unsigned depth)
{
    struct qn_buf normal = { .max = NORMAL_MAX };

    if (qn_group_normal(&normal, dn, NULL) == 0 && !seen_before(m, normal.data)) {
        asked_add(m, normal.data);
        if (m->seen == QN_WALK_GROUPS) {
            m->cut = true;
        } else {
            if (!m->list)
                m->list = qn_alloc(QN_WALK_GROUPS * sizeof *m->list);
            m->list[m->seen++] = (struct qn_member_seen){ qn_strdup(dn), normal.data, depth };
            normal = (struct qn_buf){ 0 }; /* transferred */
        }
    }
    qn_buf_free(&normal);
}

void qn_member_free(struct qn_member *m)
{
    for (unsigned i = 0; i < m->seen; i++) {
        free(m->list[i].dn);
        free(m->list[i].normal);
    }
    free(m->list);
    memset(m, 0, sizeof *m);
}

/* ---- an entry that names its groups ---- */

/* MS-ADTS section 3.1.1.3.1.3.3: an attribute of many values comes in parts, "name;range=0-1499" and so on; the last part ends
 * in "-*". True if this is a part of that attribute; *from_out is then where the next one starts, 0 if there is none. */
static bool is_range(const char *attribute, const char *name, unsigned *from_out)
{
    static const char range[] = ";range=";
    size_t n = strlen(name);
    unsigned long last;
    const char *at;
    char *end;

    *from_out = 0;
    if (strncasecmp(attribute, name, n) != 0 || strncasecmp(attribute + n, range, sizeof range - 1) != 0)
        return false;
    at = strchr(attribute + n, '-');
    last = at ? strtoul(at + 1, &end, 10) : 0;
    if (at && at[1] >= '0' && at[1] <= '9' && !*end && last < UINT32_MAX)
        *from_out = (unsigned)last + 1;
    return true;
}

void qn_member_groups(struct qn_member *m, const struct qn_settings *s, LDAP *ld, LDAPMessage *entry, unsigned depth)
{
    BerElement *at = NULL;

    m->from = 0;
    for (char *name = ldap_first_attribute(ld, entry, &at); name; name = ldap_next_attribute(ld, entry, at)) {
        unsigned from;
        bool range = is_range(name, s->member_of, &from);
        struct berval **v = range || strcasecmp(name, s->member_of) == 0 ? ldap_get_values_len(ld, entry, name) : NULL;

        for (size_t i = 0; v && v[i]; i++)
            if (strlen(v[i]->bv_val) == v[i]->bv_len)
                qn_member_see(m, v[i]->bv_val, depth);
        if (range)
            m->from = from;
        ldap_value_free_len(v);
        ldap_memfree(name);
    }
    ber_free(at, 0);
}

bool qn_member_primary(char *out, size_t size, const struct berval *sid, const struct berval *rid)
{
    const unsigned char *p = (const unsigned char *)sid->bv_val;
    uint64_t authority = 0;
    unsigned parts;
    char *end;
    unsigned long group;
    size_t n;

    *out = '\0';
    if (sid->bv_len < SID_HEAD || p[0] != 1 || (parts = p[1]) < 1 || parts > SID_PARTS || sid->bv_len != SID_HEAD + 4 * parts)
        return false;
    errno = 0;
    group = strtoul(rid->bv_val, &end, 10);
    if (rid->bv_len == 0 || rid->bv_val[0] < '0' || rid->bv_val[0] > '9' || *end || errno || group > UINT32_MAX)
        return false;
    for (unsigned i = 2; i < SID_HEAD; i++)
        authority = authority << 8 | p[i];
    n = (size_t)snprintf(out, size, "<SID=S-1-%" PRIu64, authority);
    for (unsigned i = 0; i + 1 < parts && n < size; i++) { /* the last part is the person's own */
        const unsigned char *q = p + SID_HEAD + (size_t)4 * i;

        n += (size_t)snprintf(out + n, size - n, "-%" PRIu32,
                              (uint32_t)q[0] | (uint32_t)q[1] << 8 | (uint32_t)q[2] << 16 | (uint32_t)q[3] << 24);
    }
    if (n < size)
        n += (size_t)snprintf(out + n, size - n, "-%lu>", group);
    if (n >= size)
        *out = '\0';
    return n < size;
}

void qn_member_take(struct qn_member *m, const struct qn_settings *s, LDAP *ld, LDAPMessage *entry)
{
    struct berval **sid = ldap_get_values_len(ld, entry, qn_member_attributes[0]);
    struct berval **rid = ldap_get_values_len(ld, entry, qn_member_attributes[1]);

    if (*s->member_of)
        qn_member_groups(m, s, ld, entry, 1);
    if (sid && sid[0] && rid && rid[0])
        qn_member_primary(m->sid, sizeof m->sid, sid[0], rid[0]);
    ldap_value_free_len(sid);
    ldap_value_free_len(rid);
}
