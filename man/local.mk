# see below
dist_man_MANS += man/quoin-ldap.8
