"""Where a job may come out, who may print there, and who must be there besides: decided by the core at each release."""
import copy
import json
import secrets
import statistics
import threading
import time

import pytest

from lib import policy
from lib.core import GROUP, Arrival, Core, Deliver, crypt_hash, person, row
from lib.lab import wait_for
from lib.wire import Message

TLS = {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32}


def classes(**changes):
    """The shipped classes; changes: class name -> members."""
    return [k | changes.get(k["name"], {}) for k in copy.deepcopy(policy.CLASSES)]


def start(lab, zones=None, **changes):
    c = Core(lab)
    c.policy |= {"classes": classes(**changes)} | ({"zones": zones} if zones else {})
    c.people |= {p["login"]: p for p in (person("lena", ["user", "lab"]), person("lars", ["user", "lab"]),
                                         person("olga", ["user", "operator"]))}
    return c.start()


@pytest.fixture
def zoned(lab):
    """The lab is for its people; the vault for everybody, and confidential jobs come out nowhere else."""
    c = start(lab, {"lab": [GROUP.format("lab"), GROUP.format("guests")]}, confidential={"zones": ["vault", "cellar"]})
    c.device("hall"), c.device("bench", zone="lab"), c.device("safe", zone="vault", **TLS), c.device("attic", **TLS)
    yield c
    c.stop()


@pytest.fixture
def two(lab):
    """Restricted jobs need a second person, internal ones an operator."""
    c = start(lab, {"lab": [GROUP.format("lab")]}, restricted={"second": ["user"]}, internal={"second": ["operator", "auditor"]})
    c.device("attic", **TLS)
    yield c
    c.stop()


def at(core, device, login="alice", name=None, **more):
    return core.kiosk(login, core.terminal(name or "t-" + device, device, **more))


def why(answer):
    r = row(answer)
    assert (r["code"] == "ok") == (r["why"] == ""), r
    return r["why"]


def denied(core):
    return [r["reason"] for r in core.records("job.release.denied")]


# ---- zones ----

def test_a_job_comes_out_at_any_device_of_its_persons_zones(zoned):
    """Find-me: one job, two terminals in two zones; whichever is asked has it, and once."""
    zoned.device("porch", zone="east")
    here, there, lab = at(zoned, "hall"), at(zoned, "porch"), at(zoned, "bench", "lena")
    for who, device in ((here, "hall"), (there, "porch")):
        job = Arrival(zoned).hold()
        assert [j["job"] for j in zoned.jobs(here)] == [j["job"] for j in zoned.jobs(there)] == [job]
        d = Deliver(zoned)
        assert why(zoned.release(who, job)) == ""
        assert why(zoned.release(there if who is here else here, job)) == "already-printing"
        assert d.work().fields["device"] == device
        d.created(), d.sent(), d.answer("printed")
        wait_for("not printed", lambda: zoned.state(job) == "printed")
        zoned.once("kiosk", "job.delete", {"jobs": [job]}, who)
    mine = [Arrival(zoned, owner="lena", uuid=str(i)).hold() for i in range(2)]
    assert why(zoned.release(lab, mine[0])) == "" and why(zoned.release(at(zoned, "hall", "lena", "other"), mine[1])) == ""


def test_nobody_prints_in_a_zone_that_is_not_theirs(zoned):
    job = Arrival(zoned).hold()
    lab = zoned.terminal("t-lab", "bench")
    who = zoned.kiosk("alice", lab)
    assert [j["job"] for j in zoned.jobs(who)] == [job], "they see it all the same"
    assert why(zoned.release(who, job)) == "zone-person" and zoned.state(job) == "held"
    r, = zoned.records("job.release.denied")
    assert (r["reason"], r["job"], r["person"]) == ("zone-person", job, zoned.people["alice"]["id"])
    zoned.people["alice"]["groups"].append(GROUP.format("guests").upper())
    zoned.clock(2500)  # what the directory said less than two seconds ago counts
    core_groups = zoned._ldap
    for w in zoned.workers:  # as a directory that spells it as it was asked
        if w.kind == "ldap":
            w.handler = lambda m: (lambda a: (a.fields["groups"].append(GROUP.format("guests")), a)[1])(core_groups(m))
    assert why(zoned.release(who, job)) == ""


