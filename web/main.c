/* quoin-web(8): the HTTPS listener of terminals, of people, or of administrators. One program, run three times. */
#include "config.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/program.h"
#include "lib/sandbox.h"
#include "web/certificate.h"
#include "web/edge.h"
#include "web/listen.h"
#include "web/rpc.h"

struct options {
    const char *conf;
    enum qn_instance instance;
    bool test;
};

static int usage(void)
{
    fprintf(stderr, "usage: quoin-web -i kiosk|portal|console [-c FILE] [-t]\n");
    return 2;
}

static bool options_read(struct options *o, int argc, char **argv)
{
    int c;

    *o = (struct options){ QN_SYSCONFDIR "/quoin.conf", QN_INSTANCES, false };
    while ((c = getopt(argc, argv, "c:i:t")) != -1) {
        if (c == 'c')
            o->conf = optarg;
        else if (c == 'i')
            o->instance = qn_instance_parse(optarg);
        else if (c == 't')
            o->test = true;
        else
            return false;
    }
    return o->instance != QN_INSTANCES && optind == argc;
}

static void web_setup(struct qn_web *web, const struct qn_conf *conf, enum qn_instance instance)
{
    char path[256];

    web->instance = instance;
    web->idle_s = (int)(qn_conf_int(conf, "kiosk-idle") / 1000) + 2;
    web->host_count = qn_conf_count(conf, "web-hosts");
    web->hosts = qn_alloc((web->host_count + 1) * sizeof *web->hosts);
    for (unsigned i = 0; i < web->host_count; i++)
        web->hosts[i] = qn_conf_item(conf, "web-hosts", i);
    snprintf(path, sizeof path, "%s/%s.sock", qn_conf_text(conf, "run-dir"), qn_instance_name(instance));
    web->rpc = qn_rpc_new(path);
    web->authority = instance == QN_KIOSK ? qn_authority_new(web->rpc) : NULL;
}

static void descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Certificate and key as GnuTLS reads them: a wrong file is said before anything listens. */
static int tls_check(const char *certificate, const char *key, struct qn_err *err)
{
    union { const char *in; unsigned char *out; } cert = { certificate }, secret = { key };
    gnutls_datum_t c = { cert.out, (unsigned)strlen(certificate) }, k = { secret.out, (unsigned)strlen(key) };
    gnutls_certificate_credentials_t both;
    int r;

    if (gnutls_certificate_allocate_credentials(&both) != 0)
        qn_panic("no memory for certificates");
    r = gnutls_certificate_set_x509_key_mem(both, &c, &k, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(both);
    if (r < 0)
        return qn_fail(err, QN_EINVAL, "tls-certificate and tls-key: %s", gnutls_strerror(r));
    return 0;
}

/* Listens, gives up what is not needed any more, and serves until told to end. */
static int serve(struct qn_web *web, const struct qn_conf *conf, struct qn_edge_options *o, struct qn_err *err)
{
    char where[32];
    struct MHD_Daemon *daemon;
    sigset_t end;
    int sig = 0, r;

    snprintf(where, sizeof where, "%s-listen", qn_instance_name(web->instance));
    o->listener = qn_listen_open(qn_conf_text(conf, where), err);
    if (o->listener < 0)
        return o->listener;
    descriptors_raise();
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    r = qn_sandbox_apply(QN_SANDBOX_WEB, err);
    if (r != 0)
        return r;
    daemon = qn_edge_start(web, o);
    if (!daemon)
        return qn_fail(err, QN_EINTERNAL, "no HTTP server");
    qn_log(QN_LOG_NOTICE, "%s listens on %s", qn_instance_name(web->instance), qn_conf_text(conf, where));
    sigwait(&end, &sig);
    qn_edge_stop(daemon);
    return 0;
}

static int run(const struct options *o, const struct qn_conf *conf, struct qn_err *err)
{
    struct qn_web web = { 0 };
    struct qn_edge_options edge = { .connections = (unsigned)qn_conf_int(conf, "web-connections"),
                                    .per_address = (unsigned)qn_conf_int(conf, "web-connections-per-address") };
    char *certificate = NULL, *key = NULL, *trust = NULL;
    int r;

    if (qn_conf_count(conf, "web-hosts") == 0)
        return qn_fail(err, QN_EINVAL, "web-hosts is empty: nobody could call us");
    r = qn_listen_read(qn_conf_text(conf, "tls-certificate"), &certificate, err);
    if (r == 0)
        r = qn_listen_read(qn_conf_text(conf, "tls-key"), &key, err);
    if (r == 0)
        r = tls_check(certificate, key, err);
    if (r == 0 && !o->test) {
        web_setup(&web, conf, o->instance);
        edge.certificate = certificate;
        edge.key = key;
        edge.trust = trust = web.authority ? qn_authority_pem(web.authority) : NULL;
        r = serve(&web, conf, &edge, err);
        qn_authority_free(&web.authority);
        qn_rpc_free(&web.rpc);
        free(web.hosts);
    }
    free(trust);
    qn_listen_forget(&certificate);
    qn_listen_forget(&key);
    return r;
}

int main(int argc, char **argv)
{
    struct qn_conf *conf = NULL;
    struct qn_err err = { 0 };
    struct options o;
    int r;

    qn_log_open("quoin-web", QN_LOG_INFO);
    qn_sandbox_start();
    if (!options_read(&o, argc, argv))
        return usage();
    r = qn_program_configure(&conf, o.conf, "quoin-web", &err);
    if (r == 0)
        r = run(&o, conf, &err);
    if (r != 0)
        qn_log_err(QN_LOG_ERR, "quoin-web", &err);
    qn_conf_free(&conf);
    return r == 0 ? 0 : 1;
}
