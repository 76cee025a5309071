"""Every moment at which the power may fail: before each sync takes effect, and after each message that promises something."""
import collections
import random
import traceback

from .disk import ALL, NONE, Disk
from .promise import Promises
from .trace import Trace


class Cut(collections.namedtuple("Cut", "act choice")):
    """Before that act; of what was not synced survives none, all, or what a seed draws."""

    @classmethod
    def parse(cls, text):
        act, choice = text.split(":")
        return cls(int(act), choice if choice in (NONE, ALL) else int(choice))


SEEDS = 6
SKIP = ("quoin.db-shm",)  # an index of the write-ahead log, made anew by whoever opens it first


class Play:
    """A recording, act by act."""

    def __init__(self, recording):
        self.recording, self.acts = recording, Trace(recording.log, recording.state_dir).acts
        self.left_out = lambda act: False  # a sync that the disk is not told of

    def cuts(self, seeds=SEEDS):
        """Every cut."""
        out, promises = [], Promises(self.recording)
        for i, act in enumerate(self.acts):
            if act.kind == "sync":
                out += [Cut(i, c) for c in (NONE, ALL, *range(seeds))]
            elif promises.take(act):
                out += [Cut(i + 1, c) for c in (NONE, *range(seeds // 3))]
        return out + [Cut(len(self.acts), c) for c in (NONE, ALL)]

    def run(self, cuts, kept, say=lambda text: None):
        """Cuts the power at each; [(cut, what is wrong)]."""
        disk, promises, bad, done = Disk(), Promises(self.recording), [], 0
        for cut in sorted(cuts, key=lambda c: c.act):
            while done < cut.act:
                act = self.acts[done]
                if not (act.kind == "sync" and self.left_out(act)):
                    disk.do(act)
                promises.take(act)
                done += 1
            problem = self._cut(disk, promises, cut, kept)
            bad += [(cut, problem)] if problem else []
            say(f"{cut.act}:{cut.choice} {f'FAILED: {problem}' if problem else 'ok'}")
        return bad

    def left(self, cut, folder):
        """Makes the folder what is left after a cut; its time."""
        disk = Disk()
        for act in self.acts[:cut.act]:
            disk.do(act)
        disk.write(folder, self._choice(cut), SKIP)
        return self.acts[cut.act - 1].time

    def after(self, verb, choice):
        """Cuts after each message of that verb that promises something."""
        promises = Promises(self.recording)
        return [Cut(i + 1, choice) for i, act in enumerate(self.acts) if promises.take(act) and act.path == verb]

    @staticmethod
    def _choice(cut):
        return cut.choice if cut.choice in (NONE, ALL) else random.Random(f"{cut.act} {cut.choice}")

    def _cut(self, disk, promises, cut, kept):
        disk.write(kept.empty(), self._choice(cut), SKIP)
        try:
            kept.verify(promises, self.acts[cut.act - 1].time)
        except AssertionError as e:
            return str(e) or repr(e)
        except Exception:
            return traceback.format_exc()
        finally:
            kept.core.kill()
        return ""
