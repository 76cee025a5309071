#include "web/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/secret.h"

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void html_text(struct qn_html *h, const char *s, size_t n)
{
    char clean[256];

    while (n > 0) {
        size_t part = n < sizeof clean ? n : sizeof clean - 1, from = 0, len;

        while (part < n && part > 1 && ((unsigned char)s[part] >> 6) == 2)
            part--; /* not inside a character */
        len = qn_utf8_copy(clean, sizeof clean, s, part);
        for (size_t i = 0; i < len; i++) {
            const char *e = escape_of(clean[i]);

            if (!e)
                continue;
            qn_buf_add(&h->buf, clean + from, i - from);
            qn_buf_puts(&h->buf, e);
            from = i + 1;
        }
        qn_buf_add(&h->buf, clean + from, len - from);
        s += part;
        n -= part;
    }
}

void qn_html_markup(struct qn_html *h, const char *fmt, ...)
{
    const char *at = fmt, *p;
    va_list ap;

    va_start(ap, fmt);
    for (; (p = strchr(at, '%')) != NULL; at = p) {
        qn_buf_add(&h->buf, at, (size_t)(p - at));
        if (strncmp(p, "%s", 2) == 0) {
            const char *s = va_arg(ap, const char *);

            html_text(h, s ? s : "", s ? strlen(s) : 0);
            p += 2;
        } else if (strncmp(p, "%d", 2) == 0) {
            qn_buf_printf(&h->buf, "%d", va_arg(ap, int));
            p += 2;
        } else if (strncmp(p, "%lld", 4) == 0) {
            qn_buf_printf(&h->buf, "%lld", va_arg(ap, long long));
            p += 4;
        } else if (strncmp(p, "%%", 2) == 0) {
            qn_buf_puts(&h->buf, "%");
            p += 2;
        } else {
            qn_panic("markup with %.4s", p);
        }
    }
    qn_buf_puts(&h->buf, at);
    va_end(ap);
}

void qn_html_cut(struct qn_html *h, const char *text, size_t max)
{
    size_t n = 0, characters = 0;

    while (text[n] && characters < max) {
        n++;
        while (((unsigned char)text[n] >> 6) == 2)
            n++;
        characters++;
    }
    html_text(h, text, n);
    if (text[n])
        qn_buf_puts(&h->buf, "\xe2\x80\xa6");
}

void qn_html_lines(struct qn_html *h, const char *text)
{
    for (;;) {
        size_t n = strcspn(text, "\n");

        html_text(h, text, n);
        if (!text[n])
            return;
        qn_buf_puts(&h->buf, "&#10;");
        text += n + 1;
    }
}

void qn_html_say(struct qn_html *h, enum qn_say what, const char *arg)
{
    const char *s = qn_say(what), *hole = strstr(s, "{}");

    if (hole) {
        html_text(h, s, (size_t)(hole - s));
        html_text(h, arg ? arg : "", arg ? strlen(arg) : 0);
        s = hole + 2;
    }
    html_text(h, s, strlen(s));
}

void qn_html_open(struct qn_html *h)
{
    memset(h, 0, sizeof *h);
    h->buf.max = QN_HTML_MAX;
}

void qn_html_free(struct qn_html *h)
{
    if (h->buf.data) /* a page may show a new PIN */
        qn_wipe(h->buf.data, h->buf.len);
    qn_buf_free(&h->buf);
}
