/* Groups that hold a role, and which of them a person is in. */
#ifndef QN_LDAP_GROUP_H
#define QN_LDAP_GROUP_H

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"

enum { QN_GROUPS_MAX = 64 }; /* of one person, in a message */

struct qn_group_map;

/* Adds a form of a DN (RFC 4514) that is equal for two spellings of one name: attribute types in lower case and by their short
 * name, values in lower case (ASCII) with runs of spaces as one, parts of a multi-valued RDN in order. QN_EINVAL if it is no DN. */
int qn_group_normal(struct qn_buf *out, const char *dn, struct qn_err *err);

/* Takes the role-group sections' DNs, which live as long as conf. The caller frees with qn_group_map_free().
 * QN_EINVAL names one that is no DN. */
int qn_group_map_read(struct qn_group_map **out, const struct qn_conf *conf, struct qn_err *err);
void qn_group_map_free(struct qn_group_map **map);

/* The name, as the configuration spells it, of the role's group that dn is; NULL if it is none or no DN. */
const char *qn_group_match(const struct qn_group_map *map, const char *dn);

/* The i-th group's name as the configuration spells it; NULL after the last. */
const char *qn_group_name(const struct qn_group_map *map, unsigned i);

#endif
