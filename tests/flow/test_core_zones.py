"""Where a job may come out, who may print there, and who must be there besides: decided by the core at each release."""
import copy
import json
import secrets

import pytest

from lib import policy
from lib.core import GROUP, Arrival, Core, Deliver, person
from lib.lab import wait_for

TLS = {"uri": "ipps://127.0.0.1:1/", "pin": "00" * 32}


def classes(**changes):
    """The shipped classes; changes: class name -> members."""
    return [k | changes.get(k["name"], {}) for k in copy.deepcopy(policy.CLASSES)]


def start(lab, zones=None, **changes):
    c = Core(lab)
    c.policy |= {"classes": classes(**changes)} | ({"zones": zones} if zones else {})
    c.people |= {p["login"]: p for p in (person("lena", ["user", "lab"]), person("lars", ["user", "lab"]), person("olga", ["user", "operator"]))}
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


def row(answer):
    assert answer.code == "ok", answer
    return answer.fields["jobs"][0]


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
    assert [r["directory_ms"] for r in zoned.records("job.release.authorized")] == [10000]
    zoned.stop(), zoned.start()
    lena = zoned.kiosk if False else lena
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
    for words in (f"zone lab {GROUP.format('lab')}, {GROUP.format('guests')} -> {GROUP.format('lab')}", f"zone east none -> {GROUP.format('guests')}",
                  "zone lab: 1 of the people seen may print there", "zone east: nobody who has been seen", "every session ends"):
        assert words in text, (words, text)
    text = said("policy.retention", "remy", classes=classes(confidential={"zones": ["vault", "moon"], "second": ["user"]}, public={"zones": ["moon"]}))
    for words in ("class confidential: zones vault, cellar -> vault, moon", "class confidential: second none -> user",
                  "class confidential: no device is in zone moon", "class public: its jobs can't come out anywhere"):
        assert words in text, (words, text)
    assert "class confidential: its jobs" not in text and "session" not in text
    bare = zoned.propose("policy.access", {k: v for k, v in document.items() if k != "zones"}, "sam", dry=1)
    assert bare.code == "ok" and any("zone lab" in s and "-> none" in s for s in bare.fields["changes"]), bare


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
        two.badge("carl", "78") if False else two.badge("lars", "78")
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
    a = two.once("portal", "delegate.add", {"who": "alice", "until": 3600000, "title": 0}, two.login("portal", "olga"))
    assert a.code == "ok", a
    who, olga, audra = at(two, "attic"), colleague(two, "olga", "78"), None
    two.people["lars"] = person("lars", ["user", "operator"])
    lars = colleague(two, "lars", "79")
    assert why(second(two, who, job, *olga)) == "second-refused"
    assert [r["reason"] for r in two.records("auth.denied")] == ["second-owner"] and audra is None
    assert why(second(two, who, job, *lars)) == ""
    r, = two.records("job.release.authorized")
    assert [r[k] for k in ("person", "owner", "second")] == [two.people[n]["id"] for n in ("alice", "olga", "lars")]


def test_whose_account_it_is_must_be_known_if_the_house_says_so(lab):
    c = start(lab, restricted={"second": ["user"]})
    c.stop()
    c.values["directory-person"] = "employeeNumber"
    c.start()
    c.people["alice"]["same"] = "e-1"
    c.device("attic", **TLS)
    for p in ("dora", "sam", "sid", "dirk"):
        c.people[p]["same"] = p
    c.stop()
