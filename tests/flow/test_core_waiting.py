"""What was allowed at the tap is decided again when a job that waited is handed over: it goes back to its owner if it may not any more."""
import json
import time

import pytest

from lib import policy
from lib.core import GROUP, Arrival, Core, Deliver, person
from lib.lab import wait_for

TLS = {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32}
DAY = 24 * 3600 * 1000
LAB = GROUP.format("lab")


@pytest.fixture
def core(lab):
    c = Core(lab, {"retry-for": "24h"})
    c.policy["zones"] = {"lab": [LAB]}
    c.people |= {p["login"]: p for p in (person("lena", ["user", "lab"]), person("olga", ["user", "operator"]))}
    c.start()
    c.device("hall", **TLS)
    c.panel = c.terminal()
    yield c
    c.stop()


def document(core, **members):
    return json.loads(core.sql("select document from policy order by version desc")[0][0]) | members


def klass(core, **members):
    """Another policy: the class internal with these members."""
    old = document(core)["classes"]
    core.decide("policy.retention", document(core, classes=[k | (members if k["name"] == "internal" else {}) for k in old]), "remy")


def zones(core, **zones):
    core.decide("policy.access", document(core, zones=zones), by="sam", approver="sid")
    core.sessions.clear()


def lock(core, kind, name):
    a = core.act("sam", "contain.lock", {"kind": kind, "name": name, "reason": "test"})
    assert a.code == "ok", a


def released(core, login="alice", job=None, **secret):
    """A job that was released and waits: there is no deliver process."""
    job = job or Arrival(core, owner=login).hold()
    a = core.once("kiosk", "job.release", {"jobs": [job], "idem": "i" * 20}, core.kiosk(login, core.panel) | secret)
    assert a.code == "ok" and a.fields["jobs"][0]["why"] == "", a
    return job


def held(core, job, why):
    d = Deliver(core)
    wait_for(lambda: f"{core.state(job)}, not held", lambda: core.state(job) == "held")
    assert core.sql("select why from job where id = ?", job) == [(why,)]
    r, = core.records("job.release.failed")
    assert (r["job"], r["reason"], r["device"]) == (job, why, "hall")
    d.peer.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        d.work()
    d.peer.close()


def goes(core, job):
    d = Deliver(core)
    assert d.work().fields["job"] == job
    d.created(), d.sent(), d.answer("printed")
    wait_for("not printed", lambda: core.state(job) == "printed")


@pytest.mark.parametrize("change,why", [
    (lambda c: c.device("hall", zone="lab", **TLS), "zone-person"),
    (lambda c: c.device("hall", ceiling="public", **TLS), "device-ceiling"),
    (lambda c: c.device("hall", "ipp://127.0.0.1:1/", **{"plain-until": "", "plain-reason": ""}), "link-not-encrypted"),
    (lambda c: c.decide("device.retire", {"name": "hall"}), "device-retired"),
    (lambda c: lock(c, "device", "hall"), "device-locked"),
    (lambda c: lock(c, "queue", "secure"), "queue-locked"),
    (lambda c: lock(c, "person", "alice"), "account"),
    (lambda c: lock(c, "terminal", "panel"), "terminal-locked"),
    (lambda c: c.decide("terminal", {"name": "panel", "device": "hall", "certificate": False, "ceiling": "public"}), "terminal-ceiling"),
    (lambda c: klass(c, zones=["vault"]), "zone-class"),
    (lambda c: klass(c, second=["operator"]), "second-needed"),
    (lambda c: klass(c, methods=["badge-pin"]), "class-needs-proof"),
    (lambda c: klass(c, **{"unverified-owner": False}), "owner-unverified"),
], ids=["device-zone", "device-ceiling", "device-link", "device-retired", "device-locked", "queue-locked", "person-locked", "terminal-locked",
        "terminal-ceiling", "class-zones", "class-second", "class-methods", "class-unverified"])
def test_what_may_not_go_there_any_more_is_held_again(core, change, why):
    job = released(core)
    change(core)
    held(core, job, why)
    if why not in ("account", "terminal-locked", "device-retired"):
        a = core.release(core.kiosk("alice", core.panel), job)
        assert a.fields["jobs"][0]["why"] == why, "the same rule at the next tap"


def test_what_still_may_goes(core):
    job = released(core)
    core.device("hall", zone="lab", **TLS), core.device("hall", zone="east", **TLS)
    klass(core, zones=["east"])
    goes(core, job)
    assert not core.records("job.release.failed")


@pytest.mark.parametrize("over", [False, True])
def test_an_exception_in_clear_that_ends_meanwhile(core, over):
    core.device("hall", "ipp://127.0.0.1:1/", **{"plain-until": policy.days_ahead(1)})
    job = released(core)
    core.clock((2 if over else 0) * DAY, 0)
    held(core, job, "link-not-encrypted") if over else goes(core, job)


