#include "config.h"

#include "intake/sniff.h"

#include <string.h>

struct qn_format {
    const char *name;
    const char *begin;
    size_t begin_len;
    const char *end;     /* the last bytes, before padding; NULL: the raster walk knows */
    size_t end_len;
    const char *padding; /* what may stand behind the end */
    size_t padding_len;
};

#define TEXT(s) s, sizeof s - 1

/* The formats that are held. PDF's white space is that of ISO 32000-1 table 1; ^D ends PostScript on a serial line. */
static const struct qn_format formats[] = {
    { "application/pdf", TEXT("%PDF-"), TEXT("%%EOF"), TEXT("\0\t\n\f\r ") },
    { "application/postscript", TEXT("%!"), TEXT("%%EOF"), TEXT("\t\n\f\r \x04") },
    { "image/jpeg", TEXT("\xff\xd8\xff"), TEXT("\xff\xd9"), NULL, 0 },
    { "image/pwg-raster", TEXT("RaS2PwgRaster\0"), NULL, 0, NULL, 0 },
    { "image/urf", TEXT("UNIRAST\0"), NULL, 0, NULL, 0 },
};

const char *qn_sniff_start(struct qn_sniff *s, const uint8_t *head, size_t n)
{
    s->format = NULL;
    s->tail_len = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats && !s->format; i++)
        if (n >= formats[i].begin_len && memcmp(head, formats[i].begin, formats[i].begin_len) == 0)
            s->format = &formats[i];
    if (!s->format)
        return NULL;
    if (!s->format->end)
        qn_raster_start(&s->raster, s->format->begin[0] == 'U');
    return s->format->name;
}

void qn_sniff_feed(struct qn_sniff *s, const uint8_t *p, size_t n)
{
    size_t keep = sizeof s->tail;

    if (!s->format->end) {
        qn_raster_feed(&s->raster, p, n);
        return;
    }
    if (n >= keep) {
        memcpy(s->tail, p + n - keep, keep);
        s->tail_len = keep;
        return;
    }
    if (s->tail_len > keep - n) {
        memmove(s->tail, s->tail + s->tail_len - (keep - n), keep - n);
        s->tail_len = keep - n;
    }
    memcpy(s->tail + s->tail_len, p, n);
    s->tail_len += n;
}

bool qn_sniff_complete(const struct qn_sniff *s)
{
    const struct qn_format *f = s->format;
    size_t n = s->tail_len;

    if (!f->end)
        return qn_raster_complete(&s->raster);
    while (n && f->padding_len && memchr(f->padding, s->tail[n - 1], f->padding_len))
        n--;
    return n >= f->end_len && memcmp(s->tail + n - f->end_len, f->end, f->end_len) == 0;
}

int64_t qn_sniff_pages(const struct qn_sniff *s)
{
    return s->format->end ? -1 : (int64_t)s->raster.pages;
}
