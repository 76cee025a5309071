"""Devices and terminals: brought in by two people, enrolled by a code, tied to a set, over as soon as somebody says so."""
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lib.core import Arrival, Core, Deliver

DEVICE = {"name": "attic", "uri": "ipps://attic/ipp", "location": "Attic", "zone": "east", "custodian": "Dora", "ceiling": "restricted",
          "pin": "00" * 32}
PANEL = {"name": "panel", "device": "hall", "certificate": False, "ceiling": "restricted"}


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.policy["queues"] |= {"*": "confidential", "low": "internal"}
    c.start()
    c.device("hall", uri="ipps://127.0.0.1:1/", pin="00" * 32)
    yield c
    c.stop()


def rows(core, verb, what):
    return {r["name"]: r for r in core.act("dora", verb, {}).fields[what]}


def hello(core, terminal, **secret):
    return core.once("kiosk", "terminal.hello", None, {"terminal": terminal} | secret)


# ---- devices ----

def test_a_device_is_there_only_after_the_second_person(core):
    a = core.propose("device", DEVICE)
    assert a.code == "ok" and a.fields["changes"][:3] == ["new device attic", "uri: ipps://attic/ipp", "location: Attic"], a
    assert "attic" not in rows(core, "device.list", "devices")
    assert core.act("dora", "request.approve", {"id": a.fields["id"], "hash": a.fields["hash"]}).code == "denied", "their own"
    assert core.act("dirk", "request.approve", {"id": a.fields["id"], "hash": a.fields["hash"]}).code == "ok"
    got = rows(core, "device.list", "devices")["attic"]
    assert {k: got[k] for k in DEVICE} == DEVICE and got["state"] == "active" and got["ca"] == ""
    record = core.records("device.set")[-1]
    assert (record["device"], record["custodian"], record["ticket"]) == ("attic", "Dora", "T-1")
    assert [record["person"], record["approver"]] == [core.people["dora"]["id"], core.people["dirk"]["id"]]


DRIVEN = DEVICE | {"pin": None, "uri": "socket://10.0.0.7:9100", "driver": "raw"}
HP = "drv:///hpcups.drv/hp-laserjet_1020.ppd"


@pytest.mark.parametrize("change, effect", [
    ({}, "the link to it is not encrypted"), ({"uri": "lpd://attic/queue"}, "the link to it is not encrypted"),
    ({"uri": "lpd://attic", "driver": HP}, "the link to it is not encrypted"),
    ({"uri": "usb://HP/LaserJet%201020?serial=JL1", "driver": HP}, None),
    ({"uri": "ipp://attic/ipp/print", "driver": "everywhere"}, "the link to it is not encrypted"),
    ({"uri": "ipps://attic/ipp/print", "driver": "everywhere", "pin": "00" * 32}, None),
    ({"uri": "usb://attic", "driver": "lsb/usr/a b.ppd"}, None)])
def test_a_device_with_a_driver_says_what_that_means(core, change, effect):
    document = {k: v for k, v in (DRIVEN | change).items() if v is not None}
    a = core.propose("device", document)
    assert a.code == "ok" and f"driver: {document['driver']}" in a.fields["changes"], a
    said = a.fields["effect"]
    means = "are converted by quoin-cups" if document["driver"] == "everywhere" else "can't be confirmed"
    assert any(means in e for e in said), said
    assert (effect is None and not any("encrypted" in e for e in said)) or any(effect and e.startswith(effect) for e in said), said
    core.decide("device", document)
    got = rows(core, "device.list", "devices")["attic"]
    assert (got["uri"], got["driver"]) == (document["uri"], document["driver"])
    assert core.records("device.set")[-1]["driver"] == document["driver"]


