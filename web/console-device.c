/* Devices and terminals: the lists, proposals for them, a terminal's one-time code, revoking one. */
#include "web/console.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "web/console-page.h"
#include "web/console-printer.h"
#include "web/job-view.h"

static const struct { const char *name; enum qn_say label, hint; int max; } device_fields[] = {
    { "name", QN_SAY_TH_NAME, QN_SAY_NONE, 63 }, { "uri", QN_SAY_DEVICE_URI, QN_SAY_DEVICE_URI_HINT, 1023 },
    { "location", QN_SAY_TH_LOCATION, QN_SAY_NONE, 127 }, { "zone", QN_SAY_TH_ZONE, QN_SAY_DEVICE_ZONE_HINT, 63 },
    { "custodian", QN_SAY_TH_CUSTODIAN, QN_SAY_DEVICE_CUSTODIAN_HINT, 127 },
    { "ceiling", QN_SAY_TH_CEILING, QN_SAY_DEVICE_CEILING_HINT, 32 },
    { "driver", QN_SAY_DEVICE_DRIVER, QN_SAY_DEVICE_DRIVER_HINT, 255 },
    { "plain-until", QN_SAY_DEVICE_PLAIN_UNTIL, QN_SAY_DEVICE_PLAIN_UNTIL_HINT, 10 },
    { "plain-reason", QN_SAY_DEVICE_PLAIN_REASON, QN_SAY_NONE, 127 },
    { "ca", QN_SAY_DEVICE_CA, QN_SAY_DEVICE_CA_HINT, 1023 }, { "pin", QN_SAY_DEVICE_PIN, QN_SAY_DEVICE_PIN_HINT, 64 },
};

static void state_cell(struct qn_html *h, const json_t *row)
{
    const char *state = qn_job_text(row, "state");
    enum qn_say known = qn_say_find("place-", state, QN_SAY_NONE);

    qn_html_add(h, "<td><span class=\"state %s\">%s</span></td>", state, known ? qn_say(known) : state);
}

/* ---- the lists ---- */

static void device_row(struct qn_html *h, const json_t *row)
{
    const char *name = qn_job_text(row, "name");

    qn_html_add(h, "<tr><td><a href=\"/admin/printer?name=%s\">%s</a></td>", name, name);
    state_cell(h, row);
    qn_html_add(h, "<td>");
    qn_console_status(h, row);
    qn_html_add(h, "</td><td>%s</td><td>%s</td><td>%s</td><td>", qn_job_text(row, "location"), qn_job_text(row, "zone"),
                qn_job_text(row, "custodian"));
    qn_view_class(h, qn_job_text(row, "ceiling"));
    qn_html_add(h, "</td><td class=\"break\">%s", qn_job_text(row, "uri"));
    qn_console_exception(h, row);
    qn_html_add(h, "</td></tr>\n");
}

static void terminal_row(struct qn_html *h, const json_t *row, bool may)
{
    const char *name = qn_job_text(row, "name"), *ceiling = qn_job_text(row, "ceiling");

    if (may)
        qn_html_add(h, "<tr><td><a href=\"/admin/terminal?name=%s\">%s</a></td>", name, name);
    else
        qn_html_add(h, "<tr><td><b>%s</b></td>", name);
    state_cell(h, row);
    qn_html_add(h, "<td>%s</td><td>", qn_job_text(row, "device"));
    qn_console_words(h, json_object_get(row, "devices"));
    qn_html_add(h, "</td><td>%s</td><td>", qn_say(qn_job_int(row, "certificate") ? QN_SAY_TERMINAL_CERTIFICATE : QN_SAY_TERMINAL_COOKIE));
    if (*ceiling)
        qn_view_class(h, ceiling);
    else
        qn_html_add(h, "%s", qn_say(QN_SAY_TERMINAL_NO_CEILING));
    qn_html_add(h, "</td></tr>\n");
}

static void lists(struct qn_request *rq, const json_t *devices, const json_t *terminals)
{
    static const enum qn_say device_names[] = { QN_SAY_TH_NAME, QN_SAY_TH_STATE, QN_SAY_TH_PRINTER, QN_SAY_TH_LOCATION, QN_SAY_TH_ZONE,
                                                QN_SAY_TH_CUSTODIAN, QN_SAY_TH_CEILING, QN_SAY_DEVICE_URI };
    static const enum qn_say terminal_names[] = { QN_SAY_TH_NAME, QN_SAY_TH_STATE, QN_SAY_TH_DEVICE, QN_SAY_TH_DEVICES, QN_SAY_TH_PROOF,
                                                  QN_SAY_TH_CEILING };
    bool propose = qn_console_may(rq, "device-admin"), revoke = qn_console_may(rq, "device-admin security");
    struct qn_html *h = &rq->reply.html;
    json_t *row;
    size_t i;

    qn_console_open(rq, QN_SAY_CONSOLE_DEVICES, QN_SAY_CONSOLE_DEVICES);
    if (propose)
        qn_html_add(h, "<p><a class=\"button\" href=\"/admin/device\">%s</a> <a class=\"button\" href=\"/admin/terminal\">%s</a></p>",
                    qn_say(QN_SAY_DEVICE_PROPOSE), qn_say(QN_SAY_TERMINAL_PROPOSE));
    qn_html_add(h, "<h2>%s</h2>\n", qn_say(json_array_size(devices) ? QN_SAY_DEVICES_TITLE : QN_SAY_DEVICES_NONE));
    qn_console_table(h, device_names, json_array_size(devices) ? sizeof device_names / sizeof *device_names : 0);
    json_array_foreach(devices, i, row)
        device_row(h, row);
    qn_console_pages(h, "", "", NULL);
    qn_html_add(h, "<h2>%s</h2>\n", qn_say(json_array_size(terminals) ? QN_SAY_TERMINALS_TITLE : QN_SAY_TERMINALS_NONE));
    qn_console_table(h, terminal_names, json_array_size(terminals) ? sizeof terminal_names / sizeof *terminal_names : 0);
    json_array_foreach(terminals, i, row)
        terminal_row(h, row, revoke);
    qn_console_pages(h, "", "", NULL);
    qn_page_close(rq);
}

