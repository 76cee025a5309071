/* One request as the pages see it, and the reply they fill. */
#ifndef QN_WEB_H
#define QN_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/msg.h"
#include "web/admission.h"
#include "web/asset.h"
#include "web/form.h"
#include "web/html.h"
#include "web/route.h"

enum { QN_TOKEN = 32, QN_LOCATION_MAX = 2048 };

struct qn_rpc;

/* One process: set up once, then only read. */
struct qn_web {
    enum qn_instance instance;
    struct qn_rpc *rpc;      /* to the core */
    struct qn_authority *authority; /* of terminals' certificates; NULL but for the kiosk */
    const char **hosts;      /* names by which we may be called */
    size_t host_count;
    int idle_s;              /* an idle page goes back to the start after so many seconds */
};

enum qn_cookie_act { QN_COOKIE_KEEP, QN_COOKIE_SET, QN_COOKIE_CLEAR };

struct qn_reply {
    int status;                     /* HTTP; 0 until a page was opened */
    struct qn_html html;
    const struct qn_asset *asset;   /* instead of html */
    char location[QN_LOCATION_MAX]; /* of a 303 */
    enum qn_cookie_act session, terminal;
    uint8_t *session_token, *terminal_token; /* new ones, from qn_secret_alloc() */
    bool clear_cache;               /* log out: Clear-Site-Data */
    bool close;                     /* end the connection after it */
};

struct qn_request {
    const struct qn_web *web;
    const struct qn_route *route;
    char req[QN_REQUEST_TEXT];      /* follows the act into the core and its log */
    char target[QN_TARGET_MAX + 1]; /* path, and query after query_at */
    char address[64];               /* of the browser, for counting tries: IPv4, or the first half of IPv6; "" unknown */
    struct qn_admission admission;
    struct qn_form form;            /* fields of a POST, or of a GET's query */
    uint8_t *session, *terminal;    /* tokens of the cookies, from qn_secret_alloc(); NULL if there is none */
    uint8_t certificate[32];        /* SHA-256 of a terminal's certificate, */
    bool certified;                 /* if the connection proved to hold a good one */
    struct qn_msg who;              /* the core's answer to session.check; empty on routes without a session */
    struct qn_msg place;            /* the core's answer to terminal.hello; empty where nobody asked for it */
    enum qn_say place_state;        /* what the bar adds to the place; 0: nothing */
    struct qn_reply reply;
};

/* True if the session's person holds the role. */
bool qn_request_role(const struct qn_request *rq, const char *role);

/* Frees everything of a request (not the struct). */
void qn_request_free(struct qn_request *rq);

#endif
