/* The database as a file, its transactions, and everything in it but jobs. */
#include "config.h"

#include "tests/unit/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
    static const char *const said[] = { "not a database of Quoin", "not a database of Quoin", "newer than the program" };
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

/* A process whose files may not grow any more: the write at the commit fails, and nobody can say how much of it is there. */
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
    assert_no(QN_EAGAIN, NULL, qn_store_checkpoint(s, true, &pages, err)); /* at once, not after a wait */
    assert_int_equal(sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL), 0);
    assert_ok(qn_store_checkpoint(s, true, &pages, err));
    assert_int_equal(pages, 0);
    qn_store_close(&reader);
    qn_store_close(&s);
    assert_ok(qn_store_open_read(&reader, scratch_path(*state, "db"), err)); /* and without one */
    assert_int_equal(fact(reader, "x"), 3);
    qn_store_close(&reader);
}

static void test_person_is_its_directory_id(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_person p, other = { .checked = 9 };
    int64_t alice = sample_person(s, "alice");

    assert_int_equal(sample_person(s, "alice"), alice);
    strcpy(other.dir_id, "new-id");
    strcpy(other.login, "alice"); /* the name has a new holder */
    assert_ok(qn_store_person_seen(s, &other, err));
    assert_int_not_equal(other.id, alice);
    assert_ok(qn_store_person_by_login(s, "alice", &p, err));
    assert_int_equal(p.id, other.id);
    assert_ok(qn_store_person(s, alice, &p, err));
    assert_string_equal(p.login, "");
    assert_string_equal(p.display, "The one called alice");
    assert_string_equal(p.roles, "user");
    assert_string_equal(p.status, "active");
    assert_int_equal(p.checked, 5);
    assert_no(QN_ENOTFOUND, NULL, qn_store_person_by_login(s, "Alice", &p, err));
    assert_int_equal(p.id, 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_person(s, 99, &p, err));
    other.dir_id[0] = '\0';
    assert_no(QN_EINVAL, NULL, qn_store_person_seen(s, &other, err));
    qn_store_close(&s);
}

static void test_badges_and_pins(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice"), bob = sample_person(s, "bob"), who;
    uint8_t mac[32] = { 1 }, none[32] = { 2 };
    struct qn_pin pin = { .salt = "0123456789abcde", .cost = 16384 }, got;

    assert_ok(qn_store_badge_add(s, mac, alice, 1, err));
    assert_ok(qn_store_badge_add(s, mac, alice, 2, err));
    assert_no(QN_ECONFLICT, "somebody else", qn_store_badge_add(s, mac, bob, 3, err));
    assert_ok(qn_store_badge_person(s, mac, &who, err));
    assert_int_equal(who, alice);
    assert_no(QN_ENOTFOUND, NULL, qn_store_badge_person(s, none, &who, err));
    assert_no(QN_EINVAL, NULL, qn_store_badge_add(s, none, 99, 3, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_pin(s, alice, &got, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_pin_count(s, alice, 1, 2, false, err));
    memset(pin.wrapped, 7, sizeof pin.wrapped);
    assert_ok(qn_store_pin_set(s, alice, &pin, err));
    assert_ok(qn_store_pin_count(s, alice, 10, 123456789012345, true, err));
    assert_ok(qn_store_pin(s, alice, &got, err));
    assert_memory_equal(got.salt, pin.salt, sizeof pin.salt);
    assert_memory_equal(got.wrapped, pin.wrapped, sizeof pin.wrapped);
    assert_int_equal(got.failures, 10);
    assert_int_equal(got.until, 123456789012345);
    assert_true(got.locked);
    assert_ok(qn_store_pin_set(s, alice, &pin, err)); /* a new PIN starts afresh */
    assert_ok(qn_store_pin(s, alice, &got, err));
    assert_int_equal(got.failures, 0);
    assert_false(got.locked);
    qn_store_close(&s);
}

static void test_throttles_forget_after_a_day(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_throttle t = { 3, 50, 40 }, late = { 1, 0, 40 + 86400000 }, later = { 1, 0, 100 + 86400000 }, got;

    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 0);
    assert_ok(qn_store_throttle_set(s, "terminal:a", &t, err));
    assert_ok(qn_store_throttle_set(s, "terminal:b", &late, err));
    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 3);
    assert_int_equal(got.until, 50);
    assert_int_equal(got.last, 40);
    assert_ok(qn_store_throttle_set(s, "terminal:c", &later, err));
    assert_ok(qn_store_throttle(s, "terminal:a", &got, err));
    assert_int_equal(got.failures, 0);
    assert_ok(qn_store_throttle(s, "terminal:b", &got, err));
    assert_int_equal(got.failures, 1);
    qn_store_close(&s);
}

