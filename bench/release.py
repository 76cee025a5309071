"""From job.release at the core to the document's first byte at the printer, with many other jobs held and with few."""
import select
import statistics
import subprocess
import sys
import time

from common import BUILD, ENV, ROUNDS, Lab, Server, bound, document, figure, program, resident
from lib.lab import free_port, wait_for

FEW, MANY, EACH = 100, 100000, 60


class Site:
    """A server that holds `others` jobs of other people, its printer, and a person at the terminal."""

    def __init__(self, others):
        self.lab = Lab(f"bench-{others}")
        self.port = free_port()
        self.server = Server(self.lab, {"max-deliver": 4})
        self.server.start()
        self.server.stop()
        self.lab.stop(self.server.intake)
        program("seed-jobs", self.server.state_dir, others)
        self.server.start()
        self.printer = subprocess.Popen([BUILD / "bench/printer", str(self.port)], stdout=subprocess.PIPE, env=ENV)
        self.lab.procs.append(self.printer)
        assert self.printer.stdout.readline() == b"ready\n"
        self.server.device(uri=f"ipp://127.0.0.1:{self.port}/ipp/print")
        self.server.start_program("deliver/quoin-deliver")
        self.server.wait_workers(deliver=1)
        self.who, self.file = self.server.kiosk(), document(self.lab, 100 * 1024)
        self.peer = self.server.dial("kiosk")

    def arrived(self):
        assert select.select([self.printer.stdout], [], [], 20)[0], "nothing printed:\n" + self.server.log()[-3000:]
        return float(self.printer.stdout.readline().split()[0])

    def release(self, job):
        start = time.monotonic()
        a = self.peer.call("job.release", {"jobs": [job], "idem": job.replace("-", "")[:24]}, self.who)
        assert a.code == "ok" and a.fields["jobs"][0]["code"] == "ok", a
        taken = self.arrived() - start
        wait_for("not printed", lambda: self.server.state(job) == "printed")
        wait_for("no deliver", lambda: int(self.server.ctl("status").fields["workers"]["deliver"]) >= 1)
        return taken * 1000

    def round(self):
        """Milliseconds of each of EACH releases."""
        before = {j for j, in self.server.sql("select id from job where owner_name = 'alice'")}
        self.server.hold(4, EACH // 4, self.file)
        return [self.release(j) for j, in self.server.sql("select id from job where owner_name = 'alice'") if j not in before]

    def close(self):
        self.server.stop()
        self.lab.close()


def high(values):
    return sorted(values)[int(len(values) * 0.99)]


def release():
    few, many = Site(FEW), Site(MANY)
    try:
        few.round(), many.round()
        a, b = [], []
        for i in range(ROUNDS):
            for site, out in ((many, a), (few, b))[::1 if i % 2 else -1]:
                out.append(site.round())
            print(f"  round {i + 1}: p50 {statistics.median(a[-1]):.3f} / {statistics.median(b[-1]):.3f} ms, "
                  f"p99 {high(a[-1]):.3f} / {high(b[-1]):.3f} ms", file=sys.stderr)
        figure("release: 100,000 held, p50", [statistics.median(x) for x in a], [statistics.median(x) for x in b], 1.3, "ms", least=False)
        figure("release: 100,000 held, p99", [high(sum(a, []))], [high(sum(b, []))], 2.0, "ms", least=False)
        more = resident(many.server.process.pid) - resident(few.server.process.pid)
        bound("release: quoind's memory for them", more / 1024, 12, "MiB")
    finally:
        few.close()
        many.close()
