#include "config.h"

#include "lib/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"

#ifdef QN_TEST_CLOCK
static char test_file[256];

void qn_clock_test_file(const char *path)
{
    snprintf(test_file, sizeof test_file, "%s", path);
}

static int64_t test_offset(int which)
{
    char text[64] = "";
    long long wall = 0, boot = 0;
    int fd = test_file[0] ? open(test_file, O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        ssize_t n = read(fd, text, sizeof text - 1);

        close(fd);
        if (n <= 0 || sscanf(text, "%lld %lld", &wall, &boot) != 2)
            return 0;
    }
    return which ? boot : wall;
}
#else
static int64_t test_offset(int which)
{
    (void)which;
    return 0;
}
#endif

static int64_t clock_read(clockid_t id)
{
    struct timespec ts;

    if (clock_gettime(id, &ts) != 0)
        qn_panic("clock_gettime failed");
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t qn_clock_wall(void)
{
    return clock_read(CLOCK_REALTIME) + test_offset(0);
}

int64_t qn_clock_boot(void)
{
    return clock_read(CLOCK_BOOTTIME) + test_offset(1);
}

char *qn_clock_format(int64_t wall_ms, char out[25])
{
    time_t sec = (time_t)(wall_ms / 1000);
    int ms = (int)(wall_ms % 1000);
    struct tm tm;
    char date[21];

    if (ms < 0) {
        ms += 1000;
        sec--;
    }
    if (!gmtime_r(&sec, &tm) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        snprintf(date, sizeof date, "%s", "0000-00-00T00:00:00");
    snprintf(out, 25, "%.19s.%03uZ", date, (unsigned)ms % 1000U);
    return out;
}
