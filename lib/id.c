#include "lib/id.h"

#include <string.h>
#include <sys/random.h>

#include "lib/buf.h"
#include "lib/err.h"

void qn_random(void *out, size_t n)
{
    uint8_t *p = out;

    while (n > 0) {
        ssize_t got = getrandom(p, n < 256 ? n : 256, 0);

        if (got <= 0)
            qn_panic("getrandom failed");
        p += got;
        n -= (size_t)got;
    }
}

void qn_uuid_make(char out[QN_UUID_TEXT], int64_t wall_ms)
{
    uint8_t id[16];

    qn_random(id, sizeof id);
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)((uint64_t)wall_ms >> (40 - 8 * i));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x70);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    qn_uuid_format(out, id);
}

bool qn_uuid_parse(uint8_t out[16], const char *text)
{
    char hex[33], again[QN_UUID_TEXT];
    size_t n = 0;

    if (!text || strlen(text) != QN_UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < QN_UUID_TEXT - 1; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23)
            continue;
        hex[n++] = text[i];
    }
    hex[32] = '\0';
    if (!qn_unhex(out, 16, hex) || out[6] >> 4 != 7 || out[8] >> 6 != 2)
        return false;
    qn_uuid_format(again, out);
    return strcmp(again, text) == 0;
}

void qn_uuid_format(char out[QN_UUID_TEXT], const uint8_t id[16])
{
    char hex[33];
    size_t n = 0;

    qn_hex(hex, id, 16);
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[n++] = '-';
        out[n++] = hex[i];
    }
    out[n] = '\0';
}

void qn_request_make(char out[QN_REQUEST_TEXT])
{
    uint8_t r[8];

    qn_random(r, sizeof r);
    out[0] = 'r';
    qn_hex(out + 1, r, sizeof r);
}

bool qn_request_valid(const char *text)
{
    if (!text || text[0] != 'r' || strlen(text) != QN_REQUEST_TEXT - 1)
        return false;
    return strspn(text + 1, "0123456789abcdef") == QN_REQUEST_TEXT - 2;
}
