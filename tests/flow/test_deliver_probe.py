"""deliver.probe: what a printer says of itself, and what comes of one that lies, hangs, or is somebody else."""
import re

import pytest

from lib.badprinter import BadPrinter, attribute, http, message
from lib.deliver import Deliver
from lib.lab import free_port, run
from lib.printer import Printer

# What lib/verb-print.h lets an answer hold.
WORDS = {"formats": 40, "sides": 8, "colors": 8, "media": 40, "finishings": 40, "reasons": 32}
TEXTS = {"text": 255, "model": 127, "firmware": 127, "uuid": 127}


def checked(f):
    """An answer that the core would take."""
    for name, most in WORDS.items():
        assert len(f[name]) <= most and all(re.fullmatch(r"[A-Za-z0-9._:@/+-]{1,63}", w) for w in f[name]), (name, f[name])
    for name, most in TEXTS.items():
        assert len(f[name].encode()) <= most and not re.search("[\x00-\x1f\x7f-\x9f]", f[name]), (name, f[name])
    assert len(f["supplies"]) <= 32 and 1 <= f["copies"] <= 9999 and f["accepting"] in (0, 1) and f["create_job"] in (0, 1)
    for s in f["supplies"]:
        assert -3 <= s["level"] <= 100 and len(s["name"].encode()) <= 127 and len(s["kind"]) <= 63, s
    assert re.fullmatch("([0-9a-f]{64})?", f["certificate"]) and f["state"], f
    return f


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def bad():
    p = BadPrinter()
    yield p
    p.close()


@pytest.mark.parametrize("scheme", ["ipp", "ipps"])
def test_what_a_real_printer_is(lab, deliver, scheme):
    printer = Printer(lab)
    more = {"pin": printer.fingerprint()} if scheme == "ipps" else {}
    f = checked(deliver.errand("deliver.probe", printer.uri(scheme), **more))
    assert (f["state"], f["text"], f["accepting"], f["create_job"], f["reasons"]) == ("idle", "", 1, 1, [])
    assert f["certificate"] == (printer.fingerprint() if scheme == "ipps" else "")
    assert {"application/pdf", "image/pwg-raster"} <= set(f["formats"])
    assert f["sides"][0] == "one-sided" and "two-sided-long-edge" in f["sides"]
    assert f["copies"] == 999 and "iso_a4_210x297mm" in f["media"] and "monochrome" in f["colors"]
    assert f["uuid"].startswith("urn:uuid:") and f["model"]
    assert f["supplies"] and all(s["name"] and s["kind"] for s in f["supplies"]), "printer-supply of PWG 5100.13"


def test_a_printer_that_nobody_has_brought_in_shows_its_certificate(lab, deliver):
    printer = Printer(lab)
    f = checked(deliver.errand("deliver.probe", printer.uri("ipps")))
    assert f["state"] == "idle" and f["certificate"] == printer.fingerprint()


@pytest.mark.parametrize("known", [{"pin": "5a" * 32}, {"ca": "other"}, {"pin": "5a" * 32, "ca": "right"}])
def test_another_certificate_is_said_and_nothing_is_read(lab, deliver, known):
    printer = Printer(lab)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", lab.dir / "o.key",
        "-out", lab.dir / "other.crt", "-days", "9", "-subj", "/CN=Other CA")
    files = {"other": str(lab.dir / "other.crt"), "right": str(lab.ca()[0])}
    known = {k: files.get(v, v) for k, v in known.items()}
    f = checked(deliver.errand("deliver.probe", printer.uri("ipps"), **known))
    assert f["state"] == "certificate" and f["certificate"] == printer.fingerprint() and f["text"]
    assert f["formats"] == [] and f["model"] == ""


def test_nobody_there(deliver):
    f = checked(deliver.errand("deliver.probe", f"ipp://127.0.0.1:{free_port()}/ipp/print"))
    assert f["state"] == "away" and "connecting" in f["text"] and f["accepting"] == 0


def test_one_that_speaks_no_tls_is_no_printer_of_ours(deliver, bad):
    f = checked(deliver.errand("deliver.probe", bad.uri("ipps"), pin="00" * 32))
    assert f["state"] == "error" and f["certificate"] == "", f


@pytest.mark.parametrize("facts, state, reasons", [
    ({"printer-state": ("enum", 4)}, "processing", []),
    ({"printer-state": ("enum", 5), "printer-state-reasons": ("keyword", "media-empty-error", "toner-low-warning")}, "stopped",
     ["media-empty-error", "toner-low-warning"]),
    ({"printer-state-reasons": ("keyword", "toner-low-warning")}, "idle", ["toner-low-warning"]),
    ({"printer-state-reasons": ("keyword", "cover-open-error")}, "stopped", ["cover-open-error"]),
    ({"printer-is-accepting-jobs": ("boolean", False)}, "stopped", []),
    ({"printer-state": None}, "error", []), ({"printer-state": ("enum", 77)}, "error", []),
    ({"printer-state": ("keyword", "idle")}, "error", [])])
def test_states(deliver, bad, facts, state, reasons):
    bad.facts = facts
    f = checked(deliver.errand("deliver.probe", bad.uri()))
    assert (f["state"], f["reasons"]) == (state, reasons)


