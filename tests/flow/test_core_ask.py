"""Releases whose process is gone, that take long, that wait for their printer, or that are stopped; deliver is played by the test."""
import select as sockets

import pytest

from lib.core import Arrival, Deliver
from lib.lab import wait_for


def row(core, job):
    return core.sql("select state, why, stage, impressions from job where id = ?", job)[0]


def becomes(core, job, state, why=None):
    wait_for(lambda: f"{core.state(job)}, not {state}: {row(core, job)}", lambda: core.state(job) == state)
    assert why is None or row(core, job)[1] == why


def begun(core, steps, who=None, job=None):
    """A release that has got that far: (job, its process)."""
    job = job or Arrival(core).hold()
    d = Deliver(core)
    core.release(who or core.kiosk(), job)
    d.work()
    for step in (d.created, d.sent)[:steps]:
        assert step().code == "ok"
    return job, d


def asked(core, job):
    wait_for(lambda: f"not asked about: {row(core, job)}", lambda: row(core, job)[:2] == (3, "asking"))


# ---- asked ----

@pytest.mark.parametrize("dies", ["deliver", "core"])
@pytest.mark.parametrize("steps,says,state,why", [
    (1, "held interrupted", "held", "interrupted"), (1, "uncertain uncertain", "uncertain", "uncertain"), (1, "printed", "uncertain", "uncertain"),
    (2, "printed", "printed", ""), (2, "held printer-error", "held", "printer-error"), (2, "uncertain uncertain", "uncertain", "uncertain")])
def test_the_printer_is_asked_what_became_of_it(core, dies, steps, says, state, why):
    job, d = begun(core, steps)
    code = d.job.fields["code"]
    d.peer.close() if dies == "deliver" else core.restart(9)
    asked(core, job)
    outcome, _, reason = says.partition(" ")
    d = Deliver(core)
    f = d.errand().fields
    assert (f["job"], f["code"], f["stage"], f["printer_job"], f["printer_uuid"], f["up_time"], f["cancel"]) == \
        (job, code, ["created", "sent"][steps - 1], 7, "urn:x", 5, 0)
    assert f["uri"] == "ipp://127.0.0.1:1/ipp/print"
    d.said(outcome, reason, 3)
    becomes(core, job, state, why)
    assert core.sql("select impressions from job where id = ?", job) == [(3,)]
    d.peer.close()


@pytest.mark.parametrize("dies", ["deliver", "core"])
def test_what_may_have_left_an_open_job_is_held_at_once_and_the_open_job_cancelled(core, dies):
    job, d = begun(core, 0)
    code = d.job.fields["code"]
    d.peer.close() if dies == "deliver" else core.restart(9)
    becomes(core, job, "held", "interrupted")
    d = Deliver(core)
    f = d.errand().fields
    assert (f["job"], f["code"], f["stage"], f["printer_job"]) == (job, code, "handed", 0)
    d.said("held", "interrupted")
    assert core.records("job.release.failed")[0]["job"] == job and core.state(job) == "held"


def test_a_failed_answer_is_a_lost_one(core):
    job, d = begun(core, 2)
    d.peer.send(d.job.answer("internal", text="a defect"))
    asked(core, job)


