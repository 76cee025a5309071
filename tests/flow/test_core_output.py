"""What came out: the printer's counts against what the release asked for, in record, job list and notice. Deliver is played by the test."""
import pytest

from lib import policy
from lib.core import GROUP, Arrival, Core, Deliver
from lib.lab import wait_for

HOUR = 3600000


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.policy = policy.document([(GROUP.format(r), r) for r in policy.ROLES], queues={"secure": "internal", "secret": "confidential"})
    c.start()
    c.device(uri="ipps://127.0.0.1:1/ipp/print", pin="ab" * 32)
    yield c
    c.stop()


def released(core, job, who, answer, options=None, again=()):
    """Printed by the book, with these last words of deliver; the last record of it."""
    d = Deliver(core)
    core.release(who, job, again=again, options=options)
    d.work(), d.created(), d.sent(), d.answer(**{"outcome": "printed"} | answer)
    wait_for("not over", lambda: core.state(job) != "releasing")
    d.peer.close()
    return core.records("job.release.completed", "job.release.uncertain", "job.release.failed")[-1]


def output(record):
    return {k: record[k] for k in ("expected", "impressions", "sheets", "output") if k in record}


def notices(core, login="alice"):
    rows = core.once("portal", "notice.list", None, core.login("portal", login)).fields["notices"]
    return [(n["word"], n["facts"]) for n in rows]


@pytest.mark.parametrize("pages,options,changed,said,want", [
    (12, {"copies": "1"}, None, {"impressions": 12}, {"expected": 12, "impressions": 12, "output": "confirmed"}),
    (12, {"copies": "2"}, None, {"impressions": 24, "sheets": 12},
     {"expected": 24, "impressions": 24, "sheets": 12, "output": "confirmed"}),
    (12, {"copies": "2"}, {"copies": "3"}, {"impressions": 24}, {"expected": 36, "impressions": 24, "output": "short"}),
    (12, {"copies": "1", "page-ranges": "1-3,11-20", "number-up": "2"}, None, {"impressions": 3},
     {"expected": 3, "impressions": 3, "output": "confirmed"}),
    (12, {"copies": "1"}, None, {"sheets": 5}, {"expected": 12, "sheets": 5, "output": "short"}),
    (12, {"copies": "1"}, None, {"sheets": 6}, {"expected": 12, "sheets": 6, "output": "unknown"}),
    (12, {"copies": "1"}, None, {"impressions": 0}, {"expected": 12, "impressions": 0, "output": "unknown"}),
    (12, {"copies": "1"}, None, {}, {"expected": 12, "output": "unknown"}),
    (12, {"copies": "1"}, None, {"impressions": (1 << 63) - 1}, {"expected": 12, "impressions": (1 << 63) - 1, "output": "confirmed"}),
    (-1, {"copies": "1"}, None, {"impressions": 7}, {"impressions": 7, "output": "unknown"}),
    (0, {"copies": "1"}, None, {"impressions": 7}, {"impressions": 7, "output": "unknown"}),
    (12, {}, None, {"impressions": 12}, {"expected": 12, "impressions": 12, "output": "confirmed"}),
])
def test_the_record_says_what_was_asked_for_and_what_the_printer_counted(core, pages, options, changed, said, want):
    job = Arrival(core, options=options).hold(pages=pages)
    who = core.kiosk()
    assert core.jobs(who)[0]["pages"] == (pages if pages >= 0 else -1)
    assert core.jobs(who)[0]["takes"] == (24 if changed else want.get("expected", -1))  # as it was sent
    record = released(core, job, who, said, changed)
    assert record["ev"] == "job.release.completed" and output(record) == want
    shown = core.jobs(who)[0]
    assert (shown["state"], shown["output"], shown["impressions"]) == ("printed", want["output"], said.get("impressions", -1))
    assert bool(notices(core)) == (want["output"] == "short")


def test_operators_see_pages_and_what_came_out(core):
    job = Arrival(core).hold(pages=12)
    released(core, job, core.kiosk(), {"impressions": 3})
    row, = core.act("oscar", "admin.jobs", {"limit": 5}).fields["jobs"]
    assert (row["pages"], row["output"]) == (12, "short")


def test_pages_may_be_left_out_of_a_commit(core):
    job = Arrival(core).hold()
    assert core.sql("select pages from job where id = ?", job) == [(-1,)]
    assert output(released(core, job, core.kiosk(), {"impressions": 1})) == {"impressions": 1, "output": "unknown"}


def test_a_short_one_is_told_its_owner_with_how_long_it_can_be_had_again(core):
    job = Arrival(core, title="Offer").hold(pages=12)
    who = core.kiosk()
    released(core, job, who, {"impressions": 3})
    assert core.state(job) == "printed"
    again = core.sql("select due from job where id = ?", job)[0][0]
    assert core.sql("select released + ? from job where id = ?", HOUR, job) == [(again,)]
    assert notices(core) == [("output-short", {"device": "hall", "impressions": "3", "expected": "12", "again": str(again)})]
    assert "Offer" not in str(core.records()) + str(notices(core))
    assert output(released(core, job, who, {"impressions": 12}, again=[job]))["output"] == "confirmed"
    assert core.jobs(who)[0]["output"] == "confirmed" and len(notices(core)) == 1


