/* Asking a printer, before it is given anything, whether it would print this. */
#ifndef QN_IPP_PRINTER_H
#define QN_IPP_PRINTER_H

#include <jansson.h>

#include "deliver/ipp.h"
#include "deliver/outcome.h"

/* Get-Printer-Attributes (RFC 8011 section 4.2.5): accepting, state, reasons, formats, operations and what it
 * supports of the options. 0 with *facts (the caller's, ippDelete()) if it would take a document of that format by
 * Create-Job; otherwise a code with the reason, and *cause. */
int qn_ipp_printer_ask(struct qn_ipp *p, const char *format, json_t *options, ipp_t **facts, int64_t until,
                       enum qn_cause *cause, struct qn_err *err);

/* Its up time in seconds, 0 if it does not say. */
int qn_ipp_printer_up_time(ipp_t *facts);

/* The first reason that keeps a printer from printing: RFC 8011 section 5.4.12 marks them "-error". NULL if there is none; part of
 * facts otherwise. */
const char *qn_ipp_printer_stopping(ipp_t *facts);

#endif
