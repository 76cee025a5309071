/* What printers say, in our words: pure functions and their tables. */
#ifndef QN_DEVICE_WORDS_H
#define QN_DEVICE_WORDS_H

#include <jansson.h>
#include <stdbool.h>

/* Why a stopped printer has stopped, from its printer-state-reasons (an array of texts): a key of the catalogue. Errors count before
 * warnings; "printer-stopped" if none of them is known. */
const char *qn_device_reason(const json_t *reasons, bool accepting);

/* How a device is shown that was in that state when it was last asked: ready, busy, stopped, away, certificate, unknown. */
const char *qn_device_status(const char *state);

/* What people are told of that state: a key of the catalogue, "" if there is nothing to say. */
const char *qn_device_why(const char *state, const json_t *reasons, bool accepting);

/* How near two locations are: the number of words ("Berlin/3/East", "Berlin, 3, east") that they begin with in common. */
int qn_location_common(const char *a, const char *b);

#endif
