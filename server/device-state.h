/* What is known of the printers themselves: asked now and then, and shown to people before they release anything. */
#ifndef QN_DEVICE_STATE_H
#define QN_DEVICE_STATE_H

#include "server/dispatch.h"

/* Handlers: the devices near a terminal and how they are, what one offers, and all that is known of one. */
qn_handler qn_device_near, qn_device_offer, qn_device_show;

#endif
