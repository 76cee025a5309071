"""A release that can't even begin: the job does not stay 'releasing' until the next restart."""
import subprocess

from lib.core import Arrival, Core, Deliver
from lib.lab import wait_for


def fail_once(core, name, error):
    """The next openat() of that name fails in the core."""
    t = subprocess.Popen(["strace", "-I2", "-o", "/dev/null", "-P", name, "-e", f"inject=openat:error={error}:when=1", "-p",
                          str(core.process.pid)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert b"attached" in t.stderr.readline()
    return t


def test_a_job_that_cannot_be_handed_over_is_held_again(lab):
    core = Core(lab).start()
    core.device()
    who = core.kiosk()
    job = Arrival(core).hold()
    tracer = fail_once(core, f"{job}.quoin", "EMFILE")
    try:
        deliver = Deliver(core)
        assert core.release(who, job).fields["jobs"][0]["code"] == "ok"
        wait_for(lambda: f"it is {core.state(job)}", lambda: core.state(job) == "held", 5)
    finally:
        tracer.terminate()
        tracer.wait()
    assert [r["reason"] for r in core.records("job.release.failed")] == ["no-deliver"]
    assert core.jobs(who)[0]["why"] == "no-deliver"
    assert core.release(who, job).fields["jobs"][0]["code"] == "ok"
    assert deliver.work().fields["job"] == job
    core.stop()
