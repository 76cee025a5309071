/* How many pages a document has, counted while it streams by: for its owner to see, and to compare with what the printer counts. */
#ifndef QN_PAGES_H
#define QN_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intake/pdf-pages.h"

/* PostScript's document structuring comments: the lines that begin with "%%". */
struct qn_dsc {
    char line[64];               /* as much of the present one as matters */
    unsigned have;
    bool inside, begin;          /* within such a line; the next byte begins a line */
    int64_t depth;               /* of documents that are parts of this one */
    int64_t pages;               /* -1: not said yet */
};

struct qn_pages {
    enum { QN_PAGES_UNKNOWN, QN_PAGES_ONE, QN_PAGES_PDF, QN_PAGES_POSTSCRIPT } by;
    union {
        struct qn_pdf_pages pdf;
        struct qn_dsc dsc;
    } of;
};

/* format: a media type as qn_sniff_start() names it. Raster formats are qn_raster_feed()'s. */
void qn_pages_start(struct qn_pages *p, const char *format);

/* Follows the document from its first byte, in pieces of any size. */
void qn_pages_feed(struct qn_pages *p, const uint8_t *bytes, size_t n);

/* After the last byte: 1 to 100,000,000, or -1: not known. It is the document's own word: a document that lies deceives its owner alone.
 * Frees what there is; call it in any case. */
int64_t qn_pages_end(struct qn_pages *p);

#endif
