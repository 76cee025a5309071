#include "server/job-hold.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/job-wrap.h"
#include "server/record.h"
#include "server/shred.h"
#include "server/turn.h"
#include "server/worker.h"

enum { TAGS_A_TURN = 2048 };

/* A job between its job.begin and the answer to its job.commit. */
struct qn_arrival {
    struct qn_arrival *next;
    uint64_t peer;
    struct qn_ask ask;          /* of the commit, once it came */
    bool committing;
    struct qn_job job;
    char title[1024];
    char *options;              /* canonical JSON */
    uint8_t *key;               /* data key, locked memory */
    int read_fd;
    EVP_MD_CTX *tags;
    uint64_t tags_done;
};

struct qn_holds {
    struct qn_arrival *first;
};

/* What job.begin carries while the directory is asked. */
struct begin {
    struct qn_ask ask;
    struct qn_arrival *arrival;
};

void qn_holds_open(struct qn_core *c)
{
    c->holds = qn_alloc(sizeof *c->holds);
}

static void arrival_free(struct qn_arrival *a)
{
    if (a->read_fd >= 0)
        close(a->read_fd);
    EVP_MD_CTX_free(a->tags);
    qn_secret_free(&a->key);
    qn_wipe(a->title, sizeof a->title);
    if (a->options)
        qn_wipe(a->options, strlen(a->options));
    free(a->options);
    free(a);
}

static void arrival_drop(struct qn_core *c, struct qn_arrival *a)
{
    struct qn_peer *p = qn_peer_find(c, a->peer);

    for (struct qn_arrival **at = &c->holds->first; *at; at = &(*at)->next)
        if (*at == a) {
            *at = a->next;
            break;
        }
    if (p)
        p->arrival = NULL;
    arrival_free(a);
}

void qn_holds_close(struct qn_core *c)
{
    while (c->holds && c->holds->first)
        arrival_drop(c, c->holds->first);
    free(c->holds);
    c->holds = NULL;
}

void qn_hold_lost(struct qn_core *c, struct qn_peer *p)
{
    if (p->arrival) {
        p->arrival->peer = p->id;
        arrival_drop(c, p->arrival);
        p->arrival = NULL;
    }
}

/* Refused for good: recorded, and told to CUPS. */
static int begin_refuse(struct qn_core *c, const struct qn_ask *ask, const struct qn_job *j, const char *reason,
                        const char *text, struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_JOB_REJECTED, ask->req, j->owner_name[0] ? j->owner_name : "unknown", reason, "", "",
                             err);

    if (r == 0)
        qn_turn_refuse(c, ask, QN_EDENIED, text);
    return r;
}

/* Room for one more? QN_EFULL says what is full: the job waits in CUPS. */
static int begin_room(struct qn_core *c, const struct qn_job *j, struct qn_err *err)
{
    struct qn_job_totals all, own;
    int64_t arriving = 0, arriving_own = 0, most = qn_conf_int(c->conf, "max-intake");
    int r;

    for (const struct qn_arrival *a = c->holds->first; a; a = a->next) {
        arriving++;
        arriving_own += strcmp(a->job.owner_name, j->owner_name) == 0;
    }
    if (arriving >= most || arriving_own >= (most + 1) / 2)
        return qn_fail(err, QN_EFULL, "too many jobs are arriving");
    if ((r = qn_store_job_totals(c->store, NULL, &all, err)) != 0 ||
        (r = qn_store_job_totals(c->store, j->owner_name, &own, err)) != 0)
        return r;
    if (all.jobs + arriving >= qn_conf_int(c->conf, "max-jobs") || all.bytes >= qn_conf_int(c->conf, "max-bytes"))
        return qn_fail(err, QN_EFULL, "the server holds as many jobs as it may");
    if (own.jobs + arriving_own >= qn_conf_int(c->conf, "max-jobs-per-owner") ||
        own.bytes >= qn_conf_int(c->conf, "max-bytes-per-owner"))
        return qn_fail(err, QN_EFULL, "this person holds as many jobs as one may");
    if (qn_spool_free_bytes(c->spool) < qn_conf_int(c->conf, "disk-reserve"))
        return qn_fail(err, QN_EFULL, "the spool's disk is full");
    return 0;
}


