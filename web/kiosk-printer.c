#include "web/kiosk-printer.h"

#include <stdio.h>
#include <string.h>

#include "web/job-view.h"
#include "web/rpc.h"

enum { NAME = 256, NAME_SHOWN = 24, PLACE_SHOWN = 40 };

bool qn_device_read(const struct qn_request *rq, const char **device_out)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";
    const char *device = qn_form_get(&rq->form, "device");

    *device_out = device ? device : "";
    return strlen(*device_out) < QN_DEVICE_NAME && strspn(*device_out, word) == strlen(*device_out);
}

static const json_t *place_find(const struct qn_request *rq, const char *name)
{
    const json_t *devices = json_object_get(rq->place.f, "devices");

    for (size_t i = 0; name && i < json_array_size(devices); i++)
        if (strcmp(qn_job_text(json_array_get(devices, i), "name"), name) == 0)
            return json_array_get(devices, i);
    return NULL;
}

/* Asks one thing about the printer. A core that can't say leaves the answer empty: nobody is kept from printing by that. */
static int printer_ask(struct qn_request *rq, const char *verb, const char *device, struct qn_msg *answer)
{
    struct qn_msg ask;

    qn_ask_open(rq, &ask, verb);
    if (*device)
        qn_msg_str(&ask, "device", device);
    if (qn_ask(rq, &ask, answer) != 0)
        return QN_EAWAY;
    if (answer->code != QN_OK)
        qn_msg_free(answer);
    return 0;
}

static const json_t *near_find(const struct qn_printers *p, const char *name)
{
    const json_t *devices = json_object_get(p->near.f, "devices");

    for (size_t i = 0; i < json_array_size(devices); i++)
        if (strcmp(qn_job_text(json_array_get(devices, i), "name"), name) == 0)
            return json_array_get(devices, i);
    return NULL;
}

int qn_printers_ask(struct qn_request *rq, struct qn_printers *p)
{
    const char *own = qn_msg_get(&rq->place, "device");
    const json_t *chosen = place_find(rq, qn_form_get(&rq->form, "there"));
    int r;

    memset(p, 0, sizeof *p);
    if (!chosen)
        chosen = place_find(rq, qn_form_get(&rq->form, "device"));
    snprintf(p->device, sizeof p->device, "%s", chosen ? qn_job_text(chosen, "name") : own);
    p->own = strcmp(p->device, own) == 0;
    r = printer_ask(rq, "device.near", p->own ? "" : p->device, &p->near);
    if (r == 0)
        r = printer_ask(rq, "device.offer", p->own ? "" : p->device, &p->offer);
    if (r != 0)
        qn_printers_free(p);
    else if (strcmp(qn_job_text(near_find(p, own), "state"), "ready") == 0)
        rq->place_state = QN_SAY_PRINTER_READY;
    return r;
}

void qn_printers_free(struct qn_printers *p)
{
    qn_msg_free(&p->near);
    qn_msg_free(&p->offer);
}

