/* quoinctl init and policy: the policy in force, its versions, and proposals to change it. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/document.h"

/* A file's document as it travels: the same bytes whatever its layout. NULL after a sentence. */
static char *read_document(const char *path, json_t **document_out)
{
    json_t *document = ctl_load(path);
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    *document_out = document;
    if (document && !text)
        ctl_complain("%s: no JSON that can be written again", path);
    return text;
}

int ctl_init(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request;
    json_t *document;
    char *text;

    if (argc != 1)
        return CTL_USAGE;
    text = read_document(argv[0], &document);
    json_decref(document);
    if (!text)
        return CTL_FAILED;
    qn_msg_request(&request, "policy.init", NULL);
    qn_msg_str(&request, "document", text);
    free(text);
    return ctl_tell(c, &request, "The first policy is in force. From now on it takes two people to change it.");
}

/* ---- reading ---- */

/* A version's number, or -1. */
static json_int_t version_of(const char *text)
{
    return *text && strlen(text) < 10 && text[strspn(text, "0123456789")] == '\0' ? strtol(text, NULL, 10) : -1;
}

/* policy.show of a version (-1: in force), with its document read. The caller frees the answer and drops the document. */
static int show(const struct ctl *c, json_int_t version, struct qn_msg *answer, json_t **document_out)
{
    json_t *fields = json_object();
    int r;

    *document_out = NULL;
    if (version >= 0)
        json_object_set_new(fields, "version", json_integer(version));
    if ((r = ctl_role_call(c, "policy.show", fields, answer)) != CTL_OK)
        return r;
    *document_out = json_loads(qn_msg_get(answer, "document"), 0, NULL);
    if (*document_out)
        return CTL_OK;
    qn_msg_free(answer);
    return ctl_complain("the core sent a policy that is no JSON");
}

/* Beside the document, so that standard output can go to a file that is edited and proposed. */
static void say_origin(const struct qn_msg *answer)
{
    char made[25];

    ctl_time(qn_msg_get_int(answer, "made"), made);
    fflush(stdout);
    if (qn_msg_get_int(answer, "version") == 0)
        fprintf(stderr, "The shipped policy: nobody has set one yet (quoinctl init).\n");
    else if (*qn_msg_get(answer, "approver"))
        fprintf(stderr, "Version %lld of %s UTC, proposed by %s, approved by %s, ticket %s.\n",
                (long long)qn_msg_get_int(answer, "version"), made, qn_msg_get(answer, "author"), qn_msg_get(answer, "approver"),
                qn_msg_get(answer, "ticket"));
    else
        fprintf(stderr, "Version %lld of %s UTC, put in force by root, ticket %s.\n", (long long)qn_msg_get_int(answer, "version"), made,
                qn_msg_get(answer, "ticket"));
    fprintf(stderr, "SHA-256 %s\n", qn_msg_get(answer, "hash"));
}

int ctl_policy_show(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    json_t *document;
    char *text;
    int r;

    if (argc > 1 || (argc == 1 && version_of(argv[0]) < 0))
        return CTL_USAGE;
    if ((r = show(c, argc ? version_of(argv[0]) : -1, &answer, &document)) != CTL_OK)
        return r;
    if (c->json) {
        json_object_set(answer.f, "document", document);
        ctl_print_json(json_incref(answer.f));
    } else if ((text = qn_document_text(document)) != NULL) {
        say_origin(&answer);
        ctl_print_text(text);
        free(text);
    } else {
        r = ctl_complain("the policy is too deep to be shown");
    }
    json_decref(document);
    qn_msg_free(&answer);
    return r;
}

/* Nobody's name: root's doing (init, recover). */
static const char *by(const json_t *row, const char *who)
{
    const char *name = ctl_text(row, who);

    return *name ? name : "-";
}

static json_int_t list_page(const json_t *rows)
{
    json_int_t last = 0;
    json_t *row;
    char made[25];
    size_t i;

    json_array_foreach(rows, i, row) {
        last = json_integer_value(json_object_get(row, "version"));
        ctl_say("%7lld  %-16s  %-20.20s  %-20.20s  %-16.16s  %.12s", (long long)last,
                ctl_time(json_integer_value(json_object_get(row, "made")), made), by(row, "author"), by(row, "approver"),
                ctl_text(row, "ticket"), ctl_text(row, "hash"));
    }
    return last;
}

