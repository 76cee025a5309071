/* Everything the core remembers, in the words of the trade; no SQL above this line (DESIGN: store-sqlite*.c below it).
 * All functions run inside the turn's transaction unless they say otherwise. Unless said: 0, QN_ENOTFOUND for no such row,
 * QN_EIO when the engine fails (the caller then checks qn_store_alive()). Texts are copied into fixed arrays, never cut:
 * what does not fit is QN_EINVAL. Times are wall-clock milliseconds. */
#ifndef QN_STORE_H
#define QN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/id.h"
#include "lib/seal.h"
#include "server/job-state.h"

/* The database's name in state-dir. */
#define QN_STORE_FILE "quoin.db"

struct qn_store;

/* Opens (creates) the database: WAL, synchronous=FULL, foreign keys, secure_delete, no automatic checkpoint, for one
 * process alone (QN_ECONFLICT: another one has it, by path.lock); applies numbered schema files (embedded) above user_version,
 * each in one exclusive transaction.
 * QN_ECORRUPT if the file is damaged or newer than this program. The caller closes with qn_store_close(). */
int qn_store_open(struct qn_store **out, const char *path, struct qn_err *err);
/* The same database for reading alone, beside a running core or without one. Writing functions fail. */
int qn_store_open_read(struct qn_store **out, const char *path, struct qn_err *err);
void qn_store_close(struct qn_store **s);

/* The turn's transaction. Commit may return QN_EAMBIGUOUS (its fate is unknown: the process must end and ask again by id). */
int qn_store_begin(struct qn_store *s, struct qn_err *err);
int qn_store_commit(struct qn_store *s, struct qn_err *err);
void qn_store_rollback(struct qn_store *s);

/* One message's savepoint inside it. */
int qn_store_mark(struct qn_store *s, struct qn_err *err);
int qn_store_keep(struct qn_store *s, struct qn_err *err);
void qn_store_undo(struct qn_store *s);

/* False once the transaction has died underneath us (sqlite3_get_autocommit): every message of the turn has failed. */
bool qn_store_alive(const struct qn_store *s);

/* Outside a transaction: moves WAL pages into the database; truncate also empties the WAL (after erasing keys).
 * pages_out: WAL pages left. Never waits: QN_EAGAIN while a reader is in the way of truncating (ask again later). */
int qn_store_checkpoint(struct qn_store *s, bool truncate, int *pages_out, struct qn_err *err);

/* ---- people ---- */
struct qn_person {
    int64_t id;
    char dir_id[65], login[256], display[256];
    char roles[128];          /* space-separated role names, as last seen */
    char status[17];          /* active, disabled, ... as the directory says */
    int64_t checked;          /* when the directory last said so */
    char same[256];           /* equal for two accounts of one person; "": not known */
    char locked[256];         /* why somebody of the security role locked them; "": they are not */
};
/* Inserts or updates by dir_id (never by login) and fills id and locked, which the directory does not know. A login that another
 * person had moves to this one. */
int qn_store_person_seen(struct qn_store *s, struct qn_person *p, struct qn_err *err);
int qn_store_person(struct qn_store *s, int64_t id, struct qn_person *out, struct qn_err *err);
int qn_store_person_by_dir(struct qn_store *s, const char *dir_id, struct qn_person *out, struct qn_err *err);
/* The directory's last word on somebody it no longer has. */
int qn_store_person_checked(struct qn_store *s, int64_t id, const char *status, int64_t checked, struct qn_err *err);
/* By mapped owner name (exact bytes). */
int qn_store_person_by_login(struct qn_store *s, const char *login, struct qn_person *out, struct qn_err *err);

/* One page of people whom the directory was last asked about before a time, oldest first, after (checked, id). live: they could still
 * do something, by a session, a badge, a PIN, a held job or a delegation. */
int qn_store_person_each_stale(struct qn_store *s, int64_t before, int64_t after_checked, int64_t after_id, int limit,
                               int (*each)(void *ctx, const struct qn_person *p, bool live), void *ctx, struct qn_err *err);

