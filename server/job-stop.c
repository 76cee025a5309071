/* A person at a terminal stops what is being printed: their own, or what a colleague lets them release. */
#include "server/job-release.h"

#include <string.h>

#include "server/delegate.h"
#include "server/job-ask.h"
#include "server/job-deliver.h"
#include "server/job-queue.h"
#include "server/record.h"
#include "server/turn.h"

static int stop_find(struct qn_core *c, const struct qn_who *who, const char *id, struct qn_job *j, struct qn_person *owner,
                     struct qn_err *err)
{
    struct qn_delegation by;
    int r = qn_store_job(c->store, id, j, err);

    *owner = who->person;
    if (r == 0 && j->owner != who->person.id)
        r = qn_delegate_find(c, j, who->person.id, &by, owner, err);
    return r == 0 && j->state == QN_JOB_ERASED ? QN_ENOTFOUND : r;
}

static struct qn_peer *stop_peer(struct qn_core *c, const char *job)
{
    struct qn_peer *p = qn_peer_first(c);

    while (p && strcmp(p->releasing, job) != 0)
        p = p->next;
    return p;
}

static void stop_undo(struct qn_core *c, void *arg)
{
    (void)c;
    ((struct qn_peer *)arg)->stop = false;
}

/* Tells the process that has it. 1 if it was told before. */
static int stop_tell(struct qn_core *c, struct qn_peer *p, const char *job, const char *req)
{
    struct qn_msg m;

    if (p->stop)
        return 1;
    p->stop = true;
    qn_turn_undo(c, stop_undo, p);
    qn_msg_request(&m, "deliver.stop", req);
    qn_msg_str(&m, "job", job);
    qn_turn_send(c, p->id, &m);
    return 0;
}

/* Wherever it is: in the queue, with a process, or being asked about. 1 if it is being stopped already. */
static int stop_begin(struct qn_core *c, struct qn_job *j, const char *req, struct qn_err *err)
{
    struct qn_peer *p = stop_peer(c, j->id);
    int r;

    if (p)
        return stop_tell(c, p, j->id, req);
    if (j->stage <= QN_STAGE_CLAIMED) {
        qn_release_withdraw(c, j->id);
        return qn_deliver_return(c, j, "stopped", err);
    }
    if ((r = qn_ask_stop(c, j->id)) != QN_ENOTFOUND)
        return r;
    r = qn_ask_take(c, j, true, err); /* nobody has it, and its lease would have shown that soon */
    if (r == 0)
        (void)qn_ask_stop(c, j->id);
    return r;
}

static int stop_record(struct qn_core *c, const struct qn_who *who, const struct qn_job *j, const struct qn_person *owner,
                       const char *req, struct qn_err *err)
{
    return qn_record(c, QN_AUDIT_RELEASE_STOPPED, req, err, "{s:s, s:s, s:s, s:s}", "job", j->id, "person", who->person.dir_id,
                     "owner", owner->dir_id, "terminal", who->terminal.name);
}

static void stop_answer(struct qn_msg *out, const char *job, int code, const char *why)
{
    qn_msg_json(out, "jobs", json_pack("[{s:s, s:s, s:s}]", "job", job, "code", qn_code_name(code), "why", why));
}

int qn_job_stop(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    const char *id = qn_msg_get(in, "job");
    struct qn_person owner;
    struct qn_job j;
    int r = stop_find(c, who, id, &j, &owner, err);

    (void)p;
    if (r == QN_ENOTFOUND) {
        stop_answer(out, id, QN_ENOTFOUND, "not-yours");
        return 0;
    }
    if (r != 0)
        return r;
    if (j.state != QN_JOB_RELEASING) { /* it came to its end before, or was stopped by an earlier tap */
        bool stopped = strcmp(j.why, "stopped") == 0;

        stop_answer(out, id, stopped ? QN_OK : QN_ECONFLICT, stopped ? "" : "not-printing");
        return 0;
    }
    r = stop_begin(c, &j, in->req, err);
    if (r == 0)
        r = stop_record(c, who, &j, &owner, in->req, err);
    stop_answer(out, id, QN_OK, "");
    return r < 0 ? r : 0;
}
