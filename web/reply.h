/* The one place that answers: every reply with the same headers. */
#ifndef QN_REPLY_H
#define QN_REPLY_H

#include <microhttpd.h>

#include "web/web.h"

/* Queues rq->reply on the connection and wipes its tokens. */
enum MHD_Result qn_reply_send(struct MHD_Connection *conn, struct qn_request *rq);

#endif