/* ---- what is stopped (person.locked for people) ---- */
struct qn_containment { char kind[16], name[256], reason[256]; };
int qn_store_person_lock(struct qn_store *s, int64_t id, const char *reason, struct qn_err *err); /* "": let go */
/* QN_ECONFLICT if it is stopped already. */
int qn_store_contain_add(struct qn_store *s, const struct qn_containment *it, int64_t by, int64_t now, struct qn_err *err);
int qn_store_contain_drop(struct qn_store *s, const char *kind, const char *name, struct qn_err *err);
/* Whether it is stopped; true if the store can't say. */
int qn_store_contained(struct qn_store *s, const char *kind, const char *name, bool *yes_out, struct qn_err *err);
/* At most limit: things by kind and name, then people. */
int qn_store_contain_each(struct qn_store *s, int limit, int (*each)(void *ctx, const struct qn_containment *it), void *ctx,
                          struct qn_err *err);

/* ---- delegations ---- */
struct qn_delegation {
    int64_t id, owner, delegate;
    char job[QN_UUID_TEXT];   /* "": every job */
    bool title;               /* the delegate may see titles */
    int64_t made, until, ended; /* ended 0: not yet */
};
int qn_store_delegation_add(struct qn_store *s, struct qn_delegation *d, struct qn_err *err); /* fills id */
int qn_store_delegation(struct qn_store *s, int64_t id, struct qn_delegation *out, struct qn_err *err);
/* QN_ENOTFOUND if it has ended already. */
int qn_store_delegation_end(struct qn_store *s, int64_t id, int64_t now, struct qn_err *err);
/* Of a person, not ended and not over at the time, at most limit: those given, or those received. */
int qn_store_delegation_each(struct qn_store *s, int64_t person, bool given, int64_t now, int limit,
                             int (*each)(void *ctx, const struct qn_delegation *d), void *ctx, struct qn_err *err);

/* ---- notices ---- */
struct qn_notice { int64_t id, made; char word[33], facts[2048]; };
/* The oldest of a person's make room above keep. */
int qn_store_notice_add(struct qn_store *s, int64_t person, const char *word, const char *facts, int64_t now, int keep,
                        struct qn_err *err);
int qn_store_notice_each(struct qn_store *s, int64_t person, int limit, int (*each)(void *ctx, const struct qn_notice *n), void *ctx,
                         struct qn_err *err);
int qn_store_notice_drop(struct qn_store *s, int64_t person, int64_t id, struct qn_err *err);

/* Badges: only their HMAC is kept. */
enum { QN_BADGES_MAX = 10, QN_BADGE_KNOWN = 1 };
struct qn_badge {
    uint8_t mac[32];
    int64_t person;
    int64_t added, used;      /* used 0: never */
    char label[64];           /* what its owner calls it */
    char source[17];          /* claim, import, directory */
};
/* QN_BADGE_KNOWN if it is this person's already, and stays as it is; QN_ECONFLICT if it is somebody else's; QN_EFULL if the person has
 * QN_BADGES_MAX. */
int qn_store_badge_add(struct qn_store *s, const struct qn_badge *b, struct qn_err *err);
int qn_store_badge(struct qn_store *s, const uint8_t mac[32], struct qn_badge *out, struct qn_err *err);
int qn_store_badge_used(struct qn_store *s, const uint8_t mac[32], int64_t now, struct qn_err *err);
int qn_store_badge_end(struct qn_store *s, const uint8_t mac[32], struct qn_err *err);
int qn_store_badge_end_person(struct qn_store *s, int64_t person, int64_t *count_out, struct qn_err *err);
/* All of a person, oldest first, until each() returns non-zero. */
int qn_store_badge_each(struct qn_store *s, int64_t person, int (*each)(void *ctx, const struct qn_badge *b), void *ctx,
                        struct qn_err *err);
/* Ends the sessions that a badge of this person opened. */
int qn_store_session_end_badge(struct qn_store *s, int64_t person, struct qn_err *err);

/* PINs: scrypt hash wrapped under the pepper. cost 0: the directory keeps the PIN, and only tries are counted here. */
struct qn_pin {
    uint8_t salt[16], wrapped[QN_WRAPPED];
    int64_t cost;
    int64_t failures;       /* consecutive */
    int64_t until;          /* no try before this time */
    bool locked;
};
int qn_store_pin_set(struct qn_store *s, int64_t person, const struct qn_pin *pin, struct qn_err *err);
int qn_store_pin(struct qn_store *s, int64_t person, struct qn_pin *out, struct qn_err *err);
int qn_store_pin_count(struct qn_store *s, int64_t person, int64_t failures, int64_t until, bool locked, struct qn_err *err);

