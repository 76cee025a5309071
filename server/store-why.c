/* What is known of a person besides the directory's word, for those who ask why they may do what they may. */
#include "config.h"

#include "server/store-private.h"

#include <stdlib.h>
#include <string.h>

int qn_store_person_facts(struct qn_store *s, int64_t person, struct qn_person_facts *out, struct qn_err *err)
{
    struct qn_person_facts f = { .badges = 0 };
    struct qn_query q;
    int r;

    memset(out, 0, sizeof *out);
    qn_query_start(&q, s, "SELECT (SELECT count(*) FROM badge WHERE badge.person = ?1),"
                          " (SELECT count(*) FROM session WHERE session.person = ?1)");
    qn_query_int(&q, person);
    r = qn_query_one(&q, err);
    if (r == 0) {
        f.badges = qn_query_get_int(&q);
        f.sessions = qn_query_get_int(&q);
    }
    r = qn_query_end(&q, r, err);
    if (r == 0)
        *out = f;
    return r;
}

struct login { char text[256]; };

static void login_read(struct qn_query *q, void *row)
{
    qn_query_get_text(q, ((struct login *)row)->text, sizeof ((struct login *)row)->text);
}

int qn_store_person_each_same(struct qn_store *s, int64_t person, int (*each)(void *ctx, const char *login), void *ctx,
                              struct qn_err *err)
{
    struct login *rows;
    struct qn_query q;
    void *all;
    size_t n;
    int r;

    qn_query_start(&q, s, "SELECT coalesce(other.login, other.dir_id) FROM person AS me JOIN person AS other"
                          " ON other.same = me.same AND other.same <> '' WHERE me.id = ?1 AND other.id <> ?1 LIMIT 16");
    qn_query_int(&q, person);
    r = qn_query_all(&q, sizeof *rows, login_read, &all, &n, err);
    rows = all;
    for (size_t i = 0; r == 0 && i < n; i++)
        if (each(ctx, rows[i].text) != 0)
            break;
    free(all);
    return r;
}

int qn_store_person_groups(struct qn_store *s, int64_t person, const char *groups, const char *zones, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE person SET groups = ?2, zones = ?3 WHERE id = ?1 AND (groups <> ?2 OR zones <> ?3)");
    qn_query_int(&q, person);
    qn_query_text(&q, groups);
    qn_query_text(&q, zones);
    return qn_query_run(&q, err);
}

int qn_store_person_zones(struct qn_store *s, int64_t person, char **zones_out, struct qn_err *err)
{
    struct qn_query q;
    size_t n;
    int r;

    *zones_out = NULL;
    qn_query_start(&q, s, "SELECT CAST(zones AS BLOB) FROM person WHERE id = ?1");
    qn_query_int(&q, person);
    if ((r = qn_query_one(&q, err)) == 0)
        *zones_out = qn_query_copy_blob(&q, &n);
    return qn_query_end(&q, r, err);
}

struct seen { char *groups; };

static void seen_read(struct qn_query *q, void *row)
{
    size_t n;

    ((struct seen *)row)->groups = qn_query_copy_blob(q, &n);
}

static int seen_each(struct qn_query *q, int limit, int (*each)(void *ctx, const char *groups), void *ctx, struct qn_err *err)
{
    struct seen *rows;
    bool more = true;
    void *all;
    size_t n;
    int r;

    qn_query_int(q, limit);
    r = qn_query_all(q, sizeof *rows, seen_read, &all, &n, err);
    rows = all;
    for (size_t i = 0; r == 0 && i < n; i++) {
        more = more && each(ctx, rows[i].groups) == 0;
        free(rows[i].groups);
    }
    free(all);
    return r;
}

int qn_store_person_each_staff(struct qn_store *s, int limit, int (*each)(void *ctx, const char *groups), void *ctx,
                               struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT CAST(groups AS BLOB) FROM person WHERE status = 'active' AND groups > '' LIMIT ?1");
    return seen_each(&q, limit, each, ctx, err);
}

int qn_store_person_each_zoned(struct qn_store *s, int limit, int (*each)(void *ctx, const char *groups), void *ctx,
                               struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "SELECT CAST(zones AS BLOB) FROM person WHERE status = 'active' AND zones > '' LIMIT ?1");
    return seen_each(&q, limit, each, ctx, err);
}

int qn_store_person_forget(struct qn_store *s, int64_t person, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, "UPDATE person SET roles = '', groups = '', zones = '', checked = 0 WHERE id = ?1");
    qn_query_int(&q, person);
    return qn_query_change(&q, err);
}
