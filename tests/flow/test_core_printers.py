"""How the core comes to know its printers: asked in turn, at once when somebody stands there, by an administrator; who is near."""
import time

import pytest

from lib import policy
from lib.core import FACTS, Arrival, Core, Prober
from lib.lab import wait_for

DAY = 24 * 3600 * 1000

PIN = {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32}


@pytest.fixture
def core(lab):
    c = Core(lab, {"device-poll": "1h"})
    c.policy["queues"] |= {"*": "internal"}
    c.start()
    yield c
    c.stop()


def near(core, who, **fields):
    a = core.once("kiosk", "device.near", fields, who)
    assert a.code == "ok", a
    return a.fields["devices"]


def state(core, name):
    a = core.act("dora", "device.show", {"name": name})
    assert a.code == "ok", a
    d = a.fields["device"][0]
    return d["status"], d["why"]


def is_known(core, name, status):
    wait_for(lambda: f"{name}: {state(core, name)}", lambda: state(core, name)[0] == status)


# ---- asked by the clock ----

def test_a_new_device_is_asked_soon_and_shown(core):
    Prober(core).printers["hall"] = {"supplies": [{"name": "Black", "kind": "toner", "level": 12}], "certificate": "ab" * 32}
    core.device("hall", **PIN)
    is_known(core, "hall", "ready")
    a = core.act("dora", "device.show", {"name": "hall"}).fields
    assert a["facts"][0] == FACTS | {"supplies": [{"name": "Black", "kind": "toner", "level": 12}], "certificate": "ab" * 32}
    assert 0 < a["asked"] == a["answered"]
    rows = core.act("dora", "device.list", {}).fields["devices"]
    assert [(r["name"], r["status"], r["why"]) for r in rows] == [("hall", "ready", "")]


def test_nobody_to_ask_is_unknown(core):
    core.device("hall", **PIN)
    assert state(core, "hall") == ("unknown", "")
    a = core.act("dora", "device.show", {"name": "hall"}).fields
    assert (a["asked"], a["answered"], a["facts"]) == (0, 0, [])


@pytest.mark.parametrize("said, status, why", [
    ({"state": "processing"}, "busy", ""), ({"state": "stopped", "reasons": ["media-empty-error"]}, "stopped", "paper-empty"),
    ({"state": "stopped", "accepting": 0}, "stopped", "not-accepting"), ({"state": "idle", "reasons": ["toner-low-warning"]}, "ready", ""),
    ({"state": "away", "text": "connecting: refused"}, "away", "printer-off"), ({"state": "error"}, "unknown", "printer-error"),
    ({"state": "certificate", "certificate": "cd" * 32}, "certificate", "printer-certificate"), ({"state": "unknown"}, "unknown", "")])
def test_what_people_are_told(core, said, status, why):
    p = Prober(core)
    p.printers["hall"] = said
    core.device("hall", **PIN)
    wait_for("asked", lambda: core.act("dora", "device.show", {"name": "hall"}).fields["asked"])
    assert state(core, "hall") == (status, why)


def test_each_is_asked_once_a_round_and_they_are_spread(lab):
    core = Core(lab, {"device-poll": "60s"}).start()
    names = [f"d{i}" for i in range(12)]
    for n in names:
        core.device(n, **PIN)
    p = Prober(core)
    wait_for("all asked", lambda: all(p.asked(n) for n in names))
    core.restart()
    p = Prober(core)
    core.clock(0, 30000)
    wait_for("half of them", lambda: p.asked_names())
    first = p.asked_names()
    core.clock(0, 61000)
    wait_for("the others", lambda: len(p.asked_names()) == len(names))
    assert 1 <= len(first) < len(names), f"spread over a round: {first}"
    before = len(p.seen)
    core.clock(0, 61000 + 66000)
    wait_for("the next round", lambda: all(p.asked(n) >= 2 for n in names))
    assert len(p.seen) == before + len(names), "each once"
    core.stop()


