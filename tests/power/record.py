"""A story on the real programs with every write below the state folder written down by strace, from the first start on."""
import copy
import dataclasses
import json
import os
import pathlib
import shutil
import time

from crash import check
from crash.story import Story
from lib.lab import BUILD, run, wait_for
from lib.processes import processes

CALLS = ("openat open creat mkdir mkdirat write pwrite64 writev pwritev pwritev2 ftruncate fallocate copy_file_range sendfile fsync "
         "fdatasync sync syncfs link linkat rename renameat renameat2 unlink unlinkat rmdir sendmsg").split()
LONGEST = 2 << 20  # bytes of one write
RESUMED = ("job.release", "deliver.created", "deliver.sent")  # after which the whole story goes on


@dataclasses.dataclass
class Recording:
    """What a story left: strace's log, and what was true in between and at the end."""
    log: pathlib.Path          # of strace
    state_dir: pathlib.Path    # as it was called in the log
    final: pathlib.Path        # a copy of it at the end
    documents: dict            # CUPS job -> document
    marks: list                # bytes that may be nowhere in clear
    clocks: list = dataclasses.field(default_factory=list)   # (time, offset of the clocks in ms)
    jobs: dict = dataclasses.field(default_factory=dict)     # job -> CUPS job
    wrapped: dict = dataclasses.field(default_factory=dict)  # job -> its wrapped key
    entries: list = dataclasses.field(default_factory=list)  # the log's
    printer: list = dataclasses.field(default_factory=list)  # (time, papers, jobs) of the printer, after each request


class Recorded(Story):
    """From the first start: device, terminal, badge, PIN; a clean restart; three jobs from the real backend, one printed, one deleted,
    one left until it is due and its key is destroyed; in between a change of the policy, and the core killed."""

    def __init__(self, lab):
        self.build = lab.dir / "traced"
        super().__init__(lab)

    def _furnish(self):
        """The story's own, traced."""
        q, log = self.quoin, self.lab.dir / "strace.log"
        self.scenes, self.acked, self.consents, self.browser, self.backend = set(), set(), 0, None, BUILD / "backend/quoin"
        self._documents()
        self.recording = Recording(log, q.state_dir, self.lab.dir / "final", self.documents,
                                   [self.mark.encode(), *(d[200:232] for d in self.documents.values())])
        self.recording.clocks.append((0.0, 0))
        self.recording.printer.append((0.0, [], {}))
        self.printer.good = self._watched(self.printer.good)
        self._trace(log)
        super()._furnish()

    def _trace(self, log):
        (self.build / "launch").mkdir(parents=True)
        for name in ("server", "intake", "ldap", "deliver", "web", "ctl"):
            (self.build / name).symlink_to(BUILD / name)
        launch = self.build / "launch/quoin-launch"
        launch.write_text(f"#!/bin/sh\nexec strace -DD -I2 -f -q -A -o {log} -ttt -xx -y -s {LONGEST} -e signal=none -e trace="
                          f"{','.join('?' + c for c in CALLS)} {BUILD}/launch/quoin-launch \"$@\"\n")
        os.chmod(launch, 0o755)
        self.quoin.build = self.build

    # ---- what was true when ----

    def _move(self, clock):
        def move(wall, boot=None):
            self.recording.clocks.append((time.time(), wall))
            clock(wall, boot)
        return move

    def _watched(self, good):
        def watch(q):
            answer = good(q)
            self.recording.printer.append((time.time(), list(self.printer.papers), copy.deepcopy(self.printer.jobs)))
            return answer
        return watch

    # ---- the story ----

    def record(self):
        q, r = self.quoin, self.recording
        self._written()
        q.clock = self._move(q.clock)
        q.start()
        for n in (1, 2, 3):
            self._hold(n)
            job = check.row_of(q, n)[0]
            r.jobs[job], r.wrapped[job] = n, q.sql("select wrapped from job where id = ?", job)[0][0]
        self._policy()
        self._print(1)
        q.kill("core")
        wait_for("the core does not come back", lambda: q.ctl("status", check=False).returncode == 0)
        self._delete(2)
        self._expire(3)
        q.stop()
        self._written()
        run("cp", "-a", q.state_dir, r.final)
        r.entries = [row[0] for row in q.sql("select entry from audit order by seq")]
        return r

    def resume_at(self, play, cut):
        """The power fails and comes back: all of the programs and the people go on. What is wrong, or ""."""
        shutil.rmtree(self.quoin.state_dir, ignore_errors=True)
        try:
            self._resume(play.left(cut, self.quoin.state_dir))
        except AssertionError as e:
            return str(e) + self.quoin.log()[-3000:]
        finally:
            self.quoin.stop()
        return ""

    def _resume(self, when):
        """The printer, whose power did not fail, is what it was then."""
        r, q = self.recording, self.quoin
        papers, jobs = next((p, j) for t, p, j in reversed(r.printer) if t <= when)
        self.printer.papers[:], self.printer.jobs = papers, copy.deepcopy(jobs)
        run("chown", "-R", f"{q.uid['core']}:{q.uid['core']}", q.state_dir)
        self.browser, self.consents, q.build = None, 0, BUILD
        q.clock(0)
        q.start()
        self._print(1)
        self._delete(2)
        check.opens(q, 3, self.documents[3])
        self._expire(3)
        self._verify()

    def _policy(self):
        """Confidential jobs are to be held for a shorter time."""
        q, file = self.quoin, self.lab.dir / "policy.json"
        (document,), = q.sql("select document from policy order by version desc limit 1")
        document = json.loads(document)
        next(c for c in document["classes"] if c["name"] == "confidential")["hold"] = "4h"
        file.write_text(json.dumps(document))
        q.decide("policy", "propose", file, by="remy")

    def _written(self):
        """The tracer has ended and its log is whole."""
        mark = str(self.recording.log).encode()
        wait_for("strace does not end", lambda: not any(p.argv[:1] == [b"strace"] and mark in p.argv for p in processes()))
