/* One person by login: exactly one entry, or no. */
#ifndef QN_LDAP_FIND_H
#define QN_LDAP_FIND_H

#include "ldap/client.h"
#include "ldap/member.h"
#include "ldap/status.h"

struct qn_person {
    char *dn;             /* as the directory says it */
    char id[65];          /* the attribute that never changes; "" if nobody was found */
    char login[256];      /* as the directory spells it, not as it was typed */
    char display[256];
    enum qn_status status;
    const char *why;      /* the attribute that says so; NULL if the account is active */
    struct qn_member member;
};

/* Looks for the person on one server, on the service connection. The caller frees *out with qn_person_clear() whatever is
 * returned. QN_ENOTFOUND: no entry matches, or more than one does; QN_EAWAY: the server could not say, which includes a base
 * that does not exist and an entry whose id we may not read; QN_EINVAL: no such login can be. */
int qn_find_person(struct qn_client *client, unsigned server, const char *login, struct qn_person *out, struct qn_err *err);

void qn_person_clear(struct qn_person *person);

#endif
