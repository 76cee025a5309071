/* quoinctl login, logout, whoami: a session as on the web, kept in a file that only its owner can read. */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/secret.h"

enum { TOKEN = 32, HEX = 64, PASSWORD_MAX = 256 };

/* ---- the file ---- */

/* $XDG_RUNTIME_DIR/quoin, or ~/.quoin where there is none. */
static bool folder_path(const struct ctl *c, char out[512])
{
    const char *run = c->runtime_dir, *home = c->home;
    const struct passwd *me;

    if (run && run[0] == '/')
        return snprintf(out, 512, "%s/quoin", run) < 512;
    if (!home || home[0] != '/') {
        me = getpwuid(geteuid());
        home = me ? me->pw_dir : NULL;
    }
    return home && home[0] == '/' && snprintf(out, 512, "%s/.quoin", home) < 512;
}

/* Ours, and nobody else's business. */
static bool private_enough(int fd, mode_t type)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

/* The folder's descriptor, or -1 after a sentence. make: makes it if it is not there; else a missing one is said as "not logged in". */
static int folder_open(const struct ctl *c, char path[512], bool make)
{
    int fd;

    if (!folder_path(c, path)) {
        ctl_complain("there is no place for a session: neither XDG_RUNTIME_DIR nor HOME is set");
        return -1;
    }
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST) {
        ctl_complain("%s: %s", path, strerror(errno));
        return -1;
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        ctl_complain("you are not logged in: quoinctl login LOGIN");
    } else if (fd < 0) {
        ctl_complain("%s: %s", path, strerror(errno));
    } else if (!private_enough(fd, S_IFDIR)) {
        ctl_complain("%s is not used: it must be a folder of your own that nobody else can enter (chmod 700)", path);
        close(fd);
        fd = -1;
    }
    return fd;
}

static int token_read(const struct ctl *c, uint8_t token[TOKEN])
{
    char path[512], *hex;
    int folder = folder_open(c, path, false), fd;
    ssize_t n = -1;

    if (folder < 0)
        return CTL_FAILED;
    fd = openat(folder, "session", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    if (fd < 0)
        return errno == ENOENT ? ctl_complain("you are not logged in: quoinctl login LOGIN")
                               : ctl_complain("%s/session: %s", path, strerror(errno));
    if (!private_enough(fd, S_IFREG)) {
        close(fd);
        return ctl_complain("%s/session is not used: it must be a file of your own that nobody else can read (chmod 600)", path);
    }
    hex = qn_secret_alloc(HEX + 2);
    n = read(fd, hex, HEX + 1);
    close(fd);
    if (n == HEX + 1 && hex[HEX] == '\n')
        hex[HEX] = '\0';
    if (n < HEX || !qn_unhex(token, TOKEN, hex))
        n = -1;
    qn_secret_free(&hex);
    return n > 0 ? CTL_OK : ctl_complain("%s/session holds no session: log in again", path);
}

static int token_write(const struct ctl *c, const uint8_t token[TOKEN])
{
    char path[512], *hex;
    int folder = folder_open(c, path, true), fd, r = CTL_OK;

    if (folder < 0)
        return CTL_FAILED;
    unlinkat(folder, "session", 0);
    fd = openat(folder, "session", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    hex = qn_secret_alloc(HEX + 2);
    qn_hex(hex, token, TOKEN);
    hex[HEX] = '\n';
    if (fd < 0 || write(fd, hex, HEX + 1) != HEX + 1)
        r = ctl_complain("%s/session: %s", path, strerror(errno));
    qn_secret_free(&hex);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && r != CTL_OK)
        unlinkat(folder, "session", 0);
    close(folder);
    return r;
}

static void token_forget(const struct ctl *c)
{
    char path[512];
    int folder = folder_open(c, path, false);

    if (folder < 0)
        return;
    unlinkat(folder, "session", 0);
    close(folder);
}

/* ---- the password ---- */

/* One line of fd, without its end. False if there is none, or it does not fit. */
static bool line_read(int fd, char *out, size_t *len_out)
{
    size_t n = 0;

    while (n <= PASSWORD_MAX) {
        ssize_t r = read(fd, out + n, 1); /* not a byte more: what follows is for somebody else */

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0 || out[n] == '\n')
            break;
        n++;
    }
    if (n > 0 && n <= PASSWORD_MAX && out[n - 1] == '\r')
        n--;
    *len_out = n;
    return n > 0 && n <= PASSWORD_MAX && !memchr(out, '\0', n);
}

