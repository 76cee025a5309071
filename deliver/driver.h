/* Printers that need a driver: they are reached through a queue of quoin-cups, a private cupsd that is spoken to like any IPP printer. */
#ifndef QN_DRIVER_H
#define QN_DRIVER_H

#include "deliver/ipp.h"
#include "deliver/outcome.h"
#include "lib/msg.h"

/* Remembers where quoin-cups listens. Once, before anything else here. QN_EINVAL if run_dir is too long. */
int qn_driver_open(const char *run_dir, struct qn_err *err);

/* Where the printer of a message (its uri, ca, pin and driver) is spoken to: it itself, or, if it has a driver, its queue in quoin-cups.
 * QN_EINVAL, QN_EDENIED as qn_address_parse(); out lives as long as m. */
int qn_driver_address(struct qn_address *out, const struct qn_msg *m, struct qn_err *err);

/* True if the message's printer is reached through quoin-cups: it prints there. */
bool qn_driver_is(const struct qn_msg *m);

/* True if quoin-cups may convert what the message's printer, which is spoken to directly, does not print ("everywhere"). */
bool qn_driver_converts(const struct qn_msg *m);

/* The queue of either in quoin-cups, and making it as it must be, until then at most. QN_EUNSUPPORTED, QN_ETIMEOUT, or as
 * qn_ipp_call(). */
int qn_driver_queue(struct qn_address *out, const struct qn_msg *m, struct qn_err *err);
int qn_driver_queue_ready(struct qn_ipp *p, const struct qn_msg *m, int64_t until, struct qn_err *err);

/* The path of the Unix socket where quoin-cups gives the converted document of that job of its back. */
enum { QN_DRIVER_PATH = 128 };
void qn_driver_out(char path[QN_DRIVER_PATH], int job);

/* Makes sure that the printer's queue is there and is for this URI and driver, and that its host takes connections: afterwards nobody can
 * tell a printer that is off from one that lost the document. p has the address from above. Does nothing for a printer without a
 * driver. A code, and *cause: OURS if quoin-cups isn't there, OFF if the printer's host does not answer, ERROR if there is no such
 * driver. */
int qn_driver_ready(struct qn_ipp *p, const struct qn_msg *m, int64_t until, enum qn_cause *cause, struct qn_err *err);

/* Whether the printer behind the queue takes a connection now; 0 too for one that has none (USB). QN_EAWAY, QN_ETIMEOUT. */
int qn_driver_near(const struct qn_msg *m, int64_t until, struct qn_err *err);

/* Takes out of what the queue says it supports what only filters do, if it has none. */
void qn_driver_facts(const struct qn_msg *m, ipp_t *facts);

#endif