def silent(core, login):
    """A directory that knows nothing of somebody just now; the way back."""
    before, up = [w.handler for w in core.workers], []

    def wrap(handler):
        return lambda m: m.answer("away", text="test") if not up and m.fields.get("id") == core.people[login]["id"] else handler(m)
    for w in core.workers:
        w.handler = wrap(w.handler)
    return lambda: up.append(before)


def checked(core, login):
    """When the directory was last heard of somebody."""
    return core.sql("select checked from person where login = ?", login)[0][0]


@pytest.mark.parametrize("login,why", [("alice", "zone-person"), ("lena", "")])
def test_a_new_policy_of_zones_waits_for_the_directorys_word(core, login, why):
    """What it said before was about other groups."""
    core.people["lena"]["groups"].append(GROUP.format("staff"))
    core.device("hall", zone="east", **TLS)
    job = released(core, login)
    core.clock(5000)
    speaks = silent(core, login)
    zones(core, lab=[LAB], east=[GROUP.format("staff")])
    d = Deliver(core)
    for now in (6000, 9000, 15000):
        core.clock(now)
        core.ctl("status")  # a turn
    assert core.state(job) == "releasing"
    before = checked(core, login)
    speaks()
    core.clock(60000)
    wait_for("nobody asked", lambda: checked(core, login) != before)
    core.clock(120000)
    if why:
        d.peer.close()
        held(core, job, why)
    else:
        assert d.work().fields["job"] == job


def test_without_that_word_it_is_held_in_the_end(core):
    job = released(core)
    core.clock(5000)
    silent(core, "alice")
    zones(core, lab=[LAB], east=[LAB])
    d = Deliver(core)
    core.clock(8000)
    core.ctl("status")
    core.clock(25 * 3600 * 1000)
    wait_for(lambda: core.state(job), lambda: core.state(job) == "held")
    assert core.sql("select why from job where id = ?", job) == [("directory-away",)]
    d.peer.close()


def test_a_leaver_who_is_found_out_while_the_job_waits(core):
    """Behind another one at the same printer; the sweep asks about people every few minutes."""
    first = Arrival(core, owner="bob").hold()
    assert core.release(core.kiosk("bob", core.terminal("other")), first).code == "ok"
    d = Deliver(core)
    assert d.work().fields["job"] == first
    job = released(core)
    core.people["alice"]["status"] = "disabled"
    spare = Deliver(core)
    core.clock(301000)
    wait_for("nobody asked", lambda: core.sql("select status from person where login = 'alice'") == [("disabled",)])
    d.created(), d.sent(), d.answer("printed")
    wait_for(lambda: core.state(job), lambda: core.state(job) == "held")
    assert core.sql("select why from job where id = ?", job) == [("account",)]
    spare.peer.close()


def test_a_busy_printer_that_is_moved_to_another_zone(core):
    job = released(core)
    d = Deliver(core)
    d.work(), d.created(), d.answer("held", "printer-busy")
    wait_for("not waiting", lambda: core.sql("select why, stage from job") == [("printer-busy", 1)])
    core.device("hall", zone="lab", **TLS)
    spare = Deliver(core)
    core.clock(0, 3000)
    held(core, job, "zone-person")
    spare.peer.close()


@pytest.mark.parametrize("change,why", [
    (lambda c, id_: c.once("portal", "delegate.revoke", {"id": id_}, c.login("portal", "alice")), "delegate"),
    (lambda c, id_: lock(c, "person", "bob"), "delegate"),
    (lambda c, id_: c.device("hall", zone="lab", **TLS), "delegate"),
    (lambda c, id_: klass(c, delegation=False), "delegate"),
    (lambda c, id_: lock(c, "person", "alice"), "owner-left"),
    (lambda c, id_: c.device("hall", ceiling="public", **TLS), "device-ceiling"),
    (lambda c, id_: None, ""),
], ids=["revoked", "colleague-locked", "zone", "class", "owner-locked", "ceiling", "nothing"])
def test_what_a_colleague_released(core, change, why):
    """The reason is read by the owner."""
    a = core.once("portal", "delegate.add", {"login": "bob", "until": int(time.time() * 1000) + DAY, "title": 0}, core.login("portal", "alice"))
    assert a.code == "ok", a
    job = released(core, "bob", Arrival(core).hold())
    change(core, a.fields["id"])
    held(core, job, why) if why else goes(core, job)


@pytest.mark.parametrize("change,reason", [
    (lambda c: lock(c, "person", "bob"), "contained"), (lambda c: klass(c, second=["operator"]), "second-role"),
    (lambda c: c.device("hall", zone="lab", **TLS), "zone-person"), (lambda c: None, "")], ids=["locked", "role", "zone", "nothing"])
def test_the_second_person_counts_still(core, change, reason):
    klass(core, second=["user"])
    core.badge("bob", "77")
    job = released(core, "lena", badge=b"77", pin=core.pin("bob"))
    core.clock(9000)
    change(core)
    if not reason:
        goes(core, job)
        return
    held(core, job, "second-refused")
    assert (core.records("auth.denied")[-1]["reason"], core.records("auth.denied")[-1]["job"]) == (reason, job)
