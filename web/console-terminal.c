/* One terminal: proposing it or a change, its one-time code, and ending it. */
#include "web/console.h"

#include <stdlib.h>
#include <string.h>

#include "web/console-page.h"
#include "web/job-view.h"

enum { NAME_BYTES = 63, DEVICES_MAX = 32 };

static const char *const proofs[] = { "certificate", "cookie", NULL };

/* The name in the form; NULL with the page of a bad request. */
static const char *name_asked(struct qn_request *rq)
{
    const char *name = qn_form_get(&rq->form, "name");

    if (name && *name && strlen(name) <= NAME_BYTES)
        return name;
    qn_console_bad(rq);
    return NULL;
}

static void acts(struct qn_request *rq, const char *name)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div>");
    if (qn_console_may(rq, "device-admin")) {
        qn_html_add(h, "<div class=\"panel\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_CODE_TITLE), qn_say(QN_SAY_CODE_TEXT));
        qn_page_form(rq, "/admin/terminal/code");
        qn_console_hidden(h, "name", name);
        qn_html_add(h, "<p><input type=\"submit\" value=\"%s\"></p></form></div>\n", qn_say(QN_SAY_CODE_DO));
    }
    qn_html_add(h, "<div class=\"panel\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_REVOKE_TITLE), qn_say(QN_SAY_REVOKE_TEXT));
    qn_page_form(rq, "/admin/terminal/revoke");
    qn_console_hidden(h, "name", name);
    qn_console_reason(h);
    qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form></div></div>\n", qn_say(QN_SAY_REVOKE_DO));
}

/* What the form shows at first: a terminal as the core knows it, or what was typed before. */
struct shown { const char *name, *device, *devices, *proof, *ceiling; };

static void terminal_form(struct qn_request *rq, const struct shown *v, const char *wrong)
{
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"panel\">");
    if (wrong)
        qn_html_add(h, "<p class=\"notice bad said\" role=\"status\">%s</p>", wrong);
    qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_TERMINAL_TEXT));
    qn_page_form(rq, "/admin/terminal/check");
    qn_console_field(h, "name", QN_SAY_TH_NAME, QN_SAY_NONE, NAME_BYTES, v->name);
    qn_console_field(h, "device", QN_SAY_TH_DEVICE, QN_SAY_TERMINAL_DEVICE_HINT, NAME_BYTES, v->device);
    qn_console_field(h, "devices", QN_SAY_TH_DEVICES, QN_SAY_TERMINAL_DEVICES_HINT, 1023, v->devices);
    qn_console_choice(h, "proof-kind", QN_SAY_TH_PROOF, proofs, "terminal-", v->proof);
    qn_console_field(h, "ceiling", QN_SAY_TH_CEILING, QN_SAY_TERMINAL_CEILING_HINT, 32, v->ceiling);
    qn_console_submit(h, QN_SAY_DRY_DO, "/admin/devices");
    qn_html_add(h, "</form></div>\n");
}

static void terminal_page(struct qn_request *rq, const struct shown *v, bool known, const char *wrong)
{
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_DEVICES, known ? QN_SAY_TERMINAL_ONE : QN_SAY_TERMINAL_PROPOSE);
    qn_html_add(h, "<div class=\"two\">");
    if (qn_console_may(rq, "device-admin")) {
        terminal_form(rq, v, wrong);
    } else {
        qn_html_add(h, "<table class=\"facts\">");
        qn_console_row(h, QN_SAY_TH_NAME, v->name);
        qn_console_row(h, QN_SAY_TH_DEVICE, v->device);
        qn_console_row(h, QN_SAY_TH_DEVICES, v->devices);
        qn_html_add(h, "</table>");
    }
    if (known)
        acts(rq, v->name);
    qn_html_add(h, "</div>\n");
    qn_page_close(rq);
}

/* A terminal of the list. */
static void known_page(struct qn_request *rq, const json_t *row)
{
    const json_t *also = json_object_get(row, "devices");
    struct qn_buf devices = { 0 };

    for (size_t i = 0; i < json_array_size(also); i++)
        qn_buf_printf(&devices, "%s%s", i ? " " : "", json_string_value(json_array_get(also, i)));
    terminal_page(rq, &(struct shown){ qn_job_text(row, "name"), qn_job_text(row, "device"), devices.data ? devices.data : "",
                                       qn_job_int(row, "certificate") ? "certificate" : "cookie",
                                       qn_job_text(row, "ceiling") }, true, NULL);
    qn_buf_free(&devices);
}

