/* What the console's pages have in common: the frame with the menu, tables, acts that may want the password once more. */
#ifndef QN_CONSOLE_PAGE_H
#define QN_CONSOLE_PAGE_H

#include "web/page.h"
#include "web/rpc.h"

enum { QN_CONSOLE_ROWS = 25 }; /* of a list on a page */

/* Starts a page: the menu that the person's roles have, the title, and what a redirect to it says was done ("done" in its query). menu
 * is the menu's entry that the page belongs to. */
void qn_console_open(struct qn_request *rq, enum qn_say menu, enum qn_say title);

/* True if one of the person's roles is in the list (separated by spaces). It decides what is offered; the core decides what is done. */
bool qn_console_may(const struct qn_request *rq, const char *roles);

/* The path of the first page of the menu that the person has; NULL if there is none. */
const char *qn_console_first(const struct qn_request *rq);

/* Sends ask, which this frees, as qn_ask(). A form that brings the password along has it taken for the session first; when the core
 * wants it and there is none, or it is wrong, the reply becomes a page that asks for it and then posts the same form again: negative. */
int qn_console_ask(struct qn_request *rq, struct qn_msg *ask, struct qn_msg *answer);

/* qn_console_ask(), and an answer that is not ok becomes a page that gives the core's reason and a way back. 0 with *answer, which the
 * caller frees; else negative with the reply filled. */
int qn_console_get(struct qn_request *rq, struct qn_msg *ask, const char *back, struct qn_msg *answer);

/* The same for an act that answers nothing: then goes to path, where done (key of the catalogue's "done-" sentences) is said. */
void qn_console_act(struct qn_request *rq, struct qn_msg *ask, const char *path, const char *done);

/* Form fields into a message: a required text of at most max bytes under the same name. False, with the page of a bad request. */
bool qn_console_take(struct qn_request *rq, struct qn_msg *ask, const char *name, size_t max);

/* All rows of a verb that lists by name (20 pages of it at most), which the caller drops; NULL with the reply filled. The row with that
 * name, or NULL. */
json_t *qn_console_rows(struct qn_request *rq, const char *verb, const char *field);
json_t *qn_console_find(const json_t *rows, const char *name);

/* "bad request", as a whole page. */
void qn_console_bad(struct qn_request *rq);

/* A table with these heads; its end, with a link to the next page if next is not NULL. */
void qn_console_table(struct qn_html *h, const enum qn_say *names, size_t n);
void qn_console_pages(struct qn_html *h, const char *path, const char *cursor, const char *next);

/* A cell with a time ("2026-11-20T08:14:03.512Z", or ms; 0 is a dash); a row of a name and a text (NULL is none). */
void qn_console_time(struct qn_html *h, const char *time);
void qn_console_time_ms(struct qn_html *h, int64_t ms);
void qn_console_row(struct qn_html *h, enum qn_say name, const char *text);

/* A list of texts; none is said if it is empty. Words after each other, with commas. */
void qn_console_texts(struct qn_html *h, const json_t *texts, enum qn_say none);
void qn_console_words(struct qn_html *h, const json_t *words);

/* A field with a label: text of at most max bytes, with this value; a required reason. */
void qn_console_field(struct qn_html *h, const char *name, enum qn_say label, enum qn_say hint, int max, const char *value);
void qn_console_reason(struct qn_html *h);

/* The end of a form: the button that sends it, and a way out of it. */
void qn_console_submit(struct qn_html *h, enum qn_say go, const char *cancel);

/* A hidden field. */
void qn_console_hidden(struct qn_html *h, const char *name, const char *value);

/* The document of a request or policy (JSON text) in lines, folded away. */
void qn_console_document(struct qn_html *h, const char *document);

/* The dry run of a proposal and a button that proposes it: asks the core what operation with document (JSON text) would do. An answer
 * that the document is wrong comes back as its sentence in wrong (size bytes) and the reply unfilled: false; else true. */
bool qn_console_dry(struct qn_request *rq, const char *operation, const char *document, const char *ticket, char *wrong, size_t size);

/* A choice of these values (ended by NULL), each under its catalogue key prefix. */
void qn_console_choice(struct qn_html *h, const char *name, enum qn_say label, const char *const *values, const char *prefix,
                       const char *chosen);

#endif
