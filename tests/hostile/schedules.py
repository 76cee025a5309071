"""Random schedules: a hostile printer, a terminal, and processes that are killed at any time. After each: what the core says has to be
true, and where it says that it doesn't know, nobody could have known."""
import os
import random
import secrets
import signal
import pathlib
import threading
import time

from lib.core import Arrival, Core
from lib.lab import BUILD, wait_for

from .printer import FATES, PAGES, HostilePrinter

LANES = 12


class Broken(Exception):
    pass


def must(yes, *what):
    if not yes:
        raise Broken(" ".join(map(str, what)))


class Server(Core):
    """quoind and quoin-deliver; both may be killed, and come back."""

    def __init__(self, lab):
        super().__init__(lab, {"max-deliver": LANES + 4, "kiosk-idle": "60m", "kiosk-session": "60m", "log-level": 5,
                               "max-jobs-per-owner": 100000})
        self.deliver, self.gate, self.kills = None, threading.RLock(), 0

    def start(self, *args, **kw):
        super().start(*args, **kw)
        if not self.deliver:
            self.deliver = self.lab.start(BUILD / "deliver/quoin-deliver", "-c", self.dir / "quoin.conf", log="deliver.log")
        self.wait_workers(deliver=1)
        return self

    def sql(self, *args):
        """Not while the core starts: a dozen readers would keep it from recovering its log."""
        with self.gate:
            return super().sql(*args)

    def kill_core(self):
        with self.gate:
            self.kills += 1
            self.lab.stop(self.process, signal.SIGKILL)
            self.process = None
            super().start(workers=False)

    def kill_deliver(self, dice):
        """One of its processes, or the parent with all of them."""
        with self.gate:
            self.kills += 1
            children = pathlib.Path(f"/proc/{self.deliver.pid}/task/{self.deliver.pid}/children").read_text().split()
            if children and dice.random() < 0.8:
                try:
                    os.kill(int(dice.choice(children)), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            else:
                self.lab.stop(self.deliver, signal.SIGKILL)
                self.deliver = self.lab.start(BUILD / "deliver/quoin-deliver", "-c", self.dir / "quoin.conf", log="deliver.log")


class Lane(threading.Thread):
    """One printer, its terminal, and somebody who prints there, again and again."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_, self.number, self.done, self.broken = run, number, 0, None
        self.dice = random.Random(run.seed * 1000 + number)
        self.printer = HostilePrinter(run.seed * 1000 + number)
        self.printer.schedule()
        self.outcomes = {}

    def furnish(self):
        core, name = self.run_.core, f"printer-{self.number}"
        core.device(name, uri=self.printer.uri(), ceiling="internal")
        self.who = core.kiosk(terminal=core.terminal(f"panel-{self.number}", name))

    def run(self):
        try:
            while self.done < self.run_.each and not self.run_.over:
                self.schedule()
                self.done += 1
        except Exception as e:
            self.broken, self.run_.over = e, True

    def patiently(self, what, act, seconds=60):
        """What needs the core, again while it is away."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = act()
                if value:
                    return value
            except (OSError, EOFError, AssertionError) as e:
                what = what.split(":")[0] + f": {e!r}"
            must(time.monotonic() < end, "lane", self.number, what)
            time.sleep(0.01)

    def state(self, job):
        return self.patiently("no state", lambda: self.run_.core.state(job))

    def hold(self):
        n = self.run_.number()
        data = b"%PDF-1.4\n" + secrets.token_bytes(self.dice.choice([100, 5000, 300000])) + b"\n%%EOF\n"

        def once():
            with self.run_.core.gate:  # holding is another test's: it is not killed here
                return Arrival(self.run_.core, data, cups_job=n).hold()
        return self.patiently("not held", once)

    def schedule(self):
        """One job, from held to its end: printed, or an honest doubt that its owner resolves by looking into the tray."""
        with self.printer.guard:
            self.printer.schedule()
        job, fate, seen = self.hold(), self.printer.fate, len(self.printer.attempts)
        calm = False
        for attempt in range(40):  # processes are killed for other lanes, too
            killed = self.run_.core.kills
            self.release(job)
            state = self.settled(job)
            with self.printer.guard:
                tries = self.printer.attempts[seen:]
                out = [a.came_out for a in tries]
            self.judge(job, state, tries, fate, self.run_.core.kills > killed)
            self.outcomes[state] = self.outcomes.get(state, 0) + 1
            if state in ("printed", "erased"):
                return
            if state == "uncertain":
                if sum(out) >= PAGES:
                    self.resolve(job, "printed")
                    return
                self.resolve(job, "again")
            seen = len(self.printer.attempts)
            if attempt >= 4:
                calm = True
            with self.printer.guard:
                self.printer.calm, self.printer.fate = calm, "prints" if calm else self.printer.fate
                fate = self.printer.fate
        raise Broken(f"job {job} never comes out")

    def release(self, job):
        idem = secrets.token_hex(12)

        def once():
            a = self.run_.core.once("kiosk", "job.release", {"jobs": [job], "idem": idem}, self.who)
            return a if a.code == "ok" else None
        self.patiently("not released", once)

    def settled(self, job):
        end = time.monotonic() + 240
        while (state := self.state(job)) == "releasing":
            must(time.monotonic() < end, "job", job, "has no end:", self.run_.core.sql("select stage, why from job where id = ?", job))
            if self.dice.random() < self.run_.deaths:
                self.run_.kill(self.dice)
            time.sleep(0.01)
        return state

    def judge(self, job, state, tries, fate, killed):
        out = sum(a.came_out for a in tries)
        told = f"job {job} is {state}; {[vars(a) for a in tries]}, fate {fate}, killed {killed}; slips: {self.printer.last_slips[-12:]}"
        must(out <= PAGES, "more than one copy:", told)
        if state in ("printed", "erased"):
            must(out == PAGES, "called printed:", told)
        elif state == "held":
            must(out == 0, "called held:", told)
        else:
            must(state == "uncertain", told)
            must(not self.known(tries, fate, killed), "somebody could have known:", told)

    @staticmethod
    def known(tries, fate, killed):
        """True if the last attempt's end could be known: the printer has remembered it all the time, says what came out, and has said
        that it has the whole document to a process that lived to write it down."""
        if not tries or not tries[-1].arrived:
            return not any(a.open for a in tries) and not tries
        a, (out, state, says) = tries[-1], FATES[fate]
        if a.open or killed or says is None and state != 9 or state != 9 and says:
            return False
        return a.said if state == 9 else True

    def resolve(self, job, outcome):
        def once():
            a = self.run_.core.once("kiosk", "job.resolve", {"job": job, "outcome": outcome}, self.who)
            return a.code == "ok" or self.run_.core.state(job) != "uncertain"
        self.patiently("not resolved", once)


class Run:
    def __init__(self, lab, schedules, seed=1, deaths=0.004):
        self.lab, self.each, self.seed, self.deaths, self.over, self.numbers = lab, -(-schedules // LANES), seed, deaths, False, 0
        self.guard, self.core = threading.Lock(), Server(lab)

    def number(self):
        with self.guard:
            self.numbers += 1
            return self.numbers

    def kill(self, dice):
        if dice.random() < 0.3:
            self.core.kill_core()
        else:
            self.core.kill_deliver(dice)

    def play(self):
        self.core.start()
        lanes = [Lane(self, n) for n in range(LANES)]
        for lane in lanes:
            lane.furnish()
        start = time.monotonic()
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        for lane in lanes:
            if lane.broken:
                raise Broken(f"seed {self.seed}, lane {lane.number}, schedule {lane.done}: {lane.broken}\n{self.said(lane)}") from lane.broken
        total = {}
        for lane in lanes:
            for state, n in lane.outcomes.items():
                total[state] = total.get(state, 0) + n
        self.rest()
        return (f"hostile: {sum(lane.done for lane in lanes)} schedules of seed {self.seed}, {self.core.kills} processes killed, "
                f"{time.monotonic() - start:.0f} s: " + ", ".join(f"{n} {s}" for s, n in sorted(total.items())))

    def said(self, lane):
        """What the programs wrote of the jobs on that lane's printer."""
        lines = (self.lab.dir / "deliver.log").read_text(errors="replace").splitlines() + self.core.log().splitlines()
        return "\n".join([x for x in lines if f"printer-{lane.number}:" in x or "after a failed" in x or "ended with status" in x][-40:])

    def rest(self):
        """Nothing is left half done, and the log is whole."""
        wait_for("a release has no end", lambda: not self.core.sql("select 1 from job where state = 3"))
        self.core.stop()

    def close(self):
        self.core.stop()


__all__ = ["Broken", "Run"]
