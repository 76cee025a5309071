#include "config.h"

#include "intake/spare.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; };

bool qn_spare_give(const struct qn_spare *spare, int sock)
{
    union control control = { { 0 } };
    struct iovec iov = { (char[]){ 'j' }, 1 };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };

    control.align.cmsg_level = SOL_SOCKET;
    control.align.cmsg_type = SCM_RIGHTS;
    control.align.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.align), &sock, sizeof sock);
    return sendmsg(spare->gate, &h, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

int qn_spare_wait(int gate)
{
    union control control = { { 0 } };
    char word;
    struct iovec iov = { &word, 1 };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };
    struct cmsghdr *c;
    ssize_t n;
    int sock;

    while ((n = recvmsg(gate, &h, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    c = n == 1 ? CMSG_FIRSTHDR(&h) : NULL;
    if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    memcpy(&sock, CMSG_DATA(c), sizeof sock);
    return sock;
}
