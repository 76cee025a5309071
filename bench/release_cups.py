"""The same release from plain CUPS and from us, to the same printer: a held job's first byte, a large document, and forty at once.
Over IPPS and from the tap on the kiosk's page it is only reported."""
import hashlib
import os
import select
import socket
import ssl
import statistics
import struct
import subprocess
import time
import types
from urllib.parse import urlencode

from common import BUILD, ENV, ROUNDS, Lab, Server, bound, document, figure, program, report, resident, rounds, seconds
from hold import quiet_cups
from lib.badprinter import attribute, message
from lib.documents import pdf
from lib.lab import free_port, port_open, run, wait_for
from lib.quoin import conf_text
from lib.web import SESSION_COOKIE, Browser, Local

HELD, EACH, BIG_MIB, PRINTERS = int(os.environ.get("BENCH_HELD", 20000)), 20, int(os.environ.get("BENCH_MIB", 1024)), 40
AT_TERMINAL = 32  # printers, at most
RELEASE_JOB = 0x0d


class Sink:
    """bench/printer, and when a document's first byte reached it and how long the document was."""

    def __init__(self, lab, tls=False):
        self.port, self.pin = free_port(), {}
        keys = [lab.ca()[1].parent] if tls else []
        self.process = subprocess.Popen([BUILD / "bench/printer", str(self.port), *keys], stdout=subprocess.PIPE, env=ENV)
        lab.procs.append(self.process)
        assert self.process.stdout.readline() == b"ready\n"
        self.uri = f"{'ipps' if tls else 'ipp'}://127.0.0.1:{self.port}/ipp/print"
        if tls:
            der = ssl.PEM_cert_to_DER_cert(lab.ca()[1].read_text())
            self.pin = {"pin": hashlib.sha256(der).hexdigest()}

    def arrived(self, seconds=60):
        assert select.select([self.process.stdout], [], [], seconds)[0], "nothing printed"
        first, size = self.process.stdout.readline().split()
        return float(first), int(size)


