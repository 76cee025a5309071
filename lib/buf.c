#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

static bool buf_room(struct qn_buf *b, size_t n)
{
    size_t max = b->max ? b->max : (size_t)1 << 20;

    if (b->full || n > max - b->len || b->len > max) {
        b->full = true;
        return false;
    }
    /* Capacity is the next power of two above len, so it needs no field of its own. */
    size_t have = b->data ? 64 : 0, need = b->len + n + 1;

    while (have && have < b->len + 1)
        have *= 2;
    if (need > have) {
        size_t want = 64;

        while (want < need)
            want *= 2;
        b->data = qn_realloc(b->data, want);
    }
    return true;
}

void qn_buf_add(struct qn_buf *b, const void *p, size_t n)
{
    if (!buf_room(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void qn_buf_puts(struct qn_buf *b, const char *s)
{
    qn_buf_add(b, s, strlen(s));
}

void qn_buf_printf(struct qn_buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || !buf_room(b, (size_t)n)) {
        b->full = true;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void qn_buf_field(struct qn_buf *b, const void *p, size_t n)
{
    uint8_t head[4];

    qn_put32(head, (uint32_t)n);
    qn_buf_add(b, head, sizeof head);
    qn_buf_add(b, p, n);
}

void qn_buf_free(struct qn_buf *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

char *qn_hex(char *out, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

static int unhex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool qn_unhex(void *out, size_t n, const char *hex)
{
    uint8_t *b = out;

    if (strlen(hex) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = unhex_digit(hex[2 * i]), lo = unhex_digit(hex[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        b[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

void qn_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void qn_put32(uint8_t *p, uint32_t v)
{
    qn_put16(p, (uint16_t)(v >> 16));
    qn_put16(p + 2, (uint16_t)v);
}

void qn_put64(uint8_t *p, uint64_t v)
{
    qn_put32(p, (uint32_t)(v >> 32));
    qn_put32(p + 4, (uint32_t)v);
}

uint16_t qn_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t qn_get32(const uint8_t *p)
{
    return (uint32_t)qn_get16(p) << 16 | qn_get16(p + 2);
}

uint64_t qn_get64(const uint8_t *p)
{
    return (uint64_t)qn_get32(p) << 32 | qn_get32(p + 4);
}

/* Bytes of the well-formed, printable character at s (n > 0 bytes left), or 0. */
static size_t utf8_char(const unsigned char *s, size_t n)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    uint32_t c;

    if (len == 0 || len > n)
        return 0;
    if (len == 1)
        return s[0] >= 0x20 && s[0] != 0x7f;
    c = s[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || c < 0xa0)
        return 0;
    return len;
}

bool qn_utf8_clean(const char *s, size_t n)
{
    for (size_t i = 0, len; i < n; i += len)
        if ((len = utf8_char((const unsigned char *)s + i, n - i)) == 0)
            return false;
    return true;
}

size_t qn_utf8_copy(char *out, size_t size, const char *s, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n;) {
        size_t len = utf8_char((const unsigned char *)s + i, n - i), put = len ? len : 1;

        if (used + put >= size)
            break;
        if (len)
            memcpy(out + used, s + i, len);
        else
            out[used] = '?';
        used += put;
        i += put;
    }
    if (size)
        out[used] = '\0';
    return used;
}
