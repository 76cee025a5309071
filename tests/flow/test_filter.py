"""Pages and layout that a printer can't do are done by pdftopdf before it gets anything: counted at the printer."""
import os
import pathlib
import re
import signal
import socket
import zlib

import pytest

from lib.badprinter import BadPrinter
from lib.deliver import Deliver
from lib.lab import TOP, landlock, run, wait_for
from lib.processes import processes
from lib.pdf import pdf
from lib.printer import Printer, hook
from lib.sealer import Sealed
from lib.wire import Message

FIVE = pdf("a page", pages=5)


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def printer(lab):
    """One that supports nothing of layout."""
    bad = BadPrinter()
    lab.closers.append(bad.close)
    return bad


def got(printer):
    """The last document that it took."""
    return printer.jobs[max(printer.jobs)]["data"]


def sheets(lab, data):
    """[(width, height)] of a PDF's pages in points."""
    path = lab.dir / "got.pdf"
    path.write_bytes(data)
    text = run("pdfinfo", "-f", 1, "-l", 999, path).stdout
    return [(round(float(w)), round(float(h))) for w, h in re.findall(r"^Page +\d+ size: +(\S+) x (\S+) pts", text, re.M)]


@pytest.mark.parametrize("options, want", [
    ({"page-ranges": "2-3"}, [(595, 842)] * 2),
    ({"number-up": "2"}, [(842, 595)] * 3),
    ({"page-ranges": "2-3", "number-up": "2"}, [(842, 595)]),
    ({"page-ranges": "2,4-"}, [(595, 842)] * 3),
    ({"print-scaling": "fit"}, [(595, 842)] * 5),
    ({"page-set": "odd"}, [(595, 842)] * 3),
    ({"page-set": "even", "page-ranges": "1-3"}, [(595, 842)] * 2),  # and an empty one, so that it turns over
])
def test_what_the_printer_can_not_do(lab, deliver, printer, options, want):
    d = deliver.give(printer.uri(), FIVE, options=options)
    assert d.short() == "printed"
    assert sheets(lab, got(printer)) == want
    for q in printer.requests:
        assert not set(q.attrs) & set(options), q.op


def test_a_real_printer(lab, deliver):
    """Which does some of it itself (ippeveprinter knows page-ranges), and gets the document as it is for that."""
    printer = Printer(lab, command=hook(lab, "exit 0\n"))
    assert deliver.give(printer.uri(), FIVE, options={"number-up": "4", "media": "A4"}).short() == "printed"
    assert sheets(lab, printer.documents()[-1].read_bytes()) == [(595, 842)] * 2


@pytest.mark.parametrize("name, value, facts", [
    ("page-ranges", "2-3", {"page-ranges-supported": ("boolean", True)}),
    ("number-up", "2", {"number-up-supported": ("integer", 1, 2, 4)}),
    ("number-up", "4", {"number-up-supported": ("range", (1, 16))}),
    ("print-scaling", "fill", {"print-scaling-supported": ("keyword", "auto", "fill")}),
])
def test_what_the_printer_does_is_left_to_it(deliver, printer, name, value, facts):
    printer.facts = facts
    assert deliver.give(printer.uri(), FIVE, options={name: value}).short() == "printed"
    assert got(printer) == FIVE
    assert name in next(q for q in printer.requests if q.op == "Create-Job").attrs


def test_what_was_done_here_is_not_done_there_again(lab, deliver, printer):
    printer.facts = {"page-ranges-supported": ("boolean", True), "print-scaling-supported": ("keyword", "auto", "fit"),
                     "sides-supported": ("keyword", "two-sided-long-edge")}
    options = {"page-ranges": "2-4", "number-up": "2", "print-scaling": "fit", "sides": "two-sided-long-edge"}
    assert deliver.give(printer.uri(), FIVE, options=options).short() == "printed"
    assert sheets(lab, got(printer)) == [(842, 595)] * 2
    created = next(q for q in printer.requests if q.op == "Create-Job")
    assert set(created.attrs) & set(options) == {"sides"}


