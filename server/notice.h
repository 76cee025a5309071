/* What a person is told at the next log-in. */
#ifndef QN_NOTICE_H
#define QN_NOTICE_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_notice_list, qn_notice_seen;

#endif
