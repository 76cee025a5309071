/* A process that waits for the next hand-over, forked and warmed up before somebody has to wait for it. */
#ifndef QN_SPARE_H
#define QN_SPARE_H

#include <stdbool.h>
#include <sys/types.h>

struct qn_spare {
    pid_t pid; /* 0: there is none */
    int gate;  /* our end of its socket pair */
};

/* Gives the spare process a connection, which stays the caller's to close. False if it is gone. */
bool qn_spare_give(const struct qn_spare *spare, int sock);

/* In the spare process: waits for its connection. -1 if the listener is gone. */
int qn_spare_wait(int gate);

#endif
