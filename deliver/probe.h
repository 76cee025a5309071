/* What a printer is and how it is: formats, options, state, supplies, certificate. */
#ifndef QN_PROBE_H
#define QN_PROBE_H

#include "deliver/errand.h"

qn_errand qn_probe_run;

#endif
