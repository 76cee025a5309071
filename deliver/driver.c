#include "config.h"

#include "deliver/driver.h"

#include <cups/http.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "deliver/options.h"
#include "lib/buf.h"
#include "lib/clock.h"

enum { NEAR_MS = 10000, LOOK_MS = 100, NAME_DIGITS = 24 };

/* Of a queue that only converts: quoin-cups' own backend, which gives the document back. */
#define HAND_BACK "quoin-out:/"


static char socket_path[sizeof((struct sockaddr_un *)0)->sun_path];

void qn_driver_out(char path[QN_DRIVER_PATH], int job)
{
    char *slash;

    snprintf(path, QN_DRIVER_PATH, "%s", socket_path);
    if ((slash = strrchr(path, '/')) != NULL)
        snprintf(slash, (size_t)(path + QN_DRIVER_PATH - slash), "/out/%d", job);
}

int qn_driver_open(const char *run_dir, struct qn_err *err)
{
    int n = snprintf(socket_path, sizeof socket_path, "%s/cups/cups.sock", run_dir);

    return n > 0 && n < (int)sizeof socket_path ? 0 : qn_fail(err, QN_EINVAL, "run-dir is too long");
}

bool qn_driver_converts(const struct qn_msg *m)
{
    return strcmp(qn_msg_get(m, "driver"), "everywhere") == 0;
}

bool qn_driver_is(const struct qn_msg *m)
{
    return *qn_msg_get(m, "driver") && !qn_driver_converts(m);
}

static bool is_raw(const struct qn_msg *m)
{
    return strcmp(qn_msg_get(m, "driver"), "raw") == 0;
}

/* The queue's name says what it is: another URI or driver is another queue, and a job that is still in the old one is not touched. */
static void queue_name(char out[NAME_DIGITS + 3], const struct qn_msg *m)
{
    struct qn_buf b = { 0 };
    uint8_t sum[SHA256_DIGEST_LENGTH];
    char hex[2 * sizeof sum + 1];

    for (size_t i = 0; i < 3; i++) {
        const char *part = qn_msg_get(m, (const char *const[]){ "device", "uri", "driver" }[i]);

        qn_buf_field(&b, part, strlen(part));
    }
    SHA256((const uint8_t *)b.data, b.len, sum);
    qn_buf_free(&b);
    snprintf(out, NAME_DIGITS + 3, "q-%.*s", NAME_DIGITS, qn_hex(hex, sum, sizeof sum));
}

int qn_driver_address(struct qn_address *out, const struct qn_msg *m, struct qn_err *err)
{
    if (qn_driver_is(m))
        return qn_driver_queue(out, m, err);
    return qn_address_parse(out, qn_msg_get(m, "uri"), qn_msg_get(m, "ca"), qn_msg_get(m, "pin"), err);
}

int qn_driver_queue(struct qn_address *out, const struct qn_msg *m, struct qn_err *err)
{
    char name[NAME_DIGITS + 3], uri[64];
    int r;

    queue_name(name, m);
    snprintf(uri, sizeof uri, "ipp://localhost/printers/%s", name);
    r = qn_address_parse(out, uri, NULL, NULL, err);
    out->socket = socket_path;
    return r;
}

/* ---- the printer itself ---- */

static int split(const char *uri, char scheme[16], struct qn_address *a, struct qn_err *err)
{
    char user[64];

    memset(a, 0, sizeof *a);
    if (httpSeparateURI(HTTP_URI_CODING_ALL, uri, scheme, 16, user, sizeof user, a->host, sizeof a->host, &a->port, a->resource,
                        sizeof a->resource) < HTTP_URI_STATUS_OK)
        return qn_fail(err, QN_EINVAL, "device address is not a URI");
    return 0;
}

