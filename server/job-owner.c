#include "server/job-owner.h"

#include <string.h>

#include "server/auth-person.h"
#include "server/job-purge.h"
#include "server/record.h"
#include "server/turn.h"
#include "server/worker.h"

int qn_job_own(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *out, struct qn_err *err)
{
    int r = qn_store_job(c->store, id, out, err);

    if (r == 0 && (out->owner != who->session.person || out->state == QN_JOB_ERASED))
        r = qn_fail(err, QN_ENOTFOUND, "no job %s of this person", id);
    return r;
}

static int delete_one(struct qn_core *c, const struct qn_who *who, const char *id, const struct qn_msg *in, json_t *rows,
                      struct qn_err *err)
{
    struct qn_job j;
    int code = qn_job_own(c, who, id, &j, err), r = 0;

    if (code == 0 && qn_job_state_next(j.state, QN_EVENT_ERASE) < 0)
        code = QN_ECONFLICT;
    if (code == 0)
        r = qn_record(c, QN_AUDIT_JOB_CANCELLED, in->req, err, "{s:s, s:s, s:s}", "job", j.id, "person", who->person.dir_id,
                      "state", qn_job_state_name(j.state));
    if (code == 0 && r == 0)
        r = qn_purge_job(c, &j, "cancelled", err);
    if (code == QN_EIO || r != 0)
        return r != 0 ? r : code;
    json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "job", id, "code", qn_code_name(code), "why",
                                          code == QN_ECONFLICT ? "already-printing" : code ? "not-yours" : ""));
    return 0;
}

int qn_job_delete(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    json_t *jobs = json_object_get(in->f, "jobs"), *rows = json_array();
    int r = 0;

    (void)p;
    qn_msg_json(out, "jobs", rows);
    for (size_t i = 0; i < json_array_size(jobs) && r == 0; i++)
        r = delete_one(c, who, json_string_value(json_array_get(jobs, i)), in, rows, err);
    return r;
}

/* ---- pending owners ---- */

struct pending { char job[QN_UUID_TEXT]; };

static int pending_known(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct pending *pd = ctx;
    struct qn_person person;
    struct qn_job j;
    int r;

    if (!answer || (answer->code != QN_OK && answer->code != QN_ENOTFOUND))
        return 0; /* still away; asked again later */
    r = qn_store_job(c->store, pd->job, &j, err);
    if (r != 0 || j.owner != 0 || j.state != QN_JOB_HELD)
        return r;
    if (answer->code == QN_ENOTFOUND) {
        r = qn_record(c, QN_AUDIT_JOB_REJECTED, "", err, "{s:s, s:s, s:s}", "job", j.id, "owner_name", j.owner_name, "reason",
                      "unknown-owner");
        return r == 0 ? qn_purge_job(c, &j, "unknown-owner", err) : r;
    }
    if ((r = qn_person_learn(c, answer, &person, err)) != 0 ||
        (r = qn_store_job_set_owner(c->store, &j, person.id, err)) != 0)
        return r;
    return qn_record(c, QN_AUDIT_JOB_OWNER, "", err, "{s:s, s:s}", "job", j.id, "owner", person.dir_id);
}

static void pending_failed(struct qn_core *c, void *ctx, int code)
{
    (void)c;
    (void)ctx;
    (void)code;
}

static int pending_ask(void *ctx, const struct qn_job *j)
{
    struct qn_core *c = ctx;
    struct pending *pd = qn_alloc(sizeof *pd);
    struct qn_msg m;

    memcpy(pd->job, j->id, sizeof pd->job);
    qn_person_question(&m, "ldap.find", j->owner_name, NULL);
    qn_worker_ask(c, QN_FROM_LDAP, &m, pending_known, pending_failed, pd);
    return 0;
}

int qn_job_owners_ask(struct qn_core *c, struct qn_err *err)
{
    int r = qn_store_job_each_pending(c->store, 8, pending_ask, c, err);

    return r < 0 ? r : 0;
}
