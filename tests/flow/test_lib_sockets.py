"""A test library's server that was closed takes nothing that belongs to the next one."""
import threading

from lib.lab import wait_for
from lib.wire import FakeCore


def test_a_closed_core_has_no_thread_left(lab):
    """A thread that went on waiting would wait at the next socket of the same number once the kernel starts its call again."""
    before = set(threading.enumerate())
    core = FakeCore(lab.dir / "sock", lambda peer, m: None)
    started = set(threading.enumerate()) - before
    assert started
    core.close()
    wait_for("a thread waits still", lambda: not any(t.is_alive() for t in started))
