"""What Quoin has promised by a moment of a recorded story, and whether a core that starts on what a power cut left keeps it."""
import datetime
import json
import shutil
import signal

from crash import check
from crash.check import DAMAGED, ERASED, HELD, PRINTED, RELEASING, UNCERTAIN, must
from lib import decrypt
from lib.core import Core
from lib.lab import BUILD, run

# The state in which a job's record leaves it; resolved by its outcome.
LEAVES = {"job.held": HELD, "job.release.authorized": RELEASING, "job.release.completed": PRINTED, "job.release.failed": HELD,
          "job.release.uncertain": UNCERTAIN, "job.damaged": DAMAGED, "job.erased": ERASED}


def _when(entry, clocks):
    """When a record was made, by this machine's clock: the story moves that of the core."""
    stamp = datetime.datetime.fromisoformat(entry["ts"].replace("Z", "+00:00")).timestamp()
    return next(real for since, offset in reversed(clocks) if (real := stamp - offset / 1000) >= since - 0.01)


class Promises:
    """Of a recording, up to a moment: take() what happened, in order."""

    def __init__(self, recording):
        self.recording = recording
        self.entries = [json.loads(e) for e in recording.entries]
        self.made = [_when(e, recording.clocks) for e in self.entries]
        self.records = 0        # of the log, that must be there
        self.sending = set()    # jobs whose printer may have begun
        self.acknowledged = set()

    def take(self, act):
        """True for one that promises something."""
        if act.kind != "said" or (act.more.code is None) != (act.path == "deliver.job"):
            return False
        job = act.more.fields.get("job")
        if act.path == "job.commit" and act.more.code == "ok":
            self.acknowledged.add(job)
        if act.path == "deliver.created":
            self.sending.add(act.pid and self._releasing(act.time))
        self._records(act.time)
        return True

    def _releasing(self, when):
        """deliver.created's answer names no job: the story releases one at a time."""
        return [e["job"] for e, t in zip(self.entries, self.made) if e["ev"] == "job.release.authorized" and t <= when][-1]

    def _records(self, when):
        """The core answers what a turn did when that turn is durable: every record of an earlier millisecond is."""
        while self.records < len(self.made) and self.made[self.records] < int(when * 1000) / 1000 - 0.0005:
            self.records += 1


class Kept:
    """One core, started again and again on what was left."""

    def __init__(self, lab, recording):
        self.recording = recording
        self.core = Core(lab, name="cut")
        self.core.policy = None  # the database has one, or waits for it
        self.folder = self.core.state_dir

    def empty(self):
        """Where the next cut's state goes; nothing is there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.core.lab.dir / "quoind.log").write_bytes(b"")
        return self.folder

    def verify(self, promises, when):
        """Starts the core and ends it; AssertionError if something promised is not so."""
        offset = next(o for since, o in reversed(self.recording.clocks) if since <= when)
        self.core.clock(offset)
        self.core.start(workers=False)
        status = self.core.stop()  # it may not have come to wait for signals yet
        must(status in (0, -signal.SIGTERM), "the core ended with", status, self.core.log()[-2000:])
        self._log(promises)
        for job in self.recording.jobs:
            self._job(job, promises)
        self._keys()
        check.database(self.core)
        must(not check.orphans(self.core), "without row or file:", check.orphans(self.core))
        check.clear_text(self.folder, *self.recording.marks)

    def _log(self, promises):
        entries = [r[0] for r in self.core.sql("select entry from audit order by seq")]
        self.records = [json.loads(e) for e in entries]
        boots = {e["boot"] for e in promises.entries}
        old = [e for e in entries if json.loads(e)["boot"] in boots]
        must(old == self.recording.entries[:len(old)], "the log is not how it began")
        must(len(old) >= promises.records, "the log has", len(old), "records, and", promises.records, "were promised")
        p = run(BUILD / "ctl/quoinctl", "-c", self.core.dir / "quoin.conf", "audit", "verify", check=False)
        must(p.returncode == 0, "audit verify:", p.returncode, p.stdout, p.stderr)

    def _job(self, job, promises):
        row = self.core.sql("select state, owner_name from job where id = ?", job)
        states = [LEAVES[r["ev"]] for r in self.records if r.get("job") == job and r["ev"] in LEAVES]
        must(row or job not in promises.acknowledged, "job", job, "is acknowledged and gone")
        must(bool(row) == bool(states), "job", job, "is", row, "and its records say", states)
        if not row:
            return
        (state, owner), = row
        must(state == states[-1], "job", job, "is", state, "and its records say", states)
        must(owner == "alice", "job", job, "belongs to", owner)
        must(job not in promises.sending or state != HELD, "job", job, "may have come out, and is called held")
        if state == ERASED:
            self._erased(job)
        else:
            row = decrypt.read_row(self.folder / "quoin.db", job)
            must(decrypt.decrypt(self.folder, row) == self.recording.documents[self.recording.jobs[job]], "job", job, "is another document")

    def _erased(self, job):
        """Its wrapped key is nowhere, its file is gone."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                must(job not in path.name, "the file of erased job", job, "is there")
                must(self.recording.wrapped[job] not in path.read_bytes(), "the wrapped key of erased job", job, "is in", path)

    def _keys(self):
        """Keys that are in use can be had; those called destroyed are in neither slot."""
        shreds = dict(self.core.sql("select id, state from shred"))
        both, root = (self.folder / "keys/keystore").read_bytes(), decrypt.root_key(self.folder)
        slots = []
        for slot in (both[:decrypt.SLOT], both[decrypt.SLOT:]):
            try:
                slots.append(decrypt.slot_keys(root, slot))
            except decrypt.Refused:
                pass
        _, best = max(slots, key=lambda s: s[0])
        for name, state in shreds.items():
            must(state != "active" or name in best, name, "is in use and not in the keystore")
            must(state != "destroyed" or not any(name in keys for _, keys in slots), name, "is called destroyed and is in the keystore")
