/* From what CUPS calls a job's options to IPP Job Template attributes, by one table (template.c). */
#ifndef QN_TEMPLATE_H
#define QN_TEMPLATE_H

#include <jansson.h>

#include "lib/err.h"

/* Attributes as they stand: name -> value text, as ipptool(1) would write it without quotes ("1-3,5", "20,74", "monochrome").
 * Attributes set through the PPD's own options outrank those that CUPS fills in beside them. */
struct qn_template {
    json_t *map;
    json_t *rank; /* who set an attribute: 1 IPP option, 2 PPD option */
};

/* The caller frees with qn_template_free(). */
void qn_template_start(struct qn_template *t);
void qn_template_free(struct qn_template *t);

/* Adds one option. One that no line of the table knows is ignored, and so is an unknown choice of a PPD option.
 * QN_EINVAL for a value that its attribute can't have (RFC 8011 section 5.2, PWG 5100.x). */
int qn_template_add(struct qn_template *t, const char *name, const char *value, struct qn_err *err);

#endif
