#include "server/device-state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "server/device-words.h"
#include "server/device.h"
#include "server/record.h"

enum { PERIOD_LEAST_MS = 5000, PERIOD_UNSAID_MS = 60000, SHORT_LIST = 8, LONG_LIST = 40 };

int64_t qn_device_period(const struct qn_core *c)
{
    int64_t period = qn_conf_int(c->conf, "device-poll");

    return period > 0 && period < PERIOD_LEAST_MS ? PERIOD_LEAST_MS : period;
}

/* ---- what is known ---- */

/* Two rounds, however long the pauses are by then. A clock that was set back makes nothing younger. */
static bool is_old(const struct qn_core *c, const struct qn_device_state *st)
{
    int64_t round = qn_device_period(c), age = c->now - st->asked;

    if (round == 0)
        round = PERIOD_UNSAID_MS;
    if (strcmp(st->state, "away") == 0 && round < QN_BACKOFF_MS)
        round = QN_BACKOFF_MS;
    return age > 2 * round || age < -round;
}

static int state_read(const struct qn_core *c, int64_t device, struct qn_device_state *st, json_t **facts_out, struct qn_err *err)
{
    char *text = NULL;
    int r = qn_store_device_state(c->store, device, st, facts_out ? &text : NULL, err);

    if (facts_out)
        *facts_out = text && *text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return r == QN_ENOTFOUND ? 0 : r;
}

int qn_device_view(const struct qn_core *c, int64_t device, bool locked, struct qn_device_view *out, json_t **facts_out,
                   struct qn_err *err)
{
    struct qn_device_state st;
    bool known;
    int r;

    memset(out, 0, sizeof *out);
    if ((r = state_read(c, device, &st, facts_out, err)) != 0)
        return r;
    known = st.asked && !is_old(c, &st);
    out->asked = st.asked;
    out->answered = st.answered;
    snprintf(out->status, sizeof out->status, "%s", locked ? "locked" : known ? qn_device_status(st.state) : "unknown");
    snprintf(out->why, sizeof out->why, "%s", locked ? "device-locked" : known ? st.why : "");
    return 0;
}

bool qn_device_suspect(const struct qn_core *c, const struct qn_device *d)
{
    struct qn_device_state st;
    struct qn_err err;

    return state_read(c, d->id, &st, NULL, &err) == 0 && strcmp(st.state, "certificate") == 0 && !is_old(c, &st);
}

/* ---- what is learnt ---- */

static bool spoke(const char *state)
{
    return strcmp(state, "away") != 0 && strcmp(state, "certificate") != 0;
}

static bool is_bad(const char *state)
{
    return strcmp(state, "stopped") == 0 || !spoke(state);
}

static const char *text_of(const json_t *facts, const char *name)
{
    const char *s = json_string_value(json_object_get(facts, name));

    return s ? s : "";
}

/* What it says now; of one that said nothing, what it said before with the finding. The caller drops it. */
static json_t *facts_now(const json_t *was, const struct qn_msg *answer)
{
    static const char *const found[] = { "state", "text", "certificate", "accepting", "reasons" };
    json_t *now;

    if (!was || spoke(qn_msg_get(answer, "state")))
        return json_deep_copy(answer->f);
    now = json_deep_copy(was);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        json_object_set(now, found[i], json_object_get(answer->f, found[i]));
    return now;
}

static void learn_log(const struct qn_device *d, const struct qn_device_state *was, const struct qn_device_state *now, const char *text)
{
    const char *state = now->state;

    if (strcmp(was->state, state) == 0 || (!is_bad(state) && !is_bad(was->state)))
        return;
    if (strcmp(state, "stopped") == 0)
        text = now->why;
    qn_log(is_bad(state) ? QN_LOG_WARNING : QN_LOG_NOTICE, "device %s: %s%s%s%s%s", d->name, state, *was->state ? ", was " : "",
           was->state, *text ? ": " : "", text);
}

static int learn_suspect(struct qn_core *c, const struct qn_device *d, const struct qn_device_state *was, const json_t *facts,
                         const struct qn_msg *answer, struct qn_err *err)
{
    const char *shown = qn_msg_get(answer, "certificate");

    if (strcmp(qn_msg_get(answer, "state"), "certificate") != 0 ||
        (strcmp(was->state, "certificate") == 0 && strcmp(text_of(facts, "certificate"), shown) == 0))
        return 0;
    return qn_record(c, QN_AUDIT_DEVICE_SUSPECT, "", err, "{s:s, s:s, s:s, s:s, s:s}", "device", d->name, "uri", d->uri, "certificate",
                     shown, "pin", d->pin, "ca", d->ca);
}

