"""deliver.test: a page that a printer takes, or a refusal that says why."""
import pytest

from lib.badprinter import ABORTED, PROCESSING, BadPrinter
from lib.deliver import Deliver
from lib.drivers import QuoinCups
from lib.lab import free_port, run, wait_for
from lib.printer import Printer, hook


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def bad():
    p = BadPrinter()
    yield p
    p.close()


def page(deliver, uri, **more):
    f = deliver.errand("deliver.test", uri, code="test-0011223344", **more)
    return f"{f['outcome']} {f['why']}".strip()


def test_a_page_comes_out(lab, deliver):
    printer = Printer(lab, command=hook(lab, "exit 0\n"))
    assert page(deliver, printer.uri("ipps"), pin=printer.fingerprint()) == "printed"
    wait_for("the page", printer.documents)
    path = printer.documents()[0]
    check = run("qpdf", "--check", path)
    assert "No syntax or stream encoding errors found" in check.stdout, check.stdout
    data = path.read_bytes()
    for text in (b"(Quoin test page)", b"(Device: lab)", b"(Job: test-0011223344)", b"encrypted)"):
        assert text in data, data
    assert b"/MediaBox[0 0 595 842]" in data or b"/MediaBox[0 0 612 792]" in data


@pytest.mark.parametrize("formats, begins", [
    (("image/urf", "application/postscript", "text/plain"), b"%!PS-Adobe-3.0\n"), (("text/plain",), b"Quoin test page\r\n"),
    (("application/pdf", "text/plain"), b"%PDF-1.4\n")])
def test_in_a_format_that_it_takes(deliver, bad, formats, begins):
    bad.facts = {"document-format-supported": ("mime", *formats), "printer-make-and-model": ("text", "A (very) \\odd\n\x1b é printer"),
                 "media-default": ("keyword", "na_letter_8.5x11in")}
    assert page(deliver, bad.uri()) == "printed"
    data = list(bad.jobs.values())[0]["data"]
    assert data.startswith(begins) and b"\x1b" not in data and b"\xc3" not in data
    if begins[:1] == b"%":
        assert b"(Printer: A \\(very\\) \\\\odd?? ? printer)" in data, data


@pytest.mark.parametrize("facts, says", [
    ({"document-format-supported": ("mime", "image/urf", "image/jpeg")}, "held printer-refused-format"),
    ({"operations-supported": ("enum", 2)}, "printed")])
def test_what_can_not_be_made_is_refused(deliver, bad, facts, says):
    bad.facts = facts
    assert page(deliver, bad.uri()) == says


def test_a_printer_that_takes_raster_alone_gets_it_converted(lab, deliver):
    """Exactly as its jobs: with the driver "everywhere", or not at all."""
    printer = Printer(lab, formats="image/pwg-raster", command=hook(lab, "exit 0\n"))
    assert page(deliver, printer.uri()) == "held printer-refused-format"
    assert page(deliver, printer.uri(), driver="everywhere") == "held no-deliver", "there is no quoin-cups"
    assert printer.documents() == [] and 'driver "everywhere"' in deliver.log()
    cups = QuoinCups(lab, deliver.run)
    for n, (scheme, more) in enumerate((("ipp", {}), ("ipps", {"pin": printer.fingerprint()})), 1):
        assert page(deliver, printer.uri(scheme), driver="everywhere", **more) == "printed", deliver.log() + cups.log()
        assert len(printer.documents()) == n and printer.documents()[-1].read_bytes().startswith(b"RaS2")
    cups.empty()


def test_what_goes_wrong_is_said(lab, deliver, bad):
    assert page(deliver, f"ipp://127.0.0.1:{free_port()}/ipp/print") == "held printer-off"
    printer = Printer(lab)
    assert page(deliver, printer.uri("ipps"), pin="00" * 32) == "held printer-certificate"
    assert printer.documents() == []
    bad.end_state, bad.impressions = ABORTED, 0
    assert page(deliver, bad.uri()) == "held printer-error"
    bad.end_state = PROCESSING
    assert page(deliver, bad.uri()) == "printing", "left to the printer"
    assert "Cancel-Job" not in bad.ops()
