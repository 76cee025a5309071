/* quoin, the CUPS backend: hands a job's arguments and the descriptor of its document to quoin-intake and waits for the verdict.
 * libc alone, no key, no byte of the document read here (quoin-backend(8)). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "backend/handover.h"

/* CUPS_BACKEND_* of cups/backend.h; FAILED, AUTH_REQUIRED, HOLD and STOP are never used. */
enum { EXIT_OK = 0, EXIT_CANCEL = 5, EXIT_RETRY = 6 };

extern char **environ;

static const struct { int code; const char *state, *text; } verdicts[] = {
#define X(name, exit, state, text) { EXIT_##exit, state, text },
    QN_HAND_VERDICTS(X)
#undef X
};

/* Tells CUPS. Nothing that came with the job is ever written: CUPS reads these lines as commands. */
static void report(enum qn_hand_why why)
{
    if (verdicts[why].state[0])
        fprintf(stderr, "STATE: +%s\n", verdicts[why].state);
    fprintf(stderr, "%s: %s\n", verdicts[why].code == EXIT_OK ? "INFO" : "ERROR", verdicts[why].text);
}

/* The last word. cupsd ends a job of several documents without reading what its backend said to the end, so a refusal waits
 * until it has been read. */
static int conclude(enum qn_hand_why why)
{
    int unread = 0;

    report(why);
    for (int i = 0; i < 50 && verdicts[why].code == EXIT_CANCEL; i++) {
        if (ioctl(STDERR_FILENO, FIONREAD, &unread) != 0 || unread == 0)
            break;
        usleep(20000);
    }
    return verdicts[why].code;
}

/* A password that cupsd put into our environment goes before anything else happens. */
static void forget_password(void)
{
    char *password = getenv("AUTH_PASSWORD");

    if (password)
        explicit_bzero(password, strlen(password));
    unsetenv("AUTH_PASSWORD");
}

/* Appends s with its NUL to the packet. False if it doesn't fit. */
static bool put(char *packet, size_t *n, const char *s)
{
    size_t len = strlen(s) + 1;

    if (len > QN_HAND_MAX - *n)
        return false;
    memcpy(packet + *n, s, len);
    *n += len;
    return true;
}

/* Builds the hand-over packet. Returns its length, 0 if it would be too large. */
static size_t pack(char *packet, int argc, char **argv)
{
    static const char *const names[] = {
#define X(name) #name "=",
        QN_HAND_VARIABLES(X)
#undef X
    };
    size_t n = QN_HAND_HEAD;
    char variables = 0;

    for (int i = 0; i < argc; i++)
        if (!put(packet, &n, argv[i]))
            return 0;
    for (char **e = environ; *e; e++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strncmp(*e, names[i], strlen(names[i])) == 0) {
                if (!put(packet, &n, *e))
                    return 0;
                variables++;
            }
    memcpy(packet, (char[QN_HAND_HEAD]){ 'Q', 'N', 'H', QN_HAND_VERSION, (char)argc, variables }, QN_HAND_HEAD);
    return n;
}

/* The socket's path: what follows "quoin:" in the device URI, which an administrator set, if that is absolute. */
static const char *intake_path(void)
{
    const char *uri = getenv("DEVICE_URI");

    return uri && strncmp(uri, "quoin:/", 7) == 0 && uri[7] != '/' ? uri + 6 : QN_RUNDIR "/" QN_HAND_SOCKET;
}

static int dial(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    struct timeval limit = { QN_HAND_FIRST, 0 }; /* of connect and send, should intake not accept */
    int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (sock < 0 || strlen(path) >= sizeof sa.sun_path)
        return -1;
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return connect(sock, (struct sockaddr *)&sa, sizeof sa) == 0 ? sock : -1;
}

static bool send_job(int sock, char *packet, size_t n, int document)
{
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { { 0 } };
    struct iovec iov = { packet, n };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control };

    control.align.cmsg_level = SOL_SOCKET;
    control.align.cmsg_type = SCM_RIGHTS;
    control.align.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.align), &document, sizeof document);
    return sendmsg(sock, &h, MSG_NOSIGNAL) == (ssize_t)n;
}

/* SIGTERM is blocked all the time and seen only here: whether a cancel came before or after the commit has one answer. */
static bool cancelled(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
}

/* Waits up to `seconds` for intake's next word. Returns it, CANCEL for a SIGTERM before any, 0 if intake is gone, silent or
 * talks nonsense. */
static char hear(int sock, int term, int seconds, unsigned char *why)
{
    struct pollfd p[2] = { { sock, POLLIN, 0 }, { term, POLLIN, 0 } };
    unsigned char word[QN_HAND_WORD + 1];
    int n;

    while ((n = poll(p, 2, seconds * 1000)) < 0 && errno == EINTR)
        ;
    if (n > 0 && !p[0].revents)
        return QN_HAND_SAY_CANCEL;
    if (n <= 0 || recv(sock, word, sizeof word, MSG_DONTWAIT) != QN_HAND_WORD || word[1] >= QN_WHY_COUNT)
        return 0;
    *why = word[1];
    return (char)word[0];
}

