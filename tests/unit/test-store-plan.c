/* Every statement of the store is answered by an index, and a hundred thousand held jobs make none of them slow. */
#include "config.h"

#include "tests/unit/scratch.h"

#include <time.h>

#include "tests/unit/store-sample.h"

enum { MANY = 100000, ROUNDS = 200 };

static int no_job(void *ctx, const struct qn_job *j)
{
    (void)j;
    ++*(int *)ctx;
    return 0;
}

static int no_badge(void *ctx, const struct qn_badge *b)
{
    (void)ctx;
    (void)b;
    return 0;
}

static int no_session(void *ctx, const struct qn_session *it)
{
    (void)it;
    ++*(int64_t *)ctx;
    return 0;
}

static int no_shred(void *ctx, const struct qn_shred *k)
{
    (void)ctx;
    (void)k;
    return 0;
}

static int no_device(void *ctx, const struct qn_device *d)
{
    (void)ctx;
    (void)d;
    return 0;
}

static int no_place(void *ctx, const struct qn_device_place *d)
{
    (void)ctx;
    (void)d;
    return 0;
}

static int no_terminal(void *ctx, const struct qn_terminal *t)
{
    (void)ctx;
    (void)t;
    return 0;
}

static int no_record(void *ctx, int64_t seq, const char *entry, size_t len, const uint8_t leaf[32])
{
    (void)ctx;
    (void)seq;
    (void)entry;
    (void)len;
    (void)leaf;
    return 0;
}

/* Calls every function of store.h once, so that each statement is in the cache. What they say does not matter here. */
static void use_people(struct qn_store *s)
{
    uint8_t h[32] = { 1 };
    struct qn_person p = { .dir_id = "x" };
    struct qn_pin pin;
    struct qn_throttle t = { 0 };
    struct qn_session ses = { .kind = QN_SESSION_KIOSK };
    struct qn_badge badge = { .mac = { 1 }, .source = "claim" };
    int64_t n = 0;
    char *answer;

    qn_store_person_seen(s, &p, NULL);
    qn_store_person(s, 1, &p, NULL);
    qn_store_person_by_login(s, "x", &p, NULL);
    qn_store_person_by_dir(s, "x", &p, NULL);
    qn_store_person_checked(s, 1, "gone", 1, NULL);
    badge.person = p.id;
    qn_store_badge_add(s, &badge, NULL);
    qn_store_badge(s, h, &badge, NULL);
    qn_store_badge_used(s, h, 1, NULL);
    qn_store_badge_each(s, 1, no_badge, NULL, NULL);
    qn_store_badge_end(s, h, NULL);
    qn_store_badge_end_person(s, 1, &n, NULL);
    qn_store_session_end_badge(s, 1, NULL);
    memset(&pin, 0, sizeof pin);
    qn_store_pin_set(s, 1, &pin, NULL);
    qn_store_pin(s, 1, &pin, NULL);
    qn_store_pin_count(s, 1, 1, 1, false, NULL);
    qn_store_throttle_set(s, "k", &t, NULL);
    qn_store_throttle(s, "k", &t, NULL);
    ses.person = p.id;
    qn_store_session_add(s, &ses, NULL);
    qn_store_session(s, h, &ses, NULL);
    qn_store_session_touch(s, h, 1, NULL);
    qn_store_session_end(s, h, NULL);
    qn_store_session_prove(s, h, 1, NULL);
    qn_store_session_end_all(s, 1, 0, NULL, NULL);
    qn_store_session_end_all(s, 1, 1, NULL, NULL);
    qn_store_session_end_all(s, 0, 1, NULL, NULL);
    qn_store_session_each_idle(s, 1, 1, 1, no_session, &n, NULL);
    qn_store_idem_put(s, 1, "k", "a", 1, NULL);
    qn_store_idem(s, 1, "k", &answer, NULL);
    free(answer);
    qn_store_idem_sweep(s, 1, NULL);
}

static int no_stale(void *ctx, const struct qn_person *p, bool live)
{
    (void)ctx;
    (void)p;
    return live;
}

static int no_delegation(void *ctx, const struct qn_delegation *d)
{
    (void)ctx;
    (void)d;
    return 0;
}

