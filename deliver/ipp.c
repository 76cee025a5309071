#include "config.h"

#include "deliver/ipp.h"

#include <string.h>

#include "lib/clock.h"

enum { VALUES_MAX = 20000, DEPTH_MAX = 8 };

void qn_ipp_close(struct qn_ipp *p)
{
    qn_link_free(&p->link);
    p->used = false;
}

ipp_t *qn_ipp_request(struct qn_ipp *p, ipp_op_t op, int job)
{
    ipp_t *q = ippNewRequest(op);

    if (!q)
        qn_panic("no memory for a request");
    if (p->request++ >= 0x7ffffff)
        p->request = 1;
    ippSetRequestId(q, p->request);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, p->address->uri);
    if (job > 0)
        ippAddInteger(q, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "job-id", job);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "quoin");
    return q;
}

static ssize_t buf_write(void *context, ipp_uchar_t *p, size_t n)
{
    qn_buf_add(context, p, n);
    return (ssize_t)n;
}

struct reader {
    const struct qn_buf *buf;
    size_t at;
};

static ssize_t buf_read(void *context, ipp_uchar_t *p, size_t n)
{
    struct reader *r = context;

    if (n > r->buf->len - r->at)
        n = r->buf->len - r->at;
    memcpy(p, r->buf->data + r->at, n);
    r->at += n;
    return (ssize_t)n;
}

int qn_ipp_encode(struct qn_ipp *p, ipp_t *request, uint64_t extra, struct qn_buf *out, struct qn_err *err)
{
    struct qn_buf body = { 0 };
    ipp_state_t s = ippWriteIO(&body, buf_write, 1, NULL, request);

    qn_http_head(out, p->address, body.len + extra);
    qn_buf_add(out, body.data, body.len);
    if (s != IPP_STATE_DATA || body.full || out->full)
        qn_fail(err, QN_EINTERNAL, "request can't be encoded");
    else
        s = IPP_STATE_IDLE;
    qn_buf_free(&body);
    return s == IPP_STATE_IDLE ? 0 : QN_EINTERNAL;
}

bool qn_ipp_framed(const uint8_t *b, size_t n)
{
    size_t at = 8;
    int values = 0, depth = 0;

    while (at < n) {
        uint8_t tag = b[at++];
        size_t len;

        if (tag == IPP_TAG_END)
            return depth == 0;
        if (tag < 0x10) {
            if (depth > 0)
                return false;
            continue;
        }
        if (tag == IPP_TAG_BEGIN_COLLECTION)
            depth++;
        if ((tag == IPP_TAG_END_COLLECTION && --depth < 0) || depth > DEPTH_MAX || ++values > VALUES_MAX)
            return false;
        for (int part = 0; part < 2; part++) { /* name, then value */
            if (n - at < 2)
                return false;
            len = qn_get16(b + at);
            at += 2;
            if (len > 32767 || len > n - at)
                return false;
            at += len;
        }
    }
    return false;
}

static void ipp_said(struct qn_ipp *p, ipp_t *reply)
{
    ipp_attribute_t *a = ippFindAttribute(reply, "status-message", IPP_TAG_TEXT);
    const char *s = a ? ippGetString(a, 0, NULL) : NULL;

    p->said[0] = '\0';
    if (s)
        qn_utf8_copy(p->said, sizeof p->said, s, strlen(s));
}

static int ipp_decode(struct qn_ipp *p, const struct qn_buf *body, ipp_t **reply, struct qn_err *err)
{
    struct reader from = { body, 0 };
    ipp_t *a;

    if (!qn_ipp_framed((const uint8_t *)body->data, body->len))
        return qn_fail(err, QN_EINVAL, "printer's answer is not well-formed IPP");
    a = ippNew();
    if (!a)
        qn_panic("no memory for an answer");
    if (ippReadIO(&from, buf_read, 1, NULL, a) != IPP_STATE_DATA || ippGetRequestId(a) != p->request) {
        ippDelete(a);
        return qn_fail(err, QN_EINVAL, "printer's answer is not IPP, or answers something else");
    }
    ipp_said(p, a);
    *reply = a;
    return 0;
}

int qn_ipp_open(struct qn_ipp *p, int64_t until, struct qn_err *err)
{
    struct qn_limit limit = { .until = until, .idle_ms = 10000 };

    p->said[0] = '\0';
    return p->link ? 0 : qn_link_open(&p->link, p->address, &limit, err);
}

int qn_ipp_answer(struct qn_ipp *p, ipp_t **reply, const struct qn_limit *limit, struct qn_err *err)
{
    struct qn_buf body = { 0 };
    bool close = true;
    int r = qn_http_answer(p->link, &body, &close, limit, err);

    *reply = NULL;
    if (r == 0)
        r = ipp_decode(p, &body, reply, err);
    qn_buf_free(&body);
    p->used = true;
    p->answered = r == 0;
    if (r != 0 || close)
        qn_ipp_close(p);
    return r;
}

static int ipp_exchange(struct qn_ipp *p, const struct qn_buf *bytes, ipp_t **reply, int64_t until, struct qn_err *err)
{
    struct qn_limit limit = { .until = until, .idle_ms = 10000 };
    int r = qn_ipp_open(p, until, err);

    if (r != 0)
        return r;
    r = qn_link_write(p->link, bytes->data, bytes->len, &limit, err);
    if (r == 0 || r == QN_ECONFLICT)
        return qn_ipp_answer(p, reply, &limit, err);
    qn_ipp_close(p);
    return r;
}

static bool ipp_only_asks(ipp_op_t op)
{
    return op == IPP_OP_GET_PRINTER_ATTRIBUTES || op == IPP_OP_GET_JOB_ATTRIBUTES || op == IPP_OP_GET_JOBS ||
           op == IPP_OP_CANCEL_JOB;
}

int qn_ipp_call(struct qn_ipp *p, ipp_t **request, ipp_t **reply, int64_t until, struct qn_err *err)
{
    struct qn_buf bytes = { 0 };
    ipp_op_t op = ippGetOperation(*request);
    int r = qn_ipp_encode(p, *request, 0, &bytes, err);
    bool kept = p->link && p->used;

    *reply = NULL;
    p->answered = false;
    ippDelete(*request);
    *request = NULL;
    if (r == 0)
        r = ipp_exchange(p, &bytes, reply, until, err);
    if (r == QN_EEOF && kept && ipp_only_asks(op))
        r = ipp_exchange(p, &bytes, reply, until, err);
    qn_buf_free(&bytes);
    return r;
}
