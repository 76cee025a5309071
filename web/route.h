/* The one table of what can be asked for. */
#ifndef QN_ROUTE_H
#define QN_ROUTE_H

enum qn_instance { QN_KIOSK, QN_PORTAL, QN_CONSOLE, QN_INSTANCES };
enum { QN_LARGE = 1 << QN_INSTANCES };

/* What a route needs before its handler is called; each is checked by the core. */
enum qn_needs {
    QN_NEEDS_NOTHING,
    QN_NEEDS_TERMINAL, /* an enrolled terminal */
    QN_NEEDS_SESSION,  /* a person logged in (on the kiosk: at that enrolled terminal) */
};

struct qn_request;

struct qn_route {
    unsigned instances;                    /* bit (1 << instance); QN_LARGE: takes a body above QN_BODY_MAX, for a policy */
    const char *method, *path;             /* exact; HEAD is answered as GET */
    enum qn_needs needs;
    void (*handle)(struct qn_request *rq);
};

/* Ended by a line without a path. */
extern const struct qn_route qn_routes[];

/* The line for a method and path (n bytes, undecoded), or NULL with *status_out 404 or 405. */
const struct qn_route *qn_route_find(enum qn_instance instance, const char *method, const char *path, unsigned n,
                                     int *status_out);

/* "kiosk", "portal", "console"; and back, QN_INSTANCES for another word. */
const char *qn_instance_name(enum qn_instance instance);
enum qn_instance qn_instance_parse(const char *name);

#endif
