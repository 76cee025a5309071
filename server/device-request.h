/* What two people decide about devices and terminals: the operations "device", "device.retire" and "terminal" of request.h. */
#ifndef QN_DEVICE_REQUEST_H
#define QN_DEVICE_REQUEST_H

#include "server/request.h"

/* "device": {name, uri, location, zone?, custodian, ceiling, ca?, pin?, driver?}: a new device, or what it is from now on. uri and
 * driver as in device-link.h, ceiling a class, ca a file of certificate authorities, pin the SHA-256 of its certificate; ipps needs one
 * of the two. */
int qn_device_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_device_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);

/* "device.retire": {name}: nothing is released on it any more, and the terminals at it are revoked. */
int qn_device_retire_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_device_retire_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);

/* "terminal": {name, device, devices?, certificate, ceiling?}: a terminal at device, which may print on devices besides; certificate
 * true: it is worth nothing without its client certificate. Without a ceiling that is its device's, or, for a cookie alone, "internal"
 * (the lowest class where the policy has none of that name). */
int qn_terminal_request_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_terminal_request_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);

#endif
