#include "config.h"

#include "deliver/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAID_MAX = 1 << 20 };

static int memory_file(struct qn_err *err)
{
    int fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    return fd >= 0 ? fd : qn_fail_errno(err, "memfd_create");
}

static int write_all(int fd, const uint8_t *p, size_t n, struct qn_err *err)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return qn_fail_errno(err, "keeping a document in memory");
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

/* All of the document, which nobody can change any more. */
static int document_whole(struct qn_unseal *s, int *fd, struct qn_err *err)
{
    const uint8_t *data;
    size_t n = 0;
    int r = *fd = memory_file(err);

    if (r < 0)
        return r;
    while ((r = qn_unseal_next(s, &data, &n, err)) == 0 && n > 0)
        if ((r = write_all(*fd, data, n, err)) != 0)
            break;
    if (r == 0 && fcntl(*fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
        r = qn_fail_errno(err, "sealing a document in memory");
    return r;
}

/* Lines of what the filter said that begin like this. */
static unsigned said_lines(const char *text, const char *begin)
{
    size_t n = strlen(begin);
    unsigned count = strncmp(text, begin, n) == 0;

    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count += strncmp(at + 1, begin, n) == 0;
    return count;
}

/* What it says may hold words of the document, so none of it goes into a log. */
static int said_judge(int said, int64_t bytes, enum qn_cause *cause, struct qn_err *err)
{
    char *text = qn_alloc(SAID_MAX + 1);
    ssize_t n = pread(said, text, SAID_MAX, 0);
    bool bad, none;

    text[n > 0 ? n : 0] = '\0';
    bad = bytes == 0 || said_lines(text, "ERROR:") > 0; /* of an option that it takes for another */
    none = bytes == 0 && said_lines(text, "DEBUG: No pages left") > 0;
    free(text);
    if (none) {
        *cause = QN_CAUSE_PAGES;
        return qn_fail(err, QN_EUNSUPPORTED, "the document has none of these pages");
    }
    return bad ? qn_fail(err, QN_ECORRUPT, "the filter did not do all it was told, or nothing") : 0;
}

static int result_judge(int out, int said, enum qn_cause *cause, struct qn_err *err)
{
    struct stat st;
    char begin[5] = "";
    int r;

    if (fstat(out, &st) != 0)
        return qn_fail_errno(err, "result of the filter");
    r = said_judge(said, st.st_size, cause, err);
    if (r == 0 && (pread(out, begin, 5, 0) != 5 || memcmp(begin, "%PDF-", 5) != 0))
        r = qn_fail(err, QN_ECORRUPT, "the filter's result is not a PDF");
    if (r == 0 && fcntl(out, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
        r = qn_fail_errno(err, "sealing a result in memory");
    return r;
}

/* One pass: *fd is the document before and the result after it. */
static int pass_run(int *fd, const char *options, qn_filter_more *more, void *ctx, enum qn_cause *cause, struct qn_err *err)
{
    int out = memory_file(err), said = out >= 0 ? memory_file(err) : -1, r = said < 0 ? err->code : 0;

    *cause = QN_CAUSE_FILTER;
    if (r == 0)
        r = qn_filter_run(*fd, out, said, options, more, ctx, err);
    if (r == QN_EAWAY)
        *cause = QN_CAUSE_OURS;
    if (r == 0)
        r = result_judge(out, said, cause, err);
    if (said >= 0)
        close(said);
    if (r == 0) {
        close(*fd);
        *fd = out; /* transferred */
    } else if (out >= 0) {
        close(out);
    }
    return r;
}

int qn_prepare(struct qn_unseal *s, const struct qn_layout *plan, qn_filter_more *more, void *ctx, enum qn_cause *cause,
               struct qn_err *err)
{
    int fd = -1, r;

    if (plan->passes == 0)
        return 0;
    *cause = QN_CAUSE_LARGE;
    if (qn_unseal_length(s) > (uint64_t)qn_filter_most())
        return qn_fail(err, QN_EUNSUPPORTED, "document is larger than filter-bytes");
    r = document_whole(s, &fd, err);
    *cause = r == QN_ECORRUPT ? QN_CAUSE_FILE : QN_CAUSE_OURS;
    for (unsigned i = 0; i < plan->passes && r == 0; i++)
        r = pass_run(&fd, plan->options[i], more, ctx, cause, err);
    if (r == 0)
        r = qn_unseal_replace(s, fd, err);
    if (r != 0 && fd >= 0)
        close(fd);
    return r;
}
