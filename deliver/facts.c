#include "config.h"

#include "deliver/facts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver/ipp-printer.h"
#include "deliver/options.h"
#include "lib/buf.h"

enum { KEYWORD_BYTES = 64, TEXT_BYTES = 128, LIST_SHORT = 8, LIST_LONG = 40, REASONS = 32, SUPPLIES = 32, COPIES = 9999 };

const char *const qn_facts_asked[] = {
    "color-supported", "copies-supported", "document-format-default", "document-format-supported",
    "finishings-default", "finishings-supported", "marker-levels", "marker-names", "marker-types", "media-default",
    "media-ready", "media-supported", "number-up-supported", "operations-supported", "output-bin-supported",
    "page-ranges-supported", "print-color-mode-default", "print-color-mode-supported", "print-quality-supported",
    "print-scaling-supported", "printer-firmware-name", "printer-firmware-string-version",
    "printer-is-accepting-jobs", "printer-make-and-model", "printer-resolution-supported", "printer-state",
    "printer-state-reasons", "printer-supply", "printer-supply-description", "printer-uuid", "sides-default",
    "sides-supported",
};
const int qn_facts_asked_count = sizeof qn_facts_asked / sizeof *qn_facts_asked;

/* ---- single values ---- */

static bool is_text(ipp_attribute_t *a)
{
    switch (ippGetValueTag(a)) {
    case IPP_TAG_TEXT:
    case IPP_TAG_NAME:
    case IPP_TAG_TEXTLANG:
    case IPP_TAG_NAMELANG:
    case IPP_TAG_KEYWORD:
    case IPP_TAG_URI:
    case IPP_TAG_MIMETYPE:
        return true;
    default:
        return false;
    }
}

/* The i-th text of an attribute, cleaned and cut; "" if it has none. */
static const char *text_of(ipp_t *said, const char *name, int i, char out[TEXT_BYTES])
{
    ipp_attribute_t *a = said ? ippFindAttribute(said, name, IPP_TAG_ZERO) : NULL;
    const char *s = a && is_text(a) && i < ippGetCount(a) ? ippGetString(a, i, NULL) : NULL;

    out[0] = '\0';
    if (s)
        qn_utf8_copy(out, TEXT_BYTES, s, strlen(s));
    return out;
}

/* Copies a keyword, or leaves out what no message may carry as one. */
static bool keyword_copy(char out[KEYWORD_BYTES], const char *s)
{
    size_t n = s ? strlen(s) : 0;

    if (n == 0 || n >= KEYWORD_BYTES)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr("._:@/+-", s[i]))
            return false;
    memcpy(out, s, n + 1);
    return true;
}

static bool said_true(ipp_t *said, const char *name, bool otherwise)
{
    ipp_attribute_t *a = said ? ippFindAttribute(said, name, IPP_TAG_BOOLEAN) : NULL;

    return a ? ippGetBoolean(a, 0) != 0 : otherwise;
}

/* ---- lists ---- */

static void list_add(json_t *list, size_t most, const char *s)
{
    char word[KEYWORD_BYTES];

    if (json_array_size(list) < most && keyword_copy(word, s) && !qn_words_have(list, word))
        json_array_append_new(list, json_string(word));
}

/* Keywords, names, media types and numbers of finishings (PWG 5100.1) alike, as keywords. */
static void list_values(json_t *list, size_t most, ipp_t *said, const char *name)
{
    ipp_attribute_t *a = said ? ippFindAttribute(said, name, IPP_TAG_ZERO) : NULL;

    for (int i = 0; a && i < ippGetCount(a) && json_array_size(list) < most; i++) {
        if (is_text(a))
            list_add(list, most, ippGetString(a, i, NULL));
        else if (ippGetValueTag(a) == IPP_TAG_ENUM && isalpha((unsigned char)*ippEnumString("finishings", ippGetInteger(a, i))))
            list_add(list, most, ippEnumString("finishings", ippGetInteger(a, i)));
    }
}

