/* The whole permission model in one answer, and why one person may do what they may. */
#ifndef QN_ROLES_SHOW_H
#define QN_ROLES_SHOW_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_roles_show, qn_person_why;

#endif
