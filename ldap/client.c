#include "ldap/client.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/time.h>

#include "ldap/secret-seal.h"
#include "ldap/watchdog.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/secret.h"

/* A connection that is kept. */
struct kept {
    LDAP *ld;           /* NULL: none */
    unsigned server;    /* that it goes to */
    int64_t used;       /* when it last was */
};

struct qn_client {
    const struct qn_settings *settings;
    struct qn_health *health;
    struct qn_secret_text secret;
    struct kept service; /* bound as the service account, never as anybody else */
    struct kept person;  /* bound as whoever logged in last, or as nobody: for the next bind and nothing else */
};

/* ---- the library ---- */

void qn_client_library(void)
{
    if (setenv("LDAPNOINIT", "1", 1) != 0 || setenv("RES_OPTIONS", "timeout:1 attempts:1", 1) != 0)
        qn_panic("no memory for the environment");
}

/* ---- one connection ---- */

int qn_client_fail(LDAP *ld, int code, const char *what, struct qn_err *err)
{
    char *said = NULL;

    if (qn_watchdog_rang())
        return qn_fail(err, QN_EAWAY, "%s: no answer in time", what);
    if (ld)
        ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    qn_fail(err, QN_EAWAY, "%s: %s%s%.200s", what, ldap_err2string(code), said && *said ? ": " : "", said ? said : "");
    ldap_memfree(said);
    return QN_EAWAY;
}

/* libldap calls this with each socket it has connected. A length in front of a message is believed up to a bound only. */
static int socket_opened(LDAP *ld, Sockbuf *sb, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *ctx)
{
    ber_len_t max = QN_PDU_MAX;
    int fd = -1;

    (void)ld, (void)server, (void)address, (void)ctx;
    ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max);
    ber_sockbuf_ctrl(sb, LBER_SB_OPT_GET_FD, &fd);
    return qn_watchdog_socket(fd) ? 0 : -1;
}

static void socket_closing(LDAP *ld, Sockbuf *sb, struct ldap_conncb *ctx)
{
    (void)ld, (void)sb, (void)ctx;
    qn_watchdog_socket(-1);
}

/* Points the watchdog at a connection that is used again. */
static void socket_watch(LDAP *ld)
{
    int fd = -1;

    ldap_get_option(ld, LDAP_OPT_DESC, &fd);
    qn_watchdog_socket(fd);
}

static bool set(LDAP *ld, int option, const void *value)
{
    return ldap_set_option(ld, option, value) == LDAP_OPT_SUCCESS;
}

