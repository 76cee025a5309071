/* Names of groups: when two are the same, and those that a question is about. */
#ifndef QN_LDAP_GROUP_H
#define QN_LDAP_GROUP_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { QN_GROUPS_MAX = 64 }; /* of one person, in a message */

struct qn_group_map;

/* Adds a form of a DN (RFC 4514) that is equal for two spellings of one name: attribute types in lower case and by their short
 * name, values in lower case (ASCII) with runs of spaces as one, parts of a multi-valued RDN in order. QN_EINVAL if it is no DN. */
int qn_group_normal(struct qn_buf *out, const char *dn, struct qn_err *err);

/* The groups that are asked about: names that live as long as the map. One that is no DN does not count, with a warning.
 * The caller frees with qn_group_map_free(). */
struct qn_group_map *qn_group_map_new(const char *const *dn, unsigned n);
void qn_group_map_free(struct qn_group_map **map);

/* The i-th group's name as it was given (the same pointer); NULL after the last. */
const char *qn_group_name(const struct qn_group_map *map, unsigned i);

/* True if the i-th group is the one of that normal form. */
bool qn_group_is(const struct qn_group_map *map, unsigned i, const char *normal);

#endif
