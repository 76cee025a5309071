/* Printers are asked what they are and how they are: in turn by the clock, when somebody logs in at them, and when an administrator
 * asks. */
#ifndef QN_DEVICE_ERRAND_H
#define QN_DEVICE_ERRAND_H

#include "server/dispatch.h"

/* Handlers: asks a printer now; prints a test page on a device. */
qn_handler qn_device_probe, qn_device_test;

#endif
