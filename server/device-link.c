#include "server/device-link.h"

#include <string.h>

#include "server/policy-diff.h"

/* One line a scheme. */
static const struct scheme {
    const char *begins;
    bool direct;  /* works without a driver: deliver speaks it */
    bool checked; /* directly, it is encrypted and the peer's certificate is checked */
    bool cable;   /* nothing of it is on a network */
} schemes[] = {
    { "ipps://", true, true, false },
    { "ipp://", true, false, false },
    { "socket://", false, false, false },
    { "lpd://", false, false, false },
    { "usb://", false, false, true },
};

static const struct scheme *scheme_of(const char *uri)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(uri, schemes[i].begins, strlen(schemes[i].begins)) == 0)
            return &schemes[i];
    return NULL;
}

/* Printable ASCII; it becomes an argument of a program of CUPS. */
static bool is_plain(const char *s, bool blanks)
{
    for (; *s; s++)
        if (*s < (blanks ? ' ' : '!') || *s > '~')
            return false;
    return true;
}

static int driver_check(const struct qn_device *d, const struct scheme *s, struct qn_err *err)
{
    const char *name = d->driver, *rest = d->uri + strlen(s->begins);

    if (strcmp(name, "everywhere") == 0)
        return s->direct ? 0 : qn_fail(err, QN_EINVAL, "\"everywhere\" is for ipp:// and ipps:// devices");
    if (s->direct)
        return qn_fail(err, QN_EINVAL, "for an ipp:// or ipps:// device the driver is \"everywhere\": others are for socket://, lpd:// "
                                       "and usb://");
    if (d->ca[0] || d->pin[0])
        return qn_fail(err, QN_EINVAL, "a %s device has no certificate: a CA file or a pin would only seem to help", s->begins);
    if (!is_plain(d->uri, false) || strpbrk(d->uri, "\"'<>\\`") || !*rest || *rest == '/' || memchr(rest, '@', strcspn(rest, "/?")))
        return qn_fail(err, QN_EINVAL, "a device's URI with a driver is SCHEME://HOST[:PORT][/PATH], without a user and without blanks");
    if (strcmp(name, "raw") == 0)
        return 0;
    if (!is_plain(name, true) || strchr("-./ ", *name) || strstr(name, "..") || !strpbrk(name, ":/"))
        return qn_fail(err, QN_EINVAL, "a driver is raw, everywhere, or the name of a model as \"lpinfo -m\" prints it");
    return 0;
}

int qn_device_link_check(const struct qn_device *d, struct qn_err *err)
{
    const struct scheme *s = scheme_of(d->uri);
    int r;

    if (!s)
        return qn_fail(err, QN_EINVAL, "a device's URI begins with ipp:// or ipps://, or, with a driver, socket://, lpd:// or usb://");
    if (d->driver[0] && (r = driver_check(d, s, err)) != 0)
        return r;
    if (!s->direct && !d->driver[0])
        return qn_fail(err, QN_EINVAL, "a %s device needs a driver: raw if it prints documents as they are, or the name of a model",
                       s->begins);
    if (s->checked && !d->ca[0] && !d->pin[0])
        return qn_fail(err, QN_EINVAL, "an ipps:// device needs a CA file or the pin of its certificate");
    return 0;
}

bool qn_device_link_queued(const struct qn_device *d)
{
    const struct scheme *s = scheme_of(d->uri);

    return d->driver[0] && s && !s->direct;
}

bool qn_device_link_encrypted(const struct qn_device *d)
{
    const struct scheme *s = scheme_of(d->uri);

    return s && (s->cable || s->checked);
}

void qn_device_link_effect(const struct qn_device *d, json_t *effect)
{
    if (qn_device_link_queued(d))
        qn_sentence(effect, "its documents pass through quoin-cups, in clear in this server's memory; what comes out can't be confirmed");
    else if (d->driver[0])
        qn_sentence(effect, "documents in a format that it does not print are converted by quoin-cups, in clear in this server's memory");
}
