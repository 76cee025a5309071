#include "server/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/log.h"
#include "server/turn.h"

/* One line a socket. uid_key: whose processes may connect; NULL: root alone. */
static const struct { const char *name; enum qn_from from; const char *uid_key; } socket_table[] = {
    { "core.sock", QN_FROM_INTAKE, "user-intake" },
    { "kiosk.sock", QN_FROM_KIOSK, "user-kiosk" },
    { "portal.sock", QN_FROM_PORTAL, "user-portal" },
    { "console.sock", QN_FROM_CONSOLE, "user-console" },
    { "ldap.sock", QN_FROM_LDAP, "user-ldap" },
    { "pin.sock", QN_FROM_PIN, "user-pin" },
    { "deliver.sock", QN_FROM_DELIVER, "user-deliver" },
    { "ctl.sock", QN_FROM_CTL, NULL },
};

enum { SOCKETS = sizeof socket_table / sizeof *socket_table, PEERS_MAX = 1024, BURST = 32 };
enum { SHELLS_MAX = 32, SHELLS_OF_ONE = 4 }; /* local users on ctl.sock */

struct qn_listener {
    struct qn_core *core;
    int fd;
    unsigned uid;
    enum qn_from from;
    struct event *event;
};

struct qn_peers {
    struct qn_listener listener[SOCKETS];
    struct qn_peer *first;
    uint64_t last_id;
    unsigned count;
};

/* libevent hands one pointer to a callback; a connection needs its core too. */
struct peer_call {
    struct qn_core *core;
    struct qn_peer peer;
};

static struct peer_call *call_of(struct qn_peer *p)
{
    return (struct peer_call *)((char *)p - offsetof(struct peer_call, peer));
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct peer_call *call = arg;
    struct qn_peer *p = &call->peer;

    (void)what;
    for (int i = 0; i < BURST && !p->gone && qn_turn_room(call->core); i++) {
        struct qn_msg m;
        struct qn_err err;
        int r = qn_msg_recv((int)fd, &m, &err);

        if (r == QN_EAGAIN)
            return;
        if (r == QN_EEOF) {
            p->ended = true; /* what it said before is still heard, in this turn */
            event_del(p->readable);
            return;
        }
        if (r != 0)
            qn_peer_drop(p, err.text);
        else
            qn_turn_take(call->core, p, &m);
    }
}

static void send_some(struct qn_peer *p)
{
    struct qn_err err;

    while (p->out_count > 0 && !p->gone) {
        struct qn_msg *m = p->out[p->out_first];
        int r = qn_msg_send(p->fd, m, &err);

        if (r == QN_EAGAIN) {
            event_add(p->writable, NULL);
            return;
        }
        qn_msg_free(m);
        free(m);
        p->out_first = (p->out_first + 1) % 256;
        p->out_count--;
        if (r == QN_EEOF)
            p->gone = true;
        else if (r != 0)
            qn_peer_drop(p, err.text);
    }
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    send_some(&((struct peer_call *)arg)->peer);
}

void qn_peer_send(struct qn_core *c, struct qn_peer *p, struct qn_msg *m)
{
    struct qn_msg *copy;

    (void)c;
    if (p->gone || p->out_count == 256) {
        if (!p->gone)
            qn_peer_drop(p, "it does not read its messages");
        qn_msg_free(m);
        return;
    }
    copy = qn_alloc(sizeof *copy);
    *copy = *m;
    memset(m, 0, sizeof *m); /* transferred */
    p->out[(p->out_first + p->out_count++) % 256] = copy;
    send_some(p);
}

static void peer_add(struct qn_listener *l, int fd, unsigned uid)
{
    struct qn_peers *ps = l->core->peers;
    struct peer_call *call = qn_alloc(sizeof *call);
    struct qn_peer *p = &call->peer;

    call->core = l->core;
    p->id = ++ps->last_id;
    p->fd = fd;
    p->from = l->from == QN_FROM_CTL && uid != l->uid ? QN_FROM_SHELL : l->from;
    p->uid = uid;
    p->readable = event_new(l->core->base, fd, EV_READ | EV_PERSIST, on_readable, call);
    p->writable = event_new(l->core->base, fd, EV_WRITE, on_writable, call);
    if (!p->readable || !p->writable || event_add(p->readable, NULL) != 0)
        qn_panic("no memory for a connection");
    p->next = ps->first;
    ps->first = p;
    ps->count++;
}

