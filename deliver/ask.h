/* What became of a job that an earlier process gave to a printer: asked again after a crash, a lost answer, or when it takes long. */
#ifndef QN_ASK_H
#define QN_ASK_H

#include "deliver/errand.h"

qn_errand qn_ask_run;

#endif
