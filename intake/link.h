/* One conversation with the backend (backend/handover.h). */
#ifndef QN_LINK_H
#define QN_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "backend/handover.h"
#include "lib/err.h"

struct qn_link {
    int sock;        /* the backend's socket; ours to close */
    int data;        /* the document; -1 until the hand-over came */
    int64_t ticked;  /* when the last tick was sent, ms */
    bool begun;      /* some of the document has been read */
    bool alone;      /* the backend was killed: nobody is left to talk to */
};

/* Waits up to QN_HAND_FIRST seconds for the hand-over: packet has room for QN_HAND_MAX. Fills *n and link->data.
 * QN_EINVAL for no or more than one descriptor, one that is neither file nor pipe or not open for reading, an oversized packet;
 * QN_ETIMEOUT, QN_EEOF. */
int qn_link_receive(struct qn_link *link, uint8_t *packet, size_t *n, struct qn_err *err);

/* Says that we are alive if it is time to, and puts off the alarm that ends this process when it hangs. */
void qn_link_tick(struct qn_link *link);

/* Reads up to n bytes of the document. Returns how many, 0 at its end. QN_ETIMEOUT when nothing came for QN_HAND_IDLE seconds,
 * QN_EEOF for a cancel, QN_EINVAL for any other word, QN_EIO. Ticks meanwhile. A backend that vanishes is no cancel. */
ssize_t qn_link_read(struct qn_link *link, void *buf, size_t n, struct qn_err *err);

/* Says SEALED and waits for COMMIT. QN_EEOF for a cancel, QN_ETIMEOUT, QN_EINVAL for any other word. Without a backend it is
 * committed: cupsd takes a killed one for a job well done. */
int qn_link_commit(struct qn_link *link, struct qn_err *err);

/* The last word. */
void qn_link_verdict(const struct qn_link *link, enum qn_hand_why why);

#endif
