/* The latest records of the log, for auditors. */
#include "web/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "web/console-page.h"
#include "web/job-view.h"

/* One member of a record, "name value". */
static void detail(struct qn_html *h, const char *name, const json_t *value)
{
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    qn_html_add(h, "<span class=\"pair\"><i>%s</i> %s</span> ", name, text ? text : json_string_value(value));
    free(text);
}

static void record_row(struct qn_html *h, const json_t *row)
{
    static const char *const shown[] = { "v", "seq", "ts", "boot", "ev", NULL };
    const char *entry = qn_job_text(row, "entry");
    json_t *record = json_loads(entry, 0, NULL), *value;
    const char *name;

    qn_html_add(h, "<tr><td>%lld</td>", (long long)qn_job_int(row, "seq"));
    if (!json_is_object(record)) { /* not a form we know: shown as it is */
        qn_html_add(h, "<td></td><td></td><td class=\"mono\">%s</td></tr>\n", entry);
        json_decref(record);
        return;
    }
    if (json_is_integer(json_object_get(record, "ts"))) {
        char time[25];

        qn_console_time(h, qn_clock_format(qn_job_int(record, "ts"), time));
    } else {
        qn_console_time(h, qn_job_text(record, "ts"));
    }
    qn_html_add(h, "<td class=\"nowrap\"><b>%s</b></td><td>", qn_job_text(record, "ev"));
    json_object_foreach(record, name, value) {
        size_t i = 0;

        while (shown[i] && strcmp(shown[i], name) != 0)
            i++;
        if (!shown[i])
            detail(h, name, value);
    }
    qn_html_add(h, "</td></tr>\n");
    json_decref(record);
}

static void audit_page(struct qn_request *rq, const struct qn_msg *answer)
{
    static const enum qn_say names[] = { QN_SAY_TH_NUMBER, QN_SAY_TH_TIME, QN_SAY_TH_EVENT, QN_SAY_TH_DETAILS };
    struct qn_html *h = &rq->reply.html;
    json_t *rows = json_object_get(answer->f, "records");
    size_t n = json_array_size(rows);
    int64_t last = n ? qn_job_int(json_array_get(rows, n - 1), "seq") : 0;
    char text[24];

    qn_console_open(rq, QN_SAY_CONSOLE_AUDIT, QN_SAY_CONSOLE_AUDIT);
    snprintf(text, sizeof text, "%lld", (long long)qn_msg_get_int(answer, "size"));
    qn_html_add(h, "<p>");
    qn_html_say(h, n ? QN_SAY_CONSOLE_SIZE : QN_SAY_CONSOLE_AUDIT_NONE, text);
    qn_html_add(h, "</p>");
    qn_console_table(h, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < n; i++)
        record_row(h, json_array_get(rows, i));
    snprintf(text, sizeof text, "%lld", (long long)last);
    qn_console_pages(h, "/admin/audit", "before", n && last > 0 ? text : NULL);
    qn_page_close(rq);
}

void qn_console_audit(struct qn_request *rq)
{
    const char *before = qn_form_get(&rq->form, "before");
    struct qn_msg ask, answer;

    if (before && (!*before || strlen(before) > 15 || before[strspn(before, "0123456789")])) {
        qn_console_bad(rq);
        return;
    }
    qn_ask_open(rq, &ask, "admin.audit");
    qn_msg_int(&ask, "limit", QN_CONSOLE_ROWS);
    if (before)
        qn_msg_int(&ask, "before", strtoll(before, NULL, 10));
    if (qn_ask_ok(rq, &ask, &answer) != 0)
        return;
    audit_page(rq, &answer);
    qn_msg_free(&answer);
}