def test_one_that_is_away_is_asked_less_and_less(lab):
    core = Core(lab, {"device-poll": "60s"}).start()
    p = Prober(core)
    p.printers["hall"] = {"state": "away"}
    core.device("hall", **PIN)
    core.device("attic", **PIN)
    at = 0

    def learnt():
        """When the core heard of attic."""
        return core.sql("select asked from device_state join device on id = device where name = 'attic'")
    wait_for("both", lambda: p.asked("hall") and learnt())
    for _ in range(20):
        at += 67000
        before = learnt()
        core.clock(at)
        wait_for("attic", lambda before=before: learnt() != before)
    assert 5 <= p.asked("hall") <= 8 and p.asked("attic") == 21, (p.asked("hall"), p.asked("attic"))
    assert state(core, "hall") == ("away", "printer-off"), "also in the pauses"
    assert core.log().count("device hall: away") == 1, "said once"
    p.printers["hall"] = {}
    core.clock(at + 340000)
    is_known(core, "hall", "ready")
    assert "device hall: idle, was away" in core.log()
    core.stop()


def test_what_was_said_long_ago_is_not_known(lab):
    core = Core(lab, {"device-poll": "60s"}).start()
    p = Prober(core)
    core.device("hall", **PIN)
    is_known(core, "hall", "ready")
    for w in p.workers:
        w.close()
    core.clock(119000)
    assert state(core, "hall")[0] == "ready"
    core.clock(180000)
    assert state(core, "hall")[0] == "unknown"
    core.stop()


def test_a_stuck_printer_keeps_nobody_waiting(lab):
    core = Core(lab, {"device-poll": "60s"}).start()
    p = Prober(core, processes=6)
    stuck = [f"stuck{i}" for i in range(3)]
    p.printers |= {n: None for n in stuck}
    for n in [*stuck, "hall"]:
        core.device(n, **PIN)
    wait_for("hall", lambda: p.asked("hall"))
    core.terminal()
    who = core.kiosk()
    assert near(core, who)[0]["state"] == "ready"
    core.stop()


# ---- somebody stands there ----

def test_a_log_in_has_its_printer_asked(core):
    p = Prober(core)
    core.device("hall", **PIN)
    is_known(core, "hall", "ready")
    terminal = core.terminal()
    n = p.asked("hall")
    core.kiosk(terminal=terminal)
    core.kiosk(terminal=terminal)
    assert p.asked("hall") - n <= 1, "not within 3 seconds"
    core.clock(0, 4000)
    p.printers["hall"] = {"state": "stopped", "reasons": ["media-jam-error"]}
    who = core.kiosk(terminal=terminal)
    wait_for("asked", lambda: near(core, who)[0] == {"name": "hall", "location": "Hall", "state": "stopped", "why": "paper-jam",
                                                     "here": 1})


def test_near_waits_a_moment_for_what_nobody_knows(core):
    core.device("hall", **PIN)
    who = core.kiosk(terminal=core.terminal())
    assert near(core, who)[0]["state"] == "unknown", "nobody to ask: at once"
    p = Prober(core)
    p.pause = 0.2
    core.wait_workers(deliver=4)
    assert near(core, who)[0]["state"] == "ready"
    p.pause = 3
    core.clock(0, 60000)
    who = core.kiosk(terminal=core.terminal())
    assert near(core, who)[0]["state"] == "ready", "it answers too late: what is known"


def test_the_nearest_first(core):
    core.decide("device", {"name": "own", "location": "Berlin/3/East", "zone": "b", "custodian": "D", "ceiling": "internal"} | PIN)
    for name, location, zone in (("far", "Paris/1", "b"), ("next", "Berlin, 3, east, corner", "b"), ("below", "Berlin/2/East", "b"),
                                 ("zoned", "Berlin/3/East", "other"), ("tied", "Berlin/3/West", "other"), ("old", "Berlin/3/East", "b"),
                                 ("here2", "berlin 2 east", "b")):
        core.decide("device", {"name": name, "location": location, "zone": zone, "custodian": "D", "ceiling": "internal"} | PIN)
    core.decide("device.retire", {"name": "old"})
    who = core.kiosk(terminal=core.terminal(device="own", ceiling="internal", devices=["tied", "here2"]))
    assert [(d["name"], d["here"]) for d in near(core, who)] == [
        ("own", 1), ("next", 0), ("tied", 1), ("here2", 1), ("below", 0), ("far", 0)]
    assert [d["name"] for d in near(core, who, device="below")][:2] == ["below", "here2"]
    assert [d["name"] for d in near(core, who, device="tied")] == ["tied", "own", "zoned", "here2"]
    for name in ("zoned", "nowhere"):
        a = core.once("kiosk", "device.near", {"device": name}, who)
        assert a.code == "not-found", "another zone, which it has nothing to do with"


