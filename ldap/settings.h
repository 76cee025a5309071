/* What quoin.conf says about the directory, checked once at the start. */
#ifndef QN_LDAP_SETTINGS_H
#define QN_LDAP_SETTINGS_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/err.h"

enum { QN_SERVERS_MAX = 8, QN_SERVER_MS = 1500 };

/* Groups of groups: do not count; are asked of the directory (Active Directory's matching rule); are walked. */
enum qn_nesting { QN_NESTING_NONE, QN_NESTING_CHAIN, QN_NESTING_WALK };

struct qn_settings {
    const char *server[QN_SERVERS_MAX]; /* ldaps://host[:port] or ldap://host[:port] */
    unsigned servers;
    bool starttls;                      /* on ldap:// servers */
    const char *ca;                     /* file of trusted authorities; "" if nothing uses TLS */
    char ca_copy[32];                   /* of ca, if qn_secret_check() made one */
    const char *bind_dn, *secret_file;  /* both "" for an anonymous service connection */
    unsigned user;                      /* of quoin-ldap, who may own these; (unsigned)-1: no such user here */
    const char *key_file;               /* of the key of a sealed secret_file; "" if there is none */
    const char *base, *filter;
    bool by_login;                      /* the filter asks for the login attribute, so what is found is what was asked for */
    const char *id, *login, *display; /* attribute names */
    const char *person, *badge, *pin;   /* the same; "" for what this directory does not keep */
    const char *member_of;              /* the same; "": entries do not name their groups, and these three are set: */
    const char *group_base, *group_filter, *group_mark;
    enum qn_nesting nesting;
    int request_ms;                     /* all of one answer: four fifths of answer-timeout */
    int server_ms;                      /* one server's share of it, at most QN_SERVER_MS */
};

/* Fills *out, reading no secret (qn_secret_check() does); texts live as long as conf. QN_EINVAL names the key and what to do:
 * no server, a scheme that is neither ldap nor ldaps, TLS without directory-ca, no TLS without directory-insecure,
 * an account without a secret file, a filter without exactly one %u, no way to find groups, what is no attribute's name. */
int qn_settings_read(struct qn_settings *out, const struct qn_conf *conf, struct qn_err *err);

/* True if this server is spoken to under TLS. */
bool qn_settings_tls(const struct qn_settings *s, unsigned server);

#endif
