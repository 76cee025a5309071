/* Shared by the files of the SQLite store alone: the connection, its cached statements, binding and reading in order. */
#ifndef QN_STORE_PRIVATE_H
#define QN_STORE_PRIVATE_H

#include <sqlite3.h>

#include "server/store.h"

/* A numbered schema file; a list ends with a NULL sql. Numbers count up from 1 without a gap. */
struct qn_schema { int number; const char *name, *sql; };
extern const struct qn_schema qn_schema_files[];

/* qn_store_open() with another list of schema files. */
int qn_store_open_schema(struct qn_store **out, const char *path, const struct qn_schema *files, struct qn_err *err);

enum { QN_STATEMENTS = 256 };

struct qn_statement { const char *sql; sqlite3_stmt *st; bool busy; };

struct qn_store {
    sqlite3 *db;
    int lock;       /* descriptor of the lock file, -1 for readers */
    bool turn;      /* between begin and commit or rollback */
    struct qn_statement statements[QN_STATEMENTS]; /* by the address of their text, which is a literal */
};

/* Sets err from SQLite's result code, with the sentence of the connection. Returns the QN_E code:
 * EIO for anything the engine could not do, ECONFLICT for a second row of a kind, EINVAL for a row the schema refuses,
 * EAGAIN while somebody else writes, EINTERNAL for a defect of ours. */
int qn_store_fail(struct qn_store *s, int rc, struct qn_err *err);

/* One use of a statement. Values are bound in the order of their places, columns are read in order; the first thing
 * that fails is kept and said by the function that steps. Bound texts and blobs must live until the end of the use. */
struct qn_query {
    struct qn_store *s;
    struct qn_statement *use;
    int rc, place, column;
    bool misfit;    /* a stored value does not fit what it is read into */
};

void qn_query_start(struct qn_query *q, struct qn_store *s, const char *sql_literal);
void qn_query_int(struct qn_query *q, int64_t v);
void qn_query_id(struct qn_query *q, int64_t v);               /* 0 is NULL */
void qn_query_text(struct qn_query *q, const char *v);
void qn_query_blob(struct qn_query *q, const void *p, size_t n);
void qn_query_hash(struct qn_query *q, const uint8_t hash[32]); /* all zero is NULL */

/* The next row: 1, 0 at the end, or an error. */
int qn_query_next(struct qn_query *q, struct qn_err *err);

int64_t qn_query_get_int(struct qn_query *q);                   /* NULL is 0 */
void qn_query_get_text(struct qn_query *q, char *out, size_t size);
void qn_query_get_blob(struct qn_query *q, void *out, size_t n); /* exactly n bytes; NULL is zeroes */
void *qn_query_copy_blob(struct qn_query *q, size_t *len_out);   /* the caller frees; always one NUL more */

/* Ends the use. r if it is a failure; else QN_ECORRUPT if a value read did not fit; else r. */
int qn_query_end(struct qn_query *q, int r, struct qn_err *err);

/* The whole use of a statement: without rows; the same but QN_ENOTFOUND if no row was changed; up to the only row
 * (0 or QN_ENOTFOUND, the caller reads and ends in each case). */
int qn_query_run(struct qn_query *q, struct qn_err *err);
int qn_query_change(struct qn_query *q, struct qn_err *err);
int qn_query_one(struct qn_query *q, struct qn_err *err);

/* Reads all rows into an array of count structs of that size, and ends the use: so that what is called for each row may
 * use the store as it likes. The caller frees. */
int qn_query_all(struct qn_query *q, size_t size, void (*read)(struct qn_query *q, void *row), void **rows_out,
                 size_t *count_out, struct qn_err *err);

#endif
