"""Log-ins at the terminals' socket, against bare libldap programs on the same directory; and everybody else while a server hangs.

Of passwords that the directory keeps as {SSHA} (microseconds) and as {CRYPT}$6$ (milliseconds, as one that guards them does)."""
import crypt
import os
import sys
import threading
import time
import urllib.parse

from common import BUILD, ROUNDS, Lab, bound, figure, program
from lib import directory as lab_directory
from lib.access import dial_as
from lib.badldap import BadLdap
from lib.directory import BASE, SERVICE, SERVICE_PASSWORD, Directory, password
from lib.lab import port_open, wait_for
from lib.quoin import Quoin
from lib.web import Browser
from lib.workers import role_groups

TERMINALS, PIN_COST = (1, 4, 8), 16384
KINDS = {"{SSHA}": [f"p{i}" for i in range(max(TERMINALS))], "{CRYPT}": [f"c{i}" for i in range(max(TERMINALS))]}


class Quiet(Directory):
    """A slapd that logs nothing, as one that has work to do is set up."""

    def start(self):
        self.proc = self.lab.start("slapd", "-d", "0", "-F", self.dir / "slapd.d", "-h", f"{self.plain}/ {self.uri}/", log="slapd.log")
        wait_for("slapd", lambda: port_open(self.port) and port_open(self.tls_port))


class Site:
    """Everything, with a terminal for each person of each kind."""

    def __init__(self, lab, directory, servers=None, name="q", base=61001, kinds=KINDS):
        self.d = directory
        self.q = Quoin(lab, directory, conf={"directory-workers": 8, "pin-cost": PIN_COST, "log-level": 4}, name=name, base=base,
                       build=BUILD, test_clock=False)
        self.q.directory, _ = role_groups(directory.conf(servers or [directory.uri], directory_secret_file=None))
        self.q.write_conf()
        self.q.start()
        self.q.device("hall", "ipp://127.0.0.1:1/ipp/print")
        self.people = {kind: lab.dir / f"people-{name}-{kind}" for kind in kinds}
        for kind, path in self.people.items():
            path.write_text("".join(self.person(p) for p in KINDS[kind]))

    def person(self, login):
        code, badge = self.q.terminal(f"t-{login}", "hall").encode(), f"47{ord(login[0])}{login[1:]}"
        token = dial_as(self.q.socket("kiosk"), self.q.uid["kiosk"]).call("terminal.enrol", {}, {"code": code}).secret["terminal"]
        self.q.badge(login, badge)
        return f"{login} {password(login)} {token.hex()} {badge} {self.q.pin(login)}\n"

    def logins(self, how, terminals, each, kind="{SSHA}"):
        """(Log-ins a second, microseconds of each)."""
        out = program("core-logins", self.q.socket("kiosk"), self.q.uid["kiosk"], self.people[kind], how, terminals, each).split()
        return terminals * each / float(out[0]), [int(t) for t in out[1:]]

    def warm(self):
        """Every worker's connections are open, pages are there. Under a real-time scheduler eight handshakes at once on few cores can
        keep the kernel's own threads waiting until one is given up: again, then."""
        for attempt in range(3):
            try:
                return self.logins("password", max(TERMINALS), 50), self.logins("badge", 2, 2)
            except RuntimeError as e:
                print(f"  {e}", file=sys.stderr)
        raise RuntimeError(self.q.log()[-4000:])

    def bare(self, how, terminals, each, kind="{SSHA}"):
        d = self.d
        return terminals * each / float(program("ldap-logins", d.uri, d.ca, f"ou=people,{BASE}", SERVICE, SERVICE_PASSWORD,
                                                self.people[kind], how, terminals, each))


def directory(lab):
    d = Quiet(lab)
    for p in KINDS["{SSHA}"]:
        d.add_person(p)
    for p in KINDS["{CRYPT}"]:
        d.add_person(p, secret="{CRYPT}" + crypt.crypt(password(p), crypt.mksalt(crypt.METHOD_SHA512)))
    for p in lab_directory.PEOPLE:
        d.add_person(p)
    for name, (_, members) in lab_directory.GROUPS.items():
        d.add_group(name, *members, *(p for people in KINDS.values() for p in people if name == "print-users"))
    return d


