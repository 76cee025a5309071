/* The audit log: canonical JSON records as leaves of an RFC 6962 tree, heads signed as C2SP checkpoints (quoin-audit(5)). */
#ifndef QN_AUDIT_H
#define QN_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "server/store.h"

/* One line an event: C name, event name, what it records (also the manual's table). */
#define QN_AUDIT_TABLE(X) \
    X(SYS_START, "sys.start", "the core started") \
    X(SYS_STOP, "sys.stop", "the core stopped in order") \
    X(JOB_RECEIVED, "job.received", "a job came in from CUPS") \
    X(JOB_HELD, "job.held", "it is sealed, durable and has a due time") \
    X(JOB_REJECTED, "job.rejected", "a job was refused, with the reason") \
    X(AUTH_OK, "auth.ok", "a person logged in") \
    X(AUTH_DENIED, "auth.denied", "a log-in failed, with the true reason") \
    X(AUTH_SECOND, "auth.second", "a second person proved who they are at a terminal, for somebody else's release") \
    X(SESSION_END, "session.end", "a session ended") \
    X(ROLE_CONFLICT, "role.conflict", "a person holds conflicting roles and got neither") \
    X(RELEASE_AUTHORIZED, "job.release.authorized", "a release was decided; the printer has nothing yet") \
    X(RELEASE_COMPLETED, "job.release.completed", "the printer completed it") \
    X(RELEASE_FAILED, "job.release.failed", "it was not printed and is held again, with the reason") \
    X(RELEASE_UNCERTAIN, "job.release.uncertain", "it may have been printed") \
    X(RELEASE_DENIED, "job.release.denied", "a release was refused, with the reason") \
    X(RELEASE_STOPPED, "job.release.stopped", "a person at a terminal stopped a release") \
    X(RELEASE_RESOLVED, "job.release.resolved", "the owner said what became of an uncertain release") \
    X(JOB_DAMAGED, "job.damaged", "a job's file or row failed its check") \
    X(JOB_CANCELLED, "job.cancelled", "its owner deleted it, or an operator, with the reason") \
    X(JOB_OWNER, "job.owner", "a pending owner was found in the directory") \
    X(JOB_ERASED, "job.erased", "key, title, options and file are gone") \
    X(KEY_MADE, "key.made", "a shred key was made") \
    X(KEY_DESTROYED, "key.destroyed", "a shred key was destroyed") \
    X(DEVICE_SET, "device.set", "a device came in, was changed or retired, by two people") \
    X(DEVICE_SUSPECT, "device.suspect", "a device showed another certificate than the one it was registered with") \
    X(DEVICE_PROBED, "device.probed", "an administrator had a printer asked what it is") \
    X(DEVICE_TESTED, "device.tested", "an administrator had a test page printed") \
    X(DEVICE_EXCEPTION, "device.exception.ended", "the time is over for which a device could be reached without encryption") \
    X(TERMINAL_SET, "terminal.set", "a terminal came in, was changed, certified, enrolled or revoked") \
    X(BADGE_SET, "badge.set", "a badge was given to a person") \
    X(BADGE_DENIED, "badge.denied", "somebody tried to add a badge that can't be theirs") \
    X(PIN_SET, "pin.set", "a person got a PIN, or chose one") \
    X(BADGE_ENDED, "badge.ended", "a badge was given back, lost or revoked") \
    X(PIN_LOCKED, "pin.locked", "a PIN was locked after too many wrong tries") \
    X(PIN_UNLOCKED, "pin.unlocked", "an operator unlocked a PIN, with the reason") \
    X(PERSON_CHANGED, "person.changed", "the directory says something new of a person; sessions ended, with the times") \
    X(ACT_DENIED, "act.denied", "somebody logged in was refused an act: no role for it, or not any more") \
    X(PROOF_OK, "auth.proof", "a person gave the password again for a sensitive act") \
    X(CONTAIN_LOCKED, "contain.locked", "a person, device, terminal or queue was stopped, with the reason") \
    X(CONTAIN_UNLOCKED, "contain.unlocked", "it was let go again, with the reason") \
    X(DELEGATION_MADE, "delegation.made", "an owner let a colleague release their jobs") \
    X(DELEGATION_ENDED, "delegation.ended", "a delegation was taken back") \
    X(REQUEST_MADE, "request.made", "somebody proposed what needs two people") \
    X(REQUEST_APPROVED, "request.approved", "a second person signed it off, and it was done") \
    X(REQUEST_REJECTED, "request.rejected", "a second person refused it, with the reason") \
    X(REQUEST_ENDED, "request.ended", "a request was withdrawn, ran out or became void") \
    X(REQUEST_DENIED, "request.denied", "somebody tried what they may not: their own request, or one of others") \
    X(POLICY_APPLIED, "policy.applied", "a policy version came into force") \
    X(RECOVERY_DONE, "recovery.done", "root restored a policy version or appointed people, with the service stopped") \
    X(LOG_READ, "log.read", "the log was read")

enum qn_audit_event {
#define X(c, name, help) QN_AUDIT_##c,
    QN_AUDIT_TABLE(X)
#undef X
    QN_AUDIT_EVENTS
};
const char *qn_audit_event_name(enum qn_audit_event e);

/* Names in state-dir: the head file, and the key line for verifiers that qn_audit_open() writes beside it if it is missing. */
#define QN_AUDIT_HEAD_FILE "log-head"
#define QN_AUDIT_KEY_FILE "log-key.pub"

struct qn_audit;

/* Opens the log: rebuilds nothing, but checks that the store's rows, its head and the head file (path) agree, with the signature under
 * the public key of seed (Ed25519 private seed, 32 bytes). QN_ECORRUPT names the finding: a shorter log than the head file signed,
 * another root, a bad signature. A head file that is behind the store (crash) is fine: rows after it must extend it.
 * A log without a record gets its first head file here. Outside a transaction. The caller frees with qn_audit_free(). */
int qn_audit_open(struct qn_audit **out, struct qn_store *store, const char *head_path, const char *origin,
                  const uint8_t seed[32], struct qn_err *err);
void qn_audit_free(struct qn_audit **a);

/* Appends a record inside the turn's transaction. fields (borrowed, may be NULL) is an object of integers, strings, and objects
 * and arrays of these; v, seq, ts, boot, ev and req are added. Text that is not clean UTF-8 gets '?'. QN_EINTERNAL for other
 * fields, QN_EINVAL above 4,095 bytes (admin.audit carries it in one field).
 * Savepoints: qn_audit_mark() before a message, qn_audit_undo() if it is undone, qn_audit_rollback() if the turn died. */
int qn_audit_add(struct qn_audit *a, enum qn_audit_event ev, const char *req, json_t *fields, int64_t now_ms,
                 struct qn_err *err);
void qn_audit_mark(struct qn_audit *a);
void qn_audit_undo(struct qn_audit *a);
void qn_audit_rollback(struct qn_audit *a);

/* Inside the transaction, before the commit: stores the tree's right edge if records were added. */
int qn_audit_flush(struct qn_audit *a, struct qn_err *err);

/* After the commit: records of this turn are final. */
void qn_audit_committed(struct qn_audit *a);

/* Signs the head if anything was added since and (force, or 256 records, or 1 s passed): head file in place, fdatasync.
 * Outside a transaction. */
int qn_audit_sign(struct qn_audit *a, bool force, int64_t now_ms, struct qn_err *err);

int64_t qn_audit_size(const struct qn_audit *a);

#endif
