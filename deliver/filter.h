/* Running pdftopdf: a foreign program that reads a person's document, so it gets that and nothing else. */
#ifndef QN_FILTER_H
#define QN_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* Starts this process's helper, once and while it still may start processes: it holds nothing of any job, waits for
 * qn_filter_run(), starts the filter and ends it in time. It ends with this process. program: path of pdftopdf; bytes: of the
 * largest document (qn_filter_most()) and of half the largest result. QN_EIO if there is no process for it. */
int qn_filter_start(const char *program, int64_t bytes, struct qn_err *err);

/* Bytes of the largest document that the filter is given. */
int64_t qn_filter_most(void);

/* True while the work may go on; asked a few times a second. */
typedef bool qn_filter_more(void *ctx);

/* Runs the filter once: document in (a memfd), result out and what it says to said (both empty memfds), options as
 * qn_layout_allowed(). The filter has 120 s of processor and of time, 1 GiB of memory, these three descriptors and read access to
 * the system's libraries: no sockets, no processes, no other files. 0 if it ended well. QN_ETIMEOUT; QN_EAWAY if it could not be
 * started, or more() said no; QN_ECORRUPT if it failed. */
int qn_filter_run(int in, int out, int said, const char *options, qn_filter_more *more, void *ctx, struct qn_err *err);

#endif