/* From the terminal, which does not show it. */
static bool terminal_read(const char *prompt, char *out, size_t *len_out)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios shown, hidden;
    bool ok;

    if (fd < 0 || tcgetattr(fd, &shown) != 0) {
        if (fd >= 0)
            close(fd);
        ctl_complain("there is no terminal to ask for the password: use --password-stdin");
        return false;
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ISIG;
    ok = tcsetattr(fd, TCSAFLUSH, &hidden) == 0 && write(fd, prompt, strlen(prompt)) == (ssize_t)strlen(prompt);
    ok = ok && line_read(fd, out, len_out);
    tcsetattr(fd, TCSAFLUSH, &shown);
    if (write(fd, "\n", 1) != 1)
        ok = false;
    close(fd);
    return ok;
}

/* Adds a password to a request: from standard input with --password-stdin, else from the terminal. */
static int add_password(const struct ctl *c, struct qn_msg *request, const char *prompt)
{
    char *password = qn_secret_alloc(PASSWORD_MAX + 2);
    size_t len = 0;
    bool ok = c->password_stdin ? line_read(STDIN_FILENO, password, &len) : terminal_read(prompt, password, &len);

    if (ok)
        qn_msg_secret(request, QN_SECRET_PASSWORD, password, len);
    qn_secret_free(&password);
    return ok ? CTL_OK : ctl_complain("no password was given");
}

/* ---- what the other verbs use ---- */

int ctl_session(const struct ctl *c, struct qn_msg *request)
{
    uint8_t *token = qn_secret_alloc(TOKEN);
    int r = token_read(c, token);

    if (r == CTL_OK)
        qn_msg_secret(request, QN_SECRET_SESSION, token, TOKEN);
    else
        qn_msg_free(request);
    qn_secret_free(&token);
    return r;
}

int ctl_prove(const struct ctl *c)
{
    struct qn_msg request, answer = { 0 };
    int r;

    qn_msg_request(&request, "session.prove", NULL);
    if ((r = ctl_session(c, &request)) != CTL_OK)
        return r;
    if ((r = add_password(c, &request, "This needs your password again: ")) != CTL_OK) {
        qn_msg_free(&request);
        return r;
    }
    r = ctl_call(c, &request, &answer);
    qn_msg_free(&answer);
    return r;
}

/* ---- verbs ---- */

static void say_roles(const json_t *roles)
{
    if (json_array_size(roles) == 0)
        printf("No role.\n");
    else
        printf("Roles:");
    for (size_t i = 0; i < json_array_size(roles); i++)
        printf(" %s%s", json_string_value(json_array_get(roles, i)), i + 1 == json_array_size(roles) ? "\n" : ",");
}

static void say_person(const struct ctl *c, const struct qn_msg *answer, const char *how)
{
    if (c->json) {
        ctl_print_json(json_incref(answer->f));
        return;
    }
    ctl_say("%s as %s (%s).", how, qn_msg_get(answer, "login"), qn_msg_get(answer, "display"));
    say_roles(json_object_get(answer->f, "roles"));
}

int ctl_login(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request, answer = { 0 };
    const uint8_t *token;
    size_t len;
    int r;

    if (argc != 1)
        return CTL_USAGE;
    qn_msg_request(&request, "login.password", NULL);
    qn_msg_str(&request, "login", argv[0]);
    if ((r = add_password(c, &request, "Password: ")) != CTL_OK) {
        qn_msg_free(&request);
        return r;
    }
    if ((r = ctl_call(c, &request, &answer)) != CTL_OK)
        return r;
    token = qn_msg_get_secret(&answer, QN_SECRET_SESSION, &len);
    r = token && len == TOKEN ? token_write(c, token) : ctl_complain("the core sent no session");
    if (r == CTL_OK)
        say_person(c, &answer, "Logged in");
    qn_msg_free(&answer);
    return r;
}

int ctl_logout(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg request;
    int r;

    (void)argv;
    if (argc != 0)
        return CTL_USAGE;
    qn_msg_request(&request, "logout", NULL);
    if ((r = ctl_session(c, &request)) != CTL_OK)
        return r;
    token_forget(c); /* whatever the core says: it ends by itself */
    return ctl_tell(c, &request, "Logged out.");
}

int ctl_whoami(const struct ctl *c, int argc, char **argv)
{
    struct qn_msg answer = { 0 };
    int r;

    (void)argv;
    if (argc != 0)
        return CTL_USAGE;
    if ((r = ctl_role_call(c, "session.check", NULL, &answer)) != CTL_OK)
        return r;
    say_person(c, &answer, "Logged in");
    qn_msg_free(&answer);
    return CTL_OK;
}
