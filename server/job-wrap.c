#include "server/job-wrap.h"

#include <string.h>

#include "lib/id.h"
#include "lib/seal.h"

int qn_job_wrap_aad(struct qn_buf *out, const struct qn_job *j, struct qn_err *err)
{
    uint8_t id[16], class_[4];

    if (!qn_uuid_parse(id, j->id))
        return qn_fail(err, QN_EINVAL, "'%s' is not a job's id", j->id);
    qn_put32(class_, (uint32_t)j->class_);
    qn_buf_add(out, id, sizeof id);
    qn_buf_field(out, j->owner_name, strlen(j->owner_name));
    qn_buf_add(out, class_, sizeof class_);
    qn_buf_field(out, j->shred, strlen(j->shred));
    return out->full ? qn_fail(err, QN_EINVAL, "a job's associated data does not fit") : 0;
}

int qn_job_wrap(struct qn_job *j, const uint8_t shred_key[32], const uint8_t key[32], struct qn_err *err)
{
    struct qn_buf aad = { 0 };
    int r = qn_job_wrap_aad(&aad, j, err);

    if (r == 0)
        r = qn_wrap(j->wrapped, shred_key, key, aad.data, aad.len, err);
    qn_buf_free(&aad);
    return r;
}

int qn_job_unwrap(uint8_t key_out[32], const struct qn_job *j, const uint8_t shred_key[32], struct qn_err *err)
{
    struct qn_buf aad = { 0 };
    int r = qn_job_wrap_aad(&aad, j, err);

    memset(key_out, 0, 32);
    if (r == 0)
        r = qn_unwrap(key_out, shred_key, j->wrapped, aad.data, aad.len, err);
    qn_buf_free(&aad);
    return r;
}
