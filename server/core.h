/* The core as one struct: what every handler is given. */
#ifndef QN_CORE_H
#define QN_CORE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/msg.h"
#include "server/audit.h"
#include "server/keystore.h"
#include "server/spool.h"
#include "server/store.h"

/* The sockets of the core, as bits: who may send a verb. */
enum qn_from {
    QN_FROM_INTAKE = 1, QN_FROM_KIOSK = 2, QN_FROM_PORTAL = 4, QN_FROM_CONSOLE = 8,
    QN_FROM_LDAP = 16, QN_FROM_PIN = 32, QN_FROM_DELIVER = 64,
    QN_FROM_CTL = 128,   /* root on ctl.sock */
    QN_FROM_SHELL = 256, /* anybody else whom its mode lets in: nothing without a session */
};

struct qn_peers;
struct qn_turn;
struct qn_workers;
struct qn_holds;
struct qn_releases;
struct qn_asks;
struct qn_denials;
struct qn_polls;

struct qn_core;
struct qn_peer;

/* What a turn runs besides its messages; the table is main.c's, so that turn.c knows nobody who knows it. Each may be NULL. */
struct qn_work {
    void (*turn)(struct qn_core *c);                     /* in each turn, after its messages */
    void (*lost)(struct qn_core *c, struct qn_peer *p);  /* a connection ended in the middle of something */
    void (*after)(struct qn_core *c);                    /* after the answers of each turn, outside its transaction */
};

struct qn_core {
    const struct qn_work *works; /* ended by one without any */
    const struct qn_conf *conf;
    struct qn_store *store;
    struct qn_keystore *keys;
    struct qn_audit *audit;
    struct qn_spool *spool;
    struct event_base *base;
    struct qn_peers *peers;
    struct qn_turn *turn;
    struct qn_workers *workers;
    struct qn_holds *holds;
    struct qn_releases *releases;
    struct qn_asks *asks;
    struct qn_denials *denials;
    struct qn_polls *polls;
    int64_t now;      /* wall clock at the start of the turn, ms */
    int64_t steady;   /* the second clock: never jumps; see clock-two.h */
    int64_t boot;     /* qn_clock_boot() at the start of the turn: deadlines */
    int64_t started;  /* boot time at the start */
    bool stopping;
    bool truncate;    /* something was erased: the WAL is emptied after the commit */
    bool again;       /* there is work left: the next turn starts without waiting */
};

/* What a handler returns besides 0 (answer `out` after the commit) and a negative code (undo, answer the code). */
enum { QN_LATER = 1 }; /* the answer comes from a continuation */

#endif
