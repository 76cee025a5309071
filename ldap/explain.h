/* What an administrator wants to know when nobody can log in: every step towards the directory, in words. */
#ifndef QN_LDAP_EXPLAIN_H
#define QN_LDAP_EXPLAIN_H

#include "ldap/group.h"
#include "ldap/settings.h"

/* Before the settings are read: root becomes user-ldap, so that what follows can read what quoin-ldap can and no more.
 * QN_EINVAL: no such user; QN_EIO. */
int qn_explain_become(const struct qn_conf *conf, struct qn_err *err);

/* Who is to be explained, and what the groups of the role map give. */
struct qn_explain_ask {
    const char *login;                  /* "": the servers only */
    const char *dn[QN_GROUPS_MAX];
    const char *role[QN_GROUPS_MAX];    /* that dn gives, not ended by a NUL: */
    int role_len[QN_GROUPS_MAX];
    unsigned groups;
};

/* Takes one more "ROLE=DN". False if it is none, or there are too many. */
bool qn_explain_group(struct qn_explain_ask *ask, const char *text);

/* Goes through each server, as the workers would, and writes a line a step to standard output, with what to do about a step
 * that fails. Returns 0 if every server answered and, with a login, has the person, whose account is active and, with groups,
 * holds a role; else 1. Never writes a secret, asks for no password. */
int qn_explain(const struct qn_settings *settings, const struct qn_explain_ask *ask);

#endif
