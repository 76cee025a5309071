#include "config.h"

#include "deliver/probe.h"

#include <cups/http.h>
#include <stdio.h>
#include <string.h>

#include "deliver/driver.h"
#include "deliver/facts.h"
#include "deliver/ipp.h"
#include "lib/buf.h"
#include "lib/clock.h"

/* Somebody may be waiting for it: shorter than a release would try. */
enum { CONTACT_MS = 3000, ALL_MS = 5000 };

struct found {
    struct qn_link_peer peer;
    ipp_t *said;         /* NULL: nothing */
    const char *state;
    struct qn_err err;
};

/* The state behind a failed exchange. Away is who can't be reached; who answers something else than a printer would is in error. */
static const char *state_of(int code, const struct found *f)
{
    if (code == QN_EAWAY || code == QN_ETIMEOUT || code == QN_EEOF)
        return "away";
    return code == QN_EDENIED && f->peer.shown ? "certificate" : "error";
}

int qn_probe_ask(struct qn_ipp *p, ipp_t **said, int64_t until, struct qn_err *err)
{
    ipp_t *q = qn_ipp_request(p, IPP_OP_GET_PRINTER_ATTRIBUTES, 0);
    int r;

    if (!ippAddStrings(q, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", qn_facts_asked_count, NULL, qn_facts_asked))
        qn_panic("no memory for a request");
    r = qn_ipp_call(p, &q, said, until, err);
    if (r == 0 && ippGetStatusCode(*said) > IPP_STATUS_OK_CONFLICTING) {
        r = qn_fail(err, QN_EUNSUPPORTED, "Get-Printer-Attributes: status 0x%04x %s", (unsigned)ippGetStatusCode(*said), p->said);
        ippDelete(*said);
        *said = NULL;
    }
    return r;
}

static void probe_ipp(const struct qn_msg *ask, struct found *f)
{
    struct qn_limit limit = { .until = qn_clock_boot() + CONTACT_MS, .idle_ms = CONTACT_MS };
    struct qn_address a;
    struct qn_ipp p = { .address = &a };
    int64_t until = qn_clock_boot() + ALL_MS;
    int r = qn_address_parse_any(&a, qn_msg_get(ask, "uri"), qn_msg_get(ask, "ca"), qn_msg_get(ask, "pin"), &f->err);

    if (r == 0)
        r = qn_link_open_seen(&p.link, &a, &f->peer, &limit, &f->err);
    if (r == 0)
        r = qn_probe_ask(&p, &f->said, until, &f->err);
    qn_ipp_close(&p);
    f->state = r == 0 ? qn_facts_state(f->said) : state_of(r, f);
    if (r == 0 && strcmp(f->state, "error") == 0)
        qn_fail(&f->err, QN_EUNSUPPORTED, "the printer does not say how it is");
}

/* socket:// and lpd:// have no way of asking: somebody listens there, or nobody does. */
static void probe_port(const struct qn_msg *ask, struct found *f)
{
    struct qn_limit limit = { .until = qn_clock_boot() + CONTACT_MS, .idle_ms = CONTACT_MS };
    struct qn_address a = { .port = 0 };
    struct qn_link *link = NULL;
    char scheme[16], user[64];
    int r;

    f->state = "unknown";
    if (strncmp(qn_msg_get(ask, "uri"), "usb:", 4) == 0)
        return;
    if (httpSeparateURI(HTTP_URI_CODING_ALL, qn_msg_get(ask, "uri"), scheme, sizeof scheme, user, sizeof user, a.host, sizeof a.host,
                        &a.port, a.resource, sizeof a.resource) < HTTP_URI_STATUS_OK || !a.host[0]) {
        f->state = "error";
        qn_fail(&f->err, QN_EINVAL, "device address is not a URI");
        return;
    }
    r = qn_link_open(&link, &a, &limit, &f->err);
    qn_link_free(&link);
    if (r != 0)
        f->state = state_of(r, f);
}

bool qn_probe_run(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer)
{
    struct found f = { .said = NULL };
    char hex[65], text[256];

    (void)core;
    (void)stopping;
    if (qn_driver_is(ask))
        probe_port(ask, &f);
    else
        probe_ipp(ask, &f);
    qn_msg_str(answer, "state", f.state);
    qn_utf8_copy(text, sizeof text, f.err.text, strlen(f.err.text));
    qn_msg_str(answer, "text", text);
    qn_msg_str(answer, "certificate", f.peer.shown ? qn_hex(hex, f.peer.certificate, sizeof f.peer.certificate) : "");
    qn_facts_fill(answer, f.said);
    ippDelete(f.said);
    return true;
}
