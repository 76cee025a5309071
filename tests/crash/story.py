"""The whole story on the real programs, played by people who don't give up: three jobs through the real backend, log-in at the
kiosk over HTTPS, one printed, one deleted, one left until it is due. A program may be killed at any of its system calls; CUPS and
the people then do what they do: try again."""
import contextlib
import http.client
import json
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

from lib import badprinter, directory
from lib.lab import ENV, BUILD, run, wait_for
from lib.pdf import pdf
from lib.processes import mentioning
from lib.quoin import PROGRAMS as PATHS, Quoin
from lib.web import Browser

from . import check, points
from .check import ERASED, HELD, PRINTED, RELEASING, UNCERTAIN, must

HOUR = 3600 * 1000
BADGE = "04A1B2C3D4"
CREATED = 1790000000
TRIES = (OSError, http.client.HTTPException, IndexError, KeyError, sqlite3.OperationalError)
OK, RETRY = 0, 6  # of a backend


class Again(Exception):
    """What a person tried did not work; nothing is wrong with that if it works later."""


class Printer(badprinter.BadPrinter):
    """Counts complete documents; a job is seen processing once before it is completed."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.forget()

    def forget(self):
        self.papers, self.jobs, self.requests = [], {}, []

    def good(self, q):
        with self.lock:
            answer = super().good(q)
            job = self.jobs.get(q.attrs.get("job-id", [0])[0])
            if job and q.op == "Send-Document" and answer[2:4] == b"\0\0":
                self.papers.append(q.document)
                job.update(state=badprinter.PROCESSING, impressions=0)
            elif job and q.op == "Get-Job-Attributes" and job["state"] == badprinter.PROCESSING:
                job.update(state=badprinter.COMPLETED, impressions=1)
            return answer


class Cupsd(badprinter.BadPrinter):
    """What intake asks cupsd: whose job is it?"""

    def __init__(self, lab):
        super().__init__()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.path = lab.dir / "cups.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        os.chmod(self.path, 0o777)
        self.listener.listen(16)
        self.uuids = {}
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def owner(self, n):
        return "alice"

    def good(self, q):
        n, a = int(q.attrs["job-uri"][0].rsplit(b"/", 1)[1]), badprinter.attribute
        return badprinter.message(0, q.id, (2, a("job-id", "integer", n) + a("job-originating-user-name", "name", self.owner(n)) +
                                            a("job-uuid", "uri", self.uuids[n]) + a("job-state", "enum", 5) +
                                            a("time-at-creation", "integer", CREATED) +
                                            a("number-of-documents", "integer", 1) + a("job-sheets", "name", "none", "none")))


class Story:
    def __init__(self, lab):
        self.lab, self.printer, self.cupsd = lab, Printer(), Cupsd(lab)
        self.directory = directory.demo(lab)
        self.quoin = Quoin(lab, directory=self.directory, conf={"cupsd-socket": self.cupsd.path, "directory-workers": 1, "pin-workers": 1, "kiosk-idle": "10m",
                                                                "kiosk-session": "30m"})
        real = {name: BUILD / path for name, path in PATHS.items()} | {"backend": BUILD / "backend/quoin"}
        self.tracer = points.Tracer(lab.dir / "trace", real)
        self.template = lab.dir / "template"
        self._furnish()

    def close(self):
        self.quoin.stop()
        self.printer.close()
        self.cupsd.close()

    def _furnish(self):
        """Device, terminal, badge, PIN: made once, kept, and copied back before each play."""
        q = self.quoin.start()
        q.device("hall", self.printer.uri())
        kiosk = Browser(q.site("kiosk"))
        kiosk.get("/kiosk/enrol")
        kiosk.submit("/kiosk/enrol", [("code", q.terminal("panel", "hall"))])
        q.badge("alice", BADGE)
        self.cookies, self.pin = dict(kiosk.cookies), q.pin("alice")
        q.stop()
        run("cp", "-a", q.state_dir, self.template)

    # ---- one play ----

    def count(self):
        """Plays it undisturbed, more than once; the points that it passed."""
        self._play(self.tracer.count())
        found = self.tracer.read()
        self._play({}, points.SCENES)
        found += self.tracer.read_scenes()
        self._first(self.tracer.count(["core"]))
        return found + self.tracer.read(["core"], points.FIRST)

    def hit(self, point):
        """Plays it with one point. True if the point was reached. Broken or AssertionError if something is wrong after it."""
        wrappers = self.tracer.arm(point)
        if point.scene == points.FIRST:
            self._first(wrappers)
        else:
            self._play(wrappers, {point.scene})
        return self.tracer.fired() > 0

    def _fresh(self, wrappers, template=None):
        """Everything as before a play; the state a copy of the template, or nothing at all."""
        self.acked, self.consents, self.browser = set(), 0, None
        self.backend = wrappers.pop("backend", BUILD / "backend/quoin")
        self.printer.forget()
        shutil.rmtree(self.quoin.state_dir)
        if template:
            run("cp", "-a", template, self.quoin.state_dir)
        (self.lab.dir / f"{self.quoin.dir.name}.log").write_bytes(b"")
        self.quoin.clock(0)
        self._documents()

    def _play(self, wrappers, scenes=()):
        self._fresh(wrappers, self.template)
        self.scenes = set(scenes)
        try:
            self.quoin.start(replace=wrappers)
            self._scenes()
            before = self.tracer.fired() if self.tracer.armed else 0
            self.quoin.stop()
            if self.tracer.armed and self.tracer.fired() > before:  # cut off while it was ending
                self.quoin.start()
                self._after()
                self.quoin.stop()
        finally:
            self.tracer.disarm(only_fired=False)
            self.quoin.stop()
        must(not self.quoin.spool(), "the spool is not empty after the end")
        self._at_rest()

    def _first(self, wrappers):
        """The core's first start, when it makes its keys, its database and its log; then it takes a job."""
        self._fresh(wrappers)
        try:
            self.quoin.start(replace=wrappers)
            self._hold(1)
            self._until("the job is not there", lambda: check.opens(self.quoin, 1, self.documents[1]))
            self._until("the log is not whole", self._verify)
            self.quoin.stop()
            self.tracer.disarm(only_fired=False)
            self.quoin.start()
            check.opens(self.quoin, 1, self.documents[1])
        finally:
            self.tracer.disarm(only_fired=False)
            self.quoin.stop()
        self._at_rest()

    def _documents(self):
        self.mark = secrets.token_hex(16)
        self.documents = {n: pdf(self.mark, f"{n}", filler=40000 * n) + f"%{self.mark}\n%%EOF\n".encode() for n in (1, 2, 3)}
        self.cupsd.uuids = self.uuids = {n: "urn:uuid:" + "-".join(secrets.token_hex(k) for k in (4, 2, 2, 2, 6)) for n in (1, 2, 3)}
        for n, data in self.documents.items():
            self._spooled(n).write_bytes(data)

    def _spooled(self, n):
        """Where cupsd would keep it: the last digits are the document's number."""
        return self.lab.dir / f"d{n:05}-001"

    def _scenes(self):
        for n in (1, 2, 3):
            self._hold(n)
        for n in (1, 2, 3):
            self._until("a held job is not there", lambda n=n: check.opens(self.quoin, n, self.documents[n]))
        self._print(1)
        self._delete(2)
        check.opens(self.quoin, 3, self.documents[3])
        self._tidy()
        self._expire(3)
        self._after()

    def _scene(self, name):
        """For the web, which has a thread for each connection: from here its calls are counted anew, once."""
        if name not in self.scenes:
            return contextlib.nullcontext()
        self.scenes.discard(name)
        return self.tracer.scene(name, {"kiosk": self.quoin.pids("kiosk")})

    def _until(self, what, step, seconds=40):
        """What people do: the same again until it works."""
        end, last = time.monotonic() + seconds, None
        while True:
            try:
                return step()
            except (Again, *TRIES) as e:
                last = e
            self.tracer.disarm()
            if time.monotonic() > end:
                raise check.Broken(f"{what}, not in {seconds} s: {last!r}\n{self.quoin.log()[-3000:]}")
            time.sleep(0.03)

    # ---- CUPS ----

    def _hold(self, n):
        """As cupsd: runs the backend, and again with the same job while that says RETRY or dies."""
        def once():
            code = self._backend(n)
            must(code in (OK, RETRY, -9), "the backend of job", n, "ended with", code, "and cupsd drops the job")
            if code != OK:
                raise Again(f"backend: {code}")
            check.row_of(self.quoin, n)
        self._until(f"job {n} is not taken", once)
        self.acked.add(n)

    def _backend(self, n):
        options = f"job-uuid={self.uuids[n]} time-at-creation={CREATED} document-format=application/pdf"
        env = ENV | {"DEVICE_URI": self.quoin.queue_uri, "PRINTER": "secure", "CONTENT_TYPE": "application/pdf",
                     "FINAL_CONTENT_TYPE": "application/vnd.cups-pdf", "CUPS_FILETYPE": "document"}
        path, argv = self._spooled(n), [self.backend, str(n), "alice", f"Title {self.mark}", "1", options]
        with open(path, "rb") as document, open(self.lab.dir / "backend.log", "ab") as log:
            p = subprocess.run([*argv, path] if n == 1 else argv, stdin=subprocess.DEVNULL if n == 1 else document, stdout=log,
                               stderr=log, env=env, user=7, group=7, extra_groups=[], timeout=60, start_new_session=True)
        return p.returncode

    # ---- the owner ----

    def _jobs(self):
        """Logged in, with her jobs on the screen."""
        if not self.browser:
            b = Browser(self.quoin.site("kiosk"))
            b.cookies = dict(self.cookies)
            b.get("/kiosk")
            b.submit("/kiosk/badge", [("badge", BADGE)])
            with self._scene("login"):
                b.submit("/kiosk/login", [("pin", self.pin)])
            if "/kiosk/logout" not in b.page.text:
                raise Again(f"log-in: {b.page.status} {b.page.plain[:200]}")
            self.browser = b
        page = self.browser.get("/kiosk/jobs")
        if page.status != 200 or "/kiosk/logout" not in page.text:
            self.browser = None
            raise Again(f"jobs: {page.status} {page.plain[:200]}")
        return self.browser

    def _state(self, n):
        return check.row_of(self.quoin, n)[1]

    def _copies(self, n):
        return sum(p == self.documents[n] for p in self.printer.papers)

    def _print(self, n):
        end = time.monotonic() + 30  # an owner who could not be looked up is asked for again after five seconds
        while time.monotonic() < end:
            state = self._release(n)
            copies = self._copies(n)
            must(copies <= 1 + self.consents, "job", n, "came out", copies, "times with", self.consents, "consents")
            must(all(p in self.documents.values() for p in self.printer.papers), "the printer got something else")
            if state in (PRINTED, ERASED):
                must(copies >= 1, "job", n, "is called printed and the printer has nothing")
                return
            if state == HELD:
                must(copies == self.consents, "job", n, "is called held and came out", copies, "times")
                time.sleep(0.2)
            else:
                must(state == UNCERTAIN, "job", n, "is in state", state)
                self._nobody_knows(n)
                if self._resolve(n, copies > self.consents):
                    return
        raise check.Broken(f"job {n} can't be printed:\n{self.quoin.log()[-3000:]}")

    def _nobody_knows(self, n):
        """This printer is always there and tells the truth: uncertain is only what it completed before "sent" was on our disk."""
        at = self.quoin.sql("select printer_job from job where cups_job = ?", n)[0][0]
        said = self.printer.jobs.get(at, {}).get("state")
        must(said == badprinter.COMPLETED, "job", n, "is called uncertain, and the printer knows of its job", at, "that its state is", said)

    def _release(self, n):
        """Presses Print, and Reload while there is no answer; the state in which it ends."""
        job = check.row_of(self.quoin, n)[0]

        def form():
            return [*self._jobs().fields("/kiosk/act"), ("job", job), ("print", "Print")]

        def press():
            b = self._jobs()
            with self._scene("print"):
                page = b.post("/kiosk/act", pressed, follow=False)
            if page.status >= 500:
                raise Again(f"print: {page.status}")
        pressed = self._until("no list", form)
        self._until("no answer to Print", press)
        return self._until(f"job {n} has no end", self._settled(n))

    def _settled(self, n):
        def look():
            state = self._state(n)
            if state == RELEASING:
                raise Again("releasing")
            return state
        return look

    def _resolve(self, n, came_out):
        """She looks into the tray and says so. True if that ends it."""
        job = check.row_of(self.quoin, n)[0]

        def say():
            if self._state(n) != UNCERTAIN:
                return
            b = self._jobs()
            must("/kiosk/resolve" in b.page.text, "the terminal does not ask about an uncertain job")
            must(("job", job) in b.fields("/kiosk/resolve"), "the terminal asks about another job")
            b.submit("/kiosk/resolve", [("printed", "x") if came_out else ("again", "x")])
            if self._state(n) == UNCERTAIN:
                raise Again("still uncertain")
        self._until("it stays uncertain", say)
        return came_out

    def _delete(self, n):
        job = check.row_of(self.quoin, n)[0]

        def press():
            if self._state(n) == ERASED:
                return
            b = self._jobs()
            b.submit("/kiosk/act", [("job", job), ("delete", "Delete")])
            with self._scene("delete"):
                b.submit("/kiosk/delete", [])
            if self._state(n) != ERASED:
                raise Again("still there")
        self._until(f"job {n} can't be deleted", press)

    # ---- time, and the end ----

    def _tidy(self):
        """Nothing in the spool that is not held, and the other way round."""
        def look():
            left = check.orphans(self.quoin)
            if left:
                raise Again(f"without row or file: {left}")
        self._until("the spool is not as the database says", look, 15)

    def _expire(self, n):
        moved = 27 * HOUR
        shred = self.quoin.sql("select shred from job where cups_job = ?", n)[0][0]

        def look():
            nonlocal moved
            moved += 6000  # what is done every five seconds is due
            self.quoin.clock(moved)
            left = self.quoin.sql("select cups_job, state from job where state <> ?", ERASED)
            state = self.quoin.sql("select state from shred where id = ?", shred)[0][0]
            if left or state != "destroyed":
                raise Again(f"left: {left}, {shred} is {state}")
            time.sleep(0.1)
        self.quoin.clock(moved)
        self._until("what was due is not erased", look)
        self._tidy()
        must(not self.quoin.spool(), "the spool is not empty")

    def _after(self):
        """Everything was erased, once each, and the log says so."""
        for n in self.acked:
            must(self._state(n) == ERASED, "job", n, "came back")
        self._until("the core does not answer", lambda: self.quoin.sql("select 1") and self._verify())
        rows = [json.loads(r[0]) for r in self.quoin.sql("select entry from audit order by seq")]
        for event in ("job.held", "job.erased"):
            jobs = [r["job"] for r in rows if r["ev"] == event]
            must(len(jobs) == len(set(jobs)) == 3, event, "is in the log for", jobs)

    def _verify(self):
        p = self.quoin.ctl("audit", "verify", check=False)
        if p.returncode != 0:
            raise Again(f"audit verify: {p.returncode} {p.stdout} {p.stderr}")

    def _at_rest(self):
        check.database(self.quoin)
        marks = [self.mark.encode(), *(d[200:232] for d in self.documents.values())]
        check.clear_text(self.quoin.state_dir, *marks)
        check.clear_text(self.quoin.run_dir, *marks)
        wait_for(lambda: f"left running: {mentioning(self.quoin.dir)}", lambda: not mentioning(self.quoin.dir), 5)
