"""Releasing: one printing per tap, whatever happens between two steps, with deliver played by the test."""
import secrets
import sqlite3

import pytest

from lib.core import Arrival, Deliver, row
from lib.lab import wait_for
from lib.wire import Message


def test_a_release_and_its_records(core):
    data = b"%PDF-1.4\n" + secrets.token_bytes(40000) + b"\n%%EOF\n"
    job = Arrival(core, data, title="Plan", options={"copies": "3", "sides": "two-sided-long-edge"}).hold()
    who, d = core.kiosk(), Deliver(core)
    shown = core.jobs(who)[0]
    assert (shown["job"], shown["title"], shown["copies"], shown["state"]) == (job, "Plan", 3, "held")
    assert row(core.release(who, job))["code"] == "ok"
    work = d.work()
    assert d.document() == data and work.fields["options"] == {"copies": "3", "sides": "two-sided-long-edge"}
    assert "Plan" not in str(work.fields) and "alice" not in str(work.fields)
    assert core.state(job) == "releasing"
    assert d.created().code == "ok" and d.sent().code == "ok"
    d.answer("printed")
    wait_for("not printed", lambda: core.state(job) == "printed")
    assert [r["ev"] for r in core.records() if r.get("job") == job][2:] == ["job.release.authorized", "job.release.completed"]
    assert row(core.release(who, job, again=[job]))["code"] == "ok", "a reprint within its hour"


def test_a_tap_on_an_old_page_does_not_print_again_what_was_printed_at_another_terminal(core):
    job = Arrival(core).hold()
    one, d = core.kiosk(), Deliver(core)
    two = core.kiosk(terminal=core.terminal("other"))
    assert core.jobs(one)[0]["state"] == core.jobs(two)[0]["state"] == "held"
    assert row(core.release(one, job))["code"] == "ok"
    d.work(), d.created(), d.sent(), d.answer("printed")
    wait_for("not printed", lambda: core.state(job) == "printed")
    other = Arrival(core, uuid="other").hold()
    for again in ([], [other]):
        got = row(core.release(two, job, again=again))
        assert (got["code"], got["why"]) == ("denied", "printed-meanwhile") and core.state(job) == "printed"
    assert row(core.release(two, job, again=[job]))["code"] == "ok"


def test_the_same_request_twice_while_the_directory_is_asked_gets_one_answer(core):
    job = Arrival(core).hold()
    who = core.kiosk()
    core.clock(10000)  # the log-in's word on her is old by now: the directory is asked
    taps = [core.dial("kiosk") for _ in range(2)]
    for t in taps:
        t.send(Message("job.release", {"jobs": [job], "idem": "i" * 20}, who, seq=7))
    answers = [t.recv() for t in taps]
    assert [(a.code, row(a)["code"]) for a in answers] == [("ok", "ok")] * 2 and len(core.records("job.release.authorized")) == 1


def test_the_record_is_durable_before_deliver_has_the_key(core):
    job = Arrival(core).hold()
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    d.work()
    core.kill()
    assert "job.release.authorized" in [r["ev"] for r in core.records()]


def test_two_taps_and_two_terminals_print_once(core):
    job = Arrival(core).hold()
    core.device("attic")
    a, b = core.kiosk(), core.kiosk(terminal=core.terminal("panel2", "attic"))
    d1, d2 = Deliver(core), Deliver(core)
    answers = [row(core.release(w, job)) for w in (a, b, a)]
    assert [x["code"] for x in answers] == ["ok", "denied", "denied"]
    assert answers[1]["why"] == "already-printing"
    d1.peer.sock.settimeout(1), d2.peer.sock.settimeout(1)
    got = 0
    for d in (d1, d2):
        try:
            got += d.work() is not None
        except TimeoutError:
            pass
    assert got == 1


def test_the_same_request_again_gets_the_same_answer(core):
    job = Arrival(core).hold()
    who = core.kiosk()
    first = core.release(who, job, idem="k" * 20).fields
    assert core.release(who, job, idem="k" * 20).fields == first
    assert len(core.records("job.release.authorized")) == 1


@pytest.mark.parametrize("steps,outcome,why,state", [
    (0, "held", "printer-off", "held"), (1, "held", "printer-refused-format", "held"), (2, "uncertain", "lost", "uncertain"),
    (2, "printed", "", "printed"), (1, "printed", "", "uncertain"), (0, "printed", "", "held"), (0, "damaged", "tags", "damaged"),
    (0, "nonsense", "", "held"), (2, "nonsense", "", "uncertain")])
def test_what_deliver_says_is_believed_as_far_as_the_stage_allows(core, steps, outcome, why, state):
    job = Arrival(core).hold()
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    d.work()
    for step in (d.created, d.sent)[:steps]:
        assert step().code == "ok"
    d.answer(outcome, why)
    wait_for(lambda: f"{core.state(job)}, expected {state}", lambda: core.state(job) == state)
    if state == "held":
        assert core.jobs(who)[0]["why"] == why


