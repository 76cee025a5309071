#include "config.h"

#include "intake/ticket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake/options.h"
#include "intake/template.h"
#include "lib/buf.h"

enum { ARGS_MIN = 6, ARGS_MAX = 7 };

enum variable {
#define X(name) VAR_##name,
    QN_HAND_VARIABLES(X)
#undef X
    VARIABLES
};

static const char *const variable_names[] = {
#define X(name) #name "=",
    QN_HAND_VARIABLES(X)
#undef X
};

/* The packet taken apart; texts point into a copy of it. */
struct parts {
    char *arg[ARGS_MAX];
    int args;
    const char *var[VARIABLES];
};

/* Classes as shipped, lowest first, and the banner names that ask for them. */
static const struct { const char *name; int level; } levels[] = {
    { "public", 1 }, { "internal", 2 }, { "confidential", 3 }, { "restricted", 4 },
};
static const struct { const char *sheet, *class; } sheets[] = {
    { "unclassified", "public" }, { "classified", "confidential" }, { "confidential", "confidential" },
    { "secret", "restricted" }, { "topsecret", "restricted" },
};

static int class_level(const char *name)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].name, name) == 0)
            return levels[i].level;
    return 0;
}

void qn_ticket_sheet(struct qn_ticket *t, const char *sheet)
{
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++)
        if (strcmp(sheets[i].sheet, sheet) == 0 &&
            (!t->classification[0] || (class_level(t->classification) != 0 &&
                                       class_level(sheets[i].class) > class_level(t->classification))))
            snprintf(t->classification, sizeof t->classification, "%s", sheets[i].class);
}

/* ---- the packet ---- */

static int take_variable(struct parts *p, const char *text, struct qn_err *err)
{
    for (int i = 0; i < VARIABLES; i++) {
        size_t n = strlen(variable_names[i]);

        if (strncmp(text, variable_names[i], n) != 0)
            continue;
        if (p->var[i])
            return qn_fail(err, QN_EINVAL, "hand-over has %s twice", variable_names[i]);
        p->var[i] = text + n;
        return 0;
    }
    return qn_fail(err, QN_EINVAL, "hand-over has an unknown variable");
}

static int take_apart(struct parts *p, char *copy, size_t n, struct qn_err *err)
{
    const unsigned char *head = (unsigned char *)copy;
    char *at = copy + QN_HAND_HEAD, *end = copy + n;
    int r = 0;

    memset(p, 0, sizeof *p);
    if (n < QN_HAND_HEAD || memcmp(copy, "QNH", 3) != 0 || head[6] != 0 || head[7] != 0)
        return qn_fail(err, QN_EINVAL, "packet of %zu bytes is no hand-over", n);
    if (head[3] != QN_HAND_VERSION)
        return qn_fail(err, QN_EINVAL, "hand-over version %u, expected %d", head[3], QN_HAND_VERSION);
    if (head[4] < ARGS_MIN || head[4] > ARGS_MAX)
        return qn_fail(err, QN_EINVAL, "hand-over has %u arguments", head[4]);
    if (head[5] > VARIABLES)
        return qn_fail(err, QN_EINVAL, "hand-over has %u variables", head[5]);
    p->args = head[4];
    for (int i = 0; i < head[4] + head[5] && r == 0; i++) {
        char *nul = memchr(at, 0, (size_t)(end - at));

        if (!nul)
            return qn_fail(err, QN_EINVAL, "hand-over ends inside item %d", i);
        if (i < p->args)
            p->arg[i] = at;
        else
            r = take_variable(p, at, err);
        at = nul + 1;
    }
    if (r == 0 && at != end)
        r = qn_fail(err, QN_EINVAL, "hand-over has %zu bytes after its end", (size_t)(end - at));
    return r;
}

