/* The log as the core meets it: adding, undoing, signing, and what it refuses to start with. */
#include "config.h"

#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "server/audit-private.h"
#include "server/store-private.h"

static const char origin[] = "print.example.com/log";
static const uint8_t seed[32] = "the tests' own signing key, 32!";

struct log { struct scratch *at; struct qn_store *store; struct qn_audit *audit; };

static int log_try(struct log *l, struct scratch *at, struct qn_err *err)
{
    int r;

    *l = (struct log){ .at = at };
    r = qn_store_open(&l->store, scratch_path(at, "db"), err);
    return r == 0 ? qn_audit_open(&l->audit, l->store, scratch_path(at, "log-head"), origin, seed, err) : r;
}

static struct log log_open(struct scratch *at)
{
    struct log l;

    assert_ok(log_try(&l, at, err));
    return l;
}

static void log_close(struct log *l)
{
    qn_audit_free(&l->audit);
    qn_store_close(&l->store);
}

static void add(struct log *l, int n)
{
    for (int i = 0; i < n; i++) {
        json_t *f = json_pack("{s:i, s:s}", "i", i, "a", "b");

        assert_ok(qn_audit_add(l->audit, QN_AUDIT_JOB_HELD, "r1", f, 1000 + i, err));
        json_decref(f);
    }
}

static void turn(struct log *l, int n)
{
    assert_ok(qn_store_begin(l->store, err));
    add(l, n);
    assert_ok(qn_audit_flush(l->audit, err));
    assert_ok(qn_store_commit(l->store, err));
    qn_audit_committed(l->audit);
}

static void write_log(struct scratch *at, int turns, int n, bool sign)
{
    struct log l = log_open(at);

    for (int i = 0; i < turns; i++)
        turn(&l, n);
    if (sign)
        assert_ok(qn_audit_sign(l.audit, true, 1, err));
    log_close(&l);
}

static void sql(struct scratch *at, const char *text)
{
    char *error = NULL;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(scratch_path(at, "db"), &db), SQLITE_OK);
    sqlite3_exec(db, "DROP TRIGGER audit_fixed; DROP TRIGGER audit_kept", NULL, NULL, NULL);
    if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", text, error);
    sqlite3_close(db);
}

static void copy(struct scratch *at, const char *from, const char *to)
{
    static char all[1 << 20];
    FILE *f = fopen(scratch_path(at, from), "r");
    size_t n = fread(all, 1, sizeof all, f);

    fclose(f);
    f = fopen(scratch_path(at, to), "w");
    assert_int_equal(fwrite(all, 1, n, f), n);
    fclose(f);
}

static void assert_refused(struct scratch *at, const char *why)
{
    struct log l;

    assert_no(QN_ECORRUPT, why, log_try(&l, at, err));
    log_close(&l);
}

static int keep_entry(void *ctx, int64_t seq, const char *entry, size_t len, const uint8_t leaf[32])
{
    uint8_t hash[32];

    (void)seq;
    snprintf(ctx, 400, "%s", entry);
    qn_merkle_leaf(hash, entry, len);
    assert_memory_equal(hash, leaf, 32);
    return 1;
}

static void test_record_is_canonical(void **state)
{
    struct log l = log_open(*state);
    json_t *f = json_pack("{s:s, s:i, s:{s:s, s:s}}", "zeta", "J\xc3\xb6rg \"x\"", "alpha", -5, "m", "b", "line\nbreak",
                          "a", "");
    char entry[400], want[400];

    assert_ok(qn_store_begin(l.store, err));
    assert_ok(qn_audit_add(l.audit, QN_AUDIT_AUTH_OK, NULL, f, 1795162443512, err));
    assert_string_equal(json_string_value(json_object_get(json_object_get(f, "m"), "b")),
                        "line\nbreak"); /* not ours to change */
    assert_ok(qn_store_audit_each(l.store, 0, 1, keep_entry, entry, err));
    snprintf(want, sizeof want,
             "{\"alpha\":-5,\"boot\":\"%s\",\"ev\":\"auth.ok\",\"m\":{\"a\":\"\",\"b\":\"line?break\"},"
             "\"req\":\"\",\"seq\":0,\"ts\":\"2026-11-20T08:14:03.512Z\",\"v\":1,\"zeta\":\"J\xc3\xb6rg \\\"x\\\"\"}",
             l.audit->boot);
    assert_string_equal(entry, want);
    json_decref(f);
    assert_ok(qn_audit_add(l.audit, QN_AUDIT_SYS_STOP, "r2", NULL, 0, err));
    log_close(&l);
}

