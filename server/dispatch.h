/* The one table of what may be asked of the core, by whom, and what it takes. */
#ifndef QN_DISPATCH_H
#define QN_DISPATCH_H

#include "server/peer.h"
#include "server/policy.h"

/* Who asks, once terminal and session have been checked. */
struct qn_who {
    struct qn_terminal terminal; /* id 0: none */
    struct qn_session session;   /* person 0: none */
    struct qn_person person;     /* of the session */
};

typedef int qn_handler(struct qn_core *c, struct qn_peer *p, const struct qn_who *who, struct qn_msg *in, struct qn_msg *out,
                       struct qn_err *err);

enum qn_needs {
    QN_NEEDS_SESSION = 1,        /* a session of this place */
    QN_NEEDS_LIVE = 2,           /* the directory's word on the person, asked now */
    QN_NEEDS_PROOF = 4,          /* their password, given in this session a short while ago */
};

struct qn_dispatch {
    const char *verb;
    unsigned from;               /* enum qn_from bits: the sockets it may come from */
    unsigned needs;              /* enum qn_needs bits */
    unsigned permission;         /* enum qn_permission bits of which the session's roles must give one; 0: any session will do */
    qn_handler *handler;
};
extern const struct qn_dispatch qn_dispatch_table[]; /* ended by a NULL verb */

/* True if this message may not even be looked at (unknown verb, wrong socket, malformed fields): the connection is then dropped. */
bool qn_dispatch_refuses(struct qn_core *c, struct qn_peer *p, const struct qn_msg *in);

/* Checks terminal, session, permission and proof, asks the directory if the line says so (*in is then moved), and runs the handler.
 * Permission bits of a line: any one of them suffices. */
int qn_dispatch(struct qn_core *c, struct qn_peer *p, struct qn_msg *in, struct qn_msg *out, struct qn_err *err);

#endif
