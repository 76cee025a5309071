#include "config.h"

#include "deliver/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deliver/pin.h"
#include "lib/clock.h"

enum { ENDED_MS = 500 }; /* how often a limit's ended() is asked */

struct qn_link {
    int fd;
    const struct qn_address *address;
    gnutls_session_t tls; /* NULL on a plain link */
    gnutls_certificate_credentials_t cred;
    struct qn_err denied; /* why the certificate was refused, set inside the handshake */
    struct qn_link_peer *peer; /* the caller's, while it opens; may be NULL */
    size_t start, end;    /* of what was read and not yet taken */
    bool over;            /* the peer has closed its side */
    uint8_t in[16384];
};

/* Waits for events until the limit; progress is when something last moved. Returns the events. */
static int link_wait(int fd, short events, const struct qn_limit *limit, int64_t progress, struct qn_err *err)
{
    struct pollfd p = { fd, events, 0 };
    int64_t until = progress + limit->idle_ms < limit->until ? progress + limit->idle_ms : limit->until;
    int n, most = limit->ended ? ENDED_MS : 60000;

    do {
        int64_t now = qn_clock_boot(), left = until - now;

        if (now >= limit->until)
            return qn_fail(err, QN_ETIMEOUT, "printer does not come to an end");
        if (limit->ended && limit->ended(limit->ctx))
            return qn_fail(err, QN_EAGAIN, "broken off by us");
        n = poll(&p, 1, left <= 0 ? 0 : left > most ? most : (int)left);
        if (n == 0 && left <= most)
            return qn_fail(err, QN_ETIMEOUT, "printer does not answer");
    } while (n == 0 || (n < 0 && errno == EINTR));
    return n < 0 ? qn_fail_errno(err, "poll") : p.revents;
}

static int link_connect(const struct addrinfo *ai, const struct qn_limit *limit, struct qn_err *err)
{
    int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1, r = 0, error = 0;
    socklen_t n = sizeof error;

    if (fd < 0)
        return qn_fail_errno(err, "socket");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0) {
        if (errno != EINPROGRESS)
            error = errno;
        else if ((r = link_wait(fd, POLLOUT, limit, qn_clock_boot(), err)) > 0)
            (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n);
    }
    if (r >= 0 && error == 0)
        return fd;
    close(fd);
    return r < 0 ? r : qn_fail(err, QN_EAWAY, "connecting: %s", strerror(error));
}

/* A Unix socket answers at once or not at all. */
static int link_dial_local(const char *path, struct qn_err *err)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return qn_fail_errno(err, "socket");
    snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&un, sizeof un) == 0)
        return fd;
    qn_fail(err, QN_EAWAY, "connecting to %s: %s", path, strerror(errno));
    close(fd);
    return QN_EAWAY;
}

/* Tries the host's addresses in turn; the last one may use what time is left, the others share. */
static int link_dial(const struct qn_address *a, const struct qn_limit *limit, struct qn_err *err)
{
    struct addrinfo hint = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    char port[8];
    int r, fd = QN_EAWAY;

    if (a->socket)
        return link_dial_local(a->socket, err);
    snprintf(port, sizeof port, "%d", a->port);
    r = getaddrinfo(a->host, port, &hint, &list);
    if (r != 0)
        return qn_fail(err, QN_EAWAY, "looking up %s: %s", a->host, gai_strerror(r));
    for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next) {
        int64_t now = qn_clock_boot();
        struct qn_limit share = *limit;

        if (ai->ai_next)
            share.until = now + (limit->until - now) / 2;
        fd = link_connect(ai, &share, err);
    }
    freeaddrinfo(list);
    return fd;
}

