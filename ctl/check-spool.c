/* Documents that cupsd left behind in clear: a filter that was killed leaves its job stopped, with its document, for ever. */
#include "config.h"

#include "ctl/check-spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The job's number in the name of a document ("d00042-001"); 0 for any other name. */
static int document_job(const char *name)
{
    int job = 0, number = 0, end = 0;

    return sscanf(name, "d%9d-%9d%n", &job, &number, &end) == 2 && name[end] == '\0' ? job : 0;
}

int ctl_spool_each_old(const char *folder, int64_t now_s, int64_t older_s, void (*each)(void *ctx, int job, int64_t age_s), void *ctx)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    struct stat st;

    if (!d)
        return -1;
    while ((e = readdir(d)) != NULL) {
        int job = document_job(e->d_name);

        if (job && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && now_s - st.st_mtime >= older_s)
            each(ctx, job, now_s - st.st_mtime);
    }
    closedir(d);
    return 0;
}
