/* quoinctl badge import: a file of badges, one message each. Numbers are in locked memory alone, and in no sentence. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/secret.h"

enum { LINE = 1024, BUFFER = 2048, FIELDS = 3, BADGE_MAX = 64, LOGIN_MAX = 255, LABEL_MAX = 63 };

struct import {
    const struct ctl *c;
    const char *path;
    unsigned line;       /* of the file */
    unsigned added, refused;
    json_t *refusals;    /* for --json */
};

/* A line that was not taken: said, and the rest goes on. */
static void refuse(struct import *im, const char *login, const char *why)
{
    im->refused++;
    if (im->c->json)
        json_array_append_new(im->refusals, json_pack("{si,ss,ss}", "line", (int)im->line, "login", login, "why", why));
    else
        fprintf(stderr, "%s line %u: %s%s%s\n", im->path, im->line, login, *login ? ": " : "", why);
}

/* Takes a field off *at: as it stands, or in double quotes, of which two are one (RFC 4180). NULL if it is malformed; *at is behind its
 * comma, or NULL at the end. */
static char *field_take(char **at)
{
    char *p = *at, *field = p, *to = p;

    if (*p != '"') {
        p = strchr(p, ',');
        if (p)
            *p++ = '\0';
        *at = p;
        return field;
    }
    for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
        p += *p == '"';
        *to++ = *p;
    }
    if (*p++ != '"' || (*p && *p != ','))
        return NULL;
    *at = *p ? p + 1 : NULL;
    *to = '\0';
    return field;
}

/* Three fields at most, the third may be missing. */
static bool line_read(char *line, char *field[FIELDS])
{
    static char none[] = "";
    size_t n = 0;

    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at; n++)
        if (n == FIELDS || !(field[n] = field_take(&at)))
            return false;
    if (n == FIELDS - 1)
        field[n++] = none;
    return n == FIELDS && *field[0] && strlen(field[0]) <= LOGIN_MAX && *field[1] && strlen(field[1]) <= BADGE_MAX &&
           strlen(field[2]) <= LABEL_MAX;
}

/* CTL_OK, whatever the core says of this badge; CTL_FAILED if there is no point in going on. */
static int badge_send(struct import *im, char *const field[FIELDS])
{
    struct qn_msg request, answer = { 0 };
    int r;

    qn_msg_request(&request, "badge.import", NULL);
    qn_msg_str(&request, "login", field[0]);
    qn_msg_str(&request, "label", field[2]);
    qn_msg_secret(&request, QN_SECRET_BADGE, field[1], strlen(field[1]));
    if ((r = ctl_session(im->c, &request)) != CTL_OK || (r = ctl_ask(im->c, &request, &answer)) != CTL_OK)
        return r;
    if (answer.code == QN_EDENIED || answer.code == QN_EPROOF)
        r = ctl_complain("%s", answer.text);
    else if (answer.code == QN_OK)
        im->added++;
    else
        refuse(im, field[0], answer.text[0] ? answer.text : qn_code_name(answer.code));
    qn_msg_free(&answer);
    return r;
}

static int lines_send(struct import *im, FILE *f, char *line)
{
    char *field[FIELDS];
    int r = CTL_OK;

    while (r == CTL_OK && fgets(line, LINE, f)) {
        bool whole = strchr(line, '\n') || feof(f);

        im->line++;
        for (int ch = 0; !whole && ch != '\n' && ch != EOF;) /* the rest of a line that is too long */
            ch = getc(f);
        if (line[0] == '#' || !line[strspn(line, " \t\r\n")] || (im->line == 1 && strncmp(line, "login,", 6) == 0))
            continue;
        if (whole && line_read(line, field))
            r = badge_send(im, field);
        else
            refuse(im, "", "it is not LOGIN,NUMBER or LOGIN,NUMBER,LABEL");
    }
    return r;
}

int ctl_badge_import(const struct ctl *c, int argc, char **argv)
{
    struct import im = { .c = c, .refusals = json_array() };
    char *line, *buffer;
    FILE *f;
    int r;

    if (argc != 1) {
        json_decref(im.refusals);
        return CTL_USAGE;
    }
    im.path = argv[0];
    f = fopen(argv[0], "re");
    if (!f) {
        json_decref(im.refusals);
        return ctl_complain("%s: %s", argv[0], strerror(errno));
    }
    line = qn_secret_alloc(LINE);
    buffer = qn_secret_alloc(BUFFER);
    setvbuf(f, buffer, _IOFBF, BUFFER);
    r = lines_send(&im, f, line);
    if (r == CTL_OK && ferror(f))
        r = ctl_complain("%s: %s", argv[0], strerror(errno));
    fclose(f);
    qn_secret_free(&buffer);
    qn_secret_free(&line);
    if (c->json)
        ctl_print_json(json_pack("{si,so}", "added", (int)im.added, "refused", im.refusals));
    else
        printf("%u badges taken, %u lines refused.\n", im.added, im.refused);
    if (!c->json)
        json_decref(im.refusals);
    return r == CTL_OK && im.refused ? CTL_FAILED : r;
}
