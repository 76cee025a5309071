#include "web/cookie.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/secret.h"

enum { TOKEN = 32 };

const char *qn_cookie_session(enum qn_instance instance)
{
    static const char *const names[QN_INSTANCES] = { "__Host-quoin", "__Host-quoin-portal", "__Host-quoin-console" };

    return names[instance];
}

static uint8_t *token_parse(const char *hex, size_t n)
{
    char text[2 * TOKEN + 1];
    uint8_t *token = NULL;

    if (n != 2 * TOKEN)
        return NULL;
    memcpy(text, hex, n);
    text[n] = '\0';
    if (strspn(text, "0123456789abcdef") == n) {
        token = qn_secret_alloc(TOKEN);
        if (!qn_unhex(token, TOKEN, text))
            qn_secret_free(&token);
    }
    qn_wipe(text, sizeof text);
    return token;
}

uint8_t *qn_cookie_read(const char *header, const char *name)
{
    size_t name_len = strlen(name);
    uint8_t *token = NULL;
    bool seen = false;

    for (const char *p = header; p && *p;) {
        size_t n = strcspn(p, ";");

        if (n > name_len && strncmp(p, name, name_len) == 0 && p[name_len] == '=') {
            qn_secret_free(&token);
            if (seen)
                return NULL; /* two: somebody planted one */
            seen = true;
            token = token_parse(p + name_len + 1, n - name_len - 1);
        }
        p += n;
        p += strspn(p, "; ");
    }
    return token;
}

void qn_cookie_write(char out[QN_COOKIE_TEXT], const char *name, const uint8_t *token, int max_age)
{
    static const char rest[] = "Path=/; Secure; HttpOnly; SameSite=Strict";
    char hex[2 * TOKEN + 1];

    if (!token) {
        snprintf(out, QN_COOKIE_TEXT, "%s=; Max-Age=0; %s", name, rest);
        return;
    }
    qn_hex(hex, token, TOKEN);
    if (max_age > 0)
        snprintf(out, QN_COOKIE_TEXT, "%s=%s; Max-Age=%d; %s", name, hex, max_age, rest);
    else
        snprintf(out, QN_COOKIE_TEXT, "%s=%s; %s", name, hex, rest);
    qn_wipe(hex, sizeof hex);
}
