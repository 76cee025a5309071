/* One job: adding it, reading it, changing its state, erasing it. */
#include "config.h"

#include "server/store-job-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qn_job_read(struct qn_query *q, void *row)
{
    struct qn_job *j = row;

    qn_query_get_text(q, j->id, sizeof j->id);
    qn_query_get_text(q, j->key.cupsd, sizeof j->key.cupsd);
    j->key.cups_job = qn_query_get_int(q);
    qn_query_get_text(q, j->key.uuid, sizeof j->key.uuid);
    j->key.created = qn_query_get_int(q);
    j->key.document = qn_query_get_int(q);
    qn_query_get_text(q, j->owner_name, sizeof j->owner_name);
    j->sum.length = (uint64_t)qn_query_get_int(q);
    j->owner = qn_query_get_int(q);
    j->owner_verified = qn_query_get_int(q) != 0;
    qn_query_get_text(q, j->queue, sizeof j->queue);
    qn_query_get_text(q, j->format, sizeof j->format);
    j->class_ = (int)qn_query_get_int(q);
    j->state = (int)qn_query_get_int(q);
    j->version = qn_query_get_int(q);
    qn_query_get_blob(q, j->sum.commitment, sizeof j->sum.commitment);
    qn_query_get_blob(q, j->sum.tags, sizeof j->sum.tags);
    qn_query_get_text(q, j->shred, sizeof j->shred);
    qn_query_get_blob(q, j->wrapped, sizeof j->wrapped);
    j->received = qn_query_get_int(q);
    j->due = qn_query_get_int(q);
    qn_query_get_text(q, j->why, sizeof j->why);
    qn_query_get_text(q, j->token, sizeof j->token);
    j->stage = (int)qn_query_get_int(q);
    j->device = qn_query_get_int(q);
    j->terminal = qn_query_get_int(q);
    j->printer_job = qn_query_get_int(q);
    j->released = qn_query_get_int(q);
    qn_query_get_text(q, j->printer_uuid, sizeof j->printer_uuid);
    j->lease = qn_query_get_int(q);
    j->up_time = qn_query_get_int(q);
    j->pages = qn_query_get_int(q);
    j->expected = qn_query_get_int(q);
    j->impressions = qn_query_get_int(q);
    j->sheets = qn_query_get_int(q);
    qn_query_get_text(q, j->output, sizeof j->output);
}

static int job_one(struct qn_query *q, struct qn_job *out, struct qn_err *err)
{
    int r = qn_query_one(q, err);

    memset(out, 0, sizeof *out);
    if (r == 0)
        qn_job_read(q, out);
    r = qn_query_end(q, r, err);
    if (r != 0)
        memset(out, 0, sizeof *out);
    return r;
}

static int job_insert(struct qn_store *s, const struct qn_job *j, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "INSERT INTO job (" QN_JOB_COLUMNS ")"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 2, 1, ?14, ?15, ?16,"
                   " ?17, ?18, ?19, '', '', 0, NULL, NULL, 0, 0, '', 0, 0, ?20, -1, -1, -1, '')");
    qn_query_text(&q, j->id);
    qn_query_text(&q, j->key.cupsd);
    qn_query_int(&q, j->key.cups_job);
    qn_query_text(&q, j->key.uuid);
    qn_query_int(&q, j->key.created);
    qn_query_int(&q, j->key.document);
    qn_query_text(&q, j->owner_name);
    qn_query_int(&q, (int64_t)j->sum.length);
    qn_query_id(&q, j->owner);
    qn_query_int(&q, j->owner_verified);
    qn_query_text(&q, j->queue);
    qn_query_text(&q, j->format);
    qn_query_int(&q, j->class_);
    qn_query_blob(&q, j->sum.commitment, sizeof j->sum.commitment);
    qn_query_blob(&q, j->sum.tags, sizeof j->sum.tags);
    qn_query_text(&q, j->shred);
    qn_query_blob(&q, j->wrapped, sizeof j->wrapped);
    qn_query_int(&q, j->received);
    qn_query_int(&q, j->due);
    qn_query_int(&q, j->pages);
    return qn_query_run(&q, err);
}

