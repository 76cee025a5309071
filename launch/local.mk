pkglibexec_PROGRAMS += launch/quoin-launch
launch_quoin_launch_SOURCES = launch/quoin-launch.c
launch_quoin_launch_CPPFLAGS = $(AM_CPPFLAGS) -DQN_SBINDIR='"$(sbindir)"'
launch_quoin_launch_LDADD = lib/libquoin.a $(CONFUSE_LIBS) $(SECCOMP_LIBS)