/* The order matters: options set after NEWCTX, or without it, are taken and ignored. */
static bool set_tls(LDAP *ld, const char *ca)
{
    int demand = LDAP_OPT_X_TLS_DEMAND, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    char *package = NULL;
    bool ok = set(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) && set(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least) &&
              set(ld, LDAP_OPT_X_TLS_CACERTFILE, ca);

    ldap_get_option(ld, LDAP_OPT_X_TLS_PACKAGE, &package);
    if (ok && package && strcmp(package, "GnuTLS") == 0)
        ok = set(ld, LDAP_OPT_X_TLS_CIPHER_SUITE, "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
    ldap_memfree(package);
    return ok && set(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
}

static bool set_options(LDAP *ld, const struct qn_settings *s, bool tls)
{
    static struct ldap_conncb callbacks = { socket_opened, socket_closing, NULL };
    struct timeval tv = { s->server_ms / 1000, (s->server_ms % 1000) * 1000 };
    int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER;

    return set(ld, LDAP_OPT_PROTOCOL_VERSION, &version) && set(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) &&
           set(ld, LDAP_OPT_RESTART, LDAP_OPT_OFF) && set(ld, LDAP_OPT_DEREF, &deref) &&
           set(ld, LDAP_OPT_NETWORK_TIMEOUT, &tv) && set(ld, LDAP_OPT_TIMEOUT, &tv) &&
           set(ld, LDAP_OPT_CONNECT_CB, &callbacks) && (!tls || set_tls(ld, s->ca));
}

int qn_client_connect(const struct qn_client *client, unsigned server, LDAP **out, struct qn_err *err)
{
    const struct qn_settings *s = client->settings;
    const char *uri = s->server[server];
    bool tls = qn_settings_tls(s, server);
    LDAP *ld = NULL;
    int code = ldap_initialize(&ld, uri), r = 0;

    *out = NULL;
    if (code != LDAP_SUCCESS || !set_options(ld, s, tls))
        r = qn_fail(err, QN_EAWAY, "%s: the library refuses an option", uri);
    else if ((code = ldap_connect(ld)) != LDAP_SUCCESS)
        r = qn_client_fail(ld, code, uri, err);
    else if (tls && strncasecmp(uri, "ldaps:", 6) != 0 && (code = ldap_start_tls_s(ld, NULL, NULL)) != LDAP_SUCCESS)
        r = qn_client_fail(ld, code, uri, err);
    else if (tls && !ldap_tls_inplace(ld))
        r = qn_fail(err, QN_EAWAY, "%s: the connection is not encrypted", uri);
    if (r != 0) {
        qn_client_close(&ld);
        return r;
    }
    *out = ld;
    return 0;
}

void qn_client_close(LDAP **ld)
{
    if (*ld)
        ldap_unbind_ext(*ld, NULL, NULL);
    *ld = NULL;
}

/* ---- connections that are kept ---- */

static bool kept_fits(const struct kept *k, unsigned server)
{
    return k->ld && k->server == server && qn_clock_boot() - k->used <= QN_KEPT_IDLE_MS;
}

static int kept_open(const struct qn_client *c, struct kept *k, unsigned server, struct qn_err *err)
{
    qn_client_close(&k->ld);
    k->server = server;
    return qn_client_connect(c, server, &k->ld, err);
}

static LDAP *kept_use(struct kept *k)
{
    socket_watch(k->ld);
    k->used = qn_clock_boot();
    return k->ld;
}

static int service_bind(const struct qn_client *c, LDAP *ld, struct qn_err *err)
{
    struct berval cred = { c->secret.len, (char *)c->secret.bytes };
    int code;

    if (!*c->settings->bind_dn)
        return 0;
    code = ldap_sasl_bind_s(ld, c->settings->bind_dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
    return code == LDAP_SUCCESS ? 0 : qn_client_fail(ld, code, "the service account", err);
}

int qn_client_service(struct qn_client *client, unsigned server, LDAP **out, bool *fresh_out, struct qn_err *err)
{
    bool fresh = !kept_fits(&client->service, server);
    int r = 0;

    *out = NULL;
    if (fresh_out)
        *fresh_out = fresh;
    if (fresh)
        r = kept_open(client, &client->service, server, err);
    if (fresh && r == 0)
        r = service_bind(client, client->service.ld, err);
    if (r != 0) {
        qn_client_drop(client);
        return r;
    }
    *out = kept_use(&client->service);
    return 0;
}

void qn_client_drop(struct qn_client *client)
{
    qn_client_close(&client->service.ld);
}

/* Nothing is to come on a connection that waits for the next bind: what is there is the server's good-bye. */
static bool person_silent(LDAP *ld)
{
    struct pollfd p = { -1, POLLIN, 0 };

    return ldap_get_option(ld, LDAP_OPT_DESC, &p.fd) == LDAP_OPT_SUCCESS && p.fd >= 0 && poll(&p, 1, 0) == 0;
}

int qn_client_person(struct qn_client *client, unsigned server, LDAP **out, struct qn_err *err)
{
    struct kept *k = &client->person;
    int r = 0;

    *out = NULL;
    if (!kept_fits(k, server) || !person_silent(k->ld))
        r = kept_open(client, k, server, err);
    if (r == 0)
        *out = kept_use(k);
    return r;
}

void qn_client_person_drop(struct qn_client *client)
{
    qn_client_close(&client->person.ld);
}

/* ---- fail-over ---- */

static int try_one(struct qn_client *c, unsigned server, int ms, qn_client_act *act, void *arg, struct qn_err *err)
{
    int r;

    qn_watchdog_arm(ms, &c->health->skip[server], qn_clock_boot() + ms + QN_SKIP_MS);
    r = act(c, server, arg, err);
    if (qn_watchdog_disarm()) {
        qn_client_drop(c);
        qn_client_person_drop(c);
        qn_log(QN_LOG_WARNING, "%s did not answer in %d ms; it is tried last for %d s", c->settings->server[server], ms,
               QN_SKIP_MS / 1000);
    } else if (r == QN_EAWAY) {
        qn_client_drop(c);
        qn_client_person_drop(c);
        qn_log_err(QN_LOG_WARNING, "directory", err);
    } else {
        atomic_store(&c->health->skip[server], 0);
    }
    return r;
}

int qn_client_try(struct qn_client *client, qn_client_act *act, void *arg, struct qn_err *err)
{
    const struct qn_settings *s = client->settings;
    int64_t now = qn_clock_boot(), until = now + s->request_ms;
    bool late[QN_SERVERS_MAX];
    int r = qn_fail(err, QN_EAWAY, "no directory server answers");

    for (unsigned i = 0; i < s->servers; i++)
        late[i] = atomic_load(&client->health->skip[i]) > now;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < s->servers && r == QN_EAWAY; i++) {
            int64_t left = until - qn_clock_boot();

            if (late[i] != (round == 1) || left < QN_WATCHDOG_TICK_MS)
                continue;
            r = try_one(client, i, left < s->server_ms ? (int)left : s->server_ms, act, arg, err);
        }
    return r;
}

/* ---- life ---- */

int qn_client_new(struct qn_client **out, const struct qn_settings *settings, struct qn_health *health, struct qn_err *err)
{
    struct qn_client *c = qn_alloc(sizeof *c);
    int r;

    *out = NULL;
    c->settings = settings;
    c->health = health;
    r = qn_secret_open(&c->secret, settings, err);
    if (r != 0) {
        qn_client_free(&c);
        return r;
    }
    *out = c;
    return 0;
}

void qn_client_free(struct qn_client **client)
{
    struct qn_client *c = *client;

    *client = NULL;
    if (!c)
        return;
    qn_client_drop(c);
    qn_client_person_drop(c);
    qn_secret_free(&c->secret.bytes);
    free(c);
}

const struct qn_settings *qn_client_settings(const struct qn_client *client)
{
    return client->settings;
}
