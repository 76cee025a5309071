/* A job's row, for the files that read jobs. */
#ifndef QN_STORE_JOB_PRIVATE_H
#define QN_STORE_JOB_PRIVATE_H

#include "server/store-private.h"

/* In the order in which qn_job_read() takes them. */
#define QN_JOB_COLUMNS \
    "id, cupsd, cups_job, uuid, created, document, owner_name, length, owner, owner_verified, queue, format, class," \
    " state, version, commitment, tags, shred, wrapped, received, due, why, token, stage, device, terminal," \
    " printer_job, released, printer_uuid, lease, up_time, pages, expected, impressions, sheets, output"

/* Fills a zeroed struct qn_job from the columns. */
void qn_job_read(struct qn_query *q, void *row);

#endif
