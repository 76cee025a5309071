/* The table of every message; verb.c checks with it. */
#include "lib/verb.h"

#include <stddef.h>

#define S(kind) (1U << QN_SECRET_##kind)
#define PANEL (S(TERMINAL) | S(CERTIFICATE)) /* of a kiosk; elsewhere there is neither */
#define END { NULL, QN_FIELD_INT, false, 0, 0, NULL }
#define UUID { "job", QN_FIELD_WORD, true, 36, 36, NULL }
#define FIELDS(name) static const struct qn_field name[]

FIELDS(none) = { END };

#include "lib/verb-admin.h"
#include "lib/verb-print.h"

/* ---- intake ---- */

FIELDS(job_begin) = {
    { "cupsd", QN_FIELD_WORD, true, 1, 64, NULL },        /* which cupsd: its configured name */
    { "cups_job", QN_FIELD_INT, true, 0, 0x7fffffff, NULL },
    { "uuid", QN_FIELD_WORD, true, 1, 64, NULL },         /* job-uuid; a client can choose it */
    { "created", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, /* time-at-creation, seconds */
    { "document", QN_FIELD_INT, true, 0, 9999, NULL },    /* number from the spool file's name; 0 when piped */
    { "queue", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "owner", QN_FIELD_TEXT, true, 1, 255, NULL },       /* the name as cupsd says it */
    { "proof", QN_FIELD_WORD, true, 1, 16, NULL },        /* none, cupsd */
    { "title", QN_FIELD_TEXT, true, 0, 1023, NULL },
    { "classification", QN_FIELD_TEXT, false, 1, 63, NULL },
    { "options", QN_FIELD_MAP, true, 0, 128, NULL },      /* IPP Job Template names and values */
    END,
};
FIELDS(job_begin_reply) = {
    UUID,
    { "owner_id", QN_FIELD_WORD, true, 0, 64, NULL },     /* the directory's id; empty while pending */
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "max_bytes", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "owner", QN_FIELD_TEXT, true, 1, 255, NULL },       /* the name as the row keeps it, for the file's header */
    END,
};
FIELDS(job_commit) = {
    UUID,
    { "format", QN_FIELD_WORD, true, 3, 63, NULL },
    { "length", QN_FIELD_INT, true, 1, INT64_MAX, NULL },      /* of the document */
    { "commitment", QN_FIELD_HEX, true, 64, 64, NULL },
    { "tags", QN_FIELD_HEX, true, 64, 64, NULL },              /* SHA-256 over the chunk tags */
    { "pages", QN_FIELD_INT, false, -1, INT64_MAX, NULL },     /* of the document; absent or -1: not known */
    END,
};
FIELDS(job_commit_reply) = {
    UUID,                                                      /* of the held job: an older one if this was a repetition */
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },         /* wall clock, ms */
    { "known", QN_FIELD_INT, true, 0, 1, NULL },               /* 1: it was held already, this copy was dropped */
    END,
};

/* ---- people ---- */

