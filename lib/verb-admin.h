/* Fields of what people with a role ask for; a part of verb-table.c, which includes it after its own first lines. */
#ifndef QN_VERB_ADMIN_H
#define QN_VERB_ADMIN_H

/* ---- administrators: jobs, containment, terminals ---- */

FIELDS(job_cancel) = { UUID, { "reason", QN_FIELD_TEXT, true, 1, 255, NULL }, END };
FIELDS(contain) = {
    { "kind", QN_FIELD_WORD, true, 1, 16, NULL },       /* person, device, terminal, queue */
    { "name", QN_FIELD_TEXT, true, 1, 255, NULL },      /* a login, or the thing's name */
    { "reason", QN_FIELD_TEXT, true, 1, 255, NULL },
    END,
};
FIELDS(contain_row) = {
    { "kind", QN_FIELD_WORD, true, 1, 16, NULL },
    { "name", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "reason", QN_FIELD_TEXT, true, 0, 255, NULL },
    END,
};
FIELDS(contain_list_reply) = { { "locks", QN_FIELD_ROWS, true, 0, 200, contain_row }, END };
FIELDS(terminal_code) = { { "name", QN_FIELD_WORD, true, 1, 63, NULL }, END };
FIELDS(terminal_certify) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "point", QN_FIELD_HEX, true, 130, 130, NULL },    /* the panel's public key: an uncompressed point of P-256 */
    END,
};
FIELDS(terminal_certify_reply) = {
    { "certificate", QN_FIELD_HEX, true, 2, 8192, NULL }, /* DER */
    { "ca", QN_FIELD_HEX, true, 2, 8192, NULL },
    END,
};
FIELDS(name_reason) = {
    { "name", QN_FIELD_WORD, true, 1, 63, NULL },
    { "reason", QN_FIELD_TEXT, true, 1, 255, NULL },
    END,
};

/* ---- policy and requests ---- */