def test_the_zone_is_that_of_the_device_not_of_the_terminal(zoned):
    job = Arrival(zoned).hold()
    t = zoned.terminal("t-hall", "hall", devices=["bench"])
    who = zoned.kiosk("alice", t)

    def release(device):
        return zoned.once("kiosk", "job.release", {"jobs": [job], "idem": secrets.token_hex(12), "device": device}, who)
    assert why(release("bench")) == "zone-person"
    assert why(release("hall")) == ""


def test_whoever_leaves_a_zones_group_prints_there_no_more(zoned):
    jobs = [Arrival(zoned, owner="lena", uuid=str(i)).hold() for i in range(2)]
    who = at(zoned, "bench", "lena")
    assert why(zoned.release(who, jobs[0])) == ""
    zoned.people["lena"]["groups"].remove(GROUP.format("lab"))
    zoned.clock(2500)
    assert why(zoned.release(who, jobs[1])) == "zone-person"


def test_while_the_directory_is_away_its_last_word_on_zones_counts(zoned):
    mine, hers = Arrival(zoned).hold(), [Arrival(zoned, owner="lena", uuid=str(i)).hold() for i in range(2)]
    t = [zoned.terminal(f"t{i}", "bench") for i in range(2)]
    alice, lena = zoned.kiosk("alice", t[0]), zoned.kiosk("lena", t[1])
    zoned.directory_up = False
    zoned.clock(10000)
    assert why(zoned.release(lena, hers[0])) == "" and why(zoned.release(alice, mine)) == "zone-person"
    r, = zoned.records("job.release.authorized")
    assert 10000 <= r["directory_ms"] < 20000
    zoned.stop(), zoned.start()
    assert why(zoned.release(lena, hers[1])) == "", "it is durable"


def test_a_class_comes_out_in_its_zones_alone(zoned):
    zoned.device("den", zone="cellar", **TLS), zoned.device("cave", zone="Vault", **TLS)
    jobs = [Arrival(zoned, classification="confidential", uuid=str(i)).hold() for i in range(2)]
    for device, want in (("attic", "zone-class"), ("cave", "zone-class"), ("safe", ""), ("den", "")):
        assert why(zoned.release(at(zoned, device), jobs[0])) == want, device
        if not want:
            jobs.pop(0)
    assert denied(zoned).count("zone-class") == 2
    assert why(zoned.release(at(zoned, "safe", name="again"), Arrival(zoned).hold())) == "", "another class comes out there too"


def test_a_new_policy_of_zones_ends_sessions_and_counts_at_once(zoned):
    job = Arrival(zoned, owner="lena").hold()
    lena = at(zoned, "bench", "lena")
    document = json.loads(zoned.sql("select document from policy order by version desc")[0][0])
    zoned.decide("policy.access", document | {"zones": {"lab": [GROUP.format("guests")]}}, by="sam", approver="sid")
    assert zoned.jobs_code(lena) == "denied"
    zoned.directory_up = False
    a = zoned.once("kiosk", "login.password", {"login": "lena"}, {"terminal": lena["terminal"], "password": b"pw-lena"})
    assert a.code == "away"
    zoned.directory_up = True
    lena = zoned.kiosk("lena", lena["terminal"])
    assert why(zoned.release(lena, job)) == "zone-person"
    del document["zones"]
    zoned.sessions.clear()
    zoned.decide("policy.access", document, by="sam", approver="sid")
    assert why(zoned.release(zoned.kiosk("lena", lena["terminal"]), job)) == "", "a zone that the policy no longer knows is everybody's"


