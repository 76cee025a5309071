#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf.h"

static struct qn_err err;
static char path[64];

static int setup(void **state)
{
    int fd;

    (void)state;
    strcpy(path, "/tmp/qn-conf-XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static int conf_of(struct qn_conf **c, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return qn_conf_read(c, path, &err);
}

static void test_an_empty_file_gives_the_defaults(void **state)
{
    struct qn_conf *c;

    (void)state;
    assert_works(conf_of(&c, ""));
    assert_string_equal(qn_conf_text(c, "user-core"), "quoin");
    assert_int_equal(qn_conf_int(c, "max-job-bytes"), (int64_t)10 << 30);
    assert_int_equal(qn_conf_int(c, "answer-timeout"), 5000);
    assert_int_equal(qn_conf_int(c, "kiosk-session"), 300000);
    assert_int_equal(qn_conf_int(c, "directory-starttls"), 1);
    assert_string_equal(qn_conf_text(c, "directory-insecure"), "false");
    assert_int_equal(qn_conf_count(c, "directory-servers"), 0);
    qn_conf_free(&c);
    assert_null(c);
    qn_conf_free(&c);
}

static void test_every_default_is_within_its_bounds(void **state)
{
    struct qn_conf *c;

    (void)state;
    assert_works(conf_of(&c, ""));
    for (const struct qn_conf_key *k = qn_conf_table; k->name; k++) {
        assert_true(strlen(k->help) > 5);
        if (strcmp(k->type, "int") == 0 || strcmp(k->type, "size") == 0 || strcmp(k->type, "time") == 0)
            assert_in_range(qn_conf_int(c, k->name), k->min, k->max);
    }
    qn_conf_free(&c);
}

static void test_values_of_every_type(void **state)
{
    struct qn_conf *c;

    (void)state;
    assert_works(conf_of(&c, "# a remark\n"
                             "state-dir = \"/srv/quoin\"\nmax-jobs = 7\nmax-job-bytes = 64m\nanswer-timeout = 250ms\n"
                             "web-idle = 2h\ndirectory-insecure = true\n"
                             "directory-servers = {\"ldaps://a\", \"ldaps://b\"}\n"));
    assert_string_equal(qn_conf_text(c, "state-dir"), "/srv/quoin");
    assert_int_equal(qn_conf_int(c, "max-jobs"), 7);
    assert_int_equal(qn_conf_int(c, "max-job-bytes"), 64 << 20);
    assert_int_equal(qn_conf_int(c, "answer-timeout"), 250);
    assert_int_equal(qn_conf_int(c, "web-idle"), 7200000);
    assert_int_equal(qn_conf_int(c, "directory-insecure"), 1);
    assert_int_equal(qn_conf_count(c, "directory-servers"), 2);
    assert_string_equal(qn_conf_item(c, "directory-servers", 1), "ldaps://b");
    qn_conf_free(&c);
}

static void test_bad_lines_are_named(void **state)
{
    static const struct { const char *text, *words[3]; } tries[] = {
        { "max-jobs = 5\nmax-jbos = 5\n", { "line 2", "max-jbos", "" } },
        { "max-jobs = many\n", { "line 1", "max-jobs", "" } },
        { "max-jobs = 0\n", { "line 1", "max-jobs", "" } },
        { "max-jobs = 10000001\n", { "max-jobs", "", "" } },
        { "max-jobs = -1\n", { "max-jobs", "", "" } },
        { "max-jobs = 5k\n", { "max-jobs", "", "" } },
        { "max-job-bytes = 5s\n", { "max-job-bytes", "", "" } },
        { "max-bytes = 9999999999999g\n", { "max-bytes", "", "" } },
        { "answer-timeout = 5\n", { "answer-timeout", "", "" } },
        { "answer-timeout = 2h\n", { "answer-timeout", "", "" } },
        { "directory-insecure = perhaps\n", { "line 1", "directory-insecure", "" } },
        { "\n\nstate-dir = \n", { "line", "", "" } },
        { "directory-servers = {\"ldaps://a\"\n", { "line 1", "the file ends inside a list", "" } },
        { "state-dir = \"/srv", { "line 1", "or a text", "" } },
        { "max-jobs = 5\n/* a remark\nmax-deliver = 3\n", { "line 3", "the file ends inside a comment", "" } },
        { "role-group \"a\" { role = user }\n", { "line 1", "role-group", "" } },
    };
    struct qn_conf *c;

    (void)state;
    for (size_t i = 0; i < QN_COUNT(tries); i++) {
        assert_fails(conf_of(&c, tries[i].text), QN_EINVAL, path);
        for (int w = 0; w < 3; w++)
            if (!strstr(err.text, tries[i].words[w]))
                fail_msg("'%s' says '%s', not '%s'", tries[i].text, err.text, tries[i].words[w]);
        assert_null(c);
    }
    assert_fails(qn_conf_read(&c, "/nowhere/quoin.conf", &err), QN_EIO, "/nowhere/quoin.conf: No such file");
    assert_fails(qn_conf_read(&c, "/etc", &err), QN_EIO, "/etc: Is a directory");
    assert_works(conf_of(&c, "# a last line without its end")); /* is fine */
    qn_conf_free(&c);
}

static void test_users_by_name_or_number(void **state)
{
    struct qn_conf *c;
    unsigned uid;

    (void)state;
    assert_works(conf_of(&c, "user-core = root\nuser-intake = \"1234\"\nuser-ldap = \"no-such-user-here\"\n"));
    assert_works(qn_conf_uid(c, "user-core", &uid, &err));
    assert_int_equal(uid, 0);
    assert_works(qn_conf_uid(c, "user-intake", &uid, &err));
    assert_int_equal(uid, 1234);
    assert_fails(qn_conf_uid(c, "user-ldap", &uid, &err), QN_EINVAL, "user-ldap = no-such-user-here: no such user");
    assert_int_equal(uid, (unsigned)-1);
    qn_conf_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_file_gives_the_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_default_is_within_its_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values_of_every_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_lines_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_users_by_name_or_number, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