def test_a_locked_one_is_said_to_be(core):
    core.device("hall", **PIN)
    who = core.kiosk(terminal=core.terminal())
    assert core.act("sam", "contain.lock", {"kind": "device", "name": "hall", "reason": "r"}).code == "ok"
    assert (near(core, who)[0]["state"], near(core, who)[0]["why"]) == ("locked", "device-locked")


def test_what_a_device_offers(core):
    p = Prober(core)
    core.device("hall", **PIN)
    core.device("attic", **PIN)
    who = core.kiosk(terminal=core.terminal())
    is_known(core, "hall", "ready")
    a = core.once("kiosk", "device.offer", {}, who)
    assert a.fields == {"name": "hall", "known": 1, "copies": 99, "sides": ["one-sided"], "colors": ["monochrome"],
                        "media": ["iso_a4_210x297mm"], "finishings": ["none"]}
    assert core.once("kiosk", "device.offer", {"device": "attic"}, who).code == "not-found", "not one of this terminal's"
    p.printers["hall"] = FACTS | {"state": "away", "media": [], "sides": []}
    assert core.act("dora", "device.probe", {"name": "hall"}).fields["state"] == "away"
    assert core.once("kiosk", "device.offer", {}, who).fields["sides"] == ["one-sided"], "what it is stays known while it is off"


# ---- an administrator asks ----

def test_an_administrator_asks_about_a_printer_to_come(core):
    p = Prober(core)
    p.printers["new"] = {"certificate": "ef" * 32}
    a = core.act("dora", "device.probe", {"uri": "ipps://attic/ipp"})
    assert a.code == "ok" and a.fields == FACTS | {"certificate": "ef" * 32}
    assert {"pin", "ca"}.isdisjoint(p.seen[-1][1].fields)
    record = core.records("device.probed")[-1]
    assert (record["uri"], record["certificate"], record["device"]) == ("ipps://attic/ipp", "ef" * 32, "")
    assert record["person"] == core.people["dora"]["id"]
    for fields in ({}, {"name": "hall", "uri": "ipp://x/"}):
        assert core.act("dora", "device.probe", fields).code == "invalid"
    assert core.act("dora", "device.probe", {"name": "hall"}).code == "not-found"
    for who in ("sam", "audra", "alice"):
        assert core.act(who, "device.probe", {"uri": "ipps://attic/ipp"}).code == "denied"


def test_another_certificate_is_recorded_once_each(core):
    p = Prober(core)
    core.device("hall", **PIN)
    is_known(core, "hall", "ready")

    def shows(certificate, state="certificate"):
        p.printers["hall"] = FACTS | {"state": state, "certificate": certificate, "model": ""}
        assert core.act("dora", "device.probe", {"name": "hall"}).code == "ok"
    for c in ("aa" * 32, "aa" * 32, "bb" * 32, "bb" * 32):
        shows(c)
    assert [r["certificate"] for r in core.records("device.suspect")] == ["aa" * 32, "bb" * 32]
    shows("00" * 32, "idle")
    shows("aa" * 32)
    assert [r["certificate"] for r in core.records("device.suspect")] == ["aa" * 32, "bb" * 32, "aa" * 32]
    f = core.act("dora", "device.show", {"name": "hall"}).fields["facts"][0]
    assert f["certificate"] == "aa" * 32 and f["model"] == "", "what somebody else said is not kept"
    core.device("hall", uri=PIN["uri"], pin="aa" * 32)
    p.printers["hall"] = FACTS | {"certificate": "aa" * 32}
    is_known(core, "hall", "ready")


def test_a_test_page(core):
    p = Prober(core)
    core.device("hall", **PIN)
    a = core.act("dora", "device.test", {"name": "hall"})
    assert a.fields == {"outcome": "printed", "why": ""}
    m, = [x[1] for x in p.seen if x[1].verb == "deliver.test"]  # it is polled besides
    assert m.fields["code"].startswith("test-") and m.fields["pin"] == "00" * 32
    p.verdict = {"outcome": "held", "why": "printer-off", "impressions": -1, "sheets": -1}
    assert core.act("dirk", "device.test", {"name": "hall"}).fields == {"outcome": "held", "why": "printer-off"}
    records = core.records("device.tested")
    assert [(r["device"], r["outcome"], r["reason"]) for r in records] == [("hall", "printed", ""), ("hall", "held", "printer-off")]
    assert [r["person"] for r in records] == [core.people["dora"]["id"], core.people["dirk"]["id"]]
    assert core.act("sam", "contain.lock", {"kind": "device", "name": "hall", "reason": "r"}).code == "ok"
    assert core.act("dora", "device.test", {"name": "hall"}).code == "conflict"
    for who in ("sam", "audra", "alice", "oscar"):
        assert core.act(who, "device.test", {"name": "hall"}).code == "denied"


