#include "web/edge.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/secret.h"
#include "web/certificate.h"
#include "web/cookie.h"
#include "web/deadline.h"
#include "web/guard.h"
#include "web/page.h"
#include "web/reply.h"

enum { HEAD_MAX = 32768, STACK = 512 * 1024, IDLE_S = 30 };

static const char priorities[] =
    "SECURE192:SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:"
    "-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA:+GROUP-ALL:%SAFE_RENEGOTIATION:%SERVER_PRECEDENCE";

/* One request on its way in. */
struct edge_request {
    struct qn_request rq;
    bool begun;
    char *body;
    size_t got;
};

static struct qn_deadline *deadline_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

static void *session_of(struct MHD_Connection *conn)
{
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return tls ? tls->tls_session : NULL;
}

static void edge_connection(void *cls, struct MHD_Connection *conn, void **context, enum MHD_ConnectionNotificationCode code)
{
    const struct qn_web *web = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *fd = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
        void *session = session_of(conn);

        *context = qn_deadline_add(fd->connect_fd, session);
        if (web->authority && session)
            gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    } else if (*context) {
        qn_deadline_remove(*context);
        *context = NULL;
    }
}

/* Whoever has one address of an IPv6 network has them all: half of it is what counts. */
static void edge_address(struct MHD_Connection *conn, char *out, socklen_t size)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = info ? info->client_addr : NULL;
    union { const struct sockaddr *any; const struct sockaddr_in *v4; const struct sockaddr_in6 *v6; } from = { sa };

    if (sa && sa->sa_family == AF_INET) {
        inet_ntop(AF_INET, &from.v4->sin_addr, out, size);
    } else if (sa && sa->sa_family == AF_INET6) {
        struct in6_addr a = from.v6->sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(&a)) {
            inet_ntop(AF_INET, a.s6_addr + 12, out, size);
            return;
        }
        memset(a.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &a, out, size);
    }
}

/* The request line is there: the only place that sees the target as it came. What it returns is the request's
 * context. */
static void *edge_target(void *cls, const char *target, struct MHD_Connection *conn)
{
    struct edge_request *e = qn_alloc(sizeof *e);
    struct qn_deadline *d = deadline_of(conn);

    e->rq.web = cls;
    qn_request_make(e->rq.req);
    edge_address(conn, e->rq.address, sizeof e->rq.address);
    qn_admit_target(&e->rq.admission, target);
    if (!e->rq.admission.status)
        snprintf(e->rq.target, sizeof e->rq.target, "%s", target);
    if (d)
        qn_deadline_enter(d, QN_PHASE_HEAD);
    return e;
}

static enum MHD_Result edge_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                   size_t value_len)
{
    (void)kind;
    qn_admit_header(cls, name ? name : "", name_len, value ? value : "", value_len);
    return MHD_YES;
}

static enum MHD_Result edge_send(struct MHD_Connection *conn, struct edge_request *e)
{
    struct qn_deadline *d = deadline_of(conn);

    if (d)
        qn_deadline_enter(d, QN_PHASE_REPLY);
    qn_log(QN_LOG_DEBUG, "%s %s: %d", e->rq.req, e->rq.route ? e->rq.route->path : "refused", e->rq.reply.status);
    return qn_reply_send(conn, &e->rq);
}

static enum MHD_Result edge_refuse(struct MHD_Connection *conn, struct edge_request *e, int status)
{
    bool lost = status == 404;

    qn_page_error(&e->rq, status, lost ? QN_SAY_LOST_TITLE : QN_SAY_BAD_TITLE, lost ? QN_SAY_LOST_TEXT : QN_SAY_BAD_TEXT);
    return edge_send(conn, e);
}

/* The head is complete. 0, or the status to refuse with. */
static int edge_admit(struct MHD_Connection *conn, struct edge_request *e, const char *method, const char *version)
{
    struct qn_admission *a = &e->rq.admission;
    const union MHD_ConnectionInfo *head = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    int status = 0;

    MHD_get_connection_values_n(conn, MHD_HEADER_KIND, edge_header, a);
    qn_admit_end(a, method, e->rq.target, version, head ? head->header_size : 0, e->rq.web->hosts, e->rq.web->host_count);
    if (a->status) {
        qn_log(QN_LOG_INFO, "%s refused with %d: %s", e->rq.req, a->status, a->err.text);
        return a->status;
    }
    e->rq.route = qn_route_find(e->rq.web->instance, method, e->rq.target, (unsigned)strcspn(e->rq.target, "?"), &status);
    if (status == 0)
        qn_admit_body(a, (e->rq.route->instances & QN_LARGE) != 0);
    if (status == 0 && a->status) {
        qn_log(QN_LOG_INFO, "%s refused with %d: %s", e->rq.req, a->status, a->err.text);
        status = a->status;
    }
    if (status == 0 && a->body)
        e->body = qn_alloc(a->length + 1);
    return status;
}

