/* What a job says about itself: the backend's hand-over, checked once here and trusted behind it. */
#ifndef QN_TICKET_H
#define QN_TICKET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/handover.h"
#include "lib/err.h"
#include "lib/msg.h"

struct qn_ticket {
    int64_t cups_job, created;   /* created: time-at-creation, seconds */
    int document;                /* number of the document in the job, from the spool file's name; 0 when it is piped */
    char uuid[65];               /* job-uuid; a client can choose it */
    char owner[256], queue[128], title[1024];
    char classification[64];     /* what the person chose; "" if nothing */
    bool banner;                 /* a page of CUPS's own, not the person's document */
    bool authenticated;          /* CUPS says it knows who submitted: believed once cupsd itself confirms the job */
    bool confirmed;              /* it has (confirm.c) */
    json_t *options;             /* IPP Job Template attributes: name -> value text (template.h), copies among them */
};

/* Reads a hand-over packet (backend/handover.h). The caller frees with qn_ticket_free().
 * QN_EINVAL with a sentence and *why: QN_WHY_OPTIONS if argv[5] is at fault, QN_WHY_OWNER for an impossible name,
 * QN_WHY_MALFORMED for anything else. *t is then empty. */
int qn_ticket_read(struct qn_ticket *t, const void *packet, size_t n, enum qn_hand_why *why, struct qn_err *err);
void qn_ticket_free(struct qn_ticket *t);

/* Fills the fields of a job.begin: for every ticket that was read they pass qn_verb_check(). cupsd is its configured name. */
void qn_ticket_fields(const struct qn_ticket *t, struct qn_msg *begin, const char *cupsd);

/* Raises the chosen classification to that of a name of CUPS's banner pages ("secret", "topsecret", ...); others are ignored.
 * A class that is none of the shipped ones is left for the core to judge. */
void qn_ticket_sheet(struct qn_ticket *t, const char *sheet);

#endif