def together(*runs):
    """Interleaved rounds of them all, each first in turn: a list of what each measured."""
    out = [[] for _ in runs]
    for i in range(ROUNDS):
        for k in range(len(runs)):
            n = (i + k) % len(runs)
            out[n].append(runs[n]())
        print(f"  round {i + 1}: " + ", ".join(f"{o[-1]:.4g}" for o in out), file=sys.stderr)
    return out


def over_https(site, terminals, each=20):
    """Log-ins a second with a browser at each terminal."""
    rows = [line.split() for line in site.people["{SSHA}"].read_text().splitlines()][:terminals]
    bad = []

    def browse(login, secret, token):
        b = Browser(site.q.site("kiosk"))
        b.cookies["__Host-quoin-terminal"] = token
        for _ in range(each):
            b.get("/kiosk/password")
            page = b.submit("/kiosk/password", [("login", login), ("password", secret)], follow=False)
            if page.status != 303 or urllib.parse.urlparse(page.header("Location")).path != "/kiosk/jobs":
                bad.append((page.status, page.plain))
                return
            b.cookies.pop("__Host-quoin", None)
    threads = [threading.Thread(target=browse, args=r[:3]) for r in rows]
    start = time.monotonic()
    [t.start() for t in threads], [t.join() for t in threads]
    assert not bad, bad[0]
    return terminals * each / (time.monotonic() - start)


def logins(each=int(os.environ.get("BENCH_LOGINS", 200)), badges=12):
    lab = Lab("bench-logins")
    try:
        site = Site(lab, directory(lab))
        site.warm()
        for n in TERMINALS:
            ours, pooled, fresh = together(lambda: site.logins("password", n, each)[0], lambda: site.bare("pooled", n, each),
                                           lambda: site.bare("fresh", n, each // 4))
            figure(f"logins: {{SSHA}}, {n} terminals, pooled", ours, pooled, 0.8, "per s")
            figure(f"logins: {{SSHA}}, {n} terminals, afresh", ours, fresh, 5, "per s")
            ours, pooled = together(lambda: site.logins("password", n, each // 8, "{CRYPT}")[0],
                                    lambda: site.bare("pooled", n, each // 8, "{CRYPT}"))
            figure(f"logins: {{CRYPT}}, {n} terminals, pooled", ours, pooled, 0.8, "per s")
            ours, bare = together(lambda: site.logins("badge", n, badges)[0], lambda: site.bare("badge", n, badges))
            figure(f"logins: badge and PIN, {n} terminals", ours, bare, 0.8, "per s")
            print(f"logins: over HTTPS, {n} terminals       {over_https(site, n):9.4g} per s, two pages and two TLS connections each")
        site.q.stop()
    finally:
        lab.close()


def high(values):
    return sorted(values)[int(len(values) * 0.99)]


def hung(each=500, terminals=8):
    """The same log-ins with a server before the good one that takes connections and says nothing: 99 of 100 don't notice."""
    lab = Lab("bench-hung")
    try:
        d = directory(lab)
        silent = BadLdap("silent")
        lab.closers.append(silent.close)
        kinds = ["{SSHA}"]
        well, ill = Site(lab, d, kinds=kinds), Site(lab, d, [silent.uri, d.uri], "h", 61101, kinds)
        worst = []

        def run(site):
            taken = site.logins("password", terminals, each)[1]
            worst.append(max(taken) if site is ill else 0)
            return high(taken) / 1000
        well.warm(), run(ill)
        ours, undisturbed = together(lambda: run(ill), lambda: run(well))
        figure("hung: p99 of a log-in", ours, undisturbed, 2, "ms", least=False)
        bound("hung: the slowest log-in of all", max(worst) / 1e6, 5, "s")
        for s in (well, ill):
            s.q.stop()
    finally:
        lab.close()


__all__ = ["hung", "logins"]
