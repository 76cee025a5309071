/* People, their PINs, and how often somebody got something wrong. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

#define PERSON_COLUMNS "id, dir_id, login, display, roles, status, checked, same, locked"

static void person_read(struct qn_query *q, struct qn_person *p)
{
    p->id = qn_query_get_int(q);
    qn_query_get_text(q, p->dir_id, sizeof p->dir_id);
    qn_query_get_text(q, p->login, sizeof p->login);
    qn_query_get_text(q, p->display, sizeof p->display);
    qn_query_get_text(q, p->roles, sizeof p->roles);
    qn_query_get_text(q, p->status, sizeof p->status);
    p->checked = qn_query_get_int(q);
    qn_query_get_text(q, p->same, sizeof p->same);
    qn_query_get_text(q, p->locked, sizeof p->locked);
}

static int person_one(struct qn_query *q, struct qn_person *out, struct qn_err *err)
{
    struct qn_person p = { 0 };
    int r = qn_query_one(q, err);

    if (r == 0)
        person_read(q, &p);
    r = qn_query_end(q, r, err);
    memset(out, 0, sizeof *out);
    if (r == 0)
        *out = p;
    return r;
}

static int person_free_login(struct qn_store *s, const struct qn_person *p, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE person SET login = NULL WHERE login = ?1 AND dir_id <> ?2");
    qn_query_text(&q, p->login);
    qn_query_text(&q, p->dir_id);
    return qn_query_run(&q, err);
}

static int person_write(struct qn_store *s, const struct qn_person *p, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    qn_query_text(&q, p->dir_id);
    qn_query_text(&q, p->login);
    qn_query_text(&q, p->display);
    qn_query_text(&q, p->roles);
    qn_query_text(&q, p->status);
    qn_query_int(&q, p->checked);
    qn_query_text(&q, p->same);
    return qn_query_change(&q, err);
}

/* An update and then an insert, not one "upsert": for a row that others point to, SQLite would look for these in all
 * jobs. */
int qn_store_person_seen(struct qn_store *s, struct qn_person *p, struct qn_err *err)
{
    struct qn_query q;
    int r = person_free_login(s, p, err);

    if (r == 0)
        r = person_write(s, p, "UPDATE person SET login = ?2, display = ?3, roles = ?4, status = ?5, checked = ?6, same = ?7"
                               " WHERE dir_id = ?1", err);
    if (r == QN_ENOTFOUND)
        r = person_write(s, p, "INSERT INTO person (dir_id, login, display, roles, status, checked, same)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", err);
    if (r != 0)
        return r;
    qn_query_start(&q, s, "SELECT id, locked FROM person WHERE dir_id = ?1");
    qn_query_text(&q, p->dir_id);
    r = qn_query_one(&q, err);
    if (r == 0) {
        p->id = qn_query_get_int(&q);
        qn_query_get_text(&q, p->locked, sizeof p->locked);
    }
    return qn_query_end(&q, r, err);
}

int qn_store_person(struct qn_store *s, int64_t id, struct qn_person *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " PERSON_COLUMNS " FROM person WHERE id = ?1");
    qn_query_int(&q, id);
    return person_one(&q, out, err);
}

struct stale { struct qn_person p; bool live; };

static void stale_read(struct qn_query *q, void *row)
{
    struct stale *it = row;

    person_read(q, &it->p);
    it->live = qn_query_get_int(q) != 0;
}

int qn_store_person_each_stale(struct qn_store *s, int64_t before, int64_t after_checked, int64_t after_id, int limit,
                               int (*each)(void *ctx, const struct qn_person *p, bool live), void *ctx, struct qn_err *err)
{
    struct stale *it;
    struct qn_query q;
    size_t count;
    void *rows;
    int r;

    qn_query_start(&q, s, "SELECT " PERSON_COLUMNS ", EXISTS (SELECT 1 FROM session WHERE person = p.id)"
                          " OR EXISTS (SELECT 1 FROM badge WHERE person = p.id) OR EXISTS (SELECT 1 FROM pin WHERE person = p.id)"
                          " OR EXISTS (SELECT 1 FROM job WHERE owner = p.id AND state <> 7)"
                          " OR EXISTS (SELECT 1 FROM delegation WHERE owner = p.id AND ended = 0 AND until > ?1)"
                          " OR EXISTS (SELECT 1 FROM delegation WHERE delegate = p.id AND ended = 0 AND until > ?1)"
                          " FROM person p WHERE checked < ?1 AND (checked, id) > (?2, ?3) ORDER BY checked, id LIMIT ?4");
    qn_query_int(&q, before);
    qn_query_int(&q, after_checked);
    qn_query_int(&q, after_id);
    qn_query_int(&q, limit);
    r = qn_query_all(&q, sizeof *it, stale_read, &rows, &count, err);
    it = rows;
    for (size_t i = 0; i < count; i++)
        if (each(ctx, &it[i].p, it[i].live) != 0)
            break;
    free(rows);
    return r;
}

