#include "config.h"

#include "deliver/convert.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "deliver/driver.h"
#include "deliver/ipp-job.h"
#include "deliver/ipp-printer.h"
#include "deliver/options.h"
#include "lib/clock.h"

enum { READY_MS = 30000, CONTACT_MS = 10000, ALL_MS = 10 * 60000, END_MS = 20000, LOOK_MS = 50, STEP_MS = 1000 };

struct convert {
    struct qn_address address;
    struct qn_ipp p;
    struct qn_ipp_job at;
    qn_filter_more *more;
    void *ctx;
    int out; /* memfd of the result */
    int64_t until;
};

static const struct { const char *begin, *format; } formats[] = {
    { "RaS2", "image/pwg-raster" }, { "UNIRAST", "image/urf" }, { "%PDF-1.", "application/pdf" }, { "\xff\xd8\xff", "image/jpeg" },
    { "%!PS", "application/postscript" },
};

/* PCLm is a PDF that says so in its second line. */
static int sniff(int fd, char format[QN_CONVERT_FORMAT], struct qn_err *err)
{
    char begin[16] = "";
    ssize_t n = pread(fd, begin, sizeof begin - 1, 0);

    for (size_t i = 0; n > 0 && i < sizeof formats / sizeof *formats; i++)
        if (strncmp(begin, formats[i].begin, strlen(formats[i].begin)) == 0) {
            snprintf(format, QN_CONVERT_FORMAT, "%s", strstr(begin, "%PCLm") ? "application/PCLm" : formats[i].format);
            return 0;
        }
    return qn_fail(err, QN_EUNSUPPORTED, "quoin-cups made nothing that a printer takes of the document");
}

static bool goes_on(struct convert *c, struct qn_err *err)
{
    if (c->more(c->ctx) && qn_clock_boot() < c->until)
        return true;
    qn_fail(err, QN_ETIMEOUT, "converting was stopped, or took too long");
    return false;
}

static int queue_open(struct convert *c, const struct qn_msg *m, enum qn_cause *cause, struct qn_err *err)
{
    int r = qn_driver_queue(&c->address, m, err);

    *cause = QN_CAUSE_OURS;
    c->p.address = &c->address;
    if (r == 0)
        r = qn_ipp_open(&c->p, qn_clock_boot() + CONTACT_MS, err);
    if (r != 0)
        return r;
    *cause = QN_CAUSE_FORMAT; /* the printer does not say enough of itself */
    return qn_driver_queue_ready(&c->p, m, qn_clock_boot() + READY_MS, err);
}

/* A job of its own in quoin-cups. How many copies is the printer's work. */
static int begin(struct convert *c, const struct qn_msg *m, const char *format, json_t *options, enum qn_cause *cause, struct qn_err *err)
{
    json_t *here = json_copy(options);
    ipp_t *facts = NULL, *q;
    char left_out[256];
    int r = queue_open(c, m, cause, err);

    json_object_del(here, "copies");
    if (r == 0)
        r = qn_ipp_printer_ask(&c->p, format, here, &facts, qn_clock_boot() + CONTACT_MS, cause, err);
    if (r == 0) {
        q = qn_ipp_request(&c->p, IPP_OP_CREATE_JOB, 0);
        ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, qn_msg_get(m, "code"));
        qn_options_add(q, here, facts, left_out, sizeof left_out);
        r = qn_ipp_job_create(&c->p, &q, &c->at, qn_clock_boot() + CONTACT_MS, cause, err);
    }
    ippDelete(facts);
    json_decref(here);
    return r;
}

