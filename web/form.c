#include "web/form.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes n bytes into out (room for n and a NUL). The length, or -1 for a bad escape. */
static int form_decode(char *out, const char *in, size_t n)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        int high, low;

        if (in[i] == '+') {
            out[len++] = ' ';
        } else if (in[i] != '%') {
            out[len++] = in[i];
        } else {
            if (n - i < 3 || (high = hex_digit(in[i + 1])) < 0 || (low = hex_digit(in[i + 2])) < 0)
                return -1;
            out[len++] = (char)(high << 4 | low);
            i += 2;
        }
    }
    out[len] = '\0';
    return (int)len;
}

static bool name_ok(const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '-'))
            return false;
    return n >= 1 && n <= QN_FORM_NAME;
}

/* What a text area sends, in place: lines end in LF alone and each is clean. The new length, or -1. */
static int form_lines(char *value, int len)
{
    int to = 0, line = 0;

    for (int i = 0; i < len; i++)
        if (value[i] != '\r' || value[i + 1] != '\n')
            value[to++] = value[i] == '\t' ? ' ' : value[i];
    value[to] = '\0';
    for (int i = 0; i <= to; i++)
        if (i == to || value[i] == '\n') {
            if (!qn_utf8_clean(value + line, (size_t)(i - line)))
                return -1;
            line = i + 1;
        }
    return to;
}

/* Adds the field in text (n bytes, without "&"), its name and value at *room, which moves on. */
static int form_field(struct qn_form *f, const char *text, size_t n, char **room, struct qn_err *err)
{
    const char *equals = memchr(text, '=', n);
    size_t name = equals ? (size_t)(equals - text) : n;
    char *value;
    int len;

    if (!equals || !name_ok(text, name))
        return qn_fail(err, QN_EINVAL, "form field %zu has no proper name", f->count + 1);
    if (f->count == QN_FORM_FIELDS)
        return qn_fail(err, QN_EINVAL, "form has more than %d fields", QN_FORM_FIELDS);
    memcpy(*room, text, name);
    (*room)[name] = '\0';
    if (strcmp(*room, "job") != 0 && strcmp(*room, "again") != 0 && qn_form_get(f, *room))
        return qn_fail(err, QN_EINVAL, "form field %s is repeated", *room);
    value = *room + name + 1;
    len = form_decode(value, equals + 1, n - name - 1);
    if (len > 0 && strcmp(*room, "policy") == 0)
        len = form_lines(value, len);
    else if (len > 0 && !qn_utf8_clean(value, (size_t)len))
        len = -1;
    if (len < 0)
        return qn_fail(err, QN_EINVAL, "form field %s is not clean text", *room);
    f->field[f->count].name = *room;
    f->field[f->count].value = value;
    f->count++;
    *room = value + len + 1;
    return 0;
}

int qn_form_parse(struct qn_form *f, const char *text, size_t n, struct qn_err *err)
{
    char *room;
    int r = 0;

    memset(f, 0, sizeof *f);
    if (n > QN_FORM_MAX)
        return qn_fail(err, QN_EINVAL, "form of %zu bytes is larger than %d", n, QN_FORM_MAX);
    if (n == 0)
        return 0;
    f->size = n + 2; /* each field shrinks or keeps its length: "=" and "&" become the two NULs */
    f->store = room = qn_alloc(f->size);
    for (size_t at = 0, len; at <= n && r == 0; at += len + 1) {
        const char *end = memchr(text + at, '&', n - at);

        len = end ? (size_t)(end - text) - at : n - at;
        r = form_field(f, text + at, len, &room, err);
    }
    if (r != 0)
        qn_form_free(f);
    return r;
}

void qn_form_free(struct qn_form *f)
{
    if (f->store)
        qn_wipe(f->store, f->size);
    free(f->store);
    memset(f, 0, sizeof *f);
}

const char *qn_form_get(const struct qn_form *f, const char *name)
{
    size_t at = 0;

    return qn_form_next(f, name, &at);
}

const char *qn_form_next(const struct qn_form *f, const char *name, size_t *at)
{
    while (*at < f->count) {
        size_t i = (*at)++;

        if (strcmp(f->field[i].name, name) == 0)
            return f->field[i].value;
    }
    return NULL;
}
