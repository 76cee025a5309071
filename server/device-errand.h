/* What an administrator has done at a printer: asked what it is, a test page printed. Asking by the clock is device-poll.h. */
#ifndef QN_DEVICE_ERRAND_H
#define QN_DEVICE_ERRAND_H

#include "server/dispatch.h"

/* Handlers: asks a printer now; prints a test page on a device. */
qn_handler qn_device_probe, qn_device_test;

#endif
