/* What a deliver process may be given: one line a message of the core. */
#ifndef QN_ERRAND_H
#define QN_ERRAND_H

#include "lib/msg.h"

/* Does what the checked message asks and fills the fields of its answer (already opened, code ok; a failure that the core should know
 * of is its own code). core is the connection it came on; stopping may become true at any time: then nothing new is begun. False if
 * the core is gone and nobody is left to tell. */
typedef bool qn_errand(struct qn_msg *ask, int core, const volatile int *stopping, struct qn_msg *answer);

struct qn_errand_line { const char *verb; qn_errand *run; };
extern const struct qn_errand_line qn_errand_table[]; /* ended by a NULL verb */

#endif
