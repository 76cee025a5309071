/* A job's options as IPP Job Template attributes (RFC 8011 section 5.2, PWG 5100.x), within what the printer
 * supports. */
#ifndef QN_OPTIONS_H
#define QN_OPTIONS_H

#include <cups/ipp.h>
#include <jansson.h>
#include <stdbool.h>

/* Lines of the table: the name of an attribute ("sides"), or NULL past the end. For asking "NAME-supported". */
const char *qn_option_name(unsigned i);

enum { QN_MEDIA_SIZE = 128 };

/* True if the table knows the option and facts (the printer's attributes) support all of its text. */
bool qn_option_supported(const char *name, const char *text, ipp_t *facts);

/* The first name of a size in the text of a job's media option that facts support, as PWG 5101.1 spells it
 * ("iso_a4_210x297mm"). False if there is none. */
bool qn_option_media(char out[QN_MEDIA_SIZE], const char *text, ipp_t *facts);

/* Adds what of options (name to text, as in deliver.job) the table knows and facts (the printer's attributes)
 * support to the job group of request. Text is read as lp(1) would: a list by commas, enums as number or keyword,
 * media by any of its names. What is unknown, malformed or unsupported is left out; its names, comma-separated,
 * are put into left_out (size bytes). */
void qn_options_add(ipp_t *request, json_t *options, ipp_t *facts, char *left_out, size_t size);

#endif