/* Throttles by key ("terminal:NAME", "password:LOGIN", ...): missing rows read as zero. Rows idle for a day are dropped. */
struct qn_throttle { int64_t failures, until, last; };
int qn_store_throttle(struct qn_store *s, const char *key, struct qn_throttle *out, struct qn_err *err);
int qn_store_throttle_set(struct qn_store *s, const char *key, const struct qn_throttle *t, struct qn_err *err);

/* ---- the policy's versions ---- */
struct qn_policy_version {
    int64_t version;
    uint8_t hash[32];         /* SHA-256 of the document */
    int64_t author, approver; /* 0: root */
    char ticket[128];
    int64_t made;
};
/* Adds the next version; QN_ECONFLICT unless v->version is the highest there is plus one. */
int qn_store_policy_add(struct qn_store *s, const struct qn_policy_version *v, const char *document, struct qn_err *err);
/* A version, 0 for the highest; its document if document_out, which the caller frees. */
int qn_store_policy(struct qn_store *s, int64_t version, struct qn_policy_version *out, char **document_out, struct qn_err *err);

/* Those below `before` (0: all), highest first, at most limit, until each() returns non-zero. */
int qn_store_policy_each(struct qn_store *s, int64_t before, int limit, int (*each)(void *ctx, const struct qn_policy_version *v),
                         void *ctx, struct qn_err *err);

/* What it would do to live jobs of a class if they were held for `hold` ms from when they came, and never longer than now; of the
 * oldest QN_EFFECT_MAX. */
enum { QN_EFFECT_MAX = 20000 };
struct qn_class_effect { int64_t live, earlier, due_now; };
int qn_store_class_effect(struct qn_store *s, int class_, int64_t hold, int64_t now, struct qn_class_effect *out, struct qn_err *err);
/* Moves the due time of at most limit live jobs of a class, none of them being released, that are held for longer. count_out: how many. */
int qn_store_job_shorten(struct qn_store *s, int class_, int64_t hold, int limit, int64_t *count_out, struct qn_err *err);
/* Ceilings of devices and terminals after classes were renumbered: four bits of level_map for each old level. */
int qn_store_ceilings(struct qn_store *s, int64_t level_map, struct qn_err *err);

/* ---- requests: what one person proposed and another decides ---- */
struct qn_request {
    char id[QN_UUID_TEXT], operation[32];
    uint8_t hash[32];         /* of operation, base and document */
    int64_t base;             /* policy version it was made under */
    int64_t requester, decider; /* decider 0: nobody yet */
    char ticket[128], state[16], reason[256];
    int64_t made, expires, decided;
};
int qn_store_request_add(struct qn_store *s, const struct qn_request *r, const char *document, struct qn_err *err); /* open */
/* The caller frees the document. */
int qn_store_request(struct qn_store *s, const char *id, struct qn_request *out, char **document_out, struct qn_err *err);
/* From open to another state, once: QN_ECONFLICT if it is not open. decider 0: nobody. */
int qn_store_request_end(struct qn_store *s, const char *id, const char *state, int64_t decider, int64_t now, const char *reason,
                         struct qn_err *err);
/* Newest first below `before` ("" from the start): those of these operations (each between spaces), and the requester's own. */
struct qn_request_page { const char *before, *operations; int64_t requester; bool open; int limit; };
int qn_store_request_each(struct qn_store *s, const struct qn_request_page *p, int (*each)(void *ctx, const struct qn_request *r),
                          void *ctx, struct qn_err *err);
/* Open ones whose time is over. */
int qn_store_request_each_late(struct qn_store *s, int64_t now, int limit, int (*each)(void *ctx, const struct qn_request *r),
                               void *ctx, struct qn_err *err);
int qn_store_request_count_open(struct qn_store *s, int64_t requester, int64_t *out, struct qn_err *err);

/* Whom root has given a role at a recovery, until then (second clock). */
struct qn_appointment { char login[256], role[32]; int64_t until; };
int qn_store_appoint(struct qn_store *s, const struct qn_appointment *a, struct qn_err *err); /* replaces one of that login */
int qn_store_appoint_end(struct qn_store *s, const char *login, struct qn_err *err);
int qn_store_appointment_each(struct qn_store *s, int (*each)(void *ctx, const struct qn_appointment *a), void *ctx,
                              struct qn_err *err);

