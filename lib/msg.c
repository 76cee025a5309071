#include "config.h"

#include "lib/msg.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/secret.h"

enum { HEAD = 8, ITEM_HEAD = 3 };

void qn_msg_request(struct qn_msg *m, const char *verb, const char *req)
{
    memset(m, 0, sizeof *m);
    snprintf(m->verb, sizeof m->verb, "%s", verb);
    if (req)
        snprintf(m->req, sizeof m->req, "%s", req);
    else
        qn_request_make(m->req);
    m->f = json_object();
    if (!m->f)
        qn_panic("no memory for a message");
}

void qn_msg_answer(struct qn_msg *m, const struct qn_msg *request, int code, const char *text)
{
    qn_msg_request(m, request->verb, request->req);
    m->answer = true;
    m->seq = request->seq;
    m->code = code;
    snprintf(m->text, sizeof m->text, "%s", text ? text : "");
}

void qn_msg_free(struct qn_msg *m)
{
    for (size_t i = 0; i < m->secrets; i++)
        qn_secret_free(&m->secret[i].bytes);
    for (size_t i = 0; i < m->fds; i++)
        if (m->fd[i] >= 0)
            close(m->fd[i]);
    json_decref(m->f);
    memset(m, 0, sizeof *m);
}

void qn_msg_json(struct qn_msg *m, const char *name, json_t *value)
{
    if (!value || json_object_set_new(m->f, name, value) != 0)
        qn_panic("message field %s can't be set", name);
}

void qn_msg_str(struct qn_msg *m, const char *name, const char *value)
{
    qn_msg_json(m, name, json_string(value));
}

void qn_msg_int(struct qn_msg *m, const char *name, int64_t value)
{
    qn_msg_json(m, name, json_integer(value));
}

const char *qn_msg_get(const struct qn_msg *m, const char *name)
{
    const char *s = json_string_value(json_object_get(m->f, name));

    return s ? s : "";
}

int64_t qn_msg_get_int(const struct qn_msg *m, const char *name)
{
    return json_integer_value(json_object_get(m->f, name));
}

bool qn_msg_has(const struct qn_msg *m, const char *name)
{
    return json_object_get(m->f, name) != NULL;
}

bool qn_words_have(const json_t *words, const char *word)
{
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *s = json_string_value(json_array_get(words, i));

        if (s && strcmp(s, word) == 0)
            return true;
    }
    return false;
}

void qn_msg_secret(struct qn_msg *m, enum qn_secret_kind kind, const void *bytes, size_t len)
{
    if (m->secrets == QN_SECRETS_MAX || len == 0 || len > QN_SECRET_MAX)
        qn_panic("secret of %zu bytes does not fit a message", len);
    m->secret[m->secrets].kind = (uint8_t)kind;
    m->secret[m->secrets].len = (uint16_t)len;
    m->secret[m->secrets].bytes = qn_secret_alloc(len + 1);
    memcpy(m->secret[m->secrets].bytes, bytes, len);
    m->secrets++;
}

const uint8_t *qn_msg_get_secret(const struct qn_msg *m, enum qn_secret_kind kind, size_t *len_out)
{
    for (size_t i = 0; i < m->secrets; i++)
        if (m->secret[i].kind == kind) {
            if (len_out)
                *len_out = m->secret[i].len;
            return m->secret[i].bytes;
        }
    if (len_out)
        *len_out = 0;
    return NULL;
}

void qn_msg_fd(struct qn_msg *m, int fd)
{
    if (m->fds == QN_MSG_FDS)
        qn_panic("too many descriptors for a message");
    m->fd[m->fds++] = fd;
}

int qn_msg_take_fd(struct qn_msg *m, size_t i)
{
    int fd = i < m->fds ? m->fd[i] : -1;

    if (fd >= 0)
        m->fd[i] = -1;
    return fd;
}

static json_t *envelope(const struct qn_msg *m)
{
    json_t *o = json_pack("{s:s, s:I, s:s, s:O}", "m", m->verb, "seq", (json_int_t)m->seq, "req", m->req, "f", m->f);

    if (o && m->answer) {
        json_object_set_new(o, "code", json_string(qn_code_name(m->code)));
        json_object_set_new(o, "text", json_string(m->text));
    }
    return o;
}

static int encode_secrets(const struct qn_msg *m, uint8_t *out, size_t at, struct qn_err *err)
{
    for (size_t i = 0; i < m->secrets; i++) {
        if ((size_t)QN_MSG_MAX - at < (size_t)ITEM_HEAD + m->secret[i].len)
            return qn_fail(err, QN_EINVAL, "message %s is larger than %d bytes", m->verb, QN_MSG_MAX);
        out[at] = m->secret[i].kind;
        qn_put16(out + at + 1, m->secret[i].len);
        memcpy(out + at + ITEM_HEAD, m->secret[i].bytes, m->secret[i].len);
        at += (size_t)ITEM_HEAD + m->secret[i].len;
    }
    return (int)at;
}

