/* Documents in cupsd's spool, for "check". */
#ifndef QN_CTL_CHECK_SPOOL_H
#define QN_CTL_CHECK_SPOOL_H

#include <stdint.h>

/* Calls each() with the job and the age of every document in cupsd's spool that has lain there for older_s seconds or more.
 * 0, or -1 if the folder can't be read. */
int ctl_spool_each_old(const char *folder, int64_t now_s, int64_t older_s, void (*each)(void *ctx, int job, int64_t age_s),
                       void *ctx);

#endif
