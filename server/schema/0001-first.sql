-- The first shape of the database. Files of this folder are only ever added to, never edited: each is applied once, in one
-- exclusive transaction, and ends by saying its number. Times are milliseconds since 1970 UTC. Numbers of states are those of
-- server/job-state.def; 7 is "erased", and a job that is not erased is called live.

-- Who the directory has told us about. dir_id never changes; a login may move from one person to another.
CREATE TABLE person (
    id      INTEGER PRIMARY KEY,
    dir_id  TEXT    NOT NULL UNIQUE CHECK (dir_id <> ''),
    login   TEXT    UNIQUE,                                 -- null once somebody else has it
    display TEXT    NOT NULL,
    roles   TEXT    NOT NULL,                               -- space-separated, as last seen
    status  TEXT    NOT NULL,
    checked INTEGER NOT NULL,                               -- when the directory last said so
    same    TEXT    NOT NULL DEFAULT '',                    -- what two accounts of one person have in common, or ''
    locked  TEXT    NOT NULL DEFAULT '',                    -- why somebody of the security role locked them, or ''
    groups  TEXT    NOT NULL DEFAULT '',                    -- JSON: groups that give them more than the role user, as last seen
    zones   TEXT    NOT NULL DEFAULT ''                     -- JSON: groups that the policy's zones name, as last seen
) STRICT;
CREATE INDEX person_checked ON person (checked);
CREATE INDEX person_same ON person (same) WHERE same <> '';
CREATE INDEX person_staff ON person (status) WHERE groups > '';
CREATE INDEX person_zoned ON person (status) WHERE zones > '';
CREATE INDEX person_locked ON person (id) WHERE locked <> '';

-- The policy's versions (quoin-policy(5)); the highest is in force. Rows are added, never changed.
CREATE TABLE policy (
    version  INTEGER PRIMARY KEY CHECK (version >= 1),
    document TEXT    NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),    -- SHA-256 of the document
    author   INTEGER REFERENCES person (id),                -- null: root, at the first start or at a recovery
    approver INTEGER REFERENCES person (id),
    ticket   TEXT    NOT NULL,
    made     INTEGER NOT NULL                               -- when it came into force
) STRICT;
CREATE TRIGGER policy_fixed BEFORE UPDATE ON policy BEGIN SELECT RAISE(ABORT, 'a policy version is never changed'); END;
CREATE TRIGGER policy_kept BEFORE DELETE ON policy BEGIN SELECT RAISE(ABORT, 'a policy version is never dropped'); END;

