#include "server/notice.h"

#include <stdlib.h>

int qn_notice_add(struct qn_core *c, int64_t person, const char *word, json_t *facts, struct qn_err *err)
{
    char *text = facts ? json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    int r = qn_store_notice_add(c->store, person, word, text ? text : "{}", c->now, err);

    free(text);
    json_decref(facts);
    return r;
}

int qn_notice_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}

int qn_notice_seen(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out, struct qn_err *err)
{
    (void)c;
    (void)p;
    (void)who;
    (void)in;
    (void)out;
    return qn_fail(err, QN_EUNSUPPORTED, "not yet");
}
