"""Printers that know what lies in their trays: whatever they are told to get wrong, the paper is counted here."""
import random
import threading

from lib.badprinter import ABORTED, COMPLETED, HELD, PROCESSING, BadPrinter, http, message

PAGES = 2  # impressions of every document, as the printer counts them

# What goes wrong with one document: name, whether an honest server can still find out what came out.
FAULTS = {
    "busy": True,            # Create-Job is refused for a moment
    "create-lost": True,     # its job is made, the answer is not sent
    "cut": True,             # the connection ends in the middle of the document; nothing came out, and it says so
    "answer-lost": False,    # it has the document and prints it; that it has all of it is never said
    "aborted": True,         # takes it, prints nothing, says aborted with 0 impressions
    "spoilt": False,         # prints one page, says aborted with 1 impression
    "forgets": False,        # prints it and is switched off and on: the job is unknown from then on
    "slow": True,            # says processing for a while
}


class Tray(BadPrinter):
    """odds: how often something goes wrong (0 to 1); seed: which schedule."""

    def __init__(self, seed, odds=0.05, tls=None):
        self.dice, self.odds, self.guard = random.Random(seed), odds, threading.Lock()
        self.paper = {}      # document -> how many whole copies lie in the tray
        self.spoilt = {}     # document -> how many broken ones
        self.happened = {}   # document -> faults, in order
        self.plans = {}      # job id -> fault of its document
        self.next = 0
        super().__init__(tls=tls)
        self.on = {"Create-Job": Tray._create, "Send-Document": Tray._send, "Get-Job-Attributes": Tray._look}

    def _plan(self):
        return self.dice.choice(list(FAULTS)) if self.dice.random() < self.odds else None

    def _create(self, q, connection):
        with self.guard:
            plan = self._plan()
            if plan == "busy":
                return http(message(0x0507, q.id))
            self.next += 1
            n = self.next
            self.jobs[n] = {"state": HELD, "name": q.attrs["job-name"][0].decode(), "impressions": 0, "data": None,
                            "uuid": f"urn:uuid:00000000-0000-4000-8000-{self.dice.getrandbits(48):012x}"}
            self.plans[n] = plan
            del self.requests[:-50], self.socks[:-50]  # or the test would grow, and not what it tests
            for old in [j for j in self.jobs if j < n - 50]:
                del self.jobs[old]  # as printers do
                self.plans.pop(old, None)
            return None if plan == "create-lost" else http(message(0, q.id, (2, self.job(n))))

    def _send(self, q, connection):
        with self.guard:
            n = q.attrs["job-id"][0]
            job, plan, document = self.jobs.get(n), self.plans.get(n), q.document
            if not job or job["state"] != HELD:
                return http(message(0x0404, q.id))
            if plan:
                self.happened.setdefault(document, []).append(plan)
            if plan == "cut":
                job.update(state=ABORTED)
                return None
            if plan == "aborted":
                job.update(state=ABORTED)
            elif plan == "spoilt":
                job.update(state=ABORTED, impressions=1)
                self.spoilt[document] = self.spoilt.get(document, 0) + 1
            else:
                self.paper[document] = self.paper.get(document, 0) + 1
                job.update(state=PROCESSING if plan == "slow" else COMPLETED, impressions=PAGES, left=3)
            answer = http(message(0, q.id, (2, self.job(n))))
            if plan == "forgets":
                self.jobs.clear()
                self.up_time = 1
            return None if plan in ("answer-lost", "forgets") else answer

    def _look(self, q, connection):
        with self.guard:
            job = self.jobs.get(q.attrs.get("job-id", [0])[0])
            if job and job["state"] == PROCESSING:
                job["left"] -= 1
                if job["left"] <= 0:
                    job["state"] = COMPLETED
            return http(self.good(q))
