/* What verbs print for people, and read from files. */
#include "config.h"

#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/id.h"

enum { LINE = 8192 };

static void print_line(const char *text, size_t n)
{
    char *clean = qn_alloc(n + 1);

    qn_utf8_copy(clean, n + 1, text, n);
    puts(clean);
    free(clean);
}

void ctl_say(const char *fmt, ...)
{
    char line[LINE];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    print_line(line, strlen(line));
}

void ctl_print_text(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        print_line(text, n);
        text += n + (text[n] == '\n');
    }
}

const char *ctl_time(int64_t ms, char out[25])
{
    if (ms <= 0) {
        out[0] = '-';
        out[1] = '\0';
        return out;
    }
    qn_clock_format(ms, out);
    out[10] = ' ';
    out[16] = '\0';
    return out;
}

const char *ctl_text(const json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));

    return s ? s : "";
}

void ctl_say_texts(const char *before, const json_t *texts)
{
    for (size_t i = 0; i < json_array_size(texts); i++)
        ctl_say("%s%s", before, json_string_value(json_array_get(texts, i)));
}

bool ctl_is_id(const char *word)
{
    uint8_t raw[16];

    if (qn_uuid_parse(raw, word))
        return true;
    ctl_complain("%s is no id: they look like 0190b1b2-c3d4-7e5f-8a9b-000000000001", word);
    return false;
}

json_t *ctl_load(const char *path)
{
    json_error_t bad;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &bad);

    if (!document && bad.line > 0)
        ctl_complain("%s line %d: %s", path, bad.line, bad.text);
    else if (!document)
        ctl_complain("%s", bad.text);
    return document;
}

void ctl_say_changes(const struct qn_msg *answer)
{
    const json_t *changes = json_object_get(answer->f, "changes"), *effect = json_object_get(answer->f, "effect");

    puts("Changes:");
    ctl_say_texts("  ", changes);
    if (json_array_size(changes) == 0)
        puts("  none");
    puts("Effect:");
    ctl_say_texts("  ", effect);
    if (json_array_size(effect) == 0)
        puts("  none on what is held or registered now");
}