int qn_msg_encode(const struct qn_msg *m, uint8_t *out, struct qn_err *err)
{
    json_t *o = envelope(m);
    size_t n = o ? json_dumpb(o, (char *)out + HEAD, QN_MSG_MAX - HEAD, JSON_COMPACT) : 0;

    json_decref(o);
    if (!o)
        return qn_fail(err, QN_EINVAL, "message %s holds text that is not UTF-8", m->verb);
    if (n == 0 || n > QN_MSG_MAX - HEAD)
        return qn_fail(err, QN_EINVAL, "message %s is larger than %d bytes", m->verb, QN_MSG_MAX);
    memcpy(out, "QN", 2);
    out[2] = QN_MSG_VERSION;
    out[3] = (uint8_t)m->secrets;
    qn_put32(out + 4, (uint32_t)n);
    return encode_secrets(m, out, HEAD + n, err);
}

static int decode_secrets(struct qn_msg *m, const uint8_t *p, size_t n, size_t count, struct qn_err *err)
{
    if (count > QN_SECRETS_MAX)
        return qn_fail(err, QN_EINVAL, "message has %zu secret items", count);
    for (size_t i = 0; i < count; i++) {
        size_t len;

        if (n < ITEM_HEAD)
            return qn_fail(err, QN_EINVAL, "message ends inside a secret item");
        len = qn_get16(p + 1);
        if (p[0] == 0 || p[0] >= QN_SECRET_KINDS || qn_msg_get_secret(m, p[0], NULL))
            return qn_fail(err, QN_EINVAL, "message has an unknown or repeated secret item");
        if (len == 0 || len > QN_SECRET_MAX || len > n - ITEM_HEAD)
            return qn_fail(err, QN_EINVAL, "message has a secret item of bad length");
        qn_msg_secret(m, p[0], p + ITEM_HEAD, len);
        p += ITEM_HEAD + len;
        n -= ITEM_HEAD + len;
    }
    if (n != 0)
        return qn_fail(err, QN_EINVAL, "message has bytes after its end");
    return 0;
}

static int decode_envelope(struct qn_msg *m, json_t *o, struct qn_err *err)
{
    const char *verb = NULL, *req = NULL, *code = NULL, *text = NULL;
    json_int_t seq = 0;
    json_t *f = NULL;

    if (json_unpack(o, "{s:s, s:I, s:s, s:o, s?s, s?s !}", "m", &verb, "seq", &seq, "req", &req, "f", &f, "code", &code,
                    "text", &text) != 0 || !json_is_object(f))
        return qn_fail(err, QN_EINVAL, "message envelope is malformed");
    if (strlen(verb) >= sizeof m->verb || strspn(verb, "abcdefghijklmnopqrstuvwxyz.-") != strlen(verb))
        return qn_fail(err, QN_EINVAL, "message verb is malformed");
    if (!qn_request_valid(req))
        return qn_fail(err, QN_EINVAL, "message request id is malformed");
    if (!code != !text || (text && (strlen(text) >= sizeof m->text || !qn_utf8_clean(text, strlen(text)))))
        return qn_fail(err, QN_EINVAL, "message answer is malformed");
    snprintf(m->verb, sizeof m->verb, "%s", verb);
    snprintf(m->req, sizeof m->req, "%s", req);
    m->seq = seq;
    m->answer = code != NULL;
    m->code = code ? qn_code_parse(code) : 0;
    snprintf(m->text, sizeof m->text, "%s", text ? text : "");
    m->f = json_incref(f);
    return 0;
}

int qn_msg_decode(struct qn_msg *m, const uint8_t *p, size_t n, struct qn_err *err)
{
    json_error_t je;
    json_t *o;
    size_t len;
    int r;

    memset(m, 0, sizeof *m);
    if (n < HEAD || n > QN_MSG_MAX || memcmp(p, "QN", 2) != 0)
        return qn_fail(err, QN_EINVAL, "packet of %zu bytes is not a message", n);
    if (p[2] != QN_MSG_VERSION)
        return qn_fail(err, QN_EINVAL, "message version %u, expected %d", p[2], QN_MSG_VERSION);
    len = qn_get32(p + 4);
    if (len > n - HEAD)
        return qn_fail(err, QN_EINVAL, "message text is longer than its packet");
    o = json_loadb((const char *)p + HEAD, len, JSON_REJECT_DUPLICATES, &je);
    if (!o)
        return qn_fail(err, QN_EINVAL, "message text is not JSON (byte %d)", je.position);
    r = decode_envelope(m, o, err);
    json_decref(o);
    if (r == 0)
        r = decode_secrets(m, p + HEAD + len, n - HEAD - len, p[3], err);
    if (r != 0)
        qn_msg_free(m);
    return r;
}