def test_paper_is_the_jobs_or_the_printers(lab, deliver, printer):
    printer.facts = {"media-supported": ("keyword", "iso_a5_148x210mm", "na_letter_8.5x11in"),
                     "media-default": ("keyword", "na_letter_8.5x11in")}
    assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1"}).short() == "printed"
    assert sheets(lab, got(printer)) == [(612, 792)]
    assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1", "media": "A5,tray-9"}).short() == "printed"
    assert sheets(lab, got(printer)) == [(420, 595)]
    printer.facts["media-default"] = ("keyword", "custom x=y_100x100mm")
    assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1"}).short() == "printed"
    assert sheets(lab, got(printer)) == [(595, 842)]


@pytest.mark.parametrize("media, pages, want", [
    ("A4", "1-4", [(595, 842)] * 4), ("A4", "2", [(595, 842)]), ("A3", "2", [(842, 1191)]), ("A3", "1-3", [(842, 1191)] * 3)])
def test_a_document_of_several_sizes_comes_out_on_one(lab, deliver, printer, media, pages, want):
    """As quoin-deliver(8) says; it may say better once pdftopdf can."""
    printer.facts = {"media-supported": ("keyword", "iso_a4_210x297mm", "iso_a3_297x420mm")}
    data = pdf("a page", sizes=[(595, 842), (842, 1191), (842, 595), (420, 595)])
    assert sheets(lab, data) == [(595, 842), (842, 1191), (842, 595), (420, 595)]
    assert deliver.give(printer.uri(), data, options={"page-ranges": pages, "media": media}).short() == "printed"
    assert sheets(lab, got(printer)) == want


def test_refused_rather_than_printed_in_another_way(deliver, printer):
    """Nothing but the question to the printer has happened then."""
    printer.facts = {"document-format-supported": ("mime", "application/pdf", "image/pwg-raster")}
    for want, data, format, options in [
            ("options-unsupported", b"RaS2", "image/pwg-raster", {"page-ranges": "2"}),
            ("options-unsupported", b"RaS2", "image/pwg-raster", {"number-up": "2"}),
            ("options-unsupported", FIVE, "application/pdf", {"number-up": "5"}),
            ("options-unsupported", FIVE, "application/pdf", {"page-ranges": "1;2"}),
            ("options-no-pages", FIVE, "application/pdf", {"page-ranges": "7-9"}),
            ("options-no-pages", FIVE, "application/pdf", {"page-ranges": "7", "number-up": "2"})]:
        assert deliver.give(printer.uri(), data, format=format, options=options).short() == f"held {want}"
    assert set(printer.ops()) == {"Get-Printer-Attributes"}


def test_what_is_no_matter_of_pages_is_left_out_as_ever(deliver, printer):
    printer.facts = {"document-format-supported": ("mime", "application/pdf", "image/pwg-raster")}
    assert deliver.give(printer.uri(), b"RaS2", format="image/pwg-raster", options={"print-scaling": "fit"}).short() == "printed"
    assert deliver.give(printer.uri(), FIVE, options={"print-scaling": "as-you-like"}).short() == "printed"
    assert deliver.give(printer.uri(), FIVE, options={"number-up": "1", "print-scaling": "none", "finishings": "4"}).short() == "printed"
    assert got(printer) == FIVE


def bomb():
    """A table of objects that unpacks to 4 GiB."""
    packed = zlib.compressobj(9)
    zeros = packed.compress(bytes(1 << 24)) + packed.flush(zlib.Z_FULL_FLUSH)
    zeros += (packed.compress(bytes(1 << 24)) + packed.flush(zlib.Z_FULL_FLUSH)) * 255
    head = b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    return (head + b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n" % len(zeros)
            + zeros + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(head))


def encrypted(lab):
    (lab.dir / "five.pdf").write_bytes(FIVE)
    run("qpdf", "--encrypt", "secret", "owner", "256", "--", lab.dir / "five.pdf", lab.dir / "locked.pdf")
    return (lab.dir / "locked.pdf").read_bytes()


HOSTILE = {
    "garbage": lambda lab: b"%PDF-1.4\n" + os.urandom(200000),
    "nothing more": lambda lab: b"%PDF-1.4\n%%EOF",
    "the half": lambda lab: pdf("a page", pages=500, filler=200000)[:150000],
    "locked": encrypted,
    "a bomb": lambda lab: bomb(),
    "a long stream": lambda lab: FIVE.replace(b"/Length ", b"/Length 99999999999999999999"),
    "a circle of pages": lambda lab: re.sub(rb"/Kids \[.*?\]", b"/Kids [2 0 R]", FIVE),
    "deep": lambda lab: b"%PDF-1.4\n1 0 obj\n" + b"[" * 3000000 + b"\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n",
}


