#include "config.h"

#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "server/spool.h"

static struct qn_err err;
static char dir[64], job[QN_UUID_TEXT];
static struct qn_spool *s;

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/qn-spool-XXXXXX");
    qn_uuid_make(job, qn_clock_wall());
    return mkdtemp(dir) && qn_spool_open(&s, dir, &err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    qn_spool_close(&s);
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

static const char *path_of(const char *id)
{
    static char path[160];

    snprintf(path, sizeof path, "%s/spool/%.7s/%s.quoin", dir, id, id);
    return path;
}

static bool there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

/* A job of `text`, received and linked. */
static void job_put(const char *id, const char *text)
{
    int w, r;

    assert_works(qn_spool_new(s, id, &w, &r, &err));
    assert_int_equal(write(w, text, strlen(text)), (ssize_t)strlen(text));
    close(w);
    assert_works(qn_spool_quiet(r, &err));
    assert_works(qn_spool_link(s, id, r, &err));
    close(r);
}

static void test_a_job_is_named_only_when_linked(void **state)
{
    char text[8] = "";
    struct stat st;
    int w, r, fd;

    (void)state;
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    assert_int_equal(write(w, "sealed", 6), 6);
    assert_int_equal(pread(w, text, 6, 0), -1); /* intake writes; it never reads back */
    assert_int_equal(write(r, "x", 1), -1);
    assert_false(there(path_of(job)));
    assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ENOTFOUND, "no file of job");
    assert_int_equal(fd, -1);
    close(w);
    assert_works(qn_spool_quiet(r, &err));
    assert_works(qn_spool_link(s, job, r, &err));
    assert_works(qn_spool_sync(s, &err));
    assert_int_equal(lstat(path_of(job), &st) | (int)(st.st_mode & 07777), 0600);
    assert_works(qn_spool_open_job(s, job, &fd, &err));
    assert_int_equal(read(fd, text, 6), 6);
    assert_string_equal(text, "sealed");
    close(fd);
    close(r);
}

static void test_a_job_never_linked_leaves_nothing(void **state)
{
    char folder[128];
    int w, r;

    (void)state;
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    close(w);
    close(r);
    snprintf(folder, sizeof folder, "%s/spool/%.7s", dir, job);
    assert_int_equal(rmdir(folder), 0); /* empty */
}

static void test_a_writer_left_is_found(void **state)
{
    int w, r, again;
    char path[64];
    void *map;

    (void)state;
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    assert_int_equal(ftruncate(w, 4096), 0);
    assert_fails(qn_spool_quiet(r, &err), QN_ECONFLICT, "can still write");
    again = dup(w);
    close(w);
    assert_fails(qn_spool_quiet(r, &err), QN_ECONFLICT, "can still write");
    close(again);
    assert_works(qn_spool_quiet(r, &err));
    assert_works(qn_spool_quiet(r, &err)); /* the lease was given back */
    snprintf(path, sizeof path, "/proc/self/fd/%d", r);
    w = open(path, O_RDWR);
    map = mmap(NULL, 4096, PROT_WRITE | PROT_READ, MAP_SHARED, w, 0);
    close(w);
    assert_fails(qn_spool_quiet(r, &err), QN_ECONFLICT, "can still write"); /* mapped memory writes too */
    munmap(map, 4096);
    assert_works(qn_spool_quiet(r, &err));
    close(r);
}

static void test_a_job_is_linked_once(void **state)
{
    int w, r;

    (void)state;
    job_put(job, "first");
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    close(w);
    assert_fails(qn_spool_link(s, job, r, &err), QN_ECONFLICT, "has a file of job");
    close(r);
}

static void test_what_is_not_our_file_is_refused(void **state)
{
    char other[200];
    int fd;

    (void)state;
    job_put(job, "x");
    snprintf(other, sizeof other, "%s/other", dir);
    assert_int_equal(link(path_of(job), other), 0);
    assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ECORRUPT, "with one name");
    unlink(other);
    assert_works(qn_spool_open_job(s, job, &fd, &err));
    close(fd);
    assert_int_equal(rename(path_of(job), other), 0);
    assert_int_equal(symlink(other, path_of(job)), 0);
    assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ECORRUPT, "symbolic link");
    unlink(path_of(job));
    assert_int_equal(mkfifo(path_of(job), 0600), 0);
    assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ECORRUPT, "not a regular file");
    unlink(path_of(job));
    assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ENOTFOUND, "no file of job");
    if (geteuid() == 0) {
        assert_int_equal(rename(other, path_of(job)), 0);
        assert_int_equal(chown(path_of(job), 12345, 0), 0);
        assert_fails(qn_spool_open_job(s, job, &fd, &err), QN_ECORRUPT, "of ours");
    }
}

