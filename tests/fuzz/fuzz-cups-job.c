/* What cupsd answers about a job: the input as a whole HTTP answer, as it grows, and as its body alone. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "intake/cups-job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_body(const uint8_t *p, size_t n)
{
    struct qn_cups_job j;
    struct qn_err err = { 0 };
    int r = qn_cups_job_read(&j, p, n, &err);

    if (r != 0 && (!err.text[0] || (r != QN_EINVAL && r != QN_ENOTFOUND && r != QN_EAWAY)))
        abort();
    if (!memchr(j.owner, 0, sizeof j.owner) || !memchr(j.uuid, 0, sizeof j.uuid) || !memchr(j.sheet[0], 0, sizeof j.sheet[0]) ||
        !memchr(j.sheet[1], 0, sizeof j.sheet[1]))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *body;
    struct qn_err err = { 0 };
    size_t n;
    int r = qn_cups_job_body(data, size, &body, &n, &err);

    if (r == 0) {
        if (body < data || n > size || (size_t)(body - data) != size - n || n > QN_CUPS_ANSWER_MAX)
            abort();
        if (size && qn_cups_job_body(data, size - 1, &body, &n, &err) != QN_EAGAIN) /* whole, so not before its last byte */
            abort();
        read_body(data + size - n, n);
    } else if (r == QN_EAGAIN && size > QN_CUPS_ANSWER_MAX) {
        abort();
    }
    read_body(data, size);
    return 0;
}
