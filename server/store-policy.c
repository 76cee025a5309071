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

int qn_store_policy(struct qn_store *s, int64_t version, struct qn_policy_version *out, char **document_out, struct qn_err *err)
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
