# Programs of the benchmarks; `bench/run` builds them. Neither `make` nor `make check` does.
EXTRA_PROGRAMS = bench/seal-pipe bench/open-tcp bench/hand-over bench/cups-jobs bench/core-jobs bench/seed-jobs bench/printer bench/drain \
    bench/core-logins bench/ldap-logins
BENCH_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
BENCH_LIBS = lib/libquoin.a $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
BENCH_COMMON = bench/common.c bench/common.h

bench_seal_pipe_SOURCES = bench/seal-pipe.c $(BENCH_COMMON)
bench_seal_pipe_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_seal_pipe_LDADD = $(CRYPTO_LIBS)
bench_open_tcp_SOURCES = bench/open-tcp.c $(BENCH_COMMON)
bench_open_tcp_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_open_tcp_LDADD = $(CRYPTO_LIBS)
bench_hand_over_SOURCES = bench/hand-over.c $(BENCH_COMMON)
bench_cups_jobs_SOURCES = bench/cups-jobs.c $(BENCH_COMMON)
bench_cups_jobs_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS)
bench_cups_jobs_LDADD = $(CUPS_LIBS)
bench_core_jobs_SOURCES = bench/core-jobs.c $(BENCH_COMMON)
bench_core_jobs_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_core_jobs_LDADD = $(BENCH_LIBS)
bench_seed_jobs_SOURCES = bench/seed-jobs.c $(BENCH_COMMON)
bench_seed_jobs_CPPFLAGS = $(BENCH_CPPFLAGS) $(SQLITE_CFLAGS)
bench_seed_jobs_LDADD = server/libstore.a $(BENCH_LIBS) $(SQLITE_LIBS)
bench_printer_SOURCES = bench/printer.c $(BENCH_COMMON)
bench_printer_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS)
bench_printer_LDADD = $(CUPS_LIBS)
bench_drain_SOURCES = bench/drain.c
bench_core_logins_SOURCES = bench/core-logins.c $(BENCH_COMMON)
bench_core_logins_CPPFLAGS = $(BENCH_CPPFLAGS)
bench_core_logins_LDADD = $(BENCH_LIBS)
bench_ldap_logins_SOURCES = bench/ldap-logins.c $(BENCH_COMMON)
bench_ldap_logins_CPPFLAGS = $(AM_CPPFLAGS) $(LDAP_CFLAGS) $(CRYPTO_CFLAGS)
bench_ldap_logins_LDADD = $(LDAP_LIBS) $(CRYPTO_LIBS)

benchmarks: $(EXTRA_PROGRAMS) all-am
.PHONY: benchmarks
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += bench/run bench/common.py bench/hold.py bench/lp.py bench/release.py bench/release_cups.py bench/logins.py
