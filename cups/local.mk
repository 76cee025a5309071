pkglibexec_PROGRAMS += cups/quoin-cups
cups_quoin_cups_SOURCES = cups/main.c cups/out.c cups/out.h cups/run-backend.c cups/run-backend.h cups/serve.c cups/serve.h cups/tree.c cups/tree.h
cups_quoin_cups_CPPFLAGS = $(AM_CPPFLAGS) $(CUPS_CFLAGS) -DQN_CUPS_SERVERBIN='"$(CUPS_SERVERBIN)"' -DQN_CUPS_DATADIR='"$(CUPS_DATADIR)"'
cups_quoin_cups_LDADD = lib/libquoin.a $(CONFUSE_LIBS) $(SECCOMP_LIBS)
