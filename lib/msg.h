/* Messages between Quoin's processes: one packet of a SOCK_SEQPACKET Unix socket each (quoin-messages(7)).
 *
 *   0   2  "QN"         2  1  message version (1)        3  1  number of secret items
 *   4   4  bytes of the JSON text, big-endian
 *   8  ..  {"m": verb, "seq": n, "req": request id, "f": {fields}}              a request
 *          {"m": verb, "seq": n, "req": ..., "code": c, "text": t, "f": {...}}  its answer
 *      ..  secret items: 1 byte kind, 2 bytes length, bytes
 *
 * Secrets (keys, PINs, passwords, tokens) are only ever secret items, never JSON. */
#ifndef QN_MSG_H
#define QN_MSG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/id.h"

enum { QN_MSG_VERSION = 1, QN_MSG_MAX = 65536, QN_MSG_FDS = 2, QN_SECRETS_MAX = 6, QN_SECRET_MAX = 512 };

/* Kinds of secret item; a message carries each kind at most once. */
enum qn_secret_kind {
    QN_SECRET_TERMINAL = 1, /* a terminal's credential, 32 bytes */
    QN_SECRET_SESSION,      /* a session token, 32 bytes */
    QN_SECRET_BADGE,        /* what a reader typed, 1 to 64 bytes */
    QN_SECRET_PIN,          /* 4 to 16 digits */
    QN_SECRET_PASSWORD,     /* 1 to 256 bytes, no NUL */
    QN_SECRET_CODE,         /* a one-time enrolment code, 20 characters */
    QN_SECRET_KEY,          /* a job's data key, 32 bytes */
    QN_SECRET_SALT,         /* of a PIN hash, 16 bytes */
    QN_SECRET_HASH,         /* a PIN hash, 32 bytes */
    QN_SECRET_VERIFIER,     /* a PIN's hash as the directory keeps it, for crypt(3), up to 255 characters */
    QN_SECRET_CERTIFICATE,  /* SHA-256 of the client certificate that a terminal has proved to hold, 32 bytes */
    QN_SECRET_KINDS
};

struct qn_msg {
    char verb[32];
    int64_t seq;                  /* correlates an answer with its request on one connection */
    char req[QN_REQUEST_TEXT];    /* follows one act through all processes into the log */
    bool answer;
    int code;                     /* answers only */
    char text[384];               /* answers only: the sentence for logs; "" if ok */
    json_t *f;                    /* fields; owned by the message */
    struct {
        uint8_t kind;
        uint16_t len;
        uint8_t *bytes;           /* from qn_secret_alloc(), always one NUL after len bytes */
    } secret[QN_SECRETS_MAX];
    size_t secrets;
    int fd[QN_MSG_FDS];           /* owned by the message; -1 once taken */
    size_t fds;
};

/* An empty request or answer with an empty field object. The caller frees with qn_msg_free(). */
void qn_msg_request(struct qn_msg *m, const char *verb, const char *req);
void qn_msg_answer(struct qn_msg *m, const struct qn_msg *request, int code, const char *text);

/* Closes descriptors, wipes secrets, drops the fields; leaves an empty struct. */
void qn_msg_free(struct qn_msg *m);

/* Fields. Setters copy; getters return "" or 0 for a missing one (qn_verb_check() has refused missing required ones). */
void qn_msg_str(struct qn_msg *m, const char *name, const char *value);
void qn_msg_int(struct qn_msg *m, const char *name, int64_t value);
void qn_msg_json(struct qn_msg *m, const char *name, json_t *value /* stolen */);
const char *qn_msg_get(const struct qn_msg *m, const char *name);
int64_t qn_msg_get_int(const struct qn_msg *m, const char *name);
bool qn_msg_has(const struct qn_msg *m, const char *name);

/* True if that word is in a field's list; a list that is missing, or no list, has none. */
bool qn_words_have(const json_t *words, const char *word);

/* Adds a copy of a secret (1 to QN_SECRET_MAX bytes) in locked memory; panics above the limits. */
void qn_msg_secret(struct qn_msg *m, enum qn_secret_kind kind, const void *bytes, size_t len);

/* The secret of that kind (valid as long as the message) and its length, or NULL and 0. */
const uint8_t *qn_msg_get_secret(const struct qn_msg *m, enum qn_secret_kind kind, size_t *len_out);

/* Attaches a descriptor, which the message then owns. */
void qn_msg_fd(struct qn_msg *m, int fd);

/* Takes descriptor i out of the message; the caller closes it. -1 if there is none. */
int qn_msg_take_fd(struct qn_msg *m, size_t i);

/* The bytes of m in one packet; out has room for QN_MSG_MAX. Returns the length, or QN_EINVAL if it does not fit.
 * The packet holds secrets: the caller wipes it. */
int qn_msg_encode(const struct qn_msg *m, uint8_t *out, struct qn_err *err);

/* Reads a packet. QN_EINVAL with a specific sentence for anything malformed; *m is then empty. Trusts no length. */
int qn_msg_decode(struct qn_msg *m, const uint8_t *p, size_t n, struct qn_err *err);

/* Sends m with its descriptors (which stay the message's). QN_EAGAIN when the socket's buffer is full (non-blocking),
 * QN_EEOF when the peer is gone, QN_EINVAL if m does not fit. Never raises SIGPIPE. */
int qn_msg_send(int sock, const struct qn_msg *m, struct qn_err *err);

/* Receives one message. QN_EAGAIN when none is there, QN_EEOF at the end, QN_EINVAL for a malformed one (the caller closes
 * the connection). Descriptors arrive close-on-exec. */
int qn_msg_recv(int sock, struct qn_msg *m, struct qn_err *err);

/* Connects to a listening SOCK_SEQPACKET socket; non-blocking, close-on-exec. Returns the descriptor or QN_EAWAY. */
int qn_msg_dial(const char *path, struct qn_err *err);

/* Sends request and waits up to timeout_ms for the answer with its seq; other messages meanwhile are an error.
 * Checks both against the verb table. 0 with *answer filled whatever its code; QN_ETIMEOUT, QN_EEOF, QN_EAWAY, QN_EINVAL.
 * After a failure the connection is out of step: close it. */
int qn_msg_call(int sock, struct qn_msg *request, struct qn_msg *answer, int timeout_ms, struct qn_err *err);

/* Uid of the process that connected (SO_PEERCRED); (uid_t)-1 if unknown. */
unsigned qn_msg_peer_uid(int sock);

#endif
