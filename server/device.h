/* Devices and terminals: lists, enrolment codes, client certificates, revocation. They come in by request (device-request.h). */
#ifndef QN_DEVICE_H
#define QN_DEVICE_H

#include "server/device-state.h"

/* Revokes a terminal: its credential, code and certificate are worth nothing, and whoever is logged in there is not any more.
 * Recorded, with the directory id of the person who did it and the reason. */
int qn_terminal_end(struct qn_core *c, const struct qn_terminal *t, const char *by, const char *reason, const char *req,
                    struct qn_err *err);

/* The state that lists show: "locked" before what the row says. */
const char *qn_device_state(const struct qn_device *d);
const char *qn_terminal_state(const struct qn_terminal *t);

/* A row of device.list and device.show. The caller drops it. */
json_t *qn_device_row(const struct qn_device *d, const struct qn_device_view *v);

/* Handlers. */
qn_handler qn_device_list, qn_terminal_list, qn_terminal_code, qn_terminal_certify, qn_terminal_revoke, qn_kiosk_ca;

#endif
