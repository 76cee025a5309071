"""Hold, log in, release, erase: the same few people at their terminals, again and again, while printers fail. Nothing may grow."""
import http.client
import os
import pathlib
import random
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
import uuid

from crash.story import CREATED, Cupsd
from lib import directory
from lib.fleet import FAULTS, Tray
from lib.lab import BUILD, ENV
from lib.pdf import pdf
from lib.quoin import PROGRAMS, Quoin
from lib.web import Browser

PRINTERS, LANES, EACH = 40, 4, 10
STEADY = 0.2   # of the cycles, before anything is measured
KEPT = ("audit", "job", "idem")  # tables that grow: the log, what is left of an erased job, and for a day the answers that were given
SIZES = "select tbl_name, sum(pgsize) / 1024 from dbstat join sqlite_schema using (name) group by tbl_name"  # with their indexes
AGAIN = (OSError, http.client.HTTPException, IndexError, KeyError)


class Broken(Exception):
    pass


def must(yes, *what):
    if not yes:
        raise Broken(" ".join(map(str, what)))


class Lane(threading.Thread):
    """One person at one terminal that prints on ten printers."""

    def __init__(self, soak, number, cycles):
        super().__init__(daemon=True)
        self.soak, self.number, self.cycles, self.broken, self.done = soak, number, cycles, None, 0
        self.login, self.terminal = soak.people[number], f"panel-{number}"
        self.badge, self.dice = f"04A1B2C3{number:02X}", random.Random(soak.seed * 100 + number)
        self.trays = {f"printer-{i}": soak.trays[i] for i in range(number * EACH, number * EACH + EACH)}
        self.asked = 0

    def furnish(self):
        q, names = self.soak.quoin, list(self.trays)
        kiosk = Browser(q.site("kiosk"))
        kiosk.get("/kiosk/enrol")
        kiosk.submit("/kiosk/enrol", [("code", q.terminal(self.terminal, names[0], "--ceiling", "restricted",
                                                          *(w for n in names[1:] for w in ("--device", n))))])
        self.cookies = dict(kiosk.cookies)
        q.badge(self.login, self.badge)
        self.pin = q.pin(self.login)

    def run(self):
        try:
            while self.done < self.cycles and not self.soak.over:
                self.cycle()
                self.done += 1
        except Exception as e:  # whatever it is, the soak says it
            self.broken, self.soak.over = e, True

    def cycle(self):
        device = self.dice.choice(list(self.trays))
        document = pdf(secrets.token_hex(12), f"{self.number}-{self.done}", filler=self.dice.choice([2000, 20000, 200000]))
        job = self.hold(document)
        browser = self.log_in()
        browser = self.printed(browser, job, device, document)
        self.erased(browser, job)
        browser.submit("/kiosk/logout", [])
        tray = self.trays[device]
        with tray.guard:
            copies, faults = tray.paper.pop(document, 0), tray.happened.pop(document, [])
            tray.spoilt.pop(document, None)
        must(copies == 1, "job", job, "came out", copies, "times;", faults)

    # ---- the steps, each as a person does it: again until it works ----

    def hold(self, document):
        n = self.soak.number_of()
        self.soak.cupsd.owners[n], self.soak.cupsd.uuids[n] = self.login, f"urn:uuid:{uuid.uuid4()}"
        options = f"job-uuid={self.soak.cupsd.uuids[n]} time-at-creation={CREATED} document-format=application/pdf"
        env = ENV | {"DEVICE_URI": self.soak.quoin.queue_uri, "PRINTER": "secure", "CONTENT_TYPE": "application/pdf",
                     "FINAL_CONTENT_TYPE": "application/pdf", "CUPS_FILETYPE": "document"}
        p = subprocess.run([BUILD / "backend/quoin", str(n), self.login, "Soak", "1", options], input=document, env=env, user=7, group=7,
                           extra_groups=[], timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        must(p.returncode == 0, "the backend ended with", p.returncode, p.stdout[-300:])
        self.soak.cupsd.owners.pop(n), self.soak.cupsd.uuids.pop(n)
        (job,), = self.soak.sql("select id from job where cups_job = ?", n)
        return job

    def log_in(self):
        b = Browser(self.soak.quoin.site("kiosk"))
        b.cookies = dict(self.cookies)
        b.get("/kiosk")
        b.submit("/kiosk/badge", [("badge", self.badge)])
        b.submit("/kiosk/login", [("pin", self.pin)])
        must("/kiosk/logout" in b.page.text, "log-in:", b.page.status, b.page.plain[:300])
        return b

    def state(self, job):
        rows = self.soak.sql("select state from job where id = ?", job)
        return {2: "held", 3: "releasing", 4: "printed", 5: "uncertain", 6: "damaged", 7: "erased"}[rows[0][0]]

    def settled(self, job):
        end = time.monotonic() + 120
        while (state := self.state(job)) == "releasing":
            must(time.monotonic() < end, "job", job, "has no end")
            time.sleep(0.02)
        return state

    def printed(self, b, job, device, document):
        tray = self.trays[device]
        for _ in range(30):
            b.get("/kiosk/jobs")
            if "/kiosk/logout" not in b.page.text:
                b = self.log_in()
                b.get("/kiosk/jobs")
            b.submit("/kiosk/act", [("job", job), ("device", device), ("print", "Print")], follow=False)
            state = self.settled(job)
            with tray.guard:
                copies, faults = tray.paper.get(document, 0), tray.happened.get(document, [])
            if state in ("printed", "erased"):
                must(copies == 1, "job", job, "is", state, "and came out", copies, "times;", faults)
                return b
            if state == "held":
                must(copies == 0, "job", job, "is called held and came out", copies, "times;", faults)
                time.sleep(0.2)
                continue
            must(state == "uncertain", "job", job, "is", state)
            must(faults and not FAULTS[faults[-1]], "job", job, "is uncertain, and there was no need;", faults)
            self.asked += 1
            b.get("/kiosk/jobs")
            b.submit("/kiosk/resolve", [("job", job), ("printed", "x") if copies else ("again", "x")])
            must(self.state(job) != "uncertain", "job", job, "stays uncertain:", b.page.plain[:300])
            if copies:
                return b
        raise Broken(f"job {job} can't be printed: {self.trays[device].happened.get(document)}")

    def erased(self, b, job):
        if self.state(job) == "erased":
            return
        b.get("/kiosk/jobs")
        b.submit("/kiosk/act", [("job", job), ("delete", "Delete")])
        b.submit("/kiosk/delete", [])
        must(self.state(job) == "erased", "job", job, "is not erased:", b.page.plain[:300])


class Owners(Cupsd):
    """What intake asks cupsd, for any number of jobs."""

    def __init__(self, lab):
        self.owners = {}
        super().__init__(lab)

    def owner(self, n):
        return self.owners[n]


class Soak:
    def __init__(self, lab, cycles, seed=1, odds=0.05):
        self.lab, self.cycles, self.seed, self.over, self.numbers = lab, cycles, seed, False, 0
        self.people, self.guard = [f"soak{i}" for i in range(LANES)], threading.Lock()
        self.cupsd, self.directory = Owners(lab), directory.demo(lab)
        for p in self.people:
            self.directory.add_person(p)
        self.directory.add_group("soakers", *self.people)
        _, cert, key = lab.ca()
        self.trays = [Tray(seed * 1000 + i, odds, (cert, key) if i % 2 else None) for i in range(PRINTERS)]
        self.quoin = Quoin(lab, directory=self.directory, conf={"cupsd-socket": self.cupsd.path, "max-deliver": 24, "kiosk-session": "60m",
                                                                "kiosk-idle": "60m", "max-jobs-per-owner": 10000})
        self.quoin.policy["roles"].append({"group": directory.group_dn("soakers"), "role": "user"})
        self.db = None

    def number_of(self):
        with self.guard:
            self.numbers += 1
            return self.numbers

    def sql(self, query, *args):
        """Rows of the core's database, over one connection: it is asked a hundred times a second."""
        with self.guard:
            self.db = self.db or sqlite3.connect(f"file:{self.quoin.state_dir}/quoin.db?mode=ro", uri=True, timeout=10,
                                                 check_same_thread=False)
            return self.db.execute(query, args).fetchall()

    def play(self):
        self.quoin.start()
        for i, tray in enumerate(self.trays):
            name = f"printer-{i}"
            more = ("--ca", str(self.lab.ca()[0])) if i % 2 else ()
            self.quoin.device(name, tray.uri().replace("127.0.0.1", "localhost") if i % 2 else tray.uri(), *more)
        lanes = [Lane(self, n, self.cycles // LANES) for n in range(LANES)]
        for lane in lanes:
            lane.furnish()
        start, samples = time.monotonic(), []
        for lane in lanes:
            lane.start()
        while any(lane.is_alive() for lane in lanes):
            time.sleep(1)
            done = sum(lane.done for lane in lanes)
            if done >= self.cycles * (STEADY if not samples else samples[-1][0] / self.cycles + 0.1):
                samples.append((done, self.measure()))
        for lane in lanes:
            if lane.broken:
                raise Broken(f"lane {lane.number} after {lane.done} cycles: {lane.broken!r}\n{self.quoin.log()[-3000:]}") from lane.broken
        taken = time.monotonic() - start
        samples.append((self.cycles, self.measure()))
        self.judge(samples)
        self.account()
        faults = sum(lane.asked for lane in lanes)
        return f"soak: {self.cycles} cycles in {taken:.0f} s, {PRINTERS} printers, {faults} times somebody was asked"

    # ---- what may not grow ----

    def measure(self):
        out = {}
        for name in PROGRAMS:
            pid = self.quoin.main_pid(name)
            if pid is None and name == "cups":
                continue  # not started: these printers need none
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            value = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith(("VmRSS", "Threads"))}
            out[f"{name}: memory, KiB"] = int(value["VmRSS"])
            out[f"{name}: descriptors"] = len(os.listdir(f"/proc/{pid}/fd"))
            out[f"{name}: threads"] = int(value["Threads"])
        state = self.quoin.state_dir
        size = dict(self.sql(SIZES))
        out |= {f"table {name}, KiB": size.pop(name) for name in KEPT} | {"all other tables, KiB": sum(size.values())}
        out["quoin.db-wal, KiB"] = (state / "quoin.db-wal").stat().st_size // 1024
        out["sealed files"] = len(self.quoin.spool())
        return out

    def judge(self, samples):
        """Against the first sample: memory by 10 % and 2 MiB, descriptors and threads by what is in flight, the WAL by nothing that
        lasts; of the database only what is kept grows, in the second half not faster than in the first."""
        (first_done, first), (half_done, half), (last_done, last) = samples[0], samples[len(samples) // 2], samples[-1]
        print(f"soak: from cycle {first_done} to {last_done}:", file=sys.stderr)
        for what in first:
            print(f"    {what:28} {first[what]:8} -> {last[what]:8}", file=sys.stderr)
        for what, was in first.items():
            now = last[what]
            if what.endswith("memory, KiB"):
                must(now <= was * 1.1 + 2048, what, "grew from", was, "to", now)
            elif what.startswith("table "):
                before = (half[what] - was) / max(half_done - first_done, 1)
                after = (now - half[what]) / max(last_done - half_done, 1)
                must(after <= before * 1.2 + 0.2, what, "grew by", before, "a cycle, then by", after)
            elif what.startswith("all other tables"):
                must(now <= was + 64, what, "grew from", was, "to", now)
            elif what.startswith("quoin.db-wal"):
                must(now <= 16 * 1024, what, "is", now)
            else:
                must(now <= was + 2 * LANES, what, "grew from", was, "to", now)

    def account(self):
        """Every job that was ever taken has an end, and the log is whole."""
        left = self.quoin.sql("select state, count(*) from job group by state")
        must(dict(left) == {7: self.numbers}, "jobs by state:", left, "of", self.numbers)
        must(not self.quoin.spool(), "the spool is not empty")
        must("whole" in (text := self.quoin.ctl("audit", "verify").stdout) or "verified" in text, text)

    def close(self):
        if self.db:
            self.db.close()
        self.quoin.stop()
        for tray in self.trays:
            tray.close()
        self.cupsd.close()
