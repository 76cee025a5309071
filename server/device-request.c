#include "server/device-request.h"

static int not_yet(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    (void)c;
    (void)pr;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_device_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}

int qn_device_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}

int qn_device_retire_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}

int qn_device_retire_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}

int qn_terminal_request_check(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}

int qn_terminal_request_execute(struct qn_core *c, struct qn_proposal *pr, struct qn_err *err)
{
    return not_yet(c, pr, err);
}
