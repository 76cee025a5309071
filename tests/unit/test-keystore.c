#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "server/keystore-private.h"
#include "server/keystore.h"

static struct qn_err err;
static char dir[64];
static const char *const pair[] = { "shred:1:100", "shred:2:100" };

/* Valid until the next call but one. */
static const char *path_of(const char *name)
{
    static char path[2][128];
    static unsigned next;
    char *p = path[next++ % 2];

    snprintf(p, sizeof path[0], "%s/keys/%s", dir, name);
    return p;
}

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/qn-keystore-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = { "root", "keystore", "root.new", "keystore.new", "saved", "other" };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(names); i++)
        unlink(path_of(names[i]));
    rmdir(path_of(""));
    return rmdir(dir);
}

static struct qn_keystore *opened(void)
{
    struct qn_keystore *k;

    assert_works(qn_keystore_open(&k, dir, 1, &err));
    return k;
}

static void assert_not_opened(int code, const char *words)
{
    struct qn_keystore *k;

    assert_fails(qn_keystore_open(&k, dir, 1, &err), code, words);
    assert_null(k);
}

static void file_edit(const char *name, off_t at, const void *p, size_t n)
{
    int fd = open(path_of(name), O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, p, n, at), (ssize_t)n);
    close(fd);
}

static uint8_t *file_read(size_t *n)
{
    uint8_t *all = malloc(2 * KEYSTORE_SLOT);
    int fd = open(path_of("keystore"), O_RDONLY);

    assert_non_null(all);
    *n = (size_t)read(fd, all, 2 * KEYSTORE_SLOT);
    close(fd);
    return all;
}

/* Wipes the first bytes of the slot that holds the generation g, as a torn write would leave it. */
static void slot_tear(uint64_t g, size_t n)
{
    static const uint8_t junk[4096] = { 0xa5 };
    size_t size;
    uint8_t *all = file_read(&size);

    for (int slot = 0; slot < 2; slot++)
        if (qn_get64(all + slot * KEYSTORE_SLOT + 8) == g)
            file_edit("keystore", slot * KEYSTORE_SLOT, junk, n);
    free(all);
}

static void test_first_use_makes_the_long_lived_keys(void **state)
{
    static const char *const names[] = { "pepper", "badge", "audit", "export", "terminal-ca" };
    struct qn_keystore *k;
    uint8_t before[QN_COUNT(names)][32];
    struct stat st;

    (void)state;
    assert_fails(qn_keystore_open(&k, dir, 0, &err), QN_ENOTFOUND, "there is no");
    k = opened();
    for (size_t i = 0; i < QN_COUNT(names); i++)
        memcpy(before[i], qn_keystore_get(k, names[i]), 32);
    assert_memory_not_equal(before[0], before[1], 32);
    assert_null(qn_keystore_get(k, "shred:1:100"));
    assert_null(qn_keystore_get(k, ""));
    qn_keystore_free(&k);
    assert_null(k);
    k = opened();
    for (size_t i = 0; i < QN_COUNT(names); i++)
        assert_memory_equal(before[i], qn_keystore_get(k, names[i]), 32);
    assert_int_equal(qn_keystore_generation(k), 1);
    qn_keystore_free(&k);
    assert_int_equal(stat(path_of(""), &st) | (int)(st.st_mode & 07777), 0700);
    assert_int_equal(stat(path_of("root"), &st) | (int)(st.st_mode & 07777), 0600);
    assert_int_equal(st.st_size, 48);
    assert_int_equal(stat(path_of("keystore"), &st) | (int)(st.st_mode & 07777), 0600);
    assert_int_equal(st.st_size, 2 * KEYSTORE_SLOT);
}