def test_what_a_policy_of_zones_would_do_is_said_before(zoned):
    at(zoned, "bench", "lena")
    document = json.loads(zoned.sql("select document from policy order by version desc")[0][0])

    def said(operation, by, **members):
        a = zoned.propose(operation, document | members, by, dry=1)
        assert a.code == "ok", a
        return "\n".join(a.fields["changes"] + a.fields["effect"])
    text = said("policy.access", "sam", zones={"lab": [GROUP.format("lab")], "east": [GROUP.format("guests")]})
    lab, guests = GROUP.format("lab"), GROUP.format("guests")
    for words in (f"zone lab {lab}, {guests} -> {lab}", f"zone east none -> {guests}",
                  "zone lab: 1 of the people seen may print there", "zone east: nobody who has been seen", "every session ends"):
        assert words in text, (words, text)
    text = said("policy.retention", "remy", classes=classes(confidential={"zones": ["vault", "moon"], "second": ["user"]},
                                                            public={"zones": ["moon"]}))
    for words in ("class confidential: zones vault, cellar -> vault, moon", "class confidential: second none -> user",
                  "class confidential: no device is in zone moon", "class public: its jobs can't come out anywhere"):
        assert words in text, (words, text)
    assert "class confidential: its jobs" not in text and "session" not in text
    bare = zoned.propose("policy.access", {k: v for k, v in document.items() if k != "zones"}, "sam", dry=1)
    assert bare.code == "ok" and any("zone lab" in s and "-> none" in s for s in bare.fields["changes"]), bare


def test_why_a_person_may_print_in_a_zone(zoned):
    def rows(login):
        a = zoned.act("sam", "person.why", {"login": login})
        assert a.code == "ok", a
        return a.fields["zones"]
    assert rows("lena") == [{"zone": "lab", "group": GROUP.format("lab")}]
    assert rows("alice") == [{"zone": "lab", "group": ""}]


def test_a_policy_under_which_nobody_could_be_the_second_is_refused(lab):
    c = Core(lab)
    c.policy = None
    c.start()
    doc = policy.document([(GROUP.format(r), r) for r in ("user", "security", "records", "device-admin")], profile="compact",
                          classes=classes(restricted={"second": ["auditor"]}))
    a = c.ctl("policy.init", {"document": policy.text(doc)})
    assert a.code == "invalid" and "class restricted: nobody could be the second person" in a.text
    c.stop()


# ---- two people ----

def second(core, who, job, badge, pin, **fields):
    return core.once("kiosk", "job.release", {"jobs": [job] if isinstance(job, str) else job, "idem": secrets.token_hex(12)} | fields,
                     who | {"badge": badge.encode(), "pin": pin if isinstance(pin, bytes) else pin.encode()})


def colleague(core, login, number):
    core.badge(login, number)
    return number, core.pin(login)


def restricted(core, **more):
    return Arrival(core, **({"classification": "restricted", "proof": "cupsd", "uuid": secrets.token_hex(4)} | more)).hold()


def test_a_restricted_job_needs_a_second_person_at_the_terminal(two):
    who, bob = at(two, "attic"), colleague(two, "bob", "77")
    job, plain = restricted(two), Arrival(two, classification="public", queue="q", uuid="plain").hold()
    assert {j["job"]: j["second"] for j in two.jobs(who)}[job] == 1
    assert why(two.release(who, job)) == "second-needed" and two.state(job) == "held"
    assert denied(two) == ["second-needed"] and not two.records("auth.denied")
    assert why(second(two, who, job, *bob)) == ""
    r, = two.records("job.release.authorized")
    ids = {n: two.people[n]["id"] for n in ("alice", "bob")}
    assert (r["person"], r["owner"], r["second"], r["method"]) == (ids["alice"], ids["alice"], ids["bob"], "password")
    s, = two.records("auth.second")
    assert (s["person"], s["for"], s["terminal"]) == (ids["bob"], ids["alice"], "t-attic")
    assert [r["person"] for r in two.records("auth.ok")].count(ids["bob"]) == 1, "the portal, where bob got a PIN; no session here"
    assert [r[0] for r in two.sql("select kind from session s join person p on p.id = s.person where p.login = 'bob'")] == [2]
    assert plain