FIELDS(terminal_enrol_reply) = { { "name", QN_FIELD_TEXT, true, 1, 63, NULL }, END };
FIELDS(place_row) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    END,
};
FIELDS(terminal_hello_reply) = {
    { "name", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "device", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "location", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "devices", QN_FIELD_ROWS, true, 0, 32, place_row }, /* what it may print on: the one it stands at, then others */
    END,
};
FIELDS(kiosk_ca_reply) = { { "ca", QN_FIELD_HEX, true, 2, 8192, NULL }, END }; /* DER */
FIELDS(login_password) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "address", QN_FIELD_WORD, false, 1, 63, NULL },    /* where the browser is: tries are counted there too */
    END,
};
FIELDS(login_reply) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "display", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "roles", QN_FIELD_WORDS, true, 0, 16, NULL },
    { "method", QN_FIELD_WORD, false, 1, 16, NULL },     /* badge, badge-pin, password */
    { "proved", QN_FIELD_INT, false, 0, 1, NULL },       /* 1: the password was given a short while ago */
    END,
};
FIELDS(job_list) = {
    { "after", QN_FIELD_WORD, false, 36, 36, NULL }, /* the last job id of the page before */
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(job_row) = {
    UUID,
    { "title", QN_FIELD_TEXT, true, 0, 1023, NULL },    /* empty: not to be seen */
    { "owner", QN_FIELD_TEXT, true, 0, 255, NULL },     /* whose, by display name, if it is a colleague's; empty: the asker's own */
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },        /* last reason it is not printed, a key of the catalogue */
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "length", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "copies", QN_FIELD_INT, true, 1, 9999, NULL },
    { "asked", QN_FIELD_MAP, true, 0, 8, NULL },        /* of what may be changed at release, what its sender asked for */
    { "lacks", QN_FIELD_TEXTS, false, 0, 8, NULL },     /* names of options that the terminal's own device has not, as far as it said */
    { "pages", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* of the document; -1: not known */
    { "takes", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* impressions as it was sent, in all its copies; -1: not known */
    { "impressions", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* out so far, as the printer says; -1: it doesn't */
    { "expected", QN_FIELD_INT, true, -1, INT64_MAX, NULL }, /* of its last release; -1: not known */
    { "output", QN_FIELD_WORD, true, 0, 16, NULL },     /* of a printed or uncertain one: confirmed, short, unknown; or empty */
    { "second", QN_FIELD_INT, true, 0, 1, NULL },       /* 1: its class needs a second person at the terminal */
    { "received", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(job_list_reply) = {
    { "jobs", QN_FIELD_ROWS, true, 0, 50, job_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    { "now", QN_FIELD_INT, true, 0, INT64_MAX, NULL },  /* the core's wall clock, ms */
    END,
};
FIELDS(job_release) = {
    { "jobs", QN_FIELD_WORDS, true, 1, 50, NULL },
    { "again", QN_FIELD_WORDS, false, 0, 50, NULL },    /* those that the asker saw as printed; another printed one stays */
    { "idem", QN_FIELD_WORD, true, 16, 32, NULL },      /* idempotency key: the same key gets the same answer */
    { "device", QN_FIELD_WORD, false, 1, 63, NULL },    /* one of the terminal's; absent: the one it stands at */
    { "options", QN_FIELD_MAP, false, 0, 8, NULL },     /* what is changed of each: copies, sides, print-color-mode, media, finishings */
    END,
};
FIELDS(act_row) = {
    UUID,
    { "code", QN_FIELD_WORD, true, 1, 16, NULL },       /* ok, or why not */
    { "why", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(act_reply) = { { "jobs", QN_FIELD_ROWS, true, 1, 50, act_row }, END };
FIELDS(job_delete) = { { "jobs", QN_FIELD_WORDS, true, 1, 50, NULL }, END };
FIELDS(job_resolve) = {
    UUID,
    { "outcome", QN_FIELD_WORD, true, 1, 8, NULL },     /* printed, again */
    END,
};
FIELDS(admin_jobs) = {
    { "after", QN_FIELD_WORD, false, 36, 36, NULL },
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(admin_job_row) = {
    UUID,
    { "owner", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "queue", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },
    { "classification", QN_FIELD_WORD, true, 1, 32, NULL },
    { "length", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "pages", QN_FIELD_INT, true, -1, INT64_MAX, NULL },
    { "output", QN_FIELD_WORD, true, 0, 16, NULL },     /* as in job.list */
    { "received", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "due", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(admin_jobs_reply) = {
    { "jobs", QN_FIELD_ROWS, true, 0, 50, admin_job_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    { "now", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(admin_audit) = {
    { "before", QN_FIELD_INT, false, 0, INT64_MAX, NULL }, /* records with a smaller number; newest first */
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(audit_row) = {
    { "seq", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "entry", QN_FIELD_TEXT, true, 2, 4095, NULL },    /* canonical JSON of the record */
    END,
};
FIELDS(admin_audit_reply) = {
    { "records", QN_FIELD_ROWS, true, 0, 50, audit_row },
    { "size", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};

/* ---- a person's own badges, PIN, delegations, notices ---- */

FIELDS(number_only) = { { "id", QN_FIELD_INT, true, 1, INT64_MAX, NULL }, END };
FIELDS(login_reason) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "reason", QN_FIELD_TEXT, true, 1, 255, NULL },
    END,
};
FIELDS(badge_row) = {
    { "id", QN_FIELD_WORD, true, 16, 16, NULL },        /* of this list alone: the first digits of what the badge is kept as */
    { "label", QN_FIELD_TEXT, true, 0, 63, NULL },
    { "source", QN_FIELD_WORD, true, 1, 16, NULL },     /* claim, import, directory */
    { "added", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "used", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, /* 0: never */
    END,
};
FIELDS(badge_list_reply) = {
    { "badges", QN_FIELD_ROWS, true, 0, 20, badge_row },
    { "pin", QN_FIELD_WORD, true, 1, 16, NULL },        /* none, set, waiting, locked, directory */
    END,
};
FIELDS(badge_import) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "label", QN_FIELD_TEXT, false, 0, 63, NULL },
    END,
};
FIELDS(badge_claim) = { { "label", QN_FIELD_TEXT, true, 0, 63, NULL }, END };
FIELDS(badge_lost) = { { "id", QN_FIELD_WORD, true, 16, 16, NULL }, END };
FIELDS(badge_revoke_reply) = { { "count", QN_FIELD_INT, true, 0, 1000, NULL }, END };
FIELDS(delegate_add) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },     /* whom */
    { "job", QN_FIELD_WORD, false, 36, 36, NULL },      /* absent: every job, until */
    { "until", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, /* wall clock, ms; at most 90 days away */
    { "title", QN_FIELD_INT, true, 0, 1, NULL },        /* they may see titles */
    END,
};
FIELDS(delegate_row) = {
    { "id", QN_FIELD_INT, true, 1, INT64_MAX, NULL },
    { "owner", QN_FIELD_TEXT, true, 0, 255, NULL },     /* display names */
    { "delegate", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "mine", QN_FIELD_INT, true, 0, 1, NULL },         /* 1: the asker is the owner, 0: the delegate */
    { "job", QN_FIELD_WORD, true, 0, 36, NULL },
    { "title", QN_FIELD_INT, true, 0, 1, NULL },
    { "until", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(delegate_list_reply) = { { "delegations", QN_FIELD_ROWS, true, 0, 100, delegate_row }, END };
FIELDS(notice_row) = {
    { "id", QN_FIELD_INT, true, 1, INT64_MAX, NULL },
    { "word", QN_FIELD_WORD, true, 1, 32, NULL },       /* a key of the catalogue */
    { "facts", QN_FIELD_MAP, true, 0, 8, NULL },        /* what goes into its sentence */
    { "made", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(notice_list_reply) = { { "notices", QN_FIELD_ROWS, true, 0, 20, notice_row }, END };

/* ---- workers ---- */

FIELDS(worker_ready) = {
    { "kind", QN_FIELD_WORD, true, 1, 16, NULL },       /* ldap, pin, deliver */
    END,
};
FIELDS(ldap_find) = {
    { "login", QN_FIELD_TEXT, false, 1, 255, NULL },    /* this or id */
    { "id", QN_FIELD_WORD, false, 1, 64, NULL },        /* as an answer gave it */
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },    /* DNs: which of these is the person in? */
    END,
};
FIELDS(ldap_bind) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },
    END,
};
FIELDS(ldap_badge) = { { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL }, END };
FIELDS(person_reply) = {
    { "id", QN_FIELD_WORD, true, 1, 64, NULL },         /* entryUUID or objectGUID */
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },     /* as the directory spells it */
    { "display", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "groups", QN_FIELD_TEXTS, true, 0, 64, NULL },    /* of those that were asked about, as they were spelled */
    { "status", QN_FIELD_WORD, true, 1, 16, NULL },     /* active, disabled, locked, expired, must-change */
    { "same", QN_FIELD_TEXT, true, 0, 255, NULL },      /* equal for two accounts of one person; empty: not known */
    END,
};
FIELDS(pin_hash) = {
    { "n", QN_FIELD_INT, true, 1024, 1048576, NULL },   /* scrypt cost; r = 8, p = 1 */
    END,
};
/* ---- root's machine verbs (quoinctl) ---- */

FIELDS(status_reply) = {
    { "version", QN_FIELD_WORD, true, 1, 32, NULL },
    { "policy", QN_FIELD_INT, true, 0, INT64_MAX, NULL },      /* version in force; 0: quoinctl init has not been run */
    { "profile", QN_FIELD_WORD, true, 1, 16, NULL },           /* standard, compact */
    { "uptime", QN_FIELD_INT, true, 0, INT64_MAX, NULL },      /* ms */
    { "held", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "held_bytes", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "releasing", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "uncertain", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "overdue", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "records", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "workers", QN_FIELD_MAP, true, 0, 8, NULL },             /* kind to number dialled in */
    { "slowest_us", QN_FIELD_INT, true, 0, INT64_MAX, NULL },  /* slowest handler since the start, microseconds */
    { "slowest_verb", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(terminal_row) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "device", QN_FIELD_WORD, true, 1, 63, NULL },
    { "devices", QN_FIELD_WORDS, true, 0, 32, NULL },          /* others it may print on */
    { "state", QN_FIELD_WORD, true, 1, 16, NULL },             /* waiting (for a code), enrolled, revoked, locked */
    { "certificate", QN_FIELD_INT, true, 0, 1, NULL },         /* 1: it needs its client certificate */
    { "ceiling", QN_FIELD_WORD, true, 0, 32, NULL },
    END,
};
FIELDS(terminal_list_reply) = {
    { "terminals", QN_FIELD_ROWS, true, 0, 30, terminal_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    END,
};

const struct qn_verb qn_verb_table[] = {
    /* name, ask, reply, secrets that must come, that may come, that may come back, descriptors in, descriptors back */
    { "job.begin", job_begin, job_begin_reply, 0, 0, S(KEY), 0, 1 },
    { "job.commit", job_commit, job_commit_reply, 0, 0, 0, 0, 0 },

    { "terminal.enrol", none, terminal_enrol_reply, S(CODE), S(CERTIFICATE), S(TERMINAL), 0, 0 },
    { "terminal.hello", none, terminal_hello_reply, S(TERMINAL), S(CERTIFICATE), 0, 0, 0 },
    { "kiosk.ca", none, kiosk_ca_reply, 0, 0, 0, 0, 0 },
    { "login.badge", none, login_reply, S(TERMINAL) | S(BADGE), S(PIN) | S(CERTIFICATE), S(SESSION), 0, 0 },
    { "login.password", login_password, login_reply, S(PASSWORD), PANEL, S(SESSION), 0, 0 },
    { "session.check", none, login_reply, S(SESSION), PANEL, 0, 0, 0 },
    { "logout", none, none, S(SESSION), PANEL, 0, 0, 0 },
    { "job.list", job_list, job_list_reply, S(SESSION), PANEL, 0, 0, 0 },
    { "job.release", job_release, act_reply, S(SESSION) | S(TERMINAL), S(CERTIFICATE) | S(BADGE) | S(PIN), 0, 0, 0 }, /* of the second */
    { "job.stop", job_stop, act_reply, S(SESSION) | S(TERMINAL), S(CERTIFICATE), 0, 0, 0 },
    { "device.near", device_near, device_near_reply, S(SESSION) | S(TERMINAL), S(CERTIFICATE), 0, 0, 0 },
    { "device.offer", device_near, device_offer_reply, S(SESSION) | S(TERMINAL), S(CERTIFICATE), 0, 0, 0 },
    { "job.delete", job_delete, act_reply, S(SESSION), PANEL, 0, 0, 0 },
    { "job.resolve", job_resolve, act_reply, S(SESSION) | S(TERMINAL), S(CERTIFICATE), 0, 0, 0 },
    { "admin.jobs", admin_jobs, admin_jobs_reply, S(SESSION), 0, 0, 0, 0 },
    { "admin.audit", admin_audit, admin_audit_reply, S(SESSION), 0, 0, 0, 0 },

    { "session.prove", none, none, S(SESSION) | S(PASSWORD), 0, 0, 0, 0 },
    { "badge.list", none, badge_list_reply, S(SESSION), PANEL, 0, 0, 0 },
    { "badge.claim", badge_claim, none, S(SESSION) | S(BADGE), PANEL, 0, 0, 0 },
    { "badge.lost", badge_lost, none, S(SESSION), PANEL, 0, 0, 0 },
    { "badge.revoke", login_reason, badge_revoke_reply, S(SESSION), 0, 0, 0, 0 },
    { "badge.import", badge_import, none, S(SESSION) | S(BADGE), 0, 0, 0, 0 },
    { "pin.new", none, none, S(SESSION), PANEL, S(PIN), 0, 0 },
    { "pin.set", none, none, S(SESSION) | S(PIN), PANEL, 0, 0, 0 },
    { "pin.unlock", login_reason, none, S(SESSION), 0, 0, 0, 0 },
    { "delegate.add", delegate_add, number_only, S(SESSION), 0, 0, 0, 0 },
    { "delegate.list", none, delegate_list_reply, S(SESSION), 0, 0, 0, 0 },
    { "delegate.revoke", number_only, none, S(SESSION), 0, 0, 0, 0 },
    { "notice.list", none, notice_list_reply, S(SESSION), PANEL, 0, 0, 0 },
    { "notice.seen", number_only, none, S(SESSION), PANEL, 0, 0, 0 },

    { "job.cancel", job_cancel, none, S(SESSION), 0, 0, 0, 0 },
    { "contain.lock", contain, none, S(SESSION), 0, 0, 0, 0 },
    { "contain.unlock", contain, none, S(SESSION), 0, 0, 0, 0 },
    { "contain.list", none, contain_list_reply, S(SESSION), 0, 0, 0, 0 },
    { "terminal.code", terminal_code, none, S(SESSION), 0, S(CODE), 0, 0 },
    { "terminal.certify", terminal_certify, terminal_certify_reply, S(SESSION), 0, 0, 0, 0 },

    { "policy.init", policy_init, version_reply, 0, 0, 0, 0, 0 },
    { "policy.show", policy_show, policy_show_reply, S(SESSION), 0, 0, 0, 0 },
    { "policy.list", policy_list, policy_list_reply, S(SESSION), 0, 0, 0, 0 },
    { "request.propose", request_propose, request_propose_reply, S(SESSION), 0, 0, 0, 0 },
    { "request.list", request_list, request_list_reply, S(SESSION), 0, 0, 0, 0 },
    { "request.show", request_id, request_show_reply, S(SESSION), 0, 0, 0, 0 },
    { "request.approve", request_approve, none, S(SESSION), 0, 0, 0, 0 },
    { "request.reject", request_reject, none, S(SESSION), 0, 0, 0, 0 },
    { "request.withdraw", request_id, none, S(SESSION), 0, 0, 0, 0 },
    { "roles.show", none, roles_reply, 0, S(SESSION), 0, 0, 0 },
    { "person.why", person_why, person_why_reply, S(SESSION), 0, 0, 0, 0 },

    { "worker.ready", worker_ready, none, 0, 0, 0, 0, 0 },
    { "ldap.find", ldap_find, person_reply, 0, 0, S(VERIFIER), 0, 0 },
    { "ldap.bind", ldap_bind, person_reply, S(PASSWORD), 0, 0, 0, 0 },
    { "ldap.badge", ldap_badge, person_reply, S(BADGE), 0, S(VERIFIER), 0, 0 },
    { "pin.hash", pin_hash, none, S(PIN) | S(SALT), 0, S(HASH), 0, 0 },
    { "pin.crypt", none, none, S(PIN) | S(VERIFIER), 0, S(HASH), 0, 0 },
    { "deliver.job", deliver_job, deliver_job_reply, S(KEY), 0, 0, 1, 0 },
    { "deliver.created", deliver_created, none, 0, 0, 0, 0, 0 },
    { "deliver.sent", deliver_sent, none, 0, 0, 0, 0, 0 },
    { "deliver.progress", deliver_progress, none, 0, 0, 0, 0, 0 },
    { "deliver.stop", deliver_stop, none, 0, 0, 0, 0, 0 },
    { "deliver.ask", deliver_ask, deliver_job_reply, 0, 0, 0, 0, 0 },
    { "deliver.probe", deliver_probe, probe_reply, 0, 0, 0, 0, 0 },
    { "deliver.test", deliver_test, deliver_job_reply, 0, 0, 0, 0, 0 },

    { "status", none, status_reply, 0, 0, 0, 0, 0 },
    { "device.list", device_list, device_list_reply, 0, S(SESSION), 0, 0, 0 },
    { "device.show", device_show, device_show_reply, S(SESSION), 0, 0, 0, 0 },
    { "device.probe", device_probe, probe_reply, S(SESSION), 0, 0, 0, 0 },
    { "device.test", device_show, device_test_reply, S(SESSION), 0, 0, 0, 0 },
    { "terminal.list", device_list, terminal_list_reply, 0, S(SESSION), 0, 0, 0 },
    { "terminal.revoke", name_reason, none, S(SESSION), 0, 0, 0, 0 },
    { NULL, NULL, NULL, 0, 0, 0, 0, 0 },
};
