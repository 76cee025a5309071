/* The versions of the policy. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

int qn_store_policy_add(struct qn_store *s, const struct qn_policy_version *v, const char *document, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "INSERT INTO policy (version, document, hash, author, approver, ticket, made)"
                          " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?1 = (SELECT coalesce(max(version), 0) + 1 FROM policy)");
    qn_query_int(&q, v->version);
    qn_query_text(&q, document);
    qn_query_blob(&q, v->hash, sizeof v->hash);
    qn_query_id(&q, v->author);
    qn_query_id(&q, v->approver);
    qn_query_text(&q, v->ticket);
    qn_query_int(&q, v->made);
    r = qn_query_change(&q, err);
    return r == QN_ENOTFOUND ? qn_fail(err, QN_ECONFLICT, "the policy has changed meanwhile") : r;
}

int qn_store_policy(struct qn_store *s, int64_t version, struct qn_policy_version *out, char **document_out,
                    struct qn_err *err)
{
    struct qn_policy_version v = { 0 };
    struct qn_query q;
    char *document = NULL;
    size_t n;
    int r;

    memset(out, 0, sizeof *out);
    if (version)
        qn_query_start(&q, s, "SELECT version, hash, author, approver, ticket, made, CAST(document AS BLOB) FROM policy"
                              " WHERE version = ?1");
    else
        qn_query_start(&q, s, "SELECT version, hash, author, approver, ticket, made, CAST(document AS BLOB) FROM policy"
                              " WHERE version >= ?1 ORDER BY version DESC LIMIT 1");
    qn_query_int(&q, version);
    r = qn_query_one(&q, err);
    if (r == 0) {
        v.version = qn_query_get_int(&q);
        qn_query_get_blob(&q, v.hash, sizeof v.hash);
        v.author = qn_query_get_int(&q);
        v.approver = qn_query_get_int(&q);
        qn_query_get_text(&q, v.ticket, sizeof v.ticket);
        v.made = qn_query_get_int(&q);
        document = qn_query_copy_blob(&q, &n);
    }
    r = qn_query_end(&q, r, err);
    if (r == 0)
        *out = v;
    if (r == 0 && document_out)
        *document_out = document;
    else
        free(document);
    return r;
}

static void version_read(struct qn_query *q, void *row)
{
    struct qn_policy_version *v = row;

    v->version = qn_query_get_int(q);
    qn_query_get_blob(q, v->hash, sizeof v->hash);
    v->author = qn_query_get_int(q);
    v->approver = qn_query_get_int(q);
    qn_query_get_text(q, v->ticket, sizeof v->ticket);
    v->made = qn_query_get_int(q);
}

int qn_store_policy_each(struct qn_store *s, int64_t before, int limit,
                         int (*each)(void *ctx, const struct qn_policy_version *v),
                         void *ctx, struct qn_err *err)
{
    struct qn_policy_version *rows;
    struct qn_query q;
    void *all;
    size_t n;
    int r;

    qn_query_start(&q, s, "SELECT version, hash, author, approver, ticket, made FROM policy WHERE version < ?1"
                          " ORDER BY version DESC LIMIT ?2");
    qn_query_int(&q, before ? before : INT64_MAX);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof *rows, version_read, &all, &n, err);
    rows = all;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (each(ctx, &rows[i]) != 0)
            break;
    free(all);
    return r;
}

/* ---- what a version does to jobs, devices and sessions ---- */

/* Counted here, not by count(*): so that it ends somewhere. The oldest come first, which are those that fall due. */
int qn_store_class_effect(struct qn_store *s, int class_, int64_t hold, int64_t now, struct qn_class_effect *out,
                          struct qn_err *err)
{
    struct qn_class_effect e = { .live = 0 };
    struct qn_query q;
    int r;

    memset(out, 0, sizeof *out);
    qn_query_start(&q, s, "SELECT received, due FROM job WHERE state <> 7 AND class = ?1 ORDER BY received LIMIT ?2");
    qn_query_int(&q, class_);
    qn_query_int(&q, QN_EFFECT_MAX);
    while ((r = qn_query_next(&q, err)) > 0) {
        int64_t received = qn_query_get_int(&q), due = qn_query_get_int(&q);

        e.live++;
        e.earlier += due > received + hold;
        e.due_now += due > now && due > received + hold && received + hold <= now;
    }
    r = qn_query_end(&q, r, err);
    if (r == 0)
        *out = e;
    return r;
}

int qn_store_job_shorten(struct qn_store *s, int class_, int64_t hold, int limit, int64_t *count_out,
                         struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "UPDATE job SET due = received + ?2 WHERE n IN (SELECT n FROM job WHERE state <> 7 AND state <> 3"
                          " AND class = ?1 AND due > received + ?2 LIMIT ?3)");
    qn_query_int(&q, class_);
    qn_query_int(&q, hold);
    qn_query_int(&q, limit);
    r = qn_query_run(&q, err);
    *count_out = r == 0 ? sqlite3_changes64(s->db) : 0;
    return r;
}

int qn_store_ceilings(struct qn_store *s, int64_t level_map, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "UPDATE device SET ceiling = (?1 >> (4 * ceiling)) & 15 WHERE id > 0");
    qn_query_int(&q, level_map);
    r = qn_query_run(&q, err);
    if (r != 0)
        return r;
    qn_query_start(&q, s, "UPDATE terminal SET ceiling = (?1 >> (4 * ceiling)) & 15 WHERE id > 0");
    qn_query_int(&q, level_map);
    return qn_query_run(&q, err);
}

int qn_store_session_end_everybody(struct qn_store *s, int64_t *count_out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "DELETE FROM session WHERE hash > x''");
    r = qn_query_run(&q, err);
    *count_out = r == 0 ? sqlite3_changes64(s->db) : 0;
    return r;
}
