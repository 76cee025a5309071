"""All of Quoin's programs in a Lab: own uids, own folders, free ports, movable clocks."""
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import ssl
import types

from . import directory as lab_directory, policy, web
from .drivers import memory
from .lab import BUILD, free_port, port_open, run, wait_for
from .processes import processes
from .workers import role_groups

USERS = ["core", "intake", "kiosk", "portal", "console", "ldap", "pin", "deliver", "cups"]
PROGRAMS = {"core": "server/quoind", "intake": "intake/quoin-intake", "ldap": "ldap/quoin-ldap", "pin": "ldap/quoin-ldap",
            "deliver": "deliver/quoin-deliver", "cups": "cups/quoin-cups", "kiosk": "web/quoin-web", "portal": "web/quoin-web", "console": "web/quoin-web"}
SOCKETS = {"intake": "intake/intake.sock", "core": "core.sock"}


def conf_text(value):
    """A Python value in the syntax of quoin.conf(5)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(conf_text(str(v)) for v in value) + "}"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Quoin:
    """Quoin(lab, directory=directory.demo(lab), cups=Cups(lab), conf={"kiosk-idle": "10s"}).start()

    directory and cups are what tests/lib/directory.py and cups.py make, or None; conf are keys of quoin.conf(5) on top of
    what the lab needs. drivers: with quoin-cups, on a tmpfs of its own."""

    def __init__(self, lab, directory=None, cups=None, conf=None, name="q", base=61001, build=BUILD, test_clock=True,
                 drivers=False):
        self.lab, self.build, self.process = lab, pathlib.Path(build), None
        self.dir = lab.dir / name
        self.run_dir, self.state_dir = self.dir / "run", self.dir / "state"
        self.uid = {user: base + i for i, user in enumerate(USERS)} | {"backend": 7}
        self.conf_file, self.clock_file = self.dir / "quoin.conf", self.dir / "clock"
        self.dir.mkdir()
        os.chmod(self.dir, 0o755)
        self.ca, cert, key = lab.ca()
        self.port = {w: free_port() for w in ("kiosk", "portal", "console")}
        self.host = {w: f"localhost:{p}" for w, p in self.port.items()}
        values = {
            "run-dir": self.run_dir, "state-dir": self.state_dir, "log-name": "lab.invalid/log",
            **{f"user-{u}": n for u, n in self.uid.items()},
            "tls-certificate": self._copy(cert, 0o644), "tls-key": self._copy(key, 0o644),  # three uids read it
            **{f"{w}-listen": f"127.0.0.1:{p}" for w, p in self.port.items()},
            "web-hosts": [h for w, p in self.port.items() for h in (f"localhost:{p}", f"127.0.0.1:{p}")],
            "disk-reserve": "1m", "pin-cost": 1024,
        }
        if test_clock:  # a release build does not know the key
            values["test-clock"] = self.clock_file
        if cups:
            values["cupsd-socket"] = cups.sock
        self.directory, self.policy = "", policy.document([])
        if directory:
            values["directory-secret-file"] = self._secret(directory.secret_file)
            self.directory, roles = role_groups(directory.conf(directory_secret_file=None))
            self.policy = policy.document(roles)
        self.drivers = drivers
        if drivers:
            values["cups"] = True
            (self.dir / "run").mkdir(mode=0o711)
            memory(lab, self.run_dir / "cups", self.uid["cups"], self.uid["deliver"])
        self.values = values | (conf or {})
        self.clock(0, 0)
        self.write_conf()

    def _copy(self, path, mode):
        to = self.dir / pathlib.Path(path).name
        shutil.copyfile(path, to)
        os.chmod(to, mode)
        return to

    def _secret(self, source):
        path = self._copy(source, 0o400)
        os.chown(path, self.uid["ldap"], self.uid["ldap"])
        return path

    def write_conf(self):
        """Writes quoin.conf from self.values and the directory's part; takes effect at the next start."""
        lines = [f"{k} = {conf_text(v)}" for k, v in self.values.items()]
        self.conf_file.write_text(self.directory + "\n".join(lines) + "\n")
        os.chmod(self.conf_file, 0o644)

    # ---- life ----

    def start(self, seconds=30, replace=None):
        """Starts everything and waits until every socket and listener is there. replace: {name: other program}."""
        extra = [a for name, path in (replace or {}).items() for a in ("-x", f"{name}={path}")]
        log = f"{self.dir.name}.log"
        start = (self.lab.dir / log).stat().st_size if (self.lab.dir / log).exists() else 0
        self.process = self.lab.start(self.build / "launch/quoin-launch", "-c", self.conf_file, "-d", self._programs(), *extra,
                                      "--ready", log=log)
        wait_for(lambda: "Quoin is not ready:\n" + self.log()[-6000:], lambda: self._ready(start), seconds)
        if self.policy:  # else: the database has one, or the test wants none
            (self.dir / "policy.json").write_text(policy.text(self.policy))
            self.policy = None
            self.ctl("init", self.dir / "policy.json")
        return self

    def _programs(self):
        """The folder of the programs; a copy if other users don't get through to the build tree (one below /root)."""
        if all(p.stat().st_mode & 0o001 for p in (self.build / "server").resolve().parents if p.exists()):
            return self.build
        to = self.dir / "bin"
        to.mkdir(exist_ok=True)
        for path in {self.build / p for p in PROGRAMS.values()}:
            if not (to / path.name).exists():
                shutil.copyfile(path, to / path.name)
                os.chmod(to / path.name, 0o755)
        return to

    def _ready(self, start):
        assert self.process.poll() is None, f"quoin-launch ended with {self.process.returncode}:\n{self.log()[-6000:]}"
        return "\nready\n" in "\n" + self.log()[start:] and all(port_open(p) for p in self.port.values())

    def stop(self):
        """Ends everything as an administrator would; the files stay. Returns the launcher's exit status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        self.lab.stop(process, seconds=30)
        return process.returncode

    def restart(self):
        self.stop()
        return self.start()

    def log(self):
        """What all programs have written to standard error."""
        path = self.lab.dir / f"{self.dir.name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- processes ----

    def main_pid(self, name):
        """The process that the launcher started under that name, or None while it is down."""
        want = pathlib.Path(PROGRAMS[name]).name
        for p in processes():
            if not self.process or p.parent != self.process.pid or not p.argv:
                continue
            argv = [word.decode(errors="replace") for word in p.argv]
            mode = next((argv[argv.index(o) + 1] for o in ("-m", "-i") if o in argv), name)
            if pathlib.Path(argv[0]).name == want and mode == name:
                return p.pid
        return None

    def pids(self, name):
        """All processes of that name: the main one and what it forked."""
        main = self.main_pid(name)
        return [p.pid for p in processes() if p.group == main]

    def kill(self, name, sig=signal.SIGKILL):
        """Sends a signal to the main process of that name and, for SIGKILL, waits until another has taken its place."""
        pid = wait_for(f"{name} is not running", lambda: self.main_pid(name))
        os.kill(pid, sig)
        if sig == signal.SIGKILL:
            wait_for(f"{name} did not come back", lambda: self.main_pid(name) not in (None, pid))

    # ---- what a test does with it ----

    def clock(self, wall_ms, boot_ms=None):
        """Moves the wall clock, and the boot clock by as much unless told otherwise, against the machine's."""
        new = self.clock_file.with_suffix(".new")
        new.write_text(f"{wall_ms} {wall_ms if boot_ms is None else boot_ms}\n")
        os.chmod(new, 0o644)
        new.rename(self.clock_file)

    def ctl(self, *args, input=None, check=True, timeout=30):
        """quoinctl: a CompletedProcess with text output."""
        return run(self.build / "ctl/quoinctl", "-c", self.conf_file, *args, input=input, check=check, timeout=timeout)

    def json(self, *args, input=None):
        """quoinctl --json, decoded."""
        return json.loads(self.ctl("--json", *args, input=input).stdout)

    def status(self):
        return self.json("status")

    @property
    def queue_uri(self):
        """The device URI that makes our backend find this Quoin."""
        return f"quoin:{self.socket('intake')}"

    def site(self, name):
        """What tests/lib/web.py's Browser needs to know of a listener."""
        return types.SimpleNamespace(instance=name, port=self.port[name], host=self.host[name],
                                     tls=ssl.create_default_context(cafile=str(self.ca)))

    def socket(self, name):
        return self.run_dir / SOCKETS.get(name, f"{name}.sock")

    def sql(self, query, *args):
        """Rows of the core's database, read beside it."""
        db = sqlite3.connect(f"file:{self.state_dir}/quoin.db?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(query, args).fetchall()
        finally:
            db.close()

    def spool(self):
        """The sealed files that are there."""
        return sorted((self.state_dir / "spool").glob("*/*.quoin"))

    def role(self, login, *args, check=True):
        """quoinctl --json as a person with a role, whose password it is given whenever it asks: what it printed, decoded."""
        folder = self.dir / f"shell-{login}"
        folder.mkdir(mode=0o700, exist_ok=True)
        env = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
        word = lab_directory.password(login) + "\n"

        def ctl(*words, check=check):
            words = ["-c", self.conf_file, "--json", *words, "--password-stdin"]
            return run(self.build / "ctl/quoinctl", *words, input=word, env=env, check=check)
        p = ctl(*args, check=False) if (folder / "quoin/session").exists() else None
        if p is None or p.returncode != 0:
            ctl("login", login, check=True)
            p = ctl(*args)
        return json.loads(p.stdout) if p.returncode == 0 else p

    def decide(self, *args, by="dora", approver="sam"):
        """Proposed by one and approved by another; nothing if it is like that already."""
        p = self.role(by, *args, "--ticket", "T-1", check=False)
        if not isinstance(p, dict):
            assert "already" in p.stderr, p.stderr
            return
        self.role(approver, "request", "approve", p["id"], "--hash", p["hash"], "--yes")

    def device(self, name, uri, *args):
        given = {"--location": "Hall", "--custodian": "Dora", "--ceiling": "restricted" if uri.startswith("ipps:") else "internal"}
        if not uri.startswith(("ipps:", "usb:")):  # in clear: by an exception
            given |= {"--plain-until": policy.days_ahead(300), "--plain-reason": "lab"}
        given |= dict(zip(args[::2], args[1::2]))
        self.decide("device", "propose", name, uri, *[word for pair in given.items() for word in pair])

    def terminal(self, name, device, *args):
        """Brings in a terminal; returns a one-time enrolment code."""
        self.decide("terminal", "propose", name, device, *(args or ("--ceiling", "restricted")))
        return self.role("dora", "terminal", "code", name)["code"]

    def portal(self, login):
        """A browser of that person, logged in at their desk."""
        b = web.Browser(self.site("portal"))
        b.get("/me/login")
        page = b.submit("/me/login", [("login", login), ("password", lab_directory.password(login))])
        assert page.status == 200 and "/me/logout" in page.text, page.plain
        b.get("/me/badges")
        return b

    def badge(self, login, number):
        """As its owner adds it."""
        page = self.portal(login).submit("/me/badges/claim", [("badge", number), ("label", "")])
        assert "was added" in page.plain, page.plain

    def pin(self, login):
        """A new PIN, as its owner reads it."""
        page = self.portal(login).submit("/me/pin/new", [])
        return re.search(r'<p class="digits">(\d{6})</p>', page.text).group(1)
