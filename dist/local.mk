include dist/units.mk