static int edge_form(struct edge_request *e)
{
    struct qn_err err = { 0 };
    const char *query = strchr(e->rq.target, '?');
    int r;

    if (e->body)
        r = query ? qn_fail(&err, QN_EINVAL, "a query with a body") : qn_form_parse(&e->rq.form, e->body, e->got, &err);
    else
        r = query ? qn_form_parse(&e->rq.form, query + 1, strlen(query + 1), &err) : 0;
    if (r != 0)
        qn_log(QN_LOG_INFO, "%s refused: %s", e->rq.req, err.text);
    return r;
}

/* A terminal's certificate, if the connection has shown a good one. Another one counts as none: the core decides who needs one. */
static void edge_certificate(struct MHD_Connection *conn, struct qn_request *rq)
{
    void *session = rq->web->authority ? session_of(conn) : NULL;
    struct qn_err err;

    rq->certified = session && qn_certificate_shown(rq->web->authority, session, rq->certificate, &err);
    if (session && !rq->certified && err.text[0])
        qn_log(QN_LOG_INFO, "%s client certificate refused: %s", rq->req, err.text);
}

static enum MHD_Result edge_answer(struct MHD_Connection *conn, struct edge_request *e)
{
    struct qn_request *rq = &e->rq;

    if (edge_form(e) != 0)
        return edge_refuse(conn, e, 400);
    rq->session = qn_cookie_read(rq->admission.cookie, qn_cookie_session(rq->web->instance));
    if (rq->web->instance == QN_KIOSK)
        rq->terminal = qn_cookie_read(rq->admission.cookie, QN_COOKIE_TERMINAL);
    edge_certificate(conn, rq);
    if (qn_guard_pass(rq))
        rq->route->handle(rq);
    if (rq->reply.status == 0)
        qn_panic("%s has no reply", rq->route->path);
    return edge_send(conn, e);
}

/* The library calls this when the head is there, for each piece of body, and once more at the end. */
static enum MHD_Result edge_handle(void *cls, struct MHD_Connection *conn, const char *url, const char *method,
                                   const char *version, const char *data, size_t *size, void **context)
{
    struct edge_request *e = *context;
    struct qn_deadline *d = deadline_of(conn);
    int status;

    (void)cls;
    (void)url; /* decoded: two targets can look the same in it */
    if (!e)
        return MHD_NO;
    if (!e->begun) {
        e->begun = true;
        if (d)
            qn_deadline_enter(d, QN_PHASE_BODY);
        status = edge_admit(conn, e, method, version);
        return status ? edge_refuse(conn, e, status) : MHD_YES;
    }
    if (*size > 0) {
        if (!e->body || *size > e->rq.admission.length - e->got)
            return MHD_NO;
        memcpy(e->body + e->got, data, *size);
        e->got += *size;
        *size = 0;
        return MHD_YES;
    }
    return edge_answer(conn, e);
}

static void edge_completed(void *cls, struct MHD_Connection *conn, void **context, enum MHD_RequestTerminationCode code)
{
    struct edge_request *e = *context;
    struct qn_deadline *d = deadline_of(conn);

    (void)cls;
    (void)code;
    *context = NULL;
    if (d)
        qn_deadline_enter(d, QN_PHASE_IDLE);
    if (!e)
        return;
    if (e->body)
        qn_wipe(e->body, e->rq.admission.length + 1);
    free(e->body);
    qn_request_free(&e->rq);
    free(e);
}

static void __attribute__((format(printf, 2, 0))) edge_log(void *cls, const char *fmt, va_list ap)
{
    char text[256];

    (void)cls;
    vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = '\0';
    qn_log(QN_LOG_DEBUG, "libmicrohttpd: %s", text);
}

struct MHD_Daemon *qn_edge_start(const struct qn_web *web, const struct qn_edge_options *o)
{
    union { const struct qn_web *in; void *out; } cls = { web };
    struct MHD_Daemon *daemon;

    qn_deadline_start();
    daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_TLS | MHD_USE_ERROR_LOG, 0, NULL,
        NULL, edge_handle, cls.out, MHD_OPTION_EXTERNAL_LOGGER, edge_log, NULL, MHD_OPTION_LISTEN_SOCKET, o->listener,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        o->per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_URI_LOG_CALLBACK, edge_target, cls.out,
        MHD_OPTION_NOTIFY_CONNECTION, edge_connection, cls.out, MHD_OPTION_NOTIFY_COMPLETED, edge_completed, NULL,
        MHD_OPTION_HTTPS_MEM_CERT, o->certificate, MHD_OPTION_HTTPS_MEM_KEY, o->key, MHD_OPTION_HTTPS_PRIORITIES, priorities,
        o->trust ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, o->trust, MHD_OPTION_END);
    if (!daemon)
        qn_log(QN_LOG_ERR, "the HTTP server can't start: see tls-certificate and tls-key");
    return daemon;
}

void qn_edge_stop(struct MHD_Daemon *daemon)
{
    MHD_stop_daemon(daemon);
}