int qn_device_learn(struct qn_core *c, const struct qn_device *d, const struct qn_msg *answer, struct qn_err *err)
{
    struct qn_device_state was, now = { .asked = c->now };
    json_t *facts = NULL, *fresh;
    char *text;
    int r = state_read(c, d->id, &was, &facts, err);

    if (r == 0)
        r = learn_suspect(c, d, &was, facts, answer, err);
    if (r == 0) {
        snprintf(now.state, sizeof now.state, "%s", qn_msg_get(answer, "state"));
        snprintf(now.why, sizeof now.why, "%s", qn_device_why(now.state, json_object_get(answer->f, "reasons"),
                                                              qn_msg_get_int(answer, "accepting") != 0));
        now.answered = spoke(now.state) ? c->now : was.answered;
        fresh = facts_now(facts, answer);
        text = json_dumps(fresh, JSON_COMPACT);
        r = text ? qn_store_device_state_put(c->store, d->id, &now, text, err) : qn_fail(err, QN_EINTERNAL, "facts can't be written");
        free(text);
        json_decref(fresh);
    }
    if (r == 0)
        learn_log(d, &was, &now, qn_msg_get(answer, "text"));
    json_decref(facts);
    return r;
}

/* ---- what terminals and administrators are told ---- */

static bool is_word(const char *s)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@/+-";

    return s && *s && strlen(s) <= 63 && s[strspn(s, good)] == '\0';
}

static void offer_list(struct qn_msg *out, const json_t *facts, const char *name, size_t most)
{
    const json_t *from = json_object_get(facts, name);
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(from) && json_array_size(list) < most; i++)
        if (is_word(json_string_value(json_array_get(from, i))))
            json_array_append(list, json_array_get(from, i));
    qn_msg_json(out, name, list);
}

/* The device that was asked for, if the terminal may print on it, or the terminal's own. */
static int offer_device(struct qn_core *c, const struct qn_terminal *t, const char *name, struct qn_device *d, struct qn_err *err)
{
    int r;

    if (!*name)
        return qn_store_device(c->store, t->device, d, err);
    r = qn_store_device_by_name(c->store, name, d, err);
    if (r == 0 && d->id != t->device)
        r = qn_store_terminal_tied(c->store, t->id, d->id, err);
    return r == QN_ENOTFOUND ? qn_fail(err, r, "this terminal does not print on %s", name) : r;
}

int qn_device_offer(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                    struct qn_err *err)
{
    static const struct { const char *name; size_t most; } lists[] = {
        { "sides", SHORT_LIST }, { "colors", SHORT_LIST }, { "media", LONG_LIST }, { "finishings", LONG_LIST },
    };
    struct qn_device_view v;
    struct qn_device d;
    json_t *facts = NULL;
    int64_t copies;
    bool known;
    int r = offer_device(c, &who->terminal, qn_msg_get(in, "device"), &d, err);

    (void)p;
    if (r != 0 || (r = qn_device_view(c, d.id, d.locked, &v, &facts, err)) != 0)
        return r;
    known = v.answered != 0;
    copies = known ? json_integer_value(json_object_get(facts, "copies")) : 1;
    qn_msg_str(out, "name", d.name);
    qn_msg_int(out, "known", known);
    qn_msg_int(out, "copies", copies < 1 ? 1 : copies);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        offer_list(out, known ? facts : NULL, lists[i].name, lists[i].most);
    json_decref(facts);
    return 0;
}

int qn_device_show(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                   struct qn_err *err)
{
    const char *name = qn_msg_get(in, "name");
    struct qn_device_view v;
    struct qn_device d;
    json_t *rows, *facts = NULL;
    int r = qn_store_device_by_name(c->store, name, &d, err);

    (void)p;
    (void)who;
    if (r == QN_ENOTFOUND)
        return qn_fail(err, r, "there is no device %s", name);
    if (r != 0 || (r = qn_device_view(c, d.id, d.locked, &v, &facts, err)) != 0)
        return r;
    rows = json_array();
    json_array_append_new(rows, qn_device_row(&d, &v));
    qn_msg_json(out, "device", rows);
    qn_msg_int(out, "asked", v.asked);
    qn_msg_int(out, "answered", v.answered);
    rows = json_array();
    if (facts)
        json_array_append_new(rows, facts);
    qn_msg_json(out, "facts", rows);
    return 0;
}
