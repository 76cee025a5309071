"""quoin-deliver against a real IPP printer (ippeveprinter): what it is given arrives, and what fails says why."""
import hashlib
import os
import pathlib
import signal
import subprocess

import pytest

from lib.badprinter import PROCESSING, BadPrinter
from lib.deliver import Deliver
from lib.lab import landlock, run, wait_for
from lib.printer import Printer, hook

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def pdf(n):
    """n bytes that begin and end like a PDF, and repeat nowhere."""
    middle = b"".join(hashlib.sha256(i.to_bytes(8, "big")).digest() for i in range(n // 32 + 1))
    return (b"%PDF-1.4\n" + middle)[:max(n - 6, 0)] + b"%%EOF\n" if n > 15 else b"%PDF-1.4\n%%EOF"[:n]


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


def received(printer, n=1):
    wait_for("the printer's copy", lambda: len(printer.documents()) >= n)
    return printer.documents()[n - 1].read_bytes()


@pytest.mark.parametrize("scheme", ["ipp", "ipps"])
def test_copy_is_identical(lab, deliver, scheme):
    printer = Printer(lab, command=hook(lab, "echo ATTR: job-impressions-completed=3 >&2\nexit 0\n"))
    more = {"pin": printer.fingerprint()} if scheme == "ipps" else {}
    for n, size in enumerate([1, 16383, 16384, 16385, 20 << 20], 1):
        data = pdf(size)
        d = deliver.give(printer.uri(scheme), data, **more)
        assert d.short() == "printed"
        assert received(printer, n) == data
        assert [m.verb for m in d.events if m.verb != "deliver.progress"] == ["deliver.created", "deliver.sent", "deliver.job"]
        created = d.events[0].fields
        assert created["job"] == d.sealed.job and created["printer_job"] == n
        assert created["printer_uuid"].startswith("urn:uuid:") and created["up_time"] >= 0
    assert d.events[-1].fields["impressions"] == 3


def test_options_arrive(lab, deliver):
    hooked = lab.dir / "options"
    printer = Printer(lab, command=hook(lab, f"env | grep ^IPP_ > {hooked}.new; mv {hooked}.new {hooked}; exit 0\n"))
    options = {"sides": "two-sided-long-edge", "copies": "2", "media": "A4,auto", "print-quality": "high",
               "print-color-mode": "monochrome", "orientation-requested": "landscape", "page-ranges": "1-2,5",
               "no-such-option": "x", "finishings": "none;reboot"}
    d = deliver.give(printer.uri(), PDF, options=options)
    assert d.short() == "printed"
    got = dict(line.split("=", 1) for line in hooked.read_text().splitlines())
    assert got["IPP_SIDES"] == "two-sided-long-edge"
    assert got["IPP_COPIES"] == "2"
    assert got["IPP_MEDIA"] == "iso_a4_210x297mm"
    assert got["IPP_PRINT_QUALITY"] == "high"
    assert got["IPP_PRINT_COLOR_MODE"] == "monochrome"
    assert got["IPP_ORIENTATION_REQUESTED"] == "landscape"
    assert got["IPP_JOB_NAME"] == "Q7F3K2"
    assert got["IPP_JOB_ORIGINATING_USER_NAME"] == "quoin"
    assert "IPP_NO_SUCH_OPTION" not in got
    assert "the printer does not do " in deliver.log() and "no-such-option" in deliver.log()


def test_certificate_from_a_ca(lab, deliver):
    printer = Printer(lab)
    assert deliver.give(printer.uri("ipps"), PDF, ca=str(lab.ca()[0])).short() == "printed"


def other_ca(lab):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", lab.dir / "o.key",
        "-out", lab.dir / "other.crt", "-days", "9", "-subj", "/CN=Other CA")
    return lab.dir / "other.crt"


def test_wrong_certificate_gets_nothing(lab, deliver):
    bad = BadPrinter(tls=lab.ca()[1:])
    lab.closers.append(bad.close)
    ca, other = str(lab.ca()[0]), str(other_ca(lab))
    good = run("openssl", "x509", "-in", lab.ca()[1], "-noout", "-fingerprint", "-sha256").stdout.split("=")[1].strip()
    good = good.replace(":", "").lower()
    for trust in [{"pin": "0" * 64}, {"ca": other}, {"ca": "/nonexistent"}, {}, {"pin": good, "ca": other}, {"ca": ca, "pin": "f" * 64}]:
        assert deliver.give(bad.uri(), PDF, **trust).short() == "held printer-certificate", trust
    assert bad.requests == []
    assert deliver.give(bad.uri(), PDF, pin=good).short() == "printed"
    assert deliver.give(bad.uri(), PDF, ca=ca).short() == "printed"


def test_certificate_of_another_name(lab, deliver):
    """From the right authority, but another printer's."""
    d = lab.ca()[0].parent
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", d / "o.key", "-out", d / "o.csr",
        "-subj", "/CN=127.0.0.1")
    (d / "o.ext").write_text("subjectAltName=DNS:other,IP:127.0.0.9\n")
    run("openssl", "x509", "-req", "-in", d / "o.csr", "-CA", d / "ca.crt", "-CAkey", d / "ca.key", "-CAcreateserial", "-days", "20",
        "-out", d / "o.crt", "-extfile", d / "o.ext")
    bad = BadPrinter(tls=(d / "o.crt", d / "o.key"))
    lab.closers.append(bad.close)
    assert deliver.give(bad.uri(), PDF, ca=str(d / "ca.crt")).short() == "held printer-certificate"
    assert bad.requests == []
    good = BadPrinter(tls=(d / "o.crt", d / "o.key"), host="127.0.0.9")
    lab.closers.append(good.close)
    assert deliver.give(good.uri(), PDF, ca=str(d / "ca.crt")).short() == "printed"


