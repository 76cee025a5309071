"""Devices with a driver, through quoin-cups: raw sockets, LPD, conversion; and nothing of a document stays."""
import hashlib
import os
import signal
import threading

import pytest

from lib.deliver import Deliver
from lib.documents import pdf, pwg_raster
from lib.drivers import UID, Cutter, Lpd, QuoinCups, Sink, holds, lpstat
from lib.lab import run, wait_for
from lib.printer import Printer, hook

PDF = pdf("x")
MARKER = b"the-words-that-must-not-stay"
MARKED = pdf(MARKER.decode())


def blob(n):
    """n bytes that repeat nowhere, of no format that a filter would touch."""
    return b"".join(hashlib.sha256(i.to_bytes(8, "big")).digest() for i in range(n // 32 + 1))[:n]


def sent(delivery):
    """Waits until quoin-cups has all of the document; its job id there."""
    wait_for("deliver.sent", lambda: any(m.verb == "deliver.sent" for m in delivery.events))
    return delivery.events[0].fields["printer_job"]


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def cups(lab, deliver):
    return QuoinCups(lab, deliver.run)


def test_a_raw_socket_gets_every_byte(lab, deliver, cups):
    sink = Sink(lab)
    for n, size in enumerate([1, 4096, 9 << 20]):
        data = blob(size)
        d = deliver.give(sink.uri(), data, driver="raw")
        assert d.short() == "printed", deliver.log() + cups.log()
        assert sink.received[n] == data
        assert [m.verb for m in d.events] == ["deliver.created", "deliver.sent", "deliver.job"]
        assert d.events[-1].fields["impressions"] == d.events[-1].fields["sheets"] == -1
    cups.empty()


def test_lpd_gets_the_job_from_a_port_that_anybody_may_have(lab, deliver, cups):
    printer, data = Lpd(lab), blob(300_000)
    assert deliver.give(printer.uri("laser"), data, driver="raw", options={"copies": "1"}).short() == "printed", cups.log()
    (queue, control, got), = printer.jobs
    assert queue == "laser" and got == data
    assert b"Pquoin\n" in control and b"Jq-7F3K2\n" not in control and b"Q7F3K2" in control
    assert all(port >= 1024 for port in printer.ports)
    cups.empty()


def test_everywhere_converts_for_a_printer_that_takes_raster_alone(lab, deliver, cups):
    counts = hook(lab, "echo ATTR: job-impressions-completed=2 >&2\nexit 0\n")
    printer = Printer(lab, formats="image/pwg-raster", command=counts)
    assert deliver.give(printer.uri(), pdf("hello", pages=2)).short() == "held printer-refused-format"
    for n, (scheme, more) in enumerate((("ipp", {}), ("ipps", {"pin": printer.fingerprint()})), 1):
        d = deliver.give(printer.uri(scheme), pdf(MARKER.decode(), pages=2), driver="everywhere",
                         options={"sides": "two-sided-long-edge", "copies": "1", "page-ranges": "1-2"}, **more)
        assert d.short(60) == "printed", deliver.log() + cups.log()
        assert len(printer.documents()) == n and printer.documents()[-1].read_bytes().startswith(b"RaS2")
        assert d.events[-1].fields["impressions"] == 2, "what the printer says counts"
        assert [m.verb for m in d.events if m.verb != "deliver.progress"] == ["deliver.created", "deliver.sent", "deliver.job"]
    cups.empty()
    assert list((cups.dir / "out").iterdir()) == [] and holds(cups.dir, MARKER) == []


def test_everywhere_is_not_used_for_what_the_printer_prints(lab, deliver):
    """There is no quoin-cups at all."""
    printer = Printer(lab, command=hook(lab, "exit 0\n"))
    assert deliver.give(printer.uri("ipps"), PDF, driver="everywhere", pin=printer.fingerprint()).short() == "printed"
    assert printer.documents()[0].read_bytes() == PDF
    assert deliver.give(printer.uri("ipps"), PDF, driver="everywhere", pin="00" * 32).short() == "held printer-certificate"
    assert deliver.give(printer.uri(), b"%!PS\n", driver="everywhere", format="application/postscript").short() == "held no-deliver"


def test_everywhere_converts_to_urf_and_from_other_formats(lab, deliver, cups):
    printer = Printer(lab, formats="image/urf,image/pwg-raster", command=hook(lab, "exit 0\n"))
    for n, (data, format) in enumerate([(b"%!PS\n/Courier findfont 20 scalefont setfont 72 72 moveto (x) show showpage\n",
                                         "application/postscript"), (b"words\n", "text/plain")], 1):
        assert deliver.give(printer.uri(), data, driver="everywhere", format=format).short(60) == "printed", deliver.log() + cups.log()
        assert printer.documents()[-1].read_bytes()[:4] in (b"RaS2", b"UNIR") and len(printer.documents()) == n


def test_what_can_not_be_converted_stays_held(lab, deliver, cups):
    printer = Printer(lab, formats="image/pwg-raster", command=hook(lab, "exit 0\n"))
    for data, format in [(b"%PDF-1.4\n" + blob(5000), "application/pdf"), (blob(99), "application/x-unheard-of")]:
        assert deliver.give(printer.uri(), data, driver="everywhere", format=format).short(60) == "held printer-refused-format"
    printer.stop()
    assert deliver.give(printer.uri(), PDF, driver="everywhere").short() == "held printer-off"
    cups.empty()


@pytest.mark.parametrize("driver, begins", [
    ("drv:///sample.drv/generic.ppd", b"%!PS-Adobe-3.0"), ("drv:///sample.drv/generpcl.ppd", b"\x1bE\x1b&l"),
    ("lsb/usr/cupsfilters/Generic-PDF_Printer-PDF.ppd", b"\x1b%-12345X@PJL"), ("drv:///cupsfilters.drv/pwgrast.ppd", b"RaS2")])
def test_a_driver_of_the_machine_converts(lab, deliver, cups, driver, begins):
    sink = Sink(lab)
    for data, format in [(pdf("hello"), "application/pdf"), (pwg_raster(), "image/pwg-raster"), (b"%!PS\nshowpage\n", "application/postscript")]:
        if driver.endswith("pwgrast.ppd") and format == "image/pwg-raster":
            continue
        assert deliver.give(sink.uri(), data, driver=driver, format=format).short(60) == "printed", deliver.log() + cups.log()
    assert sink.received and all(got.startswith(begins) for got in sink.received), [got[:40] for got in sink.received]
    cups.empty()


def test_a_driver_that_is_not_there_prints_nothing(lab, deliver, cups):
    sink = Sink(lab)
    for driver in ("drv:///no.drv/such.ppd", "nothing/at/all.ppd"):
        assert deliver.give(sink.uri(), PDF, driver=driver).short(60) == "held printer-error"
        assert f"does not take driver {driver}" in deliver.log()
    assert sink.received == [] and cups.documents() == []


def test_a_format_that_no_filter_knows_is_refused(lab, deliver, cups):
    sink = Sink(lab)
    d = deliver.give(sink.uri(), blob(999), driver="drv:///sample.drv/generic.ppd", format="application/x-unheard-of")
    assert d.short(60) == "held printer-refused-format"
    assert sink.received == [] and cups.documents() == []


def test_a_document_that_a_filter_can_not_read_is_not_called_printed(lab, deliver, cups):
    sink = Sink(lab)
    d = deliver.give(sink.uri(), b"%PDF-1.4\n" + blob(5000), driver="drv:///sample.drv/generic.ppd")
    assert d.short(60).split()[0] in ("uncertain", "held"), d.events
    cups.empty()


# ---- a printer that is off, breaks off, or stands still ----

def test_a_printer_that_is_off_gets_nothing_later(lab, deliver, cups):
    sink = Sink(lab)
    sink.close()
    for driver in ("raw", "drv:///sample.drv/generic.ppd"):
        assert deliver.give(sink.uri(), MARKED, driver=driver).short() == "held printer-off"
    assert holds(cups.dir, MARKER) == [] and cups.documents() == []
    assert deliver.give("lpd://127.0.0.1:1/raw", MARKED, driver="raw").short() == "held printer-off"
    assert deliver.give("ipp://127.0.0.1:1/ipp/print", MARKED, driver="everywhere").short() == "held printer-off"


def test_a_printer_that_breaks_off_in_the_middle_leaves_it_uncertain(lab, deliver, cups):
    sink = Sink(lab, stop_after=100_000)
    d = deliver.give(sink.uri(), blob(30 << 20), driver="raw")
    assert d.short(60) == "uncertain uncertain", cups.log()
    assert 100_000 <= len(sink.received[0]) < 30 << 20
    cups.empty()
    assert len(sink.received) == 1, "it was tried again by itself"


def test_what_is_waiting_behind_another_job_and_is_cancelled_was_not_printed(lab, deliver, cups):
    """Cancelled by the printer's side before it began: that is certain."""
    busy = threading.Event()
    sink = Sink(lab, pause=busy)
    first = deliver.give(sink.uri(), blob(20 << 20), driver="raw")
    sent(first)
    wait_for(cups.log, lambda: sink.open)
    second = deliver.give(sink.uri(), MARKED, driver="raw", code="SECOND")
    run("cancel", sent(second), env=cups.env())
    assert second.result()["outcome"] == "held"
    busy.set()
    assert first.short(60) == "printed", cups.log()
    assert [len(x) for x in sink.received] == [20 << 20]
    cups.empty()


def test_two_at_once_to_one_printer_and_to_two(lab, deliver, cups):
    a, b = Sink(lab), Sink(lab)
    documents = [blob(2 << 20), b"1" + blob(1 << 20), b"2" + blob(3 << 20)]
    given = [deliver.give(uri, data, driver="raw", code=f"Q00{i}") for i, (uri, data) in enumerate(
        zip([a.uri(), a.uri(), b.uri()], documents))]
    assert [d.short(60) for d in given] == ["printed"] * 3
    assert sorted(a.received, key=len) == sorted(documents[:2], key=len) and b.received == documents[2:]
    cups.empty()


def test_another_driver_is_another_queue(lab, deliver, cups):
    sink = Sink(lab)
    assert deliver.give(sink.uri(), MARKED, driver="raw").short() == "printed"
    assert deliver.give(sink.uri(), MARKED, driver="drv:///sample.drv/generic.ppd").short(60) == "printed"
    assert sink.received[0] == MARKED and sink.received[1].startswith(b"%!PS")
    assert len(lpstat(cups, "-v").splitlines()) == 2
    queue = lpstat(cups, "-e").split()[0]
    run("cupsdisable", queue, env=cups.env())
    run("cupsreject", queue, env=cups.env())
    assert deliver.give(sink.uri(), MARKED, driver="raw").short() == "printed", "a queue that was stopped is opened again"
    assert deliver.give(sink.uri(), MARKED, driver="drv:///sample.drv/generic.ppd").short(60) == "printed"


def test_it_can_be_asked_about_later(lab, deliver, cups):
    """By another process, as after a crash: an end is known, a stopped one is doubt, and one that quoin-cups forgot is doubt."""
    busy = threading.Event()
    sink = Sink(lab, pause=busy)
    d = deliver.give(sink.uri(), blob(20 << 20), driver="raw")
    sent(d)
    at = {"job": d.events[0].fields["printer_job"], "uuid": d.events[0].fields["printer_uuid"],
          "up_time": d.events[0].fields["up_time"], "driver": "raw"}
    waiting = deliver.give(sink.uri(), MARKED, driver="raw", code="WAITS")
    sent(waiting)
    later = {"job": waiting.events[0].fields["printer_job"], "uuid": waiting.events[0].fields["printer_uuid"],
             "up_time": waiting.events[0].fields["up_time"], "driver": "raw", "code": "WAITS"}
    wait_for(cups.log, lambda: lpstat(cups, "-o") and sink.open)
    assert deliver.ask(sink.uri(), "sent", **at).short().split()[0] == "printing"
    assert deliver.ask(sink.uri(), "sent", cancel=1, **later).short() == "held stopped", "quoin-cups had not begun with it"
    assert deliver.ask(sink.uri(), "sent", cancel=1, **at).short() == "uncertain stopped"
    assert d.short() .split()[0] == "uncertain" and waiting.short().split()[0] == "held"
    busy.set()
    whole = deliver.give(Sink(lab).uri(), MARKED, driver="raw")
    assert whole.short() == "printed"
    assert deliver.ask(sink.uri(), "sent", job=9999, driver="raw").short().split()[0] == "uncertain"
    cups.empty()


@pytest.mark.parametrize("status", [1, 2, 3, 4, 6, 7, 99])
def test_whatever_a_backend_says_it_runs_once(lab, deliver, status):
    """failed, authentication needed, hold, stop the printer, try again, at once, nonsense: cupsd would run it again, or later."""
    cups, sink = QuoinCups(lab, deliver.run, backend=f"exit {status}"), Sink(lab)
    assert deliver.give(sink.uri(), MARKED, driver="raw").short(40) == "uncertain uncertain", cups.log()
    assert len(cups.runs()) == 1 and sink.received == []
    cups.empty()
    assert deliver.give(Lpd(lab).uri(), PDF, driver="raw").short() == "printed"


def test_a_backend_is_told_to_end_and_then_killed(lab, deliver):
    cups = QuoinCups(lab, deliver.run, backend="trap '' TERM; while :; do sleep 1; done")
    d = deliver.give(Sink(lab).uri(), MARKED, driver="raw")
    sent(d)
    wait_for(cups.log, cups.runs)
    deliver.stop(d)
    assert d.short(60) == "uncertain stopped"
    pid, = cups.runs()
    wait_for("the backend goes on", lambda: not os.path.exists(f"/proc/{pid}"))
    cups.empty()


def test_lpd_that_breaks_off_is_not_sent_it_twice(lab, deliver, cups):
    printer = Lpd(lab, stop_after=1000)
    assert deliver.give(printer.uri(), blob(8 << 20), driver="raw").short(60) == "uncertain uncertain"
    cups.empty()
    assert len(printer.ports) == 1, "a second try"


@pytest.mark.parametrize("reset, outcome", [(True, "held printer-off"), (False, "uncertain uncertain")])
def test_a_converted_document_that_is_cut_is_not_called_printed_nor_sent_twice(lab, deliver, cups, reset, outcome):
    """A printer that sees the connection reset gives the job up with no page printed; one that sees it end calls the half a whole."""
    printer = Printer(lab, formats="image/pwg-raster", tls=False, command=hook(lab, "exit 0\n"))
    ended = "job-state (enum) = aborted" if reset else "job-state (enum) = completed"
    cutter = Cutter(lab, printer.port, 20_000, reset, lambda: wait_for(
        "the printer has not seen it", lambda: ended in printer.ipptool("get-completed-jobs.test").stdout))
    uri = printer.uri().replace(str(printer.port), str(cutter.port))
    d = deliver.give(uri, pdf("hello", pages=3), driver="everywhere")
    assert d.short(60) == outcome, deliver.log()
    cups.empty()
    assert cutter.cuts == 1, "a second try"


# ---- quoin-cups itself ----

def test_without_it_nothing_is_printed(lab, deliver):
    sink = Sink(lab)
    assert deliver.give(sink.uri(), PDF, driver="raw").short() == "held no-deliver"
    assert sink.received == [] and "quoin-cups: connecting to" in deliver.log()


def test_its_end_takes_everything_with_it(lab, deliver, cups):
    """A backend that went on alone would print with nobody to tell; a document would stay in memory."""
    never = threading.Event()
    sink = Sink(lab, pause=never)
    d = deliver.give(sink.uri(), blob(20 << 20) + MARKED, driver="raw")
    sent(d)
    wait_for(cups.log, lambda: sink.open and len(cups.pids()) >= 2)
    started = cups.pids()
    os.kill(cups.pids()[0], signal.SIGKILL)  # cupsd, as if it had crashed
    wait_for(cups.log, lambda: cups.proc.poll() == 1)
    assert [p for p in started if os.path.exists(f"/proc/{p}")] == []
    assert list(cups.dir.iterdir()) == [], "its folder is not empty"
    never.set()
    cups.start()
    assert d.short(60) == "uncertain uncertain", "it is not known any more"
    assert lpstat(cups, "-W", "all", "-o") == "", "it goes on with what it had before"
    assert deliver.give(Sink(lab).uri(), PDF, driver="raw").short() == "printed"
    cups.proc.terminate()
    assert cups.proc.wait(15) == 0 and list(cups.dir.iterdir()) == []


def test_nobody_else_gets_in(lab, cups):
    for uid in (61001, 65534, 7):
        p = run("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "lpstat", "-r", env=cups.env(), check=False)
        assert "scheduler is running" not in p.stdout, uid
    p = run("setpriv", "--reuid=61008", "--regid=0", "--clear-groups", "lpstat", "-r", env=cups.env())
    assert "scheduler is running" in p.stdout, "the group of quoin-deliver"
    listening = run("ss", "-Hltnp").stdout
    assert not [line for line in listening.splitlines() for pid in cups.pids() if f"pid={pid}," in line]


def test_it_does_not_start_where_documents_would_be_seen(lab, deliver):
    cups = QuoinCups(lab, deliver.run, start=False)

    def says(uid=UID, **more):
        p = run(*cups.argv(uid), check=False)
        return p.returncode, p.stderr
    os.chmod(cups.dir, 0o711)
    assert says()[0] == 1 and "open to others" in says()[1]
    os.chmod(cups.dir, 0o710)
    os.chown(cups.dir, UID, 7)
    assert says()[0] == 1 and "not that of quoin-deliver" in says()[1]
    os.chown(cups.dir, 61001, 0)
    assert says()[0] == 1
    run("umount", cups.dir)
    os.chown(cups.dir, UID, 0)
    os.chmod(cups.dir, 0o710)
    assert says()[0] == 1 and "it must be a tmpfs" in says()[1]
    p = run(cups.program, "-c", cups.conf, check=False)
    assert p.returncode == 1 and "must not be root's" in p.stderr
    cups.conf.write_text(cups.conf.read_text().replace("cups = true", "cups = false"))
    assert says()[0] == 0
    assert run(cups.program, "-x", check=False).returncode == 2


def test_a_full_memory_is_said_and_leaves_nothing(lab, deliver):
    cups = QuoinCups(lab, deliver.run, size="8m")
    sink = Sink(lab)
    assert deliver.give(sink.uri(), blob(20 << 20), driver="raw").short(60).split()[0] == "held", cups.log()
    assert sink.received == []
    cups.empty()
    assert deliver.give(sink.uri(), MARKED, driver="raw").short() == "printed"
