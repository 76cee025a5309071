#include "server/recover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "server/clock-two.h"
#include "server/policy-change.h"
#include "server/record.h"
#include "server/turn.h"

#define APPOINTED_ROLE "security"

enum { APPOINTED_MS = 3600000 };

struct recovery {
    const char *what, *ticket;
    char said[1200]; /* what was done, for whoever did it */
};

/* ---- a version of before ---- */

static int restore(struct qn_core *c, struct recovery *rec, int64_t version, struct qn_err *err)
{
    struct qn_policy_version v, next = { .author = 0 };
    struct qn_policy *p;
    char *text;
    int r;

    if (version == qn_policy()->version)
        return qn_fail(err, QN_ECONFLICT, "version %lld is the one in force", (long long)version);
    r = qn_store_policy(c->store, version, &v, &text, err);
    if (r == QN_ENOTFOUND)
        return qn_fail(err, QN_ENOTFOUND, "there is no version %lld of the policy", (long long)version);
    if (r != 0)
        return r;
    r = qn_policy_read(&p, text, version, err);
    free(text);
    if (r != 0)
        return r;
    snprintf(next.ticket, sizeof next.ticket, "%s", rec->ticket);
    if ((r = qn_policy_apply(c, p, &next, "", err)) != 0)
        return r;
    snprintf(rec->said, sizeof rec->said, "Version %lld of the policy is in force, and says what version %lld said.\n",
             (long long)next.version, (long long)version);
    return qn_record(c, QN_AUDIT_RECOVERY_DONE, "", err, "{s:s, s:I, s:I, s:s, s:s}", "what", "policy", "version",
                     (json_int_t)next.version, "restored", (json_int_t)version, "ticket", rec->ticket, "by", "root");
}

/* ---- two people for an hour ---- */

static bool login_ok(const char *login)
{
    size_t n = strlen(login);

    return n > 0 && n <= 255 && login[0] != ' ' && login[n - 1] != ' ' && qn_utf8_clean(login, n) &&
        !strpbrk(login, "\\@");
}

static int appoint(struct qn_core *c, struct recovery *rec, const char *logins, struct qn_err *err)
{
    struct qn_appointment a = { .role = APPOINTED_ROLE, .until = c->steady + APPOINTED_MS };
    char pair[600], *save = NULL, *login[2], until[25];
    int r = 0;

    snprintf(pair, sizeof pair, "%s", logins);
    login[0] = strtok_r(pair, ",", &save);
    login[1] = login[0] ? strtok_r(NULL, ",", &save) : NULL;
    if (!login[1] || strtok_r(NULL, ",", &save) || strlen(logins) >= sizeof pair || !login_ok(login[0]) ||
        !login_ok(login[1]))
        return qn_fail(err, QN_EINVAL, "appoint two logins, as the directory spells them: alice,bob");
    if (strcasecmp(login[0], login[1]) == 0)
        return qn_fail(err, QN_EINVAL, "appoint two different people");
    for (int i = 0; i < 2 && r == 0; i++) {
        snprintf(a.login, sizeof a.login, "%s", login[i]);
        r = qn_store_appoint(c->store, &a, err);
    }
    snprintf(rec->said, sizeof rec->said,
             "%s and %s hold the role " APPOINTED_ROLE " until %s. Start the service; they log in as ever.\n",
             login[0], login[1], qn_clock_format(a.until, until));
    return r != 0 ? r : qn_record(c, QN_AUDIT_RECOVERY_DONE, "", err, "{s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "what",
                                  "appoint", "first",
                                  login[0], "second", login[1], "role", APPOINTED_ROLE, "until", (json_int_t)a.until, "ticket",
                                  rec->ticket, "by", "root");
}

/* ---- the whole ---- */

static int recover_work(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct recovery *rec = arg;
    const char *value = strchr(rec->what, '=');
    char *end;
    long long n;
    int r = qn_clock_two_open(c, err);

    if (r != 0)
        return r;
    qn_clock_two_read(c);
    if (value && strncmp(rec->what, "appoint=", 8) == 0)
        return appoint(c, rec, value + 1, err);
    if (!value || strncmp(rec->what, "policy=", 7) != 0)
        return qn_fail(err, QN_EINVAL, "recovery is policy=N or appoint=LOGIN,LOGIN");
    n = strtoll(value + 1, &end, 10);
    if (n < 1 || *end || end == value + 1)
        return qn_fail(err, QN_EINVAL, "a version of the policy is a number from 1 on");
    return restore(c, rec, n, err);
}

/* A version that this program can't read is no reason to stay locked out: the next one follows it all the same. */
static int open_whatever_it_says(struct qn_core *c, struct qn_err *err)
{
    struct qn_policy_version v;
    struct qn_policy *p;
    char *text;
    int r = qn_policy_open(c, err);

    if (r != QN_ECORRUPT)
        return r;
    if ((r = qn_store_policy(c->store, 0, &v, NULL, err)) != 0)
        return r;
    text = qn_policy_text(qn_policy());
    r = qn_policy_read(&p, text, v.version, err);
    free(text);
    if (r == 0)
        qn_policy_use(p);
    return r;
}

struct step { struct recovery *rec; struct qn_err *err; };

/* Keeps the sentence: a step that is undone only logs it. */
static int recover_step(struct qn_core *c, void *arg, struct qn_err *err)
{
    struct step *s = arg;
    int r = recover_work(c, s->rec, err);

    *s->err = *err;
    return r;
}

int qn_recover(struct qn_core *c, const char *what, const char *ticket, struct qn_err *err)
{
    struct recovery rec = { .what = what, .ticket = ticket };
    struct step s = { &rec, err };
    struct qn_err why = { 0 };
    int r;

    if (strspn(ticket, " ") == strlen(ticket) || strlen(ticket) > 127 || !qn_utf8_clean(ticket, strlen(ticket)))
        return qn_fail(err, QN_EINVAL, "a recovery names a ticket of 1 to 127 characters");
    if ((r = qn_store_begin(c->store, err)) != 0 || (r = open_whatever_it_says(c, err)) != 0)
        return r;
    if ((r = qn_turn_step(c, recover_step, &s, "recovery")) != 0) {
        qn_store_rollback(c->store);
        return r;
    }
    if ((r = qn_audit_flush(c->audit, &why)) != 0 || (r = qn_store_commit(c->store, &why)) != 0)
        return qn_fail(err, r, "%s", why.text);
    qn_audit_committed(c->audit);
    qn_turn_settle(c);
    if ((r = qn_audit_sign(c->audit, true, c->now, err)) != 0)
        return r;
    fputs(rec.said, stdout);
    return fflush(stdout) == 0 ? 0 : qn_fail(err, QN_EIO, "it was done, but could not be said");
}
