#include "server/auth-delay.h"

#include <string.h>

enum { WAITING = 256 };

static struct delayed {
    bool used;
    int64_t due;
    struct qn_ask ask;
    struct qn_msg m;
} waiting[WAITING];

static void delay_drop(struct qn_core *c, void *arg)
{
    struct delayed *d = arg;

    (void)c;
    qn_msg_free(&d->m);
    d->used = false;
}

void qn_delay_refuse(struct qn_core *c, const struct qn_ask *ask, int64_t began, int code, const char *text)
{
    struct qn_msg m;

    qn_ask_answer(&m, ask, code, text);
    qn_delay_answer(c, ask, began, &m);
}

void qn_delay_answer(struct qn_core *c, const struct qn_ask *ask, int64_t began, struct qn_msg *m)
{
    int64_t beats = c->boot > began ? (c->boot - began) / QN_DELAY_BEAT : 0;

    for (struct delayed *d = waiting; d < waiting + WAITING; d++)
        if (!d->used) {
            *d = (struct delayed){ true, began + (beats + 1) * QN_DELAY_BEAT, *ask, *m };
            memset(m, 0, sizeof *m);
            qn_turn_undo(c, delay_drop, d);
            return;
        }
    qn_turn_answer(c, ask, m);
}

static int delay_send(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct delayed *d = arg;

    (void)err;
    qn_turn_answer(c, &d->ask, &d->m);
    d->used = false;
    return 0;
}

void qn_delay_run(struct qn_core *c)
{
    for (struct delayed *d = waiting; d < waiting + WAITING; d++)
        if (d->used && c->boot >= d->due)
            qn_turn_step(c, delay_send, d, "refusal");
}
