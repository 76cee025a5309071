/* Why one person may do what they may: group, role, conflict, permission, as the directory says now. */
#ifndef QN_PERSON_WHY_H
#define QN_PERSON_WHY_H

#include "server/dispatch.h"

/* Handler. */
qn_handler qn_person_why;

#endif
