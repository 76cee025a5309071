/* What a printer says of itself, as the fields of a probe's answer: whatever it says, they fit. */
#ifndef QN_FACTS_H
#define QN_FACTS_H

#include <cups/ipp.h>

#include "lib/msg.h"

/* Names to ask for in Get-Printer-Attributes. */
extern const char *const qn_facts_asked[];
extern const int qn_facts_asked_count;

/* Fills the fields accepting, reasons, model, firmware, uuid, create_job, formats, copies, sides, colors, media, finishings, does and
 * supplies from the attributes of the answer (RFC 8011 section 5.4, PWG 5100.1, 5100.9, 5100.13; marker-* as CUPS has them). Text is
 * cleaned and cut; a keyword that is too long or holds other characters than a keyword may is left out; each list is cut at its limit.
 * NULL: a printer that said nothing. */
void qn_facts_fill(struct qn_msg *to, ipp_t *said);

/* idle, processing or stopped: not accepting and any "-error" among its reasons count as stopped (RFC 8011 section 5.4.12); error if it
 * gives no state. */
const char *qn_facts_state(ipp_t *said);

#endif