@pytest.mark.parametrize("change, says", [
    ({"driver": None}, "needs a driver"), ({"driver": ""}, "needs a driver"), ({"driver": "laser"}, "lpinfo -m"),
    ({"driver": "everywhere"}, "is for ipp"), ({"driver": "raw", "uri": "ipp://attic/"}, "others are for socket"),
    ({"driver": HP, "uri": "ipps://attic/", "pin": "00" * 32}, "others are for socket"),
    ({"driver": "everywhere", "uri": "ipps://attic/"}, "needs a CA file or the pin"),
    ({"driver": "../etc/passwd"}, "lpinfo -m"), ({"driver": "/etc/passwd"}, "lpinfo -m"), ({"driver": "-x/y"}, "lpinfo -m"),
    ({"driver": "a/../b"}, "lpinfo -m"), ({"driver": "a/b\nc"}, '"driver" is not'), ({"driver": "a/\u00e4"}, "lpinfo -m"),
    ({"driver": "x/" + "y" * 300}, '"driver" is not'), ({"uri": "socket://"}, "without blanks"), ({"uri": "socket:///x"}, "without blanks"),
    ({"uri": "socket://a b"}, "without blanks"), ({"uri": "lpd://user@attic/q"}, "without blanks"), ({"uri": "socket://a'b"}, "without"),
    ({"uri": "serial:/dev/ttyS0"}, "begins with"), ({"uri": "file:///etc/passwd"}, "begins with"), ({"uri": "http://a/"}, "begins with"),
    ({"pin": "5f" * 32}, "would only seem to help"), ({"ca": "/ca.crt"}, "would only seem to help")])
def test_a_driver_that_makes_no_sense_is_not_proposed(core, change, says):
    a = core.propose("device", {k: v for k, v in (DRIVEN | change).items() if v is not None})
    assert a.code == "invalid" and says in a.text, a


@pytest.mark.parametrize("change, says", [
    ({"custodian": None}, 'needs "custodian"'), ({"location": None}, 'needs "location"'), ({"custodian": ""}, '"custodian" is not'),
    ({"location": ""}, '"location" is not'), ({"uri": "http://attic"}, "ipp:// or ipps://"), ({"pin": None}, "CA file or the pin"),
    ({"ceiling": "secret"}, "there is no class secret"), ({"pin": "00" * 31}, "64 hex digits"), ({"name": "a b"}, '"name" is not'),
    ({"owner": "me"}, "members that nobody knows"), ({"zone": 7}, '"zone" is not'), ({"name": "x" * 64}, '"name" is not')])
def test_a_device_that_makes_no_sense_is_not_proposed(core, change, says):
    a = core.propose("device", {k: v for k, v in (DEVICE | change).items() if v is not None})
    assert a.code == "invalid" and says in a.text, a


def test_a_change_says_what_was(core):
    core.terminal()
    hall = {"name": "hall", "uri": "ipps://127.0.0.1:1/", "location": "Hall", "custodian": "Dora", "ceiling": "restricted",
            "pin": "00" * 32}
    a = core.propose("device", hall | {"ceiling": "public", "zone": "west"}, dry=1)
    assert a.fields["changes"] == ["zone: west, was none", "ceiling: public, was restricted"], a
    assert a.fields["effect"] == ["it serves terminal panel"] and a.fields["id"] == ""
    a = core.propose("device", hall)
    assert (a.code, a.text) == ("conflict", "device hall is like that already")


