#include "server/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "server/clock-two.h"
#include "server/dispatch.h"
#include "server/worker.h"

enum { INBOX = 256, OUTBOX = 1024, ACTS = 2048 };

struct turn_act {
    void (*act)(struct qn_core *c, void *arg);
    void *arg;
};

struct qn_turn {
    struct { uint64_t peer; struct qn_msg m; } in[INBOX];
    struct { uint64_t peer; struct qn_msg m; } out[OUTBOX];
    struct turn_act after[ACTS], undo[ACTS];
    unsigned ins, outs, afters, undos;
    int64_t slowest;
    char slowest_verb[32];
};

void qn_turn_open(struct qn_core *c)
{
    c->turn = qn_alloc(sizeof *c->turn);
}

void qn_turn_close(struct qn_core *c)
{
    if (!c->turn)
        return;
    for (unsigned i = 0; i < c->turn->ins; i++)
        qn_msg_free(&c->turn->in[i].m);
    free(c->turn);
    c->turn = NULL;
}

bool qn_turn_room(const struct qn_core *c)
{
    return c->turn->ins < INBOX;
}

void qn_turn_take(struct qn_core *c, struct qn_peer *p, struct qn_msg *m)
{
    c->turn->in[c->turn->ins].peer = p->id;
    c->turn->in[c->turn->ins].m = *m; /* transferred */
    c->turn->ins++;
    memset(m, 0, sizeof *m);
}

void qn_turn_send(struct qn_core *c, uint64_t peer, struct qn_msg *m)
{
    struct qn_turn *t = c->turn;

    if (t->outs == OUTBOX)
        qn_panic("more than %d messages in one turn", OUTBOX);
    t->out[t->outs].peer = peer;
    t->out[t->outs].m = *m; /* transferred */
    t->outs++;
    memset(m, 0, sizeof *m);
}

void qn_turn_remember(struct qn_ask *out, const struct qn_peer *p, const struct qn_msg *in)
{
    memset(out, 0, sizeof *out);
    out->peer = p->id;
    out->seq = in->seq;
    snprintf(out->verb, sizeof out->verb, "%s", in->verb);
    snprintf(out->req, sizeof out->req, "%s", in->req);
}

void qn_ask_answer(struct qn_msg *out, const struct qn_ask *ask, int code, const char *text)
{
    qn_msg_request(out, ask->verb, ask->req);
    out->answer = true;
    out->seq = ask->seq;
    out->code = code;
    snprintf(out->text, sizeof out->text, "%s", text ? text : "");
}

void qn_turn_answer(struct qn_core *c, const struct qn_ask *ask, struct qn_msg *m)
{
    qn_turn_send(c, ask->peer, m);
}

void qn_turn_refuse(struct qn_core *c, const struct qn_ask *ask, int code, const char *text)
{
    struct qn_msg m;

    qn_ask_answer(&m, ask, code, text);
    qn_turn_send(c, ask->peer, &m);
}

static void act_add(struct turn_act *acts, unsigned *n, void (*act)(struct qn_core *, void *), void *arg)
{
    if (*n == ACTS)
        qn_panic("more than %d acts in one turn", ACTS);
    acts[*n].act = act;
    acts[*n].arg = arg;
    (*n)++;
}

void qn_turn_after(struct qn_core *c, void (*act)(struct qn_core *, void *), void *arg)
{
    act_add(c->turn->after, &c->turn->afters, act, arg);
}

void qn_turn_undo(struct qn_core *c, void (*act)(struct qn_core *, void *), void *arg)
{
    act_add(c->turn->undo, &c->turn->undos, act, arg);
}

/* Takes back what was queued since the mark. */
static void turn_unqueue(struct qn_core *c, unsigned outs, unsigned afters, unsigned undos)
{
    struct qn_turn *t = c->turn;

    while (t->outs > outs)
        qn_msg_free(&t->out[--t->outs].m);
    t->afters = afters;
    while (t->undos > undos) {
        t->undos--;
        t->undo[t->undos].act(c, t->undo[t->undos].arg);
    }
}

int qn_turn_step(struct qn_core *c, int (*work)(struct qn_core *, void *, struct qn_err *), void *arg, const char *what)
{
    unsigned outs = c->turn->outs, afters = c->turn->afters, undos = c->turn->undos;
    struct qn_err err = { 0 };
    int r = qn_store_mark(c->store, &err);

    if (r == 0) {
        qn_audit_mark(c->audit);
        r = work(c, arg, &err);
        if (r >= 0 && qn_store_alive(c->store)) {
            struct qn_err keep;

            if (qn_store_keep(c->store, &keep) == 0)
                return r;
            err = keep;
            r = keep.code;
        }
        if (qn_store_alive(c->store)) {
            qn_store_undo(c->store);
            qn_audit_undo(c->audit);
        }
    }
    turn_unqueue(c, outs, afters, undos);
    if (r >= 0)
        r = qn_fail(&err, QN_EIO, "the transaction died");
    qn_log_err(r == QN_EIO || r == QN_EINTERNAL ? QN_LOG_ERR : QN_LOG_INFO, what, &err);
    return r;
}