def next_errand(core, boot):
    """Moves the clock on until a question comes: (its process, the clock)."""
    d, gap = Deliver(core), 0
    d.peer.sock.settimeout(0.2)
    while True:
        try:
            d.errand()
            return d, boot + gap
        except TimeoutError:
            gap += max(500, gap // 4)
            core.clock(0, boot + gap)


def test_it_is_asked_again_with_growing_pauses_until_it_is_certain(core):
    job, d = begun(core, 2)
    d.answer("printing", "printer-stopped")
    asked(core, job)
    at = [0]
    for _ in range(8):
        d, boot = next_errand(core, at[-1])
        at.append(boot)
        assert d.job.fields["cancel"] == 0
        d.said("printing", "printer-error")
    gaps = [b - a for a, b in zip(at, at[1:])]
    assert gaps[0] <= 2500 and gaps[3] > 2 * gaps[0] and 30000 < max(gaps) < 100000, gaps
    d, _ = next_errand(core, at[-1])
    d.said("printed")
    becomes(core, job, "printed")


def test_after_a_quarter_of_an_hour_without_news_it_is_cancelled_and_then_uncertain(core):
    for n, (says, state, why) in enumerate((("held stopped", "held", "printer-stopped"), ("uncertain stopped", "uncertain", "printer-stopped"),
                                            ("printing printer-off", "uncertain", "printer-off"))):
        job, d = begun(core, 2)
        d.answer("printing", "printer-stopped")
        asked(core, job)
        core.clock(0, (n + 1) * 950000)
        d = Deliver(core)
        assert d.errand().fields["cancel"] == 1
        d.said(*says.split())
        becomes(core, job, state, why)


def test_a_device_with_a_driver_counts_no_pages_and_gets_an_hour(core):
    core.device(uri="socket://127.0.0.1:1", driver="raw")
    job, d = begun(core, 2)
    assert d.job.fields["driver"] == "raw"
    d.answer("printing", "printer-stopped")
    asked(core, job)
    for at, cancel in ((950000, 0), (3500000, 0), (3700000, 1)):
        core.clock(0, at)
        d = Deliver(core)
        work = d.errand()
        assert (work.fields["cancel"], work.fields["driver"]) == (cancel, "raw")
        d.said(*("uncertain stopped" if cancel else "printing printer-stopped").split())
    becomes(core, job, "uncertain", "printer-stopped")


def test_pages_that_come_out_begin_the_wait_anew(core):
    job, d = begun(core, 2)
    d.answer("printing", "printer-stopped")
    asked(core, job)
    for n in range(1, 4):
        core.clock(0, n * 890000)
        d = Deliver(core)
        assert d.errand().fields["cancel"] == 0
        d.said("printing", "printer-error", impressions=n)
        wait_for("the pages are not in the row", lambda n=n: row(core, job)[3] == n)


def test_a_question_that_nobody_answers_is_asked_again(core):
    job, d = begun(core, 2)
    d.peer.close()
    d = Deliver(core)
    d.errand(), d.peer.close()
    core.clock(0, 3000)
    d = Deliver(core)
    d.errand(), d.said("printed")
    becomes(core, job, "printed")


def test_the_device_waits_for_the_first_answer_only(core):
    who = core.kiosk()
    other = Arrival(core, uuid="other").hold()
    job, d = begun(core, 1, who)
    core.release(who, other)
    d.peer.close()
    asked(core, job)
    one, two = Deliver(core), Deliver(core)
    got = [next(p for p in (one, two) if p.peer.sock in select(one, two))]
    assert got[0].errand().fields["job"] == job
    rest = two if got[0] is one else one
    assert not select(rest), "the other job went out before the answer"
    got[0].said("printing", "interrupted")
    assert rest.work().fields["job"] == other


def select(*peers, seconds=1):
    return sockets.select([p.peer.sock for p in peers], [], [], seconds)[0]


def test_nobody_waits_longer_than_half_a_minute_for_a_dead_printer(core):
    who = core.kiosk()
    other = Arrival(core, uuid="other").hold()
    job, d = begun(core, 1, who)
    core.release(who, other)
    d.peer.close()
    asked(core, job)
    quiet, free = Deliver(core), Deliver(core)
    ready = select(quiet, free)
    assert len(ready) == 1
    if ready[0] is free.peer.sock:
        quiet, free = free, quiet
    quiet.errand()
    core.clock(0, 31000)
    assert free.work().fields["job"] == other


def test_progress(core):
    job, d = begun(core, 2)
    p = d.peer.call("deliver.progress", {"job": job, "impressions": 4, "sheets": 2})
    assert p.code == "ok" and row(core, job)[3] == 4
    d.answer("printed", impressions=5)
    becomes(core, job, "printed")
    assert row(core, job)[3] == 5


# ---- stopped ----

def stop(core, who, job):
    a = core.once("kiosk", "job.stop", {"job": job}, who)
    assert a.code == "ok", a
    r = a.fields["jobs"][0]
    assert r["job"] == job
    return f"{r['code']} {r['why']}".strip()


def test_stopped_in_the_queue(core):
    who, job = core.kiosk(), Arrival(core).hold()
    core.release(who, job)
    assert [stop(core, who, job), stop(core, who, job)] == ["ok", "ok"]
    assert row(core, job)[:2] == (2, "stopped")
    assert [(r["ev"], r.get("person")) for r in core.records("job.release.stopped", "job.release.failed")] == \
        [("job.release.failed", None), ("job.release.stopped", core.people["alice"]["id"])]
    d = Deliver(core)
    core.release(who, job)
    assert d.work().fields["job"] == job
    d.answer("held", "printer-off")
    becomes(core, job, "held", "printer-off")
    assert stop(core, who, job) == "conflict not-printing"


@pytest.mark.parametrize("says,state,why", [("held stopped", "held", "stopped"), ("uncertain stopped", "uncertain", "stopped"),
                                            ("held printer-busy", "held", "stopped"), ("printed", "printed", "")])
def test_stopped_while_a_process_has_it(core, says, state, why):
    who = core.kiosk()
    job, d = begun(core, 2, who)
    assert [stop(core, who, job), stop(core, who, job)] == ["ok", "ok"]
    assert d.stopped() == job and core.state(job) == "releasing"
    assert not select(d, seconds=0.3), "told twice"
    d.answer(*says.split())
    becomes(core, job, state, why)
    assert len(core.records("job.release.stopped")) == 1


def test_a_process_that_dies_after_it_was_told_to_stop(core):
    who = core.kiosk()
    job, d = begun(core, 2, who)
    stop(core, who, job)
    d.peer.close()
    d = Deliver(core)
    assert d.errand().fields["cancel"] == 1
    d.said("held", "stopped")
    becomes(core, job, "held", "stopped")


@pytest.mark.parametrize("says,state", [("held stopped", "held"), ("uncertain stopped", "uncertain"), ("printing printer-off", "uncertain"), (None, "uncertain")])
def test_stopped_while_it_is_asked_about(core, says, state):
    who = core.kiosk()
    job, d = begun(core, 2, who)
    d.answer("printing", "printer-stopped")
    asked(core, job)
    core.clock(0, 1500)
    first = Deliver(core)
    assert first.errand().fields["cancel"] == 0
    assert [stop(core, who, job), stop(core, who, job)] == ["ok", "ok"]
    first.said("printing", "printer-error")
    second = Deliver(core)
    assert second.errand().fields["cancel"] == 1, "at once"
    second.said(*says.split()) if says else second.peer.close()
    becomes(core, job, state, "stopped")


def test_somebody_elses_release_is_not_stopped(core):
    job, d = begun(core, 1, core.kiosk("bob", core.terminal("p2")), Arrival(core, owner="bob").hold())
    assert stop(core, core.kiosk(), job) == "not-found not-yours"
    assert not select(d, seconds=0.3) and not core.records("job.release.stopped")


# ---- tried again ----

def busy(core, d, why="printer-busy"):
    d.answer("held", why)


def test_a_busy_printer_is_tried_again(core):
    job, d = begun(core, 1)
    busy(core, d)
    wait_for("not waiting", lambda: row(core, job)[:3] == (3, "printer-busy", 1))
    d = Deliver(core)
    assert not select(d, seconds=0.5), "at once"
    core.clock(0, 2600)
    assert d.work().fields["job"] == job
    busy(core, d)
    d = Deliver(core)
    core.clock(0, 5000)
    assert not select(d, seconds=0.5), "the pause does not grow"
    core.clock(0, 8000)
    d.work(), d.created(), d.sent(), d.answer("printed")
    becomes(core, job, "printed")
    assert [r["ev"] for r in core.records("job.release.failed")] == []


def test_and_held_again_when_retry_for_is_over(core):
    job, d = begun(core, 0)
    busy(core, d)
    wait_for("not waiting", lambda: row(core, job)[2] == 1)
    d = Deliver(core)
    core.clock(0, 599000)
    d.work()
    core.clock(0, 601000)
    busy(core, d)
    becomes(core, job, "held", "printer-busy")
    assert [r["reason"] for r in core.records("job.release.failed")] == ["printer-busy"]


def test_retry_for_is_a_key(core):
    core.values["retry-for"] = "5s"
    core.restart()
    job, d = begun(core, 0)
    busy(core, d)
    d = Deliver(core)
    core.clock(0, 3000)
    d.work()
    core.clock(0, 5500)
    busy(core, d)
    becomes(core, job, "held", "printer-busy")


def test_the_options_that_were_changed_are_still_changed_at_the_second_try(core):
    job, who = Arrival(core).hold(), core.kiosk()
    d = Deliver(core)
    core.once("kiosk", "job.release", {"jobs": [job], "again": [], "idem": "i" * 20, "options": {"copies": "4"}}, who)
    assert d.work().fields["options"]["copies"] == "4"
    busy(core, d)
    d = Deliver(core)
    core.clock(0, 2600)
    assert d.work().fields["options"]["copies"] == "4"


def test_trouble_of_our_own_makes_only_that_job_wait(core):
    who = core.kiosk()
    job, d = begun(core, 0, who)
    busy(core, d, "no-deliver")
    other = Arrival(core, uuid="other").hold()
    core.release(who, other)
    d = Deliver(core)
    assert d.work().fields["job"] == other
    core.clock(0, 2600)
    d.created(), d.sent(), d.answer("printed")
    d = Deliver(core)
    assert d.work().fields["job"] == job


def test_busy_processes_are_no_reason_to_give_up(core):
    """Nobody is there: ten seconds. All are at work: as long as it takes."""
    core.device("attic")
    who = core.kiosk(terminal=core.terminal("p2", "attic"))
    first, d = begun(core, 1)
    job = Arrival(core, uuid="other").hold()
    core.release(who, job)
    core.clock(0, 200000)
    for _ in range(3):
        core.jobs_code(who)  # each is a turn, in which what is over ends
    assert core.state(job) == "releasing"
    d.peer.close()
    core.clock(0, 211000)
    becomes(core, job, "held", "no-deliver")