/* One line a list of the answer: where its values come from, the default first. */
static const struct { const char *field; size_t most; const char *from[3]; } lists[] = {
    { "formats", LIST_LONG, { "document-format-default", "document-format-supported", NULL } },
    { "sides", LIST_SHORT, { "sides-default", "sides-supported", NULL } },
    { "colors", LIST_SHORT, { "print-color-mode-default", "print-color-mode-supported", NULL } },
    { "media", LIST_LONG, { "media-default", "media-ready", "media-supported" } },
    { "finishings", LIST_LONG, { "finishings-default", "finishings-supported", NULL } },
};

static json_t *list_read(size_t most, const char *const from[3], ipp_t *said)
{
    json_t *list = json_array();

    for (size_t i = 0; i < 3 && from[i]; i++)
        list_values(list, most, said, from[i]);
    return list;
}

static json_t *reasons_read(ipp_t *said)
{
    json_t *list = json_array();

    list_values(list, REASONS + 1, said, "printer-state-reasons");
    for (size_t i = json_array_size(list); i > 0; i--)
        if (strcmp(json_string_value(json_array_get(list, i - 1)), "none") == 0)
            json_array_remove(list, i - 1);
    while (json_array_size(list) > REASONS)
        json_array_remove(list, REASONS);
    return list;
}

/* Options of which a job's row tells only whether the printer has them at all; and a value that who does it, does. NULL: any. */
static const struct { const char *name, *value; } doings[] = {
    { "number-up", "2" },   { "output-bin", NULL },    { "page-ranges", "1" },
    { "print-quality", NULL }, { "print-scaling", "fit" }, { "printer-resolution", NULL },
};

static json_t *doings_read(ipp_t *said)
{
    json_t *list = json_array();

    for (size_t i = 0; said && i < sizeof doings / sizeof *doings; i++) {
        char supported[64];

        snprintf(supported, sizeof supported, "%s-supported", doings[i].name);
        if (doings[i].value ? qn_option_supported(doings[i].name, doings[i].value, said)
                            : ippFindAttribute(said, supported, IPP_TAG_ZERO) != NULL)
            json_array_append_new(list, json_string(doings[i].name));
    }
    return list;
}

/* ---- supplies ---- */

static void supply_add(json_t *rows, const char *name, const char *kind, int level)
{
    char word[KEYWORD_BYTES];

    if (json_array_size(rows) >= SUPPLIES)
        return;
    json_array_append_new(rows, json_pack("{s:s, s:s, s:i}", "name", name, "kind", keyword_copy(word, kind) ? word : "", "level",
                                          level < -3 ? -2 : level > 100 ? 100 : level));
}

/* CUPS: one value of each for each marker. */
static void supplies_markers(json_t *rows, ipp_t *said)
{
    ipp_attribute_t *levels = ippFindAttribute(said, "marker-levels", IPP_TAG_INTEGER);
    ipp_attribute_t *names = ippFindAttribute(said, "marker-names", IPP_TAG_NAME);
    char name[TEXT_BYTES], kind[TEXT_BYTES];
    int count = names ? ippGetCount(names) : 0;

    for (int i = 0; i < count && i < SUPPLIES; i++)
        supply_add(rows, text_of(said, "marker-names", i, name), text_of(said, "marker-types", i, kind),
                   levels && i < ippGetCount(levels) ? ippGetInteger(levels, i) : -2);
}

/* The value of "name=...;" in a printer-supply; "" if it isn't there. */
static const char *supply_part(const char *s, const char *name, char out[TEXT_BYTES])
{
    size_t n = strlen(name);

    out[0] = '\0';
    while (*s) {
        size_t part = strcspn(s, ";");

        if (part > n && strncmp(s, name, n) == 0 && s[n] == '=') {
            qn_utf8_copy(out, TEXT_BYTES, s + n + 1, part - n - 1);
            break;
        }
        s += part + (s[part] == ';');
    }
    return out;
}