static void test_fields_that_may_not_be(void **state)
{
    static const char *const bad[] = { "{\"a\":1.5}",
                                       "{\"a\":null}",
                                       "{\"a\":true}",
                                       "{\"A\":1}",
                                       "{\"seq\":1}",
                                       "{\"ts\":\"x\"}",
                                       "{\"a\":{\"b\":[1,[2.5]]}}",
                                       "{\"a b\":1}" };
    struct log l = log_open(*state);
    char *big = calloc(1, 20000);
    json_t *f;

    assert_ok(qn_store_begin(l.store, err));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f = json_loads(bad[i], 0, NULL);
        assert_non_null(f);
        assert_no(QN_EINTERNAL, NULL, qn_audit_add(l.audit, QN_AUDIT_AUTH_OK, NULL, f, 1, err));
        json_decref(f);
    }
    memset(big, 'x', 19999);
    f = json_pack("{s:s}", "a", big);
    assert_no(QN_EINVAL, "longer", qn_audit_add(l.audit, QN_AUDIT_AUTH_OK, NULL, f, 1, err));
    json_decref(f);
    free(big);
    assert_int_equal(qn_audit_size(l.audit), 0);
    log_close(&l);
}

static void test_undone_message_leaves_no_record(void **state)
{
    struct log l = log_open(*state);

    assert_ok(qn_store_begin(l.store, err));
    qn_audit_mark(l.audit);
    assert_ok(qn_store_mark(l.store, err));
    add(&l, 3);
    assert_ok(qn_store_keep(l.store, err));
    qn_audit_mark(l.audit);
    assert_ok(qn_store_mark(l.store, err));
    add(&l, 4);
    qn_store_undo(l.store);
    qn_audit_undo(l.audit);
    assert_int_equal(qn_audit_size(l.audit), 3);
    add(&l, 2);
    assert_ok(qn_audit_flush(l.audit, err));
    assert_ok(qn_store_commit(l.store, err));
    qn_audit_committed(l.audit);
    assert_ok(qn_store_begin(l.store, err));
    add(&l, 9);
    assert_ok(qn_audit_flush(l.audit, err));
    qn_store_rollback(l.store);
    qn_audit_rollback(l.audit);
    assert_int_equal(qn_audit_size(l.audit), 5);
    turn(&l, 1);
    assert_ok(qn_audit_sign(l.audit, true, 1, err));
    log_close(&l);
    l = log_open(*state);
    assert_int_equal(qn_audit_size(l.audit), 6);
    log_close(&l);
}

static uint64_t signed_size(struct scratch *at)
{
    struct qn_note_key key;
    struct qn_head head;
    char line[QN_NOTE_MAX] = "";
    FILE *f = fopen(scratch_path(at, "log-key.pub"), "r");

    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_ok(qn_note_key_parse(&key, line, err));
    assert_string_equal(key.name, origin);
    assert_ok(qn_head_read(&head, scratch_path(at, "log-head"), &key, err));
    return head.tree.size;
}

