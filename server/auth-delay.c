#include "server/auth-delay.h"

enum { WAITING = 256 };

static struct delayed {
    bool used;
    int64_t due;
    struct qn_ask ask;
    int code;
    const char *text;
} waiting[WAITING];

static void delay_drop(struct qn_core *c, void *arg)
{
    (void)c;
    ((struct delayed *)arg)->used = false;
}

void qn_delay_refuse(struct qn_core *c, const struct qn_ask *ask, int64_t began, int code, const char *text)
{
    int64_t beats = c->boot > began ? (c->boot - began) / QN_DELAY_BEAT : 0;

    for (struct delayed *d = waiting; d < waiting + WAITING; d++)
        if (!d->used) {
            *d = (struct delayed){ true, began + (beats + 1) * QN_DELAY_BEAT, *ask, code, text };
            qn_turn_undo(c, delay_drop, d);
            return;
        }
    qn_turn_refuse(c, ask, code, text);
}

static int delay_send(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct delayed *d = arg;

    (void)err;
    qn_turn_refuse(c, &d->ask, d->code, d->text);
    d->used = false;
    return 0;
}

void qn_delay_run(struct qn_core *c)
{
    for (struct delayed *d = waiting; d < waiting + WAITING; d++)
        if (d->used && c->boot >= d->due)
            qn_turn_step(c, delay_send, d, "refusal");
}