class Cups:
    """Plain CUPS: held jobs in a raw queue to the sink, released one at a time over one connection."""

    def __init__(self, lab, held, tls=False):
        self.cups, self.sink, self.lab, self.scheme = quiet_cups(lab), Sink(lab, tls), lab, "ipps" if tls else "ipp"
        self.cups.backend(f"/usr/lib/cups/backend/{self.scheme}")
        run("lpadmin", "-p", "plain", "-E", "-v", self.sink.uri, "-m", "raw", env=self.cups.env())
        self.jobs, self.file = 0, document(lab, 100 * 1024)
        small = lab.dir / "small.pdf"
        small.write_bytes(pdf(pages=1, padding=100))
        if held:
            self.hold(small, held)
        self.connect()

    def connect(self):
        self.sock = socket.create_connection(("127.0.0.1", self.cups.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hold(self, file, count, clients=4):
        """The numbers of so many held jobs."""
        program("cups-jobs", f"127.0.0.1:{self.cups.port}", "plain", "application/pdf", clients, count // clients, file, timeout=1200)
        first, self.jobs = self.jobs + 1, self.jobs + count
        return range(first, self.jobs + 1)

    def release(self, job):
        """Seconds to its first byte."""
        body = message(RELEASE_JOB, 1, (1, attribute("job-uri", "uri", f"ipp://localhost/jobs/{job}")
                                        + attribute("requesting-user-name", "name", "alice")))
        start = time.monotonic()
        self.sock.sendall(b"POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n"
                          % len(body) + body)
        answer = self.sock.recv(65536)
        while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < 8:
            answer += self.sock.recv(65536)
        status, = struct.unpack(">H", answer.split(b"\r\n\r\n", 1)[1][2:4])
        assert status == 0, hex(status)
        return start, self.sink.arrived()

    def round(self):
        """Milliseconds of EACH releases, one after another; a pause lets each job end."""
        out = []
        for job in self.hold(self.file, EACH):
            start, (first, _) = self.release(job)
            out.append((first - start) * 1000)
            wait_for("cupsd prints still", lambda: not self.cups.backends(self.scheme))
        return statistics.median(out)


class Ours:
    """A server of ours with as many jobs of other people, the same sink, one deliver."""

    def __init__(self, lab, held, printers=1, tls=False, **conf):
        self.lab, self.sinks = lab, [Sink(lab, tls) for _ in range(printers)]
        self.server = Server(lab, {"max-deliver": PRINTERS + 4, "max-job-bytes": "2g", "max-bytes-per-owner": "100g"} | conf)
        self.server.start()
        if held:
            self.server.stop()
            lab.stop(self.server.intake)
            program("seed-jobs", self.server.state_dir, held)
            self.server.start()
        for i, sink in enumerate(self.sinks):
            self.server.device(f"printer-{i}", uri=sink.uri, **sink.pin)
        self.deliver = self.server.start_program("deliver/quoin-deliver")
        self.server.wait_workers(deliver=1)
        self.who = [self.log_in(range(first, min(first + AT_TERMINAL, printers))) for first in range(0, printers, AT_TERMINAL)]
        self.peer, self.file = self.server.dial("kiosk"), document(lab, 100 * 1024)

    def log_in(self, printers):
        """Alice's session at a terminal of these printers."""
        first, *more = [f"printer-{i}" for i in printers]
        token = self.server.terminal(f"at-{first}", device=first, **({"devices": more} if more else {}))
        return self.server.kiosk(terminal=token)

    def held(self):
        return [j for j, in self.server.sql("select id from job where owner_name = 'alice' and state = 2")]

    def release(self, job, device=0):
        """When it was asked for."""
        start = time.monotonic()
        a = self.peer.call("job.release", {"jobs": [job], "idem": os.urandom(12).hex(), "device": f"printer-{device}"},
                           self.who[device // AT_TERMINAL])
        assert a.code == "ok" and a.fields["jobs"][0]["code"] == "ok", a
        return start

    def ended(self, job):
        wait_for("not printed", lambda: self.server.state(job) in ("printed", "erased"))
        wait_for("no deliver", lambda: int(self.server.ctl("status").fields["workers"]["deliver"]) >= 1)

    def round(self, release=None):
        out = []
        self.server.hold(4, EACH // 4, self.file)
        for job in self.held():
            start = (release or self.release)(job)
            out.append((self.sinks[0].arrived()[0] - start) * 1000)
            self.ended(job)
        return statistics.median(out)

    def close(self):
        self.server.stop()


class Kiosk:
    """The kiosk's page for the session of that server's terminal."""

    def __init__(self, ours):
        self.port = free_port()
        ca, certificate, key = ours.lab.ca()
        ours.server.values |= {"kiosk-listen": f"127.0.0.1:{self.port}", "web-hosts": [f"localhost:{self.port}"],
                               "tls-certificate": certificate, "tls-key": key}
        conf = ours.lab.dir / "kiosk.conf"
        conf.write_text("".join(f"{k} = {conf_text(v)}\n" for k, v in ours.server.values.items()))
        ours.lab.start(BUILD / "web/quoin-web", "-i", "kiosk", "-c", conf)
        wait_for("no kiosk", lambda: port_open(self.port))
        site = types.SimpleNamespace(instance="kiosk", port=self.port, host=f"localhost:{self.port}",
                                     tls=ssl.create_default_context(cafile=str(ca)))
        self.browser = Browser(site)
        self.browser.cookies = {"__Host-quoin-terminal": ours.who[0]["terminal"].hex(), SESSION_COOKIE["kiosk"]: ours.who[0]["session"].hex()}

    def tap(self, job):
        """When the release was asked for, over the connection that a browser has since it showed the page."""
        b = self.browser
        b.get("/kiosk/jobs")
        body = urlencode(b.fields("/kiosk/act") + [("job", job), ("print", "Print")])
        cookies = "; ".join(f"{k}={v}" for k, v in b.cookies.items())
        connection = Local("localhost", self.port, timeout=20, context=b.web.tls)
        connection.connect()
        start = time.monotonic()
        connection.request("POST", "/kiosk/act", body, b.origin | {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"})
        status = connection.getresponse().status
        connection.close()
        assert status == 303, status
        return start


def first_byte(held, goal):
    ours_lab, cups_lab = Lab("bench-ours"), Lab("bench-cups")
    try:
        ours, cups = Ours(ours_lab, held), Cups(cups_lab, held)
        ours.round(), cups.round()
        a, b = rounds(ours.round, cups.round)
        figure(f"release-cups: first byte, {held} held", a, b, goal, "ms", least=False)
        ours.close()
    finally:
        ours_lab.close()
        cups_lab.close()


def over_tls():
    """Each job's handshake with the printer is part of it; our printer's certificate is pinned, CUPS takes any."""
    ours_lab, cups_lab = Lab("bench-ours"), Lab("bench-cups")
    try:
        ours, cups = Ours(ours_lab, 0, tls=True), Cups(cups_lab, 0, tls=True)
        ours.round(), cups.round()
        a, b = rounds(ours.round, cups.round)
        report("release-cups: first byte over IPPS", a, "ms", b)
        ours.close()
    finally:
        ours_lab.close()
        cups_lab.close()


def from_tap():
    """Against the same release by a message to the core."""
    lab = Lab("bench-tap")
    try:
        ours = Ours(lab, 0)
        kiosk = Kiosk(ours)
        ours.round(kiosk.tap), ours.round()
        a, b = rounds(lambda: ours.round(kiosk.tap), ours.round)
        report("release-cups: first byte after tap", a, "ms", b)
        ours.close()
    finally:
        lab.close()


def whole():
    """One large document: from asking to its last byte at the printer, which says how long it took to read."""
    ours_lab, cups_lab = Lab("bench-ours"), Lab("bench-cups")
    try:
        ours, cups = Ours(ours_lab, 0), Cups(cups_lab, 0)
        file, sealed = document(cups_lab, BIG_MIB << 20), cups_lab.dir / "sealed"
        seconds("seal-pipe", sealed, BIG_MIB)

        def our_release():
            program("hand-over", ours.server.run_dir / "intake/intake.sock", 1, 1, ours.server.numbers(1), file)
            job, = ours.held()
            start = ours.release(job)
            size = ours.sinks[0].arrived(120)[1]
            taken = time.monotonic() - start
            assert size == BIG_MIB << 20
            ours.ended(job)
            for p in ours.server.spool():
                p.unlink()
            return BIG_MIB / taken

        def cups_release():
            job, = cups.hold(file, 1, clients=1)
            start, (_, size) = cups.release(job)
            taken = time.monotonic() - start
            assert size == BIG_MIB << 20
            wait_for("cupsd prints still", lambda: not cups.cups.backends(cups.scheme))
            return BIG_MIB / taken

        def bare():
            return BIG_MIB / seconds("open-tcp", sealed)
        count = min(ROUNDS, 5)
        figure("release-cups: 1 GiB against CUPS", *rounds(our_release, cups_release, count), 1.5, "MiB/s")
        figure("release-cups: 1 GiB against bare", *rounds(our_release, bare, count), 0.8, "MiB/s")
        ours.close()
    finally:
        ours_lab.close()
        cups_lab.close()


def together():
    """Forty releases at once to forty printers, against one alone: nobody waits for another's printer."""
    lab = Lab("bench-forty")
    try:
        ours = Ours(lab, 0, PRINTERS)
        idle = resident(ours.server.process.pid)

        def at_once():
            ours.server.hold(4, len(ours.sinks) // 4, ours.file)
            start = time.monotonic()
            jobs = ours.held()
            for i, job in enumerate(jobs):
                ours.release(job, i)
            last = max(s.arrived()[0] for s in ours.sinks)
            for job in jobs:
                ours.ended(job)
            return (last - start) * 1000
        at_once()
        times = [at_once() for _ in range(ROUNDS)]
        bound(f"release-cups: {len(ours.sinks)} printers at once, last first byte", statistics.median(times), 2000, "ms")
        bound("release-cups: quoind's memory for them", (resident(ours.server.process.pid) - idle) / 1024, 4, "MiB")
        ours.close()
    finally:
        lab.close()


def release_cups():
    first_byte(0, 0.5)
    first_byte(HELD, 0.25)
    over_tls()
    from_tap()
    whole()
    together()
