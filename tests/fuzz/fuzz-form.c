/* libFuzzer target: the form parser. Whatever it accepts has to come back the same when it is written out and read again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_field(struct qn_buf *b, const char *name, const char *value)
{
    qn_buf_printf(b, "%s%s=", b->len ? "&" : "", name);
    for (; *value; value++)
        qn_buf_printf(b, "%%%02X", (unsigned char)*value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct qn_form first, again;
    struct qn_buf b = { .max = 4 * QN_FORM_MAX };

    if (qn_form_parse(&first, (const char *)data, n, NULL) != 0)
        return 0;
    for (size_t i = 0; i < first.count; i++)
        write_field(&b, first.field[i].name, first.field[i].value);
    if (b.len <= QN_FORM_MAX) {
        if (qn_form_parse(&again, b.len ? b.data : "", b.len, NULL) != 0 || again.count != first.count)
            abort();
        for (size_t i = 0; i < first.count; i++)
            if (strcmp(first.field[i].name, again.field[i].name) != 0 || strcmp(first.field[i].value, again.field[i].value) != 0)
                abort();
        qn_form_free(&again);
    }
    qn_form_free(&first);
    qn_buf_free(&b);
    return 0;
}
