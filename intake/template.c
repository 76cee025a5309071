#include "config.h"

#include "intake/template.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUE_MAX = 1023 };
enum { BY_CUPS = 1, BY_PPD = 2 };

/* What a value may look like. */
enum kind {
    KEYWORD,  /* lower-case letters, digits, - . _ : one keyword */
    NUMBER,   /* least to most */
    NUMBERS,  /* list of numbers, each least to most, and not the least alone ("none") */
    RANGES,   /* 1-3,5,7-9: ascending, each 1 to most */
    DPI,      /* 600dpi or 1200x600dpi */
    MEDIA,    /* size, source and type names, comma between */
};

/* IPP options that CUPS passes on under their own name. */
static const struct attribute { const char *name; enum kind kind; long least, most; } attributes[] = {
    { "sides", KEYWORD, 0, 0 },
    { "print-color-mode", KEYWORD, 0, 0 },
    { "print-quality", NUMBER, 3, 5 },
    { "print-scaling", KEYWORD, 0, 0 },
    { "print-content-optimize", KEYWORD, 0, 0 },
    { "print-rendering-intent", KEYWORD, 0, 0 },
    { "printer-resolution", DPI, 0, 0 },
    { "orientation-requested", NUMBER, 3, 7 },
    { "page-ranges", RANGES, 1, 0x7fffffff },
    { "page-set", KEYWORD, 0, 0 },
    { "number-up", NUMBER, 1, 64 },
    { "presentation-direction-number-up", KEYWORD, 0, 0 },
    { "finishings", NUMBERS, 3, 2000 },
    { "output-bin", KEYWORD, 0, 0 },
    { "multiple-document-handling", KEYWORD, 0, 0 },
    { "media", MEDIA, 0, 0 },
    { "media-source", KEYWORD, 0, 0 },
    { "media-type", KEYWORD, 0, 0 },
};

/* Options of the shipped PPD, and CUPS's own words, by choice. A choice of NULL means "set, true, yes or on". */
static const struct choice { const char *option, *choice, *attribute, *value; } choices[] = {
    { "Duplex", "None", "sides", "one-sided" },
    { "Duplex", "DuplexNoTumble", "sides", "two-sided-long-edge" },
    { "Duplex", "DuplexTumble", "sides", "two-sided-short-edge" },
    { "ColorModel", "RGB", "print-color-mode", "color" },
    { "ColorModel", "CMYK", "print-color-mode", "color" },
    { "ColorModel", "Gray", "print-color-mode", "monochrome" },
    { "cupsPrintQuality", "Draft", "print-quality", "3" },
    { "cupsPrintQuality", "Normal", "print-quality", "4" },
    { "cupsPrintQuality", "High", "print-quality", "5" },
    { "OutputBin", "FaceUp", "output-bin", "face-up" },
    { "OutputBin", "FaceDown", "output-bin", "face-down" },
    { "StapleLocation", "SinglePortrait", "finishings", "20" },
    { "StapleLocation", "DualPortrait", "finishings", "28" },
    { "PunchMedia", "DualLeft", "finishings", "74" },
    { "PunchMedia", "QuadLeft", "finishings", "82" },
    { "Collate", "True", "multiple-document-handling", "separate-documents-collated-copies" },
    { "Collate", "False", "multiple-document-handling", "separate-documents-uncollated-copies" },
    { "landscape", NULL, "orientation-requested", "4" },
    { "fit-to-page", NULL, "print-scaling", "fit" },
    { "fill", NULL, "print-scaling", "fill" },
    { "number-up-layout", "lrtb", "presentation-direction-number-up", "toright-tobottom" },
    { "number-up-layout", "lrbt", "presentation-direction-number-up", "toright-totop" },
    { "number-up-layout", "rltb", "presentation-direction-number-up", "toleft-tobottom" },
    { "number-up-layout", "rlbt", "presentation-direction-number-up", "toleft-totop" },
    { "number-up-layout", "tblr", "presentation-direction-number-up", "tobottom-toright" },
    { "number-up-layout", "tbrl", "presentation-direction-number-up", "tobottom-toleft" },
    { "number-up-layout", "btlr", "presentation-direction-number-up", "totop-toright" },
    { "number-up-layout", "btrl", "presentation-direction-number-up", "totop-toleft" },
    { "InputSlot", "Main", "media-source", "main" },
    { "InputSlot", "Tray1", "media-source", "tray-1" },
    { "InputSlot", "Tray2", "media-source", "tray-2" },
    { "InputSlot", "Tray3", "media-source", "tray-3" },
    { "InputSlot", "Manual", "media-source", "manual" },
    { "InputSlot", "ByPassTray", "media-source", "by-pass-tray" },
    { "MediaType", "Stationery", "media-type", "stationery" },
    { "MediaType", "StationeryHeavyweight", "media-type", "stationery-heavyweight" },
    { "MediaType", "Labels", "media-type", "labels" },
    { "MediaType", "Envelope", "media-type", "envelope" },
    { "MediaType", "Transparency", "media-type", "transparency" },
    { "PageSize", "A3", "media", "iso_a3_297x420mm" },
    { "PageSize", "A4", "media", "iso_a4_210x297mm" },
    { "PageSize", "A5", "media", "iso_a5_148x210mm" },
    { "PageSize", "A6", "media", "iso_a6_105x148mm" },
    { "PageSize", "B4", "media", "jis_b4_257x364mm" },
    { "PageSize", "B5", "media", "jis_b5_182x257mm" },
    { "PageSize", "Letter", "media", "na_letter_8.5x11in" },
    { "PageSize", "Legal", "media", "na_legal_8.5x14in" },
    { "PageSize", "Tabloid", "media", "na_ledger_11x17in" },
    { "PageSize", "Statement", "media", "na_invoice_5.5x8.5in" },
    { "PageSize", "Executive", "media", "na_executive_7.25x10.5in" },
    { "PageSize", "FanFoldGermanLegal", "media", "na_foolscap_8.5x13in" },
    { "PageSize", "SRA3", "media", "iso_sra3_320x450mm" },
    { "PageSize", "Env10", "media", "na_number-10_4.125x9.5in" },
    { "PageSize", "EnvDL", "media", "iso_dl_110x220mm" },
    { "PageSize", "EnvC5", "media", "iso_c5_162x229mm" },
    { "PageSize", "EnvMonarch", "media", "na_monarch_3.875x7.5in" },
};