@pytest.mark.parametrize("steps,state", [(0, "held"), (1, "uncertain"), (2, "uncertain")])
@pytest.mark.parametrize("dies", ["deliver", "core"])
def test_whoever_dies_in_the_middle_the_state_is_honest(core, steps, state, dies):
    job = Arrival(core).hold()
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    d.work()
    for step in (d.created, d.sent)[:steps]:
        step()
    if dies == "deliver":
        d.peer.close()
    else:
        core.restart(9)
    if steps:
        wait_for(lambda: core.state(job), lambda: core.sql("select why from job where state = 3") == [("asking",)])
        again = Deliver(core)
        again.errand(), again.said("uncertain", "uncertain")
    wait_for(lambda: core.state(job), lambda: core.state(job) == state)
    ends = {"held": "job.release.failed", "uncertain": "job.release.uncertain"}
    assert core.records(ends[state])[0]["job"] == job


def test_claimed_but_never_handed_returns_to_held(core):
    job = Arrival(core).hold()
    who = core.kiosk()
    assert row(core.release(who, job))["code"] == "ok"
    assert core.state(job) == "releasing"
    core.clock(0, 11000)
    wait_for("not held", lambda: core.state(job) == "held")
    assert core.sql("select why from job")[0][0] == "no-deliver"


def test_uncertain_is_resolved_by_its_owner(core):
    who = core.kiosk()
    for outcome, state in (("printed", "printed"), ("again", "held")):
        job, d = Arrival(core).hold(), Deliver(core)
        core.release(who, job)
        d.work(), d.created(), d.answer("uncertain", "uncertain")
        wait_for("not uncertain", lambda: core.state(job) == "uncertain")
        assert row(core.release(who, job))["why"] == "uncertain"
        assert core.once("kiosk", "job.resolve", {"job": job, "outcome": outcome}, who).code == "ok"
        assert core.state(job) == state
    assert len(core.records("job.release.resolved")) == 2


def test_somebody_elses_job_does_not_exist(core):
    job = Arrival(core, owner="bob").hold()
    who = core.kiosk("alice")
    assert core.jobs(who) == []
    nobody = "01a1ff83-2e8d-7416-a02e-8011d3aae6b8"
    assert row(core.release(who, job)) | {"job": nobody} == row(core.release(who, nobody))
    assert core.once("kiosk", "job.delete", {"jobs": [job]}, who).fields["jobs"][0]["code"] == "not-found"
    assert core.once("kiosk", "job.resolve", {"job": job, "outcome": "again"}, who).code == "not-found"
    assert core.state(job) == "held" and core.records("job.release.denied")


@pytest.mark.parametrize("job,device,why", [
    ({"classification": "confidential"}, {"uri": "ipp://127.0.0.1:1/"}, "link-not-encrypted"),
    ({"classification": "confidential"}, {"uri": "socket://127.0.0.1", "driver": "raw"}, "link-not-encrypted"),
    ({"classification": "confidential"}, {"uri": "ipp://127.0.0.1/", "driver": "everywhere"}, "link-not-encrypted"),
    ({"classification": "confidential"}, {"uri": "ipps://127.0.0.1:1/", "driver": "everywhere", "pin": "00" * 32}, ""),
    ({"classification": "confidential"}, {"uri": "usb://HP/LaserJet", "driver": "raw"}, ""),
    ({"classification": "confidential"}, {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32, "ceiling": "internal"}, "device-ceiling"),
    ({"classification": "confidential"}, {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32}, ""),
])
def test_class_rules_at_the_device(core, job, device, why):
    core.device("attic", **device)
    who = core.kiosk(terminal=core.terminal("p2", "attic"))
    assert row(core.release(who, Arrival(core, **job).hold()))["why"] == why


def test_restricted_needs_a_password(core):
    core.device("attic", uri="ipps://127.0.0.1:1/", pin="00" * 32)
    terminal = core.terminal("p2", "attic")
    job = Arrival(core, classification="restricted", proof="cupsd").hold()
    core.badge("alice", "04AABB"), (pin := core.pin("alice"))
    a = core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": b"04AABB", "pin": pin})
    assert row(core.release({"terminal": terminal, "session": a.secret["session"]}, job))["why"] == "class-needs-proof"
    assert row(core.release(core.kiosk(terminal=terminal), job))["code"] == "ok"


def test_a_person_disabled_since_the_login_prints_nothing(core):
    job = Arrival(core).hold()
    who = core.kiosk()
    core.people["alice"]["status"] = "disabled"
    core.clock(2500)  # what the directory said less than two seconds ago counts
    assert row(core.release(who, job))["why"] == "account"
    assert core.once("kiosk", "job.list", {"limit": 5}, who).code == "denied", "the session is over too"


def test_with_the_directory_away_the_grace_of_the_class_decides(core):
    core.device("attic", uri="ipps://127.0.0.1:1/", pin="00" * 32)
    terminal = core.terminal("p2", "attic")
    internal, confidential = Arrival(core).hold(), Arrival(core, classification="confidential").hold()
    core.values["kiosk-idle"] = core.values["kiosk-session"] = "1h"
    core.restart()
    who = core.kiosk(terminal=terminal)
    core.directory_up = False
    core.clock(16 * 60000)
    rows = core.release(who, internal, confidential).fields["jobs"]
    assert [r["why"] for r in rows] == ["", "directory-away"]


