/* Files that are compiled in: the style sheet and the mark. Their paths carry a version, so that they may be kept
 * for long. */
#ifndef QN_ASSET_H
#define QN_ASSET_H

#include <stddef.h>

struct qn_asset {
    const char *type;           /* media type */
    const unsigned char *bytes; /* never changes */
    size_t len;
};

struct qn_request;

/* Route handlers. */
void qn_asset_style(struct qn_request *rq);
void qn_asset_mark(struct qn_request *rq);

/* The mark again, never cached, with an order to the browser to drop what it keeps of us (see qn_page_forget()). */
void qn_asset_forget(struct qn_request *rq);

#endif