def test_plain_printer_is_not_ipps(lab, deliver):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    assert deliver.give(bad.uri("ipps"), PDF, pin="0" * 64).short() == "held printer-certificate"


def test_printer_off(lab, deliver):
    printer = Printer(lab)
    printer.stop()
    assert deliver.give(printer.uri(), PDF).short() == "held printer-off"
    assert deliver.give("ipp://no-such-host.invalid/ipp/print", PDF).short() == "held printer-off"
    printer.start()
    assert deliver.give(printer.uri(), PDF).short() == "printed"


def test_format_refused(lab, deliver):
    printer = Printer(lab, formats="image/pwg-raster")
    assert deliver.give(printer.uri(), PDF).short() == "held printer-refused-format"
    assert printer.documents() == []


def test_busy_printer_is_waited_for(lab, deliver):
    gate = lab.dir / "gate"
    printer = Printer(lab, command=hook(lab, f"while [ ! -e {gate} ]; do sleep 0.05; done; exit 0\n"))
    first = deliver.give(printer.uri(), PDF)
    wait_for("the first one", lambda: printer.documents())
    second = deliver.give(printer.uri(), PDF + b"2%%EOF")
    wait_for("both", lambda: len(printer.documents()) == 1)
    gate.touch()
    assert first.short() == "printed"
    assert second.short() == "printed"
    assert received(printer, 2) == PDF + b"2%%EOF"


def test_busy_printer_keeps_the_job_held(lab, deliver):
    printer = Printer(lab, command=hook(lab, "sleep 60\n"))
    deliver.give(printer.uri(), PDF)
    wait_for("the first one", lambda: printer.documents())
    assert deliver.give(printer.uri(), PDF).short(40) == "held printer-busy"


@pytest.mark.parametrize("facts", [
    {"printer-state": ("enum", 5)}, {"printer-is-accepting-jobs": ("boolean", False)},
    {"printer-state-reasons": ("keyword", "toner-low-report", "media-jam-error")}])
def test_stopped_printer(lab, deliver, facts):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    bad.facts = facts
    assert deliver.give(bad.uri(), PDF).short() == "held printer-stopped"
    assert bad.ops() == ["Get-Printer-Attributes"]


def test_printer_aborts(lab, deliver):
    printer = Printer(lab, command=hook(lab, "exit 1\n"))
    assert deliver.give(printer.uri(), PDF).short() == "held printer-error"


def tamper(s, at, with_=None):
    if with_ is None:
        s.bytes[at] ^= 1
    else:
        s.bytes[at:] = with_


@pytest.mark.parametrize("what", ["magic", "version", "id", "mac", "salt", "commitment", "first", "tag", "last", "cut", "cut-chunk",
                                  "longer", "swapped", "key", "row-commitment", "row-tags", "row-mac", "row-length"])
