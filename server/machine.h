/* Root's machine verbs, sent by quoinctl: status, devices and terminals. No verb here sees or moves a job. */
#ifndef QN_MACHINE_H
#define QN_MACHINE_H

#include "server/dispatch.h"

qn_handler qn_machine_status;

#endif
