/* One person by login, id or badge: exactly one entry, or no. */
#ifndef QN_LDAP_FIND_H
#define QN_LDAP_FIND_H

#include "ldap/client.h"
#include "ldap/person.h"

struct qn_wanted {
    const char *login, *id, *badge;     /* one of them; NULL the others */
    const struct qn_group_map *groups;  /* of which of these is the person a member? outlives the answer */
};

/* Looks for the person on one server, on the service connection. The caller frees *out with qn_person_clear() whatever is
 * returned. QN_ENOTFOUND: no entry matches (or the directory keeps no badges), or more than one has that login or id;
 * QN_EDENIED: more than one has that badge; QN_EAWAY: the server could not say, which includes a base that does not exist and
 * an entry whose id we may not read; QN_EINVAL: no such login, id or badge can be. */
int qn_find_person(struct qn_client *client, unsigned server, const struct qn_wanted *wanted, struct qn_person *out,
                   struct qn_err *err);

#endif
