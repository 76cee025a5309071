#include "server/auth-live.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-person.h"
#include "server/delegate.h"
#include "server/record.h"

enum { FRESH_MS = 2000, LIVE_MS = 60000 };

bool qn_live_fresh(const struct qn_core *c, const struct qn_person *p)
{
    return c->steady >= p->checked && c->steady - p->checked < FRESH_MS;
}

bool qn_live_stale(const struct qn_core *c, const struct qn_person *p, int64_t grace)
{
    return c->steady - p->checked > (grace ? grace : LIVE_MS);
}

static int live_gone(struct qn_core *c, struct qn_person *p, const char *req, struct qn_err *err)
{
    struct qn_person before;
    int r = qn_store_person(c->store, p->id, &before, err); /* its login may be somebody else's by now */

    if (r != 0)
        return r;
    *p = before;
    snprintf(p->status, sizeof p->status, "gone");
    p->checked = c->steady;
    if ((r = qn_store_person_checked(c->store, p->id, p->status, p->checked, err)) != 0)
        return r;
    return qn_person_changed(c, &before, p, req, err);
}

int qn_live_learn(struct qn_core *c, const struct qn_msg *answer, struct qn_person *p, const char *req, struct qn_err *err)
{
    struct qn_person seen;
    int r;

    if (answer && answer->code == QN_ENOTFOUND)
        return live_gone(c, p, req, err);
    if (!answer || answer->code != QN_OK)
        return qn_fail(err, QN_EAWAY, "the directory can't be reached");
    if ((r = qn_person_learn(c, answer, &seen, err)) != 0)
        return r;
    if (seen.id != p->id)
        return live_gone(c, p, req, err);
    *p = seen;
    return 0;
}

/* For good, as far as anybody knows: not somebody whose password ran out. */
static bool has_left(const struct qn_person *p)
{
    return strcmp(p->status, "disabled") == 0 || strcmp(p->status, "gone") == 0 || !qn_role_has(p->roles, "user");
}

int qn_person_changed(struct qn_core *c, const struct qn_person *before, const struct qn_person *after, const char *req,
                      struct qn_err *err)
{
    const char *refusal = qn_person_refusal(after);
    int64_t sessions;
    int r;

    if (strcmp(before->roles, after->roles) == 0 && strcmp(before->status, after->status) == 0)
        return 0;
    r = qn_store_session_end_all(c->store, after->id, 0, &sessions, err);
    if (r == 0 && has_left(after))
        r = qn_delegate_end_all(c, after, "left", req, err);
    if (r != 0)
        return r;
    return qn_record(c, QN_AUDIT_PERSON_CHANGED, req, err, "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "person", after->dir_id,
                     "status", after->status, "status_before", before->status, "roles", after->roles, "roles_before",
                     before->roles, "access", refusal ? "blocked" : "open", "sessions", (json_int_t)sessions, "seen",
                     (json_int_t)c->now, "unchecked_ms", (json_int_t)(c->steady - before->checked));
}
