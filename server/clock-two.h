/* The second clock: an anchor kept in the store plus CLOCK_BOOTTIME. It never jumps with the wall clock; after a restart of the
 * machine it follows the wall clock only where that is plausible. Release stops when either clock says due; erasing waits for both. */
#ifndef QN_CLOCK_TWO_H
#define QN_CLOCK_TWO_H

#include "server/core.h"

/* Reads both clocks into c->now, c->steady and c->boot. */
void qn_clock_two_read(struct qn_core *c);

/* At start, inside a transaction: takes up the anchor of the run before (same boot: exactly; after a reboot: the wall clock, unless it
 * went back or ahead by more than a week, which is logged and not believed). */
int qn_clock_two_open(struct qn_core *c, struct qn_err *err);

/* Inside a transaction: writes the anchor. */
int qn_clock_two_save(struct qn_core *c, struct qn_err *err);

/* Either clock is at or past the time. */
bool qn_clock_any_past(const struct qn_core *c, int64_t when);

#endif