-- What one person has proposed and another decides. The document and its hash never change.
CREATE TABLE request (
    id        TEXT    PRIMARY KEY CHECK (length(id) = 36),
    operation TEXT    NOT NULL,
    document  TEXT    NOT NULL,
    hash      BLOB    NOT NULL CHECK (length(hash) = 32),   -- SHA-256 of operation, base and document: what is signed off
    base      INTEGER NOT NULL,                             -- policy version it was made under
    requester INTEGER NOT NULL REFERENCES person (id),
    ticket    TEXT    NOT NULL,
    made      INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    state     TEXT    NOT NULL CHECK (state IN ('open', 'executed', 'rejected', 'withdrawn', 'expired', 'void')),
    decider   INTEGER REFERENCES person (id),
    decided   INTEGER NOT NULL DEFAULT 0,
    reason    TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX request_late ON request (expires) WHERE state = 'open';
CREATE INDEX request_open ON request (id) WHERE state = 'open';
CREATE INDEX request_own ON request (requester) WHERE state = 'open';
CREATE TRIGGER request_fixed BEFORE UPDATE OF id, operation, document, hash, base, requester, ticket, made, expires ON request BEGIN
    SELECT RAISE(ABORT, 'a request is never edited');
END;
CREATE TRIGGER request_once BEFORE UPDATE OF state ON request WHEN old.state <> 'open' BEGIN
    SELECT RAISE(ABORT, 'a request is decided once');
END;

-- Whom root has made something for an hour at a recovery.
CREATE TABLE appointment (
    login TEXT    PRIMARY KEY,
    role  TEXT    NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What somebody of the security role has stopped at once: kind is device, terminal or queue (people: person.locked).
CREATE TABLE containment (
    kind   TEXT    NOT NULL CHECK (kind IN ('device', 'terminal', 'queue')),
    name   TEXT    NOT NULL,
    reason TEXT    NOT NULL,
    by     INTEGER NOT NULL REFERENCES person (id),
    made   INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Owners who let a colleague release their jobs: one job, or every job until then.
CREATE TABLE delegation (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    owner    INTEGER NOT NULL REFERENCES person (id),
    delegate INTEGER NOT NULL REFERENCES person (id),
    job      TEXT    NOT NULL,                              -- '' for all
    title    INTEGER NOT NULL CHECK (title IN (0, 1)),      -- the delegate may see titles
    made     INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    ended    INTEGER NOT NULL DEFAULT 0,                    -- 0: not yet
    CHECK (owner <> delegate)
) STRICT;
CREATE INDEX delegation_owner ON delegation (owner, until) WHERE ended = 0;
CREATE INDEX delegation_delegate ON delegation (delegate, until) WHERE ended = 0;

-- What a person is told at the next log-in: a key of the catalogue and what goes into its sentence (JSON).
CREATE TABLE notice (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person (id),
    word   TEXT    NOT NULL,
    facts  TEXT    NOT NULL,
    made   INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_person ON notice (person, id);

-- Badges, only as HMAC of their normalised number.
CREATE TABLE badge (
    mac    BLOB    PRIMARY KEY CHECK (length(mac) = 32),
    person INTEGER NOT NULL REFERENCES person (id),
    added  INTEGER NOT NULL,
    label  TEXT    NOT NULL DEFAULT '',                     -- what its owner calls it
    source TEXT    NOT NULL DEFAULT 'claim' CHECK (source IN ('claim', 'import', 'directory')),
    used   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX badge_person ON badge (person, added);

-- PINs: scrypt hash wrapped under the pepper, and how often it was got wrong in a row.
CREATE TABLE pin (
    person   INTEGER PRIMARY KEY REFERENCES person (id),
    salt     BLOB    NOT NULL CHECK (length(salt) = 16),
    wrapped  BLOB    NOT NULL CHECK (length(wrapped) = 60),
    cost     INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    until    INTEGER NOT NULL,                              -- no try before this time
    locked   INTEGER NOT NULL CHECK (locked IN (0, 1))
) STRICT;

-- Failures of terminals, addresses and logins; rows idle for a day go.
CREATE TABLE throttle (
    key      TEXT    PRIMARY KEY,
    failures INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    last     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_last ON throttle (last);

-- Printers that may be sent to.
CREATE TABLE device (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE CHECK (name <> ''),
    uri      TEXT    NOT NULL,
    location TEXT    NOT NULL,
    ca       TEXT    NOT NULL,                              -- file of its certificate authorities, or ''
    pin      TEXT    NOT NULL,                              -- SHA-256 of its certificate, or ''
    ceiling  INTEGER NOT NULL,                              -- highest class it may print
    zone     TEXT    NOT NULL DEFAULT '',
    custodian TEXT   NOT NULL DEFAULT '',                   -- who answers for it
    driver   TEXT    NOT NULL DEFAULT '',                   -- reached through quoin-cups with this driver, or ''
    plain_until INTEGER NOT NULL DEFAULT 0,                 -- an unencrypted link is allowed until then
    plain_reason TEXT NOT NULL DEFAULT '',
    plain_over INTEGER NOT NULL DEFAULT 0 CHECK (plain_over IN (0, 1)), -- 1: its end is in the log
    state    TEXT    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired'))
) STRICT;
CREATE INDEX device_zone ON device (state, zone);
CREATE INDEX device_plain ON device (plain_until) WHERE plain_over = 0 AND plain_until > 0;

-- What a printer said when it was last asked (lib/verb-print.h: probe_reply, as JSON). Not evidence: it is overwritten.
CREATE TABLE device_state (
    device   INTEGER PRIMARY KEY REFERENCES device (id),
    asked    INTEGER NOT NULL,
    answered INTEGER NOT NULL,                              -- 0: never
    state    TEXT    NOT NULL,                              -- of the last time it was asked: idle, processing, stopped, away ...
    why      TEXT    NOT NULL DEFAULT '',                   -- what stopped it then, a key of the catalogue, or ''
    facts    TEXT    NOT NULL                               -- of the last time it answered; '' for never
) STRICT;

-- Release terminals. waiting: approved, not enrolled; code: a one-time code was given and nobody has used it yet.
CREATE TABLE terminal (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE CHECK (name <> ''),
    device     INTEGER NOT NULL REFERENCES device (id),
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'enrolled', 'revoked')),
    code       BLOB    UNIQUE CHECK (length(code) = 32),    -- SHA-256 of the one-time code
    code_until INTEGER NOT NULL DEFAULT 0,
    token      BLOB    UNIQUE CHECK (length(token) = 32),   -- SHA-256 of the credential
    certified  INTEGER NOT NULL DEFAULT 0 CHECK (certified IN (0, 1)), -- 1: worth nothing without its client certificate
    certificate BLOB   UNIQUE CHECK (length(certificate) = 32), -- SHA-256 of that, once it was issued
    ceiling    INTEGER NOT NULL DEFAULT 0,                  -- highest class it may release; 0: its device's
    CHECK ((state = 'enrolled') = (token IS NOT NULL)),
    CHECK (state <> 'revoked' OR (code IS NULL AND certificate IS NULL)),
    CHECK (certificate IS NULL OR certified = 1)
) STRICT;
CREATE INDEX terminal_at ON terminal (device);

-- Devices that a terminal may print on besides the one it stands at.
CREATE TABLE terminal_device (
    terminal INTEGER NOT NULL REFERENCES terminal (id) ON DELETE CASCADE,
    device   INTEGER NOT NULL REFERENCES device (id),
    PRIMARY KEY (terminal, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX terminal_device_of ON terminal_device (device);

-- Who is logged in where; the token itself is only with its holder.
CREATE TABLE session (
    hash     BLOB    PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256 of the token
    person   INTEGER NOT NULL REFERENCES person (id),
    terminal INTEGER REFERENCES terminal (id),              -- null: none
    kind     INTEGER NOT NULL CHECK (kind IN (1, 2, 3, 4)), -- kiosk, portal, console, shell (quoinctl)
    method   TEXT    NOT NULL,
    roles    TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    used     INTEGER NOT NULL,
    proved   INTEGER NOT NULL DEFAULT -1,                   -- when the password was last given; -1: not in this session
    uid      INTEGER NOT NULL DEFAULT -1                    -- whose shell it is for; -1: none
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (person, terminal);
CREATE INDEX session_terminal ON session (terminal) WHERE terminal IS NOT NULL;
CREATE INDEX session_used ON session (kind, used);

-- Shred keys, one for each class and window; their bytes are in the keystore, never here.
CREATE TABLE shred (
    id    TEXT    PRIMARY KEY,
    class INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    state TEXT    NOT NULL CHECK (state IN ('active', 'destroying', 'destroyed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX shred_end ON shred ("end") WHERE state <> 'destroyed';

-- Jobs. n is the order they were held in; id is what everybody else calls them (UUIDv7, so ordered by time).
CREATE TABLE job (
    n              INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE CHECK (length(id) = 36),
    -- what makes a hand-over from CUPS the same hand-over; with owner_name and length it is unique for ever
    cupsd          TEXT    NOT NULL,
    cups_job       INTEGER NOT NULL,
    uuid           TEXT    NOT NULL,
    created        INTEGER NOT NULL,
    document       INTEGER NOT NULL,
    owner_name     TEXT    NOT NULL,
    length         INTEGER NOT NULL CHECK (length >= 0),    -- bytes of the document
    owner          INTEGER REFERENCES person (id),          -- null while the directory could not be asked
    owner_verified INTEGER NOT NULL CHECK (owner_verified IN (0, 1)),
    queue          TEXT    NOT NULL,
    format         TEXT    NOT NULL,
    class          INTEGER NOT NULL,
    state          INTEGER NOT NULL CHECK (state BETWEEN 2 AND 7),
    version        INTEGER NOT NULL,                        -- +1 at each change
    commitment     BLOB    NOT NULL CHECK (length(commitment) = 32),
    tags           BLOB    NOT NULL CHECK (length(tags) = 32),
    shred          TEXT    NOT NULL REFERENCES shred (id),
    wrapped        BLOB    CHECK (length(wrapped) = 60),    -- the data key under the shred key; null once erased
    received       INTEGER NOT NULL,
    due            INTEGER NOT NULL,
    why            TEXT    NOT NULL,
    -- of the running or last release
    token          TEXT    NOT NULL,
    stage          INTEGER NOT NULL,
    device         INTEGER REFERENCES device (id),
    terminal       INTEGER REFERENCES terminal (id),
    printer_job    INTEGER NOT NULL,
    released       INTEGER NOT NULL,
    printer_uuid   TEXT    NOT NULL,
    lease          INTEGER NOT NULL DEFAULT 0,              -- whoever holds the claim has it until then (second clock)
    up_time        INTEGER NOT NULL DEFAULT 0,              -- the printer's, s, when printer_job was made; 0: it did not say
    pages          INTEGER NOT NULL DEFAULT -1,             -- of the document; -1: not known
    expected       INTEGER NOT NULL DEFAULT -1,             -- impressions that the release asked for; -1: not known
    impressions    INTEGER NOT NULL DEFAULT -1,             -- that the printer counted; -1: it did not say
    sheets         INTEGER NOT NULL DEFAULT -1,
    output         TEXT    NOT NULL DEFAULT '',             -- confirmed, short, unknown; '' before it is printed
    CHECK ((state = 7) = (wrapped IS NULL)),
    UNIQUE (uuid, cups_job, created, document, cupsd, owner_name, length)
) STRICT;
CREATE INDEX job_owner ON job (owner, id) WHERE state <> 7;
CREATE INDEX job_live ON job (id) WHERE state <> 7;
CREATE INDEX job_due ON job (due, id) WHERE state <> 7;
CREATE INDEX job_class ON job (class, received, due) WHERE state <> 7;
CREATE INDEX job_shred ON job (shred) WHERE state <> 7;
CREATE INDEX job_pending ON job (id) WHERE owner IS NULL AND state <> 7;
CREATE INDEX job_state ON job (state, id) WHERE state <> 2 AND state <> 7; -- not the many: held and erased
CREATE INDEX job_erased ON job (received) WHERE state = 7;

-- What dies with the job: sealed under a key derived from its data key.
CREATE TABLE job_text (
    n       INTEGER PRIMARY KEY REFERENCES job (n) ON DELETE CASCADE,
    title   BLOB NOT NULL,
    options BLOB NOT NULL
) STRICT;

-- Counters, so that limits and figures cost the same with ten jobs and a million.
CREATE TABLE total_state (
    state INTEGER PRIMARY KEY,
    jobs  INTEGER NOT NULL CHECK (jobs >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;
INSERT INTO total_state (state, jobs, bytes) VALUES (2, 0, 0), (3, 0, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0), (7, 0, 0);

-- Live jobs only; an owner without any has no row.
CREATE TABLE total_owner (
    owner_name TEXT    PRIMARY KEY,
    jobs       INTEGER NOT NULL CHECK (jobs >= 0),
    bytes      INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT, WITHOUT ROWID;

-- A counter never goes below zero: a row somebody edited must not keep other jobs from being erased.
CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    UPDATE total_state SET jobs = jobs + 1, bytes = bytes + new.length WHERE state = new.state;
    INSERT INTO total_owner (owner_name, jobs, bytes) SELECT new.owner_name, 1, new.length WHERE new.state <> 7
        ON CONFLICT (owner_name) DO UPDATE SET jobs = jobs + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER job_moved AFTER UPDATE OF state ON job WHEN old.state <> new.state BEGIN
    UPDATE total_state SET jobs = max(jobs - 1, 0), bytes = max(bytes - old.length, 0) WHERE state = old.state;
    UPDATE total_state SET jobs = jobs + 1, bytes = bytes + new.length WHERE state = new.state;
END;

-- Erased is the end: there is no way back, so no trigger for one.
CREATE TRIGGER job_ended AFTER UPDATE OF state ON job WHEN old.state <> 7 AND new.state = 7 BEGIN
    UPDATE total_owner SET jobs = max(jobs - 1, 0), bytes = max(bytes - new.length, 0) WHERE owner_name = new.owner_name;
    DELETE FROM total_owner WHERE owner_name = new.owner_name AND jobs = 0;
END;

CREATE TRIGGER job_no_return BEFORE UPDATE OF state ON job WHEN old.state = 7 AND new.state <> 7 BEGIN
    SELECT RAISE(ABORT, 'an erased job does not come back');
END;

CREATE TRIGGER job_dropped AFTER DELETE ON job BEGIN
    UPDATE total_state SET jobs = max(jobs - 1, 0), bytes = max(bytes - old.length, 0) WHERE state = old.state;
END;

CREATE TRIGGER job_keep BEFORE DELETE ON job WHEN old.state <> 7 BEGIN
    SELECT RAISE(ABORT, 'a live job is not dropped');
END;

-- Answers already given, so that a repeated request repeats its answer and not its act. Kept for a day.
CREATE TABLE idem (
    person INTEGER NOT NULL REFERENCES person (id),
    key    TEXT    NOT NULL,
    answer TEXT    NOT NULL,
    made   INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idem_made ON idem (made);

-- The audit log: canonical JSON and its leaf hash. Rows are added, never changed.
CREATE TABLE audit (
    seq   INTEGER PRIMARY KEY CHECK (seq >= 0),
    entry TEXT    NOT NULL,
    leaf  BLOB    NOT NULL CHECK (length(leaf) = 32)
) STRICT;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;

-- The right edge of the log's tree and the last signed head that was known when it was written.
CREATE TABLE head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL CHECK (size >= 0),
    edge BLOB    NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- Single numbers: the clock's anchor and the like.
CREATE TABLE fact (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 1366650729; -- "Quoi"
PRAGMA user_version = 1;