/* At most max bytes, and an ellipsis if there are more; never half a character. */
static void cut(char *out, size_t size, const char *text, size_t max)
{
    size_t n = strlen(text);
    bool longer = n > max;

    for (n = longer ? max : n; longer && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
        ;
    snprintf(out, size, "%.*s%s", (int)n, text, longer ? "\xe2\x80\xa6" : "");
}

/* "west (3rd floor)" */
static void printer_name(char out[NAME], const json_t *d)
{
    char name[NAME_SHOWN + 8], location[PLACE_SHOWN + 8];

    cut(name, sizeof name, qn_job_text(d, "name"), NAME_SHOWN);
    cut(location, sizeof location, qn_job_text(d, "location"), PLACE_SHOWN);
    snprintf(out, NAME, *location ? "%s (%s)" : "%s", name, location);
}

static void choice_one(struct qn_html *h, const struct qn_printers *p, const json_t *d)
{
    const char *name = qn_job_text(d, "name");
    enum qn_say state = qn_say_find("printer-", qn_job_text(near_find(p, name), "state"), QN_SAY_NONE);

    qn_html_add(h, "<option value=\"%s\"", name);
    if (strcmp(name, p->device) == 0)
        qn_html_add(h, " selected=\"selected\"");
    qn_html_add(h, ">%s", name);
    if (*qn_job_text(d, "location"))
        qn_html_add(h, " (%s)", qn_job_text(d, "location"));
    if (state != QN_SAY_NONE)
        qn_html_add(h, ": %s", qn_say(state));
    qn_html_add(h, "</option>");
}

/* A terminal that prints on several asks where; there: one to be chosen with one tap, or NULL. */
static void choice(struct qn_request *rq, const struct qn_printers *p, const json_t *there)
{
    const json_t *devices = json_object_get(rq->place.f, "devices");
    struct qn_html *h = &rq->reply.html;
    char name[NAME];

    if (json_array_size(devices) < 2)
        return;
    qn_html_add(h, "<p class=\"where\"><label for=\"device\">%s</label> <select id=\"device\" name=\"device\">", qn_say(QN_SAY_PRINT_ON));
    for (size_t i = 0; i < json_array_size(devices); i++)
        choice_one(h, p, json_array_get(devices, i));
    qn_html_add(h, "</select>");
    if (there) {
        cut(name, sizeof name, qn_job_text(there, "name"), NAME_SHOWN);
        qn_html_add(h, " <button type=\"submit\" name=\"there\" value=\"%s\">", qn_job_text(there, "name"));
        qn_html_say(h, QN_SAY_OTHER_USE, name);
        qn_html_add(h, "</button>");
    }
    qn_html_add(h, "</p>\n");
}

/* What is the matter with it; QN_SAY_NONE if nothing is, or it isn't known. */
static enum qn_say trouble_of(const json_t *d)
{
    const char *state = qn_job_text(d, "state"), *why = qn_job_text(d, "why");
    enum qn_say say = qn_say_find("now-", state, QN_SAY_NONE);

    return say != QN_SAY_NONE && *why ? qn_say_find("why-", why, say) : say;
}

/* The nearest other that is ready, first of those that one can print on from here. */
static const json_t *other_ready(const struct qn_printers *p, bool here)
{
    const json_t *devices = json_object_get(p->near.f, "devices");

    for (size_t i = 0; i < json_array_size(devices); i++) {
        const json_t *d = json_array_get(devices, i);

        if (strcmp(qn_job_text(d, "name"), p->device) != 0 && strcmp(qn_job_text(d, "state"), "ready") == 0 &&
            (qn_job_int(d, "here") == 1) == here)
            return d;
    }
    return NULL;
}

static void trouble_say(struct qn_html *h, const struct qn_printers *p, enum qn_say trouble, const json_t *other, bool here)
{
    char name[NAME];

    cut(name, sizeof name, p->device, NAME_SHOWN);
    qn_html_add(h, "<p><b>%s:</b> %s ", name, qn_say(trouble));
    if (other && here) { /* where it stands is in the choice above */
        cut(name, sizeof name, qn_job_text(other, "name"), NAME_SHOWN);
        qn_html_say(h, QN_SAY_OTHER_READY, name);
    } else if (other) {
        printer_name(name, other);
        qn_html_say(h, QN_SAY_OTHER_READY, name);
        qn_html_add(h, " %s", qn_say(QN_SAY_OTHER_THERE));
    }
    qn_html_add(h, "</p>");
}

void qn_printers_show(struct qn_request *rq, const struct qn_printers *p)
{
    enum qn_say trouble = trouble_of(near_find(p, p->device));
    struct qn_html *h = &rq->reply.html;
    const json_t *there;

    if (trouble == QN_SAY_NONE) {
        choice(rq, p, NULL);
        return;
    }
    there = other_ready(p, true);
    qn_html_add(h, "<div class=\"printer\" role=\"status\">");
    choice(rq, p, there);
    trouble_say(h, p, trouble, there ? there : other_ready(p, false), there != NULL);
    qn_html_add(h, "</div>\n");
}