def test_jobs_that_need_nobody_else_go_on(two):
    who, bob = at(two, "attic"), colleague(two, "bob", "77")
    jobs = [restricted(two), Arrival(two, classification="confidential", uuid="c").hold()]
    a = two.once("kiosk", "job.release", {"jobs": jobs, "idem": "i" * 20}, who).fields["jobs"]
    assert [r["why"] for r in a] == ["second-needed", ""]
    assert why(second(two, who, jobs[0], *bob)) == ""
    by = {r["job"]: r["second"] for r in two.records("job.release.authorized")}
    assert by == {jobs[0]: two.people["bob"]["id"], jobs[1]: ""}
    both = [restricted(two), Arrival(two, classification="confidential", uuid="d").hold()]
    a = second(two, who, both, "77", "000001" if bob[1] != b"000001" else "000002").fields["jobs"]
    assert [r["why"] for r in a] == ["second-refused", ""], "a wrong PIN stops what needs it, and nothing else"


@pytest.mark.parametrize("case,reason", [
    ("wrong-pin", "wrong-pin"), ("unknown-badge", "unknown-badge"), ("no-pin", "no-pin"), ("locked-pin", "pin-locked"),
    ("disabled", "disabled"), ("contained", "contained"), ("gone", "not-in-directory"), ("no-role", "no-role"), ("self", "second-same"),
    ("own-other-account", "second-same"), ("role", "second-role"), ("zone", "zone-person"), ("away", "directory-away")])
def test_who_can_not_be_the_second(two, case, reason):
    """One neutral answer, the true reason in the log."""
    two.device("bench", zone="lab", **TLS)
    first = "lena" if case == "zone" else "alice"
    if case == "own-other-account":
        two.people["alice"]["same"] = two.people["bob"]["same"] = "e-7"
    who = at(two, "bench" if case == "zone" else "attic", first)
    login = {"self": first, "role": "oscar"}.get(case, "bob")
    if case == "role":
        two.people["oscar"]["groups"].append(GROUP.format("user"))
    number, pin = colleague(two, login, "77")
    if case == "role":
        two.people["oscar"]["groups"].remove(GROUP.format("user"))
    wrong = b"000001" if pin != b"000001" else b"000002"
    if case == "no-pin":
        two.badge("lars", "78")
        number = "78"
    if case == "locked-pin":
        t = two.terminal("elsewhere", "attic")
        for i in range(12):
            two.clock(i * 3600000)
            two.once("kiosk", "login.badge", None, {"terminal": t, "badge": b"77", "pin": wrong})
        assert two.records("pin.locked")
        who = two.kiosk(first, who["terminal"])
    if case == "contained":
        a = two.act("sam", "contain.lock", {"kind": "person", "name": "bob", "reason": "lost badge"})
        assert a.code == "ok", a
    if case == "disabled":
        two.people["bob"]["status"] = "disabled"
    if case == "gone":
        del two.people["bob"]
    if case == "no-role":
        two.people["bob"]["groups"] = []
    if case == "unknown-badge":
        number = "4711"
    job = restricted(two, owner=first)
    if case == "away":
        two.clock(70000)
        who = two.kiosk(first, who["terminal"])
        two.directory_up = False
    before = len(two.records("auth.ok"))
    a = second(two, who, job, number, wrong if case == "wrong-pin" else pin)
    assert (row(a)["code"], row(a)["why"]) == ("denied", "second-refused") and two.state(job) == "held"
    assert reason in [r["reason"] for r in two.records("auth.denied")] and denied(two)[-1] == "second-refused"
    assert len(two.records("auth.ok")) == before and set(a.fields) == {"jobs"} and not a.secret
    assert not two.records("job.release.authorized")


def test_only_the_roles_of_the_class_may_be_the_second(two):
    who, bob = at(two, "attic"), colleague(two, "bob", "77")
    job = Arrival(two, uuid="internal").hold()
    two.device("hall")
    olga = colleague(two, "olga", "78")
    assert why(second(two, who, job, *bob)) == "second-refused"
    assert [r["reason"] for r in two.records("auth.denied")] == ["second-role"]
    assert why(second(two, who, job, *olga)) == ""


