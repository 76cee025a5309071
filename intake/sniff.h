/* What a document is, by its first bytes, and whether it has the end its format demands. */
#ifndef QN_SNIFF_H
#define QN_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "intake/raster.h"

enum { QN_SNIFF_HEAD = 16, QN_SNIFF_TAIL = 4096 };

struct qn_format;

struct qn_sniff {
    const struct qn_format *format;
    struct qn_raster raster;
    uint8_t tail[QN_SNIFF_TAIL]; /* the last bytes seen */
    size_t tail_len;
};

/* Names the format of a document that begins with these n bytes (QN_SNIFF_HEAD are enough; fewer only if there are no more).
 * Returns the media type, NULL if it is none that we hold. */
const char *qn_sniff_start(struct qn_sniff *s, const uint8_t *head, size_t n);

/* Follows the document, all of it from its first byte, in pieces of any size. */
void qn_sniff_feed(struct qn_sniff *s, const uint8_t *p, size_t n);

/* True if what was fed ends as its format must: a filter that crashed looks like a clean end of input. */
bool qn_sniff_complete(const struct qn_sniff *s);

/* Pages of a raster document that is complete; -1 for other formats, which are not walked. */
int64_t qn_sniff_pages(const struct qn_sniff *s);

#endif