static bool say(int sock, enum qn_hand_word word)
{
    return send(sock, (char[QN_HAND_WORD]){ (char)word }, QN_HAND_WORD, MSG_NOSIGNAL | MSG_DONTWAIT) == QN_HAND_WORD;
}

/* The conversation behind the hand-over, up to a verdict or a commit. *begun: some of the document has been read. */
static enum qn_hand_why await_sealed(int sock, int term, bool *begun)
{
    int seconds = QN_HAND_FIRST;
    unsigned char why = 0;

    for (;;) {
        switch (hear(sock, term, seconds, &why)) {
        case QN_HAND_SAY_TICK:
            *begun = *begun || why;
            seconds = QN_HAND_IDLE;
            break;
        case QN_HAND_SAY_SEALED:
            *begun = true;
            if (!cancelled())
                return say(sock, QN_HAND_SAY_COMMIT) ? QN_WHY_HELD : QN_WHY_AWAY;
            /* fall through */
        case QN_HAND_SAY_CANCEL:
            say(sock, QN_HAND_SAY_CANCEL);
            return QN_WHY_CANCELLED;
        case QN_HAND_SAY_VERDICT:
            return why == QN_WHY_HELD ? QN_WHY_NONE : (enum qn_hand_why)why; /* not without our commit */
        default:
            return QN_WHY_NONE;
        }
    }
}

/* One hand-over. A cancel after our commit comes too late: the job is Quoin's, and its owner deletes it there. */
static enum qn_hand_why attempt(char *packet, size_t n, int document, int term, bool *begun)
{
    int sock = dial(intake_path());
    enum qn_hand_why why = QN_WHY_AWAY;
    unsigned char verdict = 0;

    if (sock >= 0 && send_job(sock, packet, n, document)) {
        why = await_sealed(sock, term, begun);
        if (why == QN_WHY_HELD)
            why = hear(sock, -1, QN_HAND_VERDICT, &verdict) == QN_HAND_SAY_VERDICT ? (enum qn_hand_why)verdict : QN_WHY_NONE;
    }
    if (sock >= 0)
        close(sock);
    return why;
}

/* True if this is not the last document of its job: cupsd deletes the whole job when a backend asks for a retry then. */
static bool more_follow(int argc, char **argv)
{
    const char *root = getenv("CUPS_REQUESTROOT"), *dash = argc == 7 ? strrchr(argv[6], '-') : NULL;
    int dir = dash ? (int)(strrchr(argv[6], '/') ? strrchr(argv[6], '/') - argv[6] : 0) : 0;
    long job = strtol(argv[1], NULL, 10);
    char next[4096];
    int n;

    if (dash)
        n = snprintf(next, sizeof next, "%.*s/d%05ld-%03ld", dir, argv[6], job, strtol(dash + 1, NULL, 10) + 1);
    else /* piped: which one it is can't be known, only whether there are several */
        n = snprintf(next, sizeof next, "%s/d%05ld-002", root ? root : "", job);
    return n > 0 && (size_t)n < sizeof next && access(next, F_OK) == 0;
}

/* Sleeps before another try; false when a SIGTERM ends the wait. */
static bool wait_again(int term)
{
    struct pollfd p = { term, POLLIN, 0 };

    return poll(&p, 1, QN_HAND_AGAIN * 1000) == 0;
}

static enum qn_hand_why hand_over(int argc, char **argv, int term)
{
    static char packet[QN_HAND_MAX];
    size_t n = pack(packet, argc, argv);
    int document = argc == 7 ? open(argv[6], O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : 0;
    enum qn_hand_why why;
    bool begun = false;

    if (n == 0)
        return QN_WHY_OPTIONS;
    if (document < 0)
        return errno == ENOENT ? QN_WHY_MISSING : QN_WHY_BROKEN;
    for (;;) {
        why = attempt(packet, n, document, term, &begun);
        if (verdicts[why].code != EXIT_RETRY || why == QN_WHY_CANCELLED || !more_follow(argc, argv))
            return why;
        if (begun && lseek(document, 0, SEEK_SET) != 0) /* a pipe gives its bytes once */
            return why;
        report(why);
        if (!wait_again(term))
            return QN_WHY_CANCELLED;
    }
}

int main(int argc, char **argv)
{
    sigset_t set;

    forget_password();
    if (argc == 1) {
        puts("direct quoin \"Quoin\" \"Quoin held queue\" \"MFG:Quoin;MDL:held queue;CMD:PDF;\"");
        return EXIT_OK;
    }
    if (argc != 6 && argc != 7)
        return conclude(QN_WHY_MALFORMED);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fputs("STATE: -quoin-away-warning,quoin-full-warning,quoin-refused-report\n", stderr);
    return conclude(hand_over(argc, argv, signalfd(-1, &set, SFD_CLOEXEC)));
}
