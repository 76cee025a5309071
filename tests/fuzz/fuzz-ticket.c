/* The hand-over and the grammar of argv[5]: the input as a whole packet, and as the options of a sound one. Whatever is
 * accepted must make a job.begin that the verb table accepts. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "intake/ticket.h"
#include "lib/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char before[] = "QNH\1\6\1\0\0quoin:\0" "42\0alice\0title\0" "3\0"
                             "job-uuid=urn:uuid:e904d2ab-0000-4000-8000-000000000001 time-at-creation=1795278165 ";
static const char after[] = "\0PRINTER=held";

static void read_packet(const uint8_t *p, size_t n)
{
    struct qn_ticket t;
    enum qn_hand_why why;
    struct qn_err err = { 0 };
    struct qn_msg m;

    if (qn_ticket_read(&t, p, n, &why, &err) != 0) {
        if (t.options || !err.text[0] || (why != QN_WHY_MALFORMED && why != QN_WHY_OPTIONS && why != QN_WHY_OWNER))
            abort();
        return;
    }
    qn_ticket_sheet(&t, "secret");
    qn_msg_request(&m, "job.begin", "r0123456789abcdef");
    qn_ticket_fields(&t, &m, "cupsd");
    if (qn_verb_check(&m, &err) != 0)
        abort();
    qn_msg_free(&m);
    qn_ticket_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packet[QN_HAND_MAX];

    if (size >= 3 && memcmp(data, "QNH", 3) == 0) {
        read_packet(data, size);
        return 0;
    }
    if (size > sizeof packet - sizeof before - sizeof after || memchr(data, 0, size))
        return 0;
    memcpy(packet, before, sizeof before - 1);
    memcpy(packet + sizeof before - 1, data, size);
    memcpy(packet + sizeof before - 1 + size, after, sizeof after);
    read_packet(packet, sizeof before - 1 + size + sizeof after);
    return 0;
}
