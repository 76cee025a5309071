#include "config.h"

#include "ctl/cupsconf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"

enum { FILE_MOST = 1048576 };

static int read_all(struct qn_buf *b, const char *path, struct qn_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char part[4096];
    ssize_t n = -1;

    b->max = FILE_MOST;
    qn_buf_puts(b, "");
    while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
        qn_buf_add(b, part, (size_t)n);
    if (fd < 0 || n < 0) {
        qn_fail_errno(err, "reading %s", path);
        if (fd >= 0)
            close(fd);
        return QN_EIO;
    }
    close(fd);
    return b->full ? qn_fail(err, QN_EINVAL, "%s is too large", path) : 0;
}

static void section_enter(char *section, size_t size, const char *bracket)
{
    size_t n = strlen(section), m = strcspn(bracket + 1, ">");

    snprintf(section + n, size - n, "%s%.*s", n ? ">" : "", (int)m, bracket + 1);
}

static void section_leave(char *section)
{
    char *outer = strrchr(section, '>');

    *(outer ? outer : section) = '\0';
}

/* "Name value" into name and value; a section's bracket changes *section. */
static void parse_line(struct cups_line *l, char *section, size_t size)
{
    const char *s = l->text + strspn(l->text, " \t");
    size_t n = strcspn(s, " \t");

    l->value = "";
    if (s[0] == '<' && s[1] == '/')
        section_leave(section);
    else if (s[0] == '<')
        section_enter(section, size, s);
    snprintf(l->section, sizeof l->section, "%s", section);
    if (*s == '\0' || *s == '#' || *s == '<' || n >= sizeof l->name)
        return;
    snprintf(l->name, sizeof l->name, "%.*s", (int)n, s);
    l->value = s + n + strspn(s + n, " \t");
}

static struct cups_line *add_line(struct cups_file *f, const char *text, size_t n)
{
    struct cups_line *l;

    f->line = qn_realloc(f->line, (f->lines + 1) * sizeof *f->line);
    l = &f->line[f->lines++];
    memset(l, 0, sizeof *l);
    l->text = qn_alloc(n + 1);
    memcpy(l->text, text, n);
    while (n > 0 && (l->text[n - 1] == '\r' || l->text[n - 1] == ' ' || l->text[n - 1] == '\t'))
        l->text[--n] = '\0';
    return l;
}

int cups_file_read(struct cups_file *out, const char *path, struct qn_err *err)
{
    struct qn_buf b = { 0 };
    char section[256] = "";
    int r = read_all(&b, path, err);

    memset(out, 0, sizeof *out);
    for (const char *p = b.data; r == 0 && p && *p;) {
        size_t n = strcspn(p, "\n");

        parse_line(add_line(out, p, n), section, sizeof section);
        p += n + (p[n] == '\n');
    }
    qn_buf_free(&b);
    return r;
}

void cups_file_free(struct cups_file *f)
{
    for (size_t i = 0; i < f->lines; i++)
        free(f->line[i].text);
    free(f->line);
    memset(f, 0, sizeof *f);
}

static bool is_top(const struct cups_line *l, const char *name)
{
    return l->section[0] == '\0' && strcasecmp(l->name, name) == 0;
}

const char *cups_file_get(const struct cups_file *f, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < f->lines; i++)
        if (is_top(&f->line[i], name))
            value = f->line[i].value;
    return value;
}

bool cups_file_in_section(const struct cups_file *f, const char *policy, const char *operation, const char *name)
{
    for (size_t i = 0; i < f->lines; i++) {
        const struct cups_line *l = &f->line[i];

        if (strncasecmp(l->section, policy, strlen(policy)) == 0 && strcasestr(l->section, operation) &&
            strcasecmp(l->name, name) == 0)
            return true;
    }
    return false;
}

void cups_file_set(struct cups_file *f, const char *name, const char *value)
{
    char text[512], none[1] = "";
    struct cups_line *at = NULL;

    snprintf(text, sizeof text, "%s %s", name, value);
    for (size_t i = 0; i < f->lines; i++) {
        struct cups_line *l = &f->line[i];

        if (!is_top(l, name))
            continue;
        if (!at) {
            at = l;
            free(l->text);
            l->text = qn_strdup(text);
        } else {
            l->text[0] = '\0';
        }
        parse_line(l, none, sizeof none);
        if (l != at)
            l->name[0] = '\0';
    }
    if (!at)
        parse_line(add_line(f, text, strlen(text)), none, sizeof none);
}

static int write_lines(const struct cups_file *f, const char *path, const struct stat *like, struct qn_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fchown(fd, like->st_uid, like->st_gid) == 0 && fchmod(fd, like->st_mode & 07777) == 0;

    for (size_t i = 0; ok && i < f->lines; i++)
        ok = dprintf(fd, "%s\n", f->line[i].text) >= 0;
    ok = ok && fsync(fd) == 0;
    if (!ok)
        qn_fail_errno(err, "writing %s", path);
    if (fd >= 0 && close(fd) != 0)
        ok = false;
    return ok ? 0 : QN_EIO;
}

int cups_file_write(const struct cups_file *f, const char *path, struct qn_err *err)
{
    char fresh[512], before[512];
    struct stat st;
    int r;

    snprintf(fresh, sizeof fresh, "%s.quoin-new", path);
    snprintf(before, sizeof before, "%s.before-quoin", path);
    if (stat(path, &st) != 0)
        return qn_fail_errno(err, "reading %s", path);
    unlink(fresh);
    if ((r = write_lines(f, fresh, &st, err)) != 0)
        return r;
    if (link(path, before) != 0 && errno != EEXIST)
        return qn_fail_errno(err, "keeping %s", before);
    if (rename(fresh, path) != 0)
        return qn_fail_errno(err, "replacing %s", path);
    return 0;
}
