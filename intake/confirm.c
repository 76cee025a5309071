#include "config.h"

#include "intake/confirm.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "intake/cupsd.h"

/* Our name: cupsd hides an owner's name from those it doesn't know, and we are who the socket says (SO_PEERCRED). */
static char me[64];

void qn_confirm_warm(void)
{
    struct passwd *entry = getpwuid(geteuid());

    if (entry && strlen(entry->pw_name) < sizeof me)
        memcpy(me, entry->pw_name, strlen(entry->pw_name) + 1);
}

/* Banner pages count as documents; job-sheets names the one before and the one behind. */
static int read_sheets(struct qn_ticket *t, const struct qn_cups_job *said)
{
    int banners = 0;

    for (int i = 0; i < QN_CUPS_SHEETS; i++) {
        const char *sheet = said->sheet[i];

        if (!*sheet || strcmp(sheet, "none") == 0)
            continue;
        banners++;
        qn_ticket_sheet(t, sheet);
    }
    return banners;
}

static int compare(struct qn_ticket *t, const struct qn_cups_job *said, enum qn_hand_why *why, struct qn_err *err)
{
    int64_t documents;

    *why = QN_WHY_IMPOSTOR;
    if (said->id != t->cups_job)
        return qn_fail(err, QN_EDENIED, "cupsd answered for another job");
    if (said->state != QN_CUPS_PROCESSING)
        return qn_fail(err, QN_EDENIED, "cupsd is not processing that job");
    if (strcmp(said->owner, t->owner) != 0)
        return qn_fail(err, QN_EDENIED, "cupsd names another owner, or hides the owner from us (JobPrivateAccess)");
    if (strcmp(said->uuid, t->uuid) != 0 || said->created != t->created)
        return qn_fail(err, QN_EDENIED, "cupsd names another job-uuid or time of creation");
    documents = (int64_t)said->documents - read_sheets(t, said);
    if (!t->banner && t->document == 0 && documents != 1) {
        *why = QN_WHY_SEVERAL;
        return qn_fail(err, QN_EDENIED, "a converted document is one of %lld in its job", (long long)documents);
    }
    *why = QN_WHY_NONE;
    t->confirmed = true;
    return 0;
}

int qn_confirm(struct qn_ticket *t, const char *socket_path, enum qn_hand_why *why, struct qn_err *err)
{
    struct qn_cups_job said;
    int r = qn_cupsd_ask(&said, socket_path, me, t->cups_job, QN_CONFIRM_MS, err);

    if (r == 0)
        return compare(t, &said, why, err);
    *why = r == QN_ENOTFOUND ? QN_WHY_IMPOSTOR : QN_WHY_UNCONFIRMED;
    return r == QN_ENOTFOUND ? qn_fail(err, QN_EDENIED, "cupsd knows no job %lld", (long long)t->cups_job) : r;
}
