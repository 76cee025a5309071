#include "ldap/explain-net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/buf.h"

enum { CONNECT_S = 1 };

/* Each address on its own: of several behind one name, one may be gone. */
static bool reach_address(const struct addrinfo *a)
{
    struct timeval tv = { CONNECT_S, 0 };
    char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol), why;

    getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
    why = fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
    if (fd >= 0)
        close(fd);
    if (why == 0)
        return qn_explain_ok("connection: %s port %s accepts", host, port);
    return qn_explain_no("connection: %s port %s: %s", host, port,
                         why == EINPROGRESS || why == EAGAIN ? "no answer at all" : strerror(why));
}

static bool reach_name(const char *host, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int code = getaddrinfo(host, port, &hints, &list);
    bool ok = false;

    if (code != 0) {
        qn_explain_no("name: %s: %s", host, gai_strerror(code));
        qn_explain_hint("check the spelling in directory-servers, and /etc/resolv.conf or /etc/hosts");
        return false;
    }
    qn_explain_ok("name: %s has an address", host);
    for (const struct addrinfo *a = list; a; a = a->ai_next)
        ok = reach_address(a) || ok;
    freeaddrinfo(list);
    if (!ok)
        qn_explain_hint("does the server run, is the port right, does a firewall stand between?");
    return ok;
}

static void address_name(struct qn_buf *out, const ASN1_OCTET_STRING *ip)
{
    char text[INET6_ADDRSTRLEN];
    int n = ASN1_STRING_length(ip);

    if ((n == 4 || n == 16) && inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(ip), text, sizeof text))
        qn_buf_printf(out, "%s%s", out->len ? ", " : "", text);
}

/* The certificate's own names; those that say nothing to TLS are left out. */
static void certificate_names(struct qn_buf *out, const X509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

        if (n->type == GEN_DNS)
            qn_buf_printf(out, "%s%.*s", out->len ? ", " : "", ASN1_STRING_length(n->d.dNSName),
                          (const char *)ASN1_STRING_get0_data(n->d.dNSName));
        else if (n->type == GEN_IPADD)
            address_name(out, n->d.iPAddress);
    }
    GENERAL_NAMES_free(names);
}

static void certificate_tell(const X509 *x, const char *ca)
{
    char issuer[256] = "", until[64] = "";
    BIO *bio = BIO_new(BIO_s_mem());
    struct qn_buf names = { .max = 1024 };
    int n = bio && ASN1_TIME_print(bio, X509_get0_notAfter(x)) ? BIO_read(bio, until, sizeof until - 1) : 0;

    until[n > 0 ? n : 0] = '\0';
    X509_NAME_oneline(X509_get_issuer_name(x), issuer, sizeof issuer);
    certificate_names(&names, x);
    qn_explain_ok("certificate: for %s, valid until %s", names.len && !names.full ? names.data : "its common name", until);
    qn_explain_ok("certificate: issued by %s, which %s vouches for", issuer, ca);
    qn_buf_free(&names);
    BIO_free(bio);
}

static bool tls_tell(LDAP *ld, const struct qn_settings *s)
{
    struct berval der = { 0, NULL };
    const unsigned char *at;
    char *version = NULL;
    X509 *x;

    ldap_get_option(ld, LDAP_OPT_X_TLS_VERSION, &version);
    qn_explain_ok("encryption: %s", version ? version : "TLS");
    ldap_memfree(version);
    if (ldap_get_option(ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || !der.bv_val)
        return true;
    at = (const unsigned char *)der.bv_val;
    x = d2i_X509(NULL, &at, (long)der.bv_len);
    if (x)
        certificate_tell(x, s->ca);
    X509_free(x);
    ber_memfree(der.bv_val);
    return true;
}

bool qn_explain_reach(const struct qn_client *client, unsigned server)
{
    const struct qn_settings *s = qn_client_settings(client);
    LDAPURLDesc *url = NULL;
    struct qn_err err = { 0 };
    char port[16] = "";
    LDAP *ld = NULL;
    bool ok;

    if (ldap_url_parse(s->server[server], &url) != LDAP_URL_SUCCESS || !url->lud_host)
        return qn_explain_no("address: %s is none", s->server[server]);
    snprintf(port, sizeof port, "%d", url->lud_port);
    ok = reach_name(url->lud_host, port);
    ldap_free_urldesc(url);
    if (!ok)
        return false;
    if (qn_client_connect(client, server, &ld, &err) != 0) {
        qn_explain_no("encryption: %s", err.text);
        qn_explain_hint("the certificate must come from directory-ca, bear the name in directory-servers and be valid today; "
                        "TLS 1.2 is the least");
        return false;
    }
    ok = qn_settings_tls(s, server) ? tls_tell(ld, s) : qn_explain_ok("encryption: none (directory-insecure)");
    qn_client_close(&ld);
    return ok;
}
