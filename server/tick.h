/* What happens by itself: due jobs, ended keys, old sessions, anchors of the clock. Each piece is a savepoint of the running turn. */
#ifndef QN_TICK_H
#define QN_TICK_H

#include "server/core.h"

/* Starts the timer that wakes the loop. */
int qn_tick_open(struct qn_core *c, struct qn_err *err);
void qn_tick_close(struct qn_core *c);

/* Called in each turn; runs what is due by its own interval. */
void qn_tick_run(struct qn_core *c);

/* After each turn: empties the WAL if something was erased, else moves its pages into the database once a
 * second. */
void qn_tick_after(struct qn_core *c);

#endif