static void test_made_keys_stay_until_destroyed(void **state)
{
    struct qn_keystore *k = opened();
    const uint8_t *pepper = qn_keystore_get(k, "pepper"), *first;
    uint8_t one[32];

    (void)state;
    assert_works(qn_keystore_make(k, pair, 1, &err));
    first = qn_keystore_get(k, pair[0]);
    memcpy(one, first, 32);
    assert_works(qn_keystore_make(k, pair, 2, &err));
    assert_int_equal(qn_keystore_generation(k), 3);
    assert_works(qn_keystore_make(k, pair, 2, &err)); /* nothing new: nothing written */
    assert_int_equal(qn_keystore_generation(k), 3);
    assert_ptr_equal(qn_keystore_get(k, pair[0]), first);
    assert_ptr_equal(qn_keystore_get(k, "pepper"), pepper);
    qn_keystore_free(&k);
    k = opened();
    assert_int_equal(qn_keystore_generation(k), 3);
    assert_memory_equal(qn_keystore_get(k, pair[0]), one, 32);
    assert_non_null(qn_keystore_get(k, pair[1]));
    assert_works(qn_keystore_destroy(k, pair, 1, &err));
    assert_null(qn_keystore_get(k, pair[0]));
    assert_non_null(qn_keystore_get(k, pair[1]));
    assert_works(qn_keystore_destroy(k, pair, 1, &err)); /* once more, as after a crash */
    assert_int_equal(qn_keystore_generation(k), 7);
    qn_keystore_free(&k);
    k = opened();
    assert_null(qn_keystore_get(k, pair[0]));
    assert_non_null(qn_keystore_get(k, pair[1]));
    qn_keystore_free(&k);
}

static void test_long_lived_keys_are_not_destroyed(void **state)
{
    static const char *const ids[] = { "shred:1:100", "pepper" };
    struct qn_keystore *k = opened();

    (void)state;
    assert_works(qn_keystore_make(k, pair, 1, &err));
    assert_fails(qn_keystore_destroy(k, ids, 2, &err), QN_EDENIED, "pepper is not a shred key");
    assert_non_null(qn_keystore_get(k, pair[0]));
    qn_keystore_free(&k);
}

/* With the root in hand, neither slot gives a destroyed key, and the file of before would have. */
static void test_no_slot_holds_a_destroyed_key(void **state)
{
    struct keystore_file f;
    struct keystore_set set;
    uint64_t generation;
    struct qn_keystore *k = opened();
    size_t size;
    uint8_t *saved;

    (void)state;
    assert_works(qn_keystore_make(k, pair, 1, &err));
    assert_works(qn_keystore_make(k, pair, 2, &err));
    saved = file_read(&size);
    assert_works(qn_keystore_destroy(k, pair, 1, &err));
    qn_keystore_free(&k);
    assert_works(keystore_file_open(&f, dir, 0, &err));
    for (int slot = 0; slot < 2; slot++) {
        assert_works(keystore_slot_read(&f, slot, &generation, &set, &err));
        assert_true(generation > 3);
        assert_null(keystore_set_find(&set, pair[0]));
        assert_non_null(keystore_set_find(&set, pair[1]));
        assert_non_null(keystore_set_find(&set, "audit"));
        keystore_set_free(&set);
    }
    file_edit("keystore", 0, saved, size); /* the test can tell the difference */
    assert_works(keystore_slot_read(&f, 1, &generation, &set, &err));
    assert_non_null(keystore_set_find(&set, pair[0]));
    keystore_set_free(&set);
    keystore_file_close(&f);
    free(saved);
}

static void test_a_torn_slot_leaves_the_other_generation(void **state)
{
    static const size_t torn[] = { 1, 8, 31, 33, 91, 92, 104, 105, 200, 4096 };

    (void)state;
    for (size_t i = 0; i < QN_COUNT(torn); i++) {
        struct qn_keystore *k = opened();
        uint64_t g = qn_keystore_generation(k);
        char name[32];
        const char *id = name;

        snprintf(name, sizeof name, "shred:9:%zu", i);
        assert_works(qn_keystore_make(k, &id, 1, &err));
        qn_keystore_free(&k);
        slot_tear(g + 1, torn[i]);
        k = opened();
        assert_int_equal(qn_keystore_generation(k), g);
        assert_null(qn_keystore_get(k, name));
        assert_non_null(qn_keystore_get(k, "pepper"));
        assert_works(qn_keystore_make(k, &id, 1, &err));
        qn_keystore_free(&k);
    }
}