def test_what_nothing_is_kept_of_waits_for_its_owners_word_when_it_came_out_short(core):
    job = Arrival(core, queue="secret").hold(pages=12)
    who = core.kiosk()
    record = released(core, job, who, {"sheets": 2})
    assert (record["ev"], record["reason"]) == ("job.release.uncertain", "output-short")
    assert output(record) == {"expected": 12, "sheets": 2, "output": "short"}
    shown = core.jobs(who)[0]
    assert (shown["state"], shown["why"], shown["output"]) == ("uncertain", "output-short", "short")
    assert notices(core) == [("output-short", {"device": "hall", "sheets": "2", "expected": "12"})]
    assert core.once("kiosk", "job.resolve", {"job": job, "outcome": "again"}, who).code == "ok"
    assert [(j["state"], j["output"]) for j in core.jobs(who)] == [("held", "")]
    record = released(core, job, who, {"impressions": 12})
    assert output(record) == {"expected": 12, "impressions": 12, "output": "confirmed"} and core.state(job) == "erased"


def test_an_owner_who_says_that_it_came_out_does_not_change_what_the_printer_counted(core):
    job = Arrival(core, queue="secret").hold(pages=12)
    who = core.kiosk()
    released(core, job, who, {"impressions": 11})
    assert core.once("kiosk", "job.resolve", {"job": job, "outcome": "printed"}, who).code == "ok"
    assert core.state(job) == "erased"
    record = core.records("job.release.completed")[-1]
    assert output(record) == {"expected": 12, "impressions": 11, "output": "short"}


def test_what_nothing_is_kept_of_is_erased_if_nobody_can_say_that_it_was_short(core):
    for n, said in enumerate(({"impressions": 12}, {}, {"impressions": 0}, {"impressions": 3, "sheets": 12})):
        job = Arrival(core, queue="secret", cups_job=n).hold(pages=12)
        released(core, job, core.kiosk(), said)
        assert core.state(job) == "erased"
    assert notices(core) == []


@pytest.mark.parametrize("outcome,why,state", [("uncertain", "lost", "uncertain"), ("held", "printer-error", "held")])
def test_a_release_that_went_wrong_records_what_is_known_of_it(core, outcome, why, state):
    job = Arrival(core).hold(pages=12)
    record = released(core, job, core.kiosk(), {"outcome": outcome, "why": why, "impressions": 3})
    assert core.state(job) == state and output(record) == {"expected": 12, "impressions": 3}


def test_progress_is_remembered_when_the_process_is_lost(core):
    job = Arrival(core).hold(pages=12)
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    d.work(), d.created(), d.sent()
    a = d.peer.call("deliver.progress", {"job": job, "impressions": 5, "sheets": -1})
    assert a.code == "ok" and core.jobs(who)[0]["impressions"] == 5
    d.peer.call("deliver.progress", {"job": job, "impressions": -1, "sheets": 3})
    d.peer.close()
    asks = Deliver(core)
    asks.errand(), asks.said("uncertain", "lost")
    wait_for("not uncertain", lambda: core.state(job) == "uncertain")
    assert output(core.records("job.release.uncertain")[-1]) == {"expected": 12, "impressions": 5, "sheets": 3}
    assert core.once("kiosk", "job.resolve", {"job": job, "outcome": "printed"}, who).code == "ok"
    assert output(core.records("job.release.completed")[-1])["output"] == "short"


def test_a_count_that_comes_later_counts_too(core):
    """The process is lost after everything was sent, and the printer is asked what came out."""
    job = Arrival(core).hold(pages=12)
    who, d = core.kiosk(), Deliver(core)
    core.release(who, job)
    d.work(), d.created(), d.sent()
    d.peer.close()
    asks = Deliver(core)
    asks.errand(), asks.said("printed", impressions=3)
    wait_for("not printed", lambda: core.state(job) == "printed")
    assert output(core.records("job.release.completed")[-1]) == {"expected": 12, "impressions": 3, "output": "short"}
    assert [w for w, _ in notices(core)] == ["output-short"]


def test_a_drivers_count_is_not_the_printers(core):
    core.device("old", uri="socket://127.0.0.1:9", driver="drv:///sample.drv/generic.ppd")
    who = core.kiosk(terminal=core.terminal("other", "old"))
    for said in ({"impressions": 3}, {"impressions": 12, "sheets": 12}):
        job = Arrival(core).hold(pages=12)
        assert output(released(core, job, who, said))["output"] == "unknown"
    assert notices(core) == []