def test_tampered_file_never_reaches_a_printer(lab, deliver, what):
    from lib.sealer import Sealed
    bad = BadPrinter()
    lab.closers.append(bad.close)
    s, more = Sealed(pdf(50000)), {}
    chunk = 16384 + 16
    at = {"magic": 0, "version": 9, "id": 16, "mac": 40, "salt": 64, "commitment": 88, "first": 120, "tag": 120 + chunk - 1,
          "last": len(s.bytes) - 20}
    if what in at:
        tamper(s, at[what])
    elif what == "cut":
        del s.bytes[-1:]
    elif what == "cut-chunk":
        del s.bytes[120 + 2 * chunk:]
    elif what == "longer":
        s.bytes += b"x"
    elif what == "swapped":
        a, b = s.bytes[120:120 + chunk], s.bytes[120 + chunk:120 + 2 * chunk]
        s.bytes[120:120 + 2 * chunk] = b + a
    elif what == "key":
        s.key = bytes(32)
    elif what == "row-length":
        more = {"length": 50001}
    else:
        more = {what[4:]: "00" * 32}
    assert deliver.give(bad.uri(), sealed=s, **more).short() == "damaged damaged"
    assert bad.connections == 0


def test_damage_found_on_the_way_cancels(lab, deliver):
    from lib.sealer import Sealed
    bad = BadPrinter()
    lab.closers.append(bad.close)
    s = Sealed(pdf(3 << 20))
    s.bytes[120 + (2 << 20)] ^= 1
    assert deliver.give(bad.uri(), sealed=s, verify_max=1 << 20).short() == "damaged damaged"
    assert "Cancel-Job" in bad.ops() and bad.jobs[41]["state"] == 7 and bad.jobs[41]["data"] is None


def test_one_connection_exact_length(lab, deliver):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    data = pdf(70000)
    assert deliver.give(bad.uri(), data).short() == "printed"
    assert bad.connections == 1
    assert bad.ops()[:4] == ["Get-Printer-Attributes", "Create-Job", "Get-Job-Attributes", "Send-Document"]
    sent = bad.requests[3]
    assert "transfer-encoding" not in sent.fields
    assert sent.length == len(sent.body) and sent.document == data and bad.jobs[41]["data"] == data
    assert sent.attrs["last-document"] == [b"\x01"] and sent.attrs["document-format"] == [b"application/pdf"]
    for q in bad.requests:
        assert q.attrs["requesting-user-name"] == [b"quoin"]
        assert q.line == "POST /ipp/print HTTP/1.1" and q.fields["host"] == f"127.0.0.1:{bad.port}"


def test_no_byte_before_the_core_says_so(lab, deliver):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    seen = []

    def created(d, m):
        seen.append(bad.ops())
        return m.answer("conflict", text="claim is gone")
    deliver.on["deliver.created"] = created
    assert deliver.give(bad.uri(), PDF).short() == "held no-deliver"
    assert "Send-Document" not in bad.ops() and seen[0] == ["Get-Printer-Attributes", "Create-Job", "Get-Job-Attributes"]
    assert bad.ops()[-1] == "Cancel-Job" and bad.jobs[41]["state"] == 7


def test_core_dies_before_created(lab, deliver):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    deliver.on["deliver.created"] = lambda d, m: d.peer.sock.shutdown(2)
    deliver.give(bad.uri(), PDF)
    wait_for("the open job is cancelled", lambda: bad.jobs and bad.jobs[41]["state"] == 7)
    assert "Send-Document" not in bad.ops()


def test_core_dies_while_printing(lab, deliver):
    """The document is finished all the same; the core's recovery finds the rest out."""
    bad = BadPrinter()
    lab.closers.append(bad.close)
    deliver.on["deliver.sent"] = lambda d, m: d.peer.sock.shutdown(2)
    data = pdf(1 << 20)
    deliver.give(bad.uri(), data)
    wait_for("sent", lambda: 41 in bad.jobs and bad.jobs[41]["data"] == data)
    wait_for("another idle worker", lambda: len(children(deliver)) == 1)
    assert "Cancel-Job" not in bad.ops()


