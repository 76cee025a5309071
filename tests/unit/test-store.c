/* The database as a file, its transactions, and the step to the next schema with held jobs in it. */
#include "config.h"

#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/store-sample.h"

static struct qn_store *open_at(struct scratch *at)
{
    struct qn_store *s;

    assert_ok(qn_store_open(&s, scratch_path(at, "db"), err));
    return s;
}

static int64_t fact(struct qn_store *s, const char *name)
{
    int64_t v;

    return qn_store_fact(s, name, &v, NULL) == 0 ? v : -1;
}

static void test_open_sets_what_durability_needs(void **state)
{
    struct qn_store *s = open_at(*state), *second;
    struct stat st;

    assert_no(QN_ECONFLICT, "in use", qn_store_open(&second, scratch_path(*state, "db"), err));
    assert_int_equal(stat(scratch_path(*state, "db"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(scratch_path(*state, "db-wal"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    qn_store_close(&s);
    s = open_at(*state); /* and again: nothing left to apply */
    qn_store_close(&s);
    assert_null(s);
}

static void test_strange_files_are_refused(void **state)
{
    static const char *const made[] = {
        "CREATE TABLE other (x); PRAGMA user_version = 0",
        "CREATE TABLE other (x); PRAGMA user_version = 1",
        "PRAGMA application_id = 1366650729; PRAGMA user_version = 99",
    };
    static const char *const said[] = { "not a database of Quoin", "not a database of Quoin",
                                        "newer than the program" };
    struct qn_store *s;
    FILE *f;

    for (size_t i = 0; i < 3; i++) {
        struct stat before, after;
        sqlite3 *db;

        unlink(scratch_path(*state, "db"));
        assert_int_equal(sqlite3_open(scratch_path(*state, "db"), &db), 0);
        assert_int_equal(sqlite3_exec(db, made[i], NULL, NULL, NULL), 0);
        sqlite3_close(db);
        stat(scratch_path(*state, "db"), &before);
        assert_no(QN_ECORRUPT, said[i], qn_store_open(&s, scratch_path(*state, "db"), err));
        assert_null(s);
        stat(scratch_path(*state, "db"), &after);
        assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim); /* nothing was written to it */
        assert_no(QN_ECORRUPT, NULL, qn_store_open_read(&s, scratch_path(*state, "db"), err));
    }
    f = fopen(scratch_path(*state, "db"), "w");
    fputs("This is no database at all, but it is long enough to be taken for one if nobody looks at it. "
          "A header of SQLite has one hundred bytes.", f);
    fclose(f);
    assert_no(QN_ECORRUPT, "not a database", qn_store_open(&s, scratch_path(*state, "db"), err));
    assert_no(QN_EIO, NULL, qn_store_open(&s, "/nonexistent/folder/db", err));
    assert_no(QN_EIO, NULL, qn_store_open_read(&s, scratch_path(*state, "missing"), err));
}

/* Damage in the middle of a small database is found before it is used. */
static void test_damaged_page_is_found_at_open(void **state)
{
    struct qn_store *s = open_at(*state);
    char junk[4096];
    int fd, pages;

    assert_ok(qn_store_begin(s, err));
    for (unsigned i = 0; i < 200; i++) {
        char name[32];

        snprintf(name, sizeof name, "somebody%u", i);
        sample_person(s, name);
    }
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_checkpoint(s, true, &pages, err));
    assert_int_equal(pages, 0);
    qn_store_close(&s);
    memset(junk, 0xa5, sizeof junk);
    fd = open(scratch_path(*state, "db"), O_WRONLY);
    assert_int_equal(pwrite(fd, junk, sizeof junk, 2 * 4096), sizeof junk);
    close(fd);
    assert_no(QN_ECORRUPT, NULL, qn_store_open(&s, scratch_path(*state, "db"), err));
}

static void test_turn_and_savepoints(void **state)
{
    struct qn_store *s = open_at(*state);

    assert_false(qn_store_alive(s));
    assert_ok(qn_store_begin(s, err));
    assert_true(qn_store_alive(s));
    assert_ok(qn_store_mark(s, err));
    assert_ok(qn_store_fact_put(s, "kept", 1, err));
    assert_ok(qn_store_keep(s, err));
    assert_ok(qn_store_mark(s, err));
    assert_ok(qn_store_fact_put(s, "undone", 1, err));
    assert_ok(qn_store_fact_put(s, "kept", 2, err));
    qn_store_undo(s);
    assert_ok(qn_store_mark(s, err));
    assert_ok(qn_store_fact_put(s, "after", 3, err));
    assert_ok(qn_store_keep(s, err));
    assert_ok(qn_store_commit(s, err));
    assert_false(qn_store_alive(s));
    assert_int_equal(fact(s, "kept"), 1);
    assert_int_equal(fact(s, "after"), 3);
    assert_int_equal(fact(s, "undone"), -1);
    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_fact_put(s, "kept", 9, err));
    qn_store_rollback(s);
    assert_int_equal(fact(s, "kept"), 1);
    assert_no(QN_EIO, "gone", qn_store_commit(s, err));
    qn_store_close(&s);
}

/* Something ended the turn's transaction underneath: nothing of it may be taken for done. */
static void test_dead_transaction_is_noticed(void **state)
{
    struct qn_store *s = open_at(*state);

    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_fact_put(s, "lost", 1, err));
    assert_ok(qn_store_mark(s, err));
    assert_int_equal(sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL), 0);
    assert_false(qn_store_alive(s));
    qn_store_undo(s);
    assert_no(QN_EIO, "gone", qn_store_commit(s, err));
    qn_store_rollback(s);
    assert_int_equal(fact(s, "lost"), -1);
    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_commit(s, err));
    qn_store_close(&s);
}

