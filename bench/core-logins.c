/* core-logins SOCKET UID PEOPLE badge|password TERMINALS LOGINS: that many terminals, each logging its own person in LOGINS times on
 * one connection to the core's socket, as the user UID. PEOPLE has a line a person: login, password, terminal's credential (hex),
 * badge, PIN. Prints seconds, then the microseconds of each log-in, a line each. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/common.h"
#include "lib/buf.h"
#include "lib/msg.h"

enum { PEOPLE_MAX = 64, WAIT_MS = 20000 };

struct person { char login[64], password[64], terminal[65], badge[64], pin[16]; };

struct run {
    const char *socket;
    bool badge;
    int logins;
    struct person person[PEOPLE_MAX];
    double *taken; /* shared by all terminals' processes: logins each */
};

static void ask(struct qn_msg *m, const struct run *run, const struct person *p)
{
    uint8_t terminal[32];

    if (!qn_unhex(terminal, sizeof terminal, p->terminal))
        bench_die("a terminal's credential");
    qn_msg_request(m, run->badge ? "login.badge" : "login.password", NULL);
    qn_msg_secret(m, QN_SECRET_TERMINAL, terminal, sizeof terminal);
    if (run->badge) {
        qn_msg_secret(m, QN_SECRET_BADGE, p->badge, strlen(p->badge));
        qn_msg_secret(m, QN_SECRET_PIN, p->pin, strlen(p->pin));
    } else {
        qn_msg_str(m, "login", p->login);
        qn_msg_secret(m, QN_SECRET_PASSWORD, p->password, strlen(p->password));
    }
}

static void terminal(int client, void *ctx)
{
    struct run *run = ctx;
    struct qn_err err;
    int sock = qn_msg_dial(run->socket, &err);

    if (sock < 0)
        bench_die("%s", err.text);
    for (int i = 0; i < run->logins; i++) {
        double start = bench_now();
        struct qn_msg m, a;

        ask(&m, run, &run->person[client]);
        errno = 0;
        if (qn_msg_call(sock, &m, &a, WAIT_MS, &err) != 0)
            bench_die("%s", err.text);
        if (a.code != QN_OK)
            bench_die("%s is answered: %s", run->person[client].login, a.text);
        run->taken[client * run->logins + i] = bench_now() - start;
        qn_msg_free(&m);
        qn_msg_free(&a);
    }
}

static void people_read(struct run *run, const char *path, int most)
{
    FILE *f = fopen(path, "re");

    for (int i = 0; i < most; i++) {
        struct person *p = &run->person[i];

        if (!f || fscanf(f, "%63s %63s %64s %63s %15s", p->login, p->password, p->terminal, p->badge, p->pin) != 5)
            bench_die("%s has no %d people", path, most);
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    struct run run = { 0 };
    int terminals;
    size_t size;
    double all;

    if (argc != 7 || (terminals = atoi(argv[5])) < 1 || terminals > PEOPLE_MAX || (run.logins = atoi(argv[6])) < 1)
        return 2;
    run.socket = argv[1];
    run.badge = strcmp(argv[4], "badge") == 0;
    people_read(&run, argv[3], terminals);
    size = (size_t)terminals * (size_t)run.logins * sizeof *run.taken;
    run.taken = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.taken == MAP_FAILED || setuid((uid_t)atoi(argv[2])) != 0)
        bench_die("starting");
    all = bench_clients(terminals, terminal, &run);
    printf("%.6f\n", all);
    for (int i = 0; i < terminals * run.logins; i++)
        printf("%.0f\n", run.taken[i] * 1e6);
    return 0;
}
