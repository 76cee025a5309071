/* What a person is told above their jobs, until they say that they have read it. */
#ifndef QN_WEB_NOTICE_H
#define QN_WEB_NOTICE_H

#include "web/web.h"

/* Asks for the person's notices and adds the first ones (at most max) to the page, each with its button. Without a page to show them on
 * they wait: a failure adds nothing. */
void qn_notices_show(struct qn_request *rq, unsigned max);

/* The form's notice has been read. 0, or negative with the reply filled. */
int qn_notice_seen(struct qn_request *rq);

/* A time as people read one: "2026-11-28 10:00 UTC". */
void qn_view_time(struct qn_html *h, int64_t ms);

#endif
