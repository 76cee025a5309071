/* Delegations, notices, what is stopped, and who is due to be looked up. */
#include "config.h"

#include "tests/unit/scratch.h"

#include "tests/unit/store-sample.h"

static struct qn_store *open_at(struct scratch *at)
{
    struct qn_store *s;

    assert_ok(qn_store_open(&s, scratch_path(at, "db"), err));
    return s;
}

struct seen { int n; int64_t id[8]; char text[8][300]; bool live[8]; };

static int delegation_seen(void *ctx, const struct qn_delegation *d)
{
    struct seen *it = ctx;

    it->id[it->n++] = d->id;
    return it->n == 8;
}

static void test_delegations_are_those_not_ended_and_not_over(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice"), bob = sample_person(s, "bob");
    struct qn_delegation a = { .owner = alice, .delegate = bob, .made = 1, .until = 100 }, b = a, got, self = a;
    struct seen given = { 0 }, received = { 0 }, late = { 0 }, ended = { 0 }, none = { 0 };

    b.until = 50;
    b.title = true;
    strcpy(b.job, "01a1ff83-2e8d-7416-a02e-8011d3aae6b8");
    assert_ok(qn_store_delegation_add(s, &a, err));
    assert_ok(qn_store_delegation_add(s, &b, err));
    self.delegate = alice;
    assert_no(QN_EINVAL, NULL, qn_store_delegation_add(s, &self, err));
    assert_ok(qn_store_delegation(s, b.id, &got, err));
    assert_memory_equal(&got, &b, sizeof got);
    assert_no(QN_ENOTFOUND, NULL, qn_store_delegation(s, 99, &got, err));
    assert_int_equal(got.id, 0);
    assert_ok(qn_store_delegation_each(s, alice, true, 10, 8, delegation_seen, &given, err));
    assert_ok(qn_store_delegation_each(s, bob, false, 10, 8, delegation_seen, &received, err));
    assert_int_equal(given.n, 2);
    assert_int_equal(received.n, 2);
    assert_int_equal(given.id[0], b.id); /* the one that ends first */
    assert_ok(qn_store_delegation_each(s, bob, true, 10, 8, delegation_seen, &none, err));
    assert_int_equal(none.n, 0);
    assert_ok(qn_store_delegation_each(s, alice, true, 50, 8, delegation_seen, &late, err));
    assert_int_equal(late.n, 1);
    assert_ok(qn_store_delegation_end(s, a.id, 60, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_delegation_end(s, a.id, 61, err));
    assert_ok(qn_store_delegation_each(s, alice, true, 50, 8, delegation_seen, &ended, err));
    assert_int_equal(ended.n, 0);
    qn_store_close(&s);
}

static int notice_seen(void *ctx, const struct qn_notice *n)
{
    struct seen *it = ctx;

    strcpy(it->text[it->n], n->word);
    it->id[it->n++] = n->id;
    return it->n == 8;
}

static void test_notices_are_kept_for_one_person_up_to_a_number(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice"), bob = sample_person(s, "bob");
    struct seen it = { 0 }, rest = { 0 }, other = { 0 };
    static const char *const words[] = { "a", "b", "c", "d" };

    assert_ok(qn_store_notice_add(s, bob, "bob", "{}", 1, 3, err));
    for (int i = 0; i < 4; i++)
        assert_ok(qn_store_notice_add(s, alice, words[i], "{}", i, 3, err));
    assert_ok(qn_store_notice_each(s, alice, 8, notice_seen, &it, err));
    assert_int_equal(it.n, 3);
    assert_string_equal(it.text[0], "b"); /* the oldest has gone */
    assert_string_equal(it.text[2], "d");
    assert_no(QN_ENOTFOUND, NULL, qn_store_notice_drop(s, bob, it.id[0], err));
    assert_ok(qn_store_notice_drop(s, alice, it.id[0], err));
    assert_ok(qn_store_notice_each(s, alice, 8, notice_seen, &rest, err));
    assert_int_equal(rest.n, 2);
    assert_ok(qn_store_notice_each(s, bob, 8, notice_seen, &other, err));
    assert_int_equal(other.n, 1);
    assert_no(QN_EINVAL, NULL, qn_store_notice_add(s, 99, "x", "{}", 1, 3, err));
    qn_store_close(&s);
}

static int contained_seen(void *ctx, const struct qn_containment *c)
{
    struct seen *it = ctx;

    snprintf(it->text[it->n++], sizeof it->text[0], "%s %.100s: %.100s", c->kind, c->name, c->reason);
    return it->n == 8;
}

static void test_what_is_stopped(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice");
    struct qn_containment it = { "queue", "secure", "why" };
    struct qn_person p = { .dir_id = "x" };
    struct seen seen = { 0 };
    bool yes;

    assert_ok(qn_store_contained(s, "queue", "secure", &yes, err));
    assert_false(yes);
    assert_ok(qn_store_contain_add(s, &it, alice, 1, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_contain_add(s, &it, alice, 1, err));
    assert_ok(qn_store_contained(s, "queue", "secure", &yes, err));
    assert_true(yes);
    assert_ok(qn_store_contained(s, "device", "secure", &yes, err));
    assert_false(yes);
    strcpy(it.kind, "moon");
    assert_no(QN_EINVAL, NULL, qn_store_contain_add(s, &it, alice, 1, err));
    assert_ok(qn_store_person_lock(s, alice, "stolen", err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_person_lock(s, 99, "x", err));
    assert_ok(qn_store_person(s, alice, &p, err));
    assert_string_equal(p.locked, "stolen");
    p.locked[0] = '\0';
    assert_ok(qn_store_person_seen(s, &p, err)); /* the directory does not unlock */
    assert_string_equal(p.locked, "stolen");
    assert_ok(qn_store_contain_each(s, 8, contained_seen, &seen, err));
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.text[0], "queue secure: why");
    assert_string_equal(seen.text[1], "person alice: stolen");
    assert_ok(qn_store_contain_drop(s, "queue", "secure", err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_contain_drop(s, "queue", "secure", err));
    qn_store_close(&s);
}

static int stale_seen(void *ctx, const struct qn_person *p, bool live)
{
    struct seen *it = ctx;

    it->live[it->n] = live;
    it->id[it->n++] = p->id;
    return it->n == 8;
}

static int64_t person(struct qn_store *s, const char *login, int64_t checked)
{
    struct qn_person p = { .status = "active", .checked = checked };

    snprintf(p.dir_id, sizeof p.dir_id, "id-%s", login);
    snprintf(p.login, sizeof p.login, "%s", login);
    assert_ok(qn_store_person_seen(s, &p, err));
    return p.id;
}

static void test_who_is_due_to_be_looked_up(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t c = person(s, "c", 30), a = person(s, "a", 10), b = person(s, "b", 20), b2 = person(s, "b2", 20);
    struct qn_delegation d = { .owner = a, .delegate = b2, .until = 1000 };
    struct qn_session ses = { .person = b, .kind = QN_SESSION_PORTAL, .uid = -1 };
    struct qn_badge badge = { .mac = { 1 }, .person = c, .added = 1, .source = "claim" };
    struct seen all = { 0 }, page = { 0 }, after = { 0 }, old = { 0 };

    assert_ok(qn_store_session_add(s, &ses, err));
    assert_ok(qn_store_person_each_stale(s, 25, INT64_MIN, 0, 8, stale_seen, &all, err));
    assert_int_equal(all.n, 3); /* not c */
    assert_int_equal(all.id[0], a);
    assert_false(all.live[0]);
    assert_int_equal(all.id[1], b);
    assert_true(all.live[1]);
    assert_false(all.live[2]);
    assert_ok(qn_store_delegation_add(s, &d, err));
    assert_ok(qn_store_badge_add(s, &badge, err));
    assert_ok(qn_store_person_each_stale(s, 50, 20, b, 8, stale_seen, &after, err)); /* behind b */
    assert_int_equal(after.n, 2);
    assert_int_equal(after.id[0], b2);
    assert_true(after.live[0] && after.live[1]);
    assert_ok(qn_store_person_each_stale(s, 50, INT64_MIN, 0, 2, stale_seen, &page, err));
    assert_int_equal(page.n, 2);
    assert_true(page.live[0]);
    assert_ok(qn_store_person_checked(s, a, "gone", 60, err));
    assert_ok(qn_store_person_each_stale(s, 15, INT64_MIN, 0, 8, stale_seen, &old, err));
    assert_int_equal(old.n, 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_person_checked(s, 99, "gone", 60, err));
    qn_store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_delegations_are_those_not_ended_and_not_over), SCRATCH_TEST(test_notices_are_kept_for_one_person_up_to_a_number),
        SCRATCH_TEST(test_what_is_stopped), SCRATCH_TEST(test_who_is_due_to_be_looked_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
