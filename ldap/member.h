/* Which of the groups asked about a person is in: named by the entry, found from the other side, through other groups. */
#ifndef QN_LDAP_MEMBER_H
#define QN_LDAP_MEMBER_H

#include <ldap.h>

#include "ldap/group.h"
#include "ldap/settings.h"

enum { QN_WALK_GROUPS = 1000, QN_WALK_DEPTH = 10, QN_RANGES_MAX = 32, QN_DEPTH_CHAIN = 0 };

struct qn_member {
    const struct qn_group_map *map;   /* the groups asked about; set first, and it outlives the rest */
    const char *group[QN_GROUPS_MAX]; /* those of them that the person is in, by the map's pointers */
    unsigned groups;
    unsigned seen;                    /* groups that were looked at, at most QN_WALK_GROUPS of them kept here: */
    struct qn_member_seen {
        char *dn, *normal;
        unsigned depth;               /* 1: the person itself is in it; QN_DEPTH_CHAIN: through others, as the directory says */
    } *list;
    bool cut;                         /* there were more groups, or deeper ones, than a walk takes */
    char sid[200];                    /* the primary group's name by its SID (Active Directory); "" if there is none */
    unsigned from;                    /* directory-groups has a next part, which starts at this value; 0: it has none */
};

/* What the person's own entry says; m->map is set. The caller frees *m with qn_member_free(). */
void qn_member_take(struct qn_member *m, const struct qn_settings *s, LDAP *ld, LDAPMessage *entry);

/* A group that the person is in at that depth. One that was seen before, or whose name is no DN, changes nothing. */
void qn_member_see(struct qn_member *m, const char *dn, unsigned depth);

/* The groups that an entry names, the person's or a group's; m->from says where the next part starts. */
void qn_member_groups(struct qn_member *m, const struct qn_settings *s, LDAP *ld, LDAPMessage *entry, unsigned depth);

/* The attributes of the person's entry that qn_member_take() reads, besides directory-groups. */
extern const char *const qn_member_attributes[2];

/* Asks the directory for the rest, by the rules of the settings: further values, the primary group, groups of groups. What it
 * may not read or does not find does not count; QN_EAWAY: it could not say. dn and login are the person's. */
int qn_member_resolve(struct qn_member *m, const struct qn_settings *s, LDAP *ld, const char *dn, const char *login,
                      struct qn_err *err);
void qn_member_free(struct qn_member *m);

/* Writes "<SID=S-1-...>", a name by which Active Directory knows the person's primary group: sid is the person's (MS-DTYP
 * section 2.4.2.2), rid the decimal primaryGroupID. False if either is none. */
bool qn_member_primary(char *out, size_t size, const struct berval *sid, const struct berval *rid);

#endif