/* Digits alone, at most `most`. False otherwise. */
static bool decimal(const char *s, size_t n, int64_t most, int64_t *out)
{
    *out = 0;
    if (n == 0 || n > 18 || strspn(s, "0123456789") < n)
        return false;
    for (size_t i = 0; i < n; i++)
        *out = *out * 10 + (s[i] - '0');
    return *out <= most;
}

/* ---- arguments ---- */

/* argv[6] is CUPS's spool file d<job>-<document>, at least five and three digits. */
static int read_document(struct qn_ticket *t, const char *path, struct qn_err *err)
{
    const char *name = strrchr(path, '/'), *dash = name ? strchr(name, '-') : NULL;
    int64_t job = 0, document = 0;

    if (!dash || name[1] != 'd' || dash - name < 7 || strlen(dash) < 4 ||
        !decimal(name + 2, (size_t)(dash - name) - 2, INT32_MAX, &job) || !decimal(dash + 1, strlen(dash + 1), 9999, &document) ||
        document == 0)
        return qn_fail(err, QN_EINVAL, "the document is no file of CUPS's spool");
    if (job != t->cups_job)
        return qn_fail(err, QN_EINVAL, "the document is of job %lld, not %lld", (long long)job, (long long)t->cups_job);
    t->document = (int)document;
    return 0;
}

static int read_arguments(struct qn_ticket *t, const struct parts *p, enum qn_hand_why *why, struct qn_err *err)
{
    const char *queue = p->var[VAR_PRINTER] ? p->var[VAR_PRINTER] : "";
    int64_t copies;
    char text[24];

    if (!decimal(p->arg[1], strlen(p->arg[1]), INT32_MAX, &t->cups_job) || t->cups_job == 0)
        return qn_fail(err, QN_EINVAL, "the job's number is malformed");
    if (!*p->arg[2] || strlen(p->arg[2]) >= sizeof t->owner || !qn_utf8_clean(p->arg[2], strlen(p->arg[2]))) {
        *why = QN_WHY_OWNER;
        return qn_fail(err, QN_EINVAL, "the owner's name is empty, too long or not clean UTF-8");
    }
    if (!*queue || strlen(queue) >= sizeof t->queue || !qn_utf8_clean(queue, strlen(queue)))
        return qn_fail(err, QN_EINVAL, "the queue's name is empty, too long or not clean UTF-8");
    if (!decimal(p->arg[4], strlen(p->arg[4]), 9999, &copies) || copies == 0)
        return qn_fail(err, QN_EINVAL, "the number of copies is malformed");
    snprintf(t->owner, sizeof t->owner, "%s", p->arg[2]);
    snprintf(t->queue, sizeof t->queue, "%s", queue);
    qn_utf8_copy(t->title, sizeof t->title, p->arg[3], strlen(p->arg[3]));
    snprintf(text, sizeof text, "%lld", (long long)copies);
    if (json_object_set_new(t->options, "copies", json_string(text)) != 0)
        qn_panic("no memory for a ticket");
    return p->args == ARGS_MAX ? read_document(t, p->arg[6], err) : 0;
}

/* ---- options ---- */

struct reading {
    struct qn_ticket *t;
    struct qn_template template;
    bool created;
};

static int set_uuid(struct qn_ticket *t, const char *value, struct qn_err *err)
{
    size_t n = value ? strlen(value) : 0;

    if (n != 45 || strncmp(value, "urn:uuid:", 9) != 0 || strspn(value + 9, "0123456789abcdefABCDEF-") != 36)
        return qn_fail(err, QN_EINVAL, "job-uuid is no UUID");
    if (t->uuid[0] && strcmp(t->uuid, value) != 0)
        return qn_fail(err, QN_EINVAL, "the options name two job-uuids");
    snprintf(t->uuid, sizeof t->uuid, "%s", value);
    return 0;
}

static int set_created(struct reading *r, const char *value, struct qn_err *err)
{
    int64_t created;

    if (!value || !decimal(value, strlen(value), INT64_MAX, &created))
        return qn_fail(err, QN_EINVAL, "time-at-creation is malformed");
    if (r->created && created != r->t->created)
        return qn_fail(err, QN_EINVAL, "the options name two times of creation");
    r->t->created = created;
    r->created = true;
    return 0;
}

