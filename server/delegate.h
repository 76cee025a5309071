/* An owner lets a named colleague release their jobs, for a time. */
#ifndef QN_DELEGATE_H
#define QN_DELEGATE_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_delegate_add, qn_delegate_list, qn_delegate_revoke;

#endif
