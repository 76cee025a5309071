#include "server/clock-two.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"

enum { WEEK_MS = 7 * 24 * 3600 * 1000 };

static int64_t anchor_wall, anchor_boot;

void qn_clock_two_read(struct qn_core *c)
{
    c->now = qn_clock_wall();
    c->boot = qn_clock_boot();
    c->steady = anchor_wall + (c->boot - anchor_boot);
}

/* 63 bits of the kernel's boot id, or 0. */
static int64_t boot_number(void)
{
    char text[17] = "";
    uint64_t v = 0;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, 16) : -1;

    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n; i++)
        v = v * 131 + (unsigned char)text[i];
    return (int64_t)(v >> 1);
}

int qn_clock_two_open(struct qn_core *c, struct qn_err *err)
{
    int64_t wall, boot, number;
    int r = qn_store_fact(c->store, "steady-wall", &wall, err);

    anchor_boot = qn_clock_boot();
    anchor_wall = qn_clock_wall();
    if (r == QN_ENOTFOUND)
        return qn_clock_two_save(c, err);
    if (r != 0 || (r = qn_store_fact(c->store, "steady-boot", &boot, err)) != 0 ||
        (r = qn_store_fact(c->store, "steady-number", &number, err)) != 0)
        return r;
    if (number == boot_number() && boot <= anchor_boot) {
        anchor_wall = wall + (anchor_boot - boot);
    } else if (anchor_wall < wall || anchor_wall - wall > WEEK_MS) {
        qn_log(QN_LOG_WARNING, "the wall clock moved by %lld s while the machine was off: not believed, erasing waits",
               (long long)(anchor_wall - wall) / 1000);
        anchor_wall = wall;
    }
    return qn_clock_two_save(c, err);
}

int qn_clock_two_save(struct qn_core *c, struct qn_err *err)
{
    int r;

    qn_clock_two_read(c);
    if ((r = qn_store_fact_put(c->store, "steady-wall", c->steady, err)) == 0 &&
        (r = qn_store_fact_put(c->store, "steady-boot", c->boot, err)) == 0)
        r = qn_store_fact_put(c->store, "steady-number", boot_number(), err);
    return r;
}

bool qn_clock_any_past(const struct qn_core *c, int64_t when)
{
    return c->now >= when || c->steady >= when;
}
