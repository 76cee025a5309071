/* job.commit: the sealed file is what intake says; then its name, its row, its record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "server/job-hold-private.h"
#include "server/job-wrap.h"
#include "server/record.h"
#include "server/shred.h"

enum { TAGS_A_TURN = 2048 };

/* Size, header, commitment of the file against what intake says and what the row will say. */
static int commit_check_file(const struct qn_arrival *a, struct qn_err *err)
{
    const struct qn_seal_meta meta = { a->job.owner_name, a->job.queue, a->title, a->job.format, a->options };
    uint8_t have[QN_SEAL_START], want[QN_SEAL_HEADER], mac[32], id[16];
    struct stat st;
    int r;

    if (fstat(a->read_fd, &st) != 0 || (uint64_t)st.st_size != qn_seal_file_length(a->job.sum.length))
        return qn_fail(err, QN_ECORRUPT, "size");
    if (pread(a->read_fd, have, sizeof have, 0) != (ssize_t)sizeof have)
        return qn_fail_errno(err, "reading the sealed file");
    if (!qn_uuid_parse(id, a->job.id))
        return qn_fail(err, QN_EINTERNAL, "job id");
    if ((r = qn_seal_meta_mac(mac, a->key, &meta, err)) != 0)
        return r;
    qn_seal_header(want, id, mac);
    if (memcmp(have, want, sizeof want) != 0)
        return qn_fail(err, QN_ECORRUPT, "header");
    if (memcmp(have + QN_SEAL_HEADER + QN_SEAL_SALT, a->job.sum.commitment, QN_SEAL_COMMIT) != 0)
        return qn_fail(err, QN_ECORRUPT, "commitment");
    return 0;
}

/* Key, title and options as the row keeps them. */
static int commit_seal_row(struct qn_core *c, struct qn_arrival *a, uint8_t *title, int *title_len, uint8_t *options,
                           int *options_len, struct qn_err *err)
{
    const uint8_t *shred;
    uint8_t id[16];
    int r;

    qn_uuid_parse(id, a->job.id);
    if ((r = qn_shred_for(c, a->job.class_, a->job.due, a->job.shred, sizeof a->job.shred, err)) != 0)
        return r;
    shred = qn_keystore_get(c->keys, a->job.shred);
    if (!shred)
        return qn_fail(err, QN_EINTERNAL, "the shred key is not in the keystore");
    if ((r = qn_job_wrap(&a->job, shred, a->key, err)) != 0)
        return r;
    *title_len = qn_seal_text(title, QN_JOB_TITLE_MAX, a->key, id, "title", a->title, strlen(a->title), err);
    *options_len = qn_seal_text(options, QN_JOB_OPTIONS_MAX, a->key, id, "options", a->options, strlen(a->options), err);
    return *title_len < 0 ? *title_len : *options_len < 0 ? *options_len : 0;
}

static void commit_unlink(struct qn_core *c, void *arg)
{
    struct qn_err err;

    if (qn_spool_unlink(c->spool, ((struct qn_arrival *)arg)->job.id, &err) != 0)
        qn_log_err(QN_LOG_WARNING, "taking back a file", &err);
}

static int commit_answer(struct qn_core *c, const struct qn_arrival *a, const char *job, int64_t due, int known)
{
    struct qn_msg out;

    qn_ask_answer(&out, &a->ask, QN_OK, "");
    qn_msg_str(&out, "job", job);
    qn_msg_int(&out, "due", due);
    qn_msg_int(&out, "known", known);
    qn_turn_answer(c, &a->ask, &out);
    return 0;
}

/* Nothing durable happens before a job is sealed, so both records are written here: one commit a job. */
static int commit_record(struct qn_core *c, const struct qn_arrival *a, struct qn_err *err)
{
    const struct qn_job *j = &a->job;
    struct qn_person owner = { 0 };
    int r = j->owner ? qn_store_person(c->store, j->owner, &owner, err) : 0;

    if (r == 0)
        r = qn_record(c, QN_AUDIT_JOB_RECEIVED, a->ask.req, err, "{s:s, s:s, s:s, s:s, s:s, s:i, s:I}", "job", j->id, "owner",
                      owner.dir_id, "owner_name", j->owner_name, "queue", j->queue, "class", qn_class_level(j->class_)->name,
                      "verified", (int)j->owner_verified, "cups_job", (json_int_t)j->key.cups_job);
    if (r == 0)
        r = qn_record(c, QN_AUDIT_JOB_HELD, a->ask.req, err, "{s:s, s:s, s:s, s:I, s:s, s:I, s:s}", "job", j->id, "owner_name",
                      j->owner_name, "class", qn_class_level(j->class_)->name, "bytes", (json_int_t)j->sum.length, "format",
                      j->format, "due", (json_int_t)j->due, "key", j->shred);
    return r;
}

