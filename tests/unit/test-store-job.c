/* Jobs in the store: adding, changing, erasing, paging, counting. */
#include "config.h"

#include "tests/unit/scratch.h"

#include "tests/unit/store-sample.h"

static struct qn_store *open_held(struct scratch *at, int64_t *owner_out, unsigned jobs)
{
    struct qn_store *s;

    assert_ok(qn_store_open(&s, scratch_path(at, "db"), err));
    assert_ok(qn_store_begin(s, err));
    *owner_out = sample_person(s, "alice");
    sample_shred_add(s, sample_shred, 10000);
    for (unsigned n = 1; n <= jobs; n++)
        sample_hold(s, n, *owner_out, "alice");
    return s;
}

static void assert_totals(struct qn_store *s, const char *owner, int64_t jobs, int64_t bytes)
{
    struct qn_job_totals t;

    assert_ok(qn_store_job_totals(s, owner, &t, err));
    assert_int_equal(t.jobs, jobs);
    assert_int_equal(t.bytes, bytes);
}

static int64_t count_state(struct qn_store *s, int state)
{
    int64_t n;

    assert_ok(qn_store_job_count_state(s, state, &n, err));
    return n;
}

static void test_held_job_is_what_was_given(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 0);
    struct qn_job in = sample_job(1, owner, "alice"), got;
    uint8_t *data;
    size_t n;

    assert_ok(qn_store_job_add(s, &in, "TITLE", 5, "OPTIONS\0x", 9, err));
    assert_ok(qn_store_job(s, in.id, &got, err));
    in.state = QN_JOB_HELD;
    in.version = 1;
    assert_memory_equal(&in, &got, sizeof in);
    assert_ok(qn_store_job_sealed(s, in.id, "title", &data, &n, err));
    assert_int_equal(n, 5);
    assert_memory_equal(data, "TITLE", 5);
    free(data);
    assert_ok(qn_store_job_sealed(s, in.id, "options", &data, &n, err));
    assert_int_equal(n, 9);
    assert_memory_equal(data, "OPTIONS\0x", 9);
    free(data);
    assert_no(QN_EINTERNAL, NULL, qn_store_job_sealed(s, in.id, "wrapped", &data, &n, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_job_sealed(s, "no such", "title", &data, &n, err));
    assert_null(data);
    assert_no(QN_ENOTFOUND, NULL, qn_store_job(s, "no such", &got, err));
    assert_no(QN_EINVAL, "too long", qn_store_job_add(s, &in, "", QN_JOB_TITLE_MAX + 1, "", 0, err));
    qn_store_close(&s);
}

static void test_same_hand_over_is_one_job(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 2);
    struct qn_job j = sample_job(1, owner, "alice"), got;

    assert_ok(qn_store_job_by_key(s, &j.key, "alice", 100, &got, err));
    assert_string_equal(got.id, j.id);
    assert_no(QN_ENOTFOUND, NULL,
              qn_store_job_by_key(s, &j.key, "bob", 100, &got, err)); /* a uuid that a client chose */
    assert_no(QN_ENOTFOUND, NULL, qn_store_job_by_key(s, &j.key, "alice", 101, &got, err));
    sample_id(j.id, 500);
    assert_no(QN_ECONFLICT, NULL, qn_store_job_add(s, &j, "", 0, "", 0, err));
    j.sum.length = 101;
    assert_ok(qn_store_job_add(s, &j, "", 0, "", 0, err));
    assert_totals(s, "alice", 3, 301);
    j.key.document = 3;
    assert_no(QN_ECONFLICT, NULL, qn_store_job_add(s, &j, "", 0, "", 0, err)); /* the id */
    j = sample_job(2, owner, "alice");
    assert_ok(qn_store_job_by_key(s, &j.key, "alice", 100, &j, err));
    assert_ok(qn_store_job_erase(s, &j, err));
    assert_ok(qn_store_job_by_key(s, &j.key, "alice", 100, &got, err)); /* an erased one is still the same hand-over */
    assert_int_equal(got.state, QN_JOB_ERASED);
    qn_store_close(&s);
}

static void test_two_taps_claim_once(void **state)
{
    static const char token[33] = "00112233445566778899aabbccddeeff", other[33] = "ffeeddccbbaa99887766554433221100";
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 1);
    struct qn_job first, second, got;

    assert_ok(qn_store_job(s, sample_job(1, 0, "").id, &first, err));
    second = first;
    assert_ok(qn_store_job_claim(s, &first, token, 0, 0, err));
    assert_int_equal(first.state, QN_JOB_RELEASING);
    assert_int_equal(first.version, 2);
    assert_no(QN_ECONFLICT, "no longer held", qn_store_job_claim(s, &second, other, 0, 0, err));
    assert_int_equal(second.state, QN_JOB_HELD); /* untouched, so nobody takes it for claimed */
    assert_string_equal(second.token, "");
    assert_no(QN_ECONFLICT, "can't be released", qn_store_job_claim(s, &first, other, 0, 0, err));
    assert_ok(qn_store_job(s, first.id, &got, err));
    assert_string_equal(got.token, token);
    assert_int_equal(got.stage, QN_STAGE_CLAIMED);
    assert_memory_equal(&got, &first, sizeof got);
    qn_store_close(&s);
}