static void test_names_that_are_no_job_are_refused(void **state)
{
    static const char *const bad[] = { "", "../../../etc/passwd", "0193b0a1-c2d3-4e4f-8a5b-6c7d8e9fa0b1",
                                       "0193B0A1-C2D3-7E4F-8A5B-6C7D8E9FA0B1", "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b1/" };
    int w, r;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(bad); i++) {
        assert_fails(qn_spool_new(s, bad[i], &w, &r, &err), QN_EINVAL, "is not a job's id");
        assert_fails(qn_spool_open_job(s, bad[i], &r, &err), QN_EINVAL, "is not a job's id");
        assert_fails(qn_spool_unlink(s, bad[i], &err), QN_EINVAL, "is not a job's id");
    }
}

static void test_unlink_takes_past_folders_with_it(void **state)
{
    char old[2][QN_UUID_TEXT], folder[128];

    (void)state;
    assert_works(qn_spool_unlink(s, job, &err)); /* missing is fine */
    job_put(job, "now");
    assert_works(qn_spool_unlink(s, job, &err));
    assert_false(there(path_of(job)));
    snprintf(folder, sizeof folder, "%s/spool/%.7s", dir, job);
    assert_true(there(folder)); /* jobs may still come into it */
    for (int i = 0; i < 2; i++) {
        qn_uuid_make(old[i], qn_clock_wall() - 86400000);
        job_put(old[i], "old");
    }
    snprintf(folder, sizeof folder, "%s/spool/%.7s", dir, old[0]);
    assert_works(qn_spool_unlink(s, old[0], &err));
    assert_true(there(folder));
    assert_works(qn_spool_unlink(s, old[1], &err));
    assert_false(there(folder));
    assert_works(qn_spool_unlink(s, old[1], &err));
    job_put(old[0], "again"); /* and it comes back when needed */
    assert_true(there(path_of(old[0])));
}

static void test_a_folder_that_goes_while_a_job_arrives(void **state)
{
    char folder[128];
    int w, r;

    (void)state;
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    close(w);
    snprintf(folder, sizeof folder, "%s/spool/%.7s", dir, job);
    assert_int_equal(rmdir(folder), 0);
    assert_works(qn_spool_link(s, job, r, &err));
    assert_true(there(path_of(job)));
    close(r);
    unlink(path_of(job));
    assert_int_equal(rmdir(folder), 0);
    assert_works(qn_spool_new(s, job, &w, &r, &err));
    close(w);
    close(r);
}

static void test_many_folders_at_once(void **state)
{
    char id[20][QN_UUID_TEXT];
    int fd;

    (void)state;
    for (int i = 0; i < 20; i++) {
        qn_uuid_make(id[i], qn_clock_wall() + (int64_t)i * (1 << 20));
        job_put(id[i], "x");
    }
    assert_works(qn_spool_sync(s, &err));
    for (int i = 0; i < 20; i++) {
        assert_works(qn_spool_open_job(s, id[i], &fd, &err));
        close(fd);
    }
}

static char kept[QN_UUID_TEXT];
static int asked;

static int keep_one(void *ctx, const char *id)
{
    (void)ctx;
    asked++;
    return strcmp(id, kept) == 0;
}

static int keep_unsure(void *ctx, const char *id)
{
    (void)ctx;
    (void)id;
    return QN_EIO;
}

static void test_sweep_removes_what_has_no_row(void **state)
{
    char id[4][QN_UUID_TEXT], stray[200];
    int fd;

    (void)state;
    for (int i = 0; i < 4; i++) {
        qn_uuid_make(id[i], qn_clock_wall() - (i == 3 ? 10 : 0) * (int64_t)(1 << 20));
        job_put(id[i], "x");
    }
    strcpy(kept, id[1]);
    snprintf(stray, sizeof stray, "%s/spool/%.7s/notes.txt", dir, id[0]);
    fd = open(stray, O_WRONLY | O_CREAT, 0600);
    close(fd);
    assert_fails(qn_spool_sweep(s, 2, keep_unsure, NULL, &err), QN_EIO, "can't tell whether");
    assert_true(there(path_of(id[0])));
    asked = 0;
    assert_int_equal(qn_spool_sweep(s, 1, keep_one, NULL, &err), 2);
    assert_int_equal(asked, 3); /* the older folder was not asked about */
    assert_true(there(path_of(id[1])));
    assert_true(there(path_of(id[3])));
    assert_true(there(stray));
    assert_false(there(path_of(id[0])));
    assert_int_equal(qn_spool_sweep(s, 100, keep_one, NULL, &err), 1);
    assert_false(there(path_of(id[3])));
    assert_int_equal(qn_spool_sweep(s, 100, keep_one, NULL, &err), 0);
}

static void test_free_bytes_and_folder(void **state)
{
    struct stat st;
    char path[100];

    (void)state;
    assert_true(qn_spool_free_bytes(s) > 0);
    snprintf(path, sizeof path, "%s/spool", dir);
    assert_int_equal(stat(path, &st) | (int)(st.st_mode & 07777), 0700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_job_is_named_only_when_linked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_job_never_linked_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_writer_left_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_job_is_linked_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_our_file_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_that_are_no_job_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unlink_takes_past_folders_with_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_folder_that_goes_while_a_job_arrives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_folders_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sweep_removes_what_has_no_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_bytes_and_folder, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
