#include "server/request.h"

int qn_request_propose(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_request_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_request_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_request_approve(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_request_reject(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_request_withdraw(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
