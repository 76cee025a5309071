#include "server/notice.h"

#include <stdlib.h>

#include "lib/log.h"

enum { KEEP = 50, SHOWN = 20 };

int qn_notice_add(struct qn_core *c, int64_t person, const char *word, json_t *facts, struct qn_err *err)
{
    char *text = facts ? json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    int r = text ? qn_store_notice_add(c->store, person, word, text, c->now, KEEP, err)
                 : qn_fail(err, QN_EINTERNAL, "notice %s can't be made", word);

    json_decref(facts);
    free(text);
    return r;
}

static int notice_row(void *ctx, const struct qn_notice *n)
{
    json_t *facts = json_loads(n->facts, 0, NULL);

    if (!facts)
        qn_log(QN_LOG_ERR, "notice %lld can't be read", (long long)n->id);
    json_array_append_new(ctx, json_pack("{s:I, s:s, s:o, s:I}", "id", (json_int_t)n->id, "word", n->word, "facts",
                                         facts ? facts : json_object(), "made", (json_int_t)n->made));
    return 0;
}

int qn_notice_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    json_t *rows = json_array();
    int r = qn_store_notice_each(c->store, who->person.id, SHOWN, notice_row, rows, err);

    (void)p;
    (void)in;
    qn_msg_json(out, "notices", rows);
    return r < 0 ? r : 0;
}

int qn_notice_seen(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    int r = qn_store_notice_drop(c->store, who->person.id, qn_msg_get_int(in, "id"), err);

    (void)p;
    (void)out;
    return r == QN_ENOTFOUND ? 0 : r; /* seen already */
}
