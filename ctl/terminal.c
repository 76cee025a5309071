#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>

int ctl_terminal_add(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request, answer = { 0 };
    const char *code;
    size_t len;
    int r;

    if (argc != 2)
        return CTL_USAGE;
    qn_msg_request(&request, "terminal.add", NULL);
    qn_msg_str(&request, "name", argv[0]);
    qn_msg_str(&request, "device", argv[1]);
    if ((r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    code = (const char *)qn_msg_get_secret(&answer, QN_SECRET_CODE, &len);
    if (!code)
        r = ctl_complain("the core sent no code");
    else if (c->json)
        ctl_print_json(json_pack("{ss,ss%}", "name", argv[0], "code", code, len));
    else
        printf("%.*s\nType this code once at terminal %s (%s).\n", (int)len, code, argv[0], "/kiosk/enrol");
    qn_msg_free(&answer);
    return r;
}

int ctl_terminal_list(const struct ctl *c, int argc, char **argv)
{
    static const char *const columns[] = { "name", "device", "state", NULL };

    (void)argv;
    return argc == 0 ? ctl_list(c, "terminal.list", "terminals", columns) : CTL_USAGE;
}

int ctl_terminal_revoke(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request;

    if (argc != 1)
        return CTL_USAGE;
    qn_msg_request(&request, "terminal.revoke", NULL);
    qn_msg_str(&request, "name", argv[0]);
    return ctl_tell(c, &request, "terminal revoked");
}
