/* The life of one worker process: it dials the core, waits for work, answers one request at a time, ends with the connection. */
#ifndef QN_LDAP_WORKER_H
#define QN_LDAP_WORKER_H

#include "ldap/client.h"
#include "lib/sandbox.h"

struct qn_worker {
    const char *kind;                  /* ldap, pin */
    const char *socket;                /* path of the core's socket for that kind */
    enum qn_sandbox_profile sandbox;
    const struct qn_settings *settings; /* of the directory; NULL for pin */
    struct qn_health *health;          /* shared by all workers; NULL for pin */
};

/* Returns the exit status: 0 when the core closed the connection, 1 with a line in the log otherwise. */
int qn_worker_run(const struct qn_worker *w);

#endif
