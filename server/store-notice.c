/* What people are told at the next log-in. */
#include "config.h"

#include "server/store-private.h"

int qn_store_notice_add(struct qn_store *s, int64_t person, const char *word, const char *facts, int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT INTO notice (person, word, facts, made) VALUES (?1, ?2, ?3, ?4)");
    qn_query_int(&q, person);
    qn_query_text(&q, word);
    qn_query_text(&q, facts);
    qn_query_int(&q, now);
    return qn_query_run(&q, err);
}
