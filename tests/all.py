"""Everything that ./quickstart test runs, with one line a stage and, at the end, one line that counts."""
import concurrent.futures
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parents[1]
OWN = pathlib.Path(os.environ["QUOIN_OWN"])
LOG = OWN / "log"
BUILDS = [  # folder, what for, options of configure
    ("release", "release build, warnings are errors", ["--enable-werror", "CFLAGS=-O2 -g"]),
    ("build", "build with movable clocks", ["--enable-werror", "--enable-test-clock", "CFLAGS=-O2 -g"]),
    ("sanitized", "build with ASan and UBSan", ["--enable-sanitizers", "--enable-test-clock", "CFLAGS=-O1 -g"]),
]
SUITES = ["tests/boundary", "tests/model", "tests/flow", "tests/crash", "tests/power", "tests/hostile", "tests/soak"]
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": str(OWN), "QUOIN_OWN": str(OWN),
       "QUOIN_BUILD": str(OWN / "build"), "QUOIN_RELEASE": str(OWN / "release"), "QUOIN_SANITIZED": str(OWN / "sanitized"),
       "PYTHONDONTWRITEBYTECODE": "1"}

LANES = 3  # suites at once: they wait for clocks and processes more than they work
LONG = ("crash", "soak", "test_hold_cups", "test_static", "model", "test_directory_faults", "test_access")  # these begin

counts = {"passed": 0, "failed": 0}
running = set()  # processes
stopping = False


def say(text, end="\n"):
    print(text, end=end, flush=True)


def count(what, passed, failed, seconds, log):
    counts["passed"] += passed
    counts["failed"] += failed
    tail = f"  (whole output: {log})" if failed else ""
    say(f"\r{what}: {passed} passed, {failed} failed ({seconds:.0f} s){tail}")


def command(name, argv, cwd=TOP, minutes=20):
    """Runs argv in a process group of its own, output into a log. Returns (status, output, seconds, log)."""
    LOG.mkdir(parents=True, exist_ok=True)
    log, start = LOG / f"{name}.log", time.monotonic()
    with open(log, "wb") as f:
        process = subprocess.Popen(list(map(str, argv)), cwd=cwd, env=ENV, stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                                   start_new_session=True)
        running.add(process)
        try:
            status = process.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            f.write(b"\nnot finished in time\n")
            status = 124
        finally:
            running.discard(process)
            end(process)
    return status, log.read_text(errors="replace"), time.monotonic() - start, log


def end(process):
    """Ends a process with everything it started: first a word, so that tests clean up, then force."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def build(folder, what, options):
    say(what[0].upper() + what[1:], end=" ...")
    (OWN / folder).mkdir(parents=True, exist_ok=True)
    script = (f"[ config.status -nt {OWN}/src/configure ] || {OWN}/src/configure --prefix=/usr --sysconfdir=/etc --localstatedir=/var "
              + " ".join(f"'{o}'" for o in options) + " && make -j$(nproc)")
    status, output, seconds, log = command(f"make-{folder}", ["sh", "-c", script], OWN / folder)
    count(what[0].upper() + what[1:], int(status == 0), int(status != 0), seconds, log)
    if status != 0:
        say(output[-2500:])
    return status == 0


def unit(folder, what):
    say(what, end=" ...")
    status, output, seconds, log = command(f"check-{folder}", ["make", "check", "-j2"], OWN / folder)
    found = {k: int(v) for k, v in re.findall(r"^# (\w+): +(\d+)$", output, re.M)}
    failed = sum(found.get(k, 0) for k in ("FAIL", "ERROR", "XPASS", "SKIP"))
    if status != 0 and failed == 0:
        failed = 1
    count(what, found.get("PASS", 0), failed, seconds, log)
    if failed:
        say("\n".join(re.findall(r"^(?:FAIL|ERROR|SKIP|.*error:).*$", output, re.M)[:30]))


def replay():
    """Every input that the fuzzers have kept, once more."""
    script = TOP / "tests/fuzz/replay"
    if not script.exists():
        return
    say("Fuzzers' inputs", end=" ...")
    status, output, seconds, log = command("fuzz-replay", [script])
    targets = re.findall(r"^fuzz: \S+: (\d+) inputs replayed$", output, re.M)
    count(f"Fuzzers' inputs ({sum(map(int, targets))}, a test for each fuzzer)", len(targets), int(status != 0), seconds, log)
    if status != 0:
        say(output[-2500:])


def suites(wanted):
    """The files of the wanted folders, each in a process of its own, LANES at once; those first that take longest."""
    files = [f for folder in wanted for f in ([folder] if folder.endswith(".py") else sorted(
        str(p.relative_to(TOP)) for p in (TOP / folder).glob("test_*.py")))]
    files.sort(key=lambda f: next((i for i, name in enumerate(LONG) if name in f), len(LONG)))
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        list(pool.map(suite, files))


def pytest(what, name, report):
    report.unlink(missing_ok=True)
    return command(name, ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-rfEs", "--tb=short",
                          f"--junitxml={report}", *what], minutes=25)


def second_look(folder, name, report):
    """The tests that failed, once more and alone: races of a test with a busy machine are told from defects, and named. Returns
    how many passed now, if all of them did."""
    cases = xml.etree.ElementTree.parse(report).getroot().iter("testcase")
    failed = [f"{folder}::{c.get('name')}" for c in cases if c.find("failure") is not None or c.find("error") is not None]
    if not failed or len(failed) > 3 or pytest(failed, f"{name}-again", LOG / f"{name}-again.xml")[0] != 0:
        return 0
    for f in failed:
        say(f"  unsteady, passed when run again alone: {f}")
    return len(failed)


def suite(folder):
    if stopping:
        return
    name = folder.replace("/", "-").removesuffix(".py")
    report = LOG / f"{name}.xml"
    status, output, seconds, log = pytest([folder], name, report)
    try:
        total = xml.etree.ElementTree.parse(report).getroot().find("testsuite").attrib
        bad = sum(int(total[k]) for k in ("failures", "errors", "skipped"))  # what did not run is not known to work
        passed = int(total["tests"]) - bad
        if bad and (steady := second_look(folder, name, report)):
            passed, bad, status = passed + steady, bad - steady, 0
    except (OSError, xml.etree.ElementTree.ParseError):
        passed, bad = 0, 1
    count(folder, passed, bad or int(status not in (0, 5)), seconds, log)
    for line in re.findall(r"^\w+: \d+ points of .*$", output, re.M):
        say(f"  {line}")
    if bad:
        say("\n".join(re.findall(r"^(?:FAILED|ERROR|SKIPPED) .*$", output, re.M)[:60]))


def main(argv):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # if quickstart is killed, we end too

    def stop(number, frame):
        global stopping
        stopping = True
        for process in list(running):
            os.killpg(process.pid, signal.SIGINT)
        raise KeyboardInterrupt
    for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(s, stop)
    start = time.monotonic()
    try:
        good = [build(*b) for b in BUILDS]
        if good[1]:
            unit("build", "Unit tests")
        if good[2]:
            unit("sanitized", "Unit tests under ASan and UBSan")
        replay()
        suites(argv[1:] or SUITES)
    except KeyboardInterrupt:
        for process in list(running):
            end(process)
        say("\nInterrupted.")
        counts["failed"] += 1
    say(f"All of it took {(time.monotonic() - start) / 60:.1f} minutes.")
    say(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