void qn_template_start(struct qn_template *t)
{
    t->map = json_object();
    t->rank = json_object();
    if (!t->map || !t->rank)
        qn_panic("no memory for a job's options");
}

void qn_template_free(struct qn_template *t)
{
    json_decref(t->map);
    json_decref(t->rank);
    memset(t, 0, sizeof *t);
}

/* Sets an attribute unless something of higher rank has. "finishings" of several PPD options add up. */
static void template_set(struct qn_template *t, const char *name, const char *value, int rank)
{
    int have = (int)json_integer_value(json_object_get(t->rank, name));
    char both[VALUE_MAX + 1];
    const char *old = json_string_value(json_object_get(t->map, name));

    if (rank < have)
        return;
    if (rank == BY_PPD && have == BY_PPD && strcmp(name, "finishings") == 0 && old && !strstr(old, value) &&
        (size_t)snprintf(both, sizeof both, "%s,%s", old, value) < sizeof both)
        value = both;
    if (json_object_set_new(t->map, name, json_string(value)) != 0 ||
        json_object_set_new(t->rank, name, json_integer(rank)) != 0)
        qn_panic("attribute %s can't be set", name);
}

static bool is_keyword(const char *s, size_t n)
{
    return n > 0 && n <= 255 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-._") >= n;
}

/* Reads one number without sign or blanks; *s moves behind it. */
static bool take_number(const char **s, long least, long most, long *out)
{
    char *end;

    if (**s < '0' || **s > '9' || strspn(*s, "0123456789") > 10)
        return false;
    *out = strtol(*s, &end, 10);
    *s = end;
    return *out >= least && *out <= most;
}

static bool are_numbers(const char *s, long least, long most)
{
    long v;

    while (take_number(&s, least, most, &v)) {
        if (!*s)
            return true;
        if (*s++ != ',')
            return false;
    }
    return false;
}

