/* What a person may see of jobs: their own, and those that colleagues let them release. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/secret.h"
#include "server/auth-person.h"
#include "server/clock-two.h"
#include "server/delegate.h"
#include "server/job-change.h"
#include "server/job-fit.h"
#include "server/job-key.h"
#include "server/job-output.h"
#include "server/job-owner.h"

enum { LIST_BYTES = 48 * 1024, PAGE_MAX = 50, SOURCES = 1 + QN_DELEGATIONS_MAX, ROUNDS = 10 };

/* Whose jobs: one's own, or those of one delegation. */
struct source {
    int64_t owner;
    char job[QN_UUID_TEXT], name[256];
    bool own, title;
};

/* A place in the page; the job itself is read when it is shown. */
struct place { char job[QN_UUID_TEXT]; unsigned source; };

struct listing {
    struct qn_core *c;
    const struct qn_who *who;
    struct source source[SOURCES];
    unsigned sources, now; /* now: the source that is being read */
    struct place place[PAGE_MAX + 1];
    unsigned places, limit;
    unsigned read;         /* rows of this round */
    char last[QN_UUID_TEXT];
    json_t *rows;
    json_t *facts;         /* of the terminal's own device, NULL if there are none */
    struct qn_err *err;
};

/* A badge alone shows only what a badge alone may print; a delegate sees what can be released, or was just now. */
static bool list_shows(const struct listing *l, const struct source *s, const struct qn_job *j)
{
    const struct qn_session *session = &l->who->session;
    const struct qn_class *k = qn_class_level(j->class_);

    if (k && !(k->methods & qn_method_parse(session->method)) && session->kind == QN_SESSION_KIOSK && strcmp(session->method, "badge") == 0)
        return false;
    return s->own || (qn_delegate_class(k) && (j->state == QN_JOB_HELD || j->state == QN_JOB_RELEASING || j->state == QN_JOB_UNCERTAIN));
}

/* In order of id, one place a job, one more than the page has so that it is known whether there are more. */
static int list_place(void *ctx, const struct qn_job *j)
{
    struct listing *l = ctx;
    unsigned at = l->places;

    l->read++;
    memcpy(l->last, j->id, sizeof l->last);
    if (!list_shows(l, &l->source[l->now], j))
        return 0;
    while (at > 0 && strcmp(l->place[at - 1].job, j->id) > 0)
        at--;
    if (at > 0 && strcmp(l->place[at - 1].job, j->id) == 0) {
        if (l->source[l->now].title) /* two delegations of one job: the one that shows more */
            l->place[at - 1].source = l->now;
        return 0;
    }
    if (at > l->limit)
        return 1; /* later ones are later still */
    if (l->places <= l->limit)
        l->places++;
    memmove(&l->place[at + 1], &l->place[at], (l->places - 1 - at) * sizeof l->place[0]);
    memcpy(l->place[at].job, j->id, sizeof l->place[at].job);
    l->place[at].source = l->now;
    return 0;
}

/* Rows that may not be shown do not make the page shorter: more are read. */
static int list_source(struct listing *l, const char *after, struct qn_err *err)
{
    const struct source *s = &l->source[l->now];
    struct qn_job j;
    int r = 0;

    if (s->job[0]) {
        r = strcmp(s->job, after) > 0 ? qn_store_job(l->c->store, s->job, &j, err) : QN_ENOTFOUND;
        if (r == 0 && j.owner == s->owner && j.state != QN_JOB_ERASED)
            list_place(l, &j);
        return r == QN_ENOTFOUND ? 0 : r;
    }
    memcpy(l->last, after, strlen(after) + 1);
    for (int i = 0; i < ROUNDS && r >= 0; i++) {
        unsigned before = l->places;

        l->read = 0;
        r = qn_store_job_each_owner(l->c->store, s->owner, l->last, (int)l->limit + 1, list_place, l, err);
        if (l->read <= l->limit || l->places > before) /* all of them, or enough to see that there are more */
            break;
    }
    return r < 0 ? r : 0;
}

static int64_t copies_of(const json_t *asked)
{
    const char *text = json_string_value(json_object_get(asked, "copies"));
    long long n = text ? strtoll(text, NULL, 10) : 1;

    return n < 1 || n > 9999 ? 1 : n;
}

static size_t bytes_of(const json_t *map)
{
    const char *name;
    size_t n = 0;
    json_t *v;

    json_object_foreach((json_t *)map, name, v)
        n += strlen(name) + 2 * json_string_length(v) + 8;
    return n;
}

/* What only the job's key opens: its title, what its sender asked for of what may be changed, what of its options the terminal's
 * own device lacks, and how many impressions it takes with them. */