def test_supplies_as_cups_has_them(deliver, bad):
    bad.facts = {"marker-names": ("name", "Black Toner", "Waste", "Fuser"), "marker-types": ("keyword", "toner", "waste-toner", "fuser"),
                 "marker-levels": ("integer", 37, -3, 250), "printer-firmware-string-version": ("text", "7.1", "8")}
    f = checked(deliver.errand("deliver.probe", bad.uri()))
    assert f["firmware"] == "7.1" and f["supplies"] == [
        {"name": "Black Toner", "kind": "toner", "level": 37}, {"name": "Waste", "kind": "waste-toner", "level": -3},
        {"name": "Fuser", "kind": "fuser", "level": 100}]


NASTY = {
    "newlines": "a\r\nSet-Cookie: x\x00\x1b[2J\x9b", "64 KiB": "x" * 32767, "bytes": b"\xff\xfe\xc3(\xed\xa0\x80", "blank": " ", "empty": "",
    "almost": "é" * 200, "markup": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("nasty", NASTY)
def test_hostile_words(deliver, bad, nasty):
    v = NASTY[nasty]
    text = ("printer-make-and-model", "printer-firmware-string-version")
    words = ("sides-supported", "media-supported", "media-default", "print-color-mode-supported", "printer-state-reasons")
    bad.facts = {n: ("text", v) for n in text} | {n: ("keyword", *[v] * 60) for n in words if len(v) < 1000}
    bad.facts |= {"printer-uuid": ("uri", v), "document-format-supported": ("mime", "application/pdf", v),
                  "marker-names": ("name", v, *["n"] * 100), "marker-types": ("keyword", v), "marker-levels": ("integer", -2 ** 31)}
    f = checked(deliver.errand("deliver.probe", bad.uri()))
    assert f["state"] in ("idle", "stopped") and f["formats"] == ["application/pdf"], f


def test_options_that_it_does(deliver, bad):
    does = {"page-ranges-supported": ("boolean", True), "number-up-supported": ("integer", 1, 2), "print-quality-supported": ("enum", 4),
            "print-scaling-supported": ("keyword", "auto", "fit"), "output-bin-supported": ("keyword", "face-up")}
    bad.facts = does
    assert checked(deliver.errand("deliver.probe", bad.uri()))["does"] == [
        "number-up", "output-bin", "page-ranges", "print-quality", "print-scaling"]
    bad.facts = does | {"page-ranges-supported": ("boolean", False), "number-up-supported": ("integer", 1),
                        "print-scaling-supported": ("keyword", "auto"), "output-bin-supported": None, "print-quality-supported": None}
    assert checked(deliver.errand("deliver.probe", bad.uri()))["does"] == []


def test_hostile_numbers_and_kinds(deliver, bad):
    bad.facts = {"copies-supported": ("range", (1, 2 ** 31 - 1)), "finishings-supported": ("enum", 3, 4, 77777, -5, 0, 20),
                 "finishings-default": ("enum", 3), "printer-uuid": ("integer", 5), "marker-levels": ("keyword", "full"),
                 "marker-names": ("integer", 5), "sides-supported": ("boolean", True), "media-supported": ("range", (1, 2)),
                 "operations-supported": ("keyword", "Create-Job"), "printer-make-and-model": ("boolean", True)}
    f = checked(deliver.errand("deliver.probe", bad.uri()))
    assert (f["copies"], f["finishings"], f["sides"], f["supplies"], f["create_job"]) == (9999, ["none", "staple", "staple-top-left"], [], [], 0)


def nested(depth):
    out = attribute("media-col-default", "keyword", "")[:0]
    name = b"media-col-default"
    for i in range(depth):
        n = name if i == 0 else b""
        out += bytes([0x34, 0, len(n)]) + n + b"\0\0" + bytes([0x4a, 0, 0, 0, 1]) + b"m"
    return out + bytes([0x37, 0, 0, 0, 0]) * depth


def test_deep_collections_and_floods_are_no_answer(deliver, bad):
    def deep(p, q, s):
        return http(message(0, q.id, (4, nested(5000))))

    def flood(p, q, s):
        return http(message(0, q.id, (4, attribute("media-supported", "keyword", *(f"m{i}" for i in range(30000))))))

    def endless(p, q, s):
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 999999999\r\n\r\n")
        try:
            while True:
                s.sendall(b"x" * 65536)
        except OSError:
            return None

    def cut(p, q, s):
        return http(p.good(q))[:-7]

    def refuse(p, q, s):
        return http(b"", status=b"401 Unauthorized")

    def busy(p, q, s):
        return http(message(0x0507, q.id))
    for f, state in ((deep, "error"), (flood, "error"), (endless, "error"), (cut, "away"), (refuse, "error"), (busy, "error")):
        bad.on["Get-Printer-Attributes"] = f
        got = checked(deliver.errand("deliver.probe", bad.uri()))
        assert got["state"] == state and got["text"], (f, got)


def test_one_that_hangs_is_away(deliver, bad):
    bad.on["Get-Printer-Attributes"] = lambda p, q, s: s.recv(1)
    f = checked(deliver.errand("deliver.probe", bad.uri()))
    assert f["state"] == "away"


@pytest.mark.parametrize("scheme", ["socket", "lpd"])
def test_a_port_is_all_there_is_to_see(deliver, bad, scheme):
    f = checked(deliver.errand("deliver.probe", f"{scheme}://127.0.0.1:{bad.port}/", driver="raw"))
    assert f["state"] == "unknown" and bad.requests == []
    f = checked(deliver.errand("deliver.probe", f"{scheme}://127.0.0.1:{free_port()}/", driver="raw"))
    assert f["state"] == "away"
