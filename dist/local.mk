# What is installed beside the programs.
pkgdata_DATA += dist/policy.json dist/quoin.ppd dist/quoin.schema dist/quoin.ldif
EXTRA_DIST += dist/policy.json dist/quoin.ppd dist/quoin.schema dist/quoin.ldif

include dist/units.mk
