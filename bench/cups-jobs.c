/* cups-jobs SOCKET|ADDRESS:PORT QUEUE FORMAT CLIENTS JOBS FILE: CLIENTS connections submit JOBS held jobs each to a cupsd. Prints seconds. */
#include "config.h"

#include <cups/cups.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/common.h"

struct run {
    const char *socket, *queue, *format;
    int jobs, port;
    char *document;
    size_t size;
};

static ipp_t *request(const struct run *r)
{
    ipp_t *q = ippNewRequest(IPP_OP_PRINT_JOB);
    char uri[256];

    snprintf(uri, sizeof uri, "ipp://localhost/printers/%s", r->queue);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, "alice");
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, "A report");
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_MIMETYPE, "document-format", NULL, r->format);
    ippAddString(q, IPP_TAG_JOB, IPP_TAG_KEYWORD, "job-hold-until", NULL, "indefinite");
    ippAddString(q, IPP_TAG_JOB, IPP_TAG_KEYWORD, "sides", NULL, "two-sided-long-edge");
    return q;
}

static void client(int number, void *ctx)
{
    const struct run *r = ctx;
    http_t *http = httpConnect2(r->socket, r->port, NULL, AF_UNSPEC, HTTP_ENCRYPTION_IF_REQUESTED, 1, 30000, NULL);
    char path[256];

    (void)number;
    if (!http)
        bench_die("%s", r->socket);
    snprintf(path, sizeof path, "/printers/%s", r->queue);
    for (int i = 0; i < r->jobs; i++) {
        ipp_t *q = request(r), *a;

        if (cupsSendRequest(http, q, path, ippLength(q) + r->size) != HTTP_STATUS_CONTINUE ||
            cupsWriteRequestData(http, r->document, r->size) != HTTP_STATUS_CONTINUE)
            bench_die("submitting");
        a = cupsGetResponse(http, path);
        errno = 0;
        if (!a || cupsLastError() > IPP_STATUS_OK_CONFLICTING)
            bench_die("job %d: %s", i, cupsLastErrorString());
        ippDelete(a);
        ippDelete(q);
    }
    httpClose(http);
}

int main(int argc, char **argv)
{
    struct run r;
    struct stat st;
    char *colon;
    int fd;

    if (argc != 7)
        return 2;
    r = (struct run){ .socket = argv[1], .queue = argv[2], .format = argv[3], .jobs = atoi(argv[5]) };
    colon = strchr(argv[1], ':');
    if (colon) {
        *colon = '\0';
        r.port = atoi(colon + 1);
    }
    fd = open(argv[6], O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0)
        bench_die("%s", argv[6]);
    r.size = (size_t)st.st_size;
    r.document = malloc(r.size);
    if (!r.document || read(fd, r.document, r.size) != (ssize_t)r.size)
        bench_die("reading %s", argv[6]);
    printf("%.6f\n", bench_clients(atoi(argv[4]), client, &r));
    return 0;
}
