check_PROGRAMS += tests/unit/test-ticket tests/unit/test-sniff tests/unit/test-pool tests/unit/test-cups-job tests/unit/test-pages
TESTS += tests/unit/test-ticket tests/unit/test-sniff tests/unit/test-pool tests/unit/test-cups-job tests/unit/test-pages

tests_unit_test_ticket_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ticket_SOURCES = tests/unit/test-ticket.c intake/ticket.c intake/options.c intake/template.c
tests_unit_test_ticket_LDADD = $(UNIT_LIBS)

tests_unit_test_sniff_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sniff_SOURCES = tests/unit/test-sniff.c intake/sniff.c intake/raster.c
tests_unit_test_sniff_LDADD = $(UNIT_LIBS)

tests_unit_test_pool_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_pool_SOURCES = tests/unit/test-pool.c intake/pool.c
tests_unit_test_pool_LDADD = $(UNIT_LIBS)

tests_unit_test_cups_job_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_cups_job_SOURCES = tests/unit/test-cups-job.c intake/cups-job.c
tests_unit_test_cups_job_LDADD = $(UNIT_LIBS)

tests_unit_test_pages_CPPFLAGS = $(UNIT_CPPFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_pages_SOURCES = tests/unit/test-pages.c tests/unit/test.h intake/pages.c intake/pdf-pack.c intake/pdf-pages.c intake/pdf-walk.c
tests_unit_test_pages_LDADD = $(UNIT_LIBS) $(ZLIB_LIBS)
