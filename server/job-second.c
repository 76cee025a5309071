#include "server/job-second.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-live.h"
#include "server/auth-person.h"
#include "server/record.h"

static bool same_person(const struct qn_person *a, const struct qn_person *b)
{
    return a->id == b->id || (a->same[0] && strcmp(a->same, b->same) == 0);
}

/* True reasons, for the log. One line a rule. */
static const char *refusal(const struct qn_core *c, const struct qn_person *p, const struct qn_second_of *of, bool in_zone)
{
    bool says_whose = qn_conf_text(c->conf, "directory-person")[0] != '\0';
    const char *account = qn_person_refusal(p);
    const struct { bool refuse; const char *why; } rules[] = {
        { account != NULL, account },
        { !of->waited && qn_live_stale(c, p, of->class_->grace), "directory-away" },
        { same_person(p, of->first), "second-same" },
        { same_person(p, of->owner), "second-owner" },
        { says_whose && (!p->same[0] || !of->first->same[0] || !of->owner->same[0]), "person-unknown" },
        { !qn_role_any(p->roles, of->class_->second), "second-role" },
        { !in_zone, "zone-person" },
    };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].refuse)
            return rules[i].why;
    return NULL;
}

int qn_second_refusal(struct qn_core *c, const struct qn_second *s, const struct qn_second_of *of, const char *req, const char *terminal,
                      const char *job, const char **why_out, struct qn_err *err)
{
    struct qn_person now;
    const char *why;
    char source[80];
    bool in_zone;
    int r;

    *why_out = !of->class_ || !of->class_->second[0] ? NULL : s->state == QN_SECOND_NONE ? "second-needed" : "second-refused";
    if (!*why_out || s->state != QN_SECOND_PROVED)
        return 0;
    if ((r = qn_store_person(c->store, s->person.id, &now, err)) != 0 || /* between proof and release anything may have happened */
        (r = qn_person_in_zone(c, &now, of->zone, &in_zone, err)) != 0)
        return r;
    why = refusal(c, &now, of, in_zone);
    if (!why)
        *why_out = NULL;
    snprintf(source, sizeof source, "terminal:%s", terminal);
    return why ? qn_record_denial(c, QN_AUDIT_AUTH_DENIED, req, source, why, now.dir_id, job, err) : 0;
}
