/* A person's own password, checked by a bind as that person. */
#ifndef QN_LDAP_BIND_H
#define QN_LDAP_BIND_H

#include <stdint.h>

#include "ldap/find.h"

enum { QN_PASSWORD_MAX = 256 };

/* QN_EDENIED for a password that must never reach a directory: empty (RFC 4513 section 5.1.2: it would succeed as nobody),
 * longer than QN_PASSWORD_MAX, or holding a NUL. */
int qn_bind_password_check(const uint8_t *password, size_t len, struct qn_err *err);

/* Finds the person and binds as the name the directory gave, on a connection that does nothing else (a bind first makes it
 * nobody's: RFC 4513 section 4). *out as with qn_find_person(), also when the answer is no. 0: the password is right and the
 * account may be used. QN_EDENIED with the true reason, for logs: nobody of that login, wrong password, locked, disabled,
 * expired, must change. QN_EAWAY: this server could not say. The password is not kept. */
int qn_bind_person(struct qn_client *client, unsigned server, const struct qn_wanted *wanted, const uint8_t *password,
                   size_t len, struct qn_person *out, struct qn_err *err);

#endif
