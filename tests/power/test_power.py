"""The power fails: what was acknowledged is there, what was called erased is not, and the core starts by itself."""
import re
import subprocess

import pytest

from lib.lab import Lab

from .cuts import ALL, NONE, SEEDS, Cut, Play
from .disk import Disk
from .killed import Killed, points
from .promise import Kept
from .record import RESUMED, Recorded

CUTS = 80


@pytest.fixture(scope="module")
def story():
    lab = Lab("record")
    it = Recorded(lab)
    try:
        it.record()
        yield it
    finally:
        it.close()
        lab.close()


@pytest.fixture(scope="module")
def acts(story):
    return Play(story.recording)


@pytest.fixture
def play(acts):
    acts.left_out = lambda act: False
    return acts


def told(bad):
    return "\n\n".join(f"{c.act}:{c.choice}: {problem}" for c, problem in bad[:5])


def test_the_disk_is_the_real_one_if_the_power_does_not_fail(lab, story, play):
    disk = Disk()
    for act in play.acts:
        disk.do(act)
    disk.write(lab.dir / "disk", ALL)
    assert subprocess.run(["diff", "-r", lab.dir / "disk", story.recording.final]).returncode == 0


def test_what_was_promised_is_kept(lab, story, play, capsys):
    cuts = play.cuts()
    todo = {*cuts[::len(cuts) // CUTS], *play.after("job.commit", NONE), *play.after("job.delete", NONE)}
    bad = play.run(todo, Kept(lab, story.recording))
    with capsys.disabled():
        print(f"\npower: {len(todo)} points of {len(cuts)} cut, {len(bad)} failed")
    assert not bad, told(bad)


def test_a_cut_in_the_very_first_start_leaves_nothing_that_keeps_the_core_from_starting(lab, story, play):
    made = next(i for i, act in enumerate(play.acts) if act.kind == "file" and act.path == "quoin.db")
    syncs = [i for i, act in enumerate(play.acts) if i > made and act.kind == "sync"][:3]
    bad = play.run([Cut(i, c) for i in syncs for c in range(SEEDS)], Kept(lab, story.recording))
    assert not bad, told(bad)


@pytest.mark.parametrize("sync", [r"spool/\w+", "spool", r"#\d+", "quoin.db-wal", "quoin.db", "keys", "keys/keystore", "log-head"])
def test_without_that_sync_something_would_be_lost(lab, story, play, sync):
    """Of the log, not of the program: the disk is not told of it."""
    play.left_out = lambda act: re.fullmatch(sync, act.path)
    assert play.run(play.after("job.commit", NONE)[:1], Kept(lab, story.recording))


@pytest.mark.parametrize("verb", RESUMED)
def test_after_a_cut_in_a_release_it_comes_out_once(story, play, verb):
    problem = story.resume_at(play, play.after(verb, NONE)[-1])
    assert not problem


@pytest.fixture(scope="module")
def syncs():
    return points()


@pytest.mark.parametrize("path", ["keys", "keys/keystore", "log-head", "spool"])
def test_what_a_killed_core_left_unsynced_is_synced_before_it_is_used(lab, syncs, path):
    call, n, _ = [s for s in syncs if s[2] == path][-1]
    it = Killed(lab, call, n)
    assert it.play(), "it was not killed"
    assert not (bad := it.cut()), told(bad)
