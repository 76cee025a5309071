#include "web/reply.h"

#include <string.h>

#include "lib/secret.h"
#include "web/cookie.h"

enum { TERMINAL_AGE = 400 * 24 * 3600 };

/* Referrer-Policy is same-origin, not no-referrer: with the latter, browsers send "Origin: null" with our own forms. */
static const struct { const char *name, *value; } always[] = {
    { "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                                 "frame-ancestors 'none'; base-uri 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" },
    { "Referrer-Policy", "same-origin" },
    { "Strict-Transport-Security", "max-age=31536000; includeSubDomains" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

static void cookie_header(struct MHD_Response *response, const char *name, enum qn_cookie_act act, const uint8_t *token, int age)
{
    char text[QN_COOKIE_TEXT];

    if (act == QN_COOKIE_KEEP)
        return;
    qn_cookie_write(text, name, act == QN_COOKIE_SET ? token : NULL, age);
    MHD_add_response_header(response, "Set-Cookie", text);
    qn_wipe(text, sizeof text);
}

static struct MHD_Response *response_body(struct qn_reply *reply)
{
    struct qn_buf *b = &reply->html.buf;
    struct MHD_Response *response;

    if (reply->asset) {
        union { const void *in; void *out; } bytes = { reply->asset->bytes };

        response = MHD_create_response_from_buffer(reply->asset->len, bytes.out, MHD_RESPMEM_PERSISTENT);
    } else {
        response = MHD_create_response_from_buffer(b->len, b->data, MHD_RESPMEM_MUST_COPY);
    }
    if (!response)
        qn_panic("no memory for a reply");
    return response;
}

static void response_headers(struct MHD_Response *response, struct qn_request *rq)
{
    struct qn_reply *reply = &rq->reply;
    bool kept = reply->asset && !reply->clear_cache;

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i].name, always[i].value);
    MHD_add_response_header(response, "Content-Type", reply->asset ? reply->asset->type : "text/html; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", kept ? "public, max-age=31536000, immutable" : "no-store");
    if (reply->status == 303)
        MHD_add_response_header(response, "Location", reply->location);
    if (reply->status == 405)
        MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    if (reply->clear_cache)
        MHD_add_response_header(response, "Clear-Site-Data", "\"cache\"");
    cookie_header(response, qn_cookie_session(rq->web->instance), reply->session, reply->session_token, 0);
    cookie_header(response, QN_COOKIE_TERMINAL, reply->terminal, reply->terminal_token, TERMINAL_AGE);
    if (reply->close || reply->status >= 400 || rq->admission.body)
        MHD_add_response_header(response, "Connection", "close");
}

enum MHD_Result qn_reply_send(struct MHD_Connection *conn, struct qn_request *rq)
{
    struct MHD_Response *response = response_body(&rq->reply);
    enum MHD_Result r;

    response_headers(response, rq);
    r = MHD_queue_response(conn, (unsigned)rq->reply.status, response);
    MHD_destroy_response(response);
    return r;
}
