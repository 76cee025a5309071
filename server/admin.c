#include "server/admin.h"

#include "server/job-output.h"
#include "server/job-purge.h"
#include "server/notice.h"
#include "server/record.h"

enum { PAGE_BYTES = 48 * 1024 };

struct page { json_t *rows; int64_t limit; size_t bytes; bool more; };

static int jobs_row(void *ctx, const struct qn_job *j)
{
    struct page *pg = ctx;
    const struct qn_class *k = qn_class_level(j->class_);

    if ((int64_t)json_array_size(pg->rows) == pg->limit) {
        pg->more = true;
        return 1;
    }
    json_array_append_new(pg->rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:I}", "job", j->id, "owner",
                                              j->owner_name, "queue", j->queue, "state", qn_job_state_name(j->state),
                                              "classification", k ? k->name : "unknown", "length", (json_int_t)j->sum.length,
                                              "pages", (json_int_t)j->pages, "output", qn_output_shown(j), "received",
                                              (json_int_t)j->received, "due", (json_int_t)j->due));
    return 0;
}

int qn_admin_jobs(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    struct page pg = { json_array(), qn_msg_get_int(in, "limit"), 0, false };
    int r = qn_store_job_each_live(c->store, qn_msg_get(in, "after"), (int)pg.limit + 1, jobs_row, &pg, err);

    (void)p;
    (void)who;
    qn_msg_json(out, "jobs", pg.rows);
    qn_msg_int(out, "more", pg.more);
    qn_msg_int(out, "now", c->now);
    return r < 0 ? r : 0;
}

static int audit_row(void *ctx, int64_t seq, const char *entry, size_t n, const uint8_t leaf[32])
{
    struct page *pg = ctx;

    (void)leaf;
    json_array_insert_new(pg->rows, 0, json_pack("{s:I, s:s%}", "seq", (json_int_t)seq, "entry", entry, n));
    pg->bytes += 2 * n + 64;
    while (pg->bytes > PAGE_BYTES) { /* an answer is one packet: the oldest of the page go to the next one */
        size_t last = json_array_size(pg->rows) - 1;

        pg->bytes -= 2 * json_string_length(json_object_get(json_array_get(pg->rows, last), "entry")) + 64;
        json_array_remove(pg->rows, last);
    }
    return 0;
}

/* Newest first. Reading the log is a record too. */
int qn_admin_audit(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    struct page pg = { json_array(), qn_msg_get_int(in, "limit"), 0, false };
    int64_t size = qn_audit_size(c->audit), before = qn_msg_has(in, "before") ? qn_msg_get_int(in, "before") : size, first;
    int r;

    (void)p;
    if (before > size)
        before = size;
    first = before > pg.limit ? before - pg.limit : 0;
    r = qn_store_audit_each(c->store, first, before - first, audit_row, &pg, err);
    qn_msg_json(out, "records", pg.rows);
    qn_msg_int(out, "size", size);
    if (r < 0)
        return r;
    return qn_record(c, QN_AUDIT_LOG_READ, in->req, err, "{s:s, s:I, s:I}", "person", who->person.dir_id, "from",
                     (json_int_t)first, "until", (json_int_t)before);
}

/* Somebody else's job, which its owner is told about. Whoever cancels sees no title. */
int qn_admin_cancel(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    const char *reason = qn_msg_get(in, "reason");
    struct qn_job j;
    int r = qn_store_job(c->store, qn_msg_get(in, "job"), &j, err);

    (void)p;
    (void)out;
    if (r == QN_ENOTFOUND || (r == 0 && j.state == QN_JOB_ERASED))
        return qn_fail(err, QN_ENOTFOUND, "there is no such job");
    if (r != 0)
        return r;
    if (qn_job_state_next(j.state, QN_EVENT_ERASE) < 0)
        return qn_fail(err, QN_ECONFLICT, "job %s is %s", j.id, qn_job_state_name(j.state));
    r = qn_record(c, QN_AUDIT_JOB_CANCELLED, in->req, err, "{s:s, s:s, s:s, s:s, s:s}", "job", j.id, "person", who->person.dir_id,
                  "owner_name", j.owner_name, "state", qn_job_state_name(j.state), "reason", reason);
    if (r == 0 && j.owner)
        r = qn_notice_add(c, j.owner, "job-cancelled", json_pack("{s:s, s:s}", "queue", j.queue, "reason", reason), err);
    return r == 0 ? qn_purge_job(c, &j, "cancelled", err) : r;
}
