"""A printer that gets everything wrong that a seed says, and knows what lies in its tray and whether anybody could have known."""
import random
import struct
import threading
import time

from lib.badprinter import ABORTED, CANCELED, COMPLETED, HELD, PROCESSING, BadPrinter, http, message, attribute

PAGES = 3

# What it does with one message instead of answering it well.
SLIPS = {
    "drop": lambda p, good: None,
    "half": lambda p, good: good[:p.dice.randrange(len(good))],
    "twice": lambda p, good: good + good,
    "late": lambda p, good: time.sleep(p.dice.uniform(0.05, 0.6)) or good,
    "garbage": lambda p, good: p.dice.randbytes(p.dice.randrange(1, 400)),
    "error": lambda p, good: http(b"", status=b"500 Internal Server Error"),
    "long": lambda p, good: http(message(0, p.id_of(good), (2, attribute("job-name", "name", "x" * 65000) * 2))),
    "lines": lambda p, good: http(message(0x0500, p.id_of(good), (1, attribute("status-message", "text", "a\r\nX: b\n\x1b[2J\x07")))),
    "deep": lambda p, good: http(message(0, p.id_of(good), (2, b"\x34\x00\x01c\x00\x00" * 200))),
    "other": lambda p, good: http(message(0, p.id_of(good) + 7)),
}

# What becomes of a document that arrived whole: impressions that really come out, what it says, whether it says so truly.
FATES = {
    "prints": (PAGES, COMPLETED, PAGES), "prints-silent": (PAGES, COMPLETED, None), "prints-lies": (PAGES, COMPLETED, 0),
    "aborts": (0, ABORTED, 0), "spoils": (1, ABORTED, 1), "cancels": (0, CANCELED, 0), "aborts-silent": (0, ABORTED, None),
}


class Attempt:
    """One job at the printer. open: nobody may call its end certain any more, for a reason that is not ours."""

    def __init__(self, n, code):
        self.n, self.code, self.came_out, self.open, self.arrived, self.said = n, code, 0, [], False, False


class HostilePrinter(BadPrinter):
    def __init__(self, seed, calm=False):
        self.dice, self.guard, self.calm = random.Random(seed), threading.RLock(), calm
        self.attempts, self.by_job, self.last, self.last_slips = [], {}, 40, []
        super().__init__()
        self.on = {op: HostilePrinter._any for op in ("Create-Job", "Send-Document", "Get-Job-Attributes", "Get-Jobs", "Cancel-Job",
                                                      "Get-Printer-Attributes")}

    @staticmethod
    def id_of(good):
        return struct.unpack(">I", good.split(b"\r\n\r\n", 1)[1][4:8])[0]

    def schedule(self):
        """Chances for the next attempt: rolled once a schedule, so that some are calm and some are hell."""
        self.chance = self.dice.choice([0, 0, 0.05, 0.15, 0.4])
        self.death = self.dice.choice([0, 0, 0.03, 0.15])
        self.fate = self.dice.choice(list(FATES))
        self.partial = self.dice.random() < 0.3

    def _any(self, q, connection):
        with self.guard:
            good = self._act(q)
            if self.calm or q.op == "Get-Printer-Attributes" and self.dice.random() < 0.5:
                return good
            if self.dice.random() < self.death:
                return self._dies(q)
            if self.dice.random() < self.chance:
                name = self.dice.choice(list(SLIPS))
                self.last_slips = [*self.last_slips[-30:], f"{q.op} {q.attrs.get('job-id')}: {name}"]
                if name not in ("late", "twice"):
                    self._unsaid(q)
                return SLIPS[name](self, good)
            return good

    def _unsaid(self, q):
        """The answer that would have told that it has the whole document is lost."""
        if q.op == "Send-Document" and self.by_job.get(q.attrs["job-id"][0]):
            self.by_job[q.attrs["job-id"][0]].said = False

    def _dies(self, q):
        """Switched off and on: what it remembers is a matter of its make."""
        self.last_slips.append(f"{q.op}: dies")
        self._unsaid(q)
        kind = self.dice.choice(["remembers", "forgets", "reuses"])
        self.up_time = self.dice.randrange(1, 900)
        if kind != "remembers":
            for a in self.by_job.values():
                a.open.append(kind)
            self.jobs.clear()
            self.by_job = {}
        else:  # its clock began anew: nobody can know that these are the same jobs
            for a in self.by_job.values():
                a.open.append("restarted")
        if kind == "reuses":
            self.last = 40
            self.jobs[41] = {"state": COMPLETED, "name": "somebody else's", "impressions": 1, "data": None,
                             "uuid": "urn:uuid:00000000-0000-4000-8000-ffffffffffff"}
            self.last = 41
        return None

    def _act(self, q):
        if q.op == "Create-Job":
            self.last += 1
            a = Attempt(self.last, q.attrs["job-name"][0].decode())
            self.attempts.append(a)
            self.by_job[a.n] = a
            self.jobs[a.n] = {"state": HELD, "name": a.code, "impressions": 0, "data": None,
                              "uuid": f"urn:uuid:00000000-0000-4000-8000-{self.dice.getrandbits(48):012x}"}
            return http(message(0, q.id, (2, self.job(a.n))))
        if q.op == "Send-Document":
            return self._send(q)
        job = self.jobs.get(q.attrs.get("job-id", [0])[0])
        if q.op == "Get-Job-Attributes" and job and job["state"] == PROCESSING:
            self._moves(q.attrs["job-id"][0], job)
        return http(self.good(q))

    def _send(self, q):
        n = q.attrs["job-id"][0]
        job, a = self.jobs.get(n), self.by_job.get(n)
        if not job or not a or job["state"] != HELD:
            return http(message(0x0404, q.id))
        a.arrived = a.said = True
        out, state, says = FATES[self.fate]
        job.update(state=PROCESSING, left=self.dice.randrange(4), fate=(out, state, says), impressions=0)
        if job["left"] == 0:
            self._ends(a, job)
        return http(message(0, q.id, (2, self.job(n))))

    def _moves(self, n, job):
        job["left"] -= 1
        if job["left"] <= 0:
            self._ends(self.by_job[n], job)

    @staticmethod
    def _ends(a, job):
        out, state, says = job["fate"]
        a.came_out += out
        job.update(state=state, impressions=says)

    def good(self, q):
        """Cancelling a job that is processing: what was to come out may be on the way already."""
        n = q.attrs.get("job-id", [0])[0]
        job = self.jobs.get(n)
        if q.op == "Cancel-Job" and job and job["state"] == PROCESSING:
            if self.dice.random() < 0.5:
                self._ends(self.by_job[n], job)
            else:
                job.update(state=CANCELED, impressions=0)
            return message(0, q.id)
        return super().good(q)