def test_core_dies_while_the_printer_prints(lab, deliver):
    """Nobody is left to tell: the process ends, and leaves the printer's job alone."""
    bad = BadPrinter()
    lab.closers.append(bad.close)
    bad.end_state = PROCESSING
    d = deliver.give(bad.uri(), PDF)
    wait_for("it follows", lambda: bad.ops().count("Get-Job-Attributes") > 2)
    busy = children(deliver)
    d.peer.sock.shutdown(2)
    wait_for("it ends", lambda: len(set(busy) & set(children(deliver))) == 1)
    assert "Cancel-Job" not in bad.ops()


def children(deliver):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(deliver.proc.pid)], capture_output=True, text=True).stdout.split()
    return [int(p) for p in out]


def test_one_process_a_release_and_no_more_than_allowed(lab):
    deliver = Deliver(lab, max_deliver="3")
    gate = lab.dir / "gate"
    printers = [Printer(lab, command=hook(lab, f"while [ ! -e {gate} ]; do sleep 0.05; done; exit 0\n")) for _ in range(3)]
    ds, pids = [], set()
    for p in printers:
        wait_for("an idle worker", lambda: not deliver.idle.empty())
        pids |= set(children(deliver))
        ds.append(deliver.give(p.uri(), PDF))
    wait_for("all printing", lambda: all(p.documents() for p in printers))
    pids |= set(children(deliver))
    assert len(pids) == 3 and len(children(deliver)) == 3 and deliver.idle.empty()
    gate.touch()
    assert [d.short() for d in ds] == ["printed"] * 3
    wait_for("they are gone", lambda: not pids & set(children(deliver)))
    wait_for("one waits", lambda: len(children(deliver)) == 1)


def test_sigterm_ends_all(lab, deliver):
    deliver.idle.get(timeout=10)
    deliver.proc.send_signal(signal.SIGTERM)
    assert deliver.proc.wait(5) == 0
    assert children(deliver) == []


def test_sigterm_lets_a_document_end(lab, deliver):
    gate = lab.dir / "gate"
    printer = Printer(lab, command=hook(lab, f"while [ ! -e {gate} ]; do sleep 0.05; done; exit 0\n"))
    d = deliver.give(printer.uri(), PDF)
    wait_for("printing", lambda: printer.documents())
    deliver.proc.send_signal(signal.SIGTERM)
    gate.touch()
    assert d.short() == "printed"
    assert deliver.proc.wait(10) == 0


def test_killed_parent_leaves_no_idle_child(lab, deliver):
    deliver.idle.get(timeout=10)
    child, = children(deliver)
    deliver.proc.kill()
    wait_for("the child is gone", lambda: not pathlib.Path(f"/proc/{child}").exists())


def test_worker_comes_back_when_the_core_does(lab, deliver):
    peer = deliver.idle.get(timeout=10)
    peer.sock.shutdown(2)
    assert deliver.idle.get(timeout=10) is not peer


def test_it_can_not_look_into_other_processes(lab, deliver):
    """The sandbox leaves reading to it; Landlock keeps it from what belongs to a process outside its fence, even as root."""
    printer, ca = Printer(lab, command=hook(lab, "exit 0\n")), str(lab.ca()[0])
    assert deliver.give(printer.uri("ipps"), PDF, ca=f"/proc/self/root{ca}").short() == "printed"
    fenced = "held printer-certificate" if landlock() else "printed"
    for pid in (os.getpid(), deliver.proc.pid):
        assert deliver.give(printer.uri("ipps"), PDF, ca=f"/proc/{pid}/root{ca}").short() == fenced


def test_nothing_of_the_document_in_memory_maps_or_environment(lab, deliver):
    """The child is undumpable: root alone could look, and no core file is written."""
    deliver.idle.get(timeout=10)
    child, = children(deliver)
    status = pathlib.Path(f"/proc/{child}/status").read_text()
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    assert os.stat(f"/proc/{child}/environ").st_uid == 0


@pytest.mark.parametrize("uri", ["http://127.0.0.1/ipp/print", "ipp://user:secret@127.0.0.1/ipp/print", "ipp://127.0.0.1:0/x",
                                 "ipp://127.0.0.1:99999/x", "ipp:///ipp/print", "file:///etc/passwd", "ipp://a b/x", "socket://127.0.0.1"])
def test_strange_addresses(lab, deliver, uri):
    assert deliver.give(uri, PDF).short() == "held printer-error"
