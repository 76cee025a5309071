/* Formats and their ends: the verdict must not depend on how the document is cut into pieces. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "intake/sniff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool complete(const uint8_t *data, size_t size, size_t step)
{
    static struct qn_sniff s;

    if (!qn_sniff_start(&s, data, size < QN_SNIFF_HEAD ? size : QN_SNIFF_HEAD))
        return false;
    for (size_t at = 0; at < size; at += step)
        qn_sniff_feed(&s, data + at, size - at < step ? size - at : step);
    return qn_sniff_complete(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (complete(data, size, 1 << 20) != complete(data, size, 1 + (size ? data[size / 2] % 61 : 0)))
        abort();
    return 0;
}
