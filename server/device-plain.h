/* Links that are not encrypted: allowed for a time, for a reason, where the class allows it at all. */
#ifndef QN_DEVICE_PLAIN_H
#define QN_DEVICE_PLAIN_H

#include <jansson.h>

#include "server/core.h"

/* True if what is printed on the device crosses a network in clear. A cable at the server crosses none. */
bool qn_device_plain(const struct qn_device *d);

/* True if the device's link may be used as it is: it is encrypted, or its exception is in force by both clocks. The class decides besides
 * (plain-link). */
bool qn_device_plain_ok(const struct qn_core *c, const struct qn_device *d);

/* Reads the members "plain-until" (a date: its last day, UTC) and "plain-reason" of a device's document into *d. QN_EINVAL: one without
 * the other, a day that is over or more than a year ahead, or an exception that the link doesn't need. */
int qn_device_plain_read(const struct qn_core *c, const json_t *document, struct qn_device *d, struct qn_err *err);

/* "2026-12-31" of an exception's end (the last day that it covers), "" for 0. */
const char *qn_device_plain_day(int64_t until, char out[11]);

/* What it means, as a sentence for whoever decides a request. */
void qn_device_plain_effect(const struct qn_device *d, json_t *effect);

/* Each tick: records the exceptions that have ended since the last one, each once. */
int qn_device_plain_end(struct qn_core *c, struct qn_err *err);

#endif
