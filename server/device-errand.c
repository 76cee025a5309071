#include "server/device-errand.h"

int qn_device_probe(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_device_test(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