static int link_verify(gnutls_session_t session)
{
    struct qn_link *l = gnutls_session_get_ptr(session);

    if (l->peer)
        l->peer->shown = qn_pin_seen(session, l->peer->certificate);
    return qn_pin_check(session, l->address, &l->denied) == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static int link_handshake(struct qn_link *l, const struct qn_limit *limit, struct qn_err *err)
{
    int64_t started = qn_clock_boot();
    int r, one = 1;

    (void)setsockopt(l->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one); /* as in link_fill() */
    while ((r = gnutls_handshake(l->tls)) < 0) {
        if (l->denied.code)
            break;
        if (r == GNUTLS_E_AGAIN)
            r = link_wait(l->fd, gnutls_record_get_direction(l->tls) ? POLLOUT : POLLIN, limit, started, err);
        else if (gnutls_error_is_fatal(r))
            return qn_fail(err, QN_EDENIED, "TLS: %s", gnutls_strerror(r));
        if (r == QN_ETIMEOUT || r == QN_EIO)
            return r;
    }
    if (l->denied.code)
        return qn_fail(err, l->denied.code, "%s", l->denied.text);
    /* The callback ran in this handshake (no resumption), but a second look costs nothing and proves it. */
    return qn_pin_check(l->tls, l->address, err);
}

static int link_encrypt(struct qn_link *l, const struct qn_limit *limit, struct qn_err *err)
{
    static const char versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SAFE_RENEGOTIATION";
    unsigned char number[sizeof(struct in6_addr)];
    int r;

    if (gnutls_certificate_allocate_credentials(&l->cred) != 0)
        return qn_fail(err, QN_EINTERNAL, "TLS credentials");
    if ((r = qn_pin_trust(l->cred, l->address, err)) != 0)
        return r;
    if (gnutls_init(&l->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0 ||
        gnutls_priority_set_direct(l->tls, versions, NULL) != 0 ||
        gnutls_credentials_set(l->tls, GNUTLS_CRD_CERTIFICATE, l->cred) != 0)
        return qn_fail(err, QN_EINTERNAL, "TLS session");
    if (inet_pton(AF_INET, l->address->host, number) != 1 && !strchr(l->address->host, ':'))
        (void)gnutls_server_name_set(l->tls, GNUTLS_NAME_DNS, l->address->host, strlen(l->address->host));
    gnutls_session_set_ptr(l->tls, l);
    gnutls_certificate_set_verify_function(l->cred, link_verify);
    gnutls_transport_set_int(l->tls, l->fd);
    return link_handshake(l, limit, err);
}

int qn_link_open_seen(struct qn_link **out, const struct qn_address *a, struct qn_link_peer *peer, const struct qn_limit *limit,
                      struct qn_err *err)
{
    struct qn_link *l;
    int fd = link_dial(a, limit, err), r = 0;

    *out = NULL;
    if (peer)
        memset(peer, 0, sizeof *peer);
    if (fd < 0)
        return fd;
    l = qn_alloc(sizeof *l);
    l->fd = fd;
    l->address = a;
    l->peer = peer;
    if (a->tls)
        r = link_encrypt(l, limit, err);
    l->peer = NULL;
    if (r != 0) {
        qn_link_free(&l);
        return r;
    }
    *out = l;
    return 0;
}

int qn_link_open(struct qn_link **out, const struct qn_address *a, const struct qn_limit *limit, struct qn_err *err)
{
    return qn_link_open_seen(out, a, NULL, limit, err);
}

void qn_link_free(struct qn_link **link)
{
    struct qn_link *l = *link;

    if (!l)
        return;
    if (l->tls)
        gnutls_deinit(l->tls);
    if (l->cred)
        gnutls_certificate_free_credentials(l->cred);
    close(l->fd);
    free(l);
    *link = NULL;
}

/* What is there to read now, into the buffer. Returns 1 if something came or the peer closed, 0 if not. */
static int link_pull(struct qn_link *l, struct qn_err *err)
{
    ssize_t n;

    if (l->start == l->end)
        l->start = l->end = 0;
    if (l->end == sizeof l->in || l->over)
        return 1;
    if (l->tls) {
        n = gnutls_record_recv(l->tls, l->in + l->end, sizeof l->in - l->end);
        if (n < 0 && !gnutls_error_is_fatal((int)n))
            return 0;
    } else {
        n = recv(l->fd, l->in + l->end, sizeof l->in - l->end, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
    }
    if (n < 0)
        return qn_fail(err, QN_EEOF, "printer broke the connection off");
    l->over = n == 0;
    l->end += (size_t)n;
    return 1;
}

/* As much as the peer takes now: bytes, 0 for none. */
static ssize_t link_push(struct qn_link *l, const uint8_t *p, size_t n, struct qn_err *err)
{
    ssize_t sent;

    if (l->tls) {
        sent = gnutls_record_send(l->tls, p, n);
        if (sent < 0 && !gnutls_error_is_fatal((int)sent))
            return 0;
    } else {
        sent = send(l->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return 0;
    }
    return sent < 0 ? qn_fail(err, QN_EEOF, "printer broke the connection off") : sent;
}

int qn_link_write(struct qn_link *l, const void *p, size_t n, const struct qn_limit *limit, struct qn_err *err)
{
    int64_t progress = qn_clock_boot();
    int r;

    while (n > 0) {
        ssize_t sent = link_push(l, p, n, err);

        if (sent < 0)
            return (int)sent;
        if (sent > 0) {
            p = (const uint8_t *)p + sent;
            n -= (size_t)sent;
            progress = qn_clock_boot();
            if (progress < limit->until)
                continue;
        }
        r = link_wait(l->fd, POLLIN | POLLOUT, limit, progress, err);
        if (r >= 0 && (r & (POLLIN | POLLHUP | POLLERR)))
            r = link_pull(l, err);
        if (r < 0)
            return r;
        if (l->start < l->end || l->over)
            return qn_fail(err, QN_ECONFLICT, "printer answered before it had everything");
    }
    return 0;
}

static int link_fill(struct qn_link *l, const struct qn_limit *limit, struct qn_err *err)
{
    int64_t started = qn_clock_boot();
    int r = 0, one = 1;

    /* A printer that sends its answer in two pieces waits for our acknowledgement of the first, which is 40 ms late otherwise. */
    if (l->start == l->end)
        (void)setsockopt(l->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    while (r == 0 && l->start == l->end && !l->over) {
        if (qn_clock_boot() >= limit->until) /* also for a peer so busy that we never wait */
            return qn_fail(err, QN_ETIMEOUT, "printer does not come to an end");
        r = link_pull(l, err); /* before waiting: TLS may hold decrypted bytes that no poll shows */
        if (r == 0 && (r = link_wait(l->fd, POLLIN, limit, started, err)) > 0)
            r = 0;
        if (r > 0)
            r = 0;
    }
    return r;
}

int qn_link_read(struct qn_link *l, void *out, size_t n, const struct qn_limit *limit, struct qn_err *err)
{
    int r = link_fill(l, limit, err);

    if (r < 0)
        return r;
    if (n > l->end - l->start)
        n = l->end - l->start;
    memcpy(out, l->in + l->start, n);
    l->start += n;
    return (int)n;
}

int qn_link_line(struct qn_link *l, char *out, size_t size, const struct qn_limit *limit, struct qn_err *err)
{
    size_t n = 0;
    char c;
    int r;

    while ((r = qn_link_read(l, &c, 1, limit, err)) == 1 && c != '\n') {
        if (n + 1 >= size || c == '\0')
            return qn_fail(err, QN_EINVAL, "printer's answer has a line too long or not text");
        out[n++] = c;
    }
    if (r < 0)
        return r;
    if (r == 0)
        return qn_fail(err, QN_EEOF, "printer closed the connection");
    if (n > 0 && out[n - 1] == '\r')
        n--;
    out[n] = '\0';
    return (int)n;
}