int qn_store_job_add(struct qn_store *s, const struct qn_job *j, const void *title, size_t title_len,
                     const void *options, size_t options_len, struct qn_err *err)
{
    struct qn_query q;
    int r;

    if (title_len > QN_JOB_TITLE_MAX || options_len > QN_JOB_OPTIONS_MAX)
        return qn_fail(err, QN_EINVAL, "title or options are too long");
    r = job_insert(s, j, err);
    if (r != 0)
        return r;
    qn_query_start(&q, s, "INSERT INTO job_text (n, title, options) VALUES (?1, ?2, ?3)");
    qn_query_int(&q, sqlite3_last_insert_rowid(s->db));
    qn_query_blob(&q, title, title_len);
    qn_query_blob(&q, options, options_len);
    return qn_query_run(&q, err);
}

int qn_store_job(struct qn_store *s, const char *id, struct qn_job *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " QN_JOB_COLUMNS " FROM job WHERE id = ?1");
    qn_query_text(&q, id);
    return job_one(&q, out, err);
}

int qn_store_job_by_key(struct qn_store *s, const struct qn_job_key *key, const char *owner_name, uint64_t length,
                        struct qn_job *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " QN_JOB_COLUMNS " FROM job WHERE uuid = ?1 AND cups_job = ?2 AND created = ?3"
                          " AND document = ?4 AND cupsd = ?5 AND owner_name = ?6 AND length = ?7");
    qn_query_text(&q, key->uuid);
    qn_query_int(&q, key->cups_job);
    qn_query_int(&q, key->created);
    qn_query_int(&q, key->document);
    qn_query_text(&q, key->cupsd);
    qn_query_text(&q, owner_name);
    qn_query_int(&q, (int64_t)length);
    return job_one(&q, out, err);
}

int qn_store_job_sealed(struct qn_store *s, const char *id, const char *column, uint8_t **data_out, size_t *len_out,
                        struct qn_err *err)
{
    struct qn_query q;
    int r;

    *data_out = NULL;
    *len_out = 0;
    if (strcmp(column, "title") == 0)
        qn_query_start(&q, s, "SELECT t.title FROM job AS j CROSS JOIN job_text AS t ON t.n = j.n WHERE j.id = ?1");
    else if (strcmp(column, "options") == 0)
        qn_query_start(&q, s, "SELECT t.options FROM job AS j CROSS JOIN job_text AS t ON t.n = j.n WHERE j.id = ?1");
    else
        return qn_fail(err, QN_EINTERNAL, "a job has no sealed %s", column);
    qn_query_text(&q, id);
    r = qn_query_one(&q, err);
    if (r == 0)
        *data_out = qn_query_copy_blob(&q, len_out);
    return qn_query_end(&q, r, err);
}

/* A row that is not in the state and version the caller saw. */
static int job_lost(struct qn_query *q, const struct qn_job *j, struct qn_err *err)
{
    int r = qn_query_change(q, err);

    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ECONFLICT, "job %s is no longer %s as it was seen (version %lld)", j->id,
                       qn_job_state_name(j->state), (long long)j->version);
    return r;
}

int qn_store_job_change(struct qn_store *s, struct qn_job *j, int to, struct qn_err *err)
{
    struct qn_query q;
    int r;

    if (to == QN_JOB_ERASED)
        return qn_fail(err, QN_EINTERNAL, "a job is erased by qn_store_job_erase()");
    qn_query_start(&q, s,
                   "UPDATE job SET state = ?4, version = version + 1, why = ?5, token = ?6, stage = ?7, device = ?8,"
                   " terminal = ?9, printer_job = ?10, released = ?11, printer_uuid = ?12, due = ?13, shred = ?14,"
                   " wrapped = ?15, lease = ?16, up_time = ?17, expected = ?18, impressions = ?19,"
                   " sheets = ?20, output = ?21 WHERE id = ?1 AND state = ?2 AND version = ?3");
    qn_query_text(&q, j->id);
    qn_query_int(&q, j->state);
    qn_query_int(&q, j->version);
    qn_query_int(&q, to);
    qn_query_text(&q, j->why);
    qn_query_text(&q, j->token);
    qn_query_int(&q, j->stage);
    qn_query_id(&q, j->device);
    qn_query_id(&q, j->terminal);
    qn_query_int(&q, j->printer_job);
    qn_query_int(&q, j->released);
    qn_query_text(&q, j->printer_uuid);
    qn_query_int(&q, j->due);
    qn_query_text(&q, j->shred);
    qn_query_blob(&q, j->wrapped, sizeof j->wrapped);
    qn_query_int(&q, j->lease);
    qn_query_int(&q, j->up_time);
    qn_query_int(&q, j->expected);
    qn_query_int(&q, j->impressions);
    qn_query_int(&q, j->sheets);
    qn_query_text(&q, j->output);
    r = job_lost(&q, j, err);
    if (r == 0) {
        j->state = to;
        j->version++;
    }
    return r;
}

