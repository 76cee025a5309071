#include "config.h"

#include "intake/cups-job.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* RFC 8010 section 3.5; RFC 8011 sections 5.4.15 and B.1. */
enum {
    GET_JOB_ATTRIBUTES = 0x0009, REQUEST_ID = 1, STATUS_ERRORS = 0x0400, STATUS_NOT_FOUND = 0x0406,
    GROUP_OPERATION = 0x01, GROUP_JOB = 0x02, END = 0x03, VALUES = 0x10, OUT_OF_BAND_LAST = 0x1f,
    INTEGER = 0x21, ENUM = 0x23, NAME_LANGUAGE = 0x36, TEXT = 0x41, NAME = 0x42, KEYWORD = 0x44, URI = 0x45,
    CHARSET = 0x47, LANGUAGE = 0x48,
    FRONT = 8, HEAD_MAX = 4096,
};

/* What is asked for and where it goes: `most` values of `size` bytes each; size 0 for a number. */
static const struct field {
    const char *name;
    size_t at, size;
    unsigned most;
} fields[] = {
#define AT(member) offsetof(struct qn_cups_job, member)
    { "job-id", AT(id), 0, 1 },
    { "job-originating-user-name", AT(owner), sizeof(((struct qn_cups_job *)0)->owner), 1 },
    { "job-uuid", AT(uuid), sizeof(((struct qn_cups_job *)0)->uuid), 1 },
    { "job-state", AT(state), 0, 1 },
    { "time-at-creation", AT(created), 0, 1 },
    { "number-of-documents", AT(documents), 0, 1 },
    { "job-sheets", AT(sheet), sizeof(((struct qn_cups_job *)0)->sheet[0]), QN_CUPS_SHEETS },
#undef AT
};

enum { FIELDS = sizeof fields / sizeof *fields };

/* ---- the question ---- */

static void add_value(struct qn_buf *out, uint8_t tag, const char *name, const char *value)
{
    uint8_t n[2];

    qn_buf_add(out, &tag, 1);
    qn_put16(n, (uint16_t)strlen(name));
    qn_buf_add(out, n, sizeof n);
    qn_buf_puts(out, name);
    qn_put16(n, (uint16_t)strlen(value));
    qn_buf_add(out, n, sizeof n);
    qn_buf_puts(out, value);
}

static void add_body(struct qn_buf *out, int64_t job, const char *user)
{
    static const uint8_t front[] = { 2, 0, 0, GET_JOB_ATTRIBUTES, 0, 0, 0, REQUEST_ID, GROUP_OPERATION }, end = END;
    struct qn_buf uri = { 0 };

    qn_buf_printf(&uri, "ipp://localhost/jobs/%lld", (long long)job);
    qn_buf_add(out, front, sizeof front);
    add_value(out, CHARSET, "attributes-charset", "utf-8");
    add_value(out, LANGUAGE, "attributes-natural-language", "en");
    add_value(out, URI, "job-uri", uri.data);
    add_value(out, NAME, "requesting-user-name", *user ? user : "anonymous");
    for (size_t i = 0; i < FIELDS; i++)
        add_value(out, KEYWORD, i == 0 ? "requested-attributes" : "", fields[i].name);
    qn_buf_add(out, &end, 1);
    qn_buf_free(&uri);
}

void qn_cups_job_ask(struct qn_buf *out, int64_t job, const char *user)
{
    struct qn_buf body = { 0 };

    add_body(&body, job, user);
    qn_buf_puts(out, "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/ipp\r\n");
    if (*user)
        qn_buf_printf(out, "Authorization: PeerCred %s\r\n", user);
    qn_buf_printf(out, "Content-Length: %zu\r\n\r\n", body.len);
    qn_buf_add(out, body.data, body.len);
    qn_buf_free(&body);
}

/* ---- the answer's head ---- */

/* Digits alone up to the line's end. */
static int read_length(const char *p, const char *end, size_t *out, struct qn_err *err)
{
    *out = 0;
    while (p < end && *p == ' ')
        p++;
    if (p == end)
        return qn_fail(err, QN_EINVAL, "cupsd's answer has no length");
    for (; p < end; p++) {
        if (*p < '0' || *p > '9' || *out > QN_CUPS_ANSWER_MAX)
            return qn_fail(err, QN_EINVAL, "the length of cupsd's answer is malformed or too large");
        *out = *out * 10 + (size_t)(*p - '0');
    }
    return 0;
}

/* The header lines from p to end (each with its CR LF): one length, no chunks. */
static int read_head(const char *p, const char *end, size_t *length, struct qn_err *err)
{
    static const char has_length[] = "Content-Length:", has_chunks[] = "Transfer-Encoding:";
    bool found = false;

    while (p < end) {
        const char *eol = memmem(p, (size_t)(end - p), "\r\n", 2);
        size_t n = (size_t)((eol ? eol : end) - p);

        if (n >= sizeof has_chunks - 1 && strncasecmp(p, has_chunks, sizeof has_chunks - 1) == 0)
            return qn_fail(err, QN_EINVAL, "cupsd's answer comes in chunks");
        if (n >= sizeof has_length - 1 && strncasecmp(p, has_length, sizeof has_length - 1) == 0) {
            if (found)
                return qn_fail(err, QN_EINVAL, "cupsd's answer has two lengths");
            if (read_length(p + sizeof has_length - 1, p + n, length, err) != 0)
                return QN_EINVAL;
            found = true;
        }
        p += n + 2;
    }
    return found ? 0 : qn_fail(err, QN_EINVAL, "cupsd's answer has no length");
}

