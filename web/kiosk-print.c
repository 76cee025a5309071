/* At the terminal: a release is asked for. */
#include <string.h>

#include "lib/secret.h"
#include "web/kiosk-jobs.h"
#include "web/kiosk-printer.h"
#include "web/option-view.h"
#include "web/page.h"
#include "web/rpc.h"

enum { VALUE_MAX = 255 };

void qn_idem_make(char out[QN_IDEM + 1])
{
    uint8_t random[QN_IDEM / 2];

    qn_random(random, sizeof random);
    qn_hex(out, random, sizeof random);
}

bool qn_idem_ok(const char *idem)
{
    return idem && strlen(idem) == QN_IDEM && strspn(idem, "0123456789abcdef") == QN_IDEM;
}

bool qn_copies_ok(const char *copies)
{
    size_t n = copies ? strlen(copies) : 0;

    return n == 0 || (n <= 3 && strspn(copies, "0123456789") == n && *copies != '0');
}

/* What the form changes: an object of IPP names and values, empty for nothing; NULL if something in it is no value. */
static json_t *options_read(const struct qn_request *rq)
{
    const char *copies = qn_form_get(&rq->form, "copies"), *sent = qn_form_get(&rq->form, "sent");
    json_t *options = json_object();
    bool ok = qn_copies_ok(copies);

    if (ok && copies && *copies && !(sent && strcmp(copies, sent) == 0))
        json_object_set_new(options, "copies", json_string(copies));
    for (size_t i = 0; i < QN_OPTIONS; i++) {
        const char *value = qn_form_get(&rq->form, qn_options[i].field);

        if (!value || !*value)
            continue;
        ok = ok && strlen(value) <= VALUE_MAX;
        json_object_set_new(options, qn_options[i].name, json_string(value));
    }
    if (ok)
        return options;
    json_decref(options);
    return NULL;
}

int qn_kiosk_release(struct qn_request *rq, json_t *jobs, const char *idem, const char *badge, const char *pin, struct qn_msg *answer)
{
    json_t *again = qn_job_chosen(rq, "again"), *options = options_read(rq);
    const char *device;
    struct qn_msg ask;

    qn_ask_open(rq, &ask, "job.release");
    qn_msg_json(&ask, "jobs", jobs);
    if (again)
        qn_msg_json(&ask, "again", again);
    qn_msg_str(&ask, "idem", idem);
    if (!options || !qn_device_read(rq, &device)) {
        json_decref(options);
        qn_msg_free(&ask);
        qn_page_error(rq, 400, QN_SAY_BAD_TITLE, QN_SAY_BAD_TEXT);
        return QN_EINVAL;
    }
    if (*device)
        qn_msg_str(&ask, "device", device);
    if (json_object_size(options) > 0)
        qn_msg_json(&ask, "options", options);
    else
        json_decref(options);
    if (badge)
        qn_msg_secret(&ask, QN_SECRET_BADGE, badge, strlen(badge));
    if (pin)
        qn_msg_secret(&ask, QN_SECRET_PIN, pin, strlen(pin));
    return qn_ask(rq, &ask, answer);
}

void qn_kiosk_print(struct qn_request *rq, json_t *jobs, const char *idem)
{
    struct qn_followed list[QN_JOBS_SHOWN];
    struct qn_msg answer;
    const json_t *rows;
    size_t n = 0;

    if (qn_kiosk_release(rq, jobs, idem, NULL, NULL, &answer) != 0)
        return;
    if (answer.code != QN_OK) {
        qn_ask_refused(rq, &answer);
        return;
    }
    rows = json_object_get(answer.f, "jobs");
    for (size_t i = 0; i < json_array_size(rows); i++)
        qn_follow_row(list, &n, json_array_get(rows, i));
    qn_msg_free(&answer);
    if (qn_kiosk_second_wanted(list, n))
        qn_kiosk_second_page(rq, list, n, QN_SAY_NONE);
    else
        qn_follow_go(rq, list, n, "");
}
