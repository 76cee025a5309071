#include "config.h"

#include "intake/raster.h"

#include <string.h>

#include "lib/buf.h"

enum { FILE_HEADER, PAGE_HEADER, REPEAT, RUN, DATA };
enum { PWG_FILE = 4, URF_FILE = 12, PWG_PAGE = QN_RASTER_HEADER, URF_PAGE = 32 };
/* Offsets in the headers: PWG 5102.4 section 4.3; URF as CUPS writes it. */
enum { PWG_HEIGHT = 376, PWG_BITS = 388, PWG_LINE = 392, PWG_TOTAL = 452, URF_TOTAL = 8, URF_BITS = 0, URF_WIDTH = 12, URF_HEIGHT = 16 };

void qn_raster_start(struct qn_raster *r, bool urf)
{
    memset(r, 0, sizeof *r);
    r->urf = urf;
    r->need = urf ? URF_FILE : PWG_FILE;
}

static void raster_expect(struct qn_raster *r, int state, size_t need)
{
    r->state = state;
    r->need = need;
    r->have = 0;
}

/* Reads what a page's header says about its size. */
static void page_begin(struct qn_raster *r)
{
    uint32_t bits;
    uint64_t line;

    if (r->urf) {
        bits = r->header[URF_BITS];
        r->lines = qn_get32(r->header + URF_HEIGHT);
        line = ((uint64_t)qn_get32(r->header + URF_WIDTH) * bits + 7) / 8;
    } else {
        bits = qn_get32(r->header + PWG_BITS);
        r->lines = qn_get32(r->header + PWG_HEIGHT);
        line = qn_get32(r->header + PWG_LINE);
        if (r->pages == 0)
            r->total = qn_get32(r->header + PWG_TOTAL);
    }
    if (bits == 0 || bits > 240 || line == 0 || line > UINT32_MAX || r->lines == 0) {
        r->bad = true;
        return;
    }
    r->unit = (bits + 7) / 8;
    r->line_bytes = (uint32_t)line;
    r->pages++;
    r->state = REPEAT;
}

static void header_done(struct qn_raster *r)
{
    if (r->state == FILE_HEADER) {
        if (r->urf)
            r->total = qn_get32(r->header + URF_TOTAL);
        raster_expect(r, PAGE_HEADER, r->urf ? URF_PAGE : PWG_PAGE);
    } else {
        page_begin(r);
    }
}

/* The line is full: it stands `repeat` times. */
static void line_done(struct qn_raster *r)
{
    if (r->repeat > r->lines) {
        r->bad = true;
        return;
    }
    r->lines -= r->repeat;
    if (r->lines)
        r->state = REPEAT;
    else
        raster_expect(r, PAGE_HEADER, r->urf ? URF_PAGE : PWG_PAGE);
}

/* A control byte: 0..127 repeat one pixel, 129..255 pixels as they are, 128 the rest of the line is white. */
static void run_begin(struct qn_raster *r, uint8_t control)
{
    uint64_t covers = control < 128 ? (control + 1ULL) * r->unit : (257ULL - control) * r->unit;

    if (control == 128) {
        line_done(r);
        return;
    }
    if (covers > r->left) {
        r->bad = true;
        return;
    }
    r->left -= (uint32_t)covers;
    r->skip = control < 128 ? r->unit : (uint32_t)covers;
    r->state = DATA;
}

/* Consumes at least one of n bytes; returns how many. */
static size_t raster_step(struct qn_raster *r, const uint8_t *p, size_t n)
{
    size_t take = 1;

    switch (r->state) {
    case REPEAT:
        r->repeat = p[0] + 1U;
        r->left = r->line_bytes;
        r->state = RUN;
        break;
    case RUN:
        run_begin(r, p[0]);
        break;
    case DATA:
        take = n < r->skip ? n : r->skip;
        r->skip -= (uint32_t)take;
        if (r->skip == 0) {
            r->state = RUN;
            if (r->left == 0)
                line_done(r);
        }
        break;
    default:
        take = n < r->need - r->have ? n : r->need - r->have;
        memcpy(r->header + r->have, p, take);
        r->have += take;
        if (r->have == r->need)
            header_done(r);
    }
    return take;
}

void qn_raster_feed(struct qn_raster *r, const uint8_t *p, size_t n)
{
    while (n && !r->bad) {
        size_t take = raster_step(r, p, n);

        p += take;
        n -= take;
    }
}

bool qn_raster_complete(const struct qn_raster *r)
{
    return !r->bad && r->state == PAGE_HEADER && r->have == 0 && r->pages > 0 && (r->total == 0 || r->total == r->pages);
}
