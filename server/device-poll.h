/* Printers are asked how they are: in turn by the clock, and at once when somebody is about to use one. */
#ifndef QN_DEVICE_POLL_H
#define QN_DEVICE_POLL_H

#include "server/core.h"

void qn_device_polls_open(struct qn_core *c);
void qn_device_polls_close(struct qn_core *c);

/* A device came in, changed or went: the list is read again before the next is asked, and this one is asked soon. */
void qn_device_polls_changed(struct qn_core *c, const char *name);

/* Each tick: asks those whose time has come, a few at once; ends waits that took too long. */
int qn_device_polls_run(struct qn_core *c, struct qn_err *err);

/* Asks this device now, unless that was done within the last 3 seconds or is being done. Returns how old what is known is, ms (a large
 * number for never); 0 if it is not asked by itself at all (device-poll 0), or not active. */
int64_t qn_device_poll_now(struct qn_core *c, int64_t device);

/* The device answered just now to somebody else's question. */
void qn_device_poll_done(struct qn_core *c, int64_t device, const char *state);

/* Calls done(ctx) and frees ctx when the device that is being asked has answered, or after ms, or at once if nobody asks it. In the
 * turn, never inside this call. */
void qn_device_poll_wait(struct qn_core *c, int64_t device, int64_t ms, void (*done)(struct qn_core *c, void *ctx), void *ctx);

#endif
