/* core-jobs SOCKET IN_FLIGHT JOBS FIRST: job.begin and job.commit alone, IN_FLIGHT jobs under way at once, each on a connection of
 * its own as intake makes it. The sealed files are small and not synced: what is timed is the core. Prints seconds. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/common.h"
#include "lib/buf.h"
#include "lib/msg.h"
#include "lib/seal.h"

enum { IN_FLIGHT_MAX = 64 };

static const char owner[] = "alice", queue[] = "bench", title[] = "A report", format[] = "application/pdf", options[] = "{\"copies\":\"1\"}";
static const char *core_path;
static int first, next_job, jobs, done;

struct flight {
    int sock;
    bool committing;
};

/* Ours instead of libc's: the seal writer's sync is intake's cost, not the core's. */
int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

static void begin(struct flight *f)
{
    struct qn_err err;
    struct qn_msg m;
    char uuid[64], req[QN_REQUEST_TEXT];
    int job = first + next_job++;

    snprintf(uuid, sizeof uuid, "urn:uuid:e904d2ab-0000-4000-8001-%012d", job);
    f->sock = qn_msg_dial(core_path, &err);
    f->committing = false;
    if (f->sock < 0)
        bench_die("%s", err.text);
    qn_request_make(req);
    qn_msg_request(&m, "job.begin", req);
    qn_msg_str(&m, "cupsd", "cupsd");
    qn_msg_int(&m, "cups_job", job);
    qn_msg_str(&m, "uuid", uuid);
    qn_msg_int(&m, "created", 1);
    qn_msg_int(&m, "document", 1);
    qn_msg_str(&m, "queue", queue);
    qn_msg_str(&m, "owner", owner);
    qn_msg_str(&m, "proof", "none");
    qn_msg_str(&m, "title", title);
    qn_msg_json(&m, "options", json_loads(options, 0, NULL));
    m.seq = 1;
    if (qn_msg_send(f->sock, &m, &err) != 0)
        bench_die("%s", err.text);
    qn_msg_free(&m);
}

static void seal(struct qn_msg *a, int fd, struct qn_seal_sum *sum)
{
    static const uint8_t document[] = "%PDF-1.4\n%%EOF\n";
    const struct qn_seal_meta meta = { owner, queue, title, format, options };
    uint8_t header[QN_SEAL_HEADER], mac[32], id[16];
    struct qn_seal *s = NULL;
    struct qn_err err = { 0 };
    size_t n;
    const uint8_t *key = qn_msg_get_secret(a, QN_SECRET_KEY, &n);

    if (!key || !qn_uuid_parse(id, qn_msg_get(a, "job")) || qn_seal_meta_mac(mac, key, &meta, &err) != 0)
        bench_die("job.begin: %s %s", a->text, err.text);
    qn_seal_header(header, id, mac);
    if (qn_seal_start(&s, fd, header, key, &err) != 0)
        bench_die("%s", err.text);
    memcpy(qn_seal_room(s, &n), document, sizeof document - 1);
    if (qn_seal_advance(s, sizeof document - 1, &err) != 0 || qn_seal_finish(s, sum, &err) != 0)
        bench_die("%s", err.text);
    qn_seal_free(&s);
    close(fd);
}

static void commit(struct flight *f, struct qn_msg *begun)
{
    struct qn_seal_sum sum;
    struct qn_err err;
    struct qn_msg m;
    char hex[65];

    seal(begun, qn_msg_take_fd(begun, 0), &sum);
    qn_msg_request(&m, "job.commit", begun->req);
    qn_msg_str(&m, "job", qn_msg_get(begun, "job"));
    qn_msg_str(&m, "format", format);
    qn_msg_int(&m, "length", (int64_t)sum.length);
    qn_msg_str(&m, "commitment", qn_hex(hex, sum.commitment, 32));
    qn_msg_str(&m, "tags", qn_hex(hex, sum.tags, 32));
    m.seq = 2;
    if (qn_msg_send(f->sock, &m, &err) != 0)
        bench_die("%s", err.text);
    qn_msg_free(&m);
    f->committing = true;
}

static void answer(struct flight *f)
{
    struct qn_err err;
    struct qn_msg m;

    errno = 0;
    if (qn_msg_recv(f->sock, &m, &err) != 0)
        bench_die("%s", err.text);
    if (m.code != QN_OK)
        bench_die("%s: %s", m.verb, m.text);
    if (!f->committing) {
        commit(f, &m);
    } else {
        close(f->sock);
        f->sock = -1;
        done++;
        if (next_job < jobs)
            begin(f);
    }
    qn_msg_free(&m);
}

int main(int argc, char **argv)
{
    static struct flight flights[IN_FLIGHT_MAX];
    struct pollfd p[IN_FLIGHT_MAX];
    double start;
    int n;

    if (argc != 5 || (n = atoi(argv[2])) < 1 || n > IN_FLIGHT_MAX)
        return 2;
    core_path = argv[1], jobs = atoi(argv[3]), first = atoi(argv[4]);
    qn_seal_warm();
    start = bench_now();
    for (int i = 0; i < n; i++)
        begin(&flights[i]);
    while (done < jobs) {
        for (int i = 0; i < n; i++)
            p[i] = (struct pollfd){ flights[i].sock, POLLIN, 0 };
        if (poll(p, (nfds_t)n, 20000) <= 0)
            bench_die("no answer");
        for (int i = 0; i < n; i++)
            if (p[i].fd >= 0 && p[i].revents)
                answer(&flights[i]);
    }
    printf("%.6f\n", bench_now() - start);
    return 0;
}