struct sealed { char title[1024]; json_t *asked, *lacks; int64_t takes; };

static void sealed_open(const struct listing *l, const struct qn_job *j, bool title, struct sealed *out)
{
    struct qn_err err;
    uint8_t *key = qn_job_key(l->c, j, &err);
    json_t *options = NULL;

    out->title[0] = '\0';
    if (key && title && qn_job_title(l->c, j, key, out->title, &err) != 0)
        qn_log(QN_LOG_ERR, "title of job %s: %s", j->id, err.text);
    if (key && qn_job_options(l->c, j, key, &options, &err) != 0)
        options = NULL;
    out->asked = qn_change_asked(options);
    out->lacks = qn_fit_lacks(options, j->format, l->facts);
    out->takes = options ? qn_output_expected(j->pages, options) : -1;
    json_decref(options);
    qn_secret_free(&key);
}

/* Bytes of the row, about. */
static size_t list_row(struct listing *l, const struct qn_job *j, const struct source *s)
{
    const struct qn_class *k = qn_class_level(j->class_);
    struct sealed in;
    size_t bytes;

    sealed_open(l, j, s->own || s->title, &in);
    bytes = 600 + bytes_of(in.asked) + 2 * (strlen(in.title) + strlen(s->name));
    json_array_append_new(l->rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:s, s:i, s:I, s:I}",
                                             "job", j->id, "title", in.title, "owner", s->own ? "" : s->name, "state",
                                             qn_job_state_name(j->state), "why", j->why, "classification", k ? k->name : "unknown",
                                             "length", (json_int_t)j->sum.length, "copies", (json_int_t)copies_of(in.asked),
                                             "asked", in.asked, "lacks", in.lacks, "pages", (json_int_t)j->pages, "takes",
                                             (json_int_t)in.takes,
                                             "expected", (json_int_t)j->expected, "impressions", (json_int_t)j->impressions, "output",
                                             qn_output_shown(j),
                                             "second", k && k->second[0], "received", (json_int_t)j->received, "due",
                                             (json_int_t)j->due));
    return bytes;
}

static int list_show(struct listing *l, bool *more_out, struct qn_err *err)
{
    size_t bytes = 0;

    *more_out = false;
    for (unsigned i = 0; i < l->places; i++) {
        struct qn_job j;
        int r;

        if (i == l->limit || bytes > LIST_BYTES) { /* an answer is one packet */
            *more_out = true;
            return 0;
        }
        if ((r = qn_store_job(l->c->store, l->place[i].job, &j, err)) != 0)
            return r;
        bytes += list_row(l, &j, &l->source[l->place[i].source]);
    }
    return 0;
}

/* One that has not left, and is nobody's prisoner. */
static int source_add(void *ctx, const struct qn_delegation *d)
{
    struct listing *l = ctx;
    struct source *s = &l->source[l->sources];
    struct qn_person owner;

    if (l->sources == SOURCES || qn_store_person(l->c->store, d->owner, &owner, l->err) != 0 || qn_person_refusal(&owner))
        return 0;
    s->owner = d->owner;
    s->title = d->title;
    memcpy(s->job, d->job, sizeof s->job);
    snprintf(s->name, sizeof s->name, "%s", owner.display[0] ? owner.display : owner.login[0] ? owner.login : owner.dir_id);
    l->sources++;
    return 0;
}

static int list_read(struct listing *l, const char *after, bool *more_out, struct qn_err *err)
{
    int64_t now = l->c->now > l->c->steady ? l->c->now : l->c->steady;
    int r;

    l->source[0].owner = l->who->person.id;
    l->source[0].own = true;
    l->sources = 1;
    r = qn_store_delegation_each(l->c->store, l->who->person.id, false, now, QN_DELEGATIONS_MAX, source_add, l, err);
    for (l->now = 0; l->now < l->sources && r >= 0; l->now++)
        r = list_source(l, after, err);
    return r < 0 ? r : list_show(l, more_out, err);
}

int qn_job_list(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                struct qn_err *err)
{
    struct listing *l = qn_alloc(sizeof *l);
    bool more = false;
    int r;

    (void)p;
    l->c = c;
    l->who = who;
    l->limit = (unsigned)qn_msg_get_int(in, "limit");
    l->rows = json_array();
    l->facts = who->terminal.id ? qn_fit_facts(c, who->terminal.device) : NULL;
    l->err = err;
    r = list_read(l, qn_msg_get(in, "after"), &more, err);
    qn_msg_json(out, "jobs", l->rows);
    qn_msg_int(out, "more", more);
    qn_msg_int(out, "now", c->now);
    json_decref(l->facts);
    free(l);
    return r;
}
