#include "config.h"

#include "deliver/outcome.h"

#include <cups/ipp.h>
#include <stddef.h>

static const char *const event_why[QN_EVENTS] = {
#define X(name, why) [QN_EVENT_##name] = why,
    QN_EVENT_TABLE(X)
#undef X
};

enum { ANY = -1 };

/* The first line that fits counts. */
static const struct {
    int event, least, most, fate; /* reach from least to most */
    const char *outcome, *why;    /* why NULL: the event's */
} outcomes[] = {
    { QN_EVENT_FILE, QN_REACH_NOTHING, QN_REACH_SENT, ANY, "damaged", "damaged" },
    { ANY, QN_REACH_NOTHING, QN_REACH_OPEN, ANY, "held", NULL },
    { ANY, QN_REACH_SENT, QN_REACH_SENT, QN_FATE_COMPLETED, "printed", "" },
    { ANY, QN_REACH_SENDING, QN_REACH_SENT, QN_FATE_CLEAN, "held", NULL },
};

struct qn_outcome qn_outcome_judge(enum qn_event event, enum qn_reach reach, enum qn_fate fate)
{
    struct qn_outcome out = { "uncertain", "uncertain" };

    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if ((outcomes[i].event == ANY || outcomes[i].event == (int)event) && (int)reach >= outcomes[i].least &&
            (int)reach <= outcomes[i].most && (outcomes[i].fate == ANY || outcomes[i].fate == (int)fate)) {
            out.outcome = outcomes[i].outcome;
            out.why = outcomes[i].why ? outcomes[i].why : event_why[event];
            break;
        }
    return out;
}

static const struct {
    int code;
    enum qn_event event;
} codes[] = {
    { QN_EAWAY, QN_EVENT_OFF },
    { QN_ETIMEOUT, QN_EVENT_OFF },
    { QN_EEOF, QN_EVENT_OFF },
    { QN_EDENIED, QN_EVENT_CERTIFICATE },
    { QN_ECORRUPT, QN_EVENT_FILE },
    { QN_EIO, QN_EVENT_OURS },
    { QN_EINTERNAL, QN_EVENT_OURS },
};

enum qn_event qn_outcome_event(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].event;
    return QN_EVENT_ERROR;
}

static const struct {
    int status;
    enum qn_event event;
} statuses[] = {
    { IPP_STATUS_ERROR_BUSY, QN_EVENT_BUSY },
    { IPP_STATUS_ERROR_TEMPORARY, QN_EVENT_BUSY },
    { IPP_STATUS_ERROR_TOO_MANY_JOBS, QN_EVENT_BUSY },
    { IPP_STATUS_ERROR_NOT_ACCEPTING_JOBS, QN_EVENT_STOPPED },
    { IPP_STATUS_ERROR_PRINTER_IS_DEACTIVATED, QN_EVENT_STOPPED },
    { IPP_STATUS_ERROR_DEVICE, QN_EVENT_STOPPED },
    { IPP_STATUS_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, QN_EVENT_FORMAT },
    { IPP_STATUS_ERROR_DOCUMENT_FORMAT_ERROR, QN_EVENT_FORMAT },
    { IPP_STATUS_ERROR_DOCUMENT_UNPRINTABLE, QN_EVENT_FORMAT },
};

enum qn_event qn_outcome_status(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            return statuses[i].event;
    return QN_EVENT_ERROR;
}
