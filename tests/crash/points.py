"""Where a program can be killed: its state-changing system calls, counted by strace in one run of the story, hit one by one.

strace runs beside the program as its tracer (-DD), so the program stays the launcher's own child, keeps its user, its sandbox and
its process group, and goes on untraced when the tracer is told to leave."""
import collections
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess

from lib.processes import processes

CALLS = ("openat mkdirat mkdir write writev pwrite64 pwritev fdatasync fsync linkat unlink unlinkat rename renameat renameat2 ftruncate "
         "fallocate sendto sendmsg sendmmsg sendfile connect bind listen fcntl chmod fchmod clone").split()
CHANGES = {"openat": re.compile(r"O_(WRONLY|RDWR|CREAT|TMPFILE|TRUNC)"), "fcntl": re.compile(r"F_(OFD_)?SETLKW?\b|F_SETLEASE"),
           "write": re.compile(r"^(?!2,)"), "writev": re.compile(r"^(?!2,)")}  # what goes to stderr is the log
LINE = re.compile(r"^(\d+) +([a-z0-9]+)\((.*)")
STRACE = "strace -DD -I2 -f -q -o {log} -e signal=none".split()
SHORT = "SHORT"                        # half of what a write was given is written, as a full disk or a slow peer does
SCENES = ("login", "print", "delete")  # of the story, in which kiosk is traced anew
FIRST = "first"                        # the core's very first start, another story
PROGRAMS = ("backend", "intake", "core", "kiosk", "ldap", "pin", "deliver")


class Point(collections.namedtuple("Point", "program call n error scene", defaults=("", ""))):
    """The n-th `call` of a process of `program`, counted from its start or from a scene of the story: the process is killed
    there, or the call fails with `error`, or it is SHORT."""

    def __str__(self):
        return ":".join(map(str, self)).rstrip(":")

    @classmethod
    def parse(cls, text):
        program, call, n, *error = text.split(":")
        return cls(program, call, int(n), *error)


def _inject(point):
    how = f"error={point.error}" if point.error else "signal=KILL"
    return f"{point.call}:{how}:when={point.n}"


class Tracer:
    """Puts strace around programs: count() before a start, read() after the end; or arm() before a start, then fired()."""

    def __init__(self, folder, real):
        """real: {program: path}. The folder is for anybody, as each program has its own user."""
        self.dir, self.real = pathlib.Path(folder), real
        self.dir.mkdir()
        os.chmod(self.dir, 0o777)
        self.armed, self.short = None, self.dir / "short.py"
        shutil.copyfile(pathlib.Path(__file__).parent / "short.py", self.short)  # for anybody, wherever this tree is

    def _wrap(self, program, *tracer):
        """tracer: its command; strace's own, but for where it writes and what it starts."""
        log, flag, script = self.dir / f"{program}.log", self.dir / f"{program}.armed", self.dir / program
        for path in (log, flag):
            path.write_text("")
            os.chmod(path, 0o666)
        command = " ".join(map(str, tracer)).format(log=log)
        script.write_text(f"#!/bin/sh\nif rm {flag} 2>/dev/null; then exec {command} {self.real[program]} \"$@\"; fi\n"
                          f"exec {self.real[program]} \"$@\"\n")
        os.chmod(script, 0o755)
        return script

    def count(self, programs=PROGRAMS):
        """{program: wrapper} that write down every call."""
        return {p: self._wrap(p, *STRACE, "-e", "trace=" + ",".join("?" + c for c in CALLS)) for p in programs}

    def read(self, programs=PROGRAMS, scene=""):
        """The points that a counted run has passed."""
        return sorted(set().union(*(self._points(self.dir / f"{p}.log", p, scene) for p in programs)))

    def read_scenes(self):
        """The same of a run with scenes."""
        found = set()
        for path in self.dir.glob("scene-*.log"):
            _, scene, program = path.stem.split("-")
            found |= self._points(path, program, scene)
        return sorted(found)

    @staticmethod
    def _points(path, program, scene):
        at, found = collections.Counter(), set()
        for line in path.read_text(errors="replace").splitlines():
            m = LINE.match(line)
            if m:
                at[m[1], m[2]] += 1
                if m[2] not in CHANGES or CHANGES[m[2]].search(m[3]):
                    found.add(Point(program, m[2], at[m[1], m[2]], "", scene))
        return found

    def arm(self, point):
        """{program: wrapper} for one point: only the first process started from it is traced, with its children."""
        self.armed = point
        if point.scene in SCENES:
            self._path().write_text("")
            return {}
        if point.error == SHORT:
            return {point.program: self._wrap(point.program, "/usr/bin/python3 -B", self.short, "{log}", point.call, point.n)}
        return {point.program: self._wrap(point.program, *STRACE, "-e", f"trace={point.call}", "-e", f"inject={_inject(point)}")}

    @contextlib.contextmanager
    def scene(self, name, pids):
        """Traces running processes during a scene: those of the point if it is one of this scene; counts if nothing is armed.
        pids: {program: its process ids}."""
        tracers = []
        for program, of in pids.items():
            options = ["-e", "trace=" + ",".join("?" + c for c in CALLS)]
            if self.armed and (self.armed.scene, self.armed.program) != (name, program):
                continue
            if self.armed:
                options = ["-e", f"trace={self.armed.call}", "-e", f"inject={_inject(self.armed)}"]
            tracers.append(self._attach(self.dir / f"scene-{name}-{program}.log", of, options))
        try:
            yield
        finally:
            for t in tracers:
                t.send_signal(self._farewell())
                t.wait(10)
                t.stderr.close()

    @staticmethod
    def _attach(log, pids, options):
        args = [a for p in pids for a in ("-p", str(p))]
        t = subprocess.Popen(["strace", "-I2", "-f", "-o", str(log), "-e", "signal=none", *options, *args],
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in pids:
            t.stderr.readline()  # "Process N attached"
        return t

    def _path(self):
        a = self.armed
        return self.dir / (f"scene-{a.scene}-{a.program}.log" if a.scene in SCENES else f"{a.program}.log")

    def _log(self):
        return self._path().read_text(errors="replace") if self.armed else ""

    def fired(self):
        """How often it has happened by now."""
        return len(re.findall(r"\(INJECTED\)" if self.armed and self.armed.error else r"= \?", self._log()))

    def _farewell(self):
        """strace 6.1, asked to leave a process whose threads are all dying, may wait for ever; what a dead one traced goes on."""
        return signal.SIGKILL if self.armed and not self.armed.error and self.fired() else signal.SIGTERM

    def disarm(self, only_fired=True):
        """The tracer leaves; what it traced goes on. Otherwise each child process would end where the first one did."""
        if not self.armed or (only_fired and not self.fired()):
            return
        mark = str(self._path()).encode()
        (self.dir / f"{self.armed.program}.armed").unlink(missing_ok=True)
        for p in processes():
            if mark in p.argv:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(p.pid, self._farewell())


def spread(points, want):
    """About `want` of them, always the same: of each program's each call the first, then evenly; of locks only a few."""
    groups = collections.defaultdict(list)
    for p in points:
        groups[p.program, p.call, p.scene, p.error == SHORT].append(p)
    quota = {k: min(len(v), 24) if k[1] == "fcntl" else len(v) for k, v in groups.items()}
    share = min(1.0, want / max(1, sum(quota.values())))
    out = []
    for key, group in sorted(groups.items()):
        n = max(1, min(len(group), round(quota[key] * share + 0.49)))
        out += [group[i * len(group) // n] for i in range(n)]
    return out
