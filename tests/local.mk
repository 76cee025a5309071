# Unit tests mirror the sources, one program a source file; flow tests are run by ./quickstart test.
AM_TESTS_ENVIRONMENT = ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1; export ASAN_OPTIONS UBSAN_OPTIONS;
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
UNIT_LIBS = lib/libquoin.a $(CMOCKA_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)

include tests/unit/lib.mk
include tests/unit/store.mk
include tests/unit/intake.mk
include tests/unit/ldap.mk
include tests/unit/web.mk
include tests/unit/deliver.mk
include tests/unit/core.mk
