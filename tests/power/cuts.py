"""Every moment at which the power may fail: before each sync takes effect, and after each message that promises something."""
import collections
import random
import traceback

from .disk import ALL, NONE, Disk
from .promise import GONE, Kept, Promises
from .trace import Trace

# number of the act, what survives of what was not synced: none, all, or a seed
Cut = collections.namedtuple("Cut", "act choice")
SEEDS = 6


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

    def _cut(self, disk, promises, cut, kept):
        choice = cut.choice if cut.choice in (NONE, ALL) else random.Random(f"{cut.act} {cut.choice}")
        disk.write(kept.empty(), choice, skip=("quoin.db" + GONE,))
        try:
            kept.verify(promises, self.acts[cut.act - 1].time)
        except AssertionError as e:
            return str(e) or repr(e)
        except Exception:
            return traceback.format_exc()
        finally:
            kept.core.kill()
        return ""
