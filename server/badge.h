/* A person's badges: what they look after themselves, what operators and the import may do. */
#ifndef QN_BADGE_H
#define QN_BADGE_H

#include "server/dispatch.h"

/* Handlers. */
qn_handler qn_badge_list, qn_badge_claim, qn_badge_lost, qn_badge_revoke, qn_badge_import;

#endif