def session(deliver):
    """Names of the program's processes, and of what they became, by id: also those whose parent has gone."""
    return {p.pid: p.name for p in processes() if p.session == deliver.proc.pid}


def filters(deliver):
    return [n for n in session(deliver).values() if n in ("pdftopdf", "stand-in")]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents(lab, deliver, printer, name):
    """Refused in words, or repaired as everybody does; never half a print, and the next release is as good as ever."""
    data = HOSTILE[name](lab)
    answer = deliver.give(printer.uri(), data, options={"page-ranges": "1-3"}).short(60)
    assert answer in ("held options-failed", "held options-no-pages", "printed")
    if answer == "printed":
        assert len(sheets(lab, got(printer))) <= 3
    else:
        assert set(printer.ops()) == {"Get-Printer-Attributes"}
    assert filters(deliver) == []
    assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1-3"}).short() == "printed"
    assert len(sheets(lab, got(printer))) == 3
    assert "a page" not in deliver.log()


def test_too_large(lab, printer):
    deliver = Deliver(lab, filter_bytes="1m")
    assert deliver.give(printer.uri(), pdf("x", filler=1 << 20), options={"page-ranges": "1"}).short() == "held options-too-big"
    assert deliver.give(printer.uri(), pdf("x", filler=1 << 20)).short() == "printed"


def test_no_filter_there(lab, printer):
    deliver = Deliver(lab, pdf_filter="/nonexistent")
    assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1"}).short() == "held no-deliver"
    assert set(printer.ops()) == {"Get-Printer-Attributes"}
    assert "/nonexistent can't be started" in deliver.log()
    assert deliver.give(printer.uri(), FIVE).short() == "printed"


def test_a_damaged_file_reaches_no_filter(lab, printer):
    deliver = Deliver(lab, pdf_filter="/nonexistent")
    sealed = Sealed(pdf("x", filler=100000))
    sealed.bytes[50000] ^= 1
    assert deliver.give(printer.uri(), sealed=sealed, options={"page-ranges": "1"}, verify_max=0).short() == "damaged damaged"


# ---- in its place a program that tries what it must not ----

@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    path = tmp_path_factory.mktemp("filter") / "stand-in"
    run("gcc", "-O1", "-o", path, TOP / "tests/lib/filter.c")
    for d in (path, *path.parents[:3]):
        d.chmod(d.stat().st_mode | 0o055)
    return path


def test_what_the_filter_can_do(lab, printer, stand_in):
    deliver = Deliver(lab, pdf_filter=stand_in)
    assert deliver.give(printer.uri(), FIVE, options={"number-up": "2"}).short() == "printed"
    told = got(printer).decode().splitlines()
    acts = dict(line.split(" ", 1) for line in told if line.count(" ") == 1 and not line.startswith(("env", "arg")))
    fenced = "EACCES" if landlock() else "worked"
    assert acts == {"inet": "EPERM", "unix": "EPERM", "fork": "EPERM", "create": "EPERM", "tmpfile": "EPERM",
                    "write": "EPERM", "passwd": fenced, "memory": "EACCES", "unlink": "EPERM", "kill": "EPERM", "setsid": "EPERM",
                    "limits": "EPERM", "deathsig": "EPERM", "document": "EPERM", "ignored": "0"}
    assert [x[4:] for x in told if x.startswith("env")] == ["LC_ALL=C.UTF-8", "CHARSET=utf-8", "PATH=/usr/bin"]
    args = [x[4:] for x in told if x.startswith("arg")]
    assert args[:5] == ["pdftopdf", "1", "quoin", "document", "1"] and args[6:] == ["/proc/self/fd/3"]
    assert not pathlib.Path("/tmp/quoin-filter-was-here").exists()


@pytest.mark.parametrize("up, what", [("4", "ended with 9"), ("6", "signal 25"), ("9", "not a PDF"), ("10", "signal 6"), ("12", "signal 31"),
                                      ("8", "ended with 8"), ("15", "or nothing")])
