/* Which pages, and how many of them on a sheet: what of it the printer does, and what pdftopdf(1) has to do before. One table. */
#ifndef QN_LAYOUT_H
#define QN_LAYOUT_H

#include <cups/ipp.h>
#include <jansson.h>
#include <stdbool.h>

#include "lib/err.h"

enum { QN_LAYOUT_PASSES = 2, QN_LAYOUT_TEXT = 2048 };

struct qn_layout {
    unsigned passes;                                /* 0: nothing is to be done */
    char options[QN_LAYOUT_PASSES][QN_LAYOUT_TEXT]; /* of each pass, as the filter reads them; qn_layout_allowed() */
    json_t *rest;                                   /* the job's options without those that the passes do */
};

/* Decides for a document of that format with those options (name to text) what is left to the printer with those attributes.
 * The caller frees with qn_layout_free(). QN_EUNSUPPORTED if it asks for pages or layout that neither can do: the text says which. */
int qn_layout_plan(struct qn_layout *l, json_t *options, const char *format, ipp_t *facts, struct qn_err *err);
void qn_layout_free(struct qn_layout *l);

/* True if text is nothing but options that a plan may hold, each with a harmless value. */
bool qn_layout_allowed(const char *text);

#endif
