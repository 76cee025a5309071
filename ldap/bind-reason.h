/* Why a directory refused a password: result code, Active Directory's text and the password policy control in one judgement. */
#ifndef QN_LDAP_BIND_REASON_H
#define QN_LDAP_BIND_REASON_H

#include "ldap/status.h"

struct qn_bind_reason {
    int code;              /* QN_OK, QN_EDENIED, or QN_EAWAY: this server can't tell */
    enum qn_status status; /* what the refusal says about the account; active: nothing */
    const char *text;      /* for logs */
};

/* result: of the bind (RFC 4511 section 4.1.9); diagnostic: the server's text, may be NULL; policy: the error of the
 * password policy control (draft-behera-ldap-password-policy section 6.2), -1 if there was none. */
struct qn_bind_reason qn_bind_reason(int result, const char *diagnostic, int policy);

#endif
