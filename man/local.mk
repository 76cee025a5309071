# see below
dist_man_MANS += man/quoin-audit.5
