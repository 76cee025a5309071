/* libldap does not always come back: both of its timeouts are ignored in a TLS handshake. A timer does what they should.
 *
 * When one server's time is up the socket is shut, which ends whatever libldap is waiting for; if the process is still not back
 * a little later (a name look-up, a loop) it answers the core itself, from the signal handler, and ends. */
#ifndef QN_LDAP_WATCHDOG_H
#define QN_LDAP_WATCHDOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/msg.h"

enum { QN_WATCHDOG_EXIT = 75, QN_WATCHDOG_TICK_MS = 100, QN_WATCHDOG_TICKS = 3 };

/* Installs the handler; once in a process. */
void qn_watchdog_start(void);

/* The answer to give on sock if this process must end; NULL: none (the request has been answered). Copied. */
void qn_watchdog_answer(int sock, const struct qn_msg *away);

/* Gives the next steps ms milliseconds. When they are over *mark (may be NULL) becomes value before anything else happens. */
void qn_watchdog_arm(int ms, _Atomic int64_t *mark, int64_t value);

/* Stops the timer. True if it had rung. */
bool qn_watchdog_disarm(void);

/* The socket to shut; -1 for none. False if the time is up already: do not go on with it. */
bool qn_watchdog_socket(int fd);

/* True if the timer has rung since it was armed. */
bool qn_watchdog_rang(void);

#endif