static int kill_child(struct scratch *at, bool commit)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct qn_store *s;

        if (qn_store_open(&s, scratch_path(at, "db"), NULL) == 0 && qn_store_begin(s, NULL) == 0 &&
            qn_store_fact_put(s, commit ? "done" : "begun", 1, NULL) == 0 && (!commit || qn_store_commit(s, NULL) == 0))
            raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_killed_process_leaves_what_it_committed(void **state)
{
    struct qn_store *s;

    assert_int_equal(kill_child(*state, true), SIGKILL);
    assert_int_equal(kill_child(*state, false), SIGKILL);
    s = open_at(*state);
    assert_int_equal(fact(s, "done"), 1);
    assert_int_equal(fact(s, "begun"), -1);
    qn_store_close(&s);
}

/* A process whose files may not grow any more: the write at the commit fails, and nobody can say how much of it is
 * there. */
static int refused_child(struct scratch *at)
{
    struct rlimit limit = { 0 };
    struct stat st;
    struct qn_store *s;

    signal(SIGXFSZ, SIG_IGN);
    if (qn_store_open(&s, scratch_path(at, "db"), NULL) != 0 || qn_store_begin(s, NULL) != 0 ||
        qn_store_fact_put(s, "refused", 1, NULL) != 0 || stat(scratch_path(at, "db-wal"), &st) != 0)
        return 100;
    limit.rlim_cur = limit.rlim_max = (rlim_t)st.st_size;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 101;
    return -qn_store_commit(s, NULL);
}

static void test_failing_commit_is_ambiguous(void **state)
{
    struct qn_store *s = open_at(*state);
    int status, before;
    pid_t pid;

    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_fact_put(s, "before", 1, err));
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_checkpoint(s, true, &before, err));
    qn_store_close(&s);
    pid = fork();
    if (pid == 0)
        _exit(refused_child(*state));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(-WEXITSTATUS(status), QN_EAMBIGUOUS);
    s = open_at(*state);
    assert_int_equal(fact(s, "before"), 1);
    qn_store_close(&s);
}

static void test_reader_beside_the_writer(void **state)
{
    struct qn_store *s = open_at(*state), *reader;
    time_t start;
    int64_t v;
    int pages;

    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_fact_put(s, "x", 1, err));
    assert_ok(qn_store_commit(s, err));
    assert_ok(qn_store_open_read(&reader, scratch_path(*state, "db"), err));
    assert_ok(qn_store_fact(reader, "x", &v, err));
    assert_no(QN_EIO, "readonly", qn_store_fact_put(reader, "x", 2, err));
    assert_int_equal(sqlite3_exec(reader->db, "BEGIN; SELECT * FROM fact", NULL, NULL, NULL), 0);
    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_fact_put(s, "x", 3, err));
    assert_ok(qn_store_commit(s, err));
    start = time(NULL);
    assert_no(QN_EAGAIN, NULL, qn_store_checkpoint(s, true, &pages, err));
    assert_true(time(NULL) - start <= 3); /* at once: a turn must not wait for a reader */
    assert_int_equal(sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL), 0);
    assert_ok(qn_store_checkpoint(s, true, &pages, err));
    assert_int_equal(pages, 0);
    qn_store_close(&reader);
    qn_store_close(&s);
    assert_ok(qn_store_open_read(&reader, scratch_path(*state, "db"), err)); /* and without one */
    assert_int_equal(fact(reader, "x"), 3);
    qn_store_close(&reader);
}

static void test_edited_row_is_not_read(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_person p;

    sample_person(s, "alice");
    assert_int_equal(sqlite3_exec(s->db, "UPDATE person SET display = hex(zeroblob(500))", NULL, NULL, NULL), 0);
    assert_no(QN_ECORRUPT, NULL, qn_store_person_by_login(s, "alice", &p, err));
    assert_int_equal(p.id, 0);
    assert_int_equal(sqlite3_exec(s->db, "UPDATE person SET display = 'a' || char(0) || 'b'", NULL, NULL, NULL), 0);
    assert_no(QN_ECORRUPT, NULL, qn_store_person_by_login(s, "alice", &p, err));
    qn_store_close(&s);
}

