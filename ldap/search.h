/* One search, taken message by message, so that a directory that sends without end is left in time. */
#ifndef QN_LDAP_SEARCH_H
#define QN_LDAP_SEARCH_H

#include <ldap.h>
#include <stdbool.h>

#include "ldap/settings.h"

struct qn_search {
    const char *base, *filter;
    int scope;                     /* LDAP_SCOPE_BASE or LDAP_SCOPE_SUBTREE */
    const char *const *attributes; /* ended by NULL */
    int most;                      /* entries to ask for, 0: no limit; a search with one is not paged */
};

/* Gets each entry, which stays the search's. False: that was enough. */
typedef bool qn_search_each(LDAP *ld, LDAPMessage *entry, void *arg);

/* Runs it on a bound connection, in pages of 500 (RFC 2696) if the directory knows them. *code_out is the directory's result
 * code, LDAP_SUCCESS too when each() had enough. QN_EAWAY with "what: " and the reason: no result came, or references to
 * elsewhere without end. */
int qn_search_run(LDAP *ld, const struct qn_settings *settings, const struct qn_search *s, qn_search_each *each, void *arg,
                  const char *what, int *code_out, struct qn_err *err);

/* The same for one entry by its name. */
int qn_search_entry(LDAP *ld, const struct qn_settings *settings, const char *dn, const char *filter,
                    const char *const *attributes, qn_search_each *each, void *arg, int *code_out, struct qn_err *err);

/* True for the result codes that say that an entry is not there for us: gone, elsewhere, or not ours to read. */
bool qn_search_absent(int code);

#endif