def test_a_retired_device_prints_nothing_and_its_terminals_are_nobody(core):
    core.device("attic", uri="ipps://attic/", pin="00" * 32)
    who, other = core.kiosk(), core.kiosk("bob", core.terminal("p2", "attic", devices=["hall"]))
    job = Arrival(core, owner="bob").hold()
    a = core.propose("device.retire", {"name": "hall"}, dry=1)
    assert a.fields["effect"] == ["nothing is released on it any more", "terminal panel is revoked", "terminal p2 prints on it no more"]
    core.decide("device.retire", {"name": "hall"})
    assert core.jobs_code(who) == "denied" and hello(core, who["terminal"]).code == "denied"
    assert [r["reason"] for r in core.records("terminal.set") if r["state"] == "revoked"] == ["its device was retired"]
    devices = rows(core, "device.list", "devices")
    assert devices["hall"]["state"] == "retired" and devices["attic"]["state"] == "active", "the row stays"
    assert [d["name"] for d in hello(core, other["terminal"]).fields["devices"]] == ["attic"]
    a = core.once("kiosk", "job.release", {"jobs": [job], "idem": "i" * 20, "device": "hall"}, other)
    assert a.fields["jobs"][0]["why"] == "other-device"
    assert core.propose("device.retire", {"name": "hall"}).code == "conflict"
    assert core.propose("device.retire", {"name": "cellar"}).code == "invalid"
    assert core.propose("terminal", PANEL).code == "conflict", "a terminal at a retired device"
    assert core.act("dora", "terminal.code", {"name": "panel"}).code == "conflict", "revoked"


# ---- terminals ----

@pytest.mark.parametrize("change, code, says", [
    ({"device": "cellar"}, "invalid", "there is no device cellar"), ({"devices": ["cellar"]}, "invalid", "there is no device cellar"),
    ({"devices": ["hall"]}, "invalid", "there twice"), ({"certificate": "yes"}, "invalid", '"certificate" is not'),
    ({"certificate": None}, "invalid", 'needs "certificate"'), ({"ceiling": "secret"}, "invalid", "there is no class"),
    ({"devices": "hall"}, "invalid", '"devices" is not'), ({"code": "A"}, "invalid", "members that nobody knows")])
def test_a_terminal_that_makes_no_sense_is_not_proposed(core, change, code, says):
    a = core.propose("terminal", {k: v for k, v in (PANEL | change).items() if v is not None})
    assert a.code == code and says in a.text, a


def test_a_new_code_leaves_the_old_credential_until_it_is_used(core):
    old = core.terminal()
    code = core.code()
    assert hello(core, old).code == "ok"
    new = core.once("kiosk", "terminal.enrol", None, {"code": code}).secret["terminal"]
    assert (hello(core, old).code, hello(core, new).code) == ("denied", "ok")
    core.code()
    last = core.code()
    assert rows(core, "terminal.list", "terminals")["panel"]["state"] == "enrolled"
    assert core.once("kiosk", "terminal.enrol", None, {"code": last}).code == "ok"


def test_no_code_before_the_second_person(core):
    a = core.propose("terminal", PANEL)
    assert core.act("dora", "terminal.code", {"name": "panel"}).code == "not-found"
    assert core.act("sam", "request.approve", {"id": a.fields["id"], "hash": a.fields["hash"]}).code == "ok"
    assert rows(core, "terminal.list", "terminals")["panel"] == {"name": "panel", "device": "hall", "devices": [], "state": "waiting",
                                                                "certificate": 0, "ceiling": "restricted"}
    assert core.code()


def test_revoking_ends_sessions_there_and_takes_two_people_back(core):
    who = core.kiosk()
    assert core.act("oscar", "terminal.revoke", {"name": "panel", "reason": "x"}).code == "denied"
    assert core.act("dora", "terminal.revoke", {"name": "panel", "reason": "stolen"}).code == "ok"
    assert core.jobs_code(who) == "denied"
    assert core.sql("select count(*) from session where terminal is not null") == [(0,)]
    record = core.records("terminal.set")[-1]
    assert (record["state"], record["reason"]) == ("revoked", "stolen")
    assert core.act("dora", "terminal.code", {"name": "panel"}).code == "conflict"
    a = core.propose("terminal", PANEL, dry=1)
    assert a.fields["changes"] == ["state: waiting for a code, was revoked"]
    assert core.terminal() and hello(core, who["terminal"]).code == "denied"
    assert core.act("dora", "terminal.revoke", {"name": "none", "reason": "x"}).code == "not-found"


