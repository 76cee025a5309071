/* What is known of the printers themselves: asked now and then, and shown to people before they release anything. */
#ifndef QN_DEVICE_STATE_H
#define QN_DEVICE_STATE_H

#include "server/dispatch.h"

/* How a device is as far as anybody knows. */
struct qn_device_view {
    char status[17];         /* ready, busy, stopped, away, certificate, unknown, locked */
    char why[33];            /* a key of the catalogue; "" if there is nothing to say */
    int64_t asked, answered; /* wall clock, ms; 0: never */
};

/* Fills the view; what a printer said is believed for two rounds of asking. facts_out, which may be NULL: what it said
 * (lib/verb-print.h: probe_reply), which the caller drops; NULL if it never said anything. */
int qn_device_view(const struct qn_core *c, int64_t device, bool locked, struct qn_device_view *out, json_t **facts_out,
                   struct qn_err *err);

/* Takes in the answer to a deliver.probe (code ok). A printer that stops, goes away or comes back is logged; one that shows another
 * certificate than the one it was registered with is recorded, once for each certificate. */
int qn_device_learn(struct qn_core *c, const struct qn_device *d, const struct qn_msg *answer, struct qn_err *err);

/* True if the device is known to have shown somebody else's certificate when it was last asked: nothing is released there. */
bool qn_device_suspect(const struct qn_core *c, const struct qn_device *d);

/* How often printers are asked, ms; 0: only when somebody wants to know. */
int64_t qn_device_period(const struct qn_core *c);

enum { QN_BACKOFF_MS = 300000 }; /* the longest pause for one that is away */

/* Handlers: what a device offers, and all that is known of it. */
qn_handler qn_device_offer, qn_device_show;

#endif
