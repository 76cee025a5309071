# The intake: one process a job, one job into one sealed file.
pkglibexec_PROGRAMS += intake/quoin-intake
intake_quoin_intake_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
intake_quoin_intake_SOURCES = intake/main.c \
	intake/confirm.c intake/confirm.h intake/cups-job.c intake/cups-job.h intake/cupsd.c intake/cupsd.h \
	intake/job.c intake/job.h intake/link.c intake/link.h intake/options.c intake/options.h intake/pool.c intake/pool.h \
	intake/pages.c intake/pages.h intake/pdf-pack.c intake/pdf-pack.h intake/pdf-pages.c intake/pdf-pages.h \
	intake/pdf-walk.c intake/pdf-walk.h intake/raster.c intake/raster.h \
	intake/sniff.c intake/sniff.h intake/submit.c intake/submit.h intake/template.c intake/template.h \
	intake/ticket.c intake/ticket.h
intake_quoin_intake_LDADD = lib/libquoin.a $(JANSSON_LIBS) $(CONFUSE_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS)
