"""The demonstration behind ./quickstart run: everything real, private and on loopback."""
import ctypes
import json
import os
import pathlib
import re
import secrets
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import directory  # noqa: E402
from lib.cups import Cups  # noqa: E402
from lib.lab import Lab, wait_for  # noqa: E402
from lib.pdf import pdf  # noqa: E402
from lib.printer import Printer  # noqa: E402
from lib.processes import mentioning  # noqa: E402
from lib.quoin import Quoin  # noqa: E402
from lib.web import Browser  # noqa: E402

PEOPLE = {"alice": "04A1B2C3D4", "bob": "04B2C3D4E5"}
HOUR = 3600 * 1000


def say(text=""):
    print(text, flush=True)


class Demo:
    """A directory, a cupsd, a printer and Quoin in one scratch folder."""

    def __init__(self, lab, drivers=False):
        self.lab = lab
        say("Starting a private directory (slapd), CUPS, IPP printer and Quoin, all on loopback ...")
        self.directory, self.printer = directory.demo(lab), Printer(lab, "Hall")
        self.cups = Cups(lab, log_level="warn")
        self.quoin = Quoin(lab, directory=self.directory, cups=self.cups, drivers=drivers)
        self.cups.backend(self.quoin.build / "backend/quoin")
        self.quoin.start()
        self.cups.start()
        self.queue = self.cups.queue("secure", uri=self.quoin.queue_uri)
        self.pins = {}

    def browser(self):
        return Browser(self.quoin.site("kiosk"))

    def device(self):
        """The printer, known by its certificate, and the code that makes a browser its terminal: dora proposes, sam approves."""
        self.quoin.device("hall", self.printer.uri("ipps"), "--ca", self.quoin.ca, "--location", "Hall, ground floor")
        return self.quoin.terminal("hall-panel", "hall")

    def people(self, kiosk=None):
        """Each adds a badge and gets a PIN: at a terminal, or at a desk."""
        for login, number in PEOPLE.items():
            if kiosk:
                self.pins[login] = self.at_terminal(kiosk, login, number)
            else:
                self.quoin.badge(login, number)
                self.pins[login] = self.quoin.pin(login)

    def at_terminal(self, kiosk, login, number):
        """The first visit: the password, then the badge, then a PIN that is shown once."""
        kiosk.get("/kiosk/password")
        kiosk.submit("/kiosk/password", [("login", login), ("password", directory.password(login))])
        kiosk.get("/kiosk/own")
        page = kiosk.submit("/kiosk/own/badge", [("badge", number)])
        check("was added" in page.plain, page.plain)
        pin = re.search(r'class="digits">(\d+)<', kiosk.submit("/kiosk/own/pin", []).text).group(1)
        kiosk.get("/kiosk/jobs")
        kiosk.submit("/kiosk/logout", [])
        return pin

    def submit(self, title, *options):
        """A real PDF through lp, as alice; returns its bytes once it is held."""
        before = self.quoin.status()["held"]
        document = pdf("Quoin", title, secrets.token_hex(32), pages=2, filler=60000)
        path = self.lab.dir / f"{title.replace(' ', '-')}.pdf"
        path.write_bytes(document)
        number = self.cups.lp(path, queue=self.queue, user="alice", title=title, options=options)
        self.cups.wait_state(number, "completed")
        wait_for("the job is not held", lambda: self.quoin.status()["held"] == before + 1)
        return document

    def enrol(self, kiosk, code):
        kiosk.get("/kiosk/enrol")
        kiosk.submit("/kiosk/enrol", [("code", code)])

    def log_in(self, kiosk, login, pin):
        """Badge, then PIN, as a person does it."""
        kiosk.get("/kiosk")
        kiosk.submit("/kiosk/badge", [("badge", PEOPLE[login])])
        return kiosk.submit("/kiosk/login", [("pin", pin)])

    def records(self, *events):
        """The audit log's records of these events."""
        rows = [json.loads(r[0]) for r in self.quoin.sql("select entry from audit order by seq")]
        return [r for r in rows if r["ev"] in events]


def check(truth, what):
    if not truth:
        raise AssertionError(what)


def seen(demo, secret):
    """The files below Quoin's folder that have those bytes."""
    return [p for p in demo.quoin.dir.rglob("*") if p.is_file() and secret in p.read_bytes()]


def story_release(demo, kiosk):
    document = demo.submit("Salary list")
    check(not seen(demo, document[1000:1040]) and not seen(demo, b"Salary list"), "the document or its title is in clear in a file")
    check(not demo.printer.documents() and not demo.cups.spooled(), "something is not where it belongs")
    say(f"Held     alice printed a PDF of {len(document)} bytes with lp; it is sealed and held, the printer has nothing")
    page = demo.log_in(kiosk, "alice", "000000" if demo.pins["alice"] != "000000" else "111111")
    check("Salary list" not in page.plain, "a wrong PIN got in")
    say("Refused  her badge with a wrong PIN")
    wait_for("no second try", lambda: "Salary list" in demo.log_in(kiosk, "alice", demo.pins["alice"]).plain)
    say("Login    her badge with her PIN; the terminal shows her job")
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    wait_for("the printer has nothing", demo.printer.documents, 30)
    wait_for("the release did not end", lambda: demo.records("job.release.completed"), 30)
    got = demo.printer.documents()[0].read_bytes()
    check(got == document, f"the printer got {len(got)} other bytes")
    say(f"Printed  over IPPS; the printer's copy is the same, byte for byte ({len(got)} bytes)")


