/* job.begin: may this job come in, for whom, in which class; then a file and a key for intake. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/job-hold-private.h"
#include "server/record.h"
#include "server/worker.h"

/* What job.begin carries while the directory is asked. */
struct begin {
    struct qn_ask ask;
    struct qn_arrival *arrival;
};

/* Refused for good: recorded, and told to CUPS. */
static int begin_refuse(struct qn_core *c, const struct qn_ask *ask, const struct qn_job *j, int code, const char *reason,
                        struct qn_err *err)
{
    int r = qn_record_denial(c, QN_AUDIT_JOB_REJECTED, ask->req, j->owner_name[0] ? j->owner_name : "unknown", reason, "", "",
                             err);

    if (r == 0)
        qn_turn_refuse(c, ask, code, reason);
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
    qn_arrival_drop(c, arg);
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
    if (r == 0 && a->policy != qn_policy()->version)
        r = qn_fail(err, QN_EAGAIN, "the policy has changed while the directory was asked");
    if (r != 0) {
        qn_arrival_free(a);
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
    return 0;
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
            qn_arrival_free(a);
            return r;
        }
        a->job.owner = person.id;
    } else if (answer && answer->code == QN_ENOTFOUND) {
        r = begin_refuse(c, &b->ask, &a->job, QN_ENOTFOUND, "unknown-owner", err);
        qn_arrival_free(a);
        return r;
    }
    return begin_accept(c, &b->ask, a, err); /* owner pending if the directory is away */
}

static void begin_failed(struct qn_core *c, void *ctx, int code)
{
    struct begin *b = ctx;

    qn_turn_refuse(c, &b->ask, code == QN_EFULL ? QN_EFULL : QN_EAGAIN, "not now");
}

/* The highest of the queue's class and what the person chose; *refuse is set for a word that is no class. */
static void begin_class(const struct qn_msg *in, struct qn_job *j, const char **refuse)
{
    const char *wish = qn_msg_get(in, "classification");
    const struct qn_class *chosen = wish[0] ? qn_class_named(wish) : NULL;

    j->class_ = qn_policy_queue(qn_policy(), j->queue)->level;
    if (wish[0] && !chosen)
        *refuse = "unknown-class";
    else if (chosen && chosen->level > j->class_)
        j->class_ = chosen->level;
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

/* Why this job can't be taken whatever the directory says, or NULL. */
static const char *begin_check(struct qn_core *c, const struct qn_msg *in, struct qn_arrival *a)
{
    struct qn_job *j = &a->job;
    const char *refuse = NULL;
    struct qn_err err;

    begin_class(in, j, &refuse);
    a->policy = qn_policy()->version;
    if (!refuse && qn_person_map(c, qn_msg_get(in, "owner"), j->owner_name, &err) != 0)
        refuse = "foreign-owner";
    if (!refuse && !j->owner_verified && !qn_class_level(j->class_)->unverified)
        refuse = "owner-unverified";
    return refuse;
}

/* A locked queue's jobs wait in CUPS. */
static int begin_queue(struct qn_core *c, const struct qn_job *j, struct qn_err *err)
{
    bool locked;
    int r = qn_store_contained(c->store, "queue", j->queue, &locked, err);

    return r == 0 && locked ? qn_fail(err, QN_EAGAIN, "queue %s is locked", j->queue) : r;
}

int qn_job_begin(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                 struct qn_err *err)
{
    struct qn_arrival *a = qn_alloc(sizeof *a);
    struct qn_person person;
    const char *refuse;
    struct begin *b;
    struct qn_ask ask;
    struct qn_msg m;
    int r;

    (void)who;
    (void)out;
    a->read_fd = -1;
    begin_fill(a, in);
    qn_turn_remember(&ask, p, in);
    refuse = begin_check(c, in, a);
    if (refuse) {
        r = begin_refuse(c, &ask, &a->job, QN_EDENIED, refuse, err);
        qn_arrival_free(a);
        return r == 0 ? QN_LATER : r;
    }
    if ((r = begin_queue(c, &a->job, err)) != 0) {
        qn_arrival_free(a);
        return r;
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
