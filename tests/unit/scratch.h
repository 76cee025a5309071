/* A folder of its own for each test, gone afterwards. */
#ifndef QN_SCRATCH_H
#define QN_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch { char dir[64]; };

static inline int scratch_setup(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);

    snprintf(s->dir, sizeof s->dir, "/tmp/qn-unit-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    *state = s;
    return 0;
}

static inline int scratch_teardown(void **state)
{
    struct scratch *s = *state;
    DIR *d = opendir(s->dir);

    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    rmdir(s->dir);
    free(s);
    return 0;
}

/* dir/name; valid for two calls. */
static inline const char *scratch_path(const struct scratch *s, const char *name)
{
    static char path[2][256];
    static unsigned turn;
    char *p = path[turn++ % 2];

    snprintf(p, sizeof path[0], "%s/%s", s->dir, name);
    return p;
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

/* Fails with the sentence of err. */
#define assert_ok(call) \
    do { \
        struct qn_err e_ = { 0 }, *err = &e_; \
        int r_ = (call); \
        if (r_ != 0) \
            fail_msg("%s: %d %s", #call, r_, e_.text); \
    } while (0)

/* The code is c; text, if given, is part of the sentence. */
#define assert_no(c, part, call) \
    do { \
        struct qn_err e_ = { 0 }, *err = &e_; \
        int r_ = (call); \
        const char *p_ = (part); \
        if (r_ != (c) || (p_ && !strstr(e_.text, p_))) \
            fail_msg("%s: %d %s", #call, r_, e_.text); \
    } while (0)

#endif
