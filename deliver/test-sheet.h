/* A test page as a document in one of the formats that can be made without a renderer. */
#ifndef QN_TEST_SHEET_H
#define QN_TEST_SHEET_H

#include "lib/buf.h"

enum { QN_SHEET_LINES = 8, QN_SHEET_TEXT = 160 };

struct qn_sheet {
    bool letter;                                  /* North American paper instead of A4 */
    char line[QN_SHEET_LINES][QN_SHEET_TEXT];     /* UTF-8; the first is the title; "" ends them */
};

/* Media types that can be made, the best first; NULL past the end. */
const char *qn_sheet_format(unsigned i);

/* Adds the page in that format to out. What Helvetica of PDF and PostScript or ASCII can't show becomes "?". False for a format that
 * is none of ours. */
bool qn_sheet_make(const struct qn_sheet *s, const char *format, struct qn_buf *out);

#endif
