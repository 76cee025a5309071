/* The database itself: opening, its schema, the turn's transaction, the write-ahead log. */
#include "config.h"

#include "server/store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x51756f69, WAIT_MS = 5000 };

/* A database up to this size is looked through at each start; above it only `audit verify` and the jobs' own checks do. */
static const int64_t check_max = 64 << 20;

/* Settings and what they must read back as (NULL: nothing). journal_mode and synchronous are what makes a commit durable. */
static const struct { const char *set, *get, *want; } settings[] = {
    { "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal" },
    { "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2" },
    { "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1" },
    { "PRAGMA secure_delete = ON", "PRAGMA secure_delete", "1" },
    { "PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_autocheckpoint", "0" },
    { "PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0" },
    { "PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1" },
    { "PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2" },
    { "PRAGMA mmap_size = 0", NULL, NULL },
};

static int store_exec(struct qn_store *s, const char *sql, struct qn_err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : qn_store_fail(s, rc, err);
}

/* The first column of the first row, as text ("" for none). For statements used once, so not cached. */
static int store_value(struct qn_store *s, const char *sql, char out[128], struct qn_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);

    out[0] = '\0';
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        snprintf(out, 128, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : qn_store_fail(s, rc, err);
}

static int store_number(struct qn_store *s, const char *sql, int64_t *out, struct qn_err *err)
{
    char text[128];
    int r = store_value(s, sql, text, err);

    *out = r == 0 ? strtoll(text, NULL, 10) : 0;
    return r;
}

static int store_settings(struct qn_store *s, struct qn_err *err)
{
    char got[128];
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof settings / sizeof *settings; i++) {
        r = store_exec(s, settings[i].set, err);
        if (r != 0 || !settings[i].get)
            continue;
        r = store_value(s, settings[i].get, got, err);
        if (r == 0 && strcmp(got, settings[i].want) != 0)
            r = qn_fail(err, QN_EIO, "store: %s says %s, must be %s", settings[i].get, got, settings[i].want);
    }
    return r;
}

/* One writer a database: a second core, or a copy of it started by hand, is refused before it touches anything. */
static int store_lock(struct qn_store *s, const char *path, struct qn_err *err)
{
    char name[4096];
    int fd;

    if ((size_t)snprintf(name, sizeof name, "%s.lock", path) >= sizeof name)
        return qn_fail(err, QN_EINVAL, "store: the path is too long");
    s->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0)
        return qn_fail_errno(err, "opening %s", name);
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? qn_fail(err, QN_ECONFLICT, "%s is in use by another process", path)
                                    : qn_fail_errno(err, "locking %s", name);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); /* the mode that SQLite's own files take */
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        return qn_fail_errno(err, "creating %s", path);
    return 0;
}

