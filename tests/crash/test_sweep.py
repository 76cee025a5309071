"""Killed between the commit that erased a job and the unlinking of its file, with newer jobs held since."""
import subprocess

from lib.core import Arrival, Core
from lib.lab import wait_for

FOLDER_MS = 1 << 20  # a folder of the spool


def test_an_old_file_of_an_erased_job_is_swept_at_the_start(lab):
    core = Core(lab).start()
    core.device()
    terminal = core.terminal()
    old = Arrival(core).hold()
    for i in range(1, 12):
        core.clock(i * FOLDER_MS)
        Arrival(core, owner="bob").hold()
    t = subprocess.Popen(["strace", "-o", "/dev/null", "-e", "inject=unlinkat:signal=KILL:when=1", "-p", str(core.process.pid)],
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert b"attached" in t.stderr.readline()
    alice = core.kiosk(terminal=terminal)
    try:
        core.once("kiosk", "job.delete", {"jobs": [old]}, alice)
    except (EOFError, ConnectionError):
        pass
    core.process.wait(10)
    t.wait(10)
    assert core.state(old) == "erased" and any(old in p.name for p in core.spool())
    core.restart()
    wait_for(lambda: f"still there: {core.spool()}", lambda: not any(old in p.name for p in core.spool()), 3)
    assert len(core.spool()) == 11
    core.stop()


def test_a_file_that_could_not_be_unlinked_is_tried_again(lab):
    core = Core(lab).start()
    core.device()
    alice, job = core.kiosk(), Arrival(core).hold()
    t = subprocess.Popen(["strace", "-o", "/dev/null", "-e", "inject=unlinkat:error=EIO:when=1", "-p", str(core.process.pid)],
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert b"attached" in t.stderr.readline()
    assert core.once("kiosk", "job.delete", {"jobs": [job]}, alice).code == "ok"
    wait_for("the file is gone at once", lambda: "unlinking an erased job's file" in core.log(), 5)
    assert core.state(job) == "erased" and len(core.spool()) == 1
    core.clock(6000)
    wait_for("still there", lambda: not core.spool(), 5)
    t.terminate()
    t.wait(10)
    core.stop()