/* Percent, or one of the negative values of RFC 3805 (prtMarkerSuppliesLevel). */
static int supply_level(const char *level, const char *capacity)
{
    long now = *level ? strtol(level, NULL, 10) : -2, most = strtol(capacity, NULL, 10);

    if (now < 0 || most <= 0)
        return now < -3 ? -2 : now > 100 ? 100 : (int)now;
    return now >= most ? 100 : (int)((double)now * 100 / (double)most);
}

/* PWG 5100.13 section 5.6.45: an octetString for each supply. */
static void supplies_pwg(json_t *rows, ipp_t *said)
{
    ipp_attribute_t *a = ippFindAttribute(said, "printer-supply", IPP_TAG_STRING);

    for (int i = 0; a && i < ippGetCount(a) && i < SUPPLIES; i++) {
        char copy[512], level[TEXT_BYTES], most[TEXT_BYTES], kind[TEXT_BYTES], name[TEXT_BYTES];
        int n = 0;
        const char *s = ippGetOctetString(a, i, &n);

        if (!s || n <= 0 || (size_t)n >= sizeof copy)
            continue;
        memcpy(copy, s, (size_t)n);
        copy[n] = '\0';
        supply_add(rows, text_of(said, "printer-supply-description", i, name), supply_part(copy, "type", kind),
                   supply_level(supply_part(copy, "level", level), supply_part(copy, "maxcapacity", most)));
    }
}

static json_t *supplies_read(ipp_t *said)
{
    json_t *rows = json_array();

    if (said)
        supplies_markers(rows, said);
    if (said && json_array_size(rows) == 0)
        supplies_pwg(rows, said);
    return rows;
}

/* ---- all of it ---- */

static int copies_read(ipp_t *said)
{
    ipp_attribute_t *a = said ? ippFindAttribute(said, "copies-supported", IPP_TAG_ZERO) : NULL;
    int high = 1;

    if (a && ippGetValueTag(a) == IPP_TAG_RANGE)
        (void)ippGetRange(a, 0, &high);
    else if (a && ippGetValueTag(a) == IPP_TAG_INTEGER)
        high = ippGetInteger(a, 0);
    return high < 1 ? 1 : high > COPIES ? COPIES : high;
}

static bool has_operation(ipp_t *said, ipp_op_t op)
{
    ipp_attribute_t *a = said ? ippFindAttribute(said, "operations-supported", IPP_TAG_ENUM) : NULL;

    return a && ippContainsInteger(a, (int)op);
}

void qn_facts_fill(struct qn_msg *to, ipp_t *said)
{
    char text[TEXT_BYTES];

    qn_msg_int(to, "accepting", said_true(said, "printer-is-accepting-jobs", said != NULL));
    qn_msg_json(to, "reasons", reasons_read(said));
    qn_msg_str(to, "model", text_of(said, "printer-make-and-model", 0, text));
    if (!*text_of(said, "printer-firmware-string-version", 0, text))
        text_of(said, "printer-firmware-name", 0, text);
    qn_msg_str(to, "firmware", text);
    qn_msg_str(to, "uuid", text_of(said, "printer-uuid", 0, text));
    qn_msg_int(to, "create_job", has_operation(said, IPP_OP_CREATE_JOB) && has_operation(said, IPP_OP_SEND_DOCUMENT));
    qn_msg_int(to, "copies", copies_read(said));
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        qn_msg_json(to, lists[i].field, list_read(lists[i].most, lists[i].from, said));
    qn_msg_json(to, "does", doings_read(said));
    qn_msg_json(to, "supplies", supplies_read(said));
}

const char *qn_facts_state(ipp_t *said)
{
    ipp_attribute_t *a = ippFindAttribute(said, "printer-state", IPP_TAG_ENUM);
    int state = a ? ippGetInteger(a, 0) : 0;

    if (state == IPP_PSTATE_STOPPED || !said_true(said, "printer-is-accepting-jobs", true) || qn_ipp_printer_stopping(said))
        return "stopped";
    return state == IPP_PSTATE_IDLE ? "idle" : state == IPP_PSTATE_PROCESSING ? "processing" : "error";
}