int qn_driver_near(const struct qn_msg *m, int64_t until, struct qn_err *err)
{
    struct qn_limit limit = { qn_clock_boot() + NEAR_MS, NEAR_MS };
    struct qn_link *link = NULL;
    struct qn_address a;
    char scheme[16];
    int r = split(qn_msg_get(m, "uri"), scheme, &a, err);

    if (r != 0 || strcmp(scheme, "usb") == 0)
        return r;
    if (limit.until > until)
        limit.until = until;
    r = qn_link_open(&link, &a, &limit, err);
    qn_link_free(&link);
    return r == QN_EIO ? QN_EAWAY : r;
}

/* The backend gives up on a printer that does not answer, does not wait seconds for SNMP that nobody here reads, and asks for no port
 * that only root may have. What the URI says itself stays. */
static void backend_uri(struct qn_buf *out, const char *uri)
{
    static const struct { const char *scheme, *option, *value; } all[] = {
        { "socket://", "contimeout", "30" }, { "socket://", "snmp", "false" },
        { "lpd://", "contimeout", "30" }, { "lpd://", "snmp", "false" }, { "lpd://", "reserve", "none" },
    };
    const char *host = strstr(uri, "://"), *query = strchr(uri, '?');

    qn_buf_puts(out, uri);
    if (host && !query && !strchr(host + 3, '/'))
        qn_buf_puts(out, "/");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(uri, all[i].scheme, strlen(all[i].scheme)) == 0 && !(query && strstr(query, all[i].option)))
            qn_buf_printf(out, "%s%s=%s", strchr(out->data, '?') ? "&" : "?", all[i].option, all[i].value);
}

/* ---- its queue ---- */

struct queue { bool there, filters, hands_back, open, stopped; };

static bool says(ipp_t *reply, const char *name, ipp_tag_t tag, const char *value)
{
    ipp_attribute_t *a = ippFindAttribute(reply, name, tag);

    return a && strcmp(ippGetString(a, 0, NULL), value) == 0;
}

