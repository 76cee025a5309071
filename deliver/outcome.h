/* What a release came to: what happened × how far it had got × what became of the printer's job. One table. */
#ifndef QN_OUTCOME_H
#define QN_OUTCOME_H

#include "lib/err.h"

/* What ended a release, and what its owner is told if the job stays held: a key of the catalogue of sentences. */
#define QN_CAUSE_TABLE(X) \
    X(END, "printer-error")              /* the printer's job came to an end by itself */ \
    X(FILE, "damaged")                   /* the sealed file fails a check */ \
    X(OURS, "no-deliver")                /* our own side: the core is away, we are being stopped, a disk error */ \
    X(OFF, "printer-off")                /* not reachable, or it does not answer in time */ \
    X(CERTIFICATE, "printer-certificate") /* not the printer we know */ \
    X(BUSY, "printer-busy")              /* it has another job and can't queue ours */ \
    X(FORMAT, "printer-refused-format")  /* it can't print this kind of document */ \
    X(OPTIONS, "options-unsupported")    /* it can't print the pages or layout that were asked for, and neither can we */ \
    X(LARGE, "options-too-big")          /* too large for us to do that */ \
    X(PAGES, "options-no-pages")         /* none of the pages that were asked for is there */ \
    X(FILTER, "options-failed")          /* pdftopdf failed on it */ \
    X(STOPPED, "printer-stopped")        /* out of paper, jammed, switched to not accepting */ \
    X(ERROR, "printer-error")            /* it refused, or does not speak IPP as it must */ \
    X(STOP, "stopped")                   /* its owner stopped it */ \
    X(LOST, "interrupted")               /* the process that had it is gone */

enum qn_cause {
#define X(name, why) QN_CAUSE_##name,
    QN_CAUSE_TABLE(X)
#undef X
    QN_CAUSES
};

/* How far the document had got. */
enum qn_reach {
    QN_REACH_NOTHING, /* no job of ours at the printer */
    QN_REACH_OPEN,    /* a job of ours without a byte of its document */
    QN_REACH_SENDING, /* the first byte may have left */
    QN_REACH_SENT,    /* the printer accepted the whole document */
    QN_REACHES
};

/* What the printer says became of its job. */
enum qn_fate {
    QN_FATE_UNKNOWN,   /* nothing yet, or nothing final: it can be asked again */
    QN_FATE_COMPLETED,
    QN_FATE_CLEAN,     /* canceled or aborted, and it says that nothing was printed */
    QN_FATE_SPOILT,    /* canceled or aborted, with pages printed or without saying how many */
    QN_FATE_LOST,      /* it does not know it, or its id means another one now: nobody can say any more */
    QN_FATES
};

struct qn_outcome {
    const char *outcome; /* printed, held, uncertain, damaged, printing (ask again later) */
    const char *why;     /* a key of the catalogue; "" when printed */
};

/* Never NULLs. Anything that is not certain is uncertain. */
struct qn_outcome qn_outcome_judge(enum qn_cause cause, enum qn_reach reach, enum qn_fate fate);

/* The cause behind a failed exchange with the printer (a QN_E code). */
enum qn_cause qn_outcome_cause(int code);

/* The cause behind an IPP status code (RFC 8011 appendix B). */
enum qn_cause qn_outcome_status(int status);

#endif
