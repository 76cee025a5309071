/* A person at a terminal: list, release, delete own jobs, and say what became of an uncertain one. */
#ifndef QN_JOB_RELEASE_H
#define QN_JOB_RELEASE_H

#include "server/dispatch.h"

void qn_releases_open(struct qn_core *c);
void qn_releases_close(struct qn_core *c);

qn_handler qn_job_release, qn_job_resolve;

/* Each turn: gives claimed jobs to deliver processes that wait, fair by owner; those nobody takes go back to held. */
void qn_release_pump(struct qn_core *c);

/* Queues a claimed job for the pump (also after the savepoint that claimed it; undone with it). */
void qn_release_queue(struct qn_core *c, const struct qn_job *j);

/* At start: every releasing job is returned to held or becomes uncertain, by its durable stage. */
int qn_release_recover(struct qn_core *c, struct qn_err *err);

#endif