int qn_store_job_claim(struct qn_store *s, struct qn_job *j, const char token[33], int64_t terminal, int64_t device,
                       struct qn_err *err)
{
    struct qn_job claimed = *j;
    int r;

    if (qn_job_state_next(j->state, QN_EVENT_CLAIM) != QN_JOB_RELEASING)
        return qn_fail(err, QN_ECONFLICT, "job %s is %s: it can't be released", j->id, qn_job_state_name(j->state));
    if (snprintf(claimed.token, sizeof claimed.token, "%s", token) != 32)
        return qn_fail(err, QN_EINTERNAL, "a claim token has 32 digits");
    claimed.stage = QN_STAGE_CLAIMED;
    claimed.terminal = terminal;
    claimed.device = device;
    claimed.printer_job = claimed.up_time = 0;
    claimed.expected = claimed.impressions = claimed.sheets = -1;
    claimed.printer_uuid[0] = claimed.why[0] = claimed.output[0] = '\0';
    r = qn_store_job_change(s, &claimed, QN_JOB_RELEASING, err);
    if (r == 0)
        *j = claimed;
    return r;
}

static int job_drop_text(struct qn_store *s, const char *id, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM job_text WHERE n = (SELECT n FROM job WHERE id = ?1)");
    qn_query_text(&q, id);
    return qn_query_run(&q, err);
}

int qn_store_job_erase(struct qn_store *s, struct qn_job *j, struct qn_err *err)
{
    struct qn_query q;
    int r;

    if (qn_job_state_next(j->state, QN_EVENT_ERASE) != QN_JOB_ERASED)
        return qn_fail(err, QN_ECONFLICT, "job %s is %s: it can't be erased", j->id, qn_job_state_name(j->state));
    qn_query_start(&q, s, "UPDATE job SET state = 7, version = version + 1, wrapped = NULL, token = ''"
                          " WHERE id = ?1 AND state = ?2 AND version = ?3");
    qn_query_text(&q, j->id);
    qn_query_int(&q, j->state);
    qn_query_int(&q, j->version);
    r = job_lost(&q, j, err);
    if (r == 0)
        r = job_drop_text(s, j->id, err);
    if (r == 0) {
        j->state = QN_JOB_ERASED;
        j->version++;
        j->token[0] = '\0';
        memset(j->wrapped, 0, sizeof j->wrapped);
    }
    return r;
}

int qn_store_job_set_owner(struct qn_store *s, struct qn_job *j, int64_t person, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "UPDATE job SET owner = ?4, version = version + 1"
                          " WHERE id = ?1 AND state = ?2 AND version = ?3 AND owner IS NULL");
    qn_query_text(&q, j->id);
    qn_query_int(&q, j->state);
    qn_query_int(&q, j->version);
    qn_query_int(&q, person);
    r = job_lost(&q, j, err);
    if (r == 0) {
        j->owner = person;
        j->version++;
    }
    return r;
}

int qn_store_job_forget(struct qn_store *s, int64_t before, int limit, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s,
                   "DELETE FROM job WHERE n IN (SELECT n FROM job INDEXED BY job_erased"
                   " WHERE state = 7 AND received < ?1 ORDER BY received LIMIT ?2)");
    qn_query_int(&q, before);
    qn_query_int(&q, limit);
    return qn_query_run(&q, err);
}
