/* What every process gives up. */
#ifndef QN_SANDBOX_H
#define QN_SANDBOX_H

#include "lib/err.h"

/* Undumpable, no core files, no new privileges, umask 077, SIGPIPE ignored, descriptors 0-2 open, environment cleared but
 * for a short list (PATH, LANG, NOTIFY_SOCKET, CREDENTIALS_DIRECTORY, WATCHDOG_USEC). First thing in every main(). */
void qn_sandbox_start(void);

/* Profiles of system calls (seccomp, libseccomp): everything else is EPERM, and execve, ptrace and the like kill. */
enum qn_sandbox_profile {
    QN_SANDBOX_CORE,    /* files, Unix sockets; no new processes, no internet sockets */
    QN_SANDBOX_INTAKE,  /* one job: read, write, sync, messages; no sockets, no files to open, no processes */
    QN_SANDBOX_DELIVER, /* one printer: internet sockets, reading; no processes, no files to write */
    QN_SANDBOX_LDAP,    /* internet sockets, reading files; no processes */
    QN_SANDBOX_PIN,     /* messages and memory alone */
    QN_SANDBOX_WEB,     /* accepts connections, threads; no processes */
    QN_SANDBOX_LISTEN,  /* intake's parent: what a job may, and accepting connections, dialling Unix sockets, forking */
    QN_SANDBOX_FILTER,  /* a foreign program, which it starts: reading; no sockets, no processes, no files to write */
};

/* Makes a profile's filter without applying it, for a parent that forks: its children only load it. QN_EIO. */
int qn_sandbox_prepare(enum qn_sandbox_profile profile, struct qn_err *err);

/* Applies `outer` to this process and makes the filter of its children's `inner`, which then holds only what outer allows and
 * inner does not: the kernel asks both, and a short filter is loaded in a fifth of the time. Fails as qn_sandbox_apply(). */
int qn_sandbox_nest(enum qn_sandbox_profile outer, enum qn_sandbox_profile inner, struct qn_err *err);

/* Applies a profile to all threads of this process for good; before it, load what opens files or executes (configuration,
 * qn_seal_warm(), name services). No profile but LISTEN may fork: another parent of workers has none, its children
 * have theirs.
 * QN_EIO if the kernel refuses: the caller exits. Builds with AddressSanitizer apply the killing rules alone. */
int qn_sandbox_apply(enum qn_sandbox_profile profile, struct qn_err *err);

#endif
