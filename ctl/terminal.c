/* quoinctl terminal: release terminals, their one-time codes and their end. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ctl_terminal_propose(const struct ctl *c, int argc, char **argv)
{
    const char *ticket = ctl_option(&argc, argv, "--ticket", NULL), *ceiling = ctl_option(&argc, argv, "--ceiling", NULL), *other;
    bool dry = ctl_flag(&argc, argv, "--dry-run"), certificate = ctl_flag(&argc, argv, "--certificate");
    json_t *document, *devices = json_array();
    char *text;
    int r;

    while ((other = ctl_option(&argc, argv, "--device", NULL)) != NULL)
        json_array_append_new(devices, json_string(other));
    if (argc != 2 || (!ticket && !dry)) {
        json_decref(devices);
        return CTL_USAGE;
    }
    document = json_pack("{ss,ss,so,sb}", "name", argv[0], "device", argv[1], "devices", devices, "certificate", (int)certificate);
    if (document && ceiling)
        json_object_set_new(document, "ceiling", json_string(ceiling));
    text = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    r = text ? ctl_propose(c, "terminal", text, dry ? "dry run" : ticket, dry) : ctl_complain("a word is not UTF-8");
    free(text);
    json_decref(document);
    return r;
}

int ctl_terminal_code(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    const char *code;
    size_t len;
    int r;

    if (argc != 1)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "terminal.code", json_pack("{ss}", "name", argv[0]), &answer)) != CTL_OK)
        return r;
    code = (const char *)qn_msg_get_secret(&answer, QN_SECRET_CODE, &len);
    if (!code)
        r = ctl_complain("the core sent no code");
    else if (c->json)
        ctl_print_json(json_pack("{ss,ss%}", "name", argv[0], "code", code, len));
    else
        printf("%.*s\nType this code within 15 minutes at terminal %s (/kiosk/enrol). It works once.\n", (int)len, code, argv[0]);
    qn_msg_free(&answer);
    return r;
}

static void list_row(const json_t *t)
{
    const json_t *others = json_object_get(t, "devices");

    ctl_say("%-16s %-8s %-16s %s%s", ctl_text(t, "name"), ctl_text(t, "state"), ctl_text(t, "device"),
            json_integer_value(json_object_get(t, "certificate")) ? "client certificate" : "cookie alone",
            *ctl_text(t, "ceiling") ? "" : ", as high as its device");
    if (*ctl_text(t, "ceiling"))
        ctl_say("    releases up to %s", ctl_text(t, "ceiling"));
    if (json_array_size(others) > 0)
        ctl_say_texts("    also prints on ", others);
}

int ctl_terminal_list(const struct ctl *c, int argc, char **argv)
{
    json_t *rows = NULL;
    int r = argc == 0 ? ctl_rows(c, "terminal.list", "terminals", &rows) : CTL_USAGE;

    (void)argv;
    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(rows));
    else if (r == CTL_OK && json_array_size(rows) == 0)
        puts("There are no terminals.");
    for (size_t i = 0; r == CTL_OK && !c->json && i < json_array_size(rows); i++)
        list_row(json_array_get(rows, i));
    json_decref(rows);
    return r;
}

int ctl_terminal_revoke(const struct ctl *c, int argc, char **argv)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);

    if (argc != 1 || !reason)
        return CTL_USAGE;
    return ctl_role_tell(c, "terminal.revoke", json_pack("{ss,ss}", "name", argv[0], "reason", reason), "Terminal revoked.");
}