static int set_classification(struct qn_ticket *t, const char *value, struct qn_err *err)
{
    size_t n = value ? strlen(value) : 0;

    if (n == 0 || n >= sizeof t->classification || !qn_utf8_clean(value, n))
        return qn_fail(err, QN_EINVAL, "the classification is empty, too long or not clean UTF-8");
    snprintf(t->classification, sizeof t->classification, "%s", value);
    return 0;
}

static int take_option(void *ctx, const char *name, const char *value, struct qn_err *err)
{
    struct reading *r = ctx;

    if (strcmp(name, "job-uuid") == 0)
        return set_uuid(r->t, value, err);
    if (strcmp(name, "time-at-creation") == 0)
        return set_created(r, value, err);
    if (strcmp(name, "classification") == 0)
        return set_classification(r->t, value, err);
    return qn_template_add(&r->template, name, value, err);
}

static int read_options(struct qn_ticket *t, char *text, struct qn_err *err)
{
    struct reading r = { .t = t };
    int code;

    qn_template_start(&r.template);
    code = qn_options_read(text, take_option, &r, err);
    if (code == 0 && (!t->uuid[0] || !r.created))
        code = qn_fail(err, QN_EINVAL, "the options lack job-uuid or time-at-creation");
    if (code == 0 && json_object_update(t->options, r.template.map) != 0)
        qn_panic("no memory for a ticket");
    qn_template_free(&r.template);
    return code;
}

/* ---- all of it ---- */

static bool says(const struct parts *p, enum variable v, const char *value)
{
    return p->var[v] && strcmp(p->var[v], value) == 0;
}

int qn_ticket_read(struct qn_ticket *t, const void *packet, size_t n, enum qn_hand_why *why, struct qn_err *err)
{
    struct parts p;
    char *copy;
    int r;

    memset(t, 0, sizeof *t);
    *why = QN_WHY_MALFORMED;
    if (n > QN_HAND_MAX)
        return qn_fail(err, QN_EINVAL, "hand-over of %zu bytes", n);
    copy = qn_alloc(n + 1);
    memcpy(copy, packet, n);
    t->options = json_object();
    r = take_apart(&p, copy, n, err);
    if (r == 0)
        r = read_arguments(t, &p, why, err);
    if (r == 0) {
        *why = QN_WHY_OPTIONS;
        t->banner = says(&p, VAR_CUPS_FILETYPE, "job-sheet");
        t->authenticated = says(&p, VAR_AUTH_USERNAME, t->owner) && says(&p, VAR_AUTH_INFO_REQUIRED, "none");
        r = read_options(t, p.arg[5], err);
    }
    if (r == 0)
        *why = QN_WHY_NONE;
    else
        qn_ticket_free(t);
    free(copy);
    return r;
}

void qn_ticket_fields(const struct qn_ticket *t, struct qn_msg *begin, const char *cupsd)
{
    qn_msg_str(begin, "cupsd", cupsd);
    qn_msg_int(begin, "cups_job", t->cups_job);
    qn_msg_str(begin, "uuid", t->uuid);
    qn_msg_int(begin, "created", t->created);
    qn_msg_int(begin, "document", t->document);
    qn_msg_str(begin, "queue", t->queue);
    qn_msg_str(begin, "owner", t->owner);
    qn_msg_str(begin, "proof", t->authenticated && t->confirmed ? "cupsd" : "none");
    qn_msg_str(begin, "title", t->title);
    if (t->classification[0])
        qn_msg_str(begin, "classification", t->classification);
    qn_msg_json(begin, "options", json_incref(t->options));
}

void qn_ticket_free(struct qn_ticket *t)
{
    json_decref(t->options);
    memset(t, 0, sizeof *t);
}
