"""The tests' own list of processes."""
import os
import subprocess

from lib.processes import mentioning, processes


def test_one_that_ends_while_it_is_looked_at_is_left_out(monkeypatch):
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    monkeypatch.setattr(os, "listdir", lambda folder: [str(gone.pid), "self", str(os.getpid())])
    assert [p.pid for p in processes()] == [os.getpid()]


def test_what_is_told_of_one(tmp_path):
    it = subprocess.Popen(["/bin/sh", "-c", "read line", "it", tmp_path], stdin=subprocess.PIPE, start_new_session=True)
    try:
        p, = mentioning(tmp_path)
        assert (p.pid, p.parent, p.group, p.session) == (it.pid, os.getpid(), it.pid, it.pid)
        assert p.argv == [b"/bin/sh", b"-c", b"read line", b"it", str(tmp_path).encode()]
    finally:
        it.kill()
        it.wait()


def test_this_one_is_not_left_over_from_itself():
    assert os.getpid() not in [p.pid for p in mentioning("/")]
