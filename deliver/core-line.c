#include "config.h"

#include "deliver/core-line.h"

#include <poll.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/verb.h"

enum { ANSWER_MS = 10000 };

/* Not an answer that is waited for: the one thing the core says by itself. */
static void line_take(struct qn_core_line *l, const struct qn_msg *m)
{
    struct qn_err err;

    if (qn_verb_check(m, &err) == 0 && !m->answer && strcmp(m->verb, "deliver.stop") == 0 &&
        strcmp(qn_msg_get(m, "job"), l->job) == 0) {
        l->stop = true;
        return;
    }
    qn_log(QN_LOG_ERR, "the core says %s in the middle of an errand", m->verb);
    l->gone = true;
}

/* One message if there is one. The verb's answer with that seq goes to *answer: then 1. */
static int line_read(struct qn_core_line *l, const struct qn_msg *asked, struct qn_msg *answer, struct qn_err *err)
{
    struct qn_msg m;
    int r = qn_msg_recv(l->sock, &m, err);

    if (r == QN_EAGAIN)
        return 0;
    if (r != 0) {
        l->gone = true;
        return r;
    }
    if (asked && m.answer && m.seq == asked->seq && strcmp(m.verb, asked->verb) == 0 && qn_verb_check(&m, err) == 0) {
        *answer = m; /* transferred */
        return 1;
    }
    line_take(l, &m);
    qn_msg_free(&m);
    return l->gone ? qn_fail(err, QN_EINVAL, "the core's message is not an answer") : 0;
}

void qn_core_hear(struct qn_core_line *l, int ms)
{
    struct pollfd p = { l->sock, POLLIN, 0 };
    struct qn_msg none;
    struct qn_err err;

    if (!l->gone && poll(&p, 1, ms) > 0)
        (void)line_read(l, NULL, &none, &err);
}

static int line_answer(struct qn_core_line *l, const struct qn_msg *asked, struct qn_msg *answer, struct qn_err *err)
{
    struct pollfd p = { l->sock, POLLIN, 0 };
    int64_t until = qn_clock_boot() + ANSWER_MS, left;
    int r = 0;

    while (r == 0 && (left = until - qn_clock_boot()) > 0)
        if (poll(&p, 1, (int)left) > 0)
            r = line_read(l, asked, answer, err);
    if (r == 0) {
        l->gone = true;
        r = qn_fail(err, QN_ETIMEOUT, "the core does not answer");
    }
    return r;
}

int qn_core_tell(struct qn_core_line *l, struct qn_msg *m, struct qn_err *err)
{
    static int64_t seq;
    struct qn_msg answer;
    int r;

    m->seq = ++seq;
    r = l->gone ? qn_fail(err, QN_EEOF, "the core is gone") : qn_msg_send(l->sock, m, err);
    if (r != 0)
        l->gone = true;
    else if ((r = line_answer(l, m, &answer, err)) == 1) {
        r = answer.code == QN_OK ? 0 : qn_fail(err, answer.code, "core: %s", answer.text);
        qn_msg_free(&answer);
    }
    qn_msg_free(m);
    return r;
}
