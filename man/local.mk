# Every page in this folder; tests/boundary/test_manual.py says if one is missing here.
dist_man_MANS += \
	man/quoin-audit.5 man/quoin-backend.8 man/quoin-badges.5 man/quoin-cups.8 man/quoin-deliver.8 man/quoin-intake.8 man/quoin-job.5 man/quoin-launch.8 man/quoin-ldap.8 \
	man/quoin-messages.7 man/quoin-policy.5 man/quoin-web.8 man/quoin.7 man/quoin.conf.5 man/quoinctl.8 man/quoind.8