/* ---- why a person may do what they may ---- */
struct qn_person_facts { int64_t badges, sessions; };
int qn_store_person_facts(struct qn_store *s, int64_t person, struct qn_person_facts *out, struct qn_err *err);
/* Logins of other accounts of the same person. */
int qn_store_person_each_same(struct qn_store *s, int64_t person, int (*each)(void *ctx, const char *login), void *ctx,
                              struct qn_err *err);
/* The groups (JSON) through which somebody holds more than the role user, as last seen, "" for nobody else; and those of them that
 * the policy's zones name, "" for none. */
int qn_store_person_groups(struct qn_store *s, int64_t person, const char *groups, const char *zones, struct qn_err *err);
int qn_store_person_zones(struct qn_store *s, int64_t person, char **zones_out, struct qn_err *err); /* the caller frees */
int qn_store_person_each_staff(struct qn_store *s, int limit, int (*each)(void *ctx, const char *groups), void *ctx,
                               struct qn_err *err);
int qn_store_person_each_zoned(struct qn_store *s, int limit, int (*each)(void *ctx, const char *groups), void *ctx,
                               struct qn_err *err);
/* Drops what was last seen of a person's roles: until the directory is asked again they have none. */
int qn_store_person_forget(struct qn_store *s, int64_t person, struct qn_err *err);

/* ---- sessions ---- */
enum qn_session_kind { QN_SESSION_KIOSK = 1, QN_SESSION_PORTAL, QN_SESSION_CONSOLE, QN_SESSION_SHELL };
struct qn_session {
    uint8_t hash[32];       /* SHA-256 of the token */
    int64_t person, terminal; /* terminal 0: none */
    int kind;
    char method[16];        /* badge-pin, password */
    char roles[128];
    int64_t created, used;
    int64_t proved;         /* when the password was last given; -1: not in this session */
    int64_t uid;            /* of the shell it is for; -1: none */
};
int qn_store_session_add(struct qn_store *s, const struct qn_session *in, struct qn_err *err);
int qn_store_session(struct qn_store *s, const uint8_t hash[32], struct qn_session *out, struct qn_err *err);
int qn_store_session_touch(struct qn_store *s, const uint8_t hash[32], int64_t now, struct qn_err *err);
int qn_store_session_prove(struct qn_store *s, const uint8_t hash[32], int64_t now, struct qn_err *err);
int qn_store_session_end(struct qn_store *s, const uint8_t hash[32], struct qn_err *err);
/* Ends every session of a person at a terminal (a new login there replaces the old), or anywhere if terminal is 0; of anybody at a
 * terminal if person is 0. count_out, which may be NULL: how many. */
int qn_store_session_end_all(struct qn_store *s, int64_t person, int64_t terminal, int64_t *count_out, struct qn_err *err);
int qn_store_session_end_everybody(struct qn_store *s, int64_t *count_out, struct qn_err *err);
/* At most limit sessions of a kind that were last used before the time. */
int qn_store_session_each_idle(struct qn_store *s, int kind, int64_t before, int limit,
                               int (*each)(void *ctx, const struct qn_session *it), void *ctx, struct qn_err *err);

/* ---- devices, terminals ---- */
struct qn_device {
    int64_t id;
    char name[64], uri[1024], location[128], zone[64], custodian[128], ca[1024], pin[65];
    int ceiling;
    char driver[256];       /* reached through quoin-cups with this driver; "": spoken to directly */
    int64_t plain_until;    /* an unencrypted link is allowed until then; 0: it is not */
    char plain_reason[128];
    char state[17];         /* active, retired */
    bool locked;            /* by somebody of the security role */
};
/* By name; new, or as it is from now on, whatever it was (retired: active again). */
int qn_store_device_put(struct qn_store *s, const struct qn_device *d, struct qn_err *err);
int qn_store_device_retire(struct qn_store *s, const char *name, struct qn_err *err);
int qn_store_device(struct qn_store *s, int64_t id, struct qn_device *out, struct qn_err *err);
int qn_store_device_by_name(struct qn_store *s, const char *name, struct qn_device *out, struct qn_err *err);
/* Calls each() in order of name, from the first after a name ("" for all), for at most limit, until it returns non-zero. */
int qn_store_device_each(struct qn_store *s, const char *after, int limit, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                         struct qn_err *err);