static void test_signs_by_count_by_time_and_when_told(void **state)
{
    struct log l = log_open(*state);
    struct stat st;

    assert_int_equal(signed_size(*state), 0);
    turn(&l, 5);
    assert_ok(qn_audit_sign(l.audit, false, 10000, err)); /* never signed before: more than a second ago */
    assert_int_equal(signed_size(*state), 5);
    turn(&l, 255);
    assert_ok(qn_audit_sign(l.audit, false, 10999, err));
    assert_int_equal(signed_size(*state), 5);
    turn(&l, 1);
    assert_ok(qn_audit_sign(l.audit, false, 10999, err));
    assert_int_equal(signed_size(*state), 261);
    turn(&l, 1);
    assert_ok(qn_audit_sign(l.audit, false, 11500, err));
    assert_int_equal(signed_size(*state), 261);
    assert_ok(qn_audit_sign(l.audit, false, 11999, err));
    assert_int_equal(signed_size(*state), 262);
    turn(&l, 1);
    assert_ok(qn_audit_sign(l.audit, false, 5000, err)); /* a clock that was set back must not stop it */
    assert_int_equal(signed_size(*state), 263);
    turn(&l, 1);
    assert_ok(qn_audit_sign(l.audit, true, 5001, err));
    assert_int_equal(signed_size(*state), 264);
    assert_int_equal(stat(scratch_path(*state, "log-head"), &st), 0);
    assert_int_equal(st.st_size, 8192);
    assert_int_equal(st.st_mode & 0777, 0600);
    log_close(&l);
}

static void test_crash_between_commit_and_signature(void **state)
{
    write_log(*state, 3, 7, true);
    write_log(*state, 2, 5, false);
    write_log(*state, 1, 1, false);
    assert_int_equal(signed_size(*state), 21);
    write_log(*state, 1, 1, true);
    assert_int_equal(signed_size(*state), 33);
}

static void test_unsigned_tail_must_extend_the_signed_head(void **state)
{
    write_log(*state, 3, 7, true);
    write_log(*state, 2, 5, false);
    sql(*state, "UPDATE audit SET entry = replace(entry, 'job.held', 'job.holt') WHERE seq = 25");
    assert_refused(*state, "do not lead to its head row");
}

static void test_cut_logs_are_found(void **state)
{
    static const struct { const char *sql, *said; } cuts[] = {
        { "DELETE FROM audit WHERE seq = 299", "has 299 records, its head row says 300" },
        { "DELETE FROM audit WHERE seq >= 200", "has 200 records, its head row says 300" },
        { "DELETE FROM audit", "has 0 records, its head row says 300" },
        { "DELETE FROM audit; DELETE FROM head", "has 0 records but its head file signed 300" },
        { "INSERT INTO audit VALUES (300, '{}', zeroblob(32))", "has 301 records, its head row says 300" },
        { "UPDATE head SET edge = zeroblob(length(edge))", "another root" },
        { "UPDATE head SET edge = zeroblob(7)", "wrong length" },
        { "UPDATE head SET note = replace(note, 'e', 'f')", "head row" },
    };

    write_log(*state, 3, 100, true);
    copy(*state, "db", "db-good");
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        copy(*state, "db-good", "db");
        sql(*state, cuts[i].sql);
        assert_refused(*state, cuts[i].said);
    }
    copy(*state, "db-good", "db");
    write_log(*state, 0, 0, false);
}

static void test_older_copies_are_found(void **state)
{
    write_log(*state, 1, 50, true);
    copy(*state, "db", "db-old");
    copy(*state, "log-head", "head-old");
    write_log(*state, 1, 50, true);
    write_log(*state, 1, 1, true); /* the row now knows the head of 100 */
    copy(*state, "db", "db-new");
    copy(*state, "db-old", "db");
    assert_refused(*state, "has 50 records but its head file signed 101");
    copy(*state, "db-new", "db");
    copy(*state, "head-old", "log-head");
    assert_refused(*state, "an older head file was put back");
    unlink(scratch_path(*state, "log-head"));
    assert_refused(*state, "is missing");
    unlink(scratch_path(*state, "db"));
    copy(*state, "head-old", "log-head");
    assert_refused(*state, "has 0 records but its head file signed 50");
}

static void flip(struct scratch *at, long byte)
{
    uint8_t b;
    int fd = open(scratch_path(at, "log-head"), O_RDWR);

    assert_int_equal(pread(fd, &b, 1, byte), 1);
    b ^= 0x10;
    assert_int_equal(pwrite(fd, &b, 1, byte), 1);
    close(fd);
}

