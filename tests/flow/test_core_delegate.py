"""An owner lets a named colleague release jobs: what that gives, what it does not, and how it ends."""
import time

import pytest

from lib.core import Arrival, Core, person
from lib.lab import wait_for

DAY = 24 * 3600 * 1000


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.people["alicia"] = person("alicia") | {"same": "7"}
    c.people["alice"]["same"] = "7"
    c.start()
    c.device(uri="ipps://127.0.0.1:1/", pin="00" * 32)
    c.panel = c.terminal()
    yield c
    c.stop()


def delegate(core, owner, login="bob", until=DAY, title=0, **more):
    return core.once("portal", "delegate.add", {"login": login, "until": int(time.time() * 1000) + until, "title": title} | more,
                     owner)


def listed(core, who, where="kiosk"):
    return {r["job"]: (r["owner"], r["title"]) for r in core.jobs(who, where)}


def why(answer):
    return [r["why"] for r in answer.fields["jobs"]]


def words(core, login):
    return [w for w, in core.sql("select word from notice join person p on p.id = person where p.login = ? order by notice.id", login)]


def at_desk(core, login):
    return core.login("portal", login)


def test_a_colleague_releases_what_the_owner_allows(core):
    job, owner = Arrival(core).hold(), at_desk(core, "alice")
    bob = core.kiosk("bob", core.panel)
    assert listed(core, bob) == {} and why(core.release(bob, job)) == ["not-yours"]
    a = delegate(core, owner)
    assert a.code == "ok"
    assert listed(core, bob) == {job: ("Alice", "")}
    assert why(core.release(bob, job)) == [""]
    r, = core.records("job.release.authorized")
    assert (r["person"], r["owner"], r["delegation"]) == (core.people["bob"]["id"], core.people["alice"]["id"], a.fields["id"])
    assert words(core, "alice") == ["delegation-given", "delegation-used"] and words(core, "bob") == ["delegation-received"]
    made, = core.records("delegation.made")
    assert (made["owner"], made["delegate"], made["job"]) == (core.people["alice"]["id"], core.people["bob"]["id"], "")


def test_titles_are_hidden_unless_the_owner_says_otherwise(core):
    one, two, owner = Arrival(core, title="Salaries").hold(), Arrival(core, title="Menu").hold(), at_desk(core, "alice")
    bob = core.kiosk("bob", core.panel)
    assert delegate(core, owner).code == "ok"
    assert delegate(core, owner, title=1, job=two).code == "ok"
    assert listed(core, bob) == {one: ("Alice", ""), two: ("Alice", "Menu")}


def test_one_job_is_not_all_of_them(core):
    one, two, owner = Arrival(core).hold(), Arrival(core).hold(), at_desk(core, "alice")
    bob = core.kiosk("bob", core.panel)
    assert delegate(core, owner, job=one).code == "ok"
    assert set(listed(core, bob)) == {one}
    assert why(core.release(bob, one, two)) == ["", "not-yours"]
    until, = core.sql("select until from delegation")[0]
    assert until <= core.sql("select due from job where id = ?", one)[0][0], "it ends with the job"


def test_own_and_delegated_jobs_are_one_list_in_pages(core):
    jobs = [Arrival(core, owner=o).hold() for o in ("alice", "bob", "alice", "bob", "bob", "alice")]
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    bob, seen, after = core.kiosk("bob", core.panel), [], {}
    for _ in range(3):
        a = core.once("kiosk", "job.list", {"limit": 2} | after, bob).fields
        seen += [r["job"] for r in a["jobs"]]
        after = {"after": seen[-1]}
        assert a["more"] == (len(seen) < 6)
    assert seen == sorted(jobs)


def test_a_colleague_neither_deletes_nor_delegates_on(core):
    job = Arrival(core).hold()
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    bob = core.kiosk("bob", core.panel)
    a = core.once("kiosk", "job.delete", {"jobs": [job]}, bob)
    assert a.fields["jobs"][0]["why"] == "not-yours" and core.state(job) == "held"
    assert delegate(core, at_desk(core, "bob"), "oscar", job=job).code == "not-found"


def test_classes_that_forbid_it_stay_with_their_owner(core):
    core.once("ctl", "status")
    restricted, owner = Arrival(core, classification="restricted", proof="cupsd").hold(), at_desk(core, "alice")
    assert delegate(core, owner, job=restricted).code == "denied"
    assert delegate(core, owner).code == "ok"
    bob = core.kiosk("bob", core.panel)
    assert listed(core, bob) == {} and why(core.release(bob, restricted)) == ["not-yours"]


@pytest.mark.parametrize("login, code", [("alice", "denied"), ("alicia", "denied"), ("nobody", "not-found"), ("dave", "not-found"),
                                         ("nora", "not-found"), ("oscar", "not-found"), ("a\\b", "not-found")])
def test_whom_nobody_can_delegate_to(core, login, code):
    assert delegate(core, at_desk(core, "alice"), login).code == code
    assert core.sql("select count(*) from delegation") == [(0,)]


def test_for_ninety_days_at_most_and_not_for_the_past(core):
    owner = at_desk(core, "alice")
    for until in (-1000, 90 * DAY + 60000):
        assert delegate(core, owner, until=until).code == "invalid"
    assert delegate(core, owner, until=90 * DAY).code == "ok"


def test_names_are_not_guessed_here(core):
    owner = at_desk(core, "alice")
    codes = [delegate(core, owner, f"guess{i}").code for i in range(12)]
    assert codes == ["not-found"] * 10 + ["full"] * 2


def test_with_the_directory_away_nothing_is_delegated(core):
    owner = at_desk(core, "alice")
    core.directory_up = False
    assert delegate(core, owner).code == "away"


