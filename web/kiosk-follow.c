#include "web/kiosk-follow.h"

#include <stdio.h>
#include <string.h>

#include "web/page.h"

_Static_assert(QN_SAYINGS < 65536, "a sentence's number fits four digits");
_Static_assert(QN_FOLLOW_TEXT + 64 < QN_TARGET_MAX, "an address holds a page of jobs");

static bool followed_read(struct qn_followed *f, const char *entry)
{
    char hex[QN_FOLLOW_ENTRY + 1];
    uint8_t raw[QN_FOLLOW_ENTRY / 2], again[16];

    memcpy(hex, entry, QN_FOLLOW_ENTRY);
    hex[QN_FOLLOW_ENTRY] = '\0';
    if (!qn_unhex(raw, sizeof raw, hex) || qn_get16(raw + 16) >= QN_SAYINGS)
        return false;
    qn_uuid_format(f->id, raw);
    f->refused = (enum qn_say)qn_get16(raw + 16);
    return qn_uuid_parse(again, f->id);
}

size_t qn_follow_read(const struct qn_request *rq, struct qn_followed out[QN_JOBS_SHOWN])
{
    const char *text = qn_form_get(&rq->form, "j");
    size_t n = text ? strlen(text) / QN_FOLLOW_ENTRY : 0;

    if (!text || strlen(text) % QN_FOLLOW_ENTRY || n > QN_JOBS_SHOWN)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!followed_read(&out[i], text + i * QN_FOLLOW_ENTRY))
            return 0;
    return n;
}

void qn_follow_row(struct qn_followed list[QN_JOBS_SHOWN], size_t *n, const json_t *row)
{
    enum qn_say why = QN_SAY_NONE;
    size_t i = 0;

    while (i < *n && strcmp(list[i].id, qn_job_text(row, "job")) != 0)
        i++;
    if (i == QN_JOBS_SHOWN)
        return;
    if (strcmp(qn_job_text(row, "code"), "ok") != 0) {
        why = qn_say_find("why-", qn_job_text(row, "why"), QN_SAY_WHY_OTHER);
        why = why == QN_SAY_WHY_NONE ? QN_SAY_WHY_OTHER : why;
    }
    snprintf(list[i].id, sizeof list[i].id, "%s", qn_job_text(row, "job"));
    list[i].refused = why;
    *n += i == *n;
}

void qn_follow_write(char out[QN_FOLLOW_TEXT], const struct qn_followed *list, size_t n)
{
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        uint8_t entry[QN_FOLLOW_ENTRY / 2] = { 0 };

        qn_uuid_parse(entry, list[i].id);
        qn_put16(entry + 16, (uint16_t)list[i].refused);
        qn_hex(out + i * QN_FOLLOW_ENTRY, entry, sizeof entry);
    }
}

void qn_follow_go(struct qn_request *rq, const struct qn_followed *list, size_t n, const char *more)
{
    char text[QN_FOLLOW_TEXT], to[QN_FOLLOW_TEXT + 64];

    qn_follow_write(text, list, n);
    snprintf(to, sizeof to, "/kiosk/progress?j=%s%s", text, more);
    qn_page_redirect(rq, to);
}
