"""The core killed at one of its syncs, started again, given a job; then the power fails. What the first one has written is there for
the second, and yet not on the disk."""
import collections
import secrets
import sqlite3

from lib.core import Arrival, Core
from lib.lab import Lab

from .cuts import NONE, Play
from .promise import Kept
from .record import CALLS, LONGEST, Recording
from .trace import Act

DOCUMENT = b"%PDF-1.4\n" + secrets.token_bytes(3000) + b"\n%%EOF\n"



class Killed:
    def __init__(self, lab, call, n):
        """call, n: the core is killed at its n-th such call, counted from its very first start."""
        self.lab, self.log = lab, lab.dir / "strace.log"
        self.strace = ["strace", "-DD", "-I2", "-f", "-q", "-A", "-o", self.log, "-ttt", "-xx", "-y", "-s", str(LONGEST), "-e",
                       "signal=none", "-e", "trace=" + ",".join("?" + c for c in CALLS)]
        self.kill = ["-e", f"inject={call}:signal=KILL:when={n}"]
        self.core, self.cuts = Core(lab), 0

    def play(self):
        """Holds a job whatever happens; False if the core was not killed. The recording is then whole."""
        try:
            self._hold(self.kill)
            hit = False
        except (EOFError, OSError, AssertionError):
            assert self.core.process.wait(10) == -9, self.core.log()
            hit = True
            self.core.stop()
            self._initialized()
            self._hold([])
        job = self.arrival.job
        self.core.kill()
        self.recording = Recording(self.log, self.core.state_dir, None, {1: DOCUMENT}, [DOCUMENT[9:41]], clocks=[(0.0, 0)], jobs={job: 1})
        self.recording.entries = [r[0] for r in self.core.sql("select entry from audit order by seq")]
        return hit

    def _initialized(self):
        """It may have got its policy without saying so."""
        try:
            if self.core.sql("select 1 from policy"):
                self.core.policy = None
        except sqlite3.OperationalError:
            pass

    def _hold(self, kill):
        self.core.start(wrap=[*self.strace, *kill])
        self.arrival = Arrival(self.core, DOCUMENT)
        self.arrival.hold()

    def syncs(self):
        """(call, which, path) of each sync of an undisturbed play."""
        count, out = collections.Counter(), []
        for act in Play(self.recording).acts:
            if act.kind == "sync":
                count[act.more] += 1
                out.append((act.more, count[act.more], act.path))
        return out

    def cut(self):
        """What is wrong when the power fails at a sync of the second core, or when the job is held: [(cut, what)]."""
        play = Play(self.recording)
        at = max(i for i, act in enumerate(play.acts) if act.kind == "tmpfile") + 1
        play.acts[at:at] = self._filled(play.acts[at - 1])
        second = next(i for i, act in enumerate(play.acts) if act.pid == play.acts[-1].pid)
        todo = [c for c in play.cuts(0) if c.act > second and c.choice == NONE]
        self.cuts = len(todo)
        return play.run(todo, Kept(self.lab, self.recording))

    def _filled(self, made):
        """What the test, as intake, has written into the last file, and synced."""
        return [Act(made.time, 0, "write", made.path, (0, bytes(self.arrival.bytes))), Act(made.time, 0, "sync", made.path, "")]


def points():
    """Every sync of a core's first start and first job."""
    lab = Lab("killed")
    try:
        it = Killed(lab, "fsync", 9999)
        it.play()
        return it.syncs()
    finally:
        lab.close()