/* At most limit active ones whose exception ended before the time, and of which nobody has said so yet; says so. */
int qn_store_device_each_over(struct qn_store *s, int64_t now, int limit, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                              struct qn_err *err);
int qn_store_device_plain_over(struct qn_store *s, int64_t id, struct qn_err *err);

/* The active ones of a zone ("" for those without), or all (NULL), in no order: what it takes to find one's way. */
struct qn_device_place {
    int64_t id;
    char name[64], location[128];
};
int qn_store_device_places(struct qn_store *s, const char *zone, int (*each)(void *ctx, const struct qn_device_place *d), void *ctx,
                           struct qn_err *err);

/* What a device said when it was last asked. */
struct qn_device_state {
    int64_t asked, answered; /* wall clock, ms; 0: never */
    char state[17];          /* idle, processing, stopped, away, certificate, error, unknown */
    char why[33];            /* what people are told of it; "" for nothing */
};
int qn_store_device_state_put(struct qn_store *s, int64_t device, const struct qn_device_state *st, const char *facts,
                              struct qn_err *err); /* facts "": it did not answer, those it has stay */
int qn_store_device_state_drop(struct qn_store *s, int64_t device, struct qn_err *err); /* 0 also if there was none */
/* facts_out, which may be NULL: JSON, the caller frees; "" if it never answered. */
int qn_store_device_state(struct qn_store *s, int64_t device, struct qn_device_state *out, char **facts_out, struct qn_err *err);

struct qn_terminal {
    int64_t id, device;     /* the device it stands at */
    char name[64];
    uint8_t code[32];       /* SHA-256 of the one-time code that waits for it, else zero */
    int64_t code_until;
    uint8_t token[32];      /* SHA-256 of the credential once enrolled, else zero */
    bool certified;         /* it needs its client certificate */
    uint8_t certificate[32]; /* SHA-256 of that, else zero */
    int ceiling;            /* highest class it may release; 0: its device's */
    char state[17];         /* waiting, enrolled, revoked */
    bool locked;            /* by somebody of the security role */
};
/* By name: device, certified and ceiling. New, or changed: an enrolled one stays so unless certified changes; one that was revoked
 * waits for a code. Fills t->id. */
int qn_store_terminal_put(struct qn_store *s, struct qn_terminal *t, struct qn_err *err);
/* The one-time code of a terminal that is not revoked; the credential it has stays good until the code is used. */
int qn_store_terminal_code(struct qn_store *s, int64_t id, const uint8_t code[32], int64_t until, struct qn_err *err);
/* The client certificate of a terminal that needs one and is not revoked. What it had before is worth nothing now: it waits. */
int qn_store_terminal_certify(struct qn_store *s, int64_t id, const uint8_t certificate[32], struct qn_err *err);
/* Exactly once: code + in time -> enrolled with the token's hash. QN_ENOTFOUND otherwise. */
int qn_store_terminal_enrol(struct qn_store *s, const uint8_t code[32], const uint8_t token[32], int64_t now,
                            struct qn_terminal *out, struct qn_err *err);
int qn_store_terminal_by_token(struct qn_store *s, const uint8_t token[32], struct qn_terminal *out, struct qn_err *err);
int qn_store_terminal_by_name(struct qn_store *s, const char *name, struct qn_terminal *out, struct qn_err *err);
int qn_store_terminal(struct qn_store *s, int64_t id, struct qn_terminal *out, struct qn_err *err);
int qn_store_terminal_revoke(struct qn_store *s, int64_t id, struct qn_err *err);
/* As qn_store_device_each(), without a limit. */
int qn_store_terminal_each(struct qn_store *s, const char *after, int (*each)(void *ctx, const struct qn_terminal *t), void *ctx,
                           struct qn_err *err);
/* Those that print on a device: standing at it (at), or tied to it besides. */
int qn_store_terminal_each_of(struct qn_store *s, int64_t device, bool at, int (*each)(void *ctx, const struct qn_terminal *t),
                              void *ctx, struct qn_err *err);