static void test_change_writes_everything_or_nothing(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 1);
    struct qn_job j, old, got;

    assert_ok(qn_store_job(s, sample_job(1, 0, "").id, &j, err));
    assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
    old = j;
    j.stage = QN_STAGE_CREATED;
    j.printer_job = 42;
    strcpy(j.printer_uuid, "urn:uuid:x");
    assert_ok(qn_store_job_change(s, &j, QN_JOB_RELEASING, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_job_change(s, &old, QN_JOB_HELD, err)); /* an older version */
    sample_shred_add(s, "shred:later", 20000);
    strcpy(j.why, "printer-off");
    memset(j.shred, 0, sizeof j.shred); /* so that the structs can be compared whole */
    strcpy(j.shred, "shred:later");
    memset(j.wrapped, 9, sizeof j.wrapped);
    j.due = 15000;
    j.released = 77;
    assert_ok(qn_store_job_change(s, &j, QN_JOB_PRINTED, err));
    assert_ok(qn_store_job(s, j.id, &got, err));
    assert_memory_equal(&got, &j, sizeof got);
    assert_no(QN_EINTERNAL, NULL, qn_store_job_change(s, &j, QN_JOB_ERASED, err));
    j.device = 1234;
    assert_no(QN_EINVAL, NULL, qn_store_job_change(s, &j, QN_JOB_RELEASING, err)); /* no such device */
    qn_store_close(&s);
}

static void test_erased_job_has_no_content(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 3);
    struct qn_job j, old, got;
    uint8_t *data;
    size_t n;

    assert_ok(qn_store_job(s, sample_job(2, 0, "").id, &j, err));
    old = j;
    assert_ok(qn_store_job_erase(s, &j, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_job_erase(s, &old, err));
    assert_no(QN_ECONFLICT, "is erased", qn_store_job_erase(s, &j, err));
    assert_ok(qn_store_job(s, j.id, &got, err));
    assert_memory_equal(&got, &j, sizeof got);
    assert_int_equal(got.wrapped[0] | got.wrapped[59], 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_job_sealed(s, j.id, "title", &data, &n, err));
    assert_totals(s, "alice", 2, 200);
    assert_totals(s, NULL, 2, 200);
    assert_int_equal(count_state(s, QN_JOB_ERASED), 1);
    assert_int_equal(count_state(s, QN_JOB_HELD), 2);
    old = j;
    assert_no(QN_EINVAL, NULL, qn_store_job_change(s, &old, QN_JOB_HELD, err)); /* nothing comes back */
    qn_store_close(&s);
}

/* What was erased is in none of the database's files once the log is truncated. */
static void test_erased_bytes_leave_the_files(void **state)
{
    static const char *const files[] = { "db", "db-wal" };
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 3);
    struct qn_job j = sample_job(9, owner, "alice");
    static char big[QN_JOB_OPTIONS_MAX];
    int pages;

    memset(j.wrapped, 'W', sizeof j.wrapped);
    memset(big, 'Q', sizeof big);
    assert_ok(qn_store_job_add(s, &j, "WIPETHISTITLE", 13, big, sizeof big, err));
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_checkpoint(s, false, &pages, err));
    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_job(s, j.id, &j, err));
    assert_ok(qn_store_job_erase(s, &j, err));
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_checkpoint(s, true, &pages, err));
    for (int i = 0; i < 2; i++) {
        static char all[1 << 20];
        FILE *f = fopen(scratch_path(*state, files[i]), "r");
        size_t n = fread(all, 1, sizeof all, f);

        assert_true(i == 1 ? n == 0 : n > 0 && n < sizeof all);
        fclose(f);
        assert_null(memmem(all, n, "WIPETHIS", 8));
        assert_null(memmem(all, n, "WWWWWWWW", 8));
        assert_null(memmem(all, n, "QQQQQQQQ", 8));
    }
    qn_store_close(&s);
}

