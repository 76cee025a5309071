#include "server/appointment.h"

#include <stdio.h>
#include <string.h>

#include "server/auth-end.h"
#include "server/clock-two.h"
#include "server/policy.h"
#include "server/record.h"

struct search { struct qn_core *c; const char *login; struct qn_appointment found[16]; unsigned n; bool over; };

/* With a login: its appointment, if it holds still. Without: those that are over. */
static int search_take(void *ctx, const struct qn_appointment *a)
{
    struct search *s = ctx;

    if (qn_clock_any_past(s->c, a->until) == s->over && (!s->login || strcmp(a->login, s->login) == 0))
        s->found[s->n++] = *a;
    return s->n == 16;
}

int qn_appointment_roles(struct qn_core *c, const char *login, char *roles, size_t size, struct qn_err *err)
{
    struct search s = { .c = c, .login = login };
    bool user = qn_role_has(roles, "user");
    int r = qn_store_appointment_each(c->store, search_take, &s, err);

    if (r == 0 && s.n)
        snprintf(roles, size, "%s%s", user ? "user " : "", s.found[0].role);
    return r;
}

static int appointment_end(struct qn_core *c, const struct qn_appointment *a, struct qn_err *err)
{
    struct qn_person p;
    int r = qn_store_appoint_end(c->store, a->login, err);

    if (r != 0 || (r = qn_store_person_by_login(c->store, a->login, &p, err)) == QN_ENOTFOUND)
        return r == QN_ENOTFOUND ? 0 : r;
    if (r != 0 || (r = qn_store_person_forget(c->store, p.id, err)) != 0)
        return r;
    return qn_session_end_all(c, &p, NULL, "appointment-over", "", NULL, err);
}

int qn_appointments_end(struct qn_core *c, struct qn_err *err)
{
    struct search s = { .c = c, .over = true };
    int r = qn_store_appointment_each(c->store, search_take, &s, err);

    for (unsigned i = 0; i < s.n && r == 0; i++)
        r = appointment_end(c, &s.found[i], err);
    return r;
}
