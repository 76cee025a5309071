#include "ldap/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t dog_fd = -1, dog_ticks, dog_sock = -1, dog_len;
static _Atomic int64_t *volatile dog_mark;
static volatile int64_t dog_value;
static uint8_t dog_packet[1024];

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "the handler stores 64 bits without a lock");

static void dog_ring(int sig)
{
    int saved = errno;

    (void)sig;
    if (dog_ticks == 0 && dog_mark)
        atomic_store(dog_mark, dog_value);
    dog_ticks = dog_ticks + 1;
    if (dog_fd >= 0)
        shutdown(dog_fd, SHUT_RDWR);
    if (dog_ticks > QN_WATCHDOG_TICKS) {
        if (dog_len > 0)
            (void)!send(dog_sock, dog_packet, (size_t)dog_len, MSG_NOSIGNAL | MSG_DONTWAIT);
        _exit(QN_WATCHDOG_EXIT);
    }
    errno = saved;
}

void qn_watchdog_start(void)
{
    struct sigaction sa = { .sa_handler = dog_ring }; /* no SA_RESTART: a call that waits returns */

    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGALRM, &sa, NULL) != 0)
        qn_panic("no handler for the watchdog");
}

void qn_watchdog_answer(int sock, const struct qn_msg *away)
{
    static uint8_t packet[QN_MSG_MAX];
    struct qn_err err;
    int n = away ? qn_msg_encode(away, packet, &err) : 0;

    dog_len = 0;
    if (n < 0 || (size_t)n > sizeof dog_packet)
        qn_panic("the watchdog's answer does not fit");
    memcpy(dog_packet, packet, (size_t)n);
    dog_sock = sock;
    dog_len = n;
}

static void dog_timer(int first_ms, int then_ms)
{
    struct itimerval it = { { then_ms / 1000, (then_ms % 1000) * 1000 }, { first_ms / 1000, (first_ms % 1000) * 1000 } };

    if (setitimer(ITIMER_REAL, &it, NULL) != 0)
        qn_panic("no timer for the watchdog");
}

void qn_watchdog_arm(int ms, _Atomic int64_t *mark, int64_t value)
{
    dog_timer(0, 0);
    dog_ticks = 0;
    dog_mark = mark;
    dog_value = value;
    dog_timer(ms > 0 ? ms : 1, QN_WATCHDOG_TICK_MS);
}

bool qn_watchdog_disarm(void)
{
    dog_timer(0, 0);
    dog_fd = -1;
    dog_mark = NULL;
    return dog_ticks > 0;
}

bool qn_watchdog_socket(int fd)
{
    dog_fd = fd;
    return dog_ticks == 0;
}

bool qn_watchdog_rang(void)
{
    return dog_ticks > 0;
}