static struct qn_session session(uint8_t first, int64_t person, int64_t terminal, int kind, int64_t used)
{
    struct qn_session it = { .hash = { first }, .person = person, .terminal = terminal, .kind = kind, .created = 1, .used = used };

    strcpy(it.method, "badge-pin");
    strcpy(it.roles, "user auditor");
    return it;
}

static int64_t terminal(struct qn_store *s, const char *name, const uint8_t code[32])
{
    struct qn_device d = { .ceiling = 2 };
    struct qn_terminal t = { .code_until = 100 };

    strcpy(d.name, "printer");
    strcpy(d.uri, "ipps://printer/ipp/print");
    assert_ok(qn_store_device_put(s, &d, err));
    assert_ok(qn_store_device_by_name(s, "printer", &d, err));
    t.device = d.id;
    snprintf(t.name, sizeof t.name, "%s", name);
    memcpy(t.code, code, sizeof t.code);
    assert_ok(qn_store_terminal_put(s, &t, err));
    return t.device;
}

static void test_sessions_end(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice"), bob = sample_person(s, "bob"), count;
    struct qn_session a = session(1, alice, 1, QN_SESSION_KIOSK, 10), b = session(2, alice, 0, QN_SESSION_PORTAL, 20), got;
    struct qn_session c = session(3, bob, 1, QN_SESSION_KIOSK, 30);
    uint8_t code[32] = { 9 };

    terminal(s, "t", code);
    assert_ok(qn_store_session_add(s, &a, err));
    assert_ok(qn_store_session_add(s, &b, err));
    assert_ok(qn_store_session_add(s, &c, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_session_add(s, &a, err));
    assert_ok(qn_store_session(s, a.hash, &got, err));
    assert_memory_equal(&got, &a, sizeof got);
    assert_ok(qn_store_session_touch(s, b.hash, 25, err));
    assert_ok(qn_store_session_end_person(s, alice, 1, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_session(s, a.hash, &got, err));
    assert_int_equal(got.person, 0);
    assert_no(QN_ENOTFOUND, NULL, qn_store_session_touch(s, a.hash, 1, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_session_end(s, a.hash, err));
    assert_ok(qn_store_session(s, b.hash, &got, err));
    assert_int_equal(got.used, 25);
    assert_int_equal(got.terminal, 0);
    assert_ok(qn_store_session_sweep(s, 30, 25, &count, err));
    assert_int_equal(count, 0);
    assert_ok(qn_store_session_sweep(s, 30, 26, &count, err));
    assert_int_equal(count, 1);
    assert_ok(qn_store_session_sweep(s, 31, 26, &count, err));
    assert_int_equal(count, 1);
    assert_ok(qn_store_session_add(s, &b, err));
    assert_ok(qn_store_session_end_person(s, alice, 0, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_session(s, b.hash, &got, err));
    assert_ok(qn_store_session_add(s, &b, err));
    assert_ok(qn_store_session_end(s, b.hash, err));
    qn_store_close(&s);
}

static void test_terminal_enrols_exactly_once(void **state)
{
    struct qn_store *s = open_at(*state);
    uint8_t code[32] = { 9 }, token[32] = { 8 }, none[32] = { 0 };
    struct qn_terminal t;

    terminal(s, "lobby", code);
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, none, &t, err)); /* no token is nobody's token */
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, token, token, 50, &t, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, code, token, 100, &t, err)); /* too late */
    assert_no(QN_EINVAL, NULL, qn_store_terminal_enrol(s, code, none, 99, &t, err));
    assert_ok(qn_store_terminal_enrol(s, code, token, 99, &t, err));
    assert_string_equal(t.name, "lobby");
    assert_string_equal(t.state, "enrolled");
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_enrol(s, code, token, 99, &t, err)); /* used */
    assert_ok(qn_store_terminal_by_token(s, token, &t, err));
    assert_memory_equal(t.token, token, 32);
    assert_memory_equal(t.code, none, 32);
    assert_ok(qn_store_terminal(s, t.id, &t, err));
    terminal(s, "lobby", code); /* asked for again: the old credential dies */
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, token, &t, err));
    assert_ok(qn_store_terminal_enrol(s, code, token, 99, &t, err));
    assert_ok(qn_store_terminal_revoke(s, "lobby", err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_by_token(s, token, &t, err));
    assert_ok(qn_store_terminal(s, 1, &t, err));
    assert_string_equal(t.state, "revoked");
    assert_no(QN_ENOTFOUND, NULL, qn_store_terminal_revoke(s, "hall", err));
    qn_store_close(&s);
}

