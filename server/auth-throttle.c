#include "server/auth-throttle.h"

#include <stdio.h>
#include <string.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

const struct qn_throttle_rule qn_throttle_terminal = { 10, 30 * SECOND, 15 * MINUTE, 15 * MINUTE, 0 };
const struct qn_throttle_rule qn_throttle_address = { 30, 30 * SECOND, 15 * MINUTE, 60 * MINUTE, 30 * SECOND };
/* A little longer than half an hour: the directory counts from when it answered, we from before we asked. */
const struct qn_throttle_rule qn_throttle_password = { 3, 30 * MINUTE + 10 * SECOND, 30 * MINUTE + 10 * SECOND, 30 * MINUTE + 10 * SECOND, 0 };
const struct qn_throttle_rule qn_throttle_claim = { 5, 1 * MINUTE, 60 * MINUTE, 60 * MINUTE, 0 };

void qn_throttle_key(char *out, size_t size, const char *kind, const char *name)
{
    size_t n;

    snprintf(out, size, "%s:%s", kind, name);
    n = strlen(out);
    for (size_t i = 0; i < n; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] + 32);
}

/* What time has forgotten since the last try. t->last moves only with what was forgotten, so that many small steps forget as much as
 * a large one. */
static void throttle_age(struct qn_throttle *t, const struct qn_throttle_rule *rule, int64_t now)
{
    int64_t drained = rule->drain ? (now - t->last) / rule->drain : 0;

    if (now - t->last > rule->forget || drained >= t->failures)
        t->failures = rule->drain || now - t->last > rule->forget ? 0 : t->failures;
    else
        t->failures -= drained;
    if (!rule->drain || drained > 0 || t->failures == 0)
        t->last = now;
}

int qn_throttle_count(struct qn_core *c, const char *key, const struct qn_throttle_rule *rule, struct qn_err *err)
{
    struct qn_throttle t;
    int r = qn_store_throttle(c->store, key, &t, err);

    if (r != 0)
        return r;
    if (t.until > c->steady)
        return qn_fail(err, QN_EDENIED, "%s waits", key);
    throttle_age(&t, rule, c->steady);
    t.failures++;
    if (t.failures >= rule->free) {
        int64_t doubled = t.failures - rule->free < 10 ? rule->wait << (t.failures - rule->free) : rule->wait_max;

        t.until = c->steady + (doubled < rule->wait_max ? doubled : rule->wait_max);
    }
    return qn_store_throttle_set(c->store, key, &t, err);
}

int qn_throttle_clear(struct qn_core *c, const char *key, struct qn_err *err)
{
    struct qn_throttle none = { 0, 0, c->steady };

    return key[0] ? qn_store_throttle_set(c->store, key, &none, err) : 0;
}

int qn_throttle_forgive(struct qn_core *c, const char *key, struct qn_err *err)
{
    struct qn_throttle t;
    int r = key[0] ? qn_store_throttle(c->store, key, &t, err) : QN_ENOTFOUND;

    if (r != 0)
        return r == QN_ENOTFOUND ? 0 : r;
    if (t.failures > 0)
        t.failures--;
    t.until = 0;
    return qn_store_throttle_set(c->store, key, &t, err);
}
