"""What the benchmarks share: the programs, the real processes, rounds and their figures."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests"))
from lib.core import Core  # noqa: E402
from lib import lab as labs  # noqa: E402
from lib.lab import BUILD, ENV, wait_for  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 7))
FIGURES = []


def program(name, *args, timeout=300):
    """Runs a program of this folder; what it prints, stripped."""
    p = subprocess.run([BUILD / "bench" / name, *map(str, args)], capture_output=True, text=True, timeout=timeout, env=ENV)
    if p.returncode != 0:
        raise RuntimeError(f"{name}: {p.stderr.strip()}")
    return p.stdout.strip()


def seconds(name, *args):
    return float(program(name, *args))


class Lab(labs.Lab):
    """A scratch folder of the benchmarks. ext4 without a journal looks at each inode freed within the last minutes in the same
    part of the disk before it takes a new one; after a run of the tests that is half of what a job costs. Folders of a "top"
    folder are spread over the disk instead."""

    def __init__(self, name):
        super().__init__(name)
        base = pathlib.Path(os.environ.get("BENCH_DIR", "/var/tmp/qn-bench"))
        base.mkdir(exist_ok=True)
        subprocess.run(["chattr", "+T", base], capture_output=True)  # another file system: no matter
        self.dir.rmdir()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="l", dir=base))
        os.chmod(self.dir, 0o755)


class Server(Core):
    """quoind and quoin-intake as released (no test clock), limits out of the way; the test plays the other workers."""

    def __init__(self, lab, conf=None, backend=0, name="core"):
        limits = {"max-jobs-per-owner": 1000000, "max-jobs": 1000000, "kiosk-idle": "60m", "kiosk-session": "60m",
                  "person-cache": "24h", "log-level": 5, "user-backend": backend}
        super().__init__(lab, limits | (conf or {}), name)
        del self.values["test-clock"]
        (self.run_dir / "intake").mkdir()
        self.intake, self.jobs = None, 0

    def start(self, *args, **kw):
        super().start(*args, **kw)
        self.wait_status()
        self.intake = self.start_program("intake/quoin-intake")
        wait_for("quoin-intake is not ready", (self.run_dir / "intake/intake.sock").exists)
        return self

    def wait_status(self):
        wait_for("quoind is not ready", lambda: self.ctl("status").code == "ok")

    def start_program(self, name, log=None, **kw):
        return self.lab.start(BUILD / name, "-c", self.dir / "quoin.conf", log=log, **kw)

    def numbers(self, count):
        """Takes `count` job numbers; the first."""
        first = self.jobs + 1
        self.jobs += count
        return first

    def hold(self, clients, jobs, document):
        """Seconds in which that many clients hold that many jobs each."""
        return seconds("hand-over", self.run_dir / "intake/intake.sock", clients, jobs, self.numbers(clients * jobs), document)


def document(lab, size):
    """A file that begins and ends like a PDF."""
    path = lab.dir / f"document-{size}.pdf"
    path.write_bytes(b"%PDF-1.4\n" + os.urandom(size - 16) + b"\n%%EOF\n")
    os.chmod(path, 0o644)
    return path


def resident(pid, key="VmRSS"):
    """KiB of memory; None once the process is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def rounds(ours, reference, count=None):
    """Interleaved, each first in turn: lists of both."""
    a, b = [], []
    for i in range(count or ROUNDS):
        for mine in ((True, False) if i % 2 else (False, True)):
            (a if mine else b).append(ours() if mine else reference())
        print(f"  round {i + 1}: ours {a[-1]:.4g}, reference {b[-1]:.4g}, ratio {a[-1] / b[-1]:.3f}", file=sys.stderr)
    return a, b


def figure(name, ours, reference, goal, unit, least=True):
    """Prints one line and keeps it. goal: at least (or at most) this ratio of ours to the reference."""
    pairs = [x / y for x, y in zip(ours, reference)]
    ratio = statistics.median(pairs)
    good = ratio >= goal if least else ratio <= goal
    line = (f"{name:34} ours {statistics.median(ours):9.4g} {unit:6} reference {statistics.median(reference):9.4g}  ratio "
            f"{ratio:6.3f} ({min(pairs):.3f}..{max(pairs):.3f})  goal {'>=' if least else '<='} {goal:g}  {'met' if good else 'NOT MET'}")
    FIGURES.append((line, good))
    print(line, flush=True)


def bound(name, value, goal, unit):
    """A figure without a reference: at most `goal`."""
    line = f"{name:34} {value:9.4g} {unit}  goal <= {goal:g}  {'met' if value <= goal else 'NOT MET'}"
    FIGURES.append((line, value <= goal))
    print(line, flush=True)


def report(name, ours, unit, reference=None):
    """A figure without a goal: the medians, and of what."""
    line = f"{name:34} ours {statistics.median(ours):9.4g} {unit:6} "
    if reference:
        ratio = statistics.median(x / y for x, y in zip(ours, reference))
        line += f"reference {statistics.median(reference):9.4g}  ratio {ratio:6.3f}  "
    line += "reported"
    FIGURES.append((line, True))
    print(line, flush=True)


__all__ = ["BUILD", "ENV", "FIGURES", "Lab", "ROUNDS", "Server", "TOP", "bound", "document", "figure", "program", "report", "resident",
           "rounds", "seconds", "wait_for"]
