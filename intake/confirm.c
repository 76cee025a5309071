#include "config.h"

#include "intake/confirm.h"

#include <cups/cups.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* No answer in time is no answer. */
static int give_up(http_t *http, void *data)
{
    (void)http;
    (void)data;
    return 0;
}

/* Our name: cupsd hides an owner's name from those it doesn't know, and we are who the socket says (SO_PEERCRED). */
static char me[64];

static ipp_t *request(int64_t job)
{
    static const char *const wanted[] = { "job-id", "job-originating-user-name", "job-uuid", "job-state", "time-at-creation",
                                          "number-of-documents", "job-sheets" };
    ipp_t *q = ippNewRequest(IPP_OP_GET_JOB_ATTRIBUTES);
    char uri[64];

    snprintf(uri, sizeof uri, "ipp://localhost/jobs/%lld", (long long)job);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_URI, "job-uri", NULL, uri);
    ippAddString(q, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, cupsUser());
    ippAddStrings(q, IPP_TAG_OPERATION, IPP_CONST_TAG(IPP_TAG_KEYWORD), "requested-attributes",
                  (int)(sizeof wanted / sizeof *wanted), NULL, wanted);
    return q;
}

void qn_confirm_warm(void)
{
    struct passwd *entry = getpwuid(geteuid());

    if (entry && strlen(entry->pw_name) < sizeof me) {
        memcpy(me, entry->pw_name, strlen(entry->pw_name) + 1);
        cupsSetUser(me);
    }
    (void)cupsEncryption(); /* reads client.conf, of which nothing is wanted: once is enough */
    ippDelete(request(1));
}

static const char *text_of(ipp_t *answer, const char *name)
{
    const char *s = ippGetString(ippFindAttribute(answer, name, IPP_TAG_ZERO), 0, NULL);

    return s ? s : "";
}

static int number_of(ipp_t *answer, const char *name)
{
    ipp_attribute_t *a = ippFindAttribute(answer, name, IPP_TAG_ZERO);

    return a ? ippGetInteger(a, 0) : -1;
}

/* Banner pages count as documents; job-sheets names the one before and the one behind. */
static int read_sheets(struct qn_ticket *t, ipp_t *answer)
{
    ipp_attribute_t *a = ippFindAttribute(answer, "job-sheets", IPP_TAG_ZERO);
    int banners = 0;

    for (int i = 0; a && i < ippGetCount(a); i++) {
        const char *sheet = ippGetString(a, i, NULL);

        if (!sheet || strcmp(sheet, "none") == 0)
            continue;
        banners++;
        qn_ticket_sheet(t, sheet);
    }
    return banners;
}

static int compare(struct qn_ticket *t, ipp_t *answer, enum qn_hand_why *why, struct qn_err *err)
{
    int documents = number_of(answer, "number-of-documents");

    *why = QN_WHY_IMPOSTOR;
    if (number_of(answer, "job-id") != t->cups_job)
        return qn_fail(err, QN_EDENIED, "cupsd answered for another job");
    if (number_of(answer, "job-state") != IPP_JSTATE_PROCESSING)
        return qn_fail(err, QN_EDENIED, "cupsd is not processing that job");
    if (strcmp(text_of(answer, "job-originating-user-name"), t->owner) != 0)
        return qn_fail(err, QN_EDENIED, "cupsd names another owner, or hides the owner from us (JobPrivateAccess)");
    if (strcmp(text_of(answer, "job-uuid"), t->uuid) != 0 || number_of(answer, "time-at-creation") != t->created)
        return qn_fail(err, QN_EDENIED, "cupsd names another job-uuid or time of creation");
    documents -= read_sheets(t, answer);
    if (!t->banner && t->document == 0 && documents != 1) {
        *why = QN_WHY_SEVERAL;
        return qn_fail(err, QN_EDENIED, "a converted document is one of %d in its job", documents);
    }
    *why = QN_WHY_NONE;
    t->confirmed = true;
    return 0;
}

int qn_confirm(struct qn_ticket *t, const char *socket_path, enum qn_hand_why *why, struct qn_err *err)
{
    http_t *http = httpConnect2(socket_path, 0, NULL, AF_UNSPEC, HTTP_ENCRYPTION_IF_REQUESTED, 1, QN_CONFIRM_MS, NULL);
    ipp_t *answer;
    int r;

    *why = QN_WHY_UNCONFIRMED;
    if (!http)
        return qn_fail(err, QN_EAWAY, "cupsd can't be reached at %s", socket_path);
    httpSetTimeout(http, QN_CONFIRM_MS / 1000.0, give_up, NULL);
    if (me[0])
        httpSetAuthString(http, "PeerCred", me);
    answer = cupsDoRequest(http, request(t->cups_job), "/");
    if (answer && cupsLastError() == IPP_STATUS_ERROR_NOT_FOUND) {
        *why = QN_WHY_IMPOSTOR;
        r = qn_fail(err, QN_EDENIED, "cupsd knows no job %lld", (long long)t->cups_job);
    } else if (!answer || cupsLastError() >= IPP_STATUS_ERROR_BAD_REQUEST) {
        r = qn_fail(err, QN_EAWAY, "cupsd did not answer about job %lld: %s", (long long)t->cups_job, cupsLastErrorString());
    } else {
        r = compare(t, answer, why, err);
    }
    ippDelete(answer);
    httpClose(http);
    return r;
}
