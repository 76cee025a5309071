/* Which printers there are around a terminal, and how they are. */
#ifndef QN_DEVICE_NEAR_H
#define QN_DEVICE_NEAR_H

#include "server/dispatch.h"

/* Handler. A printer about which nothing is known lately is asked first, for a moment. */
qn_handler qn_device_near;

#endif