def test_a_cookie_alone_releases_only_up_to_internal_unless_two_people_say_more(core):
    who = core.kiosk(terminal=core.terminal(ceiling="internal"))
    low, high = Arrival(core, queue="low").hold(), Arrival(core).hold()
    assert [r["why"] for r in core.release(who, low, high).fields["jobs"]] == ["", "terminal-ceiling"]
    assert [r["reason"] for r in core.records("job.release.denied")] == ["terminal-ceiling"]
    core.decide("terminal", {k: v for k, v in PANEL.items() if k != "ceiling"} | {"name": "p2"})
    assert rows(core, "terminal.list", "terminals")["p2"]["ceiling"] == "internal"
    a = core.propose("terminal", PANEL, dry=1)
    assert a.fields["changes"] == ["ceiling: restricted, was internal"]
    assert "only a cookie proves that it is this terminal, and yet it releases more than internal" in a.fields["effect"]


def test_a_terminal_prints_on_its_set_and_nowhere_else(core):
    for name in ("attic", "cellar"):
        core.device(name, uri=f"ipps://{name}/", pin="00" * 32)
    who = core.kiosk(terminal=core.terminal(devices=["attic"]))
    assert hello(core, who["terminal"]).fields["devices"] == [{"name": "hall", "location": "Hall"}, {"name": "attic", "location": "Hall"}]
    assert rows(core, "terminal.list", "terminals")["panel"]["devices"] == ["attic"]
    job = Arrival(core).hold()
    for device, why in (("cellar", "other-device"), ("nowhere", "other-device")):
        a = core.once("kiosk", "job.release", {"jobs": [job], "idem": device[0] * 20, "device": device}, who)
        assert a.fields["jobs"][0]["why"] == why and core.state(job) == "held"
    d = Deliver(core)
    a = core.once("kiosk", "job.release", {"jobs": [job], "idem": "k" * 20, "device": "attic"}, who)
    assert a.fields["jobs"][0]["code"] == "ok"
    assert d.work().fields["device"] == "attic"
    assert core.records("job.release.authorized")[-1]["device"] == "attic"
    core.decide("terminal", PANEL)
    assert core.jobs_code(who) == "denied", "it is another terminal now: whoever was logged in logs in again"
    assert [d["name"] for d in hello(core, who["terminal"]).fields["devices"]] == ["hall"]


# ---- client certificates ----

def key_pair():
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return key, point.hex()


def certified(core, name="panel"):
    """An approved terminal that needs a certificate, its certificate and its SHA-256."""
    core.decide("terminal", {"name": name, "device": "hall", "certificate": True})
    a = core.act("dora", "terminal.certify", {"name": name, "point": key_pair()[1]})
    assert a.code == "ok", a
    der = bytes.fromhex(a.fields["certificate"])
    return der, hashlib.sha256(der).digest()