int qn_store_person_checked(struct qn_store *s, int64_t id, const char *status, int64_t checked, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE person SET status = ?2, checked = ?3 WHERE id = ?1");
    qn_query_int(&q, id);
    qn_query_text(&q, status);
    qn_query_int(&q, checked);
    return qn_query_change(&q, err);
}

int qn_store_person_by_dir(struct qn_store *s, const char *dir_id, struct qn_person *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " PERSON_COLUMNS " FROM person WHERE dir_id = ?1");
    qn_query_text(&q, dir_id);
    return person_one(&q, out, err);
}

int qn_store_person_by_login(struct qn_store *s, const char *login, struct qn_person *out, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT " PERSON_COLUMNS " FROM person WHERE login = ?1");
    qn_query_text(&q, login);
    return person_one(&q, out, err);
}

int qn_store_pin_set(struct qn_store *s, int64_t person, const struct qn_pin *pin, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "INSERT OR REPLACE INTO pin (person, salt, wrapped, cost, failures, until, locked)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    qn_query_int(&q, person);
    qn_query_blob(&q, pin->salt, sizeof pin->salt);
    qn_query_blob(&q, pin->wrapped, sizeof pin->wrapped);
    qn_query_int(&q, pin->cost);
    qn_query_int(&q, pin->failures);
    qn_query_int(&q, pin->until);
    qn_query_int(&q, pin->locked);
    return qn_query_run(&q, err);
}

int qn_store_pin(struct qn_store *s, int64_t person, struct qn_pin *out, struct qn_err *err)
{
    struct qn_pin pin = { 0 };
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "SELECT salt, wrapped, cost, failures, until, locked FROM pin WHERE person = ?1");
    qn_query_int(&q, person);
    r = qn_query_one(&q, err);
    if (r == 0) {
        qn_query_get_blob(&q, pin.salt, sizeof pin.salt);
        qn_query_get_blob(&q, pin.wrapped, sizeof pin.wrapped);
        pin.cost = qn_query_get_int(&q);
        pin.failures = qn_query_get_int(&q);
        pin.until = qn_query_get_int(&q);
        pin.locked = qn_query_get_int(&q) != 0;
    }
    r = qn_query_end(&q, r, err);
    memset(out, 0, sizeof *out);
    if (r == 0)
        *out = pin;
    return r;
}

int qn_store_pin_count(struct qn_store *s, int64_t person, int64_t failures, int64_t until, bool locked,
                       struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE pin SET failures = ?2, until = ?3, locked = ?4 WHERE person = ?1");
    qn_query_int(&q, person);
    qn_query_int(&q, failures);
    qn_query_int(&q, until);
    qn_query_int(&q, locked);
    return qn_query_change(&q, err);
}

int qn_store_throttle(struct qn_store *s, const char *key, struct qn_throttle *out, struct qn_err *err)
{
    struct qn_query q;
    int r;

    memset(out, 0, sizeof *out);
    qn_query_start(&q, s, "SELECT failures, until, last FROM throttle WHERE key = ?1");
    qn_query_text(&q, key);
    r = qn_query_next(&q, err);
    if (r > 0) {
        out->failures = qn_query_get_int(&q);
        out->until = qn_query_get_int(&q);
        out->last = qn_query_get_int(&q);
    }
    return qn_query_end(&q, r > 0 ? 0 : r, err);
}

/* A few at a time: whoever fills the table must not make one turn long. */
static int throttle_forget(struct qn_store *s, int64_t now, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "DELETE FROM throttle WHERE key IN"
                          " (SELECT key FROM throttle WHERE last < ?1 - 86400000 AND until < ?1 LIMIT 32)");
    qn_query_int(&q, now);
    return qn_query_run(&q, err);
}

int qn_store_throttle_set(struct qn_store *s, const char *key, const struct qn_throttle *t, struct qn_err *err)
{
    struct qn_query q;
    int r;

    qn_query_start(&q, s, "INSERT OR REPLACE INTO throttle (key, failures, until, last) VALUES (?1, ?2, ?3, ?4)");
    qn_query_text(&q, key);
    qn_query_int(&q, t->failures);
    qn_query_int(&q, t->until);
    qn_query_int(&q, t->last);
    r = qn_query_run(&q, err);
    return r == 0 ? throttle_forget(s, t->last, err) : r;
}
