"""Plays many points in some labs at once."""
import ctypes
import multiprocessing
import os
import signal
import time
import traceback

from lib.lab import Lab

from .points import SHORT
from .story import Story

LABS = 2 * (os.cpu_count() or 1)  # a play waits more than it computes
LONGEST = 300                     # seconds, of one play

STORES, ALL = ("core", "intake"), ("core", "intake", "backend", "deliver")
FAILURES = (  # programs, calls, how these fail
    (STORES, ("write", "pwrite64", "pwritev", "openat", "mkdirat", "linkat", "ftruncate"), ("EIO", "ENOSPC", "EDQUOT", "EINTR")),
    (STORES, ("fdatasync", "fsync"), ("EIO", "ENOSPC", "EINTR")),
    (STORES, ("unlinkat", "rename", "renameat2"), ("EIO",)),
    (ALL, ("sendmsg", "sendto", "connect"), ("ECONNRESET", "EIO")),
    (("deliver",), ("write", "writev"), ("ECONNRESET", "EIO")),
    (("core", "intake", "deliver"), ("write", "writev", "pwrite64", "pwritev", "sendto"), (SHORT,)),
)


def _end_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG

    def stop(number, frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)


def _shut(story, lab):
    for it in (story, lab):
        try:
            if it:
                it.close()
        except Exception:
            traceback.print_exc()


def _work(todo, done):
    """One lab: plays until nothing is left; after a failure in a fresh lab."""
    _end_with_parent()
    story = lab = None
    try:
        while (point := todo.get()) is not None:
            begin, problem, reached = time.monotonic(), "", False
            try:
                if not lab:
                    lab = Lab("crash")
                    story = Story(lab)
                reached = story.hit(point)
            except Exception as e:  # each one is a finding
                problem = str(e) if isinstance(e, AssertionError) else traceback.format_exc()
                problem += f"\n--- log, its end\n{story.quoin.log()[-5000:]}" if story else ""
                _shut(story, lab)
                story = lab = None
            done.put((point, reached, problem, time.monotonic() - begin))
    except KeyboardInterrupt:
        pass
    finally:
        _shut(story, lab)


def count():
    """Every point of an undisturbed play."""
    lab, story = Lab("count"), None
    try:
        story = Story(lab)
        return story.count()
    finally:
        _shut(story, lab)


def failing(points):
    """The same calls, not ending their process but failing."""
    return [p._replace(error=e) for p in points if not p.error
            for programs, calls, errors in FAILURES if p.program in programs and p.call in calls for e in errors]


def play(todo, labs=LABS, say=lambda text: None):
    """(number of points reached, [(point, what is wrong)])."""
    work, done, reached, bad = multiprocessing.Queue(), multiprocessing.Queue(), 0, []
    workers = [multiprocessing.Process(target=_work, args=(work, done)) for _ in range(min(labs, len(todo)))]
    for p in [*todo, *(None for _ in workers)]:
        work.put(p)
    for w in workers:
        w.start()
    try:
        for i in range(len(todo)):
            point, hit, problem, seconds = done.get(timeout=LONGEST)
            reached += hit or bool(problem)
            bad += [(point, problem)] if problem else []
            say(f"{i + 1}/{len(todo)} {point} {f'FAILED: {problem}' if problem else 'ok' if hit else 'not reached'} {seconds:.1f} s")
    except BaseException:
        for w in workers:
            w.terminate()
        raise
    finally:
        for w in workers:
            w.join()
    return reached, bad
