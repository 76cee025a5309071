/* hand-over SOCKET CLIENTS JOBS FIRST FILE | hand-over SOCKET pipe MIB FIRST
 * Plays the backend's part of the hand-over: CLIENTS processes with JOBS documents each, or one document of MIB from a pipe.
 * FIRST is the first job's number. Prints the seconds until the last job was held. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "backend/handover.h"
#include "bench/common.h"

struct run {
    const char *socket, *file;
    int jobs, first;
};

static int dial(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    if (sock < 0 || connect(sock, (struct sockaddr *)&sa, sizeof sa) != 0)
        bench_die("%s", path);
    return sock;
}

static size_t pack(char *packet, size_t max, int job)
{
    int n = QN_HAND_HEAD;

    memcpy(packet, (char[QN_HAND_HEAD]){ 'Q', 'N', 'H', QN_HAND_VERSION, 7, 1 }, QN_HAND_HEAD);
    n += snprintf(packet + n, max - (size_t)n,
                  "quoin:/%c%d%calice%cA report%c1%cjob-uuid=urn:uuid:e904d2ab-0000-4000-8000-%012d "
                  "time-at-creation=1795278165 media=iso_a4_210x297mm sides=two-sided-long-edge%c/spool/d%05d-001%cPRINTER=bench",
                  0, job, 0, 0, 0, 0, job, 0, job, 0);
    return (size_t)n + 1;
}

static void send_job(int sock, char *packet, size_t n, int document)
{
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
    struct iovec iov = { packet, n };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };

    control.align.cmsg_level = SOL_SOCKET;
    control.align.cmsg_type = SCM_RIGHTS;
    control.align.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.align), &document, sizeof document);
    if (sendmsg(sock, &h, MSG_NOSIGNAL) != (ssize_t)n)
        bench_die("sending the hand-over");
}

static void hold(const char *path, int job, int document)
{
    char packet[1024];
    unsigned char word[QN_HAND_WORD + 1];
    int sock = dial(path);
    bool done = false;

    send_job(sock, packet, pack(packet, sizeof packet, job), document);
    while (!done) {
        if (recv(sock, word, sizeof word, 0) != QN_HAND_WORD)
            bench_die("job %d: intake is gone", job);
        if (word[0] == QN_HAND_SAY_SEALED &&
            send(sock, (char[]){ QN_HAND_SAY_COMMIT, 0 }, QN_HAND_WORD, MSG_NOSIGNAL) != QN_HAND_WORD)
            bench_die("job %d: commit", job);
        done = word[0] == QN_HAND_SAY_VERDICT;
    }
    errno = 0;
    if (word[1] != QN_WHY_HELD)
        bench_die("job %d: verdict %d", job, word[1]);
    close(sock);
}

static void client(int number, void *ctx)
{
    const struct run *r = ctx;

    for (int i = 0; i < r->jobs; i++) {
        int document = open(r->file, O_RDONLY | O_CLOEXEC);

        if (document < 0)
            bench_die("%s", r->file);
        hold(r->socket, r->first + number * r->jobs + i, document);
        close(document);
    }
}

int main(int argc, char **argv)
{
    struct run r = { .socket = argv[1] };
    double start;
    int pipe_end;

    if (argc == 6) {
        r.jobs = atoi(argv[3]), r.first = atoi(argv[4]), r.file = argv[5];
        printf("%.6f\n", bench_clients(atoi(argv[2]), client, &r));
        return 0;
    }
    if (argc != 5 || strcmp(argv[2], "pipe") != 0)
        return 2;
    pipe_end = bench_feed(strtoull(argv[3], NULL, 10) << 20);
    start = bench_now();
    hold(argv[1], atoi(argv[4]), pipe_end);
    printf("%.6f\n", bench_now() - start);
    return 0;
}