int qn_cups_job_body(const uint8_t *p, size_t n, const uint8_t **body, size_t *body_len, struct qn_err *err)
{
    static const char status[] = "HTTP/1.1 ";
    const char *text = (const char *)p, *end = memmem(p, n < HEAD_MAX ? n : HEAD_MAX, "\r\n\r\n", 4), *line;
    size_t head, length = 0;

    if (!end && n < HEAD_MAX)
        return qn_fail(err, QN_EAGAIN, "cupsd's answer is not whole");
    line = end ? memmem(p, (size_t)(end - text) + 2, "\r\n", 2) : NULL;
    if (!line || (size_t)(line - text) < sizeof status + 2 || memcmp(text, status, sizeof status - 1) != 0)
        return qn_fail(err, QN_EINVAL, "cupsd's answer is no HTTP");
    if (memcmp(text + sizeof status - 1, "200", 3) != 0)
        return qn_fail(err, QN_EAWAY, "cupsd answers with HTTP status %.3s", text + sizeof status - 1);
    if (read_head(line + 2, end, &length, err) != 0)
        return QN_EINVAL;
    head = (size_t)(end - text) + 4;
    if (length > QN_CUPS_ANSWER_MAX - head || n - head > length)
        return qn_fail(err, QN_EINVAL, "cupsd's answer is longer than it may be");
    if (n - head < length)
        return qn_fail(err, QN_EAGAIN, "cupsd's answer is not whole");
    *body = p + head;
    *body_len = length;
    return 0;
}

/* ---- the answer's body ---- */

struct reading {
    struct qn_cups_job *out;
    const uint8_t *p, *end;
    const struct field *field;  /* whose values come now; NULL: nobody asked */
    unsigned count;             /* of its values so far */
    unsigned seen;              /* a bit a field */
    uint8_t group;
    bool named;                 /* this group has had an attribute */
};

/* Takes a 16-bit length and that many bytes. */
static bool take(struct reading *r, const uint8_t **bytes, size_t *n)
{
    if (r->end - r->p < 2)
        return false;
    *n = qn_get16(r->p);
    *bytes = r->p + 2;
    if (*n > (size_t)(r->end - *bytes))
        return false;
    r->p = *bytes + *n;
    return true;
}

static bool is_text(uint8_t tag)
{
    return tag == TEXT || tag == NAME || tag == KEYWORD || tag == URI;
}

/* A value into its place. False if it is of another kind or does not fit. */
static bool put_value(struct reading *r, uint8_t tag, const uint8_t *value, size_t n)
{
    char *to = (char *)r->out + r->field->at + r->count * r->field->size;
    struct reading inner = { .p = value, .end = value + n };

    if (tag <= OUT_OF_BAND_LAST) /* "unknown" and the like: as if it were not there */
        return n == 0;
    if (r->count >= r->field->most)
        return false;
    if (r->field->size == 0) {
        int32_t number;

        if ((tag != INTEGER && tag != ENUM) || n != 4)
            return false;
        number = (int32_t)qn_get32(value);
        memcpy(to, &number, sizeof number);
        return true;
    }
    if (tag == NAME_LANGUAGE) { /* its language, then the name */
        if (!take(&inner, &value, &n) || !take(&inner, &value, &n) || inner.p != inner.end)
            return false;
    } else if (!is_text(tag)) {
        return false;
    }
    if (n >= r->field->size || memchr(value, 0, n))
        return false;
    memcpy(to, value, n);
    to[n] = '\0';
    return true;
}

/* Finds the field of an attribute of the job. False if it came before. */
static bool begin_field(struct reading *r, const uint8_t *name, size_t n)
{
    r->field = NULL;
    r->named = true;
    for (unsigned i = 0; i < FIELDS && r->group == GROUP_JOB; i++)
        if (strlen(fields[i].name) == n && memcmp(fields[i].name, name, n) == 0) {
            if (r->seen & 1U << i)
                return false;
            r->seen |= 1U << i;
            r->field = &fields[i];
            r->count = 0;
        }
    return true;
}

/* One value with its tag; without a name it is one more of the attribute before. */
static bool read_value(struct reading *r, uint8_t tag)
{
    const uint8_t *name, *value;
    size_t name_len, value_len;

    if (!take(r, &name, &name_len) || !take(r, &value, &value_len))
        return false;
    if (name_len == 0 && !r->named)
        return false;
    if (name_len && !begin_field(r, name, name_len))
        return false;
    if (!r->field)
        return true;
    if (!put_value(r, tag, value, value_len))
        return false;
    r->count++;
    return true;
}

/* Everything behind the status, up to the end that must be there. */
static bool read_groups(struct reading *r)
{
    while (r->p < r->end) {
        uint8_t tag = *r->p++;

        if (tag == END)
            return r->p == r->end;
        if (tag < VALUES) {
            r->group = tag;
            r->field = NULL;
            r->named = false;
        } else if (!r->group || !read_value(r, tag)) {
            return false;
        }
    }
    return false;
}

int qn_cups_job_read(struct qn_cups_job *out, const uint8_t *p, size_t n, struct qn_err *err)
{
    struct reading r = { .out = out };
    unsigned status;

    memset(out, 0, sizeof *out);
    out->id = out->state = out->created = out->documents = -1;
    if (n < FRONT || (p[0] != 1 && p[0] != 2) || qn_get32(p + 4) != REQUEST_ID)
        return qn_fail(err, QN_EINVAL, "cupsd's answer is no IPP");
    status = qn_get16(p + 2);
    if (status == STATUS_NOT_FOUND)
        return qn_fail(err, QN_ENOTFOUND, "cupsd knows no such job");
    if (status >= STATUS_ERRORS)
        return qn_fail(err, QN_EAWAY, "cupsd answers with IPP status 0x%04x", status);
    r.p = p + FRONT;
    r.end = p + n;
    return read_groups(&r) ? 0 : qn_fail(err, QN_EINVAL, "cupsd's answer is malformed IPP");
}