/* The other devices that a terminal may print on: none any more, one more, whether one is among them, all in order of name. */
int qn_store_terminal_untie(struct qn_store *s, int64_t terminal, struct qn_err *err);
int qn_store_terminal_tie(struct qn_store *s, int64_t terminal, int64_t device, struct qn_err *err);
int qn_store_terminal_tied(struct qn_store *s, int64_t terminal, int64_t device, struct qn_err *err); /* 0 or QN_ENOTFOUND */
int qn_store_terminal_each_tied(struct qn_store *s, int64_t terminal, int (*each)(void *ctx, const struct qn_device *d), void *ctx,
                                struct qn_err *err);
/* No terminal prints on the device besides any more. */
int qn_store_device_untie(struct qn_store *s, int64_t device, struct qn_err *err);

/* ---- jobs ---- */
struct qn_job_key {          /* what makes a hand-over from CUPS the same hand-over */
    char cupsd[65], uuid[65];
    int64_t cups_job, created, document;
};
struct qn_job {
    char id[QN_UUID_TEXT];
    struct qn_job_key key;
    int64_t owner;           /* person; 0 while the directory could not be asked (owner_pending) */
    char owner_name[256];    /* mapped name */
    bool owner_verified;
    char queue[128], format[64];
    int class_;
    int state;               /* enum qn_job_state */
    int64_t version;         /* +1 at each change */
    struct qn_seal_sum sum;
    char shred[48];          /* id of the shred key */
    uint8_t wrapped[QN_WRAPPED];
    int64_t received, due;
    char why[33];            /* last reason it is not printed; a key of the catalogue, "" if none */
    /* of the running or last release */
    char token[33];          /* claim token, 32 hex digits */
    int stage;               /* enum qn_release_stage */
    int64_t device, terminal, printer_job, released;
    char printer_uuid[128];
    int64_t lease;           /* the claim holds until then (second clock); renewed by whoever holds it */
    int64_t up_time;         /* of the printer, s, when its job was made; 0: it did not say */
    int64_t pages;           /* of the document; -1: not known */
    int64_t expected;        /* impressions that the release asks for; -1: not known */
    int64_t impressions, sheets; /* as the printer counted them; -1: it did not say */
    char output[17];         /* confirmed, short, unknown; "" before it is printed */
};
enum { QN_JOB_TITLE_MAX = 1100, QN_JOB_OPTIONS_MAX = 40000 };

/* Inserts in state held with its sealed title and options. */
int qn_store_job_add(struct qn_store *s, const struct qn_job *j, const void *title, size_t title_len, const void *options,
                     size_t options_len, struct qn_err *err);
int qn_store_job(struct qn_store *s, const char *id, struct qn_job *out, struct qn_err *err);
/* Any job of that key, owner name and document length, whatever its state (also erased). QN_ENOTFOUND: a new job. */
int qn_store_job_by_key(struct qn_store *s, const struct qn_job_key *key, const char *owner_name, uint64_t length,
                        struct qn_job *out, struct qn_err *err);
/* The sealed title ("title") or options ("options"); *data_out is allocated, the caller frees. */
int qn_store_job_sealed(struct qn_store *s, const char *id, const char *column, uint8_t **data_out, size_t *len_out,
                        struct qn_err *err);
/* Compare and set: state from -> to, version checked; why, stage, token, device ... are written from *j, j->version and state updated.
 * QN_ECONFLICT if the row is no longer in that state and version. */
int qn_store_job_change(struct qn_store *s, struct qn_job *j, int to, struct qn_err *err);
/* A claim: held or printed-with-reprint -> releasing under a fresh token (see qn_store_job_change). Same errors. */
int qn_store_job_claim(struct qn_store *s, struct qn_job *j, const char token[33], int64_t terminal, int64_t device,
                       struct qn_err *err);
/* Erases the wrapped key, sealed title and options, and says erased; the row stays without content. */
int qn_store_job_erase(struct qn_store *s, struct qn_job *j, struct qn_err *err);
/* Pending owner resolved. */
int qn_store_job_set_owner(struct qn_store *s, struct qn_job *j, int64_t person, struct qn_err *err);
/* Drops erased rows received before that time, at most limit. */
int qn_store_job_forget(struct qn_store *s, int64_t before, int limit, struct qn_err *err);

