#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"

enum { BADGE_MAX = 64 };

/* The badge's number, from standard input to the first line's end: it is an identifier, but not one for argv and ps(1). */
static int read_badge(char *badge, size_t *len_out)
{
    size_t n = 0;

    for (;;) {
        ssize_t r = read(STDIN_FILENO, badge + n, BADGE_MAX + 2 - n);

        if (r <= 0)
            break;
        n += (size_t)r;
        if (memchr(badge, '\n', n) || n == BADGE_MAX + 2)
            break;
    }
    *len_out = n;
    for (size_t i = 0; i < n; i++)
        if (badge[i] == '\n' || badge[i] == '\r') {
            *len_out = i;
            break;
        }
    return *len_out >= 1 && *len_out <= BADGE_MAX ? 0 : -1;
}

int ctl_badge_add(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request;
    char *badge;
    size_t len;

    if (argc != 1)
        return CTL_USAGE;
    badge = qn_secret_alloc(BADGE_MAX + 2);
    if (read_badge(badge, &len) != 0) {
        qn_secret_free(&badge);
        return ctl_complain("standard input must hold the badge's number: 1 to %d characters", BADGE_MAX);
    }
    qn_msg_request(&request, "badge.add", NULL);
    qn_msg_str(&request, "login", argv[0]);
    qn_msg_secret(&request, QN_SECRET_BADGE, badge, len);
    qn_secret_free(&badge);
    return ctl_tell(c, &request, "badge set");
}

int ctl_pin_issue(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request, answer = { 0 };
    const uint8_t *pin;
    size_t len;
    int r;

    if (argc != 1)
        return CTL_USAGE;
    qn_msg_request(&request, "pin.issue", NULL);
    qn_msg_str(&request, "login", argv[0]);
    if ((r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    pin = qn_msg_get_secret(&answer, QN_SECRET_PIN, &len);
    if (!pin)
        r = ctl_complain("the core sent no PIN");
    else if (c->json)
        ctl_print_json(json_pack("{ss,ss%}", "login", argv[0], "pin", (const char *)pin, len));
    else
        printf("%.*s\nThis PIN is shown once. Hand it to %s, nobody else.\n", (int)len, (const char *)pin, argv[0]);
    qn_msg_free(&answer);
    return r;
}
