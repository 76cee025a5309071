/* One device: as it was approved, and what the printer says of itself; asking it now, and a test page. */
#include "web/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "web/console-page.h"
#include "web/console-printer.h"
#include "web/job-view.h"

enum { LOW = 15 };

static enum qn_say why_of(const json_t *row)
{
    const char *why = qn_job_text(row, "why");

    return *why ? qn_say_find("why-", why, QN_SAY_WHY_OTHER) : QN_SAY_NONE;
}

void qn_console_status(struct qn_html *h, const json_t *row)
{
    const char *status = qn_job_text(row, "status");
    enum qn_say known = qn_say_find("status-", status, QN_SAY_NONE), why = why_of(row);

    if (strcmp(qn_job_text(row, "state"), "active") != 0) {
        qn_html_add(h, "\xe2\x80\x93");
        return;
    }
    qn_html_add(h, "<span class=\"state %s\">%s</span>", status, known ? qn_say(known) : status);
    if (why && strcmp(status, "away") != 0)
        qn_html_add(h, "<span class=\"hint\">%s</span>", qn_say(why));
}

/* "in clear until 2026-12-31", or that this is over, or that it never was allowed. */
void qn_console_exception(struct qn_html *h, const json_t *row)
{
    int64_t until = qn_job_int(row, "plain_until");
    char time[25];

    if (until == 0)
        return;
    qn_clock_format(until - 1, time);
    time[10] = '\0';
    qn_html_add(h, "<span class=\"hint%s\">", until <= qn_clock_wall() ? " bad" : "");
    qn_html_say(h, until <= qn_clock_wall() ? QN_SAY_PLAIN_OVER : QN_SAY_PLAIN_UNTIL, time);
    qn_html_add(h, "</span>");
}

/* ---- what it is ---- */

static void row_time(struct qn_html *h, enum qn_say name, int64_t ms)
{
    char time[25], text[32] = "";

    if (ms > 0) {
        qn_clock_format(ms, time);
        snprintf(text, sizeof text, "%.10s %.8s", time, time + 11);
    }
    qn_console_row(h, name, text);
}

