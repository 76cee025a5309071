/* Printers as a terminal shows them before anything is sent: what state they are in, what they offer, which other one is ready. */
#ifndef QN_KIOSK_PRINTER_H
#define QN_KIOSK_PRINTER_H

#include "web/web.h"

enum { QN_DEVICE_NAME = 64 };

struct qn_printers {
    char device[QN_DEVICE_NAME]; /* the one to print on */
    bool own;                    /* it is the one that the terminal stands at */
    struct qn_msg near, offer;   /* answers of device.near and device.offer; empty if the core doesn't say */
};

/* Asks about the printer that the form chose ("there", or "device"; without one, or one that this terminal does not print on: its own).
 * 0, and the caller frees with qn_printers_free(); negative with the reply filled. */
int qn_printers_ask(struct qn_request *rq, struct qn_printers *p);
void qn_printers_free(struct qn_printers *p);

/* Within a form: the choice ("device"), where there is one; and unless that printer is ready, what is the matter with it and which other
 * is, to be chosen with one tap ("there") if this terminal prints on it. */
void qn_printers_show(struct qn_request *rq, const struct qn_printers *p);

/* The form's "device", "" if it has none. False if it is no name. */
bool qn_device_read(const struct qn_request *rq, const char **device_out);

#endif