def test_neither_owner_nor_delegate_is_the_second(two):
    two.device("hall")
    job = Arrival(two, uuid="internal", owner="olga").hold()
    a = two.once("portal", "delegate.add", {"login": "alice", "until": int(time.time() * 1000) + 3600000, "title": 0},
                 two.login("portal", "olga"))
    assert a.code == "ok", a
    who, olga = at(two, "attic"), colleague(two, "olga", "78")
    two.people["lars"] = person("lars", ["user", "operator"])
    lars = colleague(two, "lars", "79")
    assert why(second(two, who, job, *olga)) == "second-refused"
    assert [r["reason"] for r in two.records("auth.denied")] == ["second-owner"]
    assert why(second(two, who, job, *lars)) == ""
    r, = two.records("job.release.authorized")
    assert [r[k] for k in ("person", "owner", "second")] == [two.people[n]["id"] for n in ("alice", "olga", "lars")]


def test_an_account_without_a_person_is_not_the_second(lab):
    """With directory-person, where nobody can tell whose account it is."""
    c = start(lab, restricted={"second": ["user"]})
    c.device("attic", **TLS)
    for login in ("alice", "lena", "sam"):
        c.people[login]["same"] = "e-" + login
    t, bob, lena = c.terminal("t", "attic"), colleague(c, "bob", "77"), colleague(c, "lena", "78")
    c.stop()
    c.values["directory-person"] = "employeeNumber"
    c.start()
    who, job = c.kiosk("alice", t), restricted(c)
    assert why(second(c, who, job, *bob)) == "second-refused"
    assert [r["reason"] for r in c.records("auth.denied")] == ["person-unknown"]
    assert why(second(c, who, job, *lena)) == ""
    c.stop()


def test_the_second_by_badges_and_pins_of_the_directory(lab):
    c = Core(lab, {"directory-badge": "quoinBadge", "directory-pin": "quoinPin"})
    c.policy |= {"classes": classes(restricted={"second": ["user"]})}
    c.start()
    c.device("attic", **TLS)
    who, job = at(c, "attic"), restricted(c)
    c.badges["4711"], c.verifiers["bob"] = "bob", crypt_hash(b"482913")
    assert why(second(c, who, job, "4711", b"482914")) == "second-refused"
    assert [r["reason"] for r in c.records("auth.denied")] == ["wrong-pin"] and c.sql("select failures from pin") == [(1,)]
    asked = [m for w in c.workers for m in w.seen if m.verb == "ldap.badge"]
    assert len(asked) == 1 and asked[0].secret["badge"] == b"4711"
    assert why(second(c, who, job, "4711", b"482913")) == "" and c.sql("select failures from pin") == [(0,)]
    assert c.records("auth.second")[0]["person"] == c.people["bob"]["id"]
    c.stop()


def test_a_badge_and_a_pin_or_neither(two):
    who, bob = at(two, "attic"), colleague(two, "bob", "77")
    job, fields = restricted(two), {"idem": "k" * 20}
    for secret in ({"badge": b"77"}, {"pin": bob[1]}):
        a = two.once("kiosk", "job.release", {"jobs": [job]} | fields, who | secret)
        assert a.code == "invalid" and two.state(job) == "held", a
    assert two.sql("select failures from pin") == [(0,)]


def test_the_same_request_with_a_second_person_is_answered_once(two):
    who, bob = at(two, "attic"), colleague(two, "bob", "77")
    job = restricted(two)
    wrong = b"000001" if bob[1] != b"000001" else b"000002"
    for _ in range(3):
        assert why(second(two, who, job, "77", wrong, idem="a" * 20)) == "second-refused"
    assert two.sql("select failures from pin") == [(1,)], "a repeated request is no other guess"
    for _ in range(2):
        assert why(second(two, who, job, *bob, idem="b" * 20)) == ""
    assert len(two.records("job.release.authorized")) == len(two.records("auth.second")) == 1


class Gate:
    """Holds a worker's answers to some messages until it is opened."""

    def __init__(self, core, kind, which):
        self.event, self.waiting = threading.Event(), threading.Event()
        for w in core.workers:
            if w.kind == kind:
                w.handler = self.wrap(w.handler, which)

    def wrap(self, handler, which):
        def held(m):
            if which(m):
                self.waiting.set()
                assert self.event.wait(10)
            return handler(m)
        return held


