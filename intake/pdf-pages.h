/* The pages of a PDF, counted while it streams by: trailer -> catalog -> root of the page tree -> its Count. */
#ifndef QN_PDF_PAGES_H
#define QN_PDF_PAGES_H

#include "intake/pdf-walk.h"

/* Nodes that may turn out to be the ones: the last of each number, and if there are more of them the newest. */
enum { QN_PDF_CATALOGS = 16, QN_PDF_TREES = 64 };
struct qn_pdf_node { int64_t number, says; };

struct qn_pdf_pages {
    struct qn_pdf_walk walk;
    int at;                      /* what the next byte is of */
    uint64_t left;               /* bytes of the stream that are still to come, if its length is known */
    unsigned matched;            /* of "endstream" */
    bool packed;                 /* it is a readable object stream */
    bool blind;                  /* something that may matter can't be read: not known */
    int64_t root;                /* the catalog's number; -1: none yet */
    struct qn_pdf_node catalog[QN_PDF_CATALOGS], tree[QN_PDF_TREES];
    unsigned catalogs, trees;    /* ever put */
    uint64_t idle, idle_max;     /* bytes since the last object, not counting streams; more than that is no PDF */
    uint64_t unpacked;           /* bytes out of object streams */
    struct qn_pdf_pack *pack;    /* NULL until the first object stream */
};

/* From the first byte on. Frees nothing: call it once. */
void qn_pdf_pages_start(struct qn_pdf_pages *p);

/* The next bytes, in pieces of any size. Object streams (ISO 32000-1 section 7.5.7) are inflated, up to 1 MiB each and 64 MiB in all:
 * beyond that, with another filter or an encryption, the pages are not known, and neither are those of what has no object in its first
 * 256 KiB or between two of them 16 MiB of something else. Nothing is looked at any more from there. */
void qn_pdf_pages_feed(struct qn_pdf_pages *p, const uint8_t *bytes, size_t n);

/* After the last byte: what the document says of its pages, 1 to 100,000,000, or -1: not known. Frees what there is. */
int64_t qn_pdf_pages_end(struct qn_pdf_pages *p);

#endif