@pytest.mark.parametrize("wall,boot", [(25, 0), (0, 25)])
def test_either_clock_past_due_refuses_and_neither_alone_erases(core, wall, boot):
    job, terminal = Arrival(core).hold(), core.terminal()
    core.clock(wall * 3600000, boot * 3600000)
    who = core.kiosk(terminal=terminal)
    assert row(core.release(who, job))["why"] == "due"
    assert core.state(job) == "held"
    core.clock(25 * 3600000)
    wait_for("not erased", lambda: core.state(job) == "erased")


@pytest.mark.parametrize("what,why", [
    ("update job set class = 1", "row"), ("update job set owner_name = 'bob'", "row"), ("update job set queue = 'other'", "header"),
    ("update job set length = length + 1", "size"), ("update job set commitment = zeroblob(32)", "commitment")])
def test_an_edited_row_is_never_printed(core, what, why):
    """Row damage that the core can see makes the job damaged; the rest deliver sees, in the numbers it is given."""
    data = b"%PDF-1.4\n" + b"x" * 9000 + b"%%EOF\n"
    job = Arrival(core, data).hold()
    core.stop()
    db = sqlite3.connect(core.state_dir / "quoin.db")
    db.executescript("drop trigger if exists job_updated;" + what)
    db.commit(), db.close()
    core.start()
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    if why == "row":
        wait_for(lambda: core.state(job), lambda: core.state(job) == "damaged")
        return
    work, raw = d.work(), core.spool()[0].read_bytes()
    f = work.fields
    seen = {"header": f["mac"] != raw[32:64].hex(), "size": f["length"] != len(data),
            "commitment": f["commitment"] != raw[88:120].hex()}
    assert seen[why]


def finish(d):
    d.created(), d.sent(), d.answer("printed")


def test_a_running_claim_is_renewed(core):
    job, who = Arrival(core).hold(), core.kiosk()
    d = Deliver(core)
    core.release(who, job)
    d.work(), d.created()
    lease = "select lease from job where id = ?"
    first = core.sql(lease, job)[0][0]
    core.clock(0, 45000)
    wait_for("not renewed", lambda: core.sql(lease, job)[0][0] > first)
    core.clock(0, 100000)
    finish(d)
    wait_for("not printed", lambda: core.state(job) == "printed")


@pytest.mark.parametrize("stage,state", [(1, "held"), (2, "held"), (3, "uncertain"), (4, "uncertain")])
def test_a_claim_that_nobody_holds_ends_with_its_lease(core, stage, state):
    job = Arrival(core).hold()
    until = core.sql("select due from job")[0][0] - 24 * 3600000 + 60000
    db = sqlite3.connect(core.state_dir / "quoin.db", timeout=10)
    db.execute("update job set state = 3, stage = ?, token = ?, lease = ?", (stage, "0" * 32, until))
    db.commit(), db.close()
    core.clock(0, 30000)
    assert core.state(job) == "releasing"
    core.clock(0, 75000)
    wait_for(lambda: core.state(job), lambda: core.state(job) == state)


def test_fair_by_owner(core):
    a, b = core.kiosk("alice"), core.kiosk("bob", core.terminal("p2"))
    mine = [Arrival(core, uuid=f"urn:uuid:a{i}").hold() for i in range(3)]
    his = Arrival(core, owner="bob").hold()
    core.release(a, *mine), core.release(b, his)
    order = []
    for _ in range(2):
        d = Deliver(core)
        order.append(d.work().fields["job"])
        finish(d)
    assert order[0] in mine and order[1] == his


def test_one_device_gets_one_job_at_a_time_and_no_other_device_waits(core):
    core.device("attic")
    a, b = core.kiosk("alice"), core.kiosk("bob", core.terminal("p2", "attic"))
    mine = [Arrival(core, uuid=f"urn:uuid:a{i}").hold() for i in range(2)]
    his = Arrival(core, owner="bob").hold()
    first = Deliver(core)
    core.release(a, *mine)
    peers = {first.work().fields["job"]}
    second = Deliver(core)
    core.release(b, his)
    assert second.work().fields["job"] == his, "another device does not wait"
    third = Deliver(core)
    third.peer.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):
        third.work()
    third.peer.sock.settimeout(20)
    finish(first)
    assert peers | {third.work().fields["job"]} == set(mine)


def test_a_device_that_stays_busy_gives_its_jobs_back(core):
    jobs = [Arrival(core, uuid=f"urn:uuid:a{i}").hold() for i in range(2)]
    who, d = core.kiosk(), Deliver(core)
    core.release(who, *jobs)
    other, spare = ({*jobs} - {d.work().fields["job"]}).pop(), Deliver(core)
    core.clock(0, 601000)
    wait_for("still waiting", lambda: core.state(other) == "held")
    assert core.sql("select why from job where id = ?", other) == [("printer-busy",)]
    spare.peer.close()