@pytest.mark.parametrize("by, reason, told", [("alice", "revoked", ("bob", "delegation-ended")),
                                              ("bob", "declined", ("alice", "delegation-returned"))])
def test_either_side_ends_it_at_once(core, by, reason, told):
    job, owner = Arrival(core).hold(), at_desk(core, "alice")
    id_ = delegate(core, owner).fields["id"]
    bob = core.kiosk("bob", core.panel)
    stranger = at_desk(core, "alicia")
    assert core.once("portal", "delegate.revoke", {"id": id_}, stranger).code == "not-found"
    assert core.once("portal", "delegate.revoke", {"id": id_}, at_desk(core, by)).code == "ok"
    assert why(core.release(bob, job)) == ["not-yours"]
    assert core.records("delegation.ended")[-1]["reason"] == reason
    assert words(core, told[0])[-1] == told[1]
    assert core.once("portal", "delegate.list", None, owner).fields["delegations"] == []


def test_it_ends_with_its_time(core):
    core.values |= {"kiosk-idle": "1h", "kiosk-session": "1h"}
    core.restart()
    job, owner = Arrival(core).hold(), at_desk(core, "alice")
    assert delegate(core, owner, until=1800000).code == "ok"
    bob = core.kiosk("bob", core.panel)
    core.clock(1800001)
    assert listed(core, bob) == {} and why(core.release(bob, job)) == ["not-yours"]


@pytest.mark.parametrize("leaver, reason, told", [("alice", "owner-left", "bob"), ("bob", "delegate-left", "alice")])
def test_it_ends_when_either_leaves(core, leaver, reason, told):
    core.values |= {"kiosk-idle": "1h", "kiosk-session": "1h"}
    core.restart()
    Arrival(core).hold()
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    core.people[leaver]["status"] = "disabled"
    core.clock(301000)  # the sweep finds out
    wait_for("the delegation goes on", lambda: core.records("delegation.ended"))
    assert core.records("delegation.ended")[-1]["reason"] == reason
    assert words(core, told)[-1] in ("delegation-ended", "delegation-returned")


def test_a_locked_owners_jobs_stay_where_they_are(core):
    job = Arrival(core).hold()
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    bob = core.kiosk("bob", core.panel)
    a = core.once("console", "contain.lock", {"kind": "person", "name": "alice", "reason": "test"}, core.login("console", "sam"))
    assert a.code == "ok"
    assert listed(core, bob) == {} and why(core.release(bob, job)) == ["owner-left"]


def test_a_locked_colleague_prints_nothing(core):
    job = Arrival(core).hold()
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    bob = core.kiosk("bob", core.panel)
    core.once("console", "contain.lock", {"kind": "person", "name": "bob", "reason": "test"}, core.login("console", "sam"))
    assert core.release(bob, job).code == "denied"


def test_a_colleague_says_what_became_of_it_and_the_record_names_both(core):
    from lib.core import Deliver
    job = Arrival(core).hold()
    assert delegate(core, at_desk(core, "alice")).code == "ok"
    bob, d = core.kiosk("bob", core.panel), Deliver(core)
    assert why(core.release(bob, job)) == [""]
    d.work()
    d.created()
    d.answer("uncertain", "uncertain")
    wait_for("not uncertain", lambda: core.state(job) == "uncertain")
    assert listed(core, bob) == {job: ("Alice", "")}
    assert core.once("kiosk", "job.resolve", {"job": job, "outcome": "again"}, bob).code == "ok"
    r = core.records("job.release.resolved")[-1]
    assert (r["person"], r["owner"]) == (core.people["bob"]["id"], core.people["alice"]["id"])


def test_twenty_are_enough(core):
    owner, codes = at_desk(core, "alice"), []
    for i in range(21):
        core.people[f"p{i}"] = person(f"p{i}")
        codes.append(delegate(core, owner, f"p{i}").code)
    assert codes == ["ok"] * 20 + ["full"]
    assert delegate(core, owner, "p0", until=2 * DAY).code == "ok", "the same again takes the older one's place"
    assert core.records("delegation.ended")[-1]["reason"] == "replaced"
    assert core.sql("select count(*) from delegation where ended = 0") == [(20,)]


def test_notices_are_shown_until_they_are_seen_and_only_to_their_person(core):
    alice, bob = at_desk(core, "alice"), at_desk(core, "bob")
    assert delegate(core, alice).code == "ok"
    n, = core.once("portal", "notice.list", None, bob).fields["notices"]
    assert (n["word"], n["facts"]["who"]) == ("delegation-received", "Alice")
    assert core.once("portal", "notice.seen", {"id": n["id"]}, alice).code == "ok", "which says nothing"
    assert len(core.once("portal", "notice.list", None, bob).fields["notices"]) == 1
    assert core.once("portal", "notice.seen", {"id": n["id"]}, bob).code == "ok"
    assert core.once("portal", "notice.list", None, bob).fields["notices"] == []


def test_an_operators_cancel_needs_a_reason_and_is_told_to_the_owner(core):
    job = Arrival(core, title="Salaries").hold()
    oscar = core.login("console", "oscar")
    assert core.once("console", "job.cancel", {"job": job, "reason": "stuck"}, oscar).code == "ok"
    assert core.state(job) == "erased"
    r, = core.records("job.cancelled")
    assert (r["person"], r["owner_name"], r["reason"]) == (core.people["oscar"]["id"], "alice", "stuck")
    n, = core.once("portal", "notice.list", None, at_desk(core, "alice")).fields["notices"]
    assert n["word"] == "job-cancelled" and n["facts"] == {"queue": "secure", "reason": "stuck"}
    assert core.once("console", "job.cancel", {"job": job, "reason": "again"}, oscar).code == "not-found"
