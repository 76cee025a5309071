# unit tests of deliver
DELIVER_TESTS = tests/unit/test-outcome tests/unit/test-options tests/unit/test-address tests/unit/test-ipp
check_PROGRAMS += $(DELIVER_TESTS)
TESTS += $(DELIVER_TESTS)
DELIVER_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(CUPS_CFLAGS) $(GNUTLS_CFLAGS)
DELIVER_TEST_LIBS = $(DELIVER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_outcome_SOURCES = tests/unit/test-outcome.c
tests_unit_test_outcome_CPPFLAGS = $(DELIVER_TEST_CPPFLAGS)
tests_unit_test_outcome_LDADD = $(DELIVER_TEST_LIBS)
tests_unit_test_options_SOURCES = tests/unit/test-options.c
tests_unit_test_options_CPPFLAGS = $(DELIVER_TEST_CPPFLAGS)
tests_unit_test_options_LDADD = $(DELIVER_TEST_LIBS)
tests_unit_test_address_SOURCES = tests/unit/test-address.c
tests_unit_test_address_CPPFLAGS = $(DELIVER_TEST_CPPFLAGS)
tests_unit_test_address_LDADD = $(DELIVER_TEST_LIBS)
tests_unit_test_ipp_SOURCES = tests/unit/test-ipp.c
tests_unit_test_ipp_CPPFLAGS = $(DELIVER_TEST_CPPFLAGS)
tests_unit_test_ipp_LDADD = $(DELIVER_TEST_LIBS)
