/* quoinctl request: what waits for a second person, and the second person's word. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/document.h"

enum { PAGE = 50 };

static void list_row(const json_t *row)
{
    const char *ticket = ctl_text(row, "ticket"), *decider = ctl_text(row, "decider");
    bool open = strcmp(ctl_text(row, "state"), "open") == 0;
    char made[25], then[25];

    ctl_say("%s  %-9s %-16s %s%s", ctl_text(row, "id"), ctl_text(row, "state"), ctl_text(row, "operation"), ctl_text(row, "requester"),
            json_integer_value(json_object_get(row, "mine")) ? " (yours)" : "");
    ctl_time(json_integer_value(json_object_get(row, open || !*decider ? "expires" : "decided")), then);
    ctl_say("    ticket %s, made %s, %s%s %s UTC", *ticket ? ticket : "-", ctl_time(json_integer_value(json_object_get(row, "made")), made),
            open ? "expires" : *decider ? "decided by " : "expired", open ? "" : decider, then);
}

/* One page after a request id ("" for the first); *cursor becomes the last id, "" when there are no more. */
static int list_page(const struct ctl *c, bool all, char cursor[64], json_t *rows_out)
{
    json_t *fields = json_pack("{si,si}", "open", !all, "limit", PAGE), *rows;
    struct qn_msg answer = { 0 };
    size_t n;
    int r;

    if (*cursor)
        json_object_set_new(fields, "before", json_string(cursor));
    if ((r = ctl_role_call(c, "request.list", fields, &answer)) != CTL_OK)
        return r;
    rows = json_object_get(answer.f, "requests");
    n = json_array_size(rows);
    cursor[0] = '\0';
    if (n && qn_msg_get_int(&answer, "more"))
        snprintf(cursor, 64, "%s", ctl_text(json_array_get(rows, n - 1), "id"));
    json_array_extend(rows_out, rows);
    qn_msg_free(&answer);
    return CTL_OK;
}

int ctl_request_list(const struct ctl *c, int argc, char **argv)
{
    bool all = ctl_flag(&argc, argv, "--all");
    json_t *rows = json_array();
    char cursor[64] = "";
    int r = argc == 0 ? CTL_OK : CTL_USAGE;

    do {
        if (r == CTL_OK)
            r = list_page(c, all, cursor, rows);
    } while (r == CTL_OK && *cursor);
    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(rows));
    else if (r == CTL_OK && json_array_size(rows) == 0)
        printf(all ? "There are no requests.\n" : "No request waits for a decision.\n");
    for (size_t i = 0; r == CTL_OK && !c->json && i < json_array_size(rows); i++)
        list_row(json_array_get(rows, i));
    json_decref(rows);
    return r;
}

static void say_document(const struct qn_msg *answer)
{
    json_t *document = json_loads(qn_msg_get(answer, "document"), 0, NULL);
    char *text = qn_document_text(document);

    printf("Document:\n");
    ctl_print_text(text ? text : qn_msg_get(answer, "document"));
    free(text);
    json_decref(document);
}

static void say_request(const struct qn_msg *answer)
{
    static const struct { const char *field, *label; } texts[] = {
        { "operation", "Operation" }, { "state", "State" }, { "requester", "Requested by" }, { "ticket", "Ticket" },
        { "decider", "Decided by" }, { "reason", "Reason" },
    };
    static const struct { const char *field, *label; } times[] = {
        { "made", "Made" }, { "expires", "Expires" }, { "decided", "Decided" },
    };
    const json_t *approvers = json_object_get(answer->f, "approvers");
    char time[25];

    ctl_say("Request       %s", qn_msg_get(answer, "id"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*qn_msg_get(answer, texts[i].field))
            ctl_say("%-13s %s", texts[i].label, qn_msg_get(answer, texts[i].field));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (qn_msg_get_int(answer, times[i].field))
            ctl_say("%-13s %s UTC", times[i].label, ctl_time(qn_msg_get_int(answer, times[i].field), time));
    printf("Second person");
    for (size_t i = 0; i < json_array_size(approvers); i++)
        printf(" %s", json_string_value(json_array_get(approvers, i)));
    putchar('\n');
    ctl_say("SHA-256       %s", qn_msg_get(answer, "hash"));
    ctl_say_changes(answer);
}

static int show(const struct ctl *c, const char *id, struct qn_msg *answer)
{
    if (!ctl_is_id(id))
        return CTL_FAILED;
    return ctl_role_call(c, "request.show", json_pack("{ss}", "id", id), answer);
}

int ctl_request_show(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    int r;

    if (argc != 1)
        return CTL_USAGE;
    if ((r = show(c, argv[0], &answer)) != CTL_OK)
        return r;
    if (c->json) {
        ctl_print_json(json_incref(answer.f));
    } else {
        say_request(&answer);
        say_document(&answer);
    }
    qn_msg_free(&answer);
    return CTL_OK;
}

/* What will be signed off is on the screen, and the answer is a whole word. */
static int confirm(const struct qn_msg *answer)
{
    char line[16];

    say_request(answer);
    say_document(answer);
    printf("You sign off exactly this. Approve? Type yes: ");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) && strcmp(line, "yes\n") == 0)
        return CTL_OK;
    return ctl_complain("nothing was approved");
}

int ctl_request_approve(const struct ctl *c, int argc, char **argv)
{
    const char *hash = ctl_option(&argc, argv, "--hash", NULL);
    bool yes = ctl_flag(&argc, argv, "--yes");
    struct qn_msg answer = { 0 };
    int r;

    if (argc != 1 || (yes && !hash)) /* without a hash, nobody has said what they read */
        return CTL_USAGE;
    if (!ctl_is_id(argv[0]))
        return CTL_FAILED;
    if (yes)
        return ctl_role_tell(c, "request.approve", json_pack("{ss,ss}", "id", argv[0], "hash", hash), "Approved and done.");
    if ((r = show(c, argv[0], &answer)) != CTL_OK)
        return r;
    if (hash && strcmp(hash, qn_msg_get(&answer, "hash")) != 0)
        r = ctl_complain("request %s is not the one with that hash", argv[0]);
    else
        r = confirm(&answer);
    if (r == CTL_OK)
        r = ctl_role_tell(c, "request.approve", json_pack("{ss,ss}", "id", argv[0], "hash", qn_msg_get(&answer, "hash")),
                          "Approved and done.");
    qn_msg_free(&answer);
    return r;
}

int ctl_request_reject(const struct ctl *c, int argc, char **argv)
{
    const char *reason = ctl_option(&argc, argv, "--reason", NULL);

    if (argc != 1 || !reason)
        return CTL_USAGE;
    if (!ctl_is_id(argv[0]))
        return CTL_FAILED;
    return ctl_role_tell(c, "request.reject", json_pack("{ss,ss}", "id", argv[0], "reason", reason), "Rejected.");
}

int ctl_request_withdraw(const struct ctl *c, int argc, char **argv)
{
    if (argc != 1)
        return CTL_USAGE;
    if (!ctl_is_id(argv[0]))
        return CTL_FAILED;
    return ctl_role_tell(c, "request.withdraw", json_pack("{ss}", "id", argv[0]), "Withdrawn.");
}