static int no_notice(void *ctx, const struct qn_notice *n)
{
    (void)ctx;
    (void)n;
    return 0;
}

static int no_containment(void *ctx, const struct qn_containment *it)
{
    (void)ctx;
    (void)it;
    return 0;
}

static void use_identity(struct qn_store *s)
{
    struct qn_containment it = { "queue", "q", "why" };
    struct qn_delegation d = { .owner = 1, .delegate = 2, .until = 9 };
    bool yes;

    qn_store_person_each_stale(s, 9, 0, 0, 5, no_stale, NULL, NULL);
    qn_store_person_lock(s, 1, "why", NULL);
    qn_store_contain_add(s, &it, 1, 1, NULL);
    qn_store_contained(s, "queue", "q", &yes, NULL);
    qn_store_contain_each(s, 5, no_containment, NULL, NULL);
    qn_store_contain_drop(s, "queue", "q", NULL);
    qn_store_delegation_add(s, &d, NULL);
    qn_store_delegation(s, 1, &d, NULL);
    qn_store_delegation_each(s, 1, true, 1, 5, no_delegation, NULL, NULL);
    qn_store_delegation_each(s, 1, false, 1, 5, no_delegation, NULL, NULL);
    qn_store_delegation_end(s, 1, 1, NULL);
    qn_store_notice_add(s, 1, "w", "{}", 1, 5, NULL);
    qn_store_notice_each(s, 1, 5, no_notice, NULL, NULL);
    qn_store_notice_drop(s, 1, 1, NULL);
}

static void use_things(struct qn_store *s)
{
    uint8_t h[32] = { 1 };
    struct qn_device d = { .name = "d" };
    struct qn_terminal t = { .name = "t", .device = 1 };
    int64_t n;

    qn_store_device_put(s, &d, NULL);
    qn_store_device(s, 1, &d, NULL);
    qn_store_device_by_name(s, "d", &d, NULL);
    qn_store_device_each(s, "", 9, no_device, NULL, NULL);
    qn_store_device_places(s, "z", no_place, NULL, NULL);
    qn_store_device_places(s, NULL, no_place, NULL, NULL);
    qn_store_device_each_over(s, 1, 9, no_device, NULL, NULL);
    qn_store_device_plain_over(s, 1, NULL);
    qn_store_device_state_drop(s, 1, NULL);
    qn_store_device_retire(s, "d", NULL);
    qn_store_device_untie(s, 1, NULL);
    qn_store_terminal_put(s, &t, NULL);
    qn_store_terminal_code(s, 1, h, 1, NULL);
    qn_store_terminal_certify(s, 1, h, NULL);
    qn_store_terminal_tie(s, 1, 1, NULL);
    qn_store_terminal_tied(s, 1, 1, NULL);
    qn_store_terminal_each_tied(s, 1, no_device, NULL, NULL);
    qn_store_terminal_each_of(s, 1, true, no_terminal, NULL, NULL);
    qn_store_terminal_each_of(s, 1, false, no_terminal, NULL, NULL);
    qn_store_terminal_untie(s, 1, NULL);
    qn_store_terminal_by_name(s, "t", &t, NULL);
    qn_store_terminal_enrol(s, h, h, 1, &t, NULL);
    qn_store_terminal_by_token(s, h, &t, NULL);
    qn_store_terminal(s, 1, &t, NULL);
    qn_store_terminal_revoke(s, 1, NULL);
    qn_store_terminal_each(s, "", no_terminal, NULL, NULL);
    qn_store_shred_each_ended(s, 1, 1, no_shred, NULL, NULL);
    qn_store_fact_put(s, "f", 1, NULL);
    qn_store_fact(s, "f", &n, NULL);
}

static int no_request(void *ctx, const struct qn_request *r)
{
    (void)ctx;
    (void)r;
    return 0;
}

static int no_version(void *ctx, const struct qn_policy_version *v)
{
    (void)ctx;
    (void)v;
    return 0;
}

static int no_appointment(void *ctx, const struct qn_appointment *a)
{
    (void)ctx;
    (void)a;
    return 0;
}

static int no_text(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
    return 0;
}

