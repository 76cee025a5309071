/* Walks PWG raster (PWG 5102.4) and URF without decoding, to see whether the last page is whole. */
#ifndef QN_RASTER_H
#define QN_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QN_RASTER_HEADER = 1796 };

struct qn_raster {
    uint8_t header[QN_RASTER_HEADER];
    size_t have, need;          /* bytes of header collected, and wanted */
    int state;
    bool urf, bad;
    uint32_t pages, total;      /* seen, and announced (0: not) */
    uint32_t lines;             /* left on this page */
    uint32_t line_bytes, left;  /* of a line; left of this one */
    uint32_t unit;              /* bytes of a pixel */
    uint32_t skip;              /* data bytes to pass over */
    uint32_t repeat;            /* times this line stands */
};

void qn_raster_start(struct qn_raster *r, bool urf);
void qn_raster_feed(struct qn_raster *r, const uint8_t *p, size_t n);

/* True after a whole number of pages, at least one, and as many as announced. */
bool qn_raster_complete(const struct qn_raster *r);

#endif
