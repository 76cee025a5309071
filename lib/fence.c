#include "config.h"

#include "lib/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WRITING \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define READING ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* The program loader is among the libraries. */
static const char *const libraries[] = { "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache" };

/* -1 with *none if this kernel has no Landlock, or somebody keeps it from us. */
static int fence_new(uint64_t handled, bool *none, struct qn_err *err)
{
    struct landlock_ruleset_attr attr = { .handled_access_fs = handled };
    int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);

    *none = fd < 0 && (errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM);
    return fd >= 0 || *none ? fd : qn_fail_errno(err, "landlock_create_ruleset");
}

/* A path that isn't there needs no gate. */
static int fence_gate(int fence, const char *path, uint64_t access, struct qn_err *err)
{
    struct landlock_path_beneath_attr attr = { .allowed_access = access, .parent_fd = open(path, O_PATH | O_CLOEXEC) };
    long r;

    if (attr.parent_fd < 0)
        return 0;
    r = syscall(SYS_landlock_add_rule, fence, LANDLOCK_RULE_PATH_BENEATH, &attr, 0);
    if (r != 0 && errno == EINVAL) { /* a file, not a folder */
        attr.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR;
        r = syscall(SYS_landlock_add_rule, fence, LANDLOCK_RULE_PATH_BENEATH, &attr, 0);
    }
    if (r != 0)
        r = qn_fail_errno(err, "fence around %s", path);
    close(attr.parent_fd);
    return (int)r;
}

static int fence_close(int fence, struct qn_err *err)
{
    int r = syscall(SYS_landlock_restrict_self, fence, 0) == 0 ? 0 : qn_fail_errno(err, "landlock_restrict_self");

    close(fence);
    return r;
}

int qn_fence_program(const char *program, struct qn_err *err)
{
    bool none;
    int fence = fence_new(WRITING | READING, &none, err), r = 0;

    if (none)
        return 0;
    if (fence < 0)
        return fence;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries && r == 0; i++)
        r = fence_gate(fence, libraries[i], READING | LANDLOCK_ACCESS_FS_EXECUTE, err);
    if (r == 0)
        r = fence_gate(fence, program, READING | LANDLOCK_ACCESS_FS_EXECUTE, err);
    if (r == 0)
        return fence_close(fence, err);
    close(fence);
    return r;
}

int qn_fence_self(struct qn_err *err)
{
    bool none;
    int fence = fence_new(WRITING, &none, err);

    return none ? 0 : fence < 0 ? fence : fence_close(fence, err);
}
