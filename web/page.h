/* The frame around every page, forms, and pages that only say something. */
#ifndef QN_PAGE_H
#define QN_PAGE_H

#include "web/web.h"

struct qn_page {
    enum qn_say title;
    int status;             /* HTTP */
    int refresh;            /* seconds until the browser goes to refresh_to; 0: never */
    const char *refresh_to; /* a path of ours */
};

/* Starts a page (dropping one begun before): head, bar with the person and "log out". */
void qn_page_open(struct qn_request *rq, const struct qn_page *page);

/* Ends it. One that did not fit becomes "not available". */
void qn_page_close(struct qn_request *rq);

/* A line that stands out: what just happened. bad: something did not work. */
void qn_page_notice(struct qn_request *rq, enum qn_say what, bool bad);

/* Opens a form that posts to a route of this instance, with its form token. The caller writes the fields and
 * "</form>". */
void qn_page_form(struct qn_request *rq, const char *action);

/* The whole page: a title, a sentence, and a way back to the start. */
void qn_page_error(struct qn_request *rq, int status, enum qn_say title, enum qn_say text);

/* On a page that ends a session. Browsers keep the page before this one in memory, "no-store" or not, and "back"
 * would show it. Only an answer that comes after this page has taken its place makes them drop it: the one to the
 * image put here. */
void qn_page_forget(struct qn_request *rq);

/* 303 See Other to a path of ours. */
void qn_page_redirect(struct qn_request *rq, const char *path);

/* Where this instance begins: "/kiosk", "/me", "/admin". */
const char *qn_page_start(const struct qn_web *web);

#endif
