/* What the kernel's Landlock keeps a process from on top of its filter of system calls. Kernels without it: nothing, and no error. */
#ifndef QN_FENCE_H
#define QN_FENCE_H

#include "lib/err.h"

/* This process and what it becomes may execute `program` and read the system's libraries, and no other file. QN_EIO. */
int qn_fence_program(const char *program, struct qn_err *err);

/* This process writes and executes no file, as its sandbox says already; and it can't look into the memory of any process outside
 * this fence, which the sandbox, for those of the same user, leaves to them. QN_EIO. */
int qn_fence_self(struct qn_err *err);

#endif
