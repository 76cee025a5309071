/* What happens by itself: due jobs, ended keys, old sessions, anchors of the clock. Each piece is a savepoint of the running turn. */
#ifndef QN_TICK_H
#define QN_TICK_H

#include "server/core.h"

/* Starts the timer that wakes the loop. */
int qn_tick_open(struct qn_core *c, struct qn_err *err);
void qn_tick_close(struct qn_core *c);

/* Called in each turn; runs what is due by its own interval. */
void qn_tick_run(struct qn_core *c);

/* After erasing: the WAL is emptied after the next commit. */
void qn_tick_want_truncate(struct qn_core *c);
bool qn_tick_wants_truncate(struct qn_core *c);
void qn_tick_truncated(struct qn_core *c);

/* True once a second: the WAL's pages move into the database. */
bool qn_tick_wants_checkpoint(struct qn_core *c);

#endif
