/* What an entry says about a person. */
#ifndef QN_LDAP_PERSON_H
#define QN_LDAP_PERSON_H

#include <ldap.h>
#include <stdint.h>

#include "ldap/member.h"
#include "ldap/status.h"

struct qn_person {
    char *dn;             /* as the directory says it */
    char id[65];          /* the attribute that never changes; "" if nobody was found */
    char login[256];      /* as the directory spells it, not as it was typed */
    char display[256];
    char same[256];       /* equal for two accounts of one person; "" if that is not known */
    enum qn_status status;
    const char *why;      /* the attribute that says so; NULL if the account is active */
    uint8_t *verifier;    /* of the PIN, for qn_crypt_hash(); NULL if the directory keeps none that counts */
    size_t verifier_len;
    struct qn_member member;
};

/* The attributes to ask for, ended by NULL. */
enum { QN_PERSON_WANTED = QN_STATUS_ATTRIBUTES + 10 };
void qn_person_wanted(const struct qn_settings *s, const char *list[QN_PERSON_WANTED]);

/* Reads the entry; login is the one that was asked for, NULL for none. The caller frees *p with qn_person_clear() whatever is
 * returned; p->member.map is set. QN_EAWAY: the entry lacks something, or has it twice, or we may not read it. */
int qn_person_take(struct qn_person *p, const struct qn_settings *s, LDAP *ld, LDAPMessage *entry, const char *login,
                   struct qn_err *err);
void qn_person_clear(struct qn_person *person);

/* The bytes that the id attribute has for an id as qn_person_take() writes it: of objectGUID, 16. 0: it can't be one. */
size_t qn_person_id_value(uint8_t out[64], const char *attribute, const char *id);

#endif
