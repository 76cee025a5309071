#include "web/listen.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/secret.h"

enum { BACKLOG = 1024, FILE_MAX = 65536 };

/* Splits at the last colon and takes the brackets off an IPv6 address. */
static bool where_split(const char *where, char host[64], const char **port_out)
{
    const char *colon = strrchr(where, ':');
    size_t n = colon ? (size_t)(colon - where) : 0;

    if (n >= 2 && where[0] == '[' && where[n - 1] == ']') {
        where++;
        n -= 2;
    }
    if (n == 0 || n >= 64)
        return false;
    memcpy(host, where, n);
    host[n] = '\0';
    *port_out = colon + 1;
    return true;
}

static int listen_on(const struct addrinfo *ai, const char *where, struct qn_err *err)
{
    int one = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return qn_fail_errno(err, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        qn_fail_errno(err, "listening on %s", where);
        close(fd);
        return QN_EIO;
    }
    return fd;
}

int qn_listen_open(const char *where, struct qn_err *err)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM }, *ai;
    const char *port;
    char host[64];
    int r;

    if (!where_split(where, host, &port) || getaddrinfo(host, port, &hints, &ai) != 0)
        return qn_fail(err, QN_EINVAL, "%s is not an address and a port", where);
    r = listen_on(ai, where, err);
    freeaddrinfo(ai);
    return r;
}

int qn_listen_read(const char *path, char **text_out, struct qn_err *err)
{
    char *text;
    size_t len = 0;
    ssize_t n;
    int fd;

    *text_out = NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return qn_fail_errno(err, "opening %s", path);
    text = qn_alloc(FILE_MAX + 1);
    while (len < FILE_MAX && (n = read(fd, text + len, FILE_MAX - len)) > 0)
        len += (size_t)n;
    close(fd);
    if (len == 0 || len == FILE_MAX || strlen(text) != len) {
        qn_listen_forget(&text);
        return qn_fail(err, QN_EINVAL, "%s is not a PEM file", path);
    }
    *text_out = text;
    return 0;
}

void qn_listen_forget(char **text)
{
    if (*text)
        qn_wipe(*text, FILE_MAX + 1);
    free(*text);
    *text = NULL;
}
