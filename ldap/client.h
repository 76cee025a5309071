/* Connections to the directory: TLS that can't be switched off, two kept connections a worker (one to search, one to check
 * passwords), fail-over of our own. */
#ifndef QN_LDAP_CLIENT_H
#define QN_LDAP_CLIENT_H

#include <ldap.h>
#include <stdatomic.h>
#include <stdint.h>

#include "ldap/settings.h"

enum { QN_SKIP_MS = 30000, QN_KEPT_IDLE_MS = 60000, QN_PDU_MAX = 4 << 20 };

/* Until when (milliseconds of qn_clock_boot()) a server that timed out is tried last. Shared by all workers. */
struct qn_health {
    _Atomic int64_t skip[QN_SERVERS_MAX];
};

struct qn_client;

/* Before the first call of libldap: its files and environment are not read, and names are looked up once, for a second. */
void qn_client_library(void);

/* A client; reads the service account's secret. settings and health outlive it. The caller frees with qn_client_free().
 * What qn_secret_open() says no to. Connects to nothing yet. */
int qn_client_new(struct qn_client **out, const struct qn_settings *settings, struct qn_health *health, struct qn_err *err);
void qn_client_free(struct qn_client **client);
const struct qn_settings *qn_client_settings(const struct qn_client *client);

/* A new connection to a server, under TLS unless the settings say otherwise, bound as nobody. The caller closes it with
 * qn_client_close(). QN_EAWAY with the reason (refused, certificate, StartTLS, time). */
int qn_client_connect(const struct qn_client *client, unsigned server, LDAP **out, struct qn_err *err);
void qn_client_close(LDAP **ld);

/* The service connection to that server, opened and bound if it is not; the client keeps it. *fresh_out: it was just opened
 * (may be NULL). QN_EAWAY, also when the directory refuses the service account. */
int qn_client_service(struct qn_client *client, unsigned server, LDAP **out, bool *fresh_out, struct qn_err *err);

/* Closes the service connection: it failed, or nobody knows what is still to come on it. */
void qn_client_drop(struct qn_client *client);

/* The connection that people's passwords are checked on, opened if there is none, it was idle for a minute or the server has
 * closed it; the client keeps it. It is bound as whoever came before or as nobody, so nothing but a bind may be sent on it, and
 * what may follow a bind that succeeded. Whoever gets no answer to that calls qn_client_person_drop(). QN_EAWAY. */
int qn_client_person(struct qn_client *client, unsigned server, LDAP **out, struct qn_err *err);
void qn_client_person_drop(struct qn_client *client);

/* One operation on a server: QN_EAWAY means that this server could not answer; anything else is the answer. */
typedef int qn_client_act(struct qn_client *client, unsigned server, void *arg, struct qn_err *err);

/* Runs act on the servers in order until one answers: those that timed out lately last, each within its share of the time.
 * Returns its answer, or QN_EAWAY with the last reason. */
int qn_client_try(struct qn_client *client, qn_client_act *act, void *arg, struct qn_err *err);

/* QN_EAWAY with "what: " and libldap's sentence for code, the server's own words after it. */
int qn_client_fail(LDAP *ld, int code, const char *what, struct qn_err *err);

#endif
