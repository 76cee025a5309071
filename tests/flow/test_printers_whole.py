"""Real printers in a real Quoin: brought in by asking them, watched, and refused when they are somebody else."""
import json
import re

import pytest

from lib import directory
from lib.lab import run, wait_for
from lib.printer import Printer, hook
from lib.quoin import Quoin
from lib.web import Browser


@pytest.fixture
def q(lab):
    it = Quoin(lab, directory=directory.demo(lab), conf={"device-poll": "5s"})
    it.start()
    yield it
    it.stop()


def add(q, name, uri, *more):
    """As dora adds it with quoinctl, and sam approves."""
    words = ["--location", "Hall", "--custodian", "Dora", "--ceiling", "restricted", "--ticket", "T-1", *more]
    a = q.role("dora", "device", "add", name, uri, *words)
    q.role("sam", "request", "approve", a["id"], "--hash", a["hash"], "--yes")
    return a


def show(q, name):
    return q.role("dora", "device", "show", name)


def status(q, name):
    d = show(q, name)["device"][0]
    return d["status"], d["why"]


def records(q, event):
    rows = [json.loads(r[0]) for r in q.sql("select entry from audit order by seq")]
    return [r for r in rows if r["ev"] == event]


def test_a_printer_comes_in_is_watched_and_replaced(lab, q):
    printer = Printer(lab, command=hook(lab, "exit 0\n"))
    a = add(q, "hall", printer.uri("ipps"), "--pin-found")
    assert f"pin: {printer.fingerprint()}" in a["changes"], "the one that was seen when it was added"
    assert records(q, "device.probed")[0]["certificate"] == printer.fingerprint()
    wait_for("asked by the clock", lambda: status(q, "hall") == ("ready", ""))
    facts = show(q, "hall")["facts"][0]
    assert facts["certificate"] == printer.fingerprint() and "application/pdf" in facts["formats"] and facts["supplies"]

    assert q.role("dora", "device", "test", "hall") == {"outcome": "printed", "why": ""}
    assert b"(Device: hall)" in printer.documents()[0].read_bytes()
    assert records(q, "device.tested")[0]["outcome"] == "printed"

    printer.stop()
    wait_for("away", lambda: status(q, "hall") == ("away", "printer-off"), 30)
    assert re.search(r"device hall: away, was (idle|processing): connecting", q.log())

    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
        printer.keys / "localhost.key", "-out", printer.keys / "localhost.crt", "-days", "9", "-subj", "/CN=localhost")
    printer.start()
    assert q.role("dora", "device", "probe", "hall")["state"] == "certificate"
    assert status(q, "hall") == ("certificate", "printer-certificate")
    got = records(q, "device.suspect")
    assert [(r["device"], r["certificate"]) for r in got] == [("hall", printer.fingerprint())]
    assert q.role("dora", "device", "test", "hall", check=False).returncode == 1 and len(printer.documents()) == 1, "nothing is sent"

    a = q.role("dora", "device", "add", "hall", printer.uri("ipps"), "--location", "Hall", "--custodian", "Dora", "--ceiling", "restricted",
               "--pin-found", "--ticket", "T-2")
    assert any(f"pin: {printer.fingerprint()}, was" in c for c in a["changes"])
    q.role("sam", "request", "approve", a["id"], "--hash", a["hash"], "--yes")
    wait_for("itself again", lambda: status(q, "hall") == ("ready", ""))


def test_the_console_asks_and_tests(lab, q):
    printer = Printer(lab, command=hook(lab, "exit 0\n"))
    add(q, "hall", printer.uri("ipps"), "--pin-found")
    b = Browser(q.site("console"))
    b.get("/admin/login")
    page = b.submit("/admin/login", [("login", "dora"), ("password", directory.password("dora"))])
    assert page.status == 200, page.plain
    b.get("/admin/printer?name=hall")
    page = b.submit("/admin/printer/ask", [])
    assert "It was asked just now." in page.plain and "Ready" in page.plain and printer.fingerprint() in page.plain
    assert "the one it was approved with" in page.plain and "<meter" in page.text
    assert "The test page is printed." in b.submit("/admin/printer/test", []).plain
    assert len(printer.documents()) == 1
    printer.stop()
    page = b.submit("/admin/printer/test", [])
    assert "is off or can't be reached" in page.plain.replace("&#39;", "'"), page.plain


def test_many_printers_are_watched_and_one_that_hangs_holds_up_nobody(lab, q):
    from lib.badprinter import BadPrinter
    stuck, fine = BadPrinter(), [BadPrinter() for _ in range(12)]
    stuck.on["Get-Printer-Attributes"] = lambda p, r, s: s.recv(1)
    try:
        for i, p in enumerate([stuck, *fine]):
            q.device(f"d{i}", p.uri())
        wait_for("all known", lambda: all(status(q, f"d{i}")[0] == "ready" for i in range(1, 13)), 60)
        fine[3].facts = {"printer-state": ("enum", 5), "printer-state-reasons": ("keyword", "media-jam-error")}
        wait_for("the jam", lambda: status(q, "d4") == ("stopped", "paper-jam"), 30)
        assert status(q, "d0") == ("away", "printer-off")
    finally:
        for p in [stuck, *fine]:
            p.close()
