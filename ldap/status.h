/* What an entry says about its account, in the words of several directories. */
#ifndef QN_LDAP_STATUS_H
#define QN_LDAP_STATUS_H

#include <stdint.h>

/* The worst one counts, so they are in that order. */
enum qn_status { QN_STATUS_ACTIVE, QN_STATUS_MUST_CHANGE, QN_STATUS_LOCKED, QN_STATUS_EXPIRED, QN_STATUS_DISABLED };

/* The word of messages: active, must-change, locked, expired, disabled. */
const char *qn_status_name(enum qn_status status);

/* The attributes to ask for, ended by NULL; at most QN_STATUS_ATTRIBUTES. */
enum { QN_STATUS_ATTRIBUTES = 16 };
extern const char *const qn_status_attributes[QN_STATUS_ATTRIBUTES + 1];

/* What one value of attribute i of that list means at now (wall clock, ms). A value that can't be read means disabled. */
enum qn_status qn_status_of(unsigned i, const char *value, int64_t now);

#endif
