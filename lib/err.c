#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

static void err_clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

int qn_fail(struct qn_err *err, int code, const char *fmt, ...)
{
    if (err) {
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        err_clean(err->text);
        err->code = code;
    }
    return code;
}

int qn_fail_errno(struct qn_err *err, const char *fmt, ...)
{
    int saved = errno;

    if (err) {
        size_t n;
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
        n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, ": %s", strerror(saved));
        err_clean(err->text);
        err->code = QN_EIO;
    }
    errno = saved;
    return QN_EIO;
}

int qn_prefix(struct qn_err *err, const char *where)
{
    char old[sizeof err->text];

    if (!err)
        return QN_EINTERNAL;
    memcpy(old, err->text, sizeof old);
    if (snprintf(err->text, sizeof err->text, "%s: %s", where, old) < 0)
        err->text[0] = '\0';
    return err->code;
}

static const struct {
    int code;
    const char *name;
} code_names[] = {
#define X(c, n, s) { c, s },
    QN_ERR_TABLE(X)
#undef X
};

const char *qn_code_name(int code)
{
    for (size_t i = 0; i < sizeof code_names / sizeof *code_names; i++)
        if (code_names[i].code == code)
            return code_names[i].name;
    return "internal";
}

int qn_code_parse(const char *name)
{
    for (size_t i = 0; name && i < sizeof code_names / sizeof *code_names; i++)
        if (strcmp(code_names[i].name, name) == 0)
            return code_names[i].code;
    return QN_EINTERNAL;
}

void qn_panic(const char *fmt, ...)
{
    char text[384];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    qn_log(QN_LOG_ERR, "panic: %s", text);
    abort();
}

void *qn_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);

    if (!p)
        qn_panic("no memory for %zu bytes", size);
    return p;
}

void *qn_realloc(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);

    if (!q)
        qn_panic("no memory for %zu bytes", size);
    return q;
}

char *qn_strdup(const char *s)
{
    char *p = strdup(s);

    if (!p)
        qn_panic("no memory for a string");
    return p;
}
