/* What a printer offers, what a job's sender asked for and what it takes, in people's words. */
#ifndef QN_OPTION_VIEW_H
#define QN_OPTION_VIEW_H

#include "web/web.h"

enum { QN_OPTIONS = 4, QN_COPIES_MAX = 999 }; /* as many as the core takes in a release */

/* What may be changed at release besides the number of copies. */
struct qn_option {
    const char *field;   /* in our forms */
    const char *name;    /* IPP's, as in job.list and job.release */
    const char *offered; /* the member of device.offer's answer */
    const char *words;   /* prefix of its values in the catalogue */
    const char *itself;  /* the value that every printer has */
    bool told;           /* a printer that names none has only that one; of the others nothing is known then */
    enum qn_say label;
};

extern const struct qn_option qn_options[QN_OPTIONS];

/* Adds the words for a value of it: keywords or, for finishings, also numbers (PWG 5100.1), with commas between. What the
 * catalogue doesn't know is shown as it is, with spaces. */
void qn_option_words(struct qn_html *h, const struct qn_option *o, const char *value);

/* What the sender of a job asked for, "" for nothing. row: of job.list. */
const char *qn_option_asked(const json_t *row, const struct qn_option *o);

/* True if the printer (an answer of device.offer) has that value, by its words; also where it is not known what it has. */
bool qn_option_offered(const struct qn_msg *offer, const struct qn_option *o, const char *value);

/* Adds to a job's line, after dots, what the job asks for and the printer hasn't: by the row's "lacks" if it is the printer that job.list
 * means (own), else by what it offers. A warning; but colours that come out in black and white are told as a fact, since drivers ask for
 * colour by themselves. */
void qn_option_lacks(struct qn_html *h, const json_t *row, const struct qn_msg *offer, bool own);

/* Pages and sheets of several jobs. */
struct qn_cost {
    int64_t pages, sheets;
    bool some;  /* at least one job's pages are known */
    bool part;  /* but of another they are not */
    bool about; /* something may make it fewer or more */
};

/* Adds a job (a row of job.list) that is printed in so many copies (0: as asked) and with these sides ("": as asked, or as the
 * printer does it if nothing was). */
void qn_cost_add(struct qn_cost *cost, const json_t *row, int64_t copies, const char *sides, const struct qn_msg *offer);

/* "12 pages on 6 sheets", "at least 3 pages on 3 sheets". */
void qn_cost_show(struct qn_html *h, const struct qn_cost *cost);

/* "1 page", "12 pages". */
void qn_pages_show(struct qn_html *h, int64_t pages);

#endif
