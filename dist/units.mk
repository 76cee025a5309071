# systemd's side: units, users, folders; and a sample configuration, which an existing one survives.
UNITS = dist/systemd/quoind.service dist/systemd/quoin-intake.service dist/systemd/quoin-ldap.service dist/systemd/quoin-pin.service \
	dist/systemd/quoin-deliver.service dist/systemd/quoin-cups.service dist/systemd/quoin-web@.service
systemdunitdir = $(SYSTEMD_UNIT_DIR)
nodist_systemdunit_DATA = $(UNITS)
dist_systemdunit_DATA = dist/systemd/quoin.target
CLEANFILES += $(UNITS) dist/tmpfiles.conf
EXTRA_DIST += $(UNITS:=.in) dist/sysusers.conf dist/tmpfiles.conf.in dist/apparmor-cupsd dist/apparmor-quoin-cups dist/quoin.conf .ci/run
pkgdata_DATA += dist/apparmor-cupsd dist/apparmor-quoin-cups
noinst_DATA = dist/tmpfiles.conf

DIST_SED = sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@libexecdir[@]|$(pkglibexecdir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	-e 's|@statedir[@]|$(localstatedir)/lib/quoin|g' -e 's|@rundir[@]|$(localstatedir)/run|g' -e 's|/var/run/|/run/|g'

$(UNITS) dist/tmpfiles.conf: %: %.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(DIST_SED) $(srcdir)/$@.in >$@.new && mv $@.new $@

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(prefix)/lib/sysusers.d' '$(DESTDIR)$(prefix)/lib/tmpfiles.d' '$(DESTDIR)$(sysconfdir)/quoin'
	$(INSTALL_DATA) $(srcdir)/dist/sysusers.conf '$(DESTDIR)$(prefix)/lib/sysusers.d/quoin.conf'
	$(INSTALL_DATA) dist/tmpfiles.conf '$(DESTDIR)$(prefix)/lib/tmpfiles.d/quoin.conf'
	test -e '$(DESTDIR)$(sysconfdir)/quoin/quoin.conf' || \
		$(INSTALL_DATA) $(srcdir)/dist/quoin.conf '$(DESTDIR)$(sysconfdir)/quoin/quoin.conf'

uninstall-local:
	rm -f '$(DESTDIR)$(prefix)/lib/sysusers.d/quoin.conf' '$(DESTDIR)$(prefix)/lib/tmpfiles.d/quoin.conf'
