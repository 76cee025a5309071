/* Requests that two people decide, and whom root has appointed at a recovery. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_COLUMNS \
    "id, operation, hash, base, requester, ticket, made, expires, state, decider, decided, reason"

static void request_read(struct qn_query *q, void *row)
{
    struct qn_request *r = row;

    qn_query_get_text(q, r->id, sizeof r->id);
    qn_query_get_text(q, r->operation, sizeof r->operation);
    qn_query_get_blob(q, r->hash, sizeof r->hash);
    r->base = qn_query_get_int(q);
    r->requester = qn_query_get_int(q);
    qn_query_get_text(q, r->ticket, sizeof r->ticket);
    r->made = qn_query_get_int(q);
    r->expires = qn_query_get_int(q);
    qn_query_get_text(q, r->state, sizeof r->state);
    r->decider = qn_query_get_int(q);
    r->decided = qn_query_get_int(q);
    qn_query_get_text(q, r->reason, sizeof r->reason);
}

int qn_store_request_add(struct qn_store *s, const struct qn_request *r, const char *document, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO request (id, operation, document, hash, base, requester, ticket, made, expires, state)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open')");
    qn_query_text(&q, r->id);
    qn_query_text(&q, r->operation);
    qn_query_text(&q, document);
    qn_query_blob(&q, r->hash, sizeof r->hash);
    qn_query_int(&q, r->base);
    qn_query_id(&q, r->requester);
    qn_query_text(&q, r->ticket);
    qn_query_int(&q, r->made);
    qn_query_int(&q, r->expires);
    return qn_query_run(&q, err);
}

int qn_store_request(struct qn_store *s, const char *id, struct qn_request *out, char **document_out,
                     struct qn_err *err)
{
    struct qn_request it = { .base = 0 };
    struct qn_query q;
    char *document = NULL;
    size_t n;
    int r;

    memset(out, 0, sizeof *out);
    *document_out = NULL;
    qn_query_start(&q, s, "SELECT " REQUEST_COLUMNS ", CAST(document AS BLOB) FROM request WHERE id = ?1");
    qn_query_text(&q, id);
    r = qn_query_one(&q, err);
    if (r == 0) {
        request_read(&q, &it);
        document = qn_query_copy_blob(&q, &n);
    }
    r = qn_query_end(&q, r, err);
    if (r != 0) {
        free(document);
        return r;
    }
    *out = it;
    *document_out = document;
    return 0;
}

int qn_store_request_end(struct qn_store *s, const char *id, const char *state, int64_t decider, int64_t now,
                         const char *reason, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "UPDATE request SET state = ?2, decider = ?3, decided = ?4, reason = ?5"
                          " WHERE id = ?1 AND state = 'open'");
    qn_query_text(&q, id);
    qn_query_text(&q, state);
    qn_query_id(&q, decider);
    qn_query_int(&q, now);
    qn_query_text(&q, reason);
    r = qn_query_change(&q, err);
    return r == QN_ENOTFOUND ? qn_fail(err, QN_ECONFLICT, "the request is decided already") : r;
}

static int request_each(struct qn_query *q, int (*each)(void *ctx, const struct qn_request *r), void *ctx,
                        struct qn_err *err)
{
    struct qn_request *rows;
    void *all;
    size_t n;
    int r = qn_query_all(q, sizeof *rows, request_read, &all, &n, err);

    rows = all;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (each(ctx, &rows[i]) != 0)
            break;
    free(all);
    return r;
}

int qn_store_request_each(struct qn_store *s, const struct qn_request_page *p,
                          int (*each)(void *ctx, const struct qn_request *r),
                          void *ctx, struct qn_err *err)
{
    struct qn_query q;

    if (p->open)
        qn_query_start(&q, s, "SELECT " REQUEST_COLUMNS " FROM request WHERE state = 'open' AND id < ?1"
                              " AND (instr(?2, ' ' || operation || ' ') > 0 OR requester = ?3) ORDER BY id DESC LIMIT ?4");
    else
        qn_query_start(&q, s, "SELECT " REQUEST_COLUMNS " FROM request WHERE id < ?1"
                              " AND (instr(?2, ' ' || operation || ' ') > 0 OR requester = ?3) ORDER BY id DESC LIMIT ?4");
    qn_query_text(&q, p->before && p->before[0] ? p->before : "~");
    qn_query_text(&q, p->operations);
    qn_query_int(&q, p->requester);
    qn_query_int(&q, p->limit);
    return request_each(&q, each, ctx, err);
}

int qn_store_request_each_late(struct qn_store *s, int64_t now, int limit,
                               int (*each)(void *ctx, const struct qn_request *r),
                               void *ctx, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " REQUEST_COLUMNS " FROM request WHERE state = 'open' AND expires <= ?1 ORDER BY expires LIMIT ?2");
    qn_query_int(&q, now);
    qn_query_int(&q, limit);
    return request_each(&q, each, ctx, err);
}

static int one_number(struct qn_query *q, int64_t *out, struct qn_err *err)
{
    int r = qn_query_one(q, err);

    *out = r == 0 ? qn_query_get_int(q) : 0;
    return qn_query_end(q, r, err);
}

int qn_store_request_count_open(struct qn_store *s, int64_t requester, int64_t *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT count(*) FROM request WHERE state = 'open' AND requester = ?1");
    qn_query_int(&q, requester);
    return one_number(&q, out, err);
}

/* ---- appointments ---- */

int qn_store_appoint(struct qn_store *s, const struct qn_appointment *a, struct qn_err *err)
{
    struct qn_query q;
    int r = qn_store_appoint_end(s, a->login, err);

    if (r != 0 && r != QN_ENOTFOUND)
        return r;
    qn_query_start(&q, s, "INSERT INTO appointment (login, role, until) VALUES (?1, ?2, ?3)");
    qn_query_text(&q, a->login);
    qn_query_text(&q, a->role);
    qn_query_int(&q, a->until);
    return qn_query_run(&q, err);
}

int qn_store_appoint_end(struct qn_store *s, const char *login, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM appointment WHERE login = ?1");
    qn_query_text(&q, login);
    return qn_query_change(&q, err);
}

static void appointment_read(struct qn_query *q, void *row)
{
    struct qn_appointment *a = row;

    qn_query_get_text(q, a->login, sizeof a->login);
    qn_query_get_text(q, a->role, sizeof a->role);
    a->until = qn_query_get_int(q);
}

int qn_store_appointment_each(struct qn_store *s, int (*each)(void *ctx, const struct qn_appointment *a), void *ctx,
                              struct qn_err *err)
{
    struct qn_appointment *rows;
    struct qn_query q;
    void *all;
    size_t n;
    int r;

    qn_query_start(&q, s, "SELECT login, role, until FROM appointment WHERE login > '' ORDER BY login LIMIT 16");
    r = qn_query_all(&q, sizeof *rows, appointment_read, &all, &n, err);
    rows = all;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (each(ctx, &rows[i]) != 0)
            break;
    free(all);
    return r;
}
