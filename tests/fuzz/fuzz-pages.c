/* Page counts: whatever the document is, the same number however it is cut into pieces, and never one that can't be. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "intake/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t count(const char *format, const uint8_t *data, size_t size, size_t step)
{
    static struct qn_pages p;

    qn_pages_start(&p, format);
    for (size_t at = 0; at < size; at += step)
        qn_pages_feed(&p, data + at, size - at < step ? size - at : step);
    return qn_pages_end(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *format = size && data[0] == '%' && data[size - 1] == '!' ? "application/postscript" : "application/pdf";
    int64_t whole = count(format, data, size, 1 << 20);

    if (whole != count(format, data, size, 1 + (size ? data[size / 2] % 61 : 0)) || whole < -1 || whole == 0 || whole > 100000000)
        abort();
    return 0;
}
