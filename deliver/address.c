#include "config.h"

#include "deliver/address.h"

#include <cups/http.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"

static bool address_clean(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s > '~')
            return false;
    return true;
}

/* A zone, a newline or a quote in a host would reach the Host field and the resolver. */
static bool host_clean(const char *s)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

    return *s && s[strspn(s, good)] == '\0';
}

int qn_address_parse_any(struct qn_address *out, const char *uri, const char *ca, const char *pin, struct qn_err *err)
{
    struct qn_address a = { .ca = ca && *ca ? ca : NULL };
    char scheme[16], user[64];

    memset(out, 0, sizeof *out);
    if (!address_clean(uri))
        return qn_fail(err, QN_EINVAL, "device address holds a blank or a control");
    if (httpSeparateURI(HTTP_URI_CODING_ALL, uri, scheme, sizeof scheme, user, sizeof user, a.host, sizeof a.host,
                        &a.port, a.resource, sizeof a.resource) != HTTP_URI_STATUS_OK)
        return qn_fail(err, QN_EINVAL, "device address is not a URI");
    a.tls = strcmp(scheme, "ipps") == 0;
    if (!a.tls && strcmp(scheme, "ipp") != 0)
        return qn_fail(err, QN_EINVAL, "device address is neither ipp:// nor ipps://");
    if (user[0] || !host_clean(a.host) || a.port < 1 || a.port > 65535 || a.resource[0] != '/' ||
        !address_clean(a.resource))
        return qn_fail(err, QN_EINVAL, "device address has a user, or a bad host, port or path");
    if (httpAssembleURI(HTTP_URI_CODING_ALL, a.uri, sizeof a.uri, scheme, NULL, a.host, a.port, a.resource) !=
        HTTP_URI_STATUS_OK)
        return qn_fail(err, QN_EINVAL, "device address is too long");
    a.pinned = pin && *pin;
    if (a.pinned && !qn_unhex(a.pin, sizeof a.pin, pin))
        return qn_fail(err, QN_EINVAL, "pin is not 64 hex digits");
    a.unproved = a.tls && !a.pinned && !a.ca;
    *out = a;
    return 0;
}

int qn_address_parse(struct qn_address *out, const char *uri, const char *ca, const char *pin, struct qn_err *err)
{
    int r = qn_address_parse_any(out, uri, ca, pin, err);

    if (r == 0 && out->unproved) {
        memset(out, 0, sizeof *out);
        r = qn_fail(err, QN_EDENIED, "ipps without a pin or a CA: anybody could answer");
    }
    return r;
}