static void test_each_flip_in_a_slot_is_found(void **state)
{
    struct qn_keystore *k = opened();
    struct keystore_file f;
    struct keystore_set set;
    uint64_t generation;
    size_t size;
    uint8_t *all;

    (void)state;
    qn_keystore_free(&k);
    all = file_read(&size);
    assert_int_equal(size, 2 * KEYSTORE_SLOT);
    assert_works(keystore_file_open(&f, dir, 0, &err));
    for (size_t at = 0; at < 104 + qn_get32(all + 16) + 16; at++) {
        uint8_t bad = (uint8_t)(all[at] ^ 0x10);

        file_edit("keystore", (off_t)at, &bad, 1);
        assert_fails(keystore_slot_read(&f, 0, &generation, &set, &err), QN_ECORRUPT, "slot 0 of the keystore does not open");
        assert_int_equal(set.n, 0);
        file_edit("keystore", (off_t)at, &all[at], 1);
    }
    assert_works(keystore_slot_read(&f, 0, &generation, &set, &err));
    keystore_set_free(&set);
    keystore_file_close(&f);
    free(all);
}

static void test_damage_is_told_and_nothing_is_replaced(void **state)
{
    struct qn_keystore *k = opened();

    (void)state;
    qn_keystore_free(&k);
    assert_int_equal(rename(path_of("root"), path_of("saved")), 0);
    assert_not_opened(QN_ECORRUPT, "keys/root is gone");
    assert_int_equal(rename(path_of("saved"), path_of("root")), 0);
    slot_tear(1, 100);
    assert_not_opened(QN_ECORRUPT, "neither slot of the keystore opens");
    assert_int_equal(truncate(path_of("keystore"), 1000), 0);
    assert_not_opened(QN_ECORRUPT, "not a file of 1048576 bytes");
}

static void test_a_bad_root_is_refused(void **state)
{
    struct qn_keystore *k = opened();

    (void)state;
    qn_keystore_free(&k);
    file_edit("root", 9, "\2", 1);
    assert_not_opened(QN_ECORRUPT, "not a root of version 1");
    file_edit("root", 9, "\1", 1);
    file_edit("root", 20, "junk", 4);
    assert_not_opened(QN_ECORRUPT, "wrong root");
    assert_int_equal(truncate(path_of("root"), 47), 0);
    assert_not_opened(QN_ECORRUPT, "keys/root is not a file of 48 bytes");
}

static void test_files_open_to_others_are_refused(void **state)
{
    static const struct { const char *name; mode_t mode, good; const char *words; } tries[] = {
        { "root", 0640, 0600, "root is open to others (mode 0640): chmod 600" },
        { "keystore", 0604, 0600, "keystore is open to others (mode 0604): chmod 600" },
        { "", 0710, 0700, "keys is open to others (mode 0710): chmod 700" },
    };
    struct qn_keystore *k = opened();

    (void)state;
    qn_keystore_free(&k);
    for (size_t i = 0; i < QN_COUNT(tries); i++) {
        assert_int_equal(chmod(path_of(tries[i].name), tries[i].mode), 0);
        assert_not_opened(QN_EDENIED, tries[i].words);
        assert_int_equal(chmod(path_of(tries[i].name), tries[i].good), 0);
    }
    if (geteuid() == 0) {
        assert_int_equal(chown(path_of("root"), 12345, 0), 0);
        assert_not_opened(QN_EDENIED, "root belongs to user 12345");
        assert_int_equal(chown(path_of("root"), 0, 0), 0);
    }
    assert_int_equal(link(path_of("root"), "/tmp/qn-keystore-link"), 0);
    assert_not_opened(QN_ECORRUPT, "with one name");
    unlink("/tmp/qn-keystore-link");
    assert_int_equal(symlink("/etc/passwd", path_of("other")), 0);
    assert_int_equal(rename(path_of("other"), path_of("root")), 0);
    assert_not_opened(QN_EIO, "can't open keys/root");
}

