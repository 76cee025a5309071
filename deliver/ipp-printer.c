#include "config.h"

#include "deliver/ipp-printer.h"

#include <stdio.h>
#include <string.h>

#include "deliver/options.h"
#include "lib/buf.h"

static const char *const always_asked[] = {
    "document-format-supported", "media-bottom-margin-supported", "media-default", "media-left-margin-supported",
    "media-right-margin-supported", "media-top-margin-supported", "operations-supported", "printer-is-accepting-jobs",
    "printer-state", "printer-state-reasons", "printer-up-time",
};

enum { ALWAYS = sizeof always_asked / sizeof *always_asked, ASKED_MAX = 64 };

static ipp_t *ask_request(struct qn_ipp *p, json_t *options)
{
    ipp_t *q = qn_ipp_request(p, IPP_OP_GET_PRINTER_ATTRIBUTES, 0);
    char supported[ASKED_MAX][64];
    const char *names[ASKED_MAX], *name;
    int n = 0;

    for (; n < ALWAYS; n++)
        names[n] = always_asked[n];
    for (unsigned i = 0; (name = qn_option_name(i)) && n < ASKED_MAX; i++)
        if (json_object_get(options, name)) {
            snprintf(supported[n], sizeof supported[n], "%s-supported", name);
            names[n] = supported[n];
            n++;
        }
    if (!ippAddStrings(q, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes", n, NULL, names))
        qn_panic("no memory for a request");
    return q;
}

const char *qn_ipp_printer_stopping(ipp_t *facts)
{
    ipp_attribute_t *a = ippFindAttribute(facts, "printer-state-reasons", IPP_TAG_KEYWORD);

    for (int i = 0; a && i < ippGetCount(a); i++) {
        const char *s = ippGetString(a, i, NULL);
        size_t n = s ? strlen(s) : 0;

        if (n > 6 && strcmp(s + n - 6, "-error") == 0)
            return s;
    }
    return NULL;
}

static bool has_operation(ipp_t *facts, ipp_op_t op)
{
    ipp_attribute_t *a = ippFindAttribute(facts, "operations-supported", IPP_TAG_ENUM);

    return a && ippContainsInteger(a, (int)op);
}

static int facts_check(ipp_t *facts, const char *format, enum qn_cause *cause, struct qn_err *err)
{
    ipp_attribute_t *accepting = ippFindAttribute(facts, "printer-is-accepting-jobs", IPP_TAG_BOOLEAN);
    ipp_attribute_t *state = ippFindAttribute(facts, "printer-state", IPP_TAG_ENUM);
    ipp_attribute_t *formats = ippFindAttribute(facts, "document-format-supported", IPP_TAG_MIMETYPE);
    const char *reason = qn_ipp_printer_stopping(facts);
    char shown[64];

    *cause = QN_CAUSE_STOPPED;
    if (accepting && !ippGetBoolean(accepting, 0))
        return qn_fail(err, QN_EAWAY, "printer accepts no jobs");
    if (reason || (state && ippGetInteger(state, 0) == IPP_PSTATE_STOPPED)) {
        qn_utf8_copy(shown, sizeof shown, reason ? reason : "stopped", strlen(reason ? reason : "stopped"));
        return qn_fail(err, QN_EAWAY, "printer has stopped: %s", shown);
    }
    *cause = QN_CAUSE_FORMAT;
    if (formats && !ippContainsString(formats, format))
        return qn_fail(err, QN_EUNSUPPORTED, "printer does not print %s", format);
    *cause = QN_CAUSE_ERROR;
    if (!has_operation(facts, IPP_OP_CREATE_JOB) || !has_operation(facts, IPP_OP_SEND_DOCUMENT))
        return qn_fail(err, QN_EUNSUPPORTED, "printer does not know Create-Job and Send-Document");
    return 0;
}

int qn_ipp_printer_ask(struct qn_ipp *p, const char *format, json_t *options, ipp_t **facts, int64_t until,
                       enum qn_cause *cause, struct qn_err *err)
{
    ipp_t *request = ask_request(p, options), *reply = NULL;
    int r = qn_ipp_call(p, &request, &reply, until, err);

    *facts = NULL;
    *cause = qn_outcome_cause(r);
    if (r != 0)
        return r;
    if (ippGetStatusCode(reply) > IPP_STATUS_OK_CONFLICTING) {
        *cause = qn_outcome_status((int)ippGetStatusCode(reply));
        r = qn_fail(err, QN_EUNSUPPORTED, "Get-Printer-Attributes: status 0x%04x %s", (unsigned)ippGetStatusCode(reply),
                    p->said);
    } else {
        r = facts_check(reply, format, cause, err);
    }
    if (r == 0)
        *facts = reply; /* transferred */
    else
        ippDelete(reply);
    return r;
}

int qn_ipp_printer_up_time(ipp_t *facts)
{
    ipp_attribute_t *a = ippFindAttribute(facts, "printer-up-time", IPP_TAG_INTEGER);
    int v = a ? ippGetInteger(a, 0) : 0;

    return v > 0 ? v : 0;
}
