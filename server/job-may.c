#include "server/job-may.h"

#include <string.h>

#include "server/auth-person.h"
#include "server/delegate.h"
#include "server/device-plain.h"
#include "server/device-state.h"
#include "server/policy-zone.h"

static bool may_print(const struct qn_person *p)
{
    return !qn_person_refusal(p) && (qn_role_permissions(p->roles) & QN_PERM_OWN);
}

/* What is locked by somebody of the security role. */
struct locks { bool device, queue; };

/* One line a rule. */
static const char *place_refusal(const struct qn_core *c, const struct qn_may *m, const struct locks *locked)
{
    const struct qn_job *j = m->job;
    const struct qn_device *d = m->device;
    const struct qn_class *k = qn_class_level(j->class_);
    const struct { bool refuse; const char *why; } rules[] = {
        { strcmp(d->state, "active") != 0, "device-retired" },
        { !k, "damaged" },
        { k && !(k->methods & qn_method_parse(m->method)), "class-needs-proof" },
        { k && !k->unverified && !j->owner_verified, "owner-unverified" },
        { locked->device, "device-locked" },
        { locked->queue, "queue-locked" },
        { m->terminal->locked || strcmp(m->terminal->state, "revoked") == 0, "terminal-locked" },
        { qn_device_suspect(c, d), "printer-certificate" },
        { j->class_ > d->ceiling, "device-ceiling" },
        { m->terminal->ceiling && j->class_ > m->terminal->ceiling, "terminal-ceiling" },
        { k && !qn_zone_takes(k, d->zone), "zone-class" },
        { k && qn_device_plain(d) && !(k->plain_link && qn_device_plain_ok(c, d)), "link-not-encrypted" },
        { m->owner != m->person && qn_person_refusal(m->owner) != NULL, "owner-left" },
    };

    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].refuse)
            return rules[i].why;
    return NULL;
}

static int locks_read(struct qn_core *c, const struct qn_may *m, struct locks *out, struct qn_err *err)
{
    int r = qn_store_contained(c->store, "device", m->device->name, &out->device, err);

    return r == 0 ? qn_store_contained(c->store, "queue", m->job->queue, &out->queue, err) : r;
}

static bool is_unheard(const struct qn_person *p)
{
    return p->checked < qn_policy()->since;
}

/* Roles and zones of the policy before say nothing. */
static bool word_is_old(const struct qn_may *m)
{
    return is_unheard(m->person) || (m->second->state == QN_SECOND_PROVED && is_unheard(&m->second->person));
}

int qn_job_may(struct qn_core *c, const struct qn_may *m, const char **why_out, struct qn_err *err)
{
    struct qn_second_of of = { qn_class_level(m->job->class_), m->person, m->owner, m->device->zone, m->waited };
    struct locks locked;
    bool in_zone;
    int r;

    *why_out = NULL;
    if ((r = locks_read(c, m, &locked, err)) != 0 || (*why_out = place_refusal(c, m, &locked)) != NULL)
        return r;
    if (m->waited && word_is_old(m))
        return qn_fail(err, QN_EAGAIN, "the directory is being asked");
    if ((r = qn_person_in_zone(c, m->person, m->device->zone, &in_zone, err)) != 0)
        return r;
    *why_out = !may_print(m->person) ? "account" : !in_zone ? "zone-person" : NULL;
    return *why_out ? 0 : qn_second_refusal(c, m->second, &of, m->req, m->terminal->name, m->job->id, why_out, err);
}

/* ---- what waited ---- */

struct waited {
    struct qn_device device;
    struct qn_terminal terminal;
    struct qn_person person, owner;
    struct qn_second second;
    struct qn_delegation by;
    bool delegated, may; /* a colleague released it, and may go on */
};

static int waited_read(struct qn_core *c, const struct qn_job *j, const struct qn_release_by *by, struct waited *w, struct qn_err *err)
{
    int r;

    memset(w, 0, sizeof *w);
    w->delegated = j->owner != by->person;
    if ((r = qn_store_device(c->store, j->device, &w->device, err)) != 0 ||
        (r = qn_store_terminal(c->store, j->terminal, &w->terminal, err)) != 0 ||
        (r = qn_store_person(c->store, by->person, &w->person, err)) != 0 ||
        (by->second && (r = qn_store_person(c->store, by->second, &w->second.person, err)) != 0))
        return r;
    w->second.state = by->second ? QN_SECOND_PROVED : QN_SECOND_NONE;
    if (w->delegated)
        r = qn_delegate_find(c, j, by->person, &w->by, &w->owner, err);
    w->may = w->delegated && r == 0;
    return r == QN_ENOTFOUND ? 0 : r;
}

static bool is_about_person(const char *why)
{
    return strcmp(why, "account") == 0 || strcmp(why, "zone-person") == 0;
}

int qn_job_may_still(struct qn_core *c, const struct qn_job *j, const struct qn_release_by *by, const char **why_out, struct qn_err *err)
{
    struct waited w;
    struct qn_may m = { j, &w.device, &w.terminal, &w.person, &w.person, &w.second, by->method, "", true };
    int r = waited_read(c, j, by, &w, err);

    *why_out = NULL;
    if (r != 0)
        return r;
    if (w.delegated && !w.may) {
        *why_out = "delegate";
        return 0;
    }
    if (w.delegated)
        m.owner = &w.owner;
    r = qn_job_may(c, &m, why_out, err);
    if (r == 0 && *why_out && w.delegated && is_about_person(*why_out))
        *why_out = "delegate";
    return r;
}
