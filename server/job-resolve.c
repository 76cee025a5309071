/* job.resolve: what became of a release whose end nobody knows. */
#include <stdio.h>
#include <string.h>

#include "server/delegate.h"
#include "server/job-deliver.h"
#include "server/job-release.h"
#include "server/record.h"

/* Whoever stood at the printer knows what came out: the owner, or a colleague whom the owner lets release it. */
static int resolve_find(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *j, char owner_out[65],
                        struct qn_err *err)
{
    struct qn_delegation by;
    struct qn_person owner = who->person;
    int r = qn_store_job(c->store, id, j, err);

    if (r == 0 && j->owner != who->person.id)
        r = qn_delegate_find(c, j, who->person.id, &by, &owner, err);
    if (r == 0 && j->state == QN_JOB_ERASED)
        r = QN_ENOTFOUND;
    snprintf(owner_out, sizeof owner.dir_id, "%s", r == 0 ? owner.dir_id : "");
    return r == QN_ENOTFOUND ? qn_fail(err, r, "no job %s of this person", id) : r;
}

int qn_job_resolve(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    const char *outcome = qn_msg_get(in, "outcome");
    char owner[65];
    enum qn_job_event event = strcmp(outcome, "printed") == 0 ? QN_EVENT_SAW : QN_EVENT_AGAIN;
    struct qn_job j;
    json_t *rows = json_array();
    int to, r = resolve_find(c, who, qn_msg_get(in, "job"), &j, owner, err);

    (void)p;
    qn_msg_json(out, "jobs", rows);
    if (strcmp(outcome, "printed") != 0 && strcmp(outcome, "again") != 0)
        return qn_fail(err, QN_EINVAL, "outcome is printed or again");
    if (r == 0 && (to = qn_job_state_next(j.state, event)) < 0)
        r = qn_fail(err, QN_ECONFLICT, "job %s is %s", j.id, qn_job_state_name(j.state));
    if (r == 0)
        r = event == QN_EVENT_SAW ? qn_deliver_printed(c, &j, err) : qn_store_job_change(c->store, &j, to, err);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_RELEASE_RESOLVED, in->req, err, "{s:s, s:s, s:s, s:s}", "job", j.id, "person",
                      who->person.dir_id, "owner", owner, "outcome", outcome);
    if (r == 0)
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "job", j.id, "code", qn_code_name(QN_OK), "why", ""));
    return r;
}
