/* Between libmicrohttpd and the pages: admits requests, collects bodies, finds routes, sends replies. */
#ifndef QN_EDGE_H
#define QN_EDGE_H

#include "web/web.h"

struct qn_edge_options {
    int listener;              /* a listening socket; the edge then owns it */
    const char *certificate, *key; /* PEM texts; may go after the start */
    const char *trust;         /* whose client certificates are asked for, PEM; NULL: anybody's, or none */
    unsigned connections, per_address;
};

/* Serves web until qn_edge_stop(): threads of the library's own. NULL, and a line in the log, if it can't. */
struct MHD_Daemon *qn_edge_start(const struct qn_web *web, const struct qn_edge_options *o);
void qn_edge_stop(struct MHD_Daemon *daemon);

#endif
