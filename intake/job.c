#include "config.h"

#include "intake/job.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "intake/confirm.h"
#include "intake/link.h"
#include "intake/pool.h"
#include "intake/submit.h"
#include "intake/ticket.h"
#include "lib/log.h"
#include "lib/sandbox.h"

enum { GATE_MS = 5000 };

/* Asks the parent for a place. */
static int ask_place(int gate, const char *owner, struct qn_err *err)
{
    uint64_t who = qn_pool_owner(owner);
    struct pollfd p = { gate, POLLIN, 0 };
    char yes = 0;

    if (send(gate, &who, sizeof who, MSG_NOSIGNAL) != sizeof who || poll(&p, 1, GATE_MS) != 1 || recv(gate, &yes, 1, 0) != 1)
        return qn_fail(err, QN_EAWAY, "the listener is gone");
    return yes ? 0 : qn_fail(err, QN_EFULL, "this owner has all the places that one may have");
}

/* Reads a banner page to its end: a filter that writes one must not find its pipe closed. */
static enum qn_hand_why pass_banner(struct qn_link *link, struct qn_err *err)
{
    static char waste[65536];
    ssize_t n;

    while ((n = qn_link_read(link, waste, sizeof waste, err)) > 0)
        ;
    return n == 0 ? QN_WHY_SKIPPED : QN_WHY_STALLED;
}

/* Whether cupsd knows this job as the hand-over has it. */
static enum qn_hand_why check_job(const char *cupsd, struct qn_ticket *ticket, struct qn_err *err)
{
    enum qn_hand_why why = QN_WHY_NONE;

    if (*cupsd && qn_confirm(ticket, cupsd, &why, err) != 0)
        return why;
    if (!ticket->confirmed && !ticket->banner && ticket->document == 0) {
        qn_fail(err, QN_EUNSUPPORTED, "a converted document without cupsd-socket to count its job's documents");
        return QN_WHY_COUNTLESS;
    }
    return QN_WHY_NONE;
}

/* Everything that needs a socket is opened here, then nothing more can be. The core takes the connection while cupsd answers. */
static enum qn_hand_why take_job(const struct qn_conf *conf, struct qn_link *link, struct qn_ticket *ticket, struct qn_err *err)
{
    enum qn_hand_why why;
    char path[256];
    int core = -1;

    snprintf(path, sizeof path, "%s/core.sock", qn_conf_text(conf, "run-dir"));
    if (!ticket->banner)
        core = qn_submit_dial(path, err);
    why = check_job(qn_conf_text(conf, "cupsd-socket"), ticket, err);
    if (why != QN_WHY_NONE)
        return why;
    if ((core < 0 && !ticket->banner) || qn_sandbox_apply(QN_SANDBOX_INTAKE, err) != 0)
        return QN_WHY_AWAY;
    return ticket->banner ? pass_banner(link, err) : qn_submit(link, ticket, core, qn_conf_text(conf, "cupsd"), err);
}

static enum qn_hand_why serve(const struct qn_conf *conf, struct qn_link *link, int gate, struct qn_err *err)
{
    static uint8_t packet[QN_HAND_MAX];
    struct qn_ticket ticket;
    enum qn_hand_why why;
    size_t n;
    int r = qn_link_receive(link, packet, &n, err);

    if (r != 0)
        return r == QN_EINVAL ? QN_WHY_MALFORMED : QN_WHY_LATE;
    if (qn_ticket_read(&ticket, packet, n, &why, err) != 0)
        return why;
    qn_link_tick(link);
    if (ask_place(gate, ticket.owner, err) != 0)
        why = QN_WHY_BUSY;
    else
        why = take_job(conf, link, &ticket, err);
    qn_ticket_free(&ticket);
    return why;
}

void qn_intake_job(const struct qn_conf *conf, int sock, int gate)
{
    static const char *const names[] = {
#define X(name, exit, state, text) #name,
        QN_HAND_VERDICTS(X)
#undef X
    };
    struct qn_link link = { .sock = sock, .data = -1 };
    struct qn_err err = { 0 };
    enum qn_hand_why why;

    alarm(QN_HAND_FIRST * 2);
    why = serve(conf, &link, gate, &err);
    if (why != QN_WHY_HELD && why != QN_WHY_SKIPPED)
        qn_log(why == QN_WHY_CANCELLED ? QN_LOG_INFO : QN_LOG_WARNING, "job not taken (%s): %s", names[why], err.text);
    qn_link_verdict(&link, why);
    _exit(0);
}
