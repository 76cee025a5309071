#include "server/job-hold-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/secret.h"

void qn_holds_open(struct qn_core *c)
{
    c->holds = qn_alloc(sizeof *c->holds);
}

void qn_arrival_free(struct qn_arrival *a)
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

void qn_arrival_drop(struct qn_core *c, struct qn_arrival *a)
{
    struct qn_peer *p = qn_peer_find(c, a->peer);

    for (struct qn_arrival **at = &c->holds->first; *at; at = &(*at)->next)
        if (*at == a) {
            *at = a->next;
            break;
        }
    if (p)
        p->arrival = NULL;
    qn_arrival_free(a);
}

void qn_holds_close(struct qn_core *c)
{
    while (c->holds && c->holds->first)
        qn_arrival_drop(c, c->holds->first);
    free(c->holds);
    c->holds = NULL;
}

bool qn_hold_arriving(const struct qn_core *c, int class_)
{
    for (const struct qn_arrival *a = c->holds ? c->holds->first : NULL; a; a = a->next)
        if (a->job.class_ == class_)
            return true;
    return false;
}

void qn_hold_lost(struct qn_core *c, struct qn_peer *p)
{
    if (p->arrival) {
        p->arrival->peer = p->id;
        qn_arrival_drop(c, p->arrival);
        p->arrival = NULL;
    }
}