static bool are_ranges(const char *s, long most)
{
    long low, high = 0;

    while (take_number(&s, high + 1, most, &low)) {
        high = low;
        if (*s == '-' && (s++, !take_number(&s, low, most, &high)))
            return false;
        if (!*s)
            return true;
        if (*s++ != ',')
            return false;
    }
    return false;
}

static bool is_dpi(const char *s)
{
    long v;

    if (!take_number(&s, 1, 100000, &v))
        return false;
    if (*s == 'x' && (s++, !take_number(&s, 1, 100000, &v)))
        return false;
    return strcmp(s, "dpi") == 0 || strcmp(s, "dpcm") == 0;
}

static bool value_fits(const struct attribute *a, const char *value)
{
    long v;

    switch (a->kind) {
    case KEYWORD: return is_keyword(value, strlen(value));
    case NUMBER: return take_number(&value, a->least, a->most, &v) && !*value;
    case NUMBERS: return are_numbers(value, a->least, a->most);
    case RANGES: return are_ranges(value, a->most);
    case DPI: return is_dpi(value);
    case MEDIA: return true;
    }
    return false;
}

/* True if the option's line was for this choice and has been followed. */
static bool add_choice(struct qn_template *t, const char *option, const char *choice, size_t n, int rank)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const struct choice *c = &choices[i];

        if (strcasecmp(c->option, option) == 0 && c->choice && strlen(c->choice) == n && strncasecmp(c->choice, choice, n) == 0) {
            template_set(t, c->attribute, c->value, rank);
            return true;
        }
    }
    return false;
}

/* media=A3,Tray1: each part is a size, a source or a type, under CUPS's name or IPP's. */
static int add_media(struct qn_template *t, const char *value, struct qn_err *err)
{
    while (*value) {
        size_t n = strcspn(value, ",");
        char part[256];

        if (!add_choice(t, "PageSize", value, n, BY_CUPS) && !add_choice(t, "InputSlot", value, n, BY_CUPS) &&
            !add_choice(t, "MediaType", value, n, BY_CUPS) && is_keyword(value, n)) {
            memcpy(part, value, n);
            part[n] = '\0';
            if (strchr(part, '_'))
                template_set(t, "media", part, BY_CUPS);
        } else if (n == 0 || n > 255) {
            return qn_fail(err, QN_EINVAL, "option media has an empty or oversized part");
        }
        value += n + (value[n] == ',');
    }
    return 0;
}

/* An attribute whose value says nothing: CUPS adds these to every job. */
static bool says_nothing(const char *name, const char *value)
{
    return (strcmp(name, "finishings") == 0 && strcmp(value, "3") == 0) ||
           (strcmp(name, "number-up") == 0 && strcmp(value, "1") == 0) ||
           (strcmp(name, "page-set") == 0 && strcmp(value, "all") == 0);
}

static int add_attribute(struct qn_template *t, const struct attribute *a, const char *value, struct qn_err *err)
{
    if (!value || !*value)
        return qn_fail(err, QN_EINVAL, "option %s has no value", a->name);
    if (strlen(value) > VALUE_MAX)
        return qn_fail(err, QN_EINVAL, "option %s is longer than %d bytes", a->name, VALUE_MAX);
    if (!value_fits(a, value))
        return qn_fail(err, QN_EINVAL, "option %s can't have the value it was given", a->name);
    if (a->kind == MEDIA)
        return add_media(t, value, err);
    if (!says_nothing(a->name, value))
        template_set(t, a->name, value, BY_CUPS);
    return 0;
}

int qn_template_add(struct qn_template *t, const char *name, const char *value, struct qn_err *err)
{
    bool on = !value || strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 || strcasecmp(value, "on") == 0;

    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return add_attribute(t, &attributes[i], value, err);
    if (!value && strncasecmp(name, "no", 2) == 0 && add_choice(t, name + 2, "False", 5, BY_PPD))
        return 0;
    if (add_choice(t, name, value ? value : "True", value ? strlen(value) : 4, BY_PPD))
        return 0;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (!choices[i].choice && strcasecmp(choices[i].option, name) == 0 && on)
            template_set(t, choices[i].attribute, choices[i].value, BY_CUPS);
    return 0;
}