def test_a_filter_that_fails(lab, printer, stand_in, up, what):
    """Out of memory, flooding, no PDF, aborted, doing what is deadly, starting a shell, no result."""
    if up == "8" and not landlock():
        pytest.fail("this kernel has no Landlock")
    deliver = Deliver(lab, pdf_filter=stand_in, filter_bytes="16m")
    assert deliver.give(printer.uri(), FIVE, options={"number-up": up}).short() == "held options-failed"
    assert set(printer.ops()) == {"Get-Printer-Attributes"}
    assert what in deliver.log() and filters(deliver) == []


def held_up(lab, printer, stand_in, **conf):
    """A release whose filter does nothing for ever."""
    deliver = Deliver(lab, pdf_filter=stand_in, **conf)
    d = deliver.give(printer.uri(), FIVE, options={"number-up": "3"})
    wait_for("the filter", lambda: filters(deliver) == ["stand-in"])
    return deliver, d


def test_a_filter_that_does_not_end(lab, printer, stand_in):
    clock = lab.dir / "clock"
    clock.write_text("0 0\n")
    deliver, d = held_up(lab, printer, stand_in, test_clock=clock)
    clock.write_text("0 121000\n")
    assert d.short() == "held options-failed"
    assert filters(deliver) == [] and "not come to an end in 120 s" in deliver.log()
    assert set(printer.ops()) == {"Get-Printer-Attributes"}


@pytest.mark.parametrize("how", ["owner", "core", "stop", "kill"])
def test_the_filter_ends_with_whom_it_is_for(lab, printer, stand_in, how):
    """The owner stops the job, the core goes away, the service is stopped, the worker is killed."""
    deliver, d = held_up(lab, printer, stand_in)
    if how == "owner":
        d.peer.send(Message("deliver.stop", {"job": d.sealed.job}, seq=8))
        assert d.short() == "held stopped"
    elif how == "core":
        d.peer.sock.shutdown(socket.SHUT_RDWR)
    elif how == "stop":
        deliver.proc.send_signal(signal.SIGTERM)
        assert d.short() == "held no-deliver"
    else:
        for pid, name in session(deliver).items():
            if name == "quoin-deliver" and pid != deliver.proc.pid:
                os.kill(pid, signal.SIGKILL)
    wait_for(lambda: f"still there: {filters(deliver)}", lambda: filters(deliver) == [])
    assert set(printer.ops()) == {"Get-Printer-Attributes"}
    if how == "stop":
        deliver.proc.wait(10)
        wait_for("all gone", lambda: not session(deliver))


def test_nothing_is_left_over(lab, deliver, printer):
    """After many releases: as many processes and descriptors as at the start."""
    def now():
        return len(session(deliver)), len(os.listdir(f"/proc/{deliver.proc.pid}/fd"))

    wait_for("an idle worker", lambda: deliver.idle.qsize() == 1)
    before = now()
    for _ in range(20):
        assert deliver.give(printer.uri(), FIVE, options={"page-ranges": "1-2", "number-up": "2"}).short() == "printed"
    wait_for(lambda: f"{before} became {now()}", lambda: deliver.idle.qsize() == 1 and now() == before)


def test_nothing_is_written_to_a_disk(lab, printer):
    """Every file that any of the processes opens, by strace: those with a document are in memory."""
    trace = lab.dir / "trace"
    deliver = Deliver(lab, wrap=("strace", "-f", "-qq", "-o", trace, "-e",
                                 "trace=open,openat,openat2,creat,memfd_create,rename,link,mkdir,mknod,symlink,execve"))
    d = deliver.give(printer.uri(), pdf("mark of the document", pages=3), options={"page-ranges": "2", "number-up": "2"})
    assert d.short(60) == "printed"
    os.kill(min(p for p, name in session(deliver).items() if name == "quoin-deliver"), signal.SIGTERM)
    deliver.proc.wait(20)
    lines = trace.read_text().splitlines()
    made = [x for x in lines if re.search(r"O_WRONLY|O_RDWR|O_CREAT|creat\(|rename|link\(|mkdir|mknod", x) and " = -1 " not in x]
    assert [x for x in made if "/dev/null" not in x] == []
    assert sum("memfd_create(" in x and "document" in x for x in lines) == 5  # document, and twice a result and what was said
    assert sum("execve(" in x and "pdftopdf" in x for x in lines) == 2
    for path in lab.dir.rglob("*"):
        if path.is_file():
            assert b"mark of the document" not in path.read_bytes(), path
