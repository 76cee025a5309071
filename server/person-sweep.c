#include "server/person-sweep.h"

#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/policy.h"
#include "server/turn.h"
#include "server/worker.h"

enum { EVERY_MS = 5 * 60000, QUESTION_MS = 20 /* apart */, BURST = 5, PAGE = 64, LOOK_MS = 1000, PAUSE_MS = 10000 };

/* Where the sweep is. People are taken in the order of when they were last asked about; those who could do nothing are passed over, and
 * passed over only once in a round, however many they are. */
static struct {
    int64_t checked, id;     /* behind this one */
    int64_t next;            /* not before, boot clock */
    int64_t allowed;         /* questions up to this time have been asked: one each QUESTION_MS */
    int64_t since;           /* nobody who was asked about before this counts as known: the policy changed then */
    int64_t version;
    unsigned asked;          /* questions without an answer yet */
} sweep = { .checked = INT64_MIN, .version = -1 };

struct asking {
    struct qn_core *c;
    unsigned left, rows;
    bool full;
};

struct question { struct qn_person person; };

static int sweep_answered(struct qn_core *c, void *ctx, const struct qn_msg *answer, struct qn_err *err)
{
    struct question *q = ctx;
    int r = qn_live_learn(c, answer, &q->person, "", err);

    sweep.asked--;
    if (r != QN_EAWAY)
        return r;
    sweep.next = c->boot + PAUSE_MS;
    return 0;
}

static void sweep_failed(struct qn_core *c, void *ctx, int code)
{
    (void)c;
    (void)ctx;
    (void)code; /* it was logged, and comes round again */
}

static void sweep_unasked(struct qn_core *c, void *arg)
{
    (void)c;
    (void)arg;
    sweep.asked--;
}

static int sweep_one(void *ctx, const struct qn_person *p, bool live)
{
    struct asking *a = ctx;
    struct question *q;
    struct qn_msg m;

    if (live && a->left == 0) {
        a->full = true;
        return 1;
    }
    a->rows++;
    sweep.checked = p->checked;
    sweep.id = p->id;
    if (!live)
        return 0;
    a->left--;
    q = qn_alloc(sizeof *q);
    q->person = *p;
    qn_person_again(&m, p, NULL);
    qn_worker_ask(a->c, QN_FROM_LDAP, &m, sweep_answered, sweep_failed, q);
    sweep.asked++;
    sweep.allowed += QUESTION_MS;
    qn_turn_undo(a->c, sweep_unasked, NULL);
    return 0;
}

static int64_t sweep_before(const struct qn_core *c)
{
    int64_t before = c->steady - EVERY_MS;

    if (qn_policy()->version != sweep.version) {
        if (sweep.version >= 0)
            sweep.since = c->steady;
        sweep.version = qn_policy()->version;
    }
    return before > sweep.since ? before : sweep.since;
}

static unsigned half_of_workers(struct qn_core *c)
{
    return (qn_worker_count(c, QN_FROM_LDAP) + 1) / 2;
}

bool qn_person_sweep_due(struct qn_core *c)
{
    return c->boot >= sweep.next && c->boot - sweep.allowed >= QUESTION_MS && sweep.asked < half_of_workers(c);
}

int qn_person_sweep(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct asking a = { .c = c, .left = half_of_workers(c) - sweep.asked };
    int r;

    (void)arg;
    if (c->boot - sweep.allowed > BURST * QUESTION_MS)
        sweep.allowed = c->boot - BURST * QUESTION_MS;
    if (a.left > (c->boot - sweep.allowed) / QUESTION_MS)
        a.left = (unsigned)((c->boot - sweep.allowed) / QUESTION_MS);
    r = qn_store_person_each_stale(c->store, sweep_before(c), sweep.checked, sweep.id, PAGE, sweep_one, &a, err);
    if (r < 0 || a.full || a.rows == PAGE)
        return r < 0 ? r : 0;
    sweep.next = c->boot + LOOK_MS;
    if (sweep.asked == 0) { /* the round begins again once everybody of this one has answered */
        sweep.checked = INT64_MIN;
        sweep.id = 0;
    }
    return 0;
}
