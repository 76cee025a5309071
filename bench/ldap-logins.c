/* ldap-logins URI CA BASE SERVICE SECRET PEOPLE MODE THREADS LOGINS: what a log-in costs without Quoin, LOGINS times in each of that
 * many threads, each for its own person. MODE pooled: a search on one kept connection and a bind on another; fresh: a new
 * connection, TLS, the service account's bind, the search and the person's bind each time; badge: scrypt and a search on a kept
 * connection. PEOPLE as in core-logins.c. Prints seconds. */
#include "config.h"

#include <ldap.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "bench/common.h"

enum { THREADS_MAX = 64, COST = 16384 };
enum mode { POOLED, FRESH, BADGE };

static const char *uri, *ca, *base, *service, *secret;
static enum mode mode;
static int logins;
static pthread_barrier_t gate;

struct person { char login[64], password[64]; };

static void check(int code, const char *what)
{
    if (code != LDAP_SUCCESS)
        bench_die("%s: %s", what, ldap_err2string(code));
}

static LDAP *dial(void)
{
    int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, client = 0;
    LDAP *ld = NULL;

    check(ldap_initialize(&ld, uri), uri);
    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca);
    ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
    return ld;
}

static void bind_as(LDAP *ld, const char *dn, const char *password)
{
    struct berval cred = { strlen(password), (char *)(size_t)password };

    check(ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL), dn);
}

/* The person's DN, for ldap_memfree(). */
static char *search(LDAP *ld, const char *login)
{
    static const char *const attributes[] = { "entryUUID", "uid", "cn", "memberOf", "pwdAccountLockedTime", NULL };
    struct timeval tv = { 10, 0 };
    LDAPMessage *m = NULL;
    char filter[128], *dn;

    snprintf(filter, sizeof filter, "(&(objectClass=inetOrgPerson)(uid=%s))", login);
    check(ldap_search_ext_s(ld, base, LDAP_SCOPE_SUBTREE, filter, (char **)(size_t)attributes, 0, NULL, NULL, &tv, 2, &m), "search");
    if (ldap_count_entries(ld, m) != 1)
        bench_die("%s is not there", login);
    dn = ldap_get_dn(ld, ldap_first_entry(ld, m));
    ldap_msgfree(m);
    return dn;
}

static void pin_hash(const char *pin)
{
    unsigned char out[32];

    if (EVP_PBE_scrypt(pin, strlen(pin), (const unsigned char *)"0123456789abcdef", 16, COST, 8, 1, 64 << 20, out, sizeof out) != 1)
        bench_die("scrypt");
}

static void once(LDAP *searching, LDAP *binding, const struct person *p)
{
    LDAP *one = NULL;
    char *dn;

    if (mode == FRESH) {
        searching = binding = one = dial();
        bind_as(one, service, secret);
    } else if (mode == BADGE) {
        pin_hash("123456");
    }
    dn = search(searching, p->login);
    if (mode != BADGE)
        bind_as(binding, dn, p->password);
    ldap_memfree(dn);
    if (one)
        ldap_unbind_ext_s(one, NULL, NULL);
}

static void *terminal(void *arg)
{
    const struct person *p = arg;
    LDAP *searching = dial(), *binding = dial();
    char *dn;

    bind_as(searching, service, secret);
    dn = search(searching, p->login);
    bind_as(binding, dn, p->password);
    ldap_memfree(dn);
    pthread_barrier_wait(&gate);
    for (int i = 0; i < logins; i++)
        once(searching, binding, p);
    pthread_barrier_wait(&gate);
    ldap_unbind_ext_s(searching, NULL, NULL);
    ldap_unbind_ext_s(binding, NULL, NULL);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct person person[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    int threads;
    double start;
    FILE *f;

    if (argc != 10 || (threads = atoi(argv[8])) < 1 || threads > THREADS_MAX || (logins = atoi(argv[9])) < 1)
        return 2;
    uri = argv[1], ca = argv[2], base = argv[3], service = argv[4], secret = argv[5];
    mode = strcmp(argv[7], "fresh") == 0 ? FRESH : strcmp(argv[7], "badge") == 0 ? BADGE : POOLED;
    f = fopen(argv[6], "re");
    pthread_barrier_init(&gate, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++)
        if (!f || fscanf(f, "%63s %63s %*[^\n]", person[i].login, person[i].password) != 2 ||
            pthread_create(&thread[i], NULL, terminal, &person[i]) != 0)
            bench_die("starting");
    pthread_barrier_wait(&gate);
    start = bench_now();
    pthread_barrier_wait(&gate);
    printf("%.6f\n", bench_now() - start);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    fclose(f);
    return 0;
}
