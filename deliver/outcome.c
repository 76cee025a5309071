#include "config.h"

#include "deliver/outcome.h"

#include <cups/ipp.h>
#include <stddef.h>

static const char *const cause_why[QN_CAUSES] = {
#define X(name, why) [QN_CAUSE_##name] = why,
    QN_CAUSE_TABLE(X)
#undef X
};

enum { ANY = -1 };

/* The first line that fits counts. */
static const struct {
    int cause, least, most, fate; /* reach from least to most */
    const char *outcome, *why;    /* why NULL: the cause's */
} outcomes[] = {
    { QN_CAUSE_FILE, QN_REACH_NOTHING, QN_REACH_SENT, ANY, "damaged", "damaged" },
    { ANY, QN_REACH_NOTHING, QN_REACH_OPEN, ANY, "held", NULL },
    { ANY, QN_REACH_SENT, QN_REACH_SENT, QN_FATE_COMPLETED, "printed", "" },
    { ANY, QN_REACH_SENDING, QN_REACH_SENT, QN_FATE_CLEAN, "held", NULL },
    { QN_CAUSE_STOP, QN_REACH_SENDING, QN_REACH_SENT, ANY, "uncertain", "stopped" }, /* whoever stopped it stands there and sees */
    { ANY, QN_REACH_SENDING, QN_REACH_SENT, QN_FATE_UNKNOWN, "printing", NULL },
};

struct qn_outcome qn_outcome_judge(enum qn_cause cause, enum qn_reach reach, enum qn_fate fate)
{
    struct qn_outcome out = { "uncertain", "uncertain" };

    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if ((outcomes[i].cause == ANY || outcomes[i].cause == (int)cause) && (int)reach >= outcomes[i].least &&
            (int)reach <= outcomes[i].most && (outcomes[i].fate == ANY || outcomes[i].fate == (int)fate)) {
            out.outcome = outcomes[i].outcome;
            out.why = outcomes[i].why ? outcomes[i].why : cause_why[cause];
            break;
        }
    return out;
}

static const struct {
    int code;
    enum qn_cause cause;
} codes[] = {
    { QN_EAWAY, QN_CAUSE_OFF },
    { QN_ETIMEOUT, QN_CAUSE_OFF },
    { QN_EEOF, QN_CAUSE_OFF },
    { QN_EDENIED, QN_CAUSE_CERTIFICATE },
    { QN_ECORRUPT, QN_CAUSE_FILE },
    { QN_EIO, QN_CAUSE_OURS },
    { QN_EINTERNAL, QN_CAUSE_OURS },
};

enum qn_cause qn_outcome_cause(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].cause;
    return QN_CAUSE_ERROR;
}

static const struct {
    int status;
    enum qn_cause cause;
} statuses[] = {
    { IPP_STATUS_ERROR_BUSY, QN_CAUSE_BUSY },
    { IPP_STATUS_ERROR_TEMPORARY, QN_CAUSE_BUSY },
    { IPP_STATUS_ERROR_TOO_MANY_JOBS, QN_CAUSE_BUSY },
    { IPP_STATUS_ERROR_NOT_ACCEPTING_JOBS, QN_CAUSE_STOPPED },
    { IPP_STATUS_ERROR_PRINTER_IS_DEACTIVATED, QN_CAUSE_STOPPED },
    { IPP_STATUS_ERROR_DEVICE, QN_CAUSE_STOPPED },
    { IPP_STATUS_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, QN_CAUSE_FORMAT },
    { IPP_STATUS_ERROR_DOCUMENT_FORMAT_ERROR, QN_CAUSE_FORMAT },
    { IPP_STATUS_ERROR_DOCUMENT_UNPRINTABLE, QN_CAUSE_FORMAT },
};

enum qn_cause qn_outcome_status(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            return statuses[i].cause;
    return QN_CAUSE_ERROR;
}