static void approved(struct qn_html *h, const struct qn_msg *answer, const json_t *row)
{
    static const struct { enum qn_say name; const char *field; } texts[] = {
        { QN_SAY_DEVICE_URI, "uri" }, { QN_SAY_DEVICE_DRIVER, "driver" }, { QN_SAY_TH_LOCATION, "location" }, { QN_SAY_TH_ZONE, "zone" },
        { QN_SAY_TH_CUSTODIAN, "custodian" }, { QN_SAY_DEVICE_CA, "ca" }, { QN_SAY_DEVICE_PIN, "pin" },
    };

    qn_html_add(h, "<table class=\"facts\">\n<tr><th>%s</th><td>", qn_say(QN_SAY_TH_PRINTER));
    qn_console_status(h, row);
    qn_html_add(h, "</td></tr>\n");
    row_time(h, QN_SAY_PRINTER_ASKED, qn_msg_get_int(answer, "asked"));
    row_time(h, QN_SAY_PRINTER_ANSWERED, qn_msg_get_int(answer, "answered"));
    qn_html_add(h, "<tr><th>%s</th><td>", qn_say(QN_SAY_TH_CEILING));
    qn_view_class(h, qn_job_text(row, "ceiling"));
    qn_html_add(h, "</td></tr>\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*qn_job_text(row, texts[i].field))
            qn_html_add(h, "<tr><th>%s</th><td class=\"break\">%s</td></tr>\n", qn_say(texts[i].name), qn_job_text(row, texts[i].field));
    if (qn_job_int(row, "plain_until")) {
        qn_html_add(h, "<tr><th>%s</th><td>%s", qn_say(QN_SAY_PLAIN_TITLE), qn_job_text(row, "plain_reason"));
        qn_console_exception(h, row);
        qn_html_add(h, "</td></tr>\n");
    }
    qn_html_add(h, "</table>\n");
}

static void supply(struct qn_html *h, const json_t *row)
{
    int64_t level = qn_job_int(row, "level");

    qn_html_add(h, "<tr><th>%s<span class=\"hint\">%s</span></th><td class=\"nowrap\">", qn_job_text(row, "name"),
                qn_job_text(row, "kind"));
    if (level >= 0)
        qn_html_add(h, "<meter min=\"0\" max=\"100\" low=\"%d\" value=\"%d\"></meter> %d %%", LOW, (int)level, (int)level);
    else
        qn_html_add(h, "%s", qn_say(level == -3 ? QN_SAY_SUPPLY_SOME : QN_SAY_SUPPLY_UNKNOWN));
    qn_html_add(h, "</td></tr>\n");
}

static void words_row(struct qn_html *h, enum qn_say name, const json_t *words)
{
    if (json_array_size(words) == 0)
        return;
    qn_html_add(h, "<tr><th>%s</th><td class=\"break\">", qn_say(name));
    qn_console_words(h, words);
    qn_html_add(h, "</td></tr>\n");
}

/* The certificate as it was shown, and whether that is the one we know. */
static void certificate(struct qn_html *h, const json_t *row, const json_t *facts)
{
    const char *shown = qn_job_text(facts, "certificate");

    if (!*shown)
        return;
    qn_html_add(h, "<tr><th>%s</th><td class=\"break\">%s", qn_say(QN_SAY_PRINTER_SHOWS), shown);
    if (strcmp(qn_job_text(facts, "state"), "certificate") == 0)
        qn_html_add(h, "<span class=\"hint bad\">%s</span>", qn_say(QN_SAY_PRINTER_SUSPECT));
    else if (strcmp(qn_job_text(row, "pin"), shown) == 0)
        qn_html_add(h, "<span class=\"hint\">%s</span>", qn_say(QN_SAY_PRINTER_KNOWN));
    qn_html_add(h, "</td></tr>\n");
}

static void said(struct qn_html *h, const json_t *row, const json_t *facts)
{
    static const struct { enum qn_say name; const char *field; } lists[] = {
        { QN_SAY_PRINTER_REASONS, "reasons" }, { QN_SAY_PRINTER_FORMATS, "formats" }, { QN_SAY_OPTION_SIDES, "sides" },
        { QN_SAY_OPTION_COLOR, "colors" }, { QN_SAY_OPTION_MEDIA, "media" }, { QN_SAY_OPTION_FINISHING, "finishings" },
    };
    const json_t *supplies = json_object_get(facts, "supplies");

    if (*qn_job_text(facts, "text"))
        qn_html_add(h, "<p class=\"notice bad said\">%s</p>", qn_job_text(facts, "text"));
    qn_html_add(h, "<table class=\"facts\">\n");
    qn_console_row(h, QN_SAY_PRINTER_MODEL, qn_job_text(facts, "model"));
    if (*qn_job_text(facts, "firmware"))
        qn_console_row(h, QN_SAY_PRINTER_FIRMWARE, qn_job_text(facts, "firmware"));
    certificate(h, row, facts);
    for (size_t i = 0; i < json_array_size(supplies); i++)
        supply(h, json_array_get(supplies, i));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        words_row(h, lists[i].name, json_object_get(facts, lists[i].field));
    qn_html_add(h, "</table>\n");
}

static void acts(struct qn_request *rq, const char *name)
{
    static const struct { const char *path; enum qn_say text; } forms[] = {
        { "/admin/printer/ask", QN_SAY_PRINTER_ASK }, { "/admin/printer/test", QN_SAY_PRINTER_TEST },
    };
    struct qn_html *h = &rq->reply.html;

    qn_html_add(h, "<div class=\"line\">");
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        qn_page_form(rq, forms[i].path);
        qn_console_hidden(h, "name", name);
        qn_html_add(h, "<input type=\"submit\" value=\"%s\"></form> ", qn_say(forms[i].text));
    }
    qn_html_add(h, "<a class=\"button\" href=\"/admin/device?name=%s\">%s</a></div>\n", name, qn_say(QN_SAY_PRINTER_CHANGE));
}

