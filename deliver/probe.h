/* What a printer is and how it is: formats, options, state, supplies, certificate. */
#ifndef QN_PROBE_H
#define QN_PROBE_H

#include "deliver/errand.h"
#include "deliver/ipp.h"

qn_errand qn_probe_run;

/* Get-Printer-Attributes of all that a probe tells. 0 with *said (the caller's, ippDelete()); a code as of qn_ipp_call(), or
 * QN_EUNSUPPORTED if the printer refuses to tell. */
int qn_probe_ask(struct qn_ipp *p, ipp_t **said, int64_t until, struct qn_err *err);

#endif
