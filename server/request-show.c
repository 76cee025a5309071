/* request.list and request.show: to those who may propose, approve or read. */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "server/clock-two.h"
#include "server/policy-diff.h"
#include "server/request-private.h"

static json_t *request_row(struct qn_core *c, const struct qn_who *who, const struct qn_request *rq)
{
    char requester[256] = "", decider[256] = "";
    struct qn_err err;

    qn_request_person(c, rq->requester, requester, NULL, &err);
    if (rq->decider)
        qn_request_person(c, rq->decider, decider, NULL, &err);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:i}", "id", rq->id, "operation",
                     rq->operation, "state",
                     strcmp(rq->state, "open") == 0 && qn_clock_any_past(c, rq->expires) ? "expired"
                         : rq->state, "requester", requester,
                     "decider", decider, "ticket", rq->ticket, "reason", rq->reason, "made", (json_int_t)rq->made, "expires",
                     (json_int_t)rq->expires, "decided", (json_int_t)rq->decided, "mine", rq->requester == who->person.id);
}

struct page { struct qn_core *c; const struct qn_who *who; json_t *rows; size_t limit; bool more; };

static int page_row(void *ctx, const struct qn_request *rq)
{
    struct page *pg = ctx;

    pg->more = json_array_size(pg->rows) == pg->limit;
    if (!pg->more)
        json_array_append_new(pg->rows, request_row(pg->c, pg->who, rq));
    return pg->more;
}

int qn_request_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                    struct qn_msg *out, struct qn_err *err)
{
    struct page pg = { c, who, json_array(), (size_t)qn_msg_get_int(in, "limit"), false };
    struct qn_buf names = { .max = 1024 };
    struct qn_request_page which = { qn_msg_get(in, "before"), NULL, who->person.id, qn_msg_get_int(in, "open") == 1,
                                     (int)pg.limit + 1 };
    int r;

    (void)p;
    qn_buf_puts(&names, " ");
    for (const struct qn_operation *o = qn_operation_table; o->name; o++)
        if (qn_request_readable(who, o))
            qn_buf_printf(&names, "%s ", o->name);
    which.operations = names.data;
    r = qn_store_request_each(c->store, &which, page_row, &pg, err);
    qn_buf_free(&names);
    qn_msg_json(out, "requests", pg.rows);
    qn_msg_int(out, "more", pg.more);
    qn_msg_int(out, "now", c->now);
    return r;
}

/* An open request says what it would do now, or why it can't be done; a decided one only what it was. */
static void show_check(struct qn_core *c, const struct qn_request *rq, struct qn_proposal *pr)
{
    struct qn_err err = { 0 };
    int r = qn_act_find(rq->operation)->check(c, pr, &err);

    if (r == 0 && strcmp(rq->state, "open") == 0)
        return;
    json_array_clear(pr->effect);
    if (strcmp(rq->state, "open") == 0)
        qn_sentence(pr->effect, "this can't be done now: %s", err.text);
}

int qn_request_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in,
                    struct qn_msg *out, struct qn_err *err)
{
    struct qn_proposal pr = { .requester = &(struct qn_person){ 0 }, .req = in->req };
    struct qn_person requester;
    struct qn_request rq;
    char *text;
    int r = qn_request_get(c, who, qn_msg_get(in, "id"), &rq, &text, err);

    (void)p;
    if (r != 0)
        return r;
    r = qn_store_person(c->store, rq.requester, &requester, err);
    if (r == 0 && !(pr.document = json_loads(text, 0, NULL)))
        r = qn_fail(err, QN_ECORRUPT, "the stored document can't be read");
    if (r == 0) {
        json_t *row = request_row(c, who, &rq);

        pr.operation = qn_operation_find(rq.operation);
        pr.requester = &requester;
        pr.base = rq.base;
        pr.ticket = rq.ticket;
        pr.changes = json_array();
        pr.effect = json_array();
        show_check(c, &rq, &pr);
        json_object_update(out->f, row);
        json_decref(row);
        qn_msg_str(out, "document", text);
        qn_request_answer(out, &rq, pr.operation, &pr);
    }
    json_decref(pr.document);
    free(text);
    return r;
}
