/* Errors: a code for programs and a sentence for people. */
#ifndef QN_ERR_H
#define QN_ERR_H

#include <stddef.h>

/* One line a code: name in C, name on the wire and in logs. The first two are not failures of ours. */
#define QN_ERR_TABLE(X) \
    X(QN_OK, 0, "ok")                     /* done */ \
    X(QN_EAGAIN, -1, "again")             /* not now; the same request may succeed later */ \
    X(QN_EINVAL, -2, "invalid")           /* the request is malformed or out of bounds */ \
    X(QN_EDENIED, -3, "denied")           /* authenticated or not, this may not be done */ \
    X(QN_ENOTFOUND, -4, "not-found")      /* no such object, or none the asker may know of */ \
    X(QN_ECONFLICT, -5, "conflict")       /* the object is in another state than the request needs */ \
    X(QN_EFULL, -6, "full")               /* a limit on jobs, bytes or processes is reached */ \
    X(QN_EAWAY, -7, "away")               /* a peer (directory, printer, core) can't be reached */ \
    X(QN_ETIMEOUT, -8, "timeout")         /* a deadline passed */ \
    X(QN_ECORRUPT, -9, "corrupt")         /* stored data fails its check */ \
    X(QN_EIO, -10, "io")                  /* the operating system refused an operation */ \
    X(QN_EAMBIGUOUS, -11, "ambiguous")    /* it may or may not have happened; ask by id */ \
    X(QN_EEOF, -12, "eof")                /* the peer closed the connection */ \
    X(QN_EUNSUPPORTED, -13, "unsupported") /* well-formed, but not something we or the device can do */ \
    X(QN_EINTERNAL, -14, "internal")      /* a defect of ours */ \
    X(QN_EPROOF, -15, "proof")            /* not before the password was given again in this session */

enum qn_code {
#define X(c, n, s) c = n,
    QN_ERR_TABLE(X)
#undef X
};

struct qn_err {
    int code;
    char text[384];
};

/* Sets *err (may be NULL) to code and the formatted sentence; control bytes become '?'. Returns code. */
int qn_fail(struct qn_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As qn_fail(), with ": " and strerror(errno) appended; code is QN_EIO. */
int qn_fail_errno(struct qn_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "where: " before the sentence in *err. Returns err->code, so that callers can return it. */
int qn_prefix(struct qn_err *err, const char *where);

/* The wire name of a code ("denied"); "internal" for an unknown one. Never NULL. */
const char *qn_code_name(int code);

/* The code of a wire name; QN_EINTERNAL for an unknown one. */
int qn_code_parse(const char *name);

/* A broken invariant or no memory: logs the sentence and aborts this process, which its supervisor restarts. */
void qn_panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* malloc/realloc/strdup that panic instead of returning NULL. Sizes from input are checked before. */
void *qn_alloc(size_t size); /* zeroed */
void *qn_realloc(void *p, size_t size);
char *qn_strdup(const char *s);

#endif