static int names(void *ctx, const struct qn_device *d)
{
    strcat(ctx, d->name);
    return strlen(ctx) > 8;
}

static int terminal_names(void *ctx, const struct qn_terminal *t)
{
    strcat(ctx, t->name);
    return 0;
}

static void test_devices_and_queues(void **state)
{
    struct qn_store *s = open_at(*state);
    struct qn_device d = { .ceiling = 1 }, got;
    uint8_t code[32] = { 9 }, code2[32] = { 7 };
    char said[200] = "";
    int class_;

    strcpy(d.name, "b");
    strcpy(d.uri, "ipp://one/");
    strcpy(d.location, "first floor");
    strcpy(d.ca, "/etc/ca");
    strcpy(d.pin, "00ff");
    assert_ok(qn_store_device_put(s, &d, err));
    d.ceiling = 3;
    assert_ok(qn_store_device_put(s, &d, err));
    assert_ok(qn_store_device_by_name(s, "b", &got, err));
    d.id = got.id;
    assert_memory_equal(&got, &d, sizeof d);
    assert_ok(qn_store_device(s, d.id, &got, err));
    assert_int_equal(got.ceiling, 3);
    assert_no(QN_ENOTFOUND, NULL, qn_store_device(s, 77, &got, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_device_by_name(s, "c", &got, err));
    strcpy(d.name, "zzz");
    assert_ok(qn_store_device_put(s, &d, err));
    terminal(s, "t2", code);
    terminal(s, "t1", code2);
    assert_ok(qn_store_device_each(s, names, said, err));
    assert_string_equal(said, "bprinterzzz");
    said[0] = '\0';
    strcat(said, "12345678");
    assert_ok(qn_store_device_each(s, names, said, err));
    assert_string_equal(said, "12345678b");
    said[0] = '\0';
    assert_ok(qn_store_terminal_each(s, terminal_names, said, err));
    assert_string_equal(said, "t1t2");
    assert_no(QN_ENOTFOUND, NULL, qn_store_queue_class(s, "secure", &class_, err));
    assert_ok(qn_store_queue_put(s, "secure", 2, err));
    assert_ok(qn_store_queue_put(s, "secure", 3, err));
    assert_ok(qn_store_queue_class(s, "secure", &class_, err));
    assert_int_equal(class_, 3);
    qn_store_close(&s);
}

static void test_idempotent_answers(void **state)
{
    struct qn_store *s = open_at(*state);
    int64_t alice = sample_person(s, "alice");
    char *answer;

    assert_no(QN_ENOTFOUND, NULL, qn_store_idem(s, alice, "k", &answer, err));
    assert_null(answer);
    assert_ok(qn_store_idem_put(s, alice, "k", "{\"ok\":1}", 10, err));
    assert_no(QN_ECONFLICT, NULL, qn_store_idem_put(s, alice, "k", "{}", 11, err));
    assert_ok(qn_store_idem(s, alice, "k", &answer, err));
    assert_string_equal(answer, "{\"ok\":1}");
    free(answer);
    assert_ok(qn_store_idem_sweep(s, 10, err));
    assert_ok(qn_store_idem(s, alice, "k", &answer, err));
    free(answer);
    assert_ok(qn_store_idem_sweep(s, 11, err));
    assert_no(QN_ENOTFOUND, NULL, qn_store_idem(s, alice, "k", &answer, err));
    qn_store_close(&s);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_open_sets_what_durability_needs), SCRATCH_TEST(test_strange_files_are_refused),
        SCRATCH_TEST(test_damaged_page_is_found_at_open), SCRATCH_TEST(test_turn_and_savepoints),
        SCRATCH_TEST(test_dead_transaction_is_noticed), SCRATCH_TEST(test_killed_process_leaves_what_it_committed),
        SCRATCH_TEST(test_failing_commit_is_ambiguous), SCRATCH_TEST(test_reader_beside_the_writer),
        SCRATCH_TEST(test_person_is_its_directory_id), SCRATCH_TEST(test_badges_and_pins),
        SCRATCH_TEST(test_throttles_forget_after_a_day), SCRATCH_TEST(test_sessions_end),
        SCRATCH_TEST(test_terminal_enrols_exactly_once), SCRATCH_TEST(test_devices_and_queues),
        SCRATCH_TEST(test_idempotent_answers), SCRATCH_TEST(test_edited_row_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