/* Whatever a crash leaves of the slot being written, the other one still holds the head before. */
static void test_torn_head_file(void **state)
{
    struct log l = log_open(*state);
    long slot;

    turn(&l, 10);
    assert_ok(qn_audit_sign(l.audit, true, 1, err));
    turn(&l, 10);
    assert_ok(qn_audit_sign(l.audit, true, 2, err));
    slot = (long)(l.audit->head.generation % 2) * QN_HEAD_SLOT;
    log_close(&l);
    assert_int_equal(signed_size(*state), 20);
    copy(*state, "log-head", "head-good");
    for (long at = 0; at < QN_HEAD_SLOT; at += 13) {
        copy(*state, "head-good", "log-head");
        flip(*state, slot + at);
        assert_int_equal(signed_size(*state), 10);
    }
    write_log(*state, 1, 1, true); /* goes on, over the torn slot */
    assert_int_equal(signed_size(*state), 21);
    flip(*state, 100);
    flip(*state, QN_HEAD_SLOT + 100);
    assert_refused(*state, "neither slot is whole");
}

/* A whole slot with somebody else's signature is not passed over. */
static void test_forged_head(void **state)
{
    static const uint8_t other[32] = "another key of exactly 32 bytes";
    struct qn_audit *a;
    struct log l;

    write_log(*state, 1, 5, true);
    l = (struct log){ .at = *state };
    assert_ok(qn_store_open(&l.store, scratch_path(*state, "db"), err));
    assert_no(QN_ECORRUPT, "another log or key",
              qn_audit_open(&a, l.store, scratch_path(*state, "log-head"), origin, other, err));
    assert_no(QN_ECORRUPT, "another log or key",
              qn_audit_open(&a, l.store, scratch_path(*state, "log-head"), "x/y", seed, err));
    assert_null(a);
    unlink(scratch_path(*state, "log-key.pub"));
    assert_no(QN_ECORRUPT, "no signature of this log's key",
              qn_audit_open(&a, l.store, scratch_path(*state, "log-head"), origin, other, err));
    unlink(scratch_path(*state, "log-key.pub"));
    assert_no(QN_EINVAL, "name", qn_audit_open(&a, l.store, scratch_path(*state, "log-head"), "a b", seed, err));
    log_close(&l);
    write_log(*state, 1, 1, true);
}

static void test_known_heads_of_a_crashed_first_start(void **state)
{
    struct log l = log_open(*state); /* the head file is there before the first record */

    log_close(&l);
    unlink(scratch_path(*state, "log-head")); /* a start that did not get that far */
    write_log(*state, 1, 1, false);
    write_log(*state, 1, 1, true);
    assert_int_equal(signed_size(*state), 2);
}

static void test_every_event_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < QN_AUDIT_EVENTS; i++)
        assert_non_null(strchr(qn_audit_event_name((enum qn_audit_event)i), '.'));
    assert_string_equal(qn_audit_event_name(QN_AUDIT_LOG_READ), "log.read");
    assert_string_equal(qn_audit_event_name(QN_AUDIT_EVENTS), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_record_is_canonical),
        SCRATCH_TEST(test_fields_that_may_not_be),
        SCRATCH_TEST(test_undone_message_leaves_no_record),
        SCRATCH_TEST(test_signs_by_count_by_time_and_when_told),
        SCRATCH_TEST(test_crash_between_commit_and_signature),
        SCRATCH_TEST(test_unsigned_tail_must_extend_the_signed_head),
        SCRATCH_TEST(test_cut_logs_are_found),
        SCRATCH_TEST(test_older_copies_are_found),
        SCRATCH_TEST(test_torn_head_file),
        SCRATCH_TEST(test_forged_head),
        SCRATCH_TEST(test_known_heads_of_a_crashed_first_start),
        SCRATCH_TEST(test_every_event_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
