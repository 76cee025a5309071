/* The steps of an explanation up to TLS. */
#ifndef QN_LDAP_EXPLAIN_NET_H
#define QN_LDAP_EXPLAIN_NET_H

#include "ldap/client.h"

/* Name, connection, TLS and certificate of a server, a line each. False if one fails. Under the caller's watchdog. */
bool qn_explain_reach(const struct qn_client *client, unsigned server);

/* A line for a step that went well, for one that did not, and for what to do about it. Return true and false. */
bool qn_explain_ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool qn_explain_no(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void qn_explain_hint(const char *what);

#endif
