/* Between cupsd and its backends: each runs once for a job, whatever it says, and also those that CUPS installs for root alone. */
#ifndef QN_RUN_BACKEND_H
#define QN_RUN_BACKEND_H

#include <stdbool.h>

/* What queues may use; ended by a NULL name. */
struct qn_cups_backend {
    const char *name;
    bool last_word;   /* after an error that it reports it would wait and send all again: it is ended there */
};
extern const struct qn_cups_backend qn_cups_backends[];

/* cupsd runs this program in the place of every backend (a link of that name). It starts the real one, by way of the dynamic loader if its
 * file may be read by everybody but executed by root alone (Debian's lpd and usb), and waits for it. "Try again", "hold" and the like
 * become "failed": a document of which something may have come out is never sent a second time by itself. Returns the exit status
 * for cupsd; -1 if this program was started under its own name. */
int qn_cups_backend_run(int argc, char **argv);

#endif