static int store_connect(struct qn_store *s, const char *path, int flags, struct qn_err *err)
{
    int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(s->db, WAIT_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    return rc == SQLITE_OK ? 0 : qn_store_fail(s, rc, err);
}

/* What is in the file: our schema's number, 0 for a new file. Refuses what is not ours or newer than this program. */
static int store_identify(struct qn_store *s, const struct qn_schema *files, int64_t *version_out, struct qn_err *err)
{
    int64_t id = 0, tables = 0, newest = 0;
    int r = store_number(s, "PRAGMA user_version", version_out, err);

    if (r == 0)
        r = store_number(s, "PRAGMA application_id", &id, err);
    if (r == 0)
        r = store_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (r != 0)
        return r;
    for (; files && files->sql; files++)
        newest = files->number;
    if (*version_out == 0 ? tables != 0 || id != 0 : id != APPLICATION_ID)
        return qn_fail(err, QN_ECORRUPT, "this is not a database of Quoin");
    if (files && *version_out > newest)
        return qn_fail(err, QN_ECORRUPT, "the database has schema %lld, this program knows up to %lld: it is newer than the "
                       "program", (long long)*version_out, (long long)newest);
    return 0;
}

static int store_apply(struct qn_store *s, const struct qn_schema *file, struct qn_err *err)
{
    char broken[128] = "";
    int64_t version = 0;
    int r = store_exec(s, "BEGIN EXCLUSIVE", err);

    if (r == 0)
        r = store_exec(s, file->sql, err);
    if (r == 0)
        r = store_number(s, "PRAGMA user_version", &version, err);
    if (r == 0 && version != file->number)
        r = qn_fail(err, QN_EINTERNAL, "it says that it is number %lld", (long long)version);
    if (r == 0)
        r = store_value(s, "PRAGMA foreign_key_check", broken, err);
    if (r == 0 && broken[0])
        r = qn_fail(err, QN_ECORRUPT, "rows of table %s point nowhere afterwards", broken);
    if (r == 0)
        r = store_exec(s, "COMMIT", err);
    if (r != 0) {
        if (!sqlite3_get_autocommit(s->db))
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        qn_prefix(err, file->name);
    }
    return r;
}

/* Foreign keys are checked at the end of each file instead of at each row, so that a file may rebuild a table. */
static int store_migrate(struct qn_store *s, const struct qn_schema *files, int64_t version, struct qn_err *err)
{
    int r = store_exec(s, "PRAGMA foreign_keys = OFF", err);

    for (; r == 0 && files->sql; files++) {
        if (files->number <= version)
            continue;
        if (files->number != version + 1)
            return qn_fail(err, QN_EINTERNAL, "schema file %lld is missing", (long long)version + 1);
        r = store_apply(s, files, err);
        version = files->number;
    }
    return r == 0 ? store_exec(s, "PRAGMA foreign_keys = ON", err) : r;
}

static int store_check(struct qn_store *s, struct qn_err *err)
{
    int64_t pages = 0, size = 0;
    char said[128];
    int r = store_number(s, "PRAGMA page_count", &pages, err);

    if (r == 0)
        r = store_number(s, "PRAGMA page_size", &size, err);
    if (r != 0 || pages > check_max / (size ? size : 1))
        return r;
    r = store_value(s, "PRAGMA quick_check(1)", said, err);
    if (r == 0 && strcmp(said, "ok") != 0)
        r = qn_fail(err, QN_ECORRUPT, "%s", said);
    return r;
}

/* At open, a file that SQLite can't make sense of is damage, not a passing failure. */
static int store_refuse(struct qn_store **s, int r, const char *path, struct qn_err *err)
{
    int rc = (*s)->db ? sqlite3_errcode((*s)->db) & 0xff : SQLITE_OK;

    if (r == QN_EIO && err && (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB))
        r = err->code = QN_ECORRUPT;
    qn_prefix(err, path);
    qn_store_close(s);
    return r;
}

int qn_store_open_schema(struct qn_store **out, const char *path, const struct qn_schema *files, struct qn_err *err)
{
    struct qn_store *s = qn_alloc(sizeof *s);
    int64_t version = 0;
    int r;

    *out = NULL;
    s->lock = -1;
    r = store_lock(s, path, err);
    if (r == 0)
        r = store_connect(s, path, SQLITE_OPEN_READWRITE, err);
    if (r == 0)
        r = store_identify(s, files, &version, err); /* before anything is written to a file that may not be ours */
    if (r == 0)
        r = store_settings(s, err);
    if (r == 0)
        r = store_migrate(s, files, version, err);
    if (r == 0)
        r = store_check(s, err);
    if (r != 0)
        return store_refuse(&s, r, path, err);
    *out = s;
    return 0;
}

int qn_store_open(struct qn_store **out, const char *path, struct qn_err *err)
{
    return qn_store_open_schema(out, path, qn_schema_files, err);
}

int qn_store_open_read(struct qn_store **out, const char *path, struct qn_err *err)
{
    struct qn_store *s = qn_alloc(sizeof *s);
    int64_t version = 0;
    int r;

    *out = NULL;
    s->lock = -1;
    r = store_connect(s, path, SQLITE_OPEN_READONLY, err);
    if (r == 0)
        r = store_exec(s, "PRAGMA query_only = ON", err);
    if (r == 0)
        r = store_identify(s, qn_schema_files, &version, err);
    if (r == 0 && version == 0)
        r = qn_fail(err, QN_ECORRUPT, "the database is empty");
    if (r != 0)
        return store_refuse(&s, r, path, err);
    *out = s;
    return 0;
}

void qn_store_close(struct qn_store **address)
{
    struct qn_store *s = *address;

    if (!s)
        return;
    for (size_t i = 0; i < QN_STATEMENTS; i++)
        sqlite3_finalize(s->statements[i].st);
    sqlite3_close(s->db);
    if (s->lock >= 0)
        close(s->lock);
    free(s);
    *address = NULL;
}

static int store_say(struct qn_store *s, const char *sql_literal, struct qn_err *err)
{
    struct qn_query q;

    qn_query_start(&q, s, sql_literal);
    return qn_query_run(&q, err);
}

int qn_store_begin(struct qn_store *s, struct qn_err *err)
{
    int r = store_say(s, "BEGIN IMMEDIATE", err);

    s->turn = r == 0;
    return r;
}

int qn_store_commit(struct qn_store *s, struct qn_err *err)
{
    struct qn_query q;
    int r;

    if (!qn_store_alive(s))
        return qn_fail(err, QN_EIO, "store: the transaction is gone");
    qn_query_start(&q, s, "COMMIT");
    r = qn_query_run(&q, err);
    if (r == QN_EAGAIN)
        return r; /* still open: nothing was written */
    s->turn = false;
    if (r != 0) /* the last page may be on the disk or not: only reading it again can tell */
        return qn_fail(err, QN_EAMBIGUOUS, "store: commit: %s", sqlite3_errmsg(s->db));
    return 0;
}

void qn_store_rollback(struct qn_store *s)
{
    s->turn = false;
    if (!sqlite3_get_autocommit(s->db))
        store_say(s, "ROLLBACK", NULL);
}

int qn_store_mark(struct qn_store *s, struct qn_err *err)
{
    return store_say(s, "SAVEPOINT message", err);
}

int qn_store_keep(struct qn_store *s, struct qn_err *err)
{
    return store_say(s, "RELEASE message", err);
}

void qn_store_undo(struct qn_store *s)
{
    if (store_say(s, "ROLLBACK TO message", NULL) == 0)
        store_say(s, "RELEASE message", NULL);
}

bool qn_store_alive(const struct qn_store *s)
{
    return s->turn && !sqlite3_get_autocommit(s->db);
}

int qn_store_checkpoint(struct qn_store *s, bool truncate, int *pages_out, struct qn_err *err)
{
    int pages = 0, moved = 0, rc;

    *pages_out = 0;
    sqlite3_busy_timeout(s->db, 0); /* a reader must not stop the core: come again later */
    rc = sqlite3_wal_checkpoint_v2(s->db, NULL, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages,
                                   &moved);
    sqlite3_busy_timeout(s->db, WAIT_MS);
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY)
        *pages_out = pages > moved ? pages - moved : 0;
    return rc == SQLITE_OK ? 0 : qn_store_fail(s, rc, err);
}