void qn_console_devices(struct qn_request *rq)
{
    json_t *devices = qn_console_rows(rq, "device.list", "devices"), *terminals;

    if (!devices)
        return;
    terminals = qn_console_rows(rq, "terminal.list", "terminals");
    if (terminals)
        lists(rq, devices, terminals);
    json_decref(terminals);
    json_decref(devices);
}

/* ---- a device ---- */

/* A row of the list as the form has it: its exception as a day. */
static const char *field_value(const json_t *row, const char *field, char day[25])
{
    int64_t until = qn_job_int(row, "plain_until");

    if (strcmp(field, "plain-reason") == 0)
        return qn_job_text(row, "plain_reason");
    if (strcmp(field, "plain-until") != 0)
        return qn_job_text(row, field);
    if (until == 0)
        return "";
    qn_clock_format(until - 1, day)[10] = '\0';
    return day;
}

/* from: a row of the list, or NULL for the form's own fields (a proposal that was not understood). */
static void device_page(struct qn_request *rq, const json_t *from, bool known, const char *wrong)
{
    struct qn_html *h = &rq->reply.html;
    char day[25];

    qn_console_open(rq, QN_SAY_CONSOLE_DEVICES, known ? QN_SAY_DEVICE_CHANGE : QN_SAY_DEVICE_PROPOSE);
    if (wrong)
        qn_html_add(h, "<p class=\"notice bad said\" role=\"status\">%s</p>", wrong);
    qn_html_add(h, "<div class=\"two\"><div class=\"panel\"><p>%s</p>", qn_say(QN_SAY_DEVICE_TEXT));
    qn_page_form(rq, "/admin/device/check");
    for (size_t i = 0; i < sizeof device_fields / sizeof *device_fields; i++)
        qn_console_field(h, device_fields[i].name, device_fields[i].label, device_fields[i].hint, device_fields[i].max,
                         from ? field_value(from, device_fields[i].name, day) : qn_form_get(&rq->form, device_fields[i].name));
    qn_console_submit(h, QN_SAY_DRY_DO, "/admin/devices");
    qn_html_add(h, "</form></div>\n");
    if (known && from) {
        qn_html_add(h, "<div class=\"panel\"><h2>%s</h2><p>%s</p>", qn_say(QN_SAY_RETIRE_TITLE), qn_say(QN_SAY_RETIRE_TEXT));
        qn_page_form(rq, "/admin/device/retire");
        qn_console_hidden(h, "name", qn_job_text(from, "name"));
        qn_html_add(h, "<p><input class=\"danger\" type=\"submit\" value=\"%s\"></p></form></div>\n", qn_say(QN_SAY_RETIRE_DO));
    }
    qn_html_add(h, "</div>\n");
    qn_page_close(rq);
}

void qn_console_device_form(struct qn_request *rq)
{
    const char *name = qn_form_get(&rq->form, "name");
    json_t *rows = name ? qn_console_rows(rq, "device.list", "devices") : NULL, *row = name && rows ? qn_console_find(rows, name) : NULL;

    if (!name)
        device_page(rq, NULL, false, NULL);
    else if (row)
        device_page(rq, row, true, NULL);
    else if (rows)
        qn_page_error(rq, 404, QN_SAY_LOST_TITLE, QN_SAY_LOST_TEXT);
    json_decref(rows);
}

/* Dry run of a document (dropped here). True if the reply is filled; else what is wrong is in wrong. */
static bool dry(struct qn_request *rq, const char *operation, json_t *document, char *wrong, size_t size)
{
    char *text = json_dumps(document, JSON_COMPACT | JSON_SORT_KEYS);
    bool shown = true;

    if (text)
        shown = qn_console_dry(rq, operation, text, "", wrong, size);
    else
        qn_console_bad(rq);
    free(text);
    json_decref(document);
    return shown;
}

void qn_console_device_check(struct qn_request *rq)
{
    json_t *document = json_object();
    char wrong[512];

    for (size_t i = 0; i < sizeof device_fields / sizeof *device_fields; i++) {
        const char *value = qn_form_get(&rq->form, device_fields[i].name);

        if (value && *value)
            json_object_set_new(document, device_fields[i].name, json_string(value));
    }
    if (!dry(rq, "device", document, wrong, sizeof wrong))
        device_page(rq, NULL, false, wrong);
}

void qn_console_device_retire(struct qn_request *rq)
{
    const char *name = qn_form_get(&rq->form, "name");
    char wrong[512];

    if (!name || !*name || strlen(name) > 63)
        qn_console_bad(rq);
    else if (!dry(rq, "device.retire", json_pack("{ss}", "name", name), wrong, sizeof wrong))
        device_page(rq, NULL, false, wrong);
}
