/* Backends that CUPS installs for root alone. */
#ifndef QN_CUPS_BACKEND_H
#define QN_CUPS_BACKEND_H

/* NULL-ended: the backends that queues may use. */
extern const char *const qn_cups_backends[];

/* cupsd runs this program in the place of a backend (a link of that name) whose file says that only root may execute it, although
 * everybody may read it: Debian's lpd and usb. Then the backend is executed by way of the dynamic loader, as whoever we are, and this
 * returns only if that fails: the exit status. -1 if this program was started under its own name. */
int qn_cups_backend_run(char **argv);

#endif
