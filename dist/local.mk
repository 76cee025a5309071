# What is installed beside the programs.
pkgdata_DATA += dist/quoin.ppd
EXTRA_DIST += dist/quoin.ppd

include dist/units.mk
