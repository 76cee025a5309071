/* quoinctl roles and person: the permission model as the core's tables have it, and what it means for one person. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"

enum { WIDTH = 98 };

static const struct { const char *kind, *line; } pins[] = {
    { "none", "no PIN" }, { "set", "a PIN" }, { "waiting", "a PIN that waits after wrong guesses" },
    { "locked", "a PIN that is locked until a log-in with the password" }, { "directory", "a PIN kept in the directory" },
};

static json_t *row_of(const json_t *rows, const char *name, const char *value)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (strcmp(ctl_text(json_array_get(rows, i), name), value) == 0)
            return json_array_get(rows, i);
    return NULL;
}

/* A head and the words of a text after it, broken into lines that are indented as deep. */
static void say_wrapped(const char *head, const char *text)
{
    int indent = (int)strlen(head), column = indent;
    struct qn_buf b = { 0 };

    qn_buf_puts(&b, head);
    while (*text) {
        int n = (int)strcspn(text, " ");

        if (column > indent && column + 1 + n > WIDTH) {
            qn_buf_printf(&b, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            qn_buf_puts(&b, " ");
            column++;
        }
        qn_buf_add(&b, text, (size_t)n);
        column += n;
        text += n + (text[n] == ' ');
    }
    ctl_print_text(b.data ? b.data : "");
    qn_buf_free(&b);
}

static void join(char *out, size_t size, const json_t *words, const char *between)
{
    struct qn_buf b = { .max = size - 1 };

    for (size_t i = 0; i < json_array_size(words); i++)
        qn_buf_printf(&b, "%s%s", i ? between : "", json_string_value(json_array_get(words, i)));
    snprintf(out, size, "%s", b.data ? b.data : "");
    qn_buf_free(&b);
}

static void say_words(const char *head, const json_t *words, const char *none)
{
    char text[1024];

    join(text, sizeof text, words, ", ");
    say_wrapped(head, *text ? text : none);
}

/* ---- roles ---- */

static void say_profile(const struct qn_msg *a)
{
    bool compact = strcmp(qn_msg_get(a, "profile"), "compact") == 0;

    ctl_say("Policy version %lld, profile %s%s", (long long)qn_msg_get_int(a, "version"), qn_msg_get(a, "profile"),
            compact ? ": for two people, some conflicts are accepted" : "");
}

static void say_permission(const char *before, const char *name, const char *help)
{
    char head[64];

    snprintf(head, sizeof head, "%s%-12s  ", before, name);
    say_wrapped(head, help);
}

static void say_roles(const struct qn_msg *a)
{
    const json_t *permissions = json_object_get(a->f, "permissions");
    json_t *row;
    size_t i;

    printf("\nRoles: what each is for, and may do. Nothing else is allowed; no role includes another.\n");
    json_array_foreach(json_object_get(a->f, "roles"), i, row) {
        const json_t *may = json_object_get(row, "permissions");

        ctl_say("  %s: %s", ctl_text(row, "role"), ctl_text(row, "help"));
        for (size_t j = 0; j < json_array_size(may); j++) {
            const char *name = json_string_value(json_array_get(may, j));

            say_permission("    ", name, ctl_text(row_of(permissions, "permission", name), "help"));
        }
    }
}

static void say_conflicts(const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    printf("\nConflicts: who holds both has neither.\n");
    json_array_foreach(json_object_get(a->f, "conflicts"), i, row) {
        bool any = strcmp(ctl_text(row, "b"), "*") == 0;

        ctl_say("    %s with %s%s", ctl_text(row, "a"), any ? "any other but user" : ctl_text(row, "b"),
                json_integer_value(json_object_get(row, "excepted")) ? " (accepted by the profile in force)" : "");
    }
}

static void say_operations(const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    printf("\nOperations that need a second person: somebody else, with one of these roles, in time, once.\n");
    json_array_foreach(json_object_get(a->f, "operations"), i, row) {
        char head[128];

        ctl_say("    %s: %s", ctl_text(row, "operation"), ctl_text(row, "help"));
        snprintf(head, sizeof head, "        proposed with %s; within %lld h approved by: ", ctl_text(row, "permission"),
                 (long long)json_integer_value(json_object_get(row, "hours")));
        say_words(head, json_object_get(row, "approvers"), "nobody");
    }
}

static void say_mapping(const struct qn_msg *a)
{
    json_t *row, *rows = json_object_get(a->f, "mapping");
    size_t i;

    printf("\nWho holds them: members of these groups of the directory.\n");
    json_array_foreach(rows, i, row)
        ctl_say("    %-14s %s", ctl_text(row, "role"), ctl_text(row, "group"));
    if (json_array_size(rows) == 0)
        printf("    nobody\n");
}

/* ---- the matrix ---- */

static void matrix_row(const struct qn_msg *a, const char *permission)
{
    int gap = 0;
    json_t *role;
    size_t i;

    printf("%-12s", permission);
    json_array_foreach(json_object_get(a->f, "roles"), i, role) {
        int width = (int)strlen(ctl_text(role, "role")), left = (width - 1) / 2;

        printf("%*s%s", gap + 2 + left, "", qn_words_have(json_object_get(role, "permissions"), permission) ? "x" : ".");
        gap = width - 1 - left;
    }
    putchar('\n');
}

static void say_matrix(const struct qn_msg *a)
{
    const json_t *permissions = json_object_get(a->f, "permissions");
    json_t *row;
    size_t i;

    printf("\n%-12s", "permission");
    json_array_foreach(json_object_get(a->f, "roles"), i, row)
        printf("  %s", ctl_text(row, "role"));
    putchar('\n');
    json_array_foreach(permissions, i, row)
        matrix_row(a, ctl_text(row, "permission"));
    putchar('\n');
    json_array_foreach(permissions, i, row)
        say_permission("", ctl_text(row, "permission"), ctl_text(row, "help"));
}

static void say_verbs(const struct qn_msg *a)
{
    json_t *row;
    size_t i;

    printf("\nEvery message: where it is taken, what is asked for first (a session; then the directory again;\n"
           "then the password again), and the permission that it needs.\n\n"
           "%-17s  %-34s  %-9s  %s\n", "message", "from", "first", "permission");
    json_array_foreach(json_object_get(a->f, "verbs"), i, row) {
        const char *permission = ctl_text(row, "permission");
        bool session = json_integer_value(json_object_get(row, "logged_in")) != 0;
        bool live = json_integer_value(json_object_get(row, "live")) != 0, proof = json_integer_value(json_object_get(row, "proof")) != 0;
        char from[256];

        join(from, sizeof from, json_object_get(row, "from"), " ");
        ctl_say("%-17s  %-34s  %-9s  %s", ctl_text(row, "verb"), from, proof ? "password" : live ? "directory" : session ? "session" : "-",
                *permission ? permission : "-");
    }
}

/* Root may look without a role; everybody else by theirs. */
static int ask_roles(const struct ctl *c, struct qn_msg *answer)
{
    struct qn_msg request;

    if (geteuid() != 0)
        return ctl_role_call(c, "roles.show", NULL, answer);
    qn_msg_request(&request, "roles.show", NULL);
    return ctl_call(c, &request, answer);
}

int ctl_roles(const struct ctl *c, int argc, char **argv)
{
    bool matrix = ctl_flag(&argc, argv, "--matrix");
    struct qn_msg answer = { 0 };
    int r;

    if (argc != 0)
        return CTL_USAGE;
    if ((r = ask_roles(c, &answer)) != CTL_OK)
        return r;
    if (c->json) {
        ctl_print_json(json_incref(answer.f));
    } else if (matrix) {
        say_profile(&answer);
        say_matrix(&answer);
        say_verbs(&answer);
    } else {
        say_profile(&answer);
        say_roles(&answer);
        say_conflicts(&answer);
        say_operations(&answer);
        say_mapping(&answer);
    }
    qn_msg_free(&answer);
    return CTL_OK;
}

/* ---- a person ---- */

static void say_account(const struct qn_msg *a)
{
    ctl_say("%s (%s), known to the directory as %s.", qn_msg_get(a, "login"), qn_msg_get(a, "display"), qn_msg_get(a, "id"));
    if (strcmp(qn_msg_get(a, "status"), "active") == 0)
        printf("The account is active.\n");
    else
        ctl_say("The account is %s: nothing is allowed.", qn_msg_get(a, "status"));
    if (*qn_msg_get(a, "locked"))
        ctl_say("The person is locked in Quoin: %s. Nothing is allowed until security unlocks them.", qn_msg_get(a, "locked"));
    ctl_say_texts("Another account of the same person: ", json_object_get(a->f, "accounts"));
}

static void say_groups(const struct qn_msg *a)
{
    json_t *row, *groups = json_object_get(a->f, "groups"), *conflicts = json_object_get(a->f, "conflicts");
    size_t i;

    if (json_array_size(groups) == 0)
        printf("In no group that the policy gives a role.\n");
    json_array_foreach(groups, i, row)
        ctl_say("In %s, so they would hold the role %s.", ctl_text(row, "group"), ctl_text(row, "role"));
    json_array_foreach(conflicts, i, row) {
        bool excepted = json_integer_value(json_object_get(row, "excepted")) != 0;

        ctl_say(excepted ? "%s with %s is a conflict, which the profile in force accepts."
                         : "%s with %s is a conflict: they hold neither.", ctl_text(row, "a"), ctl_text(row, "b"));
    }
    say_words("Roles: ", json_object_get(a->f, "roles"), "none");
}

static void say_permissions(const struct qn_msg *a, const struct qn_msg *model)
{
    const json_t *may = json_object_get(a->f, "permissions");

    if (json_array_size(may) == 0)
        printf("They may do nothing in Quoin.\n");
    for (size_t i = 0; i < json_array_size(may); i++) {
        const char *name = json_string_value(json_array_get(may, i));
        const char *help = ctl_text(row_of(json_object_get(model->f, "permissions"), "permission", name), "help");
        struct qn_buf from = { 0 };
        json_t *role;
        size_t j;

        json_array_foreach(json_object_get(model->f, "roles"), j, role)
            if (qn_words_have(json_object_get(a->f, "roles"), ctl_text(role, "role")) &&
                qn_words_have(json_object_get(role, "permissions"), name))
                qn_buf_printf(&from, "%s%s", from.len ? ", " : "As ", ctl_text(role, "role"));
        ctl_say("%s they may %s (%s).", from.data ? from.data : "So", help, name);
        qn_buf_free(&from);
    }
}

/* Where they may print. */
static void say_zones(const struct qn_msg *a)
{
    json_t *row, *zones = json_object_get(a->f, "zones");
    size_t i;

    if (!qn_words_have(json_object_get(a->f, "permissions"), "own"))
        return;
    json_array_foreach(zones, i, row) {
        if (*ctl_text(row, "group"))
            ctl_say("In %s, so they may print in the zone %s.", ctl_text(row, "group"), ctl_text(row, "zone"));
        else
            ctl_say("They may not print in the zone %s.", ctl_text(row, "zone"));
    }
    printf("They may print in every %szone.\n", json_array_size(zones) ? "other " : "");
}

static void say_credentials(const struct qn_msg *a)
{
    const char *pin = qn_msg_get(a, "pin");

    for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
        if (strcmp(pins[i].kind, pin) == 0)
            pin = pins[i].line;
    ctl_say("They have %lld badge%s and %s; %lld session%s now.", (long long)qn_msg_get_int(a, "badges"),
            qn_msg_get_int(a, "badges") == 1 ? "" : "s", pin, (long long)qn_msg_get_int(a, "sessions"),
            qn_msg_get_int(a, "sessions") == 1 ? "" : "s");
}

int ctl_person(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 }, model = { 0 };
    int r;

    if (argc != 1)
        return CTL_USAGE;
    r = ctl_role_call(c, "person.why", json_pack("{ss}", "login", argv[0]), &answer);
    if (r == CTL_OK && c->json) {
        ctl_print_json(json_incref(answer.f));
    } else if (r == CTL_OK && (r = ctl_role_call(c, "roles.show", NULL, &model)) == CTL_OK) {
        say_account(&answer);
        say_groups(&answer);
        say_permissions(&answer, &model);
        say_zones(&answer);
        say_credentials(&answer);
    }
    qn_msg_free(&answer);
    qn_msg_free(&model);
    return r;
}
