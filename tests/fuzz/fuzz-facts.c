/* What a printer says of itself: whatever it is, the core takes the answer that is made of it. The input is the body of an IPP answer,
 * or, for less that is only badly framed, one attribute after another that we ask for: number of its name, tag, length, value. */
#include "config.h"

#include <cups/ipp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/facts.h"
#include "deliver/ipp.h"
#include "lib/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t buf_read(void *context, ipp_uchar_t *p, size_t n)
{
    struct qn_buf *b = context; /* len: how much has been read of max */

    if (n > b->max - b->len)
        n = b->max - b->len;
    memcpy(p, b->data + b->len, n);
    b->len += n;
    return (ssize_t)n;
}

/* Framed as IPP; the caller frees. An odd number of a name is one more value of the attribute before it. */
static void frame(struct qn_buf *out, const uint8_t *p, size_t n)
{
    qn_buf_add(out, "\x02\x00\x00\x00\x00\x00\x00\x01\x04", 9);
    while (n > 3) {
        const char *name = p[0] & 1 ? "" : qn_facts_asked[p[0] / 2 % qn_facts_asked_count];
        size_t length = p[2] < n - 3 ? p[2] : n - 3;
        uint8_t head[3] = { p[1] < 0x10 ? 0x44 : p[1] }, of_name[2] = { 0 };

        qn_put16(of_name, (uint16_t)strlen(name));
        qn_put16(head + 1, (uint16_t)length);
        qn_buf_add(out, head, 1);
        qn_buf_add(out, of_name, 2);
        qn_buf_puts(out, name);
        qn_buf_add(out, head + 1, 2);
        qn_buf_add(out, p + 3, length);
        p += 3 + length;
        n -= 3 + length;
    }
    qn_buf_add(out, "\x03", 1);
}

static void fill(ipp_t *said, const char *state)
{
    static uint8_t packet[QN_MSG_MAX];
    struct qn_msg ask, answer;
    struct qn_err err = { 0 };

    qn_msg_request(&ask, "deliver.probe", "r0123456789abcdef");
    qn_msg_answer(&answer, &ask, QN_OK, "");
    qn_msg_str(&answer, "state", state);
    qn_msg_str(&answer, "text", "");
    qn_msg_str(&answer, "certificate", "");
    qn_facts_fill(&answer, said);
    if (qn_verb_check(&answer, &err) != 0 || qn_msg_encode(&answer, packet, &err) <= 0) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    qn_msg_free(&answer);
    qn_msg_free(&ask);
}

static void read_answer(const uint8_t *p, size_t n)
{
    struct qn_buf from = { .data = (char *)(uintptr_t)p, .max = n };
    ipp_t *said;

    if (!qn_ipp_framed(p, n))
        return;
    said = ippNew();
    if (ippReadIO(&from, buf_read, 1, NULL, said) == IPP_STATE_DATA)
        fill(said, qn_facts_state(said));
    ippDelete(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct qn_buf made = { 0 };

    if (size == 0) {
        fill(NULL, "away");
    } else if (*data == 1 || *data == 2) { /* its version */
        read_answer(data, size);
    } else {
        frame(&made, data, size);
        read_answer((uint8_t *)made.data, made.len);
        qn_buf_free(&made);
    }
    return 0;
}