def test_a_certificate_holds_only_what_is_needed(core):
    core.decide("terminal", {"name": "panel", "device": "hall", "certificate": True})
    key, point = key_pair()
    a = core.act("dora", "terminal.certify", {"name": "panel", "point": point})
    leaf = x509.load_der_x509_certificate(bytes.fromhex(a.fields["certificate"]))
    ca = x509.load_der_x509_certificate(bytes.fromhex(a.fields["ca"]))
    assert leaf.public_key().public_numbers() == key.public_key().public_numbers() and leaf.issuer == ca.subject
    ca.public_key().verify(leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    ca.public_key().verify(ca.signature, ca.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    assert leaf.subject.rfc4514_string() == "CN=panel" and ca.subject.rfc4514_string().startswith("CN=Quoin terminals ")
    assert [o.dotted_string for o in leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == ["1.3.6.1.5.5.7.3.2"]
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (leaf.not_valid_after - leaf.not_valid_before).days == 730 and leaf.serial_number.bit_length() > 120
    assert core.sql("select certificate from terminal") == [(hashlib.sha256(bytes.fromhex(a.fields["certificate"])).digest(),)]
    assert core.records("terminal.set")[-1]["state"] == "certified"
    core.restart()
    again = core.once("kiosk", "kiosk.ca").fields["ca"]
    again = x509.load_der_x509_certificate(bytes.fromhex(again)).public_key().public_numbers()
    assert again == ca.public_key().public_numbers(), "the same authority after a restart"


@pytest.mark.parametrize("point", ["04" + "00" * 64, "05" + "11" * 64])
def test_a_key_that_is_none_gets_no_certificate(core, point):
    core.decide("terminal", {"name": "panel", "device": "hall", "certificate": True})
    assert core.act("dora", "terminal.certify", {"name": "panel", "point": point}).code == "invalid"
    assert core.sql("select certificate from terminal") == [(None,)]


def test_only_a_terminal_approved_for_it_gets_one(core):
    core.terminal()
    assert core.act("dora", "terminal.certify", {"name": "panel", "point": key_pair()[1]}).code == "conflict"
    assert core.act("dora", "terminal.certify", {"name": "none", "point": key_pair()[1]}).code == "not-found"
    assert core.act("oscar", "terminal.certify", {"name": "panel", "point": key_pair()[1]}).code == "denied"
    core.decide("terminal", {"name": "p2", "device": "hall", "certificate": True})
    a = core.act("dora", "terminal.code", {"name": "p2"})
    assert a.code == "conflict" and "no client certificate yet" in a.text, "it could never enrol"


def test_token_and_certificate_are_both_needed(core):
    _, mine = certified(core)
    _, others = certified(core, "p2")
    code = core.code()
    for secret in ({}, {"certificate": others}, {"certificate": b"\0" * 32}, {"certificate": b"short"}):
        assert core.once("kiosk", "terminal.enrol", None, {"code": code} | secret).code == "denied"
    token = core.once("kiosk", "terminal.enrol", None, {"code": code, "certificate": mine}).secret["terminal"]
    for secret in ({}, {"certificate": others}, {"certificate": b"\0" * 32}):
        assert hello(core, token, **secret).code == "denied"
    stolen = [r for r in core.records("auth.denied") if r["reason"] == "terminal-certificate"]
    assert [r["source"] for r in stolen] == ["terminal:panel"], "the first at once, the others counted"
    assert hello(core, b"\1" * 32, certificate=mine).code == "denied", "a certificate without the token"
    assert hello(core, token, certificate=mine).code == "ok"
    who = {"terminal": token, "certificate": mine}
    a = core.once("kiosk", "login.password", {"login": "alice"}, who | {"password": b"pw-alice"})
    session = {"session": a.secret["session"]}
    assert core.once("kiosk", "job.list", {"limit": 5}, who | session).code == "ok"
    assert core.once("kiosk", "job.list", {"limit": 5}, {"terminal": token} | session).code == "denied"
    high = Arrival(core).hold()
    assert core.release(who | session, high).fields["jobs"][0]["why"] == "", "no ceiling but its device's"
    _, new = certified(core)
    assert hello(core, token, certificate=mine).code == "denied" and hello(core, token, certificate=new).code == "denied"
    assert core.once("kiosk", "terminal.enrol", None, {"code": core.code(), "certificate": new}).code == "ok"
    assert core.act("dora", "terminal.revoke", {"name": "panel", "reason": "x"}).code == "ok"
    assert core.sql("select certificate, token from terminal where name = 'panel'") == [(None, None)]


def test_a_cookie_terminal_may_show_any_certificate(core):
    token = core.terminal()
    assert hello(core, token, certificate=b"\7" * 32).code == "ok"
    core.decide("terminal", {"name": "panel", "device": "hall", "certificate": True})
    assert hello(core, token, certificate=b"\7" * 32).code == "denied", "it needs its own from now on"
