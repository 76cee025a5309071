"""Holding: one large job, many small ones, and the core's part of them alone."""
import os
import pathlib
import threading
import time

from common import Lab, Server, bound, document, figure, resident, rounds, seconds
from lib.cups import Cups
from lib.lab import run

BIG_MIB, SMALL, CLIENTS = int(os.environ.get("BENCH_MIB", 1024)), 100 * 1024, 4


def children(pid):
    try:
        return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Watch:
    """The most memory that each of our processes had meanwhile, above what it (or its parent) had before. KiB."""

    def __init__(self, *pids):
        self.idle = {p: resident(p) for p in pids}
        self.seen, self.most, self.over = set(), -1 << 30, False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.over:
            for p, idle in self.idle.items():
                for q in [p, *children(p)]:
                    size = resident(q)
                    if size:
                        self.seen.add(q)
                        self.most = max(self.most, size - idle)
            time.sleep(0.01)

    def end(self):
        self.over = True
        self.thread.join()
        assert len(self.seen) == len(self.idle) + 1, self.seen  # the job's own process was seen
        return self.most


def forget(folder):
    """Frees the disk between rounds."""
    for p in folder.rglob("*.quoin"):
        p.unlink()
    os.sync()


def hold_big():
    lab = Lab("bench-big")
    try:
        server = Server(lab).start()
        sock, bare = server.run_dir / "intake/intake.sock", lab.dir / "bare"

        def ours():
            t = seconds("hand-over", sock, "pipe", BIG_MIB, server.numbers(1))
            forget(server.state_dir)
            return BIG_MIB / t

        def reference():
            t = seconds("seal-pipe", bare, BIG_MIB)
            bare.unlink()
            os.sync()
            return BIG_MIB / t
        figure("hold-big: 1 GiB held and durable", *rounds(ours, reference), 0.8, "MiB/s")
        watch = Watch(server.process.pid, server.intake.pid)
        ours()
        bound("hold-big: memory above idle", watch.end() / 1024, 16, "MiB")
        server.stop()
    finally:
        lab.close()


def quiet_cups(lab):
    """A private cupsd as a fast one is set up: no debugging, job files flushed when it likes (its default)."""
    cups = Cups(lab, log_level="warn")
    conf = cups.dir / "etc/cupsd.conf"
    conf.write_text(conf.read_text().replace("DirtyCleanInterval 0\n", "MaxClients 1000\n"))
    cups.start()
    return cups


def hold_small(jobs=500):
    lab = Lab("bench-small")
    try:
        server, cups, file = Server(lab).start(), quiet_cups(lab), document(lab, SMALL)
        cups.backend("/usr/lib/cups/backend/socket")
        cups.queue("held", "socket://127.0.0.1:9")

        def ours():
            return CLIENTS * jobs / server.hold(CLIENTS, jobs, file)

        def reference():
            t = seconds("cups-jobs", f"127.0.0.1:{cups.port}", "held", "application/pdf", CLIENTS, jobs, file)
            run("cancel", "-a", "-x", env=cups.env(), timeout=120)
            return CLIENTS * jobs / t
        ours(), reference()
        figure("hold-small: 100 KiB, 4 clients", *rounds(ours, reference), 1.0, "jobs/s")
        server.stop()
    finally:
        lab.close()


def messages(jobs=1500):
    lab = Lab("bench-messages")
    try:
        server = Server(lab, {"max-intake": 64}).start()

        def rate(flights):
            return jobs / seconds("core-jobs", server.socket("core"), flights, jobs, server.numbers(jobs))
        rate(16), rate(1)
        # one in flight is one commit a message
        figure("messages: 16 in flight against 1", *rounds(lambda: rate(16), lambda: rate(1)), 2.0, "jobs/s")
        server.stop()
    finally:
        lab.close()
