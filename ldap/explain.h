/* What an administrator wants to know when nobody can log in: every step towards the directory, in words. */
#ifndef QN_LDAP_EXPLAIN_H
#define QN_LDAP_EXPLAIN_H

#include "ldap/settings.h"

/* Before the settings are read: root becomes user-ldap, so that what follows can read what quoin-ldap can and no more.
 * QN_EINVAL: no such user; QN_EIO. */
int qn_explain_become(const struct qn_conf *conf, struct qn_err *err);

/* Goes through each server, as the workers would, and writes a line a step to standard output, with what to do about a step
 * that fails. login "": the servers only. Returns 0 if every server answered and, with a login, has the person, whose account
 * is active and holds a role; else 1. Never writes a secret, asks for no password. */
int qn_explain(const struct qn_conf *conf, const struct qn_settings *settings, const char *login);

#endif
