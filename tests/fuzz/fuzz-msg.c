/* The packet decoder and the verb table: the input as a whole packet, and as the text and secret tail of a well-framed one.
 * What is decoded must come out the same when it is encoded and decoded once more. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As if the descriptors that the verb asks for had come along. */
static void fds_pretend(struct qn_msg *m)
{
    const struct qn_verb *v = qn_verb_find(m->verb);

    m->fd[0] = m->fd[1] = -1;
    m->fds = v && !m->answer ? v->ask_fds : 0;
}

static void same_again(const struct qn_msg *m)
{
    static uint8_t packet[QN_MSG_MAX];
    struct qn_err err = { 0 };
    struct qn_msg again;
    int n = qn_msg_encode(m, packet, &err);

    if (n < 0) /* escapes can make a text of 64 KiB longer */
        return;
    if (qn_msg_decode(&again, packet, (size_t)n, &err) != 0 || strcmp(again.verb, m->verb) != 0 ||
        strcmp(again.req, m->req) != 0 || strcmp(again.text, m->text) != 0 || again.seq != m->seq || again.code != m->code ||
        again.answer != m->answer || again.secrets != m->secrets || !json_equal(again.f, m->f))
        abort();
    for (size_t i = 0; i < m->secrets; i++)
        if (again.secret[i].kind != m->secret[i].kind || again.secret[i].len != m->secret[i].len ||
            memcmp(again.secret[i].bytes, m->secret[i].bytes, m->secret[i].len) != 0)
            abort();
    fds_pretend(&again);
    if ((qn_verb_check(m, &err) == 0) != (qn_verb_check(&again, &err) == 0))
        abort();
    qn_msg_free(&again);
}

static void read_packet(const uint8_t *p, size_t n)
{
    struct qn_err err = { 0 };
    struct qn_msg m;
    int r = qn_msg_decode(&m, p, n, &err);

    if (r != 0) {
        if (r != QN_EINVAL || err.code != r || !err.text[0] || m.f || m.secrets)
            abort();
        return;
    }
    err.code = 0;
    fds_pretend(&m);
    r = qn_verb_check(&m, &err);
    if (r != err.code || (r != 0 && r != QN_EINVAL))
        abort();
    same_again(&m);
    qn_msg_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packet[QN_MSG_MAX];
    size_t tail;

    read_packet(data, size);
    if (size < 2 || size - 2 > sizeof packet - 8)
        return 0;
    tail = (size_t)(data[0] >> 3) * 4;
    if (tail > size - 2)
        tail = size - 2;
    memcpy(packet, "QN\1", 3);
    packet[3] = data[0] & 7;
    qn_put32(packet + 4, (uint32_t)(size - 2 - tail));
    memcpy(packet + 8, data + 2, size - 2);
    read_packet(packet, size - 2 + 8);
    return 0;
}
