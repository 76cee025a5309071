"""From `lp` to held on the shipped queue, against the same queue with a backend that only reads to the end."""
import os
import select
import subprocess
import time

from common import BUILD, ENV, Lab, Server, figure, rounds
from hold import quiet_cups
from lib.documents import pdf
from lib.lab import wait_for

TIMES = 9


class Bell:
    """A FIFO that somebody writes into when a job is done."""

    def __init__(self, path):
        os.mkfifo(path)
        os.chmod(path, 0o666)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def wait(self, word=b"\n", seconds=20):
        """The time at which `word` was written."""
        got, end = b"", time.monotonic() + seconds
        while word not in got:
            assert time.monotonic() < end, f"nothing held: {got}"
            if select.select([self.fd], [], [], 1)[0]:
                got += os.read(self.fd, 65536)
        return time.monotonic()

    def empty(self):
        while select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 65536)


def lp_to_held():
    lab = Lab("bench-lp")
    try:
        cups, held, drained = quiet_cups(lab), Bell(lab.dir / "held"), Bell(lab.dir / "drained")
        server = Server(lab, {"cupsd-socket": cups.sock, "log-level": 6}, backend="lp")
        server.start()
        lab.stop(server.intake)
        server.intake = subprocess.Popen([BUILD / "intake/quoin-intake", "-c", server.dir / "quoin.conf"], stdin=subprocess.DEVNULL,
                                         stderr=held.fd, env=ENV, start_new_session=True)
        lab.procs.append(server.intake)
        held.wait(b": ready")
        cups.backend(BUILD / "backend/quoin")
        cups.backend(BUILD / "bench/drain")
        cups.queue("held", f"quoin:{server.run_dir}/intake/intake.sock")
        cups.queue("drained", f"drain:{lab.dir}/drained")
        file = lab.dir / "report.pdf"
        file.write_bytes(pdf(pages=12, padding=40000))
        os.chmod(file, 0o644)

        def once(queue, bell, word):
            bell.empty()
            start = time.monotonic()
            cups.lp(file, queue=queue, user="alice")
            taken = bell.wait(word) - start
            wait_for("cupsd still has the job", lambda: not cups.spooled())
            return taken * 1000

        def middle(*args):
            return sorted(once(*args) for _ in range(TIMES))[TIMES // 2]
        ours, reference = (lambda: middle("held", held, b"is held as")), (lambda: middle("drained", drained, b"\n"))
        ours(), reference()
        figure("lp-to-held: 12 pages of PDF", *rounds(ours, reference), 1.25, "ms", least=False)
        server.stop()
    finally:
        lab.close()
