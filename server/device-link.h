/* How a device is reached: what its URI and its driver say of the way to it. */
#ifndef QN_DEVICE_LINK_H
#define QN_DEVICE_LINK_H

#include <jansson.h>

#include "server/store.h"

/* The URI is one that deliver processes can use, with or without a driver, and the driver is one that quoin-cups could have: "raw",
 * "everywhere" or the name of a model as "lpinfo -m" prints it. QN_EINVAL with a sentence. */
int qn_device_link_check(const struct qn_device *d, struct qn_err *err);

/* True if it is quoin-cups that prints on it, which counts no pages; what is merely converted there is printed by deliver itself. */
bool qn_device_link_queued(const struct qn_device *d);

/* True if nobody on the network can read or change what goes to it: ipps, its certificate checked by us, or a cable. */
bool qn_device_link_encrypted(const struct qn_device *d);

/* Adds what the way to it means for those who approve it. */
void qn_device_link_effect(const struct qn_device *d, json_t *effect);

#endif