def test_what_happens_between_proof_and_release_counts(two):
    """The second is stopped, or the first logs out, while the other is still being looked at."""
    bob = colleague(two, "bob", "77")
    for i, case in enumerate(("second-contained", "first-logs-out", "first-disabled")):
        two.clock(i * 60000)
        job, t = restricted(two), two.terminal(case, "attic")
        who = two.kiosk("alice", t)
        two.clock(i * 60000 + 5000)
        about = two.people["bob" if case == "first-logs-out" else "alice"]["id"]
        handlers = [w.handler for w in two.workers]
        gate = Gate(two, "ldap", lambda m, about=about: m.fields.get("id") == about)
        p = two.dial("kiosk")
        p.send(Message("job.release", {"jobs": [job], "idem": case + "-" + "i" * 9}, who | {"badge": b"77", "pin": bob[1]}, seq=7))
        assert gate.waiting.wait(10)
        if case == "second-contained":
            assert two.act("sam", "contain.lock", {"kind": "person", "name": "bob", "reason": "lost badge"}).code == "ok"
        elif case == "first-logs-out":
            assert two.once("kiosk", "logout", None, who).code == "ok"
        else:
            two.people["alice"]["status"] = "disabled"
        gate.event.set()
        a = p.recv()
        for w, h in zip(two.workers, handlers):
            w.handler = h
        if case == "first-logs-out":
            assert a.code == "denied", a
        else:
            assert why(a) == {"second-contained": "second-refused", "first-disabled": "account"}[case]
        assert two.state(job) == "held"
        if case == "second-contained":
            assert "contained" in [r["reason"] for r in two.records("auth.denied")]
            assert two.act("sam", "contain.unlock", {"kind": "person", "name": "bob", "reason": "found"}).code == "ok"


@pytest.mark.parametrize("kind,verb,reason", [("pin", "pin.hash", "no-pin-worker"), ("ldap", "ldap.find", "directory-away")])
def test_a_worker_that_dies_leaves_nobody_waiting_and_nothing_done(two, kind, verb, reason):
    bob, t, job = colleague(two, "bob", "77"), two.terminal("t", "attic"), restricted(two)
    two.clock(70000)
    who = two.kiosk("alice", t)
    for w in two.workers:
        if w.kind == kind:
            w.handler = lambda m, w=w, h=w.handler: w.peer.sock.shutdown(2) if m.verb == verb and not w.ended else h(m)
    assert why(second(two, who, job, *bob)) == "second-refused" and two.state(job) == "held"
    assert reason in [r["reason"] for r in two.records("auth.denied")]


def test_a_wrong_second_takes_as_long_whoever_it_is(two):
    """On the beat of a quarter of a second; a right PIN of somebody who may not be the second sounds like a wrong one."""
    t, lars = two.terminal("t", "attic"), colleague(two, "lars", "78")
    two.badge("bob", "77"), two.badge("alice", "79")
    mine = two.pin("alice")
    wrong = b"000001" if two.pin("bob") != b"000001" else b"000002"
    two.people["lars"]["status"] = "disabled"
    took = {}
    for i in range(4):
        two.clock((i + 1) * 3600000)
        who, job = two.kiosk("alice", t), restricted(two)
        for number, pin in (("77", wrong), ("4711", wrong), ("x", wrong), lars, ("79", mine)):
            started = time.monotonic()
            assert why(second(two, who, job, number, pin)) == "second-refused"
            took.setdefault(number, []).append(time.monotonic() - started)
    middle = [statistics.median(t) for t in took.values()]
    assert min(middle) > 0.24 and max(middle) - min(middle) < 0.06, took


# ---- what a person changes ----

OFFER = {"formats": ["application/pdf"], "copies": 5, "sides": ["one-sided", "two-sided-long-edge"], "colors": ["color", "monochrome"],
         "media": ["iso_a4_210x297mm"], "finishings": ["staple", "punch"]}


