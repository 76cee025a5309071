#include "web/admission.h"

#include <string.h>
#include <strings.h>

static void refuse(struct qn_admission *a, int status, const char *why)
{
    if (a->status)
        return;
    a->status = status;
    qn_fail(&a->err, QN_EINVAL, "%s", why);
}

void qn_admit_target(struct qn_admission *a, const char *raw)
{
    size_t n = strlen(raw);

    if (n > QN_TARGET_MAX)
        refuse(a, 414, "request target is too long");
    if (raw[0] != '/')
        refuse(a, 400, "request target is not a path");
    for (size_t i = 0; i < n; i++)
        if (raw[i] < 0x21 || raw[i] > 0x7e || raw[i] == '#')
            refuse(a, 400, "request target has a byte that does not belong there");
    if (strstr(raw, "%00"))
        refuse(a, 400, "request target has an escaped NUL");
}

static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
              (s[i] && strchr("!#$%&'*+-.^_`|~", s[i]))))
            return false;
    return n > 0;
}

static bool is_field_value(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
            return false;
    return n <= QN_HEADER_VALUE;
}

static void content_length(struct qn_admission *a, const char *value, size_t n)
{
    size_t length = 0;

    a->body = true;
    if (n == 0 || n > 10 || strspn(value, "0123456789") != n) {
        refuse(a, n > 10 ? 413 : 400, "Content-Length is not a number we take");
        return;
    }
    for (size_t i = 0; i < n; i++)
        length = length * 10 + (size_t)(value[i] - '0');
    if (length > QN_BODY_LARGE)
        refuse(a, 413, "body is too large");
    a->length = length;
}

void qn_admit_body(struct qn_admission *a, bool large)
{
    if (a->length > (large ? QN_BODY_LARGE : QN_BODY_MAX))
        refuse(a, 413, "body is too large");
}

static bool is_form(const char *value)
{
    static const char type[] = "application/x-www-form-urlencoded";
    size_t n = sizeof type - 1;

    return strncasecmp(value, type, n) == 0 && (value[n] == '\0' || value[n] == ';' || value[n] == ' ');
}

void qn_admit_header(struct qn_admission *a, const char *name, size_t name_len, const char *value, size_t value_len)
{
    if (!is_token(name, name_len) || name[name_len])
        return refuse(a, 400, "header name is not a token");
    if (!is_field_value(value, value_len) || value[value_len])
        return refuse(a, 400, "header value has bytes that do not belong there, or too many");
    if (++a->headers > QN_HEADERS_MAX)
        return refuse(a, 431, "too many headers");
    a->head_bytes += name_len + 2 + value_len + 2;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        refuse(a, 400, "Transfer-Encoding is not taken");
    } else if (strcasecmp(name, "Content-Length") == 0) {
        a->lengths++;
        content_length(a, value, value_len);
    } else if (strcasecmp(name, "Host") == 0) {
        a->hosts++;
        a->host = value;
    } else if (strcasecmp(name, "Cookie") == 0) {
        a->cookies++;
        a->cookie = value;
    } else if (strcasecmp(name, "Origin") == 0) {
        a->origins++;
        a->origin = value;
    } else if (strcasecmp(name, "Sec-Fetch-Site") == 0) {
        a->sites++;
        a->site = value;
    } else if (strcasecmp(name, "Content-Type") == 0) {
        a->types++;
        a->form = is_form(value);
    }
}

static bool host_is_ours(const char *host, const char *const *hosts, size_t count)
{
    for (size_t i = 0; host && i < count; i++)
        if (strcasecmp(host, hosts[i]) == 0)
            return true;
    return false;
}

void qn_admit_end(struct qn_admission *a, const char *method, const char *target, const char *version, size_t head,
                  const char *const *hosts, size_t count)
{
    bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    size_t line = strlen(method) + 1 + strlen(target) + 1 + strlen(version) + 2;

    if (strcmp(version, "HTTP/1.1") != 0)
        refuse(a, 505, "not HTTP/1.1");
    if (!is_token(method, strlen(method)))
        refuse(a, 400, "method is not a token");
    if (a->hosts != 1)
        refuse(a, 400, "not exactly one Host");
    if (a->lengths > 1)
        refuse(a, 400, "more than one Content-Length");
    if (a->cookies > 1 || a->origins > 1 || a->sites > 1 || a->types > 1)
        refuse(a, 400, "a header that must not be repeated");
    if (get && a->body)
        refuse(a, 400, "a body where none belongs");
    if (strcmp(method, "POST") == 0 && !a->body)
        refuse(a, 411, "no Content-Length");
    if (head != line + a->head_bytes + 2)
        refuse(a, 400, "head holds bytes that are not plain header lines");
    if (!host_is_ours(a->host, hosts, count))
        refuse(a, 421, "Host is not one of ours");
}