def story_erase(demo):
    before = {p.name for p in demo.quoin.spool()}
    document = demo.submit("Forgotten draft", "classification=confidential")
    new = [p for p in demo.quoin.spool() if p.name not in before]
    check(len(new) == 1, f"expected one sealed file, found {new}")
    job = new[0].name.removesuffix(".quoin")
    wrapped, due = demo.quoin.sql("select wrapped, due from job where id = ?", job)[0]
    say(f"Held     a confidential PDF of {len(document)} bytes that nobody fetches; due in 8 hours")
    check(0 < due - time.time() * 1000 <= 8 * HOUR, f"due {due}")
    demo.quoin.clock(int(due - time.time() * 1000) + 1000)
    erased = wait_for("it was not erased", lambda: [r for r in demo.records("job.erased") if r.get("job") == job], 70)[0]
    wait_for("its sealed file is still there", lambda: not new[0].exists(), 10)
    wait_for("its wrapped key is still in a file", lambda: not seen(demo, bytes(wrapped)), 10)
    say("Erased   the clock was moved on: file unlinked, wrapped key gone from database and journal "
        f"({(erased['late_ms']) / 1000:.1f} s after it was due)")
    demo.quoin.clock(9 * HOUR)
    wait_for("its window's key was not destroyed", lambda: [r for r in demo.records("key.destroyed") if r["key"] == erased["key"]], 70)
    say("Key gone the shred key of its time window was destroyed")
    say("Record   " + json.dumps(erased))


def story(demo):
    kiosk = demo.browser()
    code = demo.device()
    check(demo.browser().get("/kiosk").status >= 400, "a browser without a terminal's credential got in")
    demo.enrol(kiosk, code)
    check(kiosk.get("/kiosk").status == 200, "the terminal did not enrol")
    say("Approved printer \"hall\", known by its certificate, and its terminal: proposed by dora (device-admin), signed off by sam (security)")
    say("Enrolled the terminal, by a one-time code")
    demo.people(kiosk)
    say("Badges   alice and bob each added theirs at the terminal, after their password, and got a PIN")
    story_release(demo, kiosk)
    demo.quoin.ctl("audit", "verify")
    say("Verified the audit log: every record, the tree and its signed head")
    story_erase(demo)
    demo.quoin.ctl("audit", "verify")
    say("Verified the audit log again")


def play(demo):
    """Waits for somebody to end it, after showing how to get around."""
    code = demo.device()
    demo.people()
    demo.submit("Welcome to Quoin")
    port = demo.quoin.port
    say(f"""
Kiosk     https://localhost:{port['kiosk']}/kiosk      first visit: https://localhost:{port['kiosk']}/kiosk/enrol  code {code}
Portal    https://localhost:{port['portal']}/me
Console   https://localhost:{port['console']}/admin
""")
    for login, number in PEOPLE.items():
        say(f"{login:9} badge {number}   PIN {demo.pins[login]}   password {directory.password(login)}")
    for login, role in (("oscar", "operator"), ("audra", "auditor")):
        say(f"{login:9} {role}, for the console: password {directory.password(login)}")
    say(f"""
A job of alice waits already. More:   lp -h {demo.cups.sock} -d secure -U alice FILE.pdf
The printer keeps what it prints in   {demo.printer.spool}
The certificates come from            {demo.quoin.ca}
quoinctl                              {demo.quoin.build}/ctl/quoinctl -c {demo.quoin.conf_file} status

Ctrl-C ends everything.""")
    while True:
        signal.pause()


def main(argv):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: if quickstart is killed, we end too
    ended = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    once = argv[1:] == ["--once"]

    def stop(number, frame):
        raise KeyboardInterrupt
    for s in ended:
        signal.signal(s, stop)
    lab, status = Lab("demo"), 1
    try:
        demo = Demo(lab)
        if once:
            story(demo)
        else:
            play(demo)
        status = 0
    except KeyboardInterrupt:
        say("Ending ...")
        status = 130 if once else 0
    except AssertionError as e:
        say(f"\nFAILED: {e}")
        for r in demo.quoin.sql("select seq, entry from audit") if os.environ.get("QUOIN_KEEP") else []:
            say(str(r))
        log = lab.dir / "q.log"
        if log.exists():
            say("\nQuoin's log, its end:\n" + log.read_text(errors="replace")[-4000:])
    finally:
        for s in ended:
            signal.signal(s, signal.SIG_IGN)
        lab.close()
    left = [str(p.pid) for p in mentioning(lab.dir)]
    say("Everything has ended; nothing is left running." if not left else f"Left running: {' '.join(left)}")
    return 1 if left else status


if __name__ == "__main__":
    sys.exit(main(sys.argv))