def test_what_is_changed_reaches_the_printer_and_the_record(zoned):
    job = Arrival(zoned, options={"copies": "3", "sides": "one-sided", "number-up": "2"}).hold()
    who, d = at(zoned, "hall"), Deliver(zoned)
    shown, = zoned.jobs(who)
    assert (shown["copies"], shown["asked"]) == (3, {"copies": "3", "sides": "one-sided"})
    changes = {"copies": "2", "sides": "two-sided-long-edge", "print-color-mode": "monochrome", "media": "iso_a4_210x297mm",
               "finishings": "staple,punch"}
    a = zoned.once("kiosk", "job.release", {"jobs": [job], "idem": "i" * 20, "options": changes}, who)
    assert why(a) == ""
    assert d.work().fields["options"] == {"number-up": "2"} | changes
    r, = zoned.records("job.release.authorized")
    assert r["changed"] == "copies=2 sides=two-sided-long-edge print-color-mode=monochrome media=iso_a4_210x297mm finishings=staple,punch"
    assert r["second"] == ""


@pytest.mark.parametrize("changes", [
    {"number-up": "2"}, {"job-name": "x"}, {"copies": ""}, {"copies": "0"}, {"copies": "1000"}, {"copies": "01"}, {"copies": "2 "},
    {"copies": "-1"}, {"sides": ""}, {"sides": "a b"}, {"sides": "a,b"}, {"sides": "x" * 64}, {"media": "\u00e9"}, {"media": "a/../b"},
    {"finishings": ","}, {"finishings": "staple,"}, {"finishings": "a,,b"}, {"finishings": ",".join("abcdefghi")}])
def test_what_can_not_be_changed(zoned, changes):
    job, who = Arrival(zoned).hold(), at(zoned, "hall")
    a = zoned.once("kiosk", "job.release", {"jobs": [job], "idem": "i" * 20, "options": changes}, who)
    assert a.code == "invalid" and zoned.state(job) == "held" and not zoned.records("job.release.denied"), a


def test_nothing_is_changed_to_what_the_device_can_not_do(zoned):
    zoned.said(json.dumps(OFFER), "hall")
    job, who = Arrival(zoned).hold(), at(zoned, "hall")
    for changes in ({"copies": "6"}, {"sides": "two-sided-short-edge"}, {"print-color-mode": "bi-level"}, {"media": "iso_a3_297x420mm"},
                    {"finishings": "staple,fold"}, {"copies": "2", "finishings": "bind"}):
        a = zoned.once("kiosk", "job.release", {"jobs": [job], "idem": secrets.token_hex(12), "options": changes}, who)
        assert why(a) == "not-offered" and zoned.state(job) == "held", changes
    for i, changes in enumerate(({}, {"copies": "5"}, {"sides": "one-sided", "finishings": "none"},
                                 {"media": "iso_a4_210x297mm", "finishings": "punch", "print-color-mode": "color"})):
        job = Arrival(zoned, uuid=str(i)).hold()
        a = zoned.once("kiosk", "job.release", {"jobs": [job], "idem": secrets.token_hex(12), "options": changes}, who)
        assert why(a) == "", changes
    zoned.said(json.dumps({"formats": ["application/pdf"], "copies": 1, "sides": [], "colors": [], "media": [], "finishings": []}), "attic")
    who = at(zoned, "attic", name="bare")
    for changes, want in (({"copies": "2"}, "not-offered"), ({"media": "iso_a4_210x297mm"}, ""), ({"sides": "two-sided-long-edge"}, "not-offered"),
                          ({"copies": "1", "sides": "one-sided", "finishings": "none"}, "")):
        job = Arrival(zoned, uuid="bare" + want + str(len(changes)), classification="public").hold()
        a = zoned.once("kiosk", "job.release", {"jobs": [job], "idem": secrets.token_hex(12), "options": changes}, who)
        assert why(a) == want, changes


def test_whoever_is_no_longer_a_user_prints_nothing_more(zoned):
    """Their session began when they were."""
    job, who = Arrival(zoned, owner="olga").hold(), at(zoned, "hall", "olga")
    zoned.people["olga"]["groups"].remove(GROUP.format("user"))
    zoned.clock(2500)
    assert why(zoned.release(who, job)) == "account" and zoned.state(job) == "held"