static void use_requests(struct qn_store *s)
{
    struct qn_request r = { .id = "01940000-0000-7000-8000-000000000000", .operation = "device", .requester = 1, .state = "open" };
    struct qn_request_page page = { "", " device ", 1, false, 1 };
    struct qn_appointment a = { "x", "security", 1 };
    char *document;
    int64_t n;

    qn_store_request_add(s, &r, "{}", NULL);
    qn_store_request(s, r.id, &r, &document, NULL);
    free(document);
    qn_store_request_each(s, &page, no_request, NULL, NULL);
    page.open = true;
    qn_store_request_each(s, &page, no_request, NULL, NULL);
    qn_store_request_each_late(s, 1, 1, no_request, NULL, NULL);
    qn_store_request_count_open(s, 1, &n, NULL);
    qn_store_request_end(s, "x", "void", 0, 1, "", NULL);
    qn_store_appoint(s, &a, NULL);
    qn_store_appointment_each(s, no_appointment, NULL, NULL);
    qn_store_appoint_end(s, "x", NULL);
}

static void use_policy(struct qn_store *s)
{
    struct qn_policy_version v = { .version = 1, .hash = { 1 } };
    struct qn_class_effect effect;
    struct qn_person_facts facts;
    char *document;
    int64_t n;

    qn_store_policy_add(s, &v, "{}", NULL);
    for (int version = 0; version < 2; version++) {
        qn_store_policy(s, version, &v, &document, NULL);
        free(document);
    }
    qn_store_policy_each(s, 0, 1, no_version, NULL, NULL);
    qn_store_class_effect(s, 1, 1, 1, &effect, NULL);
    qn_store_job_shorten(s, 1, 1, 1, &n, NULL);
    qn_store_ceilings(s, 0x43210, NULL);
    qn_store_session_end_everybody(s, &n, NULL);
    qn_store_person_facts(s, 1, &facts, NULL);
    qn_store_person_each_same(s, 1, no_text, NULL, NULL);
    qn_store_person_groups(s, 1, "[]", "[]", NULL);
    qn_store_person_zones(s, 1, &document, NULL);
    free(document);
    qn_store_person_each_staff(s, 1, no_text, NULL, NULL);
    qn_store_person_each_zoned(s, 1, no_text, NULL, NULL);
    qn_store_person_forget(s, 1, NULL);
}

static void use_log(struct qn_store *s)
{
    uint8_t h[32] = { 1 }, edge[64];
    int64_t n;
    size_t len;
    char *note;

    qn_store_audit_add(s, 0, "{}", h, NULL);
    qn_store_audit_each(s, 0, 1, no_record, NULL, NULL);
    qn_store_audit_size(s, &n, NULL);
    qn_store_head_put(s, 1, h, 32, "n", NULL);
    qn_store_head(s, &n, edge, sizeof edge, &len, &note, NULL);
    free(note);
}

static void use_jobs(struct qn_store *s)
{
    int64_t owner = sample_person(s, "owner"), n;
    struct qn_job j;
    struct qn_job_totals t;
    struct qn_shred k;
    uint8_t *data;
    size_t len;
    int count = 0;

    sample_shred_add(s, sample_shred, 1);
    j = sample_hold(s, 999999, 0, "owner");
    qn_store_shred(s, sample_shred, &k, NULL);
    qn_store_job_by_key(s, &j.key, "owner", 1, &j, NULL);
    j = sample_job(999999, 0, "owner");
    assert_ok(qn_store_job(s, j.id, &j, err));
    qn_store_job_sealed(s, j.id, "title", &data, &len, NULL);
    free(data);
    qn_store_job_sealed(s, j.id, "options", &data, &len, NULL);
    free(data);
    assert_ok(qn_store_job_set_owner(s, &j, owner, err));
    assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
    assert_ok(qn_store_job_change(s, &j, QN_JOB_HELD, err));
    qn_store_job_each_owner(s, owner, "", 1, no_job, &count, NULL);
    qn_store_job_each_live(s, "", 1, no_job, &count, NULL);
    qn_store_job_each_lapsed(s, 1, "", 1, no_job, &count, NULL);
    qn_store_job_each_due(s, 1, 1, no_job, &count, NULL);
    qn_store_job_each_pending(s, 1, no_job, &count, NULL);
    qn_store_job_totals(s, NULL, &t, NULL);
    qn_store_job_totals(s, "owner", &t, NULL);
    qn_store_job_count_state(s, 2, &n, NULL);
    assert_ok(qn_store_job_erase(s, &j, err));
    qn_store_job_forget(s, INT64_MAX, 1, NULL);
}

