/* Reads the syntax of a PDF (ISO 32000-1 section 7) as far as counting pages needs it: which objects there are, and a few members of each
 * one's own dictionary. It looks at every byte outside of streams once, keeps none, and takes anything. */
#ifndef QN_PDF_WALK_H
#define QN_PDF_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Members that matter: integers, references, or a name. */
enum qn_pdf_key {
    QN_PDF_OTHER, QN_PDF_TYPE, QN_PDF_FILTER, QN_PDF_COUNT, QN_PDF_FIRST, QN_PDF_LENGTH, QN_PDF_N, QN_PDF_PAGES, QN_PDF_PARENT,
    QN_PDF_ROOT, QN_PDF_KEYS,
};
enum qn_pdf_type { QN_PDF_NO_TYPE, QN_PDF_CATALOG, QN_PDF_TREE, QN_PDF_PACKED, QN_PDF_XREF };

/* A member's value: 0 or more. is: there is one. ref: n is the number of the object that has it. */
struct qn_pdf_value { bool is, ref; int64_t n; };

struct qn_pdf_object {
    int64_t number;              /* -1: a trailer's dictionary */
    enum qn_pdf_type type;
    struct qn_pdf_value value[QN_PDF_KEYS];
    unsigned filters;            /* of its stream */
    bool flate;                  /* the last of them is FlateDecode */
};

enum qn_pdf_event {
    QN_PDF_MORE,                 /* all bytes are read, nothing has happened */
    QN_PDF_OBJECT,               /* an object's or a trailer's dictionary is complete */
    QN_PDF_STREAM,               /* the keyword "stream" of that object was read, the line's end behind it not yet */
};

enum { QN_PDF_TOKEN = 16 };       /* longer ones are cut */

struct qn_pdf_walk {
    struct qn_pdf_object object; /* the present or the last one */
    int lex;                     /* what a byte belongs to */
    char token[QN_PDF_TOKEN];     /* a name with its slash, a number or a word */
    unsigned token_len, parens;
    unsigned depth;              /* of dictionaries and arrays */
    bool inside, closed;         /* between "obj" and "endobj", or behind "trailer"; its dictionary was read */
    bool is_dict, want_value;    /* the outermost is a dictionary; its next member's value follows */
    enum qn_pdf_key key;
    int64_t number[2];           /* the last integers in a row */
    unsigned numbers;
};

/* number: the walk is inside of an object of that number already, as those in object streams are; -1: at the start of a file. */
void qn_pdf_walk_start(struct qn_pdf_walk *w, int64_t number);

/* Reads up to the first event; returns how many of the n bytes that took. After QN_PDF_STREAM the caller skips the stream and starts
 * again, from -1, behind its "endstream". */
size_t qn_pdf_walk(struct qn_pdf_walk *w, const uint8_t *p, size_t n, enum qn_pdf_event *event);

#endif
