/* The hand-over: all that passes between CUPS's backend and quoin-intake, on one SOCK_SEQPACKET connection (quoin-backend(8)).
 *
 *   backend   one packet:  "QNH" 1, number of arguments, number of variables, two zero bytes,
 *                          then argv[0..] and "NAME=value" for each variable, each ended by a NUL; one descriptor: the document
 *   intake    TICK begun   it is alive; begun is 1 once it has read of the document. The first within QN_HAND_FIRST
 *   intake    SEALED 0     the whole document is sealed and synced
 *   backend   COMMIT 0     nobody has cancelled the job so far: from here on it is Quoin's
 *   backend   CANCEL 0     at any time before COMMIT: somebody has
 *   intake    VERDICT why  one of the table below; it may come at any time instead of SEALED
 *
 * Every packet but the first is two bytes. A backend that vanishes without CANCEL was killed; cupsd takes that for a job well
 * done and deletes its copy, so intake goes on alone and holds what has its format's own end.
 * libc alone: the backend includes this. */
#ifndef QN_HANDOVER_H
#define QN_HANDOVER_H

/* Where intake listens, in run-dir: a folder that intake may write. */
#define QN_HAND_SOCKET "intake/intake.sock"

enum {
    QN_HAND_VERSION = 1, QN_HAND_HEAD = 8, QN_HAND_MAX = 65536, QN_HAND_WORD = 2,
    QN_HAND_FIRST = 10, QN_HAND_IDLE = 60, QN_HAND_VERDICT = 10, /* seconds the backend waits: first word, next word, verdict */
    QN_HAND_AGAIN = 5,                                           /* seconds before it tries again by itself */
    QN_HAND_TICK = 3,                                            /* seconds between ticks, at most */
};

enum qn_hand_word { QN_HAND_SAY_TICK = 't', QN_HAND_SAY_SEALED = 's', QN_HAND_SAY_COMMIT = 'c', QN_HAND_SAY_CANCEL = 'x',
                    QN_HAND_SAY_VERDICT = 'v' };

/* Environment variables that are forwarded if set, and nothing else. */
#define QN_HAND_VARIABLES(X) \
    X(PRINTER) X(CONTENT_TYPE) X(FINAL_CONTENT_TYPE) X(CUPS_FILETYPE) X(AUTH_USERNAME) X(AUTH_UID) X(AUTH_INFO_REQUIRED)

/* What may become of a job: name, what CUPS is told (exit code; RETRY keeps its copy, CANCEL deletes it), state reason,
 * the sentence that its user reads. Sentences hold nothing that came with the job. Only add at the end. */
#define QN_HAND_VERDICTS(X) \
    X(NONE, RETRY, "quoin-away-warning", "The print release server gave no answer; the job waits here.") \
    X(HELD, OK, "", "Held for release at the printer.") \
    X(SKIPPED, OK, "", "Banner page not kept.") \
    X(AWAY, RETRY, "quoin-away-warning", "The print release server cannot be reached; the job waits here.") \
    X(BUSY, RETRY, "quoin-away-warning", "The print release server is receiving too many jobs; the job waits here.") \
    X(FULL, RETRY, "quoin-full-warning", "The print release server has no room for the job; it waits here.") \
    X(LATE, RETRY, "quoin-away-warning", "The print release server took too long; the job waits here.") \
    X(STALLED, RETRY, "quoin-away-warning", "The document stopped arriving; the job is tried again.") \
    X(BROKEN, RETRY, "quoin-away-warning", "The document could not be read or stored; the job is tried again.") \
    X(UNCONFIRMED, RETRY, "quoin-away-warning", "CUPS did not confirm the job; it waits here.") \
    X(MALFORMED, CANCEL, "quoin-refused-report", "The job was refused: its hand-over is malformed.") \
    X(OPTIONS, CANCEL, "quoin-refused-report", "The job was refused: its options cannot be understood.") \
    X(OWNER, CANCEL, "quoin-refused-report", "The job was refused: nobody of this name may print here.") \
    X(DENIED, CANCEL, "quoin-refused-report", "The job was refused: policy does not allow it.") \
    X(FORMAT, CANCEL, "quoin-refused-report", "The job was refused: the document is in no format that can be held.") \
    X(CUT, CANCEL, "quoin-refused-report", "The job was refused: the document is not complete.") \
    X(EMPTY, CANCEL, "quoin-refused-report", "The job was refused: the document is empty.") \
    X(LARGE, CANCEL, "quoin-refused-report", "The job was refused: the document is larger than allowed.") \
    X(SEVERAL, CANCEL, "quoin-refused-report", "The job was refused: print several documents that need conversion one by one.") \
    X(IMPOSTOR, CANCEL, "quoin-refused-report", "The job was refused: CUPS knows it otherwise or not at all.") \
    X(MISSING, CANCEL, "quoin-refused-report", "The job was refused: its document is missing.") \
    X(CANCELLED, RETRY, "", "The job was cancelled before it was held.") \
    X(COUNTLESS, CANCEL, "quoin-refused-report", "The job was refused: documents that need conversion are not taken here; print a PDF.")

enum qn_hand_why {
#define X(name, exit, state, text) QN_WHY_##name,
    QN_HAND_VERDICTS(X)
#undef X
    QN_WHY_COUNT
};

#endif