struct turn_item {
    struct qn_peer *peer;
    struct qn_msg *in, out;
    struct qn_err err;
};

static int item_run(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct turn_item *it = arg;
    int r;

    r = qn_dispatch(c, it->peer, it->in, &it->out, err);
    it->err = *err;
    if (r == 0)
        qn_turn_send(c, it->peer->id, &it->out);
    return r;
}

static void item_time(struct qn_core *c, const struct timespec *from, const char *verb)
{
    struct timespec to;
    int64_t us;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    us = (int64_t)(to.tv_sec - from->tv_sec) * 1000000 + (to.tv_nsec - from->tv_nsec) / 1000;
    if (us > c->turn->slowest) {
        c->turn->slowest = us;
        snprintf(c->turn->slowest_verb, sizeof c->turn->slowest_verb, "%s", verb);
    }
}

static void turn_message(struct qn_core *c, uint64_t peer_id, struct qn_msg *m)
{
    struct qn_peer *p = qn_peer_find(c, peer_id);
    struct turn_item it = { .peer = p, .in = m };
    struct timespec from;
    char verb[32];
    int r;

    if (!p)
        return;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    if (m->answer) {
        qn_worker_answered(c, p, m);
        item_time(c, &from, m->verb);
        return;
    }
    if (qn_dispatch_refuses(c, p, m))
        return;
    qn_msg_answer(&it.out, m, QN_OK, "");
    memcpy(verb, m->verb, sizeof verb); /* the handler may keep the message */
    r = qn_turn_step(c, item_run, &it, verb);
    item_time(c, &from, verb);
    if (r < 0) {
        struct qn_ask ask;

        qn_turn_remember(&ask, p, m);
        qn_turn_refuse(c, &ask, r, it.err.text[0] ? it.err.text : "not done");
    }
    qn_msg_free(&it.out);
}

int64_t qn_turn_slowest(const struct qn_core *c, const char **verb_out)
{
    *verb_out = c->turn->slowest_verb;
    return c->turn->slowest;
}

/* The transaction can't be saved, or its fate is unknown. Restarting is the safe way to find out what is durable; files that this turn
 * linked are swept then. */
static void turn_die(const struct qn_err *err)
{
    qn_log(QN_LOG_ERR, "the store failed, this process ends: %s", err->text);
    _exit(3);
}

static void turn_commit(struct qn_core *c)
{
    struct qn_err err = { .code = QN_EIO };

    if (!qn_store_alive(c->store) || qn_audit_flush(c->audit, &err) != 0 || qn_spool_sync(c->spool, &err) != 0 ||
        qn_store_commit(c->store, &err) != 0)
        turn_die(&err);
    qn_audit_committed(c->audit);
}

static void turn_deliver(struct qn_core *c)
{
    struct qn_turn *t = c->turn;
    unsigned afters = t->afters;

    for (unsigned i = 0; i < t->outs; i++) {
        struct qn_peer *p = qn_peer_find(c, t->out[i].peer);

        if (p)
            qn_peer_send(c, p, &t->out[i].m);
        else
            qn_msg_free(&t->out[i].m);
    }
    t->outs = t->undos = t->afters = 0;
    for (unsigned i = 0; i < afters; i++)
        t->after[i].act(c, t->after[i].arg);
}

void qn_turn_settle(struct qn_core *c)
{
    turn_deliver(c);
}

/* Signing and the like come after the replies. */
static void turn_housekeeping(struct qn_core *c)
{
    struct qn_err err;

    if (qn_audit_sign(c->audit, false, c->now, &err) != 0)
        turn_die(&err);
    for (const struct qn_work *w = c->works; w->turn || w->lost || w->after; w++)
        if (w->after)
            w->after(c);
}

void qn_turn_run(struct qn_core *c)
{
    struct qn_turn *t = c->turn;
    struct qn_err err;

    qn_clock_two_read(c);
    if (t->ins == 0 && !c->again) { /* somebody came or went */
        qn_peers_reap(c);
        return;
    }
    c->again = false;
    if (qn_store_begin(c->store, &err) != 0)
        turn_die(&err);
    for (unsigned i = 0; i < t->ins; i++) {
        turn_message(c, t->in[i].peer, &t->in[i].m);
        qn_msg_free(&t->in[i].m);
    }
    t->ins = 0;
    for (const struct qn_work *w = c->works; w->turn || w->lost || w->after; w++)
        if (w->turn)
            w->turn(c);
    turn_commit(c);
    turn_deliver(c);
    turn_housekeeping(c);
    qn_peers_reap(c);
}

void qn_turn_lost(struct qn_core *c, struct qn_peer *p)
{
    struct qn_err err;

    if (c->stopping || (!p->op && !p->arrival && !p->releasing[0]))
        return;
    if (qn_store_begin(c->store, &err) != 0)
        turn_die(&err);
    for (const struct qn_work *w = c->works; w->turn || w->lost || w->after; w++)
        if (w->lost)
            w->lost(c, p);
    turn_commit(c);
    turn_deliver(c);
}
