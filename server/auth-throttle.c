#include "server/auth-throttle.h"

#include <stdio.h>
#include <string.h>

#include "server/policy.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

/* Those of terminals and passwords without a word in the policy. */
const struct qn_throttle_rule qn_throttle_terminal = { 10, 30 * SECOND, 15 * MINUTE, 15 * MINUTE, 0 };
const struct qn_throttle_rule qn_throttle_address = { 30, 30 * SECOND, 15 * MINUTE, 60 * MINUTE, 30 * SECOND };
const struct qn_throttle_rule qn_throttle_password = { 3, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE, 0 };
const struct qn_throttle_rule qn_throttle_claim = { 5, 1 * MINUTE, 60 * MINUTE, 60 * MINUTE, 0 };

/* The rule as the policy in force has it. */
static struct qn_throttle_rule rule_now(const struct qn_throttle_rule *rule)
{
    const struct qn_authentication *a = &qn_policy()->authentication;
    struct qn_throttle_rule now = *rule;

    if (rule == &qn_throttle_terminal) {
        now.free = a->terminal_tries;
        now.wait = a->terminal_wait;
    } else if (rule == &qn_throttle_password) {
        now.free = a->password_tries;
        now.wait = now.wait_max = now.forget = a->password_wait + 10 * SECOND; /* we count before we ask, the directory after */
    }
    return now;
}

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
    const struct qn_throttle_rule now = rule_now(rule);
    struct qn_throttle t;
    int r = qn_store_throttle(c->store, key, &t, err);

    if (r != 0)
        return r;
    if (t.until > c->steady)
        return qn_fail(err, QN_EDENIED, "%s waits", key);
    throttle_age(&t, &now, c->steady);
    t.failures++;
    if (t.failures >= now.free) {
        int64_t doubled = t.failures - now.free < 10 ? now.wait << (t.failures - now.free) : now.wait_max;

        t.until = c->steady + (doubled < now.wait_max ? doubled : now.wait_max);
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
