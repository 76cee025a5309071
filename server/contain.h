/* Stopping a person, a device, a terminal or a queue at once, and letting go again (CC7.4). */
#ifndef QN_CONTAIN_H
#define QN_CONTAIN_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_contain_lock, qn_contain_unlock, qn_contain_list;

#endif
