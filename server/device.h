/* Devices and terminals: lists, enrolment codes, client certificates, revocation. They come in by request (request.h). */
#ifndef QN_DEVICE_H
#define QN_DEVICE_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_device_list, qn_terminal_list, qn_terminal_code, qn_terminal_certify, qn_terminal_revoke;

#endif
