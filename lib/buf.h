/* A growable byte buffer with a bound, and the small text codecs everybody needs. */
#ifndef QN_BUF_H
#define QN_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qn_buf {
    char *data;  /* always NUL-terminated once something was added; NULL before */
    size_t len;
    size_t max;  /* bytes it may grow to; 0 means 1 MiB */
    bool full;   /* something did not fit: the content is not to be used */
};

/* Each adds to the end; what does not fit under max sets full and adds nothing. */
void qn_buf_add(struct qn_buf *b, const void *p, size_t n);
void qn_buf_puts(struct qn_buf *b, const char *s);
void qn_buf_printf(struct qn_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Length-prefixed (32-bit big-endian) bytes, for canonical forms that are hashed. */
void qn_buf_field(struct qn_buf *b, const void *p, size_t n);

/* Frees the content and zeroes the struct. */
void qn_buf_free(struct qn_buf *b);

/* Lower-case hex of n bytes; out has room for 2n+1. Returns out. */
char *qn_hex(char *out, const void *p, size_t n);

/* Decodes exactly n bytes from 2n hex digits ending in NUL. False on anything else; out is then unchanged or partly written. */
bool qn_unhex(void *out, size_t n, const char *hex);

/* Big-endian integers. */
void qn_put16(uint8_t *p, uint16_t v);
void qn_put32(uint8_t *p, uint32_t v);
void qn_put64(uint8_t *p, uint64_t v);
uint16_t qn_get16(const uint8_t *p);
uint32_t qn_get32(const uint8_t *p);
uint64_t qn_get64(const uint8_t *p);

/* True if the n bytes are well-formed UTF-8 (RFC 3629) without C0 and C1 controls or DEL. */
bool qn_utf8_clean(const char *s, size_t n);

/* Copies s into out (size bytes, always terminated) as clean UTF-8: bytes that are not, and controls, become '?';
 * cuts between characters. Returns the length written. */
size_t qn_utf8_copy(char *out, size_t size, const char *s, size_t n);

#endif
