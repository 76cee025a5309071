/* The whole permission model in one answer: from the tables and the mapping in force, nothing written by hand. */
#ifndef QN_ROLES_SHOW_H
#define QN_ROLES_SHOW_H

#include "server/dispatch.h"

/* Names of permission bits, as the table has them. */
json_t *qn_permission_names(unsigned permissions);

/* Role names of a space-separated list, in the order of the role table. */
json_t *qn_role_names(const char *roles);

/* Handler. */
qn_handler qn_roles_show;

#endif
