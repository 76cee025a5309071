# What is installed beside the programs.
pkgdata_DATA += dist/quoin.ppd dist/quoin.schema dist/quoin.ldif
EXTRA_DIST += dist/quoin.ppd dist/quoin.schema dist/quoin.ldif

include dist/units.mk