/* The next schema, as the next version of the program would bring it: a table rebuilt, a column filled for held jobs.
 */
static const char second_sql[] =
    "CREATE TABLE fact_new (name TEXT PRIMARY KEY, value INTEGER NOT NULL, notice TEXT NOT NULL DEFAULT '') STRICT,"
    " WITHOUT ROWID;\n"
    "INSERT INTO fact_new (name, value) SELECT name, value FROM fact;\n"
    "DROP TABLE fact;\n"
    "ALTER TABLE fact_new RENAME TO fact;\n"
    "ALTER TABLE job ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0;\n"
    "UPDATE job SET leaves = length / 50 WHERE state = 2;\n"
    "PRAGMA user_version = 2;\n";

static int64_t number(struct qn_store *s, const char *sql)
{
    sqlite3_stmt *q = NULL;
    int64_t v = -1;

    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        v = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return v;
}

static void test_next_schema_keeps_held_jobs(void **state)
{
    struct qn_schema both[] = { qn_schema_files[0], { 2, "0002-next.sql", second_sql }, { 0, NULL, NULL } };
    struct qn_schema broken[] = { qn_schema_files[0], { 2, "0002-bad.sql", "DROP TABLE head; DELETE FROM person; "
                                  "PRAGMA user_version = 2" }, { 0, NULL, NULL } };
    struct qn_schema gap[] = { qn_schema_files[0], { 3, "0003-far.sql", second_sql }, { 0, NULL, NULL } };
    struct qn_schema silent[] = { qn_schema_files[0],
                                  { 2, "0002-silent.sql", "CREATE TABLE x (y)" },
                                  { 0, NULL, NULL } };
    struct qn_store *s = open_at(*state);
    struct qn_job_totals totals;
    struct qn_job j;
    int64_t owner;

    assert_ok(qn_store_begin(s, err));
    owner = sample_person(s, "alice");
    sample_shred_add(s, sample_shred, 10000);
    for (unsigned n = 1; n <= 100; n++)
        sample_hold(s, n, owner, "alice");
    assert_ok(qn_store_fact_put(s, "kept", 3, err));
    assert_ok(qn_store_commit(s, err));
    qn_store_close(&s);
    assert_no(QN_ECORRUPT, "0002-bad.sql", qn_store_open_schema(&s, scratch_path(*state, "db"), broken, err));
    assert_no(QN_EINTERNAL, "schema file 2 is missing", qn_store_open_schema(&s, scratch_path(*state, "db"), gap, err));
    assert_no(QN_EINTERNAL, "number 1", qn_store_open_schema(&s, scratch_path(*state, "db"), silent, err));
    assert_ok(qn_store_open(&s, scratch_path(*state, "db"), err)); /* nothing of these was left behind */
    assert_int_equal(number(s, "SELECT count(*) FROM head"), 0);
    qn_store_close(&s);
    assert_ok(qn_store_open_schema(&s, scratch_path(*state, "db"), both, err));
    assert_int_equal(number(s, "PRAGMA user_version"), 2);
    assert_int_equal(number(s, "SELECT sum(leaves) FROM job"), 200);
    assert_int_equal(number(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(s, "SELECT value FROM fact WHERE name = 'kept'"), 3);
    assert_ok(qn_store_job_totals(s, "alice", &totals, err));
    assert_int_equal(totals.jobs, 100);
    assert_int_equal(totals.bytes, 10000);
    assert_ok(qn_store_begin(s, err));
    assert_ok(qn_store_job(s, sample_job(50, 0, "").id, &j, err));
    assert_ok(qn_store_job_claim(s, &j, "00112233445566778899aabbccddeeff", 0, 0, err));
    assert_ok(qn_store_commit(s, err));
    qn_store_close(&s);
    assert_no(QN_ECORRUPT, "newer",
              qn_store_open(&s, scratch_path(*state, "db"), err)); /* and this program is now too old */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_open_sets_what_durability_needs), SCRATCH_TEST(test_strange_files_are_refused),
        SCRATCH_TEST(test_damaged_page_is_found_at_open), SCRATCH_TEST(test_turn_and_savepoints),
        SCRATCH_TEST(test_dead_transaction_is_noticed), SCRATCH_TEST(test_killed_process_leaves_what_it_committed),
        SCRATCH_TEST(test_failing_commit_is_ambiguous), SCRATCH_TEST(test_reader_beside_the_writer),
        SCRATCH_TEST(test_edited_row_is_not_read), SCRATCH_TEST(test_next_schema_keeps_held_jobs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
