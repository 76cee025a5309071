/* Places for jobs that are being received: so many in all, and a fair share for each owner. */
#ifndef QN_POOL_H
#define QN_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { QN_POOL_MAX = 1000 };

struct qn_place {
    pid_t pid;      /* 0: free */
    int gate;       /* our end of the child's socket pair; -1 once it was answered */
    uint64_t owner; /* 0: not told yet */
};

struct qn_pool {
    struct qn_place place[QN_POOL_MAX];
    size_t max, used;
};

/* A number that stands for an owner's name; never 0. */
uint64_t qn_pool_owner(const char *name);

/* True if an owner may have another place. One's share is the places divided by (owners present, this one included, and one
 * who may come), at least one. */
bool qn_pool_share(const struct qn_pool *pool, uint64_t owner);

/* Takes a free place; NULL if there is none. */
struct qn_place *qn_pool_take(struct qn_pool *pool, pid_t pid, int gate);

/* Gives back the place of a child that has ended and closes its gate. False if there is none. */
bool qn_pool_drop(struct qn_pool *pool, pid_t pid);

/* Reads the owner from a place's gate, answers, and closes the gate. */
void qn_pool_answer(struct qn_pool *pool, struct qn_place *place);

#endif
