#include "server/worker.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/verb.h"
#include "server/job-deliver.h"
#include "server/job-queue.h"
#include "server/turn.h"

enum { OPS_MAX = 512, ERRAND_PATIENCE_MS = 5000 };

struct qn_op {
    struct qn_op *next;
    enum qn_from kind;
    uint64_t worker;       /* 0 while queued */
    int64_t seq;
    int64_t since, deadline; /* boot clock */
    struct qn_msg m;
    qn_op_done *done;
    qn_op_failed *failed;
    void *ctx;
};

struct qn_workers {
    struct qn_op *first, **last;
    int64_t seq;
    unsigned count;
};

void qn_workers_open(struct qn_core *c)
{
    c->workers = qn_alloc(sizeof *c->workers);
    c->workers->last = &c->workers->first;
}

static void op_free(struct qn_op *op)
{
    qn_msg_free(&op->m);
    free(op->ctx);
    free(op);
}

void qn_workers_close(struct qn_core *c)
{
    while (c->workers && c->workers->first) {
        struct qn_op *op = c->workers->first;

        c->workers->first = op->next;
        op_free(op);
    }
    free(c->workers);
    c->workers = NULL;
}

static void op_unlink(struct qn_core *c, struct qn_op *op)
{
    struct qn_op **at = &c->workers->first;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
    if (c->workers->last == &op->next)
        c->workers->last = at;
    c->workers->count--;
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->op == op)
            p->op = NULL;
}

static void op_undo(struct qn_core *c, void *arg)
{
    struct qn_op *op = arg;

    op_unlink(c, op);
    op_free(op);
}

static void op_add(struct qn_core *c, enum qn_from kind, int64_t ms, struct qn_msg *m, qn_op_done *done, qn_op_failed *failed, void *ctx)
{
    struct qn_op *op = qn_alloc(sizeof *op);

    op->kind = kind;
    op->since = c->boot;
    op->deadline = c->boot + ms;
    op->m = *m; /* transferred */
    memset(m, 0, sizeof *m);
    op->done = done;
    op->failed = failed;
    op->ctx = ctx;
    if (c->workers->count >= OPS_MAX)
        op->deadline = c->boot; /* ends at the next pump, as if nobody answered */
    *c->workers->last = op;
    c->workers->last = &op->next;
    c->workers->count++;
    qn_turn_undo(c, op_undo, op);
}

void qn_worker_ask(struct qn_core *c, enum qn_from kind, struct qn_msg *m, qn_op_done *done, qn_op_failed *failed, void *ctx)
{
    op_add(c, kind, qn_conf_int(c->conf, "answer-timeout") - 200, m, done, failed, ctx);
}

void qn_worker_errand(struct qn_core *c, struct qn_msg *m, int64_t ms, qn_op_done *done, qn_op_failed *failed, void *ctx)
{
    op_add(c, QN_FROM_DELIVER, ms, m, done, failed, ctx);
}

int qn_worker_ready(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    static const struct { const char *kind; enum qn_from from; } kinds[] = {
        { "ldap", QN_FROM_LDAP }, { "pin", QN_FROM_PIN }, { "deliver", QN_FROM_DELIVER },
    };

    (void)c;
    (void)who;
    (void)out;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].from == p->from && strcmp(kinds[i].kind, qn_msg_get(in, "kind")) == 0) {
            p->worker_ready = true;
            return 0;
        }
    return qn_fail(err, QN_EINVAL, "worker of kind %s on the wrong socket", qn_msg_get(in, "kind"));
}

struct op_end {
    struct qn_op *op;
    const struct qn_msg *answer;
};

static int op_end_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct op_end *e = arg;

    return e->op->done(c, e->op->ctx, e->answer, err);
}

/* Ends an op: its continuation runs in a savepoint; if that is undone, the asker is told. */
static void op_end(struct qn_core *c, struct qn_op *op, const struct qn_msg *answer)
{
    struct op_end e = { op, answer };
    int r;

    op_unlink(c, op);
    r = qn_turn_step(c, op_end_work, &e, op->m.verb);
    if (r < 0)
        op->failed(c, op->ctx, r);
    op_free(op);
}

void qn_worker_answered(struct qn_core *c, struct qn_peer *p, const struct qn_msg *answer)
{
    struct qn_op *op = p->op;
    struct qn_err err;

    if (qn_verb_check(answer, &err) != 0)
        qn_peer_drop(p, err.text);
    else if (p->from == QN_FROM_DELIVER && !op)
        qn_deliver_answered(c, p, answer);
    else if (!op || op->seq != answer->seq || strcmp(op->m.verb, answer->verb) != 0)
        qn_peer_drop(p, "an answer nobody waits for");
    else
        op_end(c, op, answer);
    if (p->from == QN_FROM_DELIVER)
        p->worker_ready = false; /* one errand, one process: it is ready again when it says so */
}

void qn_worker_lost(struct qn_core *c, struct qn_peer *p)
{
    if (p->from == QN_FROM_DELIVER && !p->op)
        qn_deliver_lost(c, p);
    else if (p->op)
        op_end(c, p->op, NULL);
}

/* Errands never take more than half of the processes, and releases go first, but not for ever. */
static bool errand_waits(struct qn_core *c, const struct qn_op *errand)
{
    int64_t most = qn_conf_int(c->conf, "max-deliver") / 2, running = 0;

    for (struct qn_op *op = c->workers->first; op; op = op->next)
        running += op->kind == QN_FROM_DELIVER && op->worker;
    most = most < 1 ? 1 : most > QN_ERRANDS ? QN_ERRANDS : most;
    return running >= most || (c->boot - errand->since < ERRAND_PATIENCE_MS && qn_release_waiting(c));
}

static struct qn_peer *worker_free(struct qn_core *c, const struct qn_op *op)
{
    enum qn_from kind = op->kind;

    if (kind == QN_FROM_DELIVER && errand_waits(c, op))
        return NULL;
    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        if (p->from == kind && p->worker_ready && !p->op && !qn_deliver_busy(p) && !p->gone && !p->ended)
            return p;
    return NULL;
}

static void op_hand(struct qn_core *c, struct qn_op *op, struct qn_peer *p)
{
    op->seq = ++c->workers->seq;
    op->m.seq = op->seq;
    op->worker = p->id;
    p->op = op;
    struct qn_msg m = op->m;

    /* The op keeps the verb; the message itself, with its secrets, leaves. */
    memset(&op->m, 0, sizeof op->m);
    memcpy(op->m.verb, m.verb, sizeof op->m.verb);
    qn_turn_send(c, p->id, &m);
}

void qn_worker_pump(struct qn_core *c)
{
    struct qn_op *op, *next;

    for (op = c->workers->first; op; op = next) {
        struct qn_peer *p;

        next = op->next;
        if (c->boot >= op->deadline) {
            if (op->worker && (p = qn_peer_find(c, op->worker)) != NULL)
                qn_peer_drop(p, "no answer in time");
            op_end(c, op, NULL);
            next = c->workers->first; /* a continuation may have queued or ended others */
        } else if (!op->worker && (p = worker_free(c, op)) != NULL) {
            op_hand(c, op, p);
        }
    }
}

unsigned qn_worker_count(struct qn_core *c, enum qn_from kind)
{
    unsigned n = 0;

    for (struct qn_peer *p = qn_peer_first(c); p; p = p->next)
        n += p->from == kind && p->worker_ready && !p->gone;
    return n;
}
