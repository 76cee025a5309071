/* A job's options as IPP Job Template attributes (RFC 8011 section 5.2, PWG 5100.x), within what the printer
 * supports. */
#ifndef QN_OPTIONS_H
#define QN_OPTIONS_H

#include <cups/ipp.h>
#include <jansson.h>

/* Lines of the table: the name of an attribute ("sides"), or NULL past the end. For asking "NAME-supported". */
const char *qn_option_name(unsigned i);

/* Adds what of options (name to text, as in deliver.job) the table knows and facts (the printer's attributes)
 * support to the job group of request. Text is read as lp(1) would: a list by commas, enums as number or keyword,
 * media by any of its names. What is unknown, malformed or unsupported is left out; its names, comma-separated,
 * are put into left_out (size bytes). */
void qn_options_add(ipp_t *request, json_t *options, ipp_t *facts, char *left_out, size_t size);

#endif