#define DOCUMENT { "document", QN_FIELD_TEXT, true, 2, 24000, NULL }
FIELDS(policy_init) = { DOCUMENT, END };
FIELDS(version_reply) = { { "version", QN_FIELD_INT, true, 1, INT64_MAX, NULL }, END };
FIELDS(policy_show) = { { "version", QN_FIELD_INT, false, 0, INT64_MAX, NULL }, END }; /* absent: in force */
FIELDS(policy_show_reply) = {
    { "version", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "hash", QN_FIELD_HEX, true, 64, 64, NULL },
    { "author", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "approver", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "ticket", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "made", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "changes", QN_FIELD_TEXTS, true, 0, 40, NULL },   /* against the version before */
    DOCUMENT,
    END,
};
FIELDS(policy_list) = {
    { "before", QN_FIELD_INT, false, 0, INT64_MAX, NULL },
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
FIELDS(policy_row) = {
    { "version", QN_FIELD_INT, true, 1, INT64_MAX, NULL },
    { "hash", QN_FIELD_HEX, true, 64, 64, NULL },
    { "author", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "approver", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "ticket", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "made", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(policy_list_reply) = { { "versions", QN_FIELD_ROWS, true, 0, 50, policy_row }, END };
FIELDS(request_propose) = {
    { "operation", QN_FIELD_WORD, true, 1, 31, NULL },
    DOCUMENT,
    { "ticket", QN_FIELD_TEXT, true, 1, 127, NULL },
    { "dry", QN_FIELD_INT, true, 0, 1, NULL },          /* 1: say what it would do, keep nothing */
    END,
};
FIELDS(request_propose_reply) = {
    { "id", QN_FIELD_WORD, true, 0, 36, NULL },         /* empty: a dry run */
    { "hash", QN_FIELD_HEX, true, 64, 64, NULL },
    { "expires", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "approvers", QN_FIELD_WORDS, true, 0, 8, NULL },  /* roles of which the second person needs one */
    { "changes", QN_FIELD_TEXTS, true, 0, 40, NULL },
    { "effect", QN_FIELD_TEXTS, true, 0, 40, NULL },
    END,
};
FIELDS(request_list) = {
    { "open", QN_FIELD_INT, true, 0, 1, NULL },         /* 1: only those still to be decided */
    { "before", QN_FIELD_WORD, false, 36, 36, NULL },   /* newest first */
    { "limit", QN_FIELD_INT, true, 1, 50, NULL },
    END,
};
#define REQUEST_FIELDS \
    { "id", QN_FIELD_WORD, true, 36, 36, NULL }, \
    { "operation", QN_FIELD_WORD, true, 1, 31, NULL }, \
    { "state", QN_FIELD_WORD, true, 1, 16, NULL }, \
    { "requester", QN_FIELD_TEXT, true, 0, 255, NULL }, \
    { "decider", QN_FIELD_TEXT, true, 0, 255, NULL }, \
    { "ticket", QN_FIELD_TEXT, true, 0, 127, NULL }, \
    { "reason", QN_FIELD_TEXT, true, 0, 255, NULL }, \
    { "made", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, \
    { "expires", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, \
    { "decided", QN_FIELD_INT, true, 0, INT64_MAX, NULL }, \
    { "mine", QN_FIELD_INT, true, 0, 1, NULL }          /* the asker proposed it */
FIELDS(request_row) = { REQUEST_FIELDS, END };
FIELDS(request_list_reply) = {
    { "requests", QN_FIELD_ROWS, true, 0, 50, request_row },
    { "more", QN_FIELD_INT, true, 0, 1, NULL },
    { "now", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    END,
};
FIELDS(request_id) = { { "id", QN_FIELD_WORD, true, 36, 36, NULL }, END };
FIELDS(request_show_reply) = {
    REQUEST_FIELDS,
    { "hash", QN_FIELD_HEX, true, 64, 64, NULL },
    { "approvers", QN_FIELD_WORDS, true, 0, 8, NULL },
    { "changes", QN_FIELD_TEXTS, true, 0, 40, NULL },
    { "effect", QN_FIELD_TEXTS, true, 0, 40, NULL },
    DOCUMENT,
    END,
};
FIELDS(request_approve) = {
    { "id", QN_FIELD_WORD, true, 36, 36, NULL },
    { "hash", QN_FIELD_HEX, true, 64, 64, NULL },       /* of what was read: another one is refused */
    END,
};
FIELDS(request_reject) = {
    { "id", QN_FIELD_WORD, true, 36, 36, NULL },
    { "reason", QN_FIELD_TEXT, true, 1, 255, NULL },
    END,
};

/* ---- the permission model ---- */

FIELDS(role_row) = {
    { "role", QN_FIELD_WORD, true, 1, 32, NULL },
    { "help", QN_FIELD_TEXT, true, 0, 127, NULL },
    { "permissions", QN_FIELD_WORDS, true, 0, 32, NULL },
    END,
};
FIELDS(permission_row) = {
    { "permission", QN_FIELD_WORD, true, 1, 32, NULL },
    { "help", QN_FIELD_TEXT, true, 0, 127, NULL },
    END,
};
FIELDS(conflict_row) = {
    { "a", QN_FIELD_WORD, true, 1, 32, NULL },
    { "b", QN_FIELD_TEXT, true, 1, 32, NULL },
    { "excepted", QN_FIELD_INT, true, 0, 1, NULL },     /* by the compact profile in force */
    END,
};
FIELDS(operation_row) = {
    { "operation", QN_FIELD_WORD, true, 1, 31, NULL },
    { "permission", QN_FIELD_WORD, true, 1, 32, NULL },
    { "approvers", QN_FIELD_WORDS, true, 0, 8, NULL },
    { "hours", QN_FIELD_INT, true, 0, 1000, NULL },
    { "help", QN_FIELD_TEXT, true, 0, 127, NULL },
    END,
};
FIELDS(mapping_row) = {
    { "group", QN_FIELD_TEXT, true, 1, 1023, NULL },
    { "role", QN_FIELD_WORD, true, 1, 32, NULL },
    END,
};
FIELDS(verb_row) = {
    { "verb", QN_FIELD_WORD, true, 1, 31, NULL },
    { "from", QN_FIELD_WORDS, true, 0, 16, NULL },
    { "logged_in", QN_FIELD_INT, true, 0, 1, NULL },
    { "permission", QN_FIELD_WORD, true, 0, 32, NULL },
    { "live", QN_FIELD_INT, true, 0, 1, NULL },         /* the directory is asked again first */
    { "proof", QN_FIELD_INT, true, 0, 1, NULL },        /* the password is asked again first */
    END,
};
FIELDS(roles_reply) = {
    { "version", QN_FIELD_INT, true, 0, INT64_MAX, NULL },
    { "profile", QN_FIELD_WORD, true, 1, 16, NULL },
    { "roles", QN_FIELD_ROWS, true, 0, 16, role_row },
    { "permissions", QN_FIELD_ROWS, true, 0, 32, permission_row },
    { "conflicts", QN_FIELD_ROWS, true, 0, 32, conflict_row },
    { "operations", QN_FIELD_ROWS, true, 0, 32, operation_row },
    { "mapping", QN_FIELD_ROWS, true, 0, 64, mapping_row },
    { "verbs", QN_FIELD_ROWS, true, 0, 128, verb_row },
    END,
};
FIELDS(person_why) = { { "login", QN_FIELD_TEXT, true, 1, 255, NULL }, END };
FIELDS(zone_row) = {
    { "zone", QN_FIELD_TEXT, true, 1, 63, NULL },
    { "group", QN_FIELD_TEXT, true, 0, 1023, NULL },        /* through which the person may print there; empty: they may not */
    END,
};
FIELDS(person_why_reply) = {
    { "login", QN_FIELD_TEXT, true, 1, 255, NULL },
    { "display", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "id", QN_FIELD_WORD, true, 1, 64, NULL },
    { "status", QN_FIELD_WORD, true, 1, 16, NULL },
    { "locked", QN_FIELD_TEXT, true, 0, 255, NULL },
    { "groups", QN_FIELD_ROWS, true, 0, 64, mapping_row },  /* those of the mapping that the person is in */
    { "roles", QN_FIELD_WORDS, true, 0, 16, NULL },         /* what is left after conflicts */
    { "conflicts", QN_FIELD_ROWS, true, 0, 16, conflict_row },
    { "permissions", QN_FIELD_WORDS, true, 0, 32, NULL },
    { "zones", QN_FIELD_ROWS, true, 0, 32, zone_row },      /* those that the policy keeps to groups; any other is open to everybody */
    { "badges", QN_FIELD_INT, true, 0, 1000, NULL },
    { "pin", QN_FIELD_WORD, true, 1, 16, NULL },
    { "sessions", QN_FIELD_INT, true, 0, 100000, NULL },
    { "accounts", QN_FIELD_TEXTS, true, 0, 16, NULL },      /* logins of other accounts of the same person */
    END,
};

#endif