/* Anybody on this machine may dial ctl.sock; nobody may fill the core with it. */
static bool shell_room(const struct qn_peers *ps, unsigned uid)
{
    unsigned all = 0, own = 0;

    for (const struct qn_peer *p = ps->first; p; p = p->next) {
        all += p->from == QN_FROM_SHELL;
        own += p->from == QN_FROM_SHELL && p->uid == uid;
    }
    return all < SHELLS_MAX && own < SHELLS_OF_ONE;
}

static bool may_connect(const struct qn_listener *l, unsigned uid)
{
    if (l->core->peers->count >= PEERS_MAX)
        return false;
    return uid == l->uid || (l->from == QN_FROM_CTL && shell_room(l->core->peers, uid));
}

static void on_connect(evutil_socket_t fd, short what, void *arg)
{
    struct qn_listener *l = arg;
    int conn = accept4((int)fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    unsigned uid;

    (void)what;
    if (conn < 0)
        return;
    uid = qn_msg_peer_uid(conn);
    if (!may_connect(l, uid)) {
        qn_log(QN_LOG_WARNING, "connection of uid %u to socket %u refused", uid, (unsigned)l->from);
        close(conn);
        return;
    }
    peer_add(l, conn, uid);
}

static int listen_on(const char *path, struct qn_err *err)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd;

    if ((size_t)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path) >= sizeof sa.sun_path)
        return qn_fail(err, QN_EINVAL, "socket path %s is too long", path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return qn_fail_errno(err, "socket");
    if ((unlink(path) != 0 && errno != ENOENT) || bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 ||
        chmod(path, 0666) != 0 || listen(fd, 256) != 0) {
        qn_fail_errno(err, "listening on %s", path);
        close(fd);
        return QN_EIO;
    }
    return fd;
}

int qn_peers_prepare(struct qn_core *c)
{
    c->peers = qn_alloc(sizeof *c->peers);
    for (size_t i = 0; i < SOCKETS; i++)
        c->peers->listener[i].fd = -1;
    return 0;
}

int qn_peers_open(struct qn_core *c, struct qn_err *err)
{
    for (size_t i = 0; i < SOCKETS; i++) {
        struct qn_listener *l = &c->peers->listener[i];
        char path[256];
        int r = socket_table[i].uid_key ? qn_conf_uid(c->conf, socket_table[i].uid_key, &l->uid, err) : 0;

        snprintf(path, sizeof path, "%s/%s", qn_conf_text(c->conf, "run-dir"), socket_table[i].name);
        if (r == 0)
            r = l->fd = listen_on(path, err);
        if (r < 0)
            return r;
        l->core = c;
        l->from = socket_table[i].from;
        l->event = event_new(c->base, l->fd, EV_READ | EV_PERSIST, on_connect, l);
        if (!l->event || event_add(l->event, NULL) != 0)
            qn_panic("no memory for a socket");
    }
    return 0;
}

struct qn_peer *qn_peer_find(struct qn_core *c, uint64_t id)
{
    for (struct qn_peer *p = c->peers->first; p; p = p->next)
        if (p->id == id)
            return p->gone ? NULL : p;
    return NULL;
}

struct qn_peer *qn_peer_first(struct qn_core *c)
{
    return c->peers->first;
}

void qn_peer_drop(struct qn_peer *p, const char *why)
{
    qn_log(QN_LOG_WARNING, "connection %llu of socket %u closed: %s", (unsigned long long)p->id, (unsigned)p->from, why);
    p->gone = true;
}

static void peer_free(struct qn_peer *p)
{
    event_free(p->readable);
    event_free(p->writable);
    close(p->fd);
    for (; p->out_count > 0; p->out_count--) {
        qn_msg_free(p->out[p->out_first]);
        free(p->out[p->out_first]);
        p->out_first = (p->out_first + 1) % 256;
    }
    free(call_of(p));
}

void qn_peers_reap(struct qn_core *c)
{
    for (struct qn_peer **at = &c->peers->first; *at;) {
        struct qn_peer *p = *at;

        if (!p->gone && !p->ended) {
            at = &p->next;
            continue;
        }
        qn_turn_lost(c, p);
        *at = p->next;
        c->peers->count--;
        peer_free(p);
    }
}

void qn_peers_close(struct qn_core *c)
{
    if (!c->peers)
        return;
    for (size_t i = 0; i < SOCKETS; i++) {
        struct qn_listener *l = &c->peers->listener[i];

        if (l->event)
            event_free(l->event);
        if (l->fd >= 0)
            close(l->fd);
    }
    while (c->peers->first) {
        struct qn_peer *p = c->peers->first;

        c->peers->first = p->next;
        peer_free(p);
    }
    free(c->peers);
    c->peers = NULL;
}
