/* What two people decide about devices and terminals (request.h). */
#ifndef QN_DEVICE_REQUEST_H
#define QN_DEVICE_REQUEST_H

#include "server/request.h"

int qn_device_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_device_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_device_retire_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_device_retire_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_terminal_request_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);
int qn_terminal_request_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err);

#endif
