/* Proposing something that a second person decides: what it would do is shown first, then it is proposed. */
#include "web/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/document.h"
#include "web/console-page.h"

enum { TICKET_MAX = 127, DOCUMENT_MAX = 24000 };

static int propose(struct qn_request *rq, const char *operation, const char *document, const char *ticket, bool dry,
                   struct qn_msg *answer)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, "request.propose");
    qn_msg_str(&ask, "operation", operation);
    qn_msg_str(&ask, "document", document);
    qn_msg_str(&ask, "ticket", ticket);
    qn_msg_int(&ask, "dry", dry);
    return qn_console_ask(rq, &ask, answer);
}

/* What it would do, and a form that proposes exactly that. */
static void dry_page(struct qn_request *rq, const struct qn_msg *a, const char *operation, const char *document, const char *ticket)
{
    enum qn_say known = qn_say_find("op-", operation, QN_SAY_DRY_TITLE);
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_NONE, QN_SAY_DRY_TITLE);
    qn_html_add(h, "<p>%s: %s</p><div class=\"two\"><div><h2>%s</h2>\n", qn_say(known), qn_say(QN_SAY_DRY_TEXT), qn_say(QN_SAY_CHANGES));
    qn_console_texts(h, json_object_get(a->f, "changes"), QN_SAY_CHANGES_NONE);
    qn_html_add(h, "<h2>%s</h2>\n", qn_say(QN_SAY_EFFECT));
    qn_console_texts(h, json_object_get(a->f, "effect"), QN_SAY_EFFECT_NONE);
    qn_console_document(h, document);
    qn_html_add(h, "</div><div class=\"panel\"><p>%s <b>", qn_say(QN_SAY_DRY_WHO));
    qn_console_words(h, json_object_get(a->f, "approvers"));
    qn_html_add(h, "</b></p>");
    qn_page_form(rq, "/admin/propose");
    qn_console_hidden(h, "operation", operation);
    qn_console_hidden(h, "document", document);
    qn_html_add(h, "<p><label>%s<input name=\"ticket\" type=\"text\" maxlength=\"127\" required value=\"%s\" autocomplete=\"off\"></label>"
                   "</p>", qn_say(QN_SAY_TICKET), ticket);
    qn_console_submit(h, QN_SAY_PROPOSE, "/admin");
    qn_html_add(h, "</form></div></div>\n");
    qn_page_close(rq);
}

bool qn_console_dry(struct qn_request *rq, const char *operation, const char *document, const char *ticket, char *wrong, size_t size)
{
    struct qn_msg answer;

    wrong[0] = '\0';
    if (strlen(document) > DOCUMENT_MAX || strlen(ticket) > TICKET_MAX) {
        qn_console_bad(rq);
        return true;
    }
    if (propose(rq, operation, document, *ticket ? ticket : "dry run", true, &answer) != 0)
        return true;
    if (answer.code == QN_OK)
        dry_page(rq, &answer, operation, document, ticket);
    else if (answer.code == QN_EINVAL || answer.code == QN_ECONFLICT || answer.code == QN_EDENIED || answer.code == QN_ENOTFOUND)
        snprintf(wrong, size, "%s", answer.text);
    else
        qn_ask_refused(rq, &answer);
    qn_msg_free(&answer);
    return !*wrong;
}

void qn_console_propose(struct qn_request *rq)
{
    static const char *const fields[] = { "operation", "document", "ticket" };
    static const size_t max[] = { 31, DOCUMENT_MAX, TICKET_MAX };
    struct qn_msg ask, answer;
    char to[128];

    qn_ask_open(rq, &ask, "request.propose");
    qn_msg_int(&ask, "dry", 0);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!qn_console_take(rq, &ask, fields[i], max[i]))
            return;
    if (qn_console_get(rq, &ask, "/admin", &answer) != 0)
        return;
    snprintf(to, sizeof to, "/admin/request?id=%s&done=proposed", qn_msg_get(&answer, "id"));
    qn_msg_free(&answer);
    qn_page_redirect(rq, to);
}

/* ---- a policy ---- */

/* The policy in force: its JSON, which the caller drops; NULL with the reply filled. */
static json_t *in_force(struct qn_request *rq)
{
    struct qn_msg ask, answer;
    json_t *document;

    qn_ask_open(rq, &ask, "policy.show");
    if (qn_console_get(rq, &ask, "/admin", &answer) != 0)
        return NULL;
    document = json_loads(qn_msg_get(&answer, "document"), 0, NULL);
    qn_msg_free(&answer);
    if (!document)
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
    return document;
}

static void form_page(struct qn_request *rq, const char *text, const char *ticket, const char *wrong)
{
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_POLICY, QN_SAY_POLICY_CHANGE);
    if (wrong)
        qn_html_add(h, "<p class=\"notice bad said\" role=\"status\">%s</p>", wrong);
    qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_POLICY_CHANGE_TEXT));
    qn_page_form(rq, "/admin/policy/check");
    qn_html_add(h, "<p><label for=\"policy\">%s</label><textarea id=\"policy\" name=\"policy\" rows=\"24\" spellcheck=\"false\">\n",
                qn_say(QN_SAY_POLICY_JSON));
    qn_html_lines(h, text);
    qn_html_add(h, "</textarea></p>\n");
    qn_console_field(h, "ticket", QN_SAY_TICKET, QN_SAY_TICKET_HINT, TICKET_MAX, ticket);
    qn_console_submit(h, QN_SAY_DRY_DO, "/admin/policy");
    qn_html_add(h, "</form>\n");
    qn_page_close(rq);
}

void qn_console_policy_form(struct qn_request *rq)
{
    json_t *document = in_force(rq);
    char *text = document ? qn_document_text(document) : NULL;

    if (document)
        form_page(rq, text ? text : "", "", NULL);
    free(text);
    json_decref(document);
}

/* The text area's document as it travels and the operation that it needs. False with what is wrong in wrong ("": the reply is filled). */
static bool policy_read(struct qn_request *rq, const char *text, char **document_out, const char **operation_out, char *wrong, size_t size)
{
    json_error_t bad;
    json_t *now, *new = json_loads(text, JSON_REJECT_DUPLICATES, &bad);
    bool both = false;

    *document_out = NULL;
    wrong[0] = '\0';
    if (!new) {
        snprintf(wrong, size, "%s %d: %s", qn_say(QN_SAY_POLICY_NO_JSON), bad.line, bad.text);
        return false;
    }
    now = in_force(rq);
    *operation_out = now ? qn_document_operation(now, new, &both) : NULL;
    if (*operation_out)
        *document_out = json_dumps(new, JSON_COMPACT | JSON_SORT_KEYS);
    else if (now)
        snprintf(wrong, size, "%s", qn_say(both ? QN_SAY_POLICY_BOTH : QN_SAY_POLICY_SAME));
    json_decref(now);
    json_decref(new);
    return *document_out != NULL;
}

void qn_console_policy_check(struct qn_request *rq)
{
    const char *text = qn_form_get(&rq->form, "policy"), *ticket = qn_form_get(&rq->form, "ticket"), *operation = NULL;
    char *document = NULL, wrong[512];
    bool shown;

    if (!text || !ticket || strlen(ticket) > TICKET_MAX) {
        qn_console_bad(rq);
        return;
    }
    shown = policy_read(rq, text, &document, &operation, wrong, sizeof wrong)
                ? qn_console_dry(rq, operation, document, ticket, wrong, sizeof wrong) : !*wrong;
    if (!shown)
        form_page(rq, text, ticket, wrong);
    free(document);
}