static void arrival_undo(struct qn_core *c, void *arg)
{
    arrival_drop(c, arg);
}

/* Everything is allowed: id, file, key. */
static int begin_accept(struct qn_core *c, const struct qn_ask *ask, struct qn_arrival *a, struct qn_err *err)
{
    struct qn_peer *p = qn_peer_find(c, ask->peer);
    struct qn_person owner = { 0 };
    struct qn_msg out;
    int write_fd, r;

    r = p && !p->arrival ? begin_room(c, &a->job, err)
                         : qn_fail(err, QN_ECONFLICT, "this connection is gone or brings a job already");
    if (r != 0) {
        arrival_free(a);
        return r;
    }
    a->next = c->holds->first;
    c->holds->first = a;
    p->arrival = a;
    a->peer = p->id;
    qn_turn_undo(c, arrival_undo, a);
    qn_uuid_make(a->job.id, c->now);
    a->key = qn_secret_alloc(QN_SEAL_KEY);
    qn_random(a->key, QN_SEAL_KEY);
    if (a->job.owner && (r = qn_store_person(c->store, a->job.owner, &owner, err)) != 0)
        return r;
    if ((r = qn_spool_new(c->spool, a->job.id, &write_fd, &a->read_fd, err)) != 0)
        return r;
    qn_ask_answer(&out, ask, QN_OK, "");
    qn_msg_fd(&out, write_fd); /* transferred: closed once it is sent */
    qn_msg_str(&out, "job", a->job.id);
    qn_msg_str(&out, "owner_id", owner.dir_id);
    qn_msg_str(&out, "owner", a->job.owner_name);
    qn_msg_str(&out, "classification", qn_class_level(a->job.class_)->name);
    qn_msg_int(&out, "max_bytes", qn_conf_int(c->conf, "max-job-bytes"));
    qn_msg_secret(&out, QN_SECRET_KEY, a->key, QN_SEAL_KEY);
    qn_turn_answer(c, ask, &out);
    return qn_record(c, QN_AUDIT_JOB_RECEIVED, ask->req, err, "{s:s, s:s, s:s, s:s, s:s, s:i, s:I}", "job", a->job.id, "owner",
                     owner.dir_id, "owner_name", a->job.owner_name, "queue", a->job.queue, "class",
                     qn_class_level(a->job.class_)->name, "verified", (int)a->job.owner_verified, "cups_job",
                     (json_int_t)a->job.key.cups_job);
}

static int begin_resolved(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct begin *b = ctx;
    struct qn_arrival *a = b->arrival;
    struct qn_person person;
    int r;

    b->arrival = NULL; /* transferred */
    if (answer && answer->code == QN_OK) {
        if ((r = qn_person_learn(c, answer, &person, err)) != 0) {
            arrival_free(a);
            return r;
        }
        a->job.owner = person.id;
    } else if (answer && answer->code == QN_ENOTFOUND) {
        r = begin_refuse(c, &b->ask, &a->job, "unknown-owner", "the owner is not in the directory", err);
        arrival_free(a);
        return r;
    }
    return begin_accept(c, &b->ask, a, err); /* owner pending if the directory is away */
}

static void begin_failed(struct qn_core *c, void *ctx, int code)
{
    struct begin *b = ctx;

    qn_turn_refuse(c, &b->ask, code == QN_EFULL ? QN_EFULL : QN_EAGAIN, "not now");
}

/* The highest of the queue's class and what the person chose. 0 with *refuse set for a word that is no class. */
static int begin_class(struct qn_core *c, const struct qn_msg *in, struct qn_job *j, const char **refuse, struct qn_err *err)
{
    const char *wish = qn_msg_get(in, "classification");
    const struct qn_class *chosen = wish[0] ? qn_class_named(wish) : NULL;
    int r = qn_store_queue_class(c->store, j->queue, &j->class_, err);

    if (r == QN_ENOTFOUND)
        j->class_ = qn_class_named("internal")->level;
    else if (r != 0)
        return r;
    if (wish[0] && !chosen)
        *refuse = "unknown-class";
    else if (chosen && chosen->level > j->class_)
        j->class_ = chosen->level;
    return 0;
}

