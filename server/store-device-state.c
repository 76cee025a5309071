/* What devices said when they were last asked. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

static int state_write(struct qn_store *s, int64_t device, const struct qn_device_state *st, const char *facts, const char *sql_literal,
                       struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_int(&q, device);
    qn_query_int(&q, st->asked);
    qn_query_int(&q, st->answered);
    qn_query_text(&q, st->state);
    qn_query_text(&q, facts);
    qn_query_text(&q, st->why);
    return qn_query_change(&q, err);
}

int qn_store_device_state_put(struct qn_store *s, int64_t device, const struct qn_device_state *st, const char *facts,
                              struct qn_err *err)
{
    int r = state_write(s, device, st, facts, "UPDATE device_state SET asked = ?2, answered = ?3, state = ?4, why = ?6,"
                                              " facts = iif(?5 = '', facts, ?5) WHERE device = ?1", err);

    if (r == QN_ENOTFOUND)
        r = state_write(s, device, st, facts, "INSERT INTO device_state (device, asked, answered, state, facts, why)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5, ?6)", err);
    return r;
}

int qn_store_device_state_drop(struct qn_store *s, int64_t device, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM device_state WHERE device = ?1");
    qn_query_int(&q, device);
    return qn_query_run(&q, err);
}

int qn_store_device_state(struct qn_store *s, int64_t device, struct qn_device_state *out, char **facts_out, struct qn_err *err)
{
    struct qn_query q;
    size_t length;
    int r;

    memset(out, 0, sizeof *out);
    if (facts_out)
        *facts_out = NULL;
    qn_query_start(&q, s, "SELECT asked, answered, state, why, facts FROM device_state WHERE device = ?1");
    qn_query_int(&q, device);
    if ((r = qn_query_one(&q, err)) == 0) {
        out->asked = qn_query_get_int(&q);
        out->answered = qn_query_get_int(&q);
        qn_query_get_text(&q, out->state, sizeof out->state);
        qn_query_get_text(&q, out->why, sizeof out->why);
        if (facts_out)
            *facts_out = qn_query_copy_blob(&q, &length);
    }
    return qn_query_end(&q, r, err);
}