/* Reads a plan; a step that walks a table or an index from end to end, or sorts, is a fault. */
static void check_plan(struct qn_store *s, const char *text)
{
    sqlite3_stmt *q = NULL;
    char explain[2048];

    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", text);
    assert_int_equal(sqlite3_prepare_v2(s->db, explain, -1, &q, NULL), SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(q, 3);

        if ((strncmp(step, "SCAN", 4) == 0 && strcmp(step, "SCAN CONSTANT ROW") != 0) || strstr(step, "TEMP B-TREE") ||
            strstr(step, "AUTOMATIC"))
            fail_msg("%s\n  %s", step, text);
    }
    sqlite3_finalize(q);
}

static void test_every_statement_uses_an_index(void **state)
{
    struct qn_store *s;
    int seen = 0;

    assert_ok(qn_store_open(&s, scratch_path(*state, "db"), err));
    assert_ok(qn_store_begin(s, err));
    use_people(s);
    use_identity(s);
    use_things(s);
    use_requests(s);
    use_policy(s);
    use_log(s);
    use_jobs(s);
    for (size_t i = 0; i < QN_STATEMENTS; i++)
        if (s->statements[i].st && strncmp(s->statements[i].sql, "BEGIN", 5) != 0) {
            check_plan(s, s->statements[i].sql);
            seen++;
        }
    assert_true(seen >= 85); /* every function above was reached: the header has no more statements than these */
    qn_store_rollback(s);
    qn_store_close(&s);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What a tap costs in the store, in processor time: list, limits, claim, back. */
static double work(struct qn_store *s, int64_t owner)
{
    double start = seconds();

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct qn_job_totals t;
        struct qn_job j = sample_job(1 + i % 50, owner, "alice");
        int64_t n;
        int count = 0;

        assert_ok(qn_store_job_each_owner(s, owner, "", 10, no_job, &count, err));
        assert_int_equal(count, 10);
        assert_ok(qn_store_job_each_due(s, 4000, 10, no_job, &count, err));
        assert_ok(qn_store_job_each_lapsed(s, 1, "", 10, no_job, &count, err));
        assert_ok(qn_store_job_totals(s, NULL, &t, err));
        assert_ok(qn_store_job_totals(s, "alice", &t, err));
        assert_ok(qn_store_job_count_state(s, QN_JOB_HELD, &n, err));
        assert_ok(qn_store_job(s, j.id, &j, err));
        assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
        assert_ok(qn_store_job_change(s, &j, QN_JOB_HELD, err));
    }
    return seconds() - start;
}

static void test_many_held_jobs_cost_nothing(void **state)
{
    struct qn_store *s;
    double few, many;
    int64_t alice, bob;
    int pages;

    assert_ok(qn_store_open(&s, scratch_path(*state, "db"), err));
    assert_ok(qn_store_begin(s, err));
    alice = sample_person(s, "alice");
    bob = sample_person(s, "bob");
    sample_shred_add(s, sample_shred, 10000);
    for (unsigned n = 1; n <= 100; n++)
        sample_hold(s, n, alice, "alice");
    work(s, alice);
    few = work(s, alice);
    for (unsigned n = 101; n <= MANY; n++)
        sample_hold(s, n, bob, "bob");
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_checkpoint(s, true, &pages, err));
    assert_ok(qn_store_begin(s, err));
    work(s, alice);
    many = work(s, alice);
    print_message("%d rounds: %.1f ms with 100 held, %.1f ms with %d\n", ROUNDS, few * 1e3, many * 1e3, MANY);
    assert_true(many < 8 * few); /* a scan would be a thousand times as much */
    qn_store_rollback(s);
    qn_store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_every_statement_uses_an_index), SCRATCH_TEST(test_many_held_jobs_cost_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