/* wrong: what became of a test page that nobody can take for printed; NULL for nothing. */
static void printer_page(struct qn_request *rq, const struct qn_msg *answer, enum qn_say wrong)
{
    const json_t *row = json_array_get(json_object_get(answer->f, "device"), 0);
    const json_t *facts = json_array_get(json_object_get(answer->f, "facts"), 0);
    bool active = strcmp(qn_job_text(row, "state"), "active") == 0;
    struct qn_html *h = &rq->reply.html;

    qn_console_open(rq, QN_SAY_CONSOLE_DEVICES, QN_SAY_CONSOLE_DEVICES);
    if (wrong)
        qn_page_notice(rq, wrong, true);
    qn_html_add(h, "<div class=\"two\"><div class=\"panel\"><h2>%s</h2>", qn_job_text(row, "name"));
    approved(h, answer, row);
    if (active && qn_console_may(rq, "device-admin"))
        acts(rq, qn_job_text(row, "name"));
    qn_html_add(h, "</div>\n<div class=\"panel\"><h2>%s</h2>", qn_say(QN_SAY_PRINTER_SAYS));
    if (facts)
        said(h, row, facts);
    else
        qn_html_add(h, "<p>%s</p>", qn_say(QN_SAY_PRINTER_NEVER));
    qn_html_add(h, "</div></div>\n");
    qn_page_close(rq);
}

static void printer_show(struct qn_request *rq, const char *name, enum qn_say wrong)
{
    struct qn_msg ask, answer;

    qn_ask_open(rq, &ask, "device.show");
    qn_msg_str(&ask, "name", name);
    if (qn_console_get(rq, &ask, "/admin/devices", &answer) != 0)
        return;
    printer_page(rq, &answer, wrong);
    qn_msg_free(&answer);
}

/* ---- pages ---- */

static const char *name_of(struct qn_request *rq)
{
    const char *name = qn_form_get(&rq->form, "name");

    if (name && *name && strlen(name) <= 63)
        return name;
    qn_console_bad(rq);
    return NULL;
}

void qn_console_printer(struct qn_request *rq)
{
    const char *name = name_of(rq);

    if (name)
        printer_show(rq, name, QN_SAY_NONE);
}

/* Sends verb about the named device. 0 with *answer and the way back to its page; else negative with the reply filled. */
static int printer_act(struct qn_request *rq, const char *verb, struct qn_msg *answer, char *back, size_t size)
{
    const char *name = name_of(rq);
    struct qn_msg ask;

    if (!name)
        return QN_EINVAL;
    snprintf(back, size, "/admin/printer?name=%s", name);
    qn_ask_open(rq, &ask, verb);
    qn_msg_str(&ask, "name", name);
    return qn_console_get(rq, &ask, back, answer);
}

void qn_console_printer_ask(struct qn_request *rq)
{
    struct qn_msg answer;
    char back[128];

    if (printer_act(rq, "device.probe", &answer, back, sizeof back) != 0)
        return;
    qn_msg_free(&answer);
    snprintf(back + strlen(back), sizeof back - strlen(back), "&done=asked");
    qn_page_redirect(rq, back);
}

void qn_console_printer_test(struct qn_request *rq)
{
    struct qn_msg answer;
    char back[128];
    bool printed, going;
    enum qn_say why;

    if (printer_act(rq, "device.test", &answer, back, sizeof back) != 0)
        return;
    printed = strcmp(qn_msg_get(&answer, "outcome"), "printed") == 0;
    going = strcmp(qn_msg_get(&answer, "outcome"), "printing") == 0;
    why = qn_say_find("why-", qn_msg_get(&answer, "why"), QN_SAY_WHY_OTHER);
    qn_msg_free(&answer);
    if (printed || going) {
        snprintf(back + strlen(back), sizeof back - strlen(back), "&done=%s", printed ? "tested" : "testing");
        qn_page_redirect(rq, back);
    } else {
        printer_show(rq, qn_form_get(&rq->form, "name"), why == QN_SAY_WHY_PRINTER_FORMAT ? QN_SAY_PRINTER_DRIVER : why);
    }
}
