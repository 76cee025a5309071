/* What cmocka needs before it, and the few things many unit tests do. */
#ifndef QN_TEST_H
#define QN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define QN_COUNT(a) (sizeof(a) / sizeof *(a))

/* The code is the expected one and the sentence holds the words: what a person will read is part of the contract. */
#define assert_fails(call, want_code, words) \
    do { \
        int got_ = (call); \
        if (got_ != (want_code) || err.code != (want_code) || !strstr(err.text, words)) \
            fail_msg("%s gave %d, '%s'; expected %d, '%s'", #call, got_, err.text, (want_code), words); \
    } while (0)

/* 0, or the sentence is shown. */
#define assert_works(call) \
    do { \
        int got_ = (call); \
        if (got_ != 0) \
            fail_msg("%s gave %d, '%s'", #call, got_, err.text); \
    } while (0)

#endif