void qn_console_terminal_form(struct qn_request *rq)
{
    const char *name = qn_form_get(&rq->form, "name");
    json_t *rows, *row;

    if (!name) {
        terminal_page(rq, &(struct shown){ "", "", "", "certificate", "" }, false, NULL);
        return;
    }
    rows = qn_console_rows(rq, "terminal.list", "terminals");
    row = rows ? qn_console_find(rows, name) : NULL;
    if (row)
        known_page(rq, row);
    else if (rows)
        qn_page_error(rq, 404, QN_SAY_LOST_TITLE, QN_SAY_LOST_TEXT);
    json_decref(rows);
}

/* "hall yard, attic" as a list of names. */
static json_t *names(const char *text)
{
    json_t *out = json_array();

    while (text && *text && json_array_size(out) < DEVICES_MAX) {
        size_t n;

        text += strspn(text, " ,");
        n = strcspn(text, " ,");
        if (n)
            json_array_append_new(out, json_stringn(text, n));
        text += n;
    }
    return out;
}

void qn_console_terminal_check(struct qn_request *rq)
{
    const char *name = name_asked(rq), *device = qn_form_get(&rq->form, "device"), *ceiling = qn_form_get(&rq->form, "ceiling");
    const char *proof = qn_form_get(&rq->form, "proof-kind");
    json_t *document;
    char wrong[512], *text;

    if (!name)
        return;
    document = json_pack("{ss,ss,so,sb}", "name", name, "device", device ? device : "", "devices", names(qn_form_get(&rq->form, "devices")),
                         "certificate", !proof || strcmp(proof, "cookie") != 0);
    if (ceiling && *ceiling)
        json_object_set_new(document, "ceiling", json_string(ceiling));
    text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(document);
    if (!text)
        qn_console_bad(rq);
    else if (!qn_console_dry(rq, "terminal", text, "", wrong, sizeof wrong))
        terminal_page(rq, &(struct shown){ name, device, qn_form_get(&rq->form, "devices"), proof, ceiling }, false, wrong);
    free(text);
}

/* Shown once: the answer to a POST, which nobody can fetch again. */
static void code_page(struct qn_request *rq, const char *name, const char *code, size_t len)
{
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_DEVICES, QN_SAY_CODE_TITLE);
    qn_html_add(h, "<div class=\"panel\"><p>");
    qn_html_say(h, QN_SAY_CODE_SHOWN, name);
    qn_html_add(h, "</p><p class=\"code\">");
    for (size_t i = 0; i < len; i += 4) {
        char part[5] = "";

        memcpy(part, code + i, len - i < 4 ? len - i : 4);
        qn_html_add(h, "<span>%s</span> ", part);
    }
    qn_html_add(h, "</p><p class=\"acts\"><a class=\"button\" href=\"/admin/devices\">%s</a></p></div>\n", qn_say(QN_SAY_OK));
    qn_page_close(rq);
}

void qn_console_terminal_code(struct qn_request *rq)
{
    const char *name = name_asked(rq);
    struct qn_msg ask, answer;
    const uint8_t *code;
    size_t len;

    if (!name)
        return;
    qn_ask_open(rq, &ask, "terminal.code");
    qn_msg_str(&ask, "name", name);
    if (qn_console_get(rq, &ask, "/admin/devices", &answer) != 0)
        return;
    code = qn_msg_get_secret(&answer, QN_SECRET_CODE, &len);
    if (code)
        code_page(rq, name, (const char *)code, len);
    else
        qn_page_error(rq, 503, QN_SAY_AWAY_TITLE, QN_SAY_AWAY_TEXT);
    qn_msg_free(&answer);
}

void qn_console_terminal_revoke(struct qn_request *rq)
{
    const char *name = name_asked(rq);
    struct qn_msg ask;

    if (!name)
        return;
    qn_ask_open(rq, &ask, "terminal.revoke");
    qn_msg_str(&ask, "name", name);
    if (qn_console_take(rq, &ask, "reason", 255))
        qn_console_act(rq, &ask, "/admin/devices", "revoked");
}
