# The CUPS backend: libc alone.
cupsbackenddir = $(CUPS_SERVERBIN)/backend
cupsbackend_PROGRAMS = backend/quoin
backend_quoin_SOURCES = backend/quoin.c backend/handover.h
backend_quoin_LDFLAGS = $(AM_LDFLAGS) $(STATIC_PIE)
backend_quoin_LDADD =