int ctl_policy_list(const struct ctl *c, int argc, char **argv)
{
    json_t *all = json_array();
    json_int_t before = 0;
    size_t got = 50;
    int r = CTL_OK;

    (void)argv;
    if (argc != 0)
        r = CTL_USAGE;
    else if (!c->json)
        printf("version  made (UTC)        author                approver              ticket            hash\n");
    while (r == CTL_OK && got == 50) {
        json_t *fields = json_pack("{si}", "limit", 50);
        struct qn_msg answer = { 0 };
        json_t *rows;

        if (before > 0)
            json_object_set_new(fields, "before", json_integer(before));
        if ((r = ctl_role_call(c, "policy.list", fields, &answer)) != CTL_OK)
            break;
        rows = json_object_get(answer.f, "versions");
        got = json_array_size(rows);
        json_array_extend(all, rows);
        before = c->json ? json_integer_value(json_object_get(json_array_get(rows, got - 1), "version")) : list_page(rows);
        qn_msg_free(&answer);
    }
    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(all));
    json_decref(all);
    return r;
}

int ctl_policy_diff(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg a = { 0 }, b = { 0 };
    json_t *was = NULL, *is = NULL, *lines = NULL;
    int r;

    if (argc != 2 || version_of(argv[0]) < 0 || version_of(argv[1]) < 0)
        return CTL_USAGE;
    if ((r = show(c, version_of(argv[0]), &a, &was)) == CTL_OK && (r = show(c, version_of(argv[1]), &b, &is)) == CTL_OK) {
        lines = qn_document_diff(was, is);
        if (c->json)
            ctl_print_json(json_incref(lines));
        else if (json_array_size(lines) == 0)
            printf("No difference.\n");
        else
            ctl_say_texts("", lines);
    }
    json_decref(lines);
    json_decref(was);
    json_decref(is);
    qn_msg_free(&a);
    qn_msg_free(&b);
    return r;
}

/* ---- proposing ---- */

/* Which operation a file needs: as the user said, else by what it changes. NULL after a sentence. */
static const char *operation_for(const struct ctl *c, const json_t *document, const char *path)
{
    struct qn_msg answer = { 0 };
    const char *operation;
    json_t *now;
    bool both;

    if (show(c, -1, &answer, &now) != CTL_OK)
        return NULL;
    operation = qn_document_operation(now, document, &both);
    json_decref(now);
    qn_msg_free(&answer);
    if (both)
        ctl_complain("%s changes who holds roles and what is kept for how long at once: different people decide that, propose them apart",
                     path);
    else if (!operation)
        ctl_complain("%s is the policy in force: there is nothing to propose", path);
    return operation;
}

static void say_proposed(const struct qn_msg *answer, const char *operation, bool dry)
{
    const json_t *approvers = json_object_get(answer->f, "approvers");
    char expires[25];

    ctl_say("Operation %s", operation);
    ctl_say_changes(answer);
    if (dry) {
        printf("Nothing was kept: this was a dry run.\n");
        return;
    }
    ctl_say("Request %s", qn_msg_get(answer, "id"));
    ctl_say("SHA-256 %s", qn_msg_get(answer, "hash"));
    printf("Waits until %s UTC for another person with one of these roles:", ctl_time(qn_msg_get_int(answer, "expires"), expires));
    for (size_t i = 0; i < json_array_size(approvers); i++)
        printf(" %s", json_string_value(json_array_get(approvers, i)));
    putchar('\n');
}

int ctl_propose(const struct ctl *c, const char *operation, const char *document, const char *ticket, bool dry)
{
    struct qn_msg answer = { 0 };
    int r = ctl_role_call(c, "request.propose", json_pack("{ss,ss,ss,si}", "operation", operation, "document", document, "ticket",
                                                          ticket, "dry", dry), &answer);

    if (r == CTL_OK && c->json)
        ctl_print_json(json_incref(answer.f));
    else if (r == CTL_OK)
        say_proposed(&answer, operation, dry);
    qn_msg_free(&answer);
    return r;
}

static int propose(const struct ctl *c, const char *path, const char *operation, const char *ticket, bool dry)
{
    json_t *document;
    char *text = read_document(path, &document);
    int r = CTL_FAILED;

    if (text && !operation)
        operation = operation_for(c, document, path);
    if (text && operation)
        r = ctl_propose(c, operation, text, ticket, dry);
    json_decref(document);
    free(text);
    return r;
}

int ctl_policy_check(const struct ctl *c, int argc, char **argv)
{
    const char *operation = ctl_option(&argc, argv, "--operation", NULL);

    return argc == 1 ? propose(c, argv[0], operation, "dry run", true) : CTL_USAGE;
}

int ctl_policy_propose(const struct ctl *c, int argc, char **argv)
{
    const char *operation = ctl_option(&argc, argv, "--operation", NULL), *ticket = ctl_option(&argc, argv, "--ticket", NULL);

    return argc == 1 && ticket ? propose(c, argv[0], operation, ticket, false) : CTL_USAGE;
}