/* Pages by id (time-ordered) after `after` ("" from the start), at most limit; calls each() until it returns non-zero. */
int qn_store_job_each_owner(struct qn_store *s, int64_t owner, const char *after, int limit,
                            int (*each)(void *ctx, const struct qn_job *j), void *ctx, struct qn_err *err); /* not erased ones */
int qn_store_job_each_live(struct qn_store *s, const char *after, int limit,
                           int (*each)(void *ctx, const struct qn_job *j), void *ctx, struct qn_err *err);
/* Releasing, with a lease that is over by then, in order of id. */
int qn_store_job_each_lapsed(struct qn_store *s, int64_t lease, const char *after, int limit,
                             int (*each)(void *ctx, const struct qn_job *j), void *ctx, struct qn_err *err);
/* Not erased, due at or before the time, oldest due first. */
int qn_store_job_each_due(struct qn_store *s, int64_t due_before, int limit,
                          int (*each)(void *ctx, const struct qn_job *j), void *ctx, struct qn_err *err);
/* Pending owners, oldest first. */
int qn_store_job_each_pending(struct qn_store *s, int limit, int (*each)(void *ctx, const struct qn_job *j), void *ctx,
                              struct qn_err *err);

struct qn_job_totals { int64_t jobs, bytes; };
/* Live (not erased) jobs and their bytes: kept as counters, so constant in time. owner_name NULL: of everybody. */
int qn_store_job_totals(struct qn_store *s, const char *owner_name, struct qn_job_totals *out, struct qn_err *err);
int qn_store_job_count_state(struct qn_store *s, int state, int64_t *out, struct qn_err *err);

/* Idempotent requests: the answer given for (session person, key), JSON text. Kept for a day. */
int qn_store_idem(struct qn_store *s, int64_t person, const char *key, char **answer_out, struct qn_err *err);
int qn_store_idem_put(struct qn_store *s, int64_t person, const char *key, const char *answer, int64_t now,
                      struct qn_err *err);
int qn_store_idem_sweep(struct qn_store *s, int64_t before, struct qn_err *err);

/* ---- shred keys (their bytes are in the keystore, never here) ---- */
struct qn_shred { char id[48]; int class_; int64_t start, end; char state[17]; /* active, destroying, destroyed */ };
int qn_store_shred_put(struct qn_store *s, const struct qn_shred *k, struct qn_err *err);   /* by id */
int qn_store_shred(struct qn_store *s, const char *id, struct qn_shred *out, struct qn_err *err);
/* Ended before the time and without live jobs, not destroyed yet. */
int qn_store_shred_each_ended(struct qn_store *s, int64_t before, int limit,
                              int (*each)(void *ctx, const struct qn_shred *k), void *ctx, struct qn_err *err);

/* ---- the audit log's rows (server/audit.h makes them) ---- */
int qn_store_audit_add(struct qn_store *s, int64_t seq, const char *entry, const uint8_t leaf[32], struct qn_err *err);
/* At most limit records from first on, in order, until each() returns non-zero. each() must not write to the store. */
int qn_store_audit_each(struct qn_store *s, int64_t first, int64_t limit,
                        int (*each)(void *ctx, int64_t seq, const char *entry, size_t entry_len, const uint8_t leaf[32]),
                        void *ctx, struct qn_err *err);
int qn_store_audit_size(struct qn_store *s, int64_t *out, struct qn_err *err); /* highest seq + 1 */
/* The right edge of the tree (its full subtrees' hashes, largest first) and the last signed head; one row, replaced. */
int qn_store_head_put(struct qn_store *s, int64_t size, const void *edge, size_t edge_len, const char *note,
                      struct qn_err *err);
int qn_store_head(struct qn_store *s, int64_t *size_out, uint8_t *edge, size_t edge_max, size_t *edge_len_out,
                  char **note_out, struct qn_err *err); /* QN_ENOTFOUND in a new database; the caller frees the note */

/* ---- single facts: the clock's anchor and the like; QN_ENOTFOUND if never set ---- */
int qn_store_fact(struct qn_store *s, const char *name, int64_t *out, struct qn_err *err);
int qn_store_fact_put(struct qn_store *s, const char *name, int64_t value, struct qn_err *err);

#endif