/* Everything is proved: name, row, record, answer. */
static int commit_finish(struct qn_core *c, void *arg, struct qn_err *err)
{
    static uint8_t title[QN_JOB_TITLE_MAX], options[QN_JOB_OPTIONS_MAX];
    struct qn_arrival *a = arg;
    struct qn_job *j = &a->job, old;
    int title_len = 0, options_len = 0, r;

    r = qn_store_job_by_key(c->store, &j->key, j->owner_name, j->sum.length, &old, err);
    if (r == 0)
        return commit_answer(c, a, old.id, old.due, 1);
    if (r != QN_ENOTFOUND)
        return r;
    j->state = QN_JOB_HELD;
    j->version = 1;
    j->received = c->now;
    j->due = c->now + qn_class_level(j->class_)->hold;
    if ((r = commit_seal_row(c, a, title, &title_len, options, &options_len, err)) != 0 ||
        (r = qn_spool_link(c->spool, j->id, a->read_fd, err)) != 0)
        return r;
    qn_turn_undo(c, commit_unlink, a);
    if ((r = qn_store_job_add(c->store, j, title, (size_t)title_len, options, (size_t)options_len, err)) != 0)
        return r;
    r = commit_record(c, a, err);
    return r == 0 ? commit_answer(c, a, j->id, j->due, 0) : r;
}

/* One bounded step of the tag check. QN_LATER while there is more. */
static int commit_step(struct qn_arrival *a, struct qn_err *err)
{
    uint64_t chunks = qn_seal_chunks(a->job.sum.length), left = chunks - a->tags_done;
    uint64_t now = left < TAGS_A_TURN ? left : TAGS_A_TURN;
    uint8_t digest[32];
    int r = qn_seal_tags(a->tags, a->read_fd, a->job.sum.length, a->tags_done, now, err);

    if (r != 0)
        return r;
    a->tags_done += now;
    if (a->tags_done < chunks)
        return QN_LATER;
    if (EVP_DigestFinal_ex(a->tags, digest, NULL) != 1)
        return qn_fail(err, QN_EINTERNAL, "digest failed");
    return memcmp(digest, a->job.sum.tags, 32) == 0 ? 0 : qn_fail(err, QN_ECORRUPT, "tags");
}

/* Goes on with a commit; when it ends, whichever way, the arrival is gone. */
static void commit_work(struct qn_core *c, struct qn_arrival *a)
{
    struct qn_err err = { 0 };
    int r = commit_step(a, &err);

    if (r == QN_LATER) {
        c->again = true;
        return;
    }
    if (r == 0)
        r = qn_turn_step(c, commit_finish, a, "job.commit");
    if (r < 0)
        qn_turn_refuse(c, &a->ask, r, err.text[0] ? err.text : "not held");
    qn_arrival_drop(c, a);
}

static void commit_take(struct qn_arrival *a, struct qn_peer *p, const struct qn_msg *in)
{
    qn_turn_remember(&a->ask, p, in);
    a->committing = true;
    a->job.pages = qn_msg_has(in, "pages") ? qn_msg_get_int(in, "pages") : -1;
    snprintf(a->job.format, sizeof a->job.format, "%s", qn_msg_get(in, "format"));
    a->job.sum.length = (uint64_t)qn_msg_get_int(in, "length");
    qn_unhex(a->job.sum.commitment, 32, qn_msg_get(in, "commitment"));
    qn_unhex(a->job.sum.tags, 32, qn_msg_get(in, "tags"));
    a->tags = EVP_MD_CTX_new();
    if (!a->tags || EVP_DigestInit_ex(a->tags, EVP_sha256(), NULL) != 1)
        qn_panic("no memory for a digest");
}

int qn_job_commit(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                  struct qn_err *err)
{
    struct qn_arrival *a = p->arrival;
    int r;

    (void)who;
    (void)out;
    if (!a || a->committing || strcmp(a->job.id, qn_msg_get(in, "job")) != 0)
        return qn_fail(err, QN_ECONFLICT, "this connection brings no such job");
    commit_take(a, p, in);
    r = qn_msg_get_int(in, "length") > qn_conf_int(c->conf, "max-job-bytes")
        ? qn_fail(err, QN_EDENIED, "the document is larger than a job may be") : qn_spool_quiet(a->read_fd, err);
    if (r == 0 && (r = commit_check_file(a, err)) == 0)
        return QN_LATER; /* qn_hold_work() takes it from here, in this turn */
    qn_arrival_drop(c, a);
    return r;
}

void qn_hold_work(struct qn_core *c)
{
    struct qn_arrival *next;

    for (struct qn_arrival *a = c->holds->first; a; a = next) {
        next = a->next;
        if (a->committing)
            commit_work(c, a);
    }
}
