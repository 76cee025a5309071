#include "config.h"

#include "intake/pages.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 8 };

/* "%%Pages: 12", also with a page order behind it; "(atend)" says nothing yet. */
static void dsc_line(struct qn_dsc *d)
{
    static const char begin[] = "%%BeginDocument:", end[] = "%%EndDocument", pages[] = "%%Pages:";
    const char *at = d->line + sizeof pages - 1;
    size_t digits;

    d->line[d->have] = '\0';
    if (strncmp(d->line, begin, sizeof begin - 1) == 0)
        d->depth++;
    else if (strncmp(d->line, end, sizeof end - 1) == 0)
        d->depth -= d->depth > 0;
    else if (d->depth == 0 && strncmp(d->line, pages, sizeof pages - 1) == 0) {
        at += strspn(at, " \t");
        digits = strspn(at, "0123456789");
        if (digits > 0 && digits <= DIGITS_MAX)
            d->pages = strtoll(at, NULL, 10);
    }
    d->have = 0;
    d->inside = false;
}

static bool is_end(uint8_t c)
{
    return c == '\n' || c == '\r';
}

/* Within a line that may be a comment; returns how many bytes that took. */
static size_t dsc_take(struct qn_dsc *d, const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (i < n && !is_end(p[i])) {
        if (d->have < 2 && p[i] != '%') { /* it isn't */
            d->inside = false;
            d->have = 0;
            return i;
        }
        if (d->have < sizeof d->line - 1)
            d->line[d->have++] = (char)p[i];
        i++;
    }
    if (i < n)
        dsc_line(d);
    return i;
}

static void dsc_feed(struct qn_dsc *d, const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n, *at = p;

    while (at < end) {
        if (!d->inside) {
            const uint8_t *next = memchr(at, '%', (size_t)(end - at));

            if (!next)
                break;
            d->inside = next > p ? is_end(next[-1]) : d->begin;
            at = next + !d->inside;
        } else {
            at += dsc_take(d, at, (size_t)(end - at));
        }
    }
    if (n > 0)
        d->begin = is_end(end[-1]);
}

void qn_pages_start(struct qn_pages *p, const char *format)
{
    if (strcmp(format, "application/pdf") == 0) {
        p->by = QN_PAGES_PDF;
        qn_pdf_pages_start(&p->of.pdf);
    } else if (strcmp(format, "application/postscript") == 0) {
        p->by = QN_PAGES_POSTSCRIPT;
        p->of.dsc = (struct qn_dsc){ .begin = true, .pages = -1 };
    } else {
        p->by = strcmp(format, "image/jpeg") == 0 ? QN_PAGES_ONE : QN_PAGES_UNKNOWN;
    }
}

void qn_pages_feed(struct qn_pages *p, const uint8_t *bytes, size_t n)
{
    if (p->by == QN_PAGES_PDF)
        qn_pdf_pages_feed(&p->of.pdf, bytes, n);
    else if (p->by == QN_PAGES_POSTSCRIPT)
        dsc_feed(&p->of.dsc, bytes, n);
}

int64_t qn_pages_end(struct qn_pages *p)
{
    struct qn_dsc *d = &p->of.dsc;

    switch (p->by) {
    case QN_PAGES_ONE:
        return 1;
    case QN_PAGES_PDF:
        return qn_pdf_pages_end(&p->of.pdf);
    case QN_PAGES_POSTSCRIPT:
        if (d->inside)
            dsc_line(d);
        return d->pages > 0 ? d->pages : -1;
    default:
        return -1;
    }
}