/* The backend listens as soon as cupsd has started it. */
static int reader(struct convert *c, struct qn_err *err)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    char path[QN_DRIVER_PATH];
    struct qn_ipp_view view;

    qn_driver_out(path, c->at.id);
    if (strlen(path) >= sizeof un.sun_path)
        return qn_fail(err, QN_EINVAL, "run-dir is too long");
    memcpy(un.sun_path, path, strlen(path));
    while (goes_on(c, err)) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

        if (fd < 0)
            return qn_fail_errno(err, "socket");
        if (connect(fd, (const struct sockaddr *)&un, sizeof un) == 0)
            return fd;
        close(fd);
        if ((r = qn_ipp_job_look(&c->p, c->at.id, &view, qn_clock_boot() + CONTACT_MS, err)) != 0)
            return r;
        if (view.state >= IPP_JSTATE_CANCELED)
            return qn_fail(err, QN_EUNSUPPORTED, "quoin-cups could not convert the document");
        (void)poll(NULL, 0, LOOK_MS);
    }
    return err->code;
}

static int read_all(struct convert *c, int fd, enum qn_cause *cause, struct qn_err *err)
{
    static uint8_t part[65536];
    int64_t bytes = 0;

    while (goes_on(c, err)) {
        struct pollfd p = { fd, POLLIN, 0 };
        ssize_t n = poll(&p, 1, STEP_MS) > 0 ? recv(fd, part, sizeof part, 0) : -1;

        if (n == 0)
            return 0;
        if (n < 0 && (p.revents == 0 || errno == EINTR))
            continue;
        if (n < 0 || write(c->out, part, (size_t)n) != n)
            return qn_fail_errno(err, "taking the converted document");
        if ((bytes += n) > qn_filter_most()) {
            *cause = QN_CAUSE_LARGE;
            return qn_fail(err, QN_EUNSUPPORTED, "what the document becomes is larger than filter-bytes");
        }
    }
    return err->code;
}

/* Only the end of the job says that its filters did all of it. */
static int ended_well(struct convert *c, struct qn_err *err)
{
    int64_t until = qn_clock_boot() + END_MS;
    struct qn_ipp_view view;
    int r;

    while ((r = qn_ipp_job_look(&c->p, c->at.id, &view, until, err)) == 0 && view.state < IPP_JSTATE_CANCELED) {
        if (qn_clock_boot() > until)
            return qn_fail(err, QN_ETIMEOUT, "quoin-cups does not come to an end with the document");
        (void)poll(NULL, 0, LOOK_MS);
    }
    if (r == 0 && view.state != IPP_JSTATE_COMPLETED)
        r = qn_fail(err, QN_EUNSUPPORTED, "quoin-cups could not convert the document");
    return r;
}

static int work(struct convert *c, struct qn_unseal *s, const struct qn_msg *m, const char *format, json_t *options, enum qn_cause *cause,
                struct qn_err *err)
{
    struct qn_limit limit = { .until = c->until, .idle_ms = CONTACT_MS };
    bool begun;
    int fd, r = begin(c, m, format, options, cause, err);

    if (r != 0)
        return r;
    if ((r = qn_ipp_job_send(&c->p, c->at.id, format, s, &begun, &limit, cause, err)) != 0)
        return r;
    *cause = QN_CAUSE_FORMAT;
    if ((fd = reader(c, err)) < 0)
        return fd;
    r = read_all(c, fd, cause, err);
    close(fd);
    return r == 0 ? ended_well(c, err) : r;
}

int qn_convert(struct qn_unseal *s, const struct qn_msg *m, json_t *options, char format[QN_CONVERT_FORMAT], qn_filter_more *more,
               void *ctx, enum qn_cause *cause, struct qn_err *err)
{
    struct convert c = { .more = more, .ctx = ctx, .until = qn_clock_boot() + ALL_MS, .out = memfd_create("converted", MFD_CLOEXEC) };
    struct qn_err late;
    int r;

    *cause = QN_CAUSE_OURS;
    if (c.out < 0)
        return qn_fail_errno(err, "memfd_create");
    r = work(&c, s, m, format, options, cause, err);
    if (r == 0)
        r = sniff(c.out, format, err);
    else if (c.at.id > 0)
        (void)qn_ipp_job_cancel(&c.p, c.at.id, qn_clock_boot() + CONTACT_MS, &late);
    qn_ipp_close(&c.p);
    if (r == 0)
        r = qn_unseal_replace(s, c.out, err);
    if (r != 0)
        close(c.out);
    return r;
}