/* What quoin-cups says of the queue. */
static int queue_look(struct qn_ipp *p, struct queue *q, int64_t until, struct qn_err *err)
{
    static const char *const names[] = { "device-uri", "printer-is-accepting-jobs", "printer-make-and-model", "printer-state" };
    ipp_t *request = qn_ipp_request(p, IPP_OP_GET_PRINTER_ATTRIBUTES, 0), *reply = NULL;
    ipp_attribute_t *open, *state;
    int r;

    *q = (struct queue){ false };
    ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", sizeof names / sizeof *names, NULL, names);
    if ((r = qn_ipp_call(p, &request, &reply, until, err)) != 0)
        return r;
    open = ippFindAttribute(reply, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    state = ippFindAttribute(reply, "printer-state", IPP_TAG_ENUM);
    q->there = ippGetStatusCode(reply) <= IPP_STATUS_OK_CONFLICTING;
    q->filters = q->there && !says(reply, "printer-make-and-model", IPP_TAG_TEXT, "Local Raw Printer");
    q->hands_back = says(reply, "device-uri", IPP_TAG_URI, HAND_BACK);
    q->open = open && ippGetBoolean(open, 0);
    q->stopped = state && ippGetInteger(state, 0) == IPP_PSTATE_STOPPED;
    if (!q->there && ippGetStatusCode(reply) != IPP_STATUS_ERROR_NOT_FOUND)
        r = qn_fail(err, QN_EUNSUPPORTED, "quoin-cups: status 0x%04x %s", (unsigned)ippGetStatusCode(reply), p->said);
    ippDelete(reply);
    return r;
}

/* CUPS-Add-Modify-Printer: opens the queue; with a driver makes it, with a URI lets it end there. */
static int queue_put(struct qn_ipp *p, const struct qn_msg *m, const char *driver, const char *uri, int64_t until, struct qn_err *err)
{
    ipp_t *request = qn_ipp_request(p, IPP_OP_CUPS_ADD_MODIFY_PRINTER, 0), *reply = NULL;
    int r;

    if (driver)
        ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "ppd-name", NULL, driver);
    if (uri)
        ippAddString(request, IPP_TAG_PRINTER, IPP_TAG_URI, "device-uri", NULL, uri);
    ippAddString(request, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-info", NULL, qn_msg_get(m, "device"));
    ippAddString(request, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-error-policy", NULL, "abort-job");
    ippAddString(request, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-op-policy", NULL, "default");
    ippAddBoolean(request, IPP_TAG_PRINTER, "printer-is-accepting-jobs", 1);
    ippAddBoolean(request, IPP_TAG_PRINTER, "printer-is-shared", 0);
    ippAddInteger(request, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state", IPP_PSTATE_IDLE);
    r = qn_ipp_call(p, &request, &reply, until, err);
    if (r == 0 && ippGetStatusCode(reply) > IPP_STATUS_OK_CONFLICTING)
        r = qn_fail(err, QN_EUNSUPPORTED, "quoin-cups does not take driver %s for it: status 0x%04x %s", qn_msg_get(m, "driver"),
                    (unsigned)ippGetStatusCode(reply), p->said);
    ippDelete(reply);
    return r;
}

static int queue_make(struct qn_ipp *p, const struct qn_msg *m, int64_t until, struct qn_err *err)
{
    struct qn_buf uri = { 0 };
    int r;

    backend_uri(&uri, qn_msg_get(m, "uri"));
    r = queue_put(p, m, qn_msg_get(m, "driver"), uri.data, until, err);
    qn_buf_free(&uri);
    return r;
}

int qn_driver_queue_ready(struct qn_ipp *p, const struct qn_msg *m, int64_t until, struct qn_err *err)
{
    bool raw = is_raw(m), converts = qn_driver_converts(m), made = false;
    struct queue q;
    int r;

    while ((r = queue_look(p, &q, until, err)) == 0) {
        if (q.there && (raw || q.filters)) {
            if (converts && !q.hands_back)
                r = queue_put(p, m, NULL, HAND_BACK, until, err);
            else if (!q.open || q.stopped)
                r = queue_put(p, m, NULL, NULL, until, err);
            else
                return 0;
        } else if (!made) {
            made = true;
            r = queue_make(p, m, until, err);
        } else if (qn_clock_boot() + LOOK_MS > until) { /* "everywhere" asks the printer first; until then the queue has no filters */
            r = qn_fail(err, QN_ETIMEOUT, "quoin-cups does not get driver %s ready", qn_msg_get(m, "driver"));
        } else {
            (void)poll(NULL, 0, LOOK_MS);
        }
        if (r != 0)
            return r;
    }
    return r;
}

int qn_driver_ready(struct qn_ipp *p, const struct qn_msg *m, int64_t until, enum qn_cause *cause, struct qn_err *err)
{
    int r;

    if (!qn_driver_is(m))
        return 0;
    *cause = QN_CAUSE_OURS;
    if ((r = qn_ipp_open(p, until, err)) != 0)
        return qn_prefix(err, "quoin-cups");
    if ((r = qn_driver_near(m, until, err)) != 0) {
        *cause = qn_outcome_cause(r);
        return r;
    }
    r = qn_driver_queue_ready(p, m, until, err);
    *cause = r == QN_ETIMEOUT ? QN_CAUSE_OFF : QN_CAUSE_ERROR;
    return r;
}

void qn_driver_facts(const struct qn_msg *m, ipp_t *facts)
{
    const char *option;

    for (unsigned i = 0; is_raw(m) && (option = qn_option_name(i)); i++) {
        ipp_attribute_t *a;
        char name[64];

        snprintf(name, sizeof name, "%s-supported", option);
        if (strcmp(option, "copies") != 0 && (a = ippFindAttribute(facts, name, IPP_TAG_ZERO)))
            ippDeleteAttribute(facts, a);
    }
}