static void test_counters_agree_with_the_rows(void **state)
{
    int64_t owner, shred = 0;
    struct qn_store *s = open_held(*state, &owner, 40);
    struct qn_job j;

    srandom(7);
    for (int i = 0; i < 300; i++) {
        char id[QN_UUID_TEXT];

        sample_id(id, (unsigned)(random() % 40 + 1));
        assert_ok(qn_store_job(s, id, &j, err));
        if (j.state == QN_JOB_HELD && random() % 8)
            assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
        else if (j.state == QN_JOB_RELEASING)
            assert_ok(qn_store_job_change(s, &j, random() % 2 ? QN_JOB_HELD : QN_JOB_UNCERTAIN, err));
        else if (j.state == QN_JOB_UNCERTAIN)
            assert_ok(qn_store_job_change(s, &j, random() % 4 ? QN_JOB_HELD : QN_JOB_PRINTED, err));
        else if (j.state != QN_JOB_ERASED)
            assert_ok(qn_store_job_erase(s, &j, err));
        if (i % 50 == 0) {
            assert_ok(qn_store_mark(s, err)); /* an undone message takes its counts with it */
            sample_hold(s, 1000, owner, "alice");
            qn_store_undo(s);
        }
    }
    for (int st = QN_JOB_HELD; st <= QN_JOB_ERASED; st++) {
        sqlite3_stmt *q;

        sqlite3_prepare_v2(s->db, "SELECT count(*) FROM job WHERE state = ?1", -1, &q, NULL);
        sqlite3_bind_int(q, 1, st);
        assert_int_equal(sqlite3_step(q), SQLITE_ROW);
        assert_int_equal(count_state(s, st), sqlite3_column_int(q, 0));
        shred += st == QN_JOB_ERASED ? 0 : sqlite3_column_int(q, 0);
        sqlite3_finalize(q);
    }
    assert_true(count_state(s, QN_JOB_ERASED) > 0 && shred > 0);
    assert_totals(s, "alice", shred, 100 * shred);
    assert_totals(s, NULL, shred, 100 * shred);
    assert_totals(s, "bob", 0, 0);
    qn_store_close(&s);
}

struct list { struct qn_store *s; unsigned n, stop; char first[QN_UUID_TEXT], last[QN_UUID_TEXT]; int64_t due; };

static int collect(void *ctx, const struct qn_job *j)
{
    struct list *l = ctx;

    if (l->n++ == 0)
        strcpy(l->first, j->id);
    strcpy(l->last, j->id);
    assert_true(j->due >= l->due || l->due == 0);
    if (l->stop == 1) { /* a handler may use the store, even change what it is being shown */
        struct qn_job mine = *j;

        assert_ok(qn_store_job_erase(l->s, &mine, err));
    }
    return l->stop && l->n == l->stop;
}

static void test_pages_in_order(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 30);
    struct list l = { .s = s };
    char id[QN_UUID_TEXT];
    int64_t bob = sample_person(s, "bob");
    struct qn_job j;

    sample_hold(s, 31, bob, "bob");
    sample_hold(s, 32, 0, "carol");
    assert_ok(qn_store_job_each_owner(s, owner, "", 20, collect, &l, err));
    assert_int_equal(l.n, 20);
    sample_id(id, 20);
    assert_string_equal(l.last, id);
    assert_ok(qn_store_job_each_owner(s, owner, l.last, 20, collect, &l, err));
    assert_int_equal(l.n, 30);
    l = (struct list){ .s = s, .stop = 3 };
    assert_ok(qn_store_job_each_live(s, id, 100, collect, &l, err));
    assert_int_equal(l.n, 3);
    l = (struct list){ .s = s };
    assert_ok(qn_store_job_each_live(s, id, 100, collect, &l, err));
    assert_int_equal(l.n, 12);
    l = (struct list){ .s = s };
    assert_ok(qn_store_job_each_pending(s, 10, collect, &l, err));
    assert_int_equal(l.n, 1);
    sample_id(id, 32);
    assert_string_equal(l.first, id);
    l = (struct list){ .s = s };
    assert_ok(qn_store_job_each_due(s, 5007, 100, collect, &l, err));
    assert_int_equal(l.n, 7);
    l = (struct list){ .s = s, .stop = 1 };
    assert_ok(qn_store_job_each_due(s, 5007, 100, collect, &l, err));
    l = (struct list){ .s = s };
    assert_ok(qn_store_job_each_lapsed(s, INT64_MAX, "", 100, collect, &l, err));
    assert_int_equal(l.n, 0);
    assert_ok(qn_store_job(s, sample_job(2, 0, "").id, &j, err));
    j.lease = 7000;
    assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
    assert_ok(qn_store_job_each_lapsed(s, 6999, "", 100, collect, &l, err));
    assert_int_equal(l.n, 0);
    assert_ok(qn_store_job_each_lapsed(s, 7000, j.id, 100, collect, &l, err));
    assert_int_equal(l.n, 0);
    assert_ok(qn_store_job_each_lapsed(s, 7000, "", 100, collect, &l, err));
    assert_int_equal(l.n, 1);
    assert_string_equal(l.first, j.id);
    l = (struct list){ .s = s };
    assert_ok(qn_store_job_each_owner(s, owner, "", 100, collect, &l, err));
    assert_int_equal(l.n, 29);
    qn_store_close(&s);
}

