#include "config.h"

#include "deliver/http.h"

#include <string.h>
#include <strings.h>

enum { LINE_MAX_BYTES = 4096, HEAD_LINES = 100, INTERIM_MAX = 8 };

struct head {
    int status;
    bool close, chunked, ipp;
    int64_t length; /* -1: not said */
};

void qn_http_head(struct qn_buf *out, const struct qn_address *a, uint64_t length)
{
    bool number6 = strchr(a->host, ':') != NULL;

    qn_buf_printf(out,
                  "POST %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nUser-Agent: Quoin\r\nContent-Type: application/ipp\r\n"
                  "Content-Length: %llu\r\n\r\n",
                  a->resource, number6 ? "[" : "", a->host, number6 ? "]" : "", a->port, (unsigned long long)length);
}

/* Digits alone, at most 18 of them. -1 if it is anything else. */
static int64_t number(const char *s, int base)
{
    static const char digits[] = "0123456789abcdef";
    int64_t v = 0;
    size_t n = strlen(s);

    if (n == 0 || n > (base == 16 ? 8 : 18))
        return -1;
    for (; *s; s++) {
        const char *d = memchr(digits, *s >= 'A' && *s <= 'F' ? *s + 32 : *s, (size_t)base);

        if (!d)
            return -1;
        v = v * base + (d - digits);
    }
    return v;
}

static int head_status(struct head *h, struct qn_link *l, const struct qn_limit *limit, struct qn_err *err)
{
    char line[LINE_MAX_BYTES], code[4] = "";
    int r = qn_link_line(l, line, sizeof line, limit, err);

    if (r < 0)
        return r;
    if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ' || r < 12)
        return qn_fail(err, QN_EINVAL, "printer does not speak HTTP");
    memcpy(code, line + 9, 3);
    h->status = (int)number(code, 10);
    h->close = line[7] == '0';
    h->length = -1;
    return h->status >= 100 ? 0 : qn_fail(err, QN_EINVAL, "printer's HTTP status is not a number");
}

static int head_field(struct head *h, const char *name, char *value, struct qn_err *err)
{
    if (strcasecmp(name, "Content-Length") == 0) {
        if (h->length >= 0 || (h->length = number(value, 10)) < 0)
            return qn_fail(err, QN_EINVAL, "printer's Content-Length is not one number");
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        if (h->chunked || strcasecmp(value, "chunked") != 0)
            return qn_fail(err, QN_EINVAL, "printer's Transfer-Encoding is not chunked");
        h->chunked = true;
    } else if (strcasecmp(name, "Connection") == 0) {
        if (strcasecmp(value, "close") == 0)
            h->close = true;
    } else if (strcasecmp(name, "Content-Type") == 0) {
        value[strcspn(value, "; \t")] = '\0';
        h->ipp = strcasecmp(value, "application/ipp") == 0;
    }
    return 0;
}

static int head_read(struct head *h, struct qn_link *l, const struct qn_limit *limit, struct qn_err *err)
{
    char line[LINE_MAX_BYTES];
    int r;

    memset(h, 0, sizeof *h);
    if ((r = head_status(h, l, limit, err)) != 0)
        return r;
    for (int i = 0; i < HEAD_LINES; i++) {
        char *value;

        if ((r = qn_link_line(l, line, sizeof line, limit, err)) <= 0)
            return r;
        value = strchr(line, ':');
        if (!value)
            return qn_fail(err, QN_EINVAL, "printer's answer has a header line without a colon");
        *value++ = '\0';
        value += strspn(value, " \t");
        for (size_t n = strlen(value); n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'); n--)
            value[n - 1] = '\0';
        if ((r = head_field(h, line, value, err)) != 0)
            return r;
    }
    return qn_fail(err, QN_EINVAL, "printer's answer has too many header lines");
}

/* n bytes, or with n < 0 what comes until the end. */
static int body_read(struct qn_link *l, int64_t n, struct qn_buf *body, const struct qn_limit *limit,
                     struct qn_err *err)
{
    char piece[8192];

    while (n != 0) {
        size_t want = n > 0 && n < (int64_t)sizeof piece ? (size_t)n : sizeof piece;
        int r = qn_link_read(l, piece, want, limit, err);

        if (r < 0)
            return r;
        if (r == 0)
            return n < 0 ? 0 : qn_fail(err, QN_EEOF, "printer's answer is cut off");
        qn_buf_add(body, piece, (size_t)r);
        if (body->full)
            return qn_fail(err, QN_EFULL, "printer's answer is longer than %d bytes", QN_HTTP_ANSWER_MAX);
        if (n > 0)
            n -= r;
    }
    return 0;
}

static int body_chunks(struct qn_link *l, struct qn_buf *body, const struct qn_limit *limit, struct qn_err *err)
{
    char line[LINE_MAX_BYTES];
    int64_t size;
    int r;

    for (;;) {
        if ((r = qn_link_line(l, line, sizeof line, limit, err)) < 0)
            return r;
        line[strcspn(line, "; \t")] = '\0';
        if ((size = number(line, 16)) < 0)
            return qn_fail(err, QN_EINVAL, "printer's answer has a chunk without a size");
        if (size == 0)
            break;
        if ((r = body_read(l, size, body, limit, err)) != 0)
            return r;
        if ((r = qn_link_line(l, line, sizeof line, limit, err)) != 0)
            return r < 0 ? r : qn_fail(err, QN_EINVAL, "printer's answer has a chunk longer than its size");
    }
    for (int i = 0; i < HEAD_LINES; i++)
        if ((r = qn_link_line(l, line, sizeof line, limit, err)) <= 0)
            return r;
    return qn_fail(err, QN_EINVAL, "printer's answer has too many trailer lines");
}

int qn_http_answer(struct qn_link *l, struct qn_buf *body, bool *close_out, const struct qn_limit *limit,
                   struct qn_err *err)
{
    struct head h;
    int r, interim = 0;

    *close_out = true;
    do
        r = head_read(&h, l, limit, err);
    while (r == 0 && h.status < 200 && h.status != 101 && ++interim < INTERIM_MAX);
    if (r != 0)
        return r;
    if (h.status < 200 && h.status != 101)
        return qn_fail(err, QN_EINVAL, "printer's answer does not begin");
    if (h.status != 200)
        return qn_fail(err, QN_EUNSUPPORTED, "printer answers with HTTP status %d", h.status);
    if (!h.ipp || (h.chunked && h.length >= 0))
        return qn_fail(err, QN_EINVAL, "printer's answer is not IPP, or has two lengths");
    body->max = QN_HTTP_ANSWER_MAX;
    r = h.chunked ? body_chunks(l, body, limit, err) : body_read(l, h.length, body, limit, err);
    if (r == 0)
        *close_out = h.close || (!h.chunked && h.length < 0);
    return r;
}