static void begin_fill(struct qn_arrival *a, const struct qn_msg *in)
{
    struct qn_job *j = &a->job;
    char *dump = json_dumps(json_object_get(in->f, "options"), JSON_COMPACT | JSON_SORT_KEYS);

    if (!dump)
        qn_panic("no memory for options");
    a->options = dump;
    snprintf(a->title, sizeof a->title, "%s", qn_msg_get(in, "title"));
    snprintf(j->key.cupsd, sizeof j->key.cupsd, "%s", qn_msg_get(in, "cupsd"));
    snprintf(j->key.uuid, sizeof j->key.uuid, "%s", qn_msg_get(in, "uuid"));
    j->key.cups_job = qn_msg_get_int(in, "cups_job");
    j->key.created = qn_msg_get_int(in, "created");
    j->key.document = qn_msg_get_int(in, "document");
    snprintf(j->queue, sizeof j->queue, "%s", qn_msg_get(in, "queue"));
    j->owner_verified = strcmp(qn_msg_get(in, "proof"), "cupsd") == 0;
}

static int begin_check(struct qn_core *c, const struct qn_msg *in, struct qn_arrival *a, const char **refuse,
                       struct qn_err *err)
{
    struct qn_job *j = &a->job;
    int r = begin_class(c, in, j, refuse, err);

    if (r == 0 && !*refuse && qn_person_map(c, qn_msg_get(in, "owner"), j->owner_name, err) != 0)
        *refuse = "foreign-owner";
    if (r == 0 && !*refuse && !j->owner_verified && !qn_class_level(j->class_)->unverified)
        *refuse = "owner-unverified";
    return r;
}

int qn_job_begin(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                 struct qn_err *err)
{
    struct qn_arrival *a = qn_alloc(sizeof *a);
    struct qn_person person;
    const char *refuse = NULL;
    struct begin *b;
    struct qn_ask ask;
    struct qn_msg m;
    int r;

    (void)who;
    (void)out;
    a->read_fd = -1;
    begin_fill(a, in);
    qn_turn_remember(&ask, p, in);
    r = begin_check(c, in, a, &refuse, err);
    if (r == 0 && refuse)
        r = begin_refuse(c, &ask, &a->job, refuse, refuse, err);
    if (r != 0 || refuse) {
        arrival_free(a);
        return r == 0 ? QN_LATER : r;
    }
    r = qn_store_person_by_login(c->store, a->job.owner_name, &person, err);
    if (r == 0 && c->steady - person.checked < qn_conf_int(c->conf, "person-cache") && strcmp(person.status, "active") == 0) {
        a->job.owner = person.id;
        r = begin_accept(c, &ask, a, err);
        return r == 0 ? QN_LATER : r;
    }
    b = qn_alloc(sizeof *b);
    b->ask = ask;
    b->arrival = a;
    qn_person_question(&m, "ldap.find", a->job.owner_name, in->req);
    qn_worker_ask(c, QN_FROM_LDAP, &m, begin_resolved, begin_failed, b);
    return QN_LATER;
}

/* ---- commit ---- */

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

    if (qn_spool_unlink(c->spool, arg, &err) != 0)
        qn_log_err(QN_LOG_WARNING, "taking back a file", &err);
    free(arg);
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
    qn_turn_undo(c, commit_unlink, qn_strdup(j->id));
    if ((r = qn_store_job_add(c->store, j, title, (size_t)title_len, options, (size_t)options_len, err)) != 0)
        return r;
    r = qn_record(c, QN_AUDIT_JOB_HELD, a->ask.req, err, "{s:s, s:s, s:s, s:I, s:s, s:I, s:s}", "job", j->id, "owner_name",
                  j->owner_name, "class", qn_class_level(j->class_)->name, "bytes", (json_int_t)j->sum.length, "format",
                  j->format, "due", (json_int_t)j->due, "key", j->shred);
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
    arrival_drop(c, a);
}

static void commit_take(struct qn_arrival *a, struct qn_peer *p, const struct qn_msg *in)
{
    qn_turn_remember(&a->ask, p, in);
    a->committing = true;
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
    arrival_drop(c, a);
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