static void test_pending_owner_is_found(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 0);
    struct qn_job j = sample_hold(s, 1, 0, "carol"), got;
    int64_t carol = sample_person(s, "carol");

    assert_int_equal(j.owner, 0);
    assert_ok(qn_store_job_set_owner(s, &j, carol, err));
    assert_ok(qn_store_job(s, j.id, &got, err));
    assert_memory_equal(&got, &j, sizeof got);
    assert_int_equal(got.owner, carol);
    assert_no(QN_ECONFLICT, NULL, qn_store_job_set_owner(s, &j, owner, err)); /* it is not moved again */
    assert_totals(s, "carol", 1, 100);
    qn_store_close(&s);
}

static void test_only_erased_rows_are_forgotten(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 10);
    struct qn_job j;

    for (unsigned n = 1; n <= 6; n++) {
        assert_ok(qn_store_job(s, sample_job(n, 0, "").id, &j, err));
        assert_ok(qn_store_job_erase(s, &j, err));
    }
    assert_ok(qn_store_job_forget(s, 1004, 2, err));
    assert_int_equal(count_state(s, QN_JOB_ERASED), 4);
    assert_ok(qn_store_job_forget(s, 1004, 100, err));
    assert_int_equal(count_state(s, QN_JOB_ERASED), 3); /* those received at 1004 and later */
    assert_ok(qn_store_job_forget(s, INT64_MAX, 100, err));
    assert_int_equal(count_state(s, QN_JOB_ERASED), 0);
    assert_int_equal(count_state(s, QN_JOB_HELD), 4);
    assert_int_equal(sqlite3_exec(s->db, "DELETE FROM job", NULL, NULL, NULL), SQLITE_CONSTRAINT_TRIGGER);
    qn_store_close(&s);
}

static int shreds(void *ctx, const struct qn_shred *k)
{
    strcat(strcat(ctx, k->id), " ");
    return 0;
}

static void test_ended_windows(void **state)
{
    int64_t owner;
    struct qn_store *s = open_held(*state, &owner, 1);
    struct qn_shred k;
    struct qn_job j;
    char said[200] = "";

    sample_shred_add(s, "c", 3000);
    sample_shred_add(s, "b", 2000);
    sample_shred_add(s, "a", 9000);
    assert_ok(qn_store_shred_each_ended(s, 3000, 10, shreds, said, err));
    assert_string_equal(said, "b c ");
    assert_ok(qn_store_shred(s, "b", &k, err));
    strcpy(k.state, "destroyed");
    assert_ok(qn_store_shred_put(s, &k, err));
    said[0] = '\0';
    assert_ok(qn_store_shred_each_ended(s, 50000, 10, shreds, said, err));
    assert_string_equal(said, "c a "); /* not the one with a live job, though its window has ended */
    assert_ok(qn_store_job(s, sample_job(1, 0, "").id, &j, err));
    assert_ok(qn_store_job_erase(s, &j, err));
    said[0] = '\0';
    assert_ok(qn_store_shred_each_ended(s, 50000, 10, shreds, said, err));
    assert_string_equal(said, "c a shred:internal:1000 ");
    assert_no(QN_ENOTFOUND, NULL, qn_store_shred(s, "x", &k, err));
    strcpy(k.state, "gone");
    assert_no(QN_EINVAL, NULL, qn_store_shred_put(s, &k, err));
    qn_store_close(&s);
}

/* The numbers in the schema are those of the table. */
static void test_numbers_of_states(void **state)
{
    (void)state;
    assert_int_equal(QN_JOB_HELD, 2);
    assert_int_equal(QN_JOB_ERASED, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_held_job_is_what_was_given), SCRATCH_TEST(test_same_hand_over_is_one_job),
        SCRATCH_TEST(test_two_taps_claim_once), SCRATCH_TEST(test_change_writes_everything_or_nothing),
        SCRATCH_TEST(test_erased_job_has_no_content), SCRATCH_TEST(test_erased_bytes_leave_the_files),
        SCRATCH_TEST(test_counters_agree_with_the_rows), SCRATCH_TEST(test_pages_in_order),
        SCRATCH_TEST(test_pending_owner_is_found), SCRATCH_TEST(test_only_erased_rows_are_forgotten),
        SCRATCH_TEST(test_ended_windows), SCRATCH_TEST(test_numbers_of_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
