/* printer PORT [FOLDER]: an IPP printer on loopback that takes everything at once; with a folder that holds localhost.crt and
 * localhost.key, over TLS. One line on standard output for each document: CLOCK_MONOTONIC (seconds) of its first byte, and its length. */
#include "config.h"

#include <arpa/inet.h>
#include <cups/cups.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/common.h"

enum { AT_ONCE = 4 };

static int *last_job; /* shared by the connections' processes */

static void take_document(http_t *http)
{
    static char waste[1 << 16];
    size_t all = 0;
    ssize_t n = httpRead2(http, waste, sizeof waste);
    double first = bench_now();

    for (; n > 0; n = httpRead2(http, waste, sizeof waste))
        all += (size_t)n;
    printf("%.6f %zu\n", first, all);
    fflush(stdout);
}

static void say_printer(ipp_t *a)
{
    static const int operations[] = { IPP_OP_PRINT_JOB, IPP_OP_CREATE_JOB, IPP_OP_SEND_DOCUMENT, IPP_OP_CANCEL_JOB,
                                      IPP_OP_GET_JOB_ATTRIBUTES, IPP_OP_GET_JOBS, IPP_OP_GET_PRINTER_ATTRIBUTES };
    static const char *const sides[] = { "one-sided", "two-sided-long-edge" };

    ippAddString(a, IPP_TAG_PRINTER, IPP_CONST_TAG(IPP_TAG_MIMETYPE), "document-format-supported", NULL, "application/pdf");
    ippAddIntegers(a, IPP_TAG_PRINTER, IPP_TAG_ENUM, "operations-supported", 7, operations);
    ippAddBoolean(a, IPP_TAG_PRINTER, "printer-is-accepting-jobs", 1);
    ippAddInteger(a, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state", IPP_PSTATE_IDLE);
    ippAddString(a, IPP_TAG_PRINTER, IPP_CONST_TAG(IPP_TAG_KEYWORD), "printer-state-reasons", NULL, "none");
    ippAddInteger(a, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "printer-up-time", 1000);
    ippAddRange(a, IPP_TAG_PRINTER, "copies-supported", 1, 999);
    ippAddStrings(a, IPP_TAG_PRINTER, IPP_CONST_TAG(IPP_TAG_KEYWORD), "sides-supported", 2, NULL, sides);
}

static void say_job(ipp_t *a, int id)
{
    char uuid[64];

    snprintf(uuid, sizeof uuid, "urn:uuid:e904d2ab-0000-4000-a000-%012d", id);
    ippAddInteger(a, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", id);
    ippAddInteger(a, IPP_TAG_JOB, IPP_TAG_ENUM, "job-state", IPP_JSTATE_COMPLETED);
    ippAddInteger(a, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-impressions-completed", 1);
    ippAddInteger(a, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-printer-up-time", 1000);
    ippAddString(a, IPP_TAG_JOB, IPP_TAG_URI, "job-uuid", NULL, uuid);
}

static bool reply(http_t *http, ipp_t *q)
{
    bool sent;
    ipp_t *a = ippNewResponse(q);
    ipp_attribute_t *job = ippFindAttribute(q, "job-id", IPP_TAG_INTEGER);

    if (ippGetOperation(q) == IPP_OP_GET_PRINTER_ATTRIBUTES)
        say_printer(a);
    else
        say_job(a, job ? ippGetInteger(job, 0) : __atomic_add_fetch(last_job, 1, __ATOMIC_RELAXED));
    httpClearFields(http);
    httpSetField(http, HTTP_FIELD_CONTENT_TYPE, "application/ipp");
    httpSetLength(http, ippLength(a));
    sent = httpWriteResponse(http, HTTP_STATUS_OK) == 0 && ippWrite(http, a) == IPP_STATE_DATA;
    httpFlushWrite(http);
    ippDelete(a);
    return sent; /* or nobody listens any more: the backend's monitor ends with its job */
}

static bool serve(http_t *http)
{
    char uri[256];
    http_state_t state;
    http_status_t status;
    ipp_t *q = ippNew();
    bool sent;

    while ((state = httpReadRequest(http, uri, sizeof uri)) == HTTP_STATE_WAITING)
        usleep(100);
    if (state != HTTP_STATE_POST)
        return false;
    while ((status = httpUpdate(http)) == HTTP_STATUS_CONTINUE)
        ;
    if (httpGetExpect(http) == HTTP_STATUS_CONTINUE && httpWriteResponse(http, HTTP_STATUS_CONTINUE) < 0)
        return false; /* libcups' clients wait a second for it */
    if (status != HTTP_STATUS_OK || ippRead(http, q) != IPP_STATE_DATA)
        return false;
    if (ippGetOperation(q) == IPP_OP_SEND_DOCUMENT)
        take_document(http);
    sent = reply(http, q);
    ippDelete(q);
    return sent;
}

static _Noreturn void connections(int fd, bool tls)
{
    for (;;) {
        http_t *http = httpAcceptConnection(fd, 1);

        if (http && tls && httpEncryption(http, HTTP_ENCRYPTION_ALWAYS) != 0) {
            httpClose(http);
            continue;
        }
        while (http && serve(http))
            ;
        httpClose(http);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    if (argc < 2 || argc > 3)
        return 2;
    sa.sin_port = htons((uint16_t)atoi(argv[1]));
    last_job = mmap(NULL, sizeof *last_job, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (last_job == MAP_FAILED || fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 || listen(fd, 64) != 0)
        bench_die("port %s", argv[1]);
    (void)cupsUser(); /* libcups and the processes are ready before the first connection: a printer does not start for each job */
    (void)cupsLangDefault();
    if (argc == 3 && !cupsSetServerCredentials(argv[2], "localhost", 0))
        bench_die("certificate in %s", argv[2]);
    for (int i = 0; i < AT_ONCE; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            connections(fd, argc == 3);
        }
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}