# ---- links in clear, by an exception ----

CLEAR = {"name": "hall", "uri": "ipp://127.0.0.1:1/", "location": "Hall", "custodian": "Dora", "ceiling": "restricted"}


@pytest.mark.parametrize("more, says", [
    ({"plain-until": policy.days_ahead(10)}, "needs both"), ({"plain-reason": "old"}, "needs both"),
    ({"plain-until": policy.days_ahead(-1), "plain-reason": "old"}, "is over"),
    ({"plain-until": policy.days_ahead(368), "plain-reason": "old"}, "more than a year"),
    ({"plain-until": "2027-02-30", "plain-reason": "old"}, "is no day"), ({"plain-until": "tomorrow", "plain-reason": "old"}, "is no day"),
    ({"plain-until": "2027-1-1", "plain-reason": "old"}, "is no day"), ({"plain-until": "2027-01- 1", "plain-reason": "o"}, "is no day"),
    ({"plain-until": policy.days_ahead(10), "plain-reason": "old"} | PIN, "needs no exception")])
def test_an_exception_that_makes_no_sense(core, more, says):
    a = core.propose("device", CLEAR | more)
    assert a.code == "invalid" and says in a.text, a


def test_a_link_in_clear_needs_an_exception_and_only_while_it_lasts(core):
    """Whatever the class: its own plain-link decides besides."""
    a = core.propose("device", CLEAR, dry=1)
    assert a.fields["effect"][0] == "the link to it is not encrypted and has no exception: nothing is released on it"
    core.decide("device", CLEAR)
    who = core.kiosk(terminal=core.terminal())
    job = Arrival(core).hold()

    def why():
        return core.release(who, job).fields["jobs"][0]["why"]
    assert why() == "link-not-encrypted"
    day = policy.days_ahead(20)
    a = core.propose("device", CLEAR | {"plain-until": day, "plain-reason": "old tray"}, dry=1)
    assert a.fields["changes"] == [f"plain-until: {day}, was none", "plain-reason: old tray, was none"]
    assert a.fields["effect"][0].endswith(f"until {day}")
    core.decide("device", CLEAR | {"plain-until": day, "plain-reason": "old tray"})
    record = core.records("device.set")[-1]
    assert (record["plain_until"], record["plain_reason"]) == (day, "old tray")
    row = core.act("dora", "device.list", {}).fields["devices"][0]
    assert row["plain_reason"] == "old tray" and 20 * DAY < row["plain_until"] - time.time() * 1000 <= 21 * DAY
    assert why() == "", "its class allows it"
    core.stop()
    core.start()
    core.clock(20 * DAY + (row["plain_until"] - 20 * DAY - int(time.time() * 1000)) - 60000)
    who = core.kiosk(terminal=core.terminal())
    job = Arrival(core).hold()
    assert core.records("device.exception.ended") == []
    assert why() == "", "to the last minute of that day"
    core.clock(21 * DAY)
    who = core.kiosk(terminal=who["terminal"])
    assert why() == "link-not-encrypted"
    record = wait_for("recorded", lambda: core.records("device.exception.ended"))
    assert [(r["device"], r["until"], r["reason"]) for r in record] == [("hall", day, "old tray")]
    core.clock(21 * DAY + 600000)
    core.restart()
    assert len(core.records("device.exception.ended")) == 1, "once"


def test_a_class_that_needs_encryption_has_no_exceptions(lab):
    core = Core(lab)
    core.policy["queues"] |= {"*": "confidential"}
    core.start()
    core.device()
    who = core.kiosk(terminal=core.terminal())
    assert core.release(who, Arrival(core).hold()).fields["jobs"][0]["why"] == "link-not-encrypted"
    core.stop()


def test_nothing_is_released_on_a_device_that_is_somebody_else(core):
    p = Prober(core)
    core.device("hall", **PIN)
    p.printers["hall"] = {"state": "certificate", "certificate": "aa" * 32}
    assert core.act("dora", "device.probe", {"name": "hall"}).code == "ok"
    who = core.kiosk(terminal=core.terminal())
    assert core.release(who, Arrival(core).hold()).fields["jobs"][0]["why"] == "printer-certificate"
