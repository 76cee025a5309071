/* A log-in on its way through the workers: shared by the files of auth-login.h alone. */
#ifndef QN_AUTH_LOGIN_PRIVATE_H
#define QN_AUTH_LOGIN_PRIVATE_H

#include "server/auth-login.h"
#include "server/turn.h"

struct qn_login {
    struct qn_ask ask;
    int64_t began;        /* boot clock */
    bool asked;           /* a worker was, about this person */
    enum qn_from from;
    unsigned uid;
    struct qn_terminal terminal;
    char source[300];     /* whom denials are counted under */
    char door[300];       /* key of the throttle of the door: terminal, address, shell */
    char throttle[300];   /* key of the password throttle; "" for badges */
    struct qn_person person;
    unsigned method;
    /* a password's */
    char login[256];
    /* a badge's */
    struct qn_badge badge; /* person 0: not one we know */
    struct qn_pin pin;
    bool by_badge;         /* the directory was asked by the badge's number */
    bool live;             /* the directory has answered already */
    bool locks;            /* if this try fails, the PIN is locked */
    const char *refused;   /* already known to fail; the hash is computed all the same */
    int refused_code;      /* and what is answered then */
    uint8_t check[32];     /* SHA-256 of the directory's verifier, if crypt */
    bool crypt;
    /* a second person's: instead of a session */
    qn_second_done *second;
    qn_second_failed *second_failed;
    void *second_ctx;
    uint8_t *secret;       /* PIN or password for the next worker, from qn_secret_alloc() */
    size_t secret_len;
};

/* The copy of a log-in for a continuation, which gets its secret; it is wiped if this work is undone. */
struct qn_login *qn_login_next(struct qn_core *c, struct qn_login *l);
void qn_login_keep(struct qn_login *l, const void *secret, size_t n);

void qn_login_start(const struct qn_core *c, struct qn_login *l, const struct qn_peer *p, const struct qn_who *who,
                    const struct qn_msg *in);

/* Counts a try at the door. QN_EDENIED, while it waits. */
int qn_login_door(struct qn_core *c, struct qn_login *l, struct qn_err *err);

/* A neutral answer to the person, the true reason in the log. */
int qn_login_refuse(struct qn_core *c, struct qn_login *l, int code, const char *reason, struct qn_err *err);

/* The session, if the person may have one. */
int qn_login_accept(struct qn_core *c, struct qn_login *l, bool live, struct qn_err *err);

/* For qn_worker_ask(): "not now". */
void qn_login_failed(struct qn_core *c, void *ctx, int code);

#endif
