/* An object stream of a PDF (ISO 32000-1 section 7.5.7): inflated as it comes, then its objects one by one. */
#ifndef QN_PDF_PACK_H
#define QN_PDF_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QN_PDF_PACK_MAX = 1 << 20 };

struct qn_pdf_pack;

/* Makes *p unless there is one from another stream. flate: its bytes are compressed; count: how many objects it has; first: where the
 * first one begins. False if these can't be. Freed with qn_pdf_pack_free(). */
bool qn_pdf_pack_start(struct qn_pdf_pack **p, bool flate, int64_t count, int64_t first);
void qn_pdf_pack_free(struct qn_pdf_pack **p);

/* The stream's next bytes, less than 4 GiB; what stands behind compressed data is left out. False if they are not zlib's, or if it is
 * larger than QN_PDF_PACK_MAX inflated. */
bool qn_pdf_pack_feed(struct qn_pdf_pack *p, const uint8_t *bytes, size_t n);
size_t qn_pdf_pack_size(const struct qn_pdf_pack *p); /* inflated, so far */

/* Its end. False if it was cut. */
bool qn_pdf_pack_end(struct qn_pdf_pack *p);

/* Then each object: 1 with its number and its bytes (valid until the next stream), 0 after the last, -1 if the table is broken. They
 * stand one behind the other, so all of them together are no longer than the stream. */
int qn_pdf_pack_next(struct qn_pdf_pack *p, int64_t *number, const uint8_t **bytes, size_t *n);

#endif
