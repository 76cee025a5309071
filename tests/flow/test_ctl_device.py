"""quoinctl device and terminal, against a scripted core: what is proposed, shown, kept in files."""
import json
import os

import pytest

from lib.lab import BUILD, run
from lib.wire import FakeCore

CTL = BUILD / "ctl/quoinctl"
TOKEN = bytes(range(32))
PROPOSED = {"id": "0190b1b2-c3d4-7e5f-8a9b-000000000001", "hash": "ab" * 32, "expires": 1_795_278_000_000,
            "approvers": ["security", "device-admin"], "changes": ["new device p1"], "effect": ["no terminal prints on it yet"]}
DEVICE = {"name": "p1", "uri": "ipps://p1/ipp", "location": "hall", "zone": "east", "custodian": "Dora", "ceiling": "internal", "ca": "",
          "pin": "00" * 32, "driver": "", "plain_until": 0, "plain_reason": "", "state": "active", "status": "ready", "why": ""}
TERMINAL = {"name": "t1", "device": "p1", "devices": ["p2"], "state": "enrolled", "certificate": 0, "ceiling": "internal"}


@pytest.fixture
def core(lab):
    for d in ("run", "xdg"):
        (lab.dir / d).mkdir(mode=0o700)
    (lab.dir / "xdg/quoin").mkdir(mode=0o700)
    session = lab.dir / "xdg/quoin/session"
    session.write_text(TOKEN.hex() + "\n")
    session.chmod(0o600)
    conf = lab.dir / "quoin.conf"
    conf.write_text(f'run-dir = "{lab.dir}/run"\n')
    answers = {"request.propose": lambda m: m.answer(fields=PROPOSED)}
    it = FakeCore(lab.dir / "run/ctl.sock", lambda peer, m: answers.get(m.verb, lambda m: m.answer())(m))
    it.answers, env = answers, {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(lab.dir / "xdg")}
    env |= {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
    it.ctl = lambda *a, **kw: run(CTL, "-c", conf, *a, env=env, **kw)
    yield it
    it.close()


FULL = ["--location", "hall", "--custodian", "Dora", "--ceiling", "internal"]


@pytest.mark.parametrize("words, operation, document", [
    (["device", "propose", "p1", "ipps://p1/ipp", *FULL, "--zone", "east", "--pin", "00" * 32], "device",
     {k: DEVICE[k] for k in ("name", "uri", "location", "zone", "custodian", "ceiling", "pin")}),
    (["device", "propose", "p1", "ipp://p1/", *FULL, "--plain-until", "2027-05-01", "--plain-reason", "old tray"], "device",
     {"name": "p1", "uri": "ipp://p1/", "location": "hall", "custodian": "Dora", "ceiling": "internal", "plain-until": "2027-05-01",
      "plain-reason": "old tray"}),
    (["device", "propose", "p1", "ipp://p1/", *FULL], "device",
     {"name": "p1", "uri": "ipp://p1/", "location": "hall", "custodian": "Dora", "ceiling": "internal"}),
    (["device", "retire", "p1"], "device.retire", {"name": "p1"}),
    (["terminal", "propose", "t1", "p1"], "terminal", {"name": "t1", "device": "p1", "devices": [], "certificate": False}),
    (["terminal", "propose", "t1", "p1", "--device", "p2", "--device", "p3", "--certificate", "--ceiling", "public"], "terminal",
     {"name": "t1", "device": "p1", "devices": ["p2", "p3"], "certificate": True, "ceiling": "public"}),
])
def test_words_become_a_document(core, words, operation, document):
    p = core.ctl(*words, "--ticket", "CHG-7")
    m = core.seen[0]
    assert (m.verb, m.fields["operation"], json.loads(m.fields["document"])) == ("request.propose", operation, document)
    assert (m.fields["ticket"], m.fields["dry"], m.secret) == ("CHG-7", 0, {"session": TOKEN})
    assert "  new device p1" in p.stdout and "Request 0190b1b2" in p.stdout and "security device-admin" in p.stdout
    core.ctl(*words, "--dry-run")
    assert core.seen[1].fields["dry"] == 1


@pytest.mark.parametrize("words", [
    ["device", "propose", "p1", "ipp://p1/", *FULL], ["device", "propose", "p1", *FULL, "--ticket", "T"], ["device", "retire", "p1"],
    ["device", "propose", "p1", "ipp://p1/", *FULL[2:], "--ticket", "T"],
    ["device", "propose", "p1", "ipp://p1/", *FULL[:-2], "--ticket", "T"],
    ["device", "propose", "p1", "ipp://p1/", *FULL[:2], *FULL[4:], "--ticket", "T"], ["terminal", "propose", "t1", "--ticket", "T"],
    ["terminal", "propose", "t1", "p1"], ["terminal", "revoke", "t1"], ["terminal", "code"], ["terminal", "certify"],
    ["device", "list", "x"], ["terminal", "list", "x"],
    ["device", "add", "p1", *FULL, "--ticket", "T"], ["device", "probe"], ["device", "probe", "p1", "--pin", "00"], ["device", "show"],
    ["device", "test", "a", "b"]])
def test_a_word_too_few_is_said_and_asks_nothing(core, words):
    p = core.ctl(*words, check=False)
    assert p.returncode == 2 and "usage: quoinctl" in p.stderr and not core.seen


def test_lists_page_by_page(core):
    def devices(m):
        first = "after" not in m.fields
        return m.answer(fields={"devices": [DEVICE | {"name": "p1" if first else "p2", "pin": "" if first else "00" * 32,
                                                     "zone": "east" if first else "", "status": "ready" if first else "stopped",
                                                     "why": "" if first else "paper-jam", "plain_until": 0 if first else 1_795_305_600_000,
                                                     "plain_reason": "" if first else "old tray"}], "more": int(first)})
    core.answers["device.list"] = devices
    core.answers["terminal.list"] = lambda m: m.answer(fields={"terminals": [TERMINAL, TERMINAL | {
        "name": "t2", "devices": [], "certificate": 1, "ceiling": "", "state": "waiting"}], "more": 0})
    text = core.ctl("device", "list").stdout
    assert [m.fields for m in core.seen] == [{}, {"after": "p1"}]
    assert "p1               active   ready       internal      ipps://p1/ipp" in text
    assert "    at hall, zone east, custodian Dora\n" in text and "    at hall, custodian Dora, certificate pinned\n" in text
    assert "    paper-jam\n    in clear until 2026-11-22 00:00 UTC: old tray\n" in text or "allowed only until" in text
    assert [d["name"] for d in json.loads(core.ctl("--json", "device", "list").stdout)] == ["p1", "p2"]
    text = core.ctl("terminal", "list").stdout.splitlines()
    assert text[0].split() == ["t1", "enrolled", "p1", "cookie", "alone"]
    assert text[1:3] == ["    releases up to internal", "    also prints on p2"]
    assert text[3].endswith("client certificate, as high as its device")
    core.answers["device.list"] = lambda m: m.answer(fields={"devices": [], "more": 0})
    assert core.ctl("device", "list").stdout == "There are no devices.\n"


def test_a_code_is_shown_once_and_an_end_has_a_reason(core):
    core.answers["terminal.code"] = lambda m: m.answer(secret={"code": b"ABCDEFGHJKMNPQRSTVWX"})
    assert core.ctl("terminal", "code", "t1").stdout.splitlines()[0] == "ABCDEFGHJKMNPQRSTVWX"
    assert json.loads(core.ctl("--json", "terminal", "code", "t1").stdout) == {"name": "t1", "code": "ABCDEFGHJKMNPQRSTVWX"}
    assert core.ctl("terminal", "revoke", "t1", "--reason", "stolen").stdout == "Terminal revoked.\n"
    assert core.seen[-1].fields == {"name": "t1", "reason": "stolen"} and core.seen[-1].secret == {"session": TOKEN}


@pytest.mark.parametrize("answer", [{"certificate": "00", "ca": "00"}, {"certificate": "3000", "ca": "ffff"}])
def test_no_file_from_what_is_no_certificate(core, lab, answer):
    core.answers["terminal.certify"] = lambda m: m.answer(fields=answer)
    p = core.ctl("terminal", "certify", "t1", "--out", lab.dir / "t1.p12", check=False)
    assert p.returncode == 1 and "no certificate that can be used" in p.stderr and not (lab.dir / "t1.p12").exists()
    assert core.seen[0].fields["point"].startswith("04") and len(core.seen[0].fields["point"]) == 130


FACTS = {"state": "idle", "text": "", "accepting": 1, "reasons": ["toner-low-warning"], "model": "Lab 3000\x1b"[:8], "firmware": "1.2",
         "uuid": "", "certificate": "ab" * 32, "create_job": 1, "formats": ["application/pdf"], "copies": 99, "sides": ["one-sided"],
         "colors": [], "media": ["iso_a4_210x297mm", "na_letter_8.5x11in"], "finishings": [],
         "supplies": [{"name": "Black", "kind": "toner", "level": 37}, {"name": "Waste", "kind": "waste-toner", "level": -3},
                      {"name": "Drum", "kind": "opc", "level": -2}]}
ADD = ["device", "add", "p1", "ipps://p1/ipp", *FULL]


def proposed(core):
    return [json.loads(m.fields["document"]) for m in core.seen if m.verb == "request.propose"]


def test_a_printer_is_asked_before_it_is_proposed(core):
    core.answers["device.probe"] = lambda m: m.answer(fields=FACTS)
    p = core.ctl(*ADD, "--pin-found", "--ticket", "T")
    assert core.seen[0].fields == {"uri": "ipps://p1/ipp"} and proposed(core)[0]["pin"] == "ab" * 32
    for line in ("Certificate   " + "ab" * 32, "Model         Lab 3000", "Paper         iso_a4_210x297mm, na_letter_8.5x11in",
                 "Reasons       toner-low-warning", "    Black                    toner        37 %", "some is left", "not known"):
        assert line in p.stdout, p.stdout
    for word, done in (("yes\n", True), ("y\n", False), ("", False)):
        n = len(proposed(core))
        p = core.ctl(*ADD, "--ticket", "T", input=word, check=False)
        assert (p.returncode == 0, len(proposed(core)) - n) == (done, int(done)) and "Is " + "ab" * 32 in p.stdout
    p = core.ctl("--json", *ADD, "--ticket", "T", check=False)
    assert p.returncode == 1 and "--pin-found" in p.stderr, "a script has to say so"
    n = len(core.seen)
    core.ctl(*ADD, "--pin", "cd" * 32, "--ticket", "T")
    assert core.seen[n].fields == {"uri": "ipps://p1/ipp", "pin": "cd" * 32} and proposed(core)[-1]["pin"] == "cd" * 32


@pytest.mark.parametrize("said, says", [
    ({"state": "certificate"}, "which is not the one that was given"), ({"state": "away", "text": "connecting: refused"}, "--no-probe"),
    ({"state": "error", "text": "TLS"}, "as a printer does: TLS"), ({"certificate": ""}, "showed no certificate")])
def test_what_is_no_printer_is_not_proposed(core, said, says):
    core.answers["device.probe"] = lambda m: m.answer(fields=FACTS | said)
    p = core.ctl(*ADD, "--pin-found", "--ticket", "T", check=False)
    assert p.returncode == 1 and says in p.stderr and proposed(core) == [], p.stderr
    core.ctl(*ADD, "--pin", "cd" * 32, "--no-probe", "--ticket", "T")
    assert len(proposed(core)) == 1


def test_one_device_and_its_test_page(core):
    core.answers["device.show"] = lambda m: m.answer(fields={"device": [DEVICE | {"status": "stopped", "why": "paper-empty"}],
                                                             "asked": 1_795_278_000_000, "answered": 0, "facts": [FACTS]})
    text = core.ctl("device", "show", "p1").stdout
    assert "Status        active, stopped (paper-empty)" in text and "answered - UTC" in text and "Firmware      1.2" in text
    assert json.loads(core.ctl("--json", "device", "show", "p1").stdout)["facts"] == [FACTS]
    core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "printed", "why": ""})
    assert core.ctl("device", "test", "p1").stdout == "The test page is printed.\n"
    core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "held", "why": "printer-off"})
    p = core.ctl("device", "test", "p1", check=False)
    assert p.returncode == 1 and p.stderr.endswith("held, printer-off\n")
    core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "held", "why": "printer-refused-format"})
    assert 'needs the driver "everywhere"' in core.ctl("device", "test", "p1", check=False).stderr
    core.answers["device.probe"] = lambda m: m.answer(fields=FACTS)
    core.ctl("device", "probe", "p1"), core.ctl("device", "probe", "socket://p1", "--driver", "everywhere")
    assert [m.fields for m in core.seen[-2:]] == [{"name": "p1"}, {"uri": "socket://p1", "driver": "everywhere"}]
