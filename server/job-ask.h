/* Releases whose process is gone: their printers are asked what became of them, until it is certain or nobody can know any more. */
#ifndef QN_JOB_ASK_H
#define QN_JOB_ASK_H

#include "server/core.h"

void qn_asks_open(struct qn_core *c);
void qn_asks_close(struct qn_core *c);

/* Nobody has this releasing job any more. Before its printer's job id was committed not a byte of it has left: it is held again, with
 * "interrupted", and a job that may be open at the printer is cancelled there. Else its printer is asked, with growing pauses; it stays
 * releasing, with "asking". lost: a process broke off, so its device waits for the first answer, 30 s at most: an open job there would
 * only make it busy, and nobody waits longer for a printer that is dead. */
int qn_ask_take(struct qn_core *c, struct qn_job *j, bool lost, struct qn_err *err);

/* Its owner wants it stopped: asked at once, and cancelled. The next answer ends it. QN_ENOTFOUND if it is not being asked about; 1 if it
 * was stopped before. */
int qn_ask_stop(struct qn_core *c, const char *job);

/* Each turn: gives questions that are due to deliver processes. */
void qn_ask_pump(struct qn_core *c);

/* Each tick: renews all claims that somebody holds; whatever else is releasing and past its lease is taken as above. */
int qn_ask_leases(struct qn_core *c, struct qn_err *err);

/* At start, when no process has any: all of them. */
int qn_ask_recover(struct qn_core *c, struct qn_err *err);

#endif
