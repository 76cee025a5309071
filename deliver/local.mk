pkglibexec_PROGRAMS += deliver/quoin-deliver
noinst_LIBRARIES += deliver/libdeliver.a
deliver_libdeliver_a_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) $(GNUTLS_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
deliver_libdeliver_a_SOURCES = \
	deliver/address.c deliver/address.h deliver/ask.c deliver/ask.h \
	deliver/convert.c deliver/convert.h deliver/core-line.c deliver/core-line.h deliver/driver.c deliver/driver.h deliver/errand.c deliver/errand.h deliver/facts.c deliver/facts.h deliver/filter.c deliver/filter.h deliver/http.c deliver/http.h deliver/ipp.c deliver/ipp.h \
	deliver/ipp-job.c deliver/ipp-job.h deliver/ipp-printer.c deliver/ipp-printer.h deliver/layout.c deliver/layout.h deliver/link.c deliver/link.h \
	deliver/options.c deliver/options.h deliver/our-job.c deliver/our-job.h deliver/outcome.c deliver/outcome.h deliver/pin.c deliver/pin.h deliver/prepare.c deliver/prepare.h \
	deliver/probe.c deliver/probe.h deliver/test-page.c deliver/test-page.h deliver/test-sheet.c deliver/test-sheet.h \
	deliver/release.c deliver/release.h deliver/unseal-stream.c deliver/unseal-stream.h deliver/worker.c deliver/worker.h
deliver_quoin_deliver_SOURCES = deliver/main.c
deliver_quoin_deliver_CPPFLAGS = $(AM_CPPFLAGS) $(GNUTLS_CFLAGS)
DELIVER_LIBS = deliver/libdeliver.a lib/libquoin.a $(CUPS_LIBS) $(GNUTLS_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
deliver_quoin_deliver_LDADD = $(DELIVER_LIBS)