static void test_a_second_process_is_refused(void **state)
{
    struct qn_keystore *k = opened();

    (void)state;
    assert_not_opened(QN_ECONFLICT, "another process uses");
    qn_keystore_free(&k);
    k = opened();
    qn_keystore_free(&k);
}

/* What a crash in the middle of the first start can leave. */
static void test_a_first_start_can_be_repeated(void **state)
{
    struct qn_keystore *k;
    int fd;

    (void)state;
    assert_int_equal(mkdir(path_of(""), 0700), 0);
    fd = open(path_of("root.new"), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "QUOIN", 5), 5);
    close(fd);
    k = opened();
    qn_keystore_free(&k);
    assert_int_equal(rename(path_of("keystore"), path_of("keystore.new")), 0); /* root is there, the rest isn't */
    k = opened();
    assert_non_null(qn_keystore_get(k, "pepper"));
    qn_keystore_free(&k);
}

static void test_a_failed_write_changes_nothing(void **state)
{
    struct rlimit none = { 0, RLIM_INFINITY }, old;
    struct qn_keystore *k = opened();
    uint8_t one[32];

    (void)state;
    assert_works(qn_keystore_make(k, pair, 1, &err));
    memcpy(one, qn_keystore_get(k, pair[0]), 32);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    setrlimit(RLIMIT_FSIZE, &none);
    assert_fails(qn_keystore_make(k, pair, 2, &err), QN_EIO, "can't write keys");
    assert_fails(qn_keystore_destroy(k, pair, 1, &err), QN_EIO, "can't write keys");
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(qn_keystore_generation(k), 2);
    assert_null(qn_keystore_get(k, pair[1]));
    assert_memory_equal(qn_keystore_get(k, pair[0]), one, 32);
    assert_works(qn_keystore_destroy(k, pair, 1, &err));
    assert_null(qn_keystore_get(k, pair[0]));
    qn_keystore_free(&k);
}

static void test_names_and_room_are_checked(void **state)
{
    static const char *const bad[] = { "", "shred 1", "sh\xc3\xa9", "line\nfeed",
                                       "0123456789012345678901234567890123456789012345678901234567890123" };
    static char name[6000][32];
    static const char *ids[6000];
    struct qn_keystore *k = opened();

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++)
        assert_fails(qn_keystore_make(k, &bad[i], 1, &err), QN_EINVAL, "is no name for a key");
    for (unsigned i = 0; i < 6000; i++) {
        snprintf(name[i], sizeof name[i], "shred:%025u", i);
        ids[i] = name[i];
    }
    assert_works(qn_keystore_make(k, ids, 2000, &err));
    qn_keystore_free(&k);
    k = opened();
    for (unsigned i = 0; i < 2000; i++)
        assert_non_null(qn_keystore_get(k, ids[i]));
    assert_int_equal(qn_keystore_generation(k), 2);
    qn_keystore_free(&k);
}

static void test_more_than_a_slot_holds_is_refused(void **state)
{
    static char name[9000][64];
    static const char *ids[9000];
    struct qn_keystore *k = opened();

    (void)state;
    for (unsigned i = 0; i < 9000; i++) {
        snprintf(name[i], sizeof name[i], "shred:%053u", i);
        ids[i] = name[i];
    }
    assert_fails(qn_keystore_make(k, ids, 9000, &err), QN_EFULL, "do not fit the keystore");
    assert_int_equal(qn_keystore_generation(k), 1);
    assert_null(qn_keystore_get(k, ids[0]));
    qn_keystore_free(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_use_makes_the_long_lived_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_made_keys_stay_until_destroyed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_lived_keys_are_not_destroyed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_slot_holds_a_destroyed_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_torn_slot_leaves_the_other_generation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_flip_in_a_slot_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_told_and_nothing_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_bad_root_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_open_to_others_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_second_process_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_first_start_can_be_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failed_write_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_and_room_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_a_slot_holds_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
