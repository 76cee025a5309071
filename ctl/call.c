#include "config.h"

#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALL_MS = 30000 }; /* the directory and a PIN hash have deadlines of their own, which are shorter */

static int call_once(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer)
{
    struct qn_err err = { 0 };
    char path[512];
    int sock, r;

    snprintf(path, sizeof path, "%s/ctl.sock", qn_conf_text(c->conf, "run-dir"));
    sock = qn_msg_dial(path, &err);
    if (sock < 0)
        return ctl_complain("the core can't be reached at %s: %s", path, err.text);
    r = qn_msg_call(sock, request, answer, CALL_MS, &err);
    close(sock);
    if (r == QN_EEOF && geteuid() != 0)
        return ctl_complain("the core closed the connection: %s is for root alone, or the core is being restarted", request->verb);
    if (r == QN_EEOF)
        return ctl_complain("the core closed the connection: it does not take %s from root, or is being restarted", request->verb);
    return r == 0 ? CTL_OK : ctl_complain("no answer from the core: %s", err.text);
}

int ctl_ask(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer)
{
    int r = call_once(c, request, answer);
    size_t len;

    if (r == CTL_OK && answer->code == QN_EPROOF && qn_msg_get_secret(request, QN_SECRET_SESSION, &len) &&
        strcmp(request->verb, "session.prove") != 0) {
        qn_msg_free(answer);
        r = ctl_prove(c);
        if (r == CTL_OK)
            r = call_once(c, request, answer);
    }
    qn_msg_free(request);
    return r;
}

int ctl_call(const struct ctl *c, struct qn_msg *request, struct qn_msg *answer)
{
    int r = ctl_ask(c, request, answer);

    if (r == CTL_OK && answer->code != QN_OK) {
        r = ctl_complain("%s", answer->text[0] ? answer->text : qn_code_name(answer->code));
        qn_msg_free(answer);
    }
    return r;
}

int ctl_role_call(const struct ctl *c, const char *verb, json_t *fields, struct qn_msg *answer)
{
    struct qn_msg request;
    const char *name;
    json_t *value;
    int r;

    qn_msg_request(&request, verb, NULL);
    json_object_foreach(fields, name, value)
        qn_msg_json(&request, name, json_incref(value));
    json_decref(fields);
    r = ctl_session(c, &request);
    return r == CTL_OK ? ctl_call(c, &request, answer) : r;
}

static int tell(const struct ctl *c, struct qn_msg *answer, int r, const char *done)
{
    if (r != CTL_OK)
        return r;
    qn_msg_free(answer);
    if (c->json)
        ctl_print_json(json_object());
    else
        printf("%s\n", done);
    return CTL_OK;
}

int ctl_role_tell(const struct ctl *c, const char *verb, json_t *fields, const char *done)
{
    struct qn_msg answer = { 0 };
    int r = ctl_role_call(c, verb, fields, &answer);

    return tell(c, &answer, r, done);
}

int ctl_tell(const struct ctl *c, struct qn_msg *request, const char *done)
{
    struct qn_msg answer = { 0 };
    int r = ctl_call(c, request, &answer);

    return tell(c, &answer, r, done);
}

void ctl_print_json(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    if (text)
        puts(text);
    free(text);
    json_decref(value);
}

static void take_out(int *argc, char **argv, int at, int n)
{
    for (int i = at; i + n < *argc; i++)
        argv[i] = argv[i + n];
    *argc -= n;
}

const char *ctl_option(int *argc, char **argv, const char *name, const char *fallback)
{
    for (int i = 0; i + 1 < *argc; i++)
        if (strcmp(argv[i], name) == 0) {
            const char *value = argv[i + 1];

            take_out(argc, argv, i, 2);
            return value;
        }
    return fallback;
}

bool ctl_flag(int *argc, char **argv, const char *name)
{
    for (int i = 0; i < *argc; i++)
        if (strcmp(argv[i], name) == 0) {
            take_out(argc, argv, i, 1);
            return true;
        }
    return false;
}

/* One page after the name in cursor; then cursor is the last name of it, "" when there are no more. */
static int rows_page(const struct ctl *c, const char *verb, const char *rows, char cursor[64], json_t *out)
{
    struct qn_msg request, answer = { 0 };
    json_t *page;
    int r = CTL_OK;

    qn_msg_request(&request, verb, NULL);
    if (*cursor)
        qn_msg_str(&request, "after", cursor);
    if (geteuid() != 0)
        r = ctl_session(c, &request);
    if (r != CTL_OK || (r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    page = json_object_get(answer.f, rows);
    snprintf(cursor, 64, "%s", qn_msg_get_int(&answer, "more")
                               ? ctl_text(json_array_get(page, json_array_size(page) - 1), "name") : "");
    json_array_extend(out, page);
    qn_msg_free(&answer);
    return CTL_OK;
}

int ctl_rows(const struct ctl *c, const char *verb, const char *rows, json_t **rows_out)
{
    char cursor[64] = "";
    int r;

    *rows_out = json_array();
    do
        r = rows_page(c, verb, rows, cursor, *rows_out);
    while (r == CTL_OK && *cursor);
    return r;
}
