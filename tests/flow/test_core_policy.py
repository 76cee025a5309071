"""The life of what two people decide, and the policy it brings into force: through the core's real sockets."""
import copy
import json
import pathlib
import secrets
import signal
import sqlite3
import threading
import time

import pytest

from lib import policy
from lib.core import GROUP, Arrival, Core, person
from lib.lab import run, wait_for

HOUR = 3600000


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.document = copy.deepcopy(c.policy)
    c.start()
    yield c
    c.stop()


class Person:
    """Somebody at a console, who gives the password again before what needs it."""

    def __init__(self, core, login, where="console"):
        self.core, self.login, self.where = core, login, where
        self.session = core.login(where, login)

    def ask(self, verb, fields=None):
        return self.core.once(self.where, verb, fields, self.session)

    def prove(self):
        a = self.core.once(self.where, "session.prove", None, self.session | {"password": b"pw-" + self.login.encode()})
        assert a.code == "ok", a
        return self

    def propose(self, document, operation="policy.access", ticket="CHG-1", dry=0):
        self.prove()
        text = document if isinstance(document, str) else policy.text(document)
        return self.ask("request.propose", {"operation": operation, "document": text, "ticket": ticket, "dry": dry})

    def approve(self, request, hash_=None):
        self.prove()
        return self.ask("request.approve", {"id": request["id"], "hash": hash_ or request["hash"]})


def ok(a):
    assert a.code == "ok", a
    return a.fields


def refused(a, code, words):
    assert a.code == code and words in a.text, a


def changed(core, **members):
    return copy.deepcopy(core.document) | members


def held_for(core, name, hold, **more):
    doc = copy.deepcopy(core.document)
    k = next(k for k in doc["classes"] if k["name"] == name)
    k.update(hold=hold, **more)
    return doc


def shorter(core):
    return held_for(core, "confidential", "4h")


def in_force(core):
    return core.sql("select max(version) from policy")[0][0]


def state(core, request):
    return core.sql("select state, reason from request where id = ?", request["id"])[0]


def edit(core, sql, *args, drop=()):
    """What somebody with the database file can do."""
    db = sqlite3.connect(core.state_dir / "quoin.db", timeout=10)
    try:
        for t in drop:
            db.execute(f"drop trigger {t}")
        db.execute(sql, args)
        db.commit()
    finally:
        db.close()


# ---- the whole life ----

def test_a_change_is_proposed_read_signed_off_and_in_force(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    dry = ok(remy.propose(shorter(core), "policy.retention", dry=1))
    assert dry["id"] == "" and dry["changes"] == ["class confidential: hold 8h -> 4h"], dry
    assert dry["effect"] == ["0 held jobs affected, 0 fall due now"] and dry["approvers"] == ["security"]
    assert core.sql("select count(*) from request") == [(0,)]
    made = ok(remy.propose(shorter(core), "policy.retention"))
    assert made["hash"] == dry["hash"]
    row, = ok(sam.ask("request.list", {"open": 1, "limit": 50}))["requests"]
    assert (row["id"], row["requester"], row["mine"], row["state"]) == (made["id"], "remy", 0, "open")
    read = ok(sam.ask("request.show", {"id": made["id"]}))
    assert read["changes"] == made["changes"] and json.loads(read["document"]) == shorter(core) and read["hash"] == made["hash"]
    assert sam.approve(made).code == "ok"
    shown = ok(sam.ask("policy.show"))
    assert (shown["version"], shown["author"], shown["approver"], shown["ticket"]) == (2, "remy", "sam", "CHG-1")
    assert shown["changes"] == ["class confidential: hold 8h -> 4h"] and json.loads(shown["document"]) == shorter(core)
    assert [v["version"] for v in ok(sam.ask("policy.list", {"limit": 50}))["versions"]] == [2, 1]
    assert [v["version"] for v in ok(sam.ask("policy.list", {"limit": 50, "before": 2}))["versions"]] == [1]
    assert json.loads(ok(sam.ask("policy.show", {"version": 1}))["document"]) == core.document
    done = ok(sam.ask("request.show", {"id": made["id"]}))
    assert (done["state"], done["decider"], done["effect"]) == ("executed", "sam", [])
    approved, = core.records("request.approved")
    applied = core.records("policy.applied")[-1]
    assert (approved["requester"], approved["approver"]) == (core.people["remy"]["id"], core.people["sam"]["id"])
    assert (applied["author"], applied["approver"], applied["profile"]) == (approved["requester"], approved["approver"], "standard")
    core.policy = None
    core.restart()
    assert core.ctl("status").fields["policy"] == 2


def test_a_request_is_used_once_and_rollback_is_a_new_version(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    assert sam.approve(made).code == "ok"
    refused(sam.approve(made), "conflict", "executed already")
    refused(sam.ask("request.reject", {"id": made["id"], "reason": "late"}), "conflict", "decided already")
    refused(remy.ask("request.withdraw", {"id": made["id"]}), "conflict", "decided already")
    back = ok(remy.propose(ok(remy.ask("policy.show", {"version": 1}))["document"], "policy.retention", "CHG-2"))
    assert back["changes"] == ["class confidential: hold 4h -> 8h"]
    assert sam.approve(back).code == "ok" and in_force(core) == 3


@pytest.mark.parametrize("end, by", [("request.reject", "sam"), ("request.withdraw", "remy")])
def test_what_is_rejected_or_withdrawn_is_over(core, end, by):
    who = {"remy": Person(core, "remy"), "sam": Person(core, "sam")}
    made = ok(who["remy"].propose(shorter(core), "policy.retention"))
    fields = {"id": made["id"]} | ({"reason": "no need"} if end == "request.reject" else {})
    assert who[by].ask(end, fields).code == "ok"
    refused(who["sam"].approve(made), "conflict", "already")
    assert in_force(core) == 1
    ended, = core.records("request.rejected", "request.ended")
    assert ended["reason"] == ("no need" if by == "sam" else "withdrawn")


# ---- who may ----

def test_nobody_approves_their_own_request(core):
    sam, other = Person(core, "sam"), Person(core, "sam", "ctl")
    made = ok(sam.propose(changed(core, owners={"al": "alice"})))
    refused(sam.approve(made), "denied", "your own request")
    refused(other.approve(made), "denied", "your own request")
    assert state(core, made)[0] == "open"
    assert core.records("request.denied")[0]["reason"] == "own-request"


def test_nor_through_a_second_account_of_the_same_person(core):
    core.people["sam"]["same"] = core.people["sid"]["same"] = "emp-17"
    sam, sid = Person(core, "sam"), Person(core, "sid")
    made = ok(sam.propose(changed(core, owners={"al": "alice"})))
    refused(sid.approve(made), "denied", "the person who proposed it")
    assert core.records("request.denied")[0]["reason"] == "same-person" and in_force(core) == 1
    assert ok(Person(core, "sid").ask("person.why", {"login": "sam"}))["accounts"] == ["sid"]
    core.people["sid"]["same"] = "emp-18"
    sid = Person(core, "sid")
    assert sid.approve(made).code == "ok"


def test_an_account_of_nobody_known_approves_nothing(lab):
    core = Core(lab, {"directory-person": "employeeNumber"})
    core.document = copy.deepcopy(core.policy)
    core.people["sam"]["same"] = "emp-17"
    core.start()
    try:
        made = ok(Person(core, "sam").propose(changed(core, owners={"al": "alice"})))
        refused(Person(core, "sid").approve(made), "denied", "whose account this is")
        core.people["sid"]["same"] = "emp-18"
        assert Person(core, "sid").approve(made).code == "ok"
    finally:
        core.stop()


@pytest.mark.parametrize("login", ["alice", "oscar", "dora", "kay"])
def test_others_are_not_told_that_it_exists(core, login):
    made = ok(Person(core, "sam").propose(changed(core, owners={"al": "alice"})))
    who = Person(core, login)
    refused(who.approve(made), "not-found", "no such request")
    refused(who.ask("request.show", {"id": made["id"]}), "not-found", "no such request")
    refused(who.ask("request.reject", {"id": made["id"], "reason": "x"}), "not-found", "no such request")
    assert ok(who.ask("request.list", {"open": 0, "limit": 5}))["requests"] == []


def test_an_auditor_reads_it_and_decides_nothing(core):
    made = ok(Person(core, "sam").propose(changed(core, owners={"al": "alice"})))
    audra = Person(core, "audra")
    assert ok(audra.ask("request.show", {"id": made["id"]}))["requester"] == "sam"
    refused(audra.approve(made), "denied", "no role of yours")
    refused(audra.ask("request.reject", {"id": made["id"], "reason": "x"}), "denied", "no role of yours")
    refused(audra.ask("request.withdraw", {"id": made["id"]}), "denied", "only who proposed it")
    refused(audra.propose(changed(core, owners={"al": "alice"})), "denied", "no role of yours")
    assert {r["reason"] for r in core.records("request.denied")} == {"no-approver-role", "not-own-request", "may-not-propose"}


def test_each_role_proposes_only_its_own_operation(core):
    for login, operation, may in (("sam", "policy.retention", False), ("remy", "policy.access", False), ("remy", "policy.retention", True),
                                  ("sam", "policy.access", True), ("oscar", "device", False), ("alice", "terminal", False)):
        a = Person(core, login).propose(shorter(core) if "ret" in operation else changed(core, owners={"a": "b"}), operation, dry=1)
        assert a.code == ("ok" if may else "denied"), (login, operation, a)


def test_who_lost_the_role_can_no_longer_approve(core):
    made = ok(Person(core, "sam").propose(changed(core, owners={"al": "alice"})))
    sid = Person(core, "sid")
    core.people["sid"] = person("sid", ["user"])
    assert ok(Person(core, "sam").ask("person.why", {"login": "sid"}))["roles"] == ["user"]
    a = sid.ask("request.approve", {"id": made["id"], "hash": made["hash"]})
    assert a.code == "denied" and in_force(core) == 1


def test_the_requesters_role_is_asked_again_when_it_is_signed_off(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    for change in (person("remy", ["user"]), person("remy", ["records"], status="disabled"), person("remy", ["records"], id_="f" * 32), None):
        core.people["remy"] = person("remy", ["records"])
        remy = Person(core, "remy")
        made = ok(remy.propose(shorter(core), "policy.retention"))
        if change:
            core.people["remy"] = change
        else:
            del core.people["remy"]
        refused(sam.approve(made), "conflict", "no longer")
        assert state(core, made) == ("void", "requester"), change
    assert in_force(core) == 1


def test_without_the_directory_nothing_is_signed_off(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    sam.prove()
    core.directory_up = False
    a = sam.ask("request.approve", {"id": made["id"], "hash": made["hash"]})
    assert a.code in ("away", "denied") and state(core, made)[0] == "open"
    core.directory_up = True
    assert sam.approve(made).code == "ok"


def test_who_approves_a_mapping_gains_nothing_by_it(core):
    sam, sid, remy = Person(core, "sam"), Person(core, "sid"), Person(core, "remy")
    core.people["sid"]["groups"].append(GROUP.format("helpers"))
    doc = changed(core, roles=core.document["roles"] + [{"group": GROUP.format("helpers"), "role": "operator"}])
    made = ok(sam.propose(doc))
    assert made["changes"] == [f"group {GROUP.format('helpers')}: role operator added"]
    refused(sid.approve(made), "denied", "you would hold the role operator")
    assert core.records("request.denied")[0]["reason"] == "approver-gains" and state(core, made)[0] == "open"
    assert remy.approve(made).code == "ok"


# ---- the document ----

def test_the_hash_must_be_of_what_was_read(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    refused(sam.approve(made, "00" * 32), "denied", "not the document that you read")
    assert state(core, made)[0] == "open" and sam.approve(made).code == "ok"


@pytest.mark.parametrize("column", ["document", "base", "operation"])
def test_an_edited_row_is_found(core, column):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    value = {"document": policy.text(held_for(core, "confidential", "8d")), "base": 7, "operation": "policy.access"}[column]
    with pytest.raises(sqlite3.IntegrityError, match="never edited"):
        edit(core, f"update request set {column} = ? where id = ?", value, made["id"])
    edit(core, f"update request set {column} = ? where id = ?", value, made["id"], drop=["request_fixed"])
    refused(sam.approve(made), "corrupt", "edited")
    assert state(core, made) == ("void", "edited") and in_force(core) == 1


def test_documents_are_kept_in_one_form(core):
    remy = Person(core, "remy")
    spread = json.dumps(dict(reversed(shorter(core).items())), separators=(" ,  ", " : "))
    assert ok(remy.propose(spread, "policy.retention", dry=1))["hash"] == ok(remy.propose(shorter(core), "policy.retention", dry=1))["hash"]


@pytest.mark.parametrize("text, words", [
    ("[1]", "not a JSON object"), ("{} x", "not JSON"), ('{"a": 1, "a": 2}', "not JSON"), ("{}", "the policy must have exactly"),
    ('{"x": "\\u007f"}', "control characters")])
def test_documents_that_are_none(core, text, words):
    refused(Person(core, "remy").propose(text, "policy.retention"), "invalid", words)


def test_a_ticket_has_letters_and_an_operation_a_name(core):
    remy = Person(core, "remy")
    refused(remy.propose(shorter(core), "policy.retention", ticket="  "), "invalid", "ticket")
    refused(remy.propose(shorter(core), "policy.everything"), "invalid", "no operation")


def test_twenty_open_requests_are_enough(core):
    remy = Person(core, "remy")
    for _ in range(20):
        last = ok(remy.propose(shorter(core), "policy.retention"))
    refused(remy.propose(shorter(core), "policy.retention"), "full", "20 open requests")
    assert remy.ask("request.withdraw", {"id": last["id"]}).code == "ok"
    assert remy.propose(shorter(core), "policy.retention").code == "ok"
    seen, before = [], None
    while True:
        page = ok(remy.ask("request.list", {"open": 1, "limit": 7} | ({"before": before} if before else {})))
        seen += [r["id"] for r in page["requests"]]
        if not page["more"]:
            break
        before = seen[-1]
    assert len(seen) == len(set(seen)) == 20 and seen == sorted(seen, reverse=True)
    assert len(ok(remy.ask("request.list", {"open": 0, "limit": 50}))["requests"]) == 21


# ---- time and order ----

def test_a_request_runs_out(core):
    remy = Person(core, "remy")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    core.clock(24 * HOUR + 1000)
    sam = Person(core, "sam")
    refused(sam.approve(made), "conflict", "")
    wait_for("not expired", lambda: state(core, made)[0] == "expired")
    assert core.records("request.ended")[0]["reason"] == "expired" and in_force(core) == 1


def test_one_that_has_run_out_is_not_approved_before_that_was_written_down(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    for drop in (["request_fixed"], [], []):
        made = ok(remy.propose(shorter(core), "policy.retention"))
        edit(core, "update request set expires = made where id = ?", made["id"], drop=drop)
        a = sam.ask("request.approve", {"id": made["id"], "hash": made["hash"]})
        assert a.code == "conflict" and a.text in ("the request has run out: propose it again", "the request is expired already"), a
        assert state(core, made) == ("expired", "expired") and in_force(core) == 1


def test_a_newer_version_makes_the_others_void(core):
    remy, sam, sid = Person(core, "remy"), Person(core, "sam"), Person(core, "sid")
    first = ok(remy.propose(shorter(core), "policy.retention"))
    second = ok(remy.propose(held_for(core, "public", "48h"), "policy.retention"))
    assert sam.approve(first).code == "ok"
    refused(sid.approve(second), "conflict", "void already")
    assert state(core, second) == ("void", "policy-changed")
    assert ok(sid.ask("request.show", {"id": second["id"]}))["changes"] == ["class public: hold 72h -> 48h"]


def test_two_approvals_at_once_are_one(core):
    remy, people = Person(core, "remy"), [Person(core, "sam"), Person(core, "sid")]
    made = ok(remy.propose(shorter(core), "policy.retention"))
    for p in people:
        p.prove()
    codes, gate = [], threading.Barrier(2)

    def go(p):
        gate.wait()
        codes.append(p.ask("request.approve", {"id": made["id"], "hash": made["hash"]}).code)
    threads = [threading.Thread(target=go, args=(p,)) for p in people]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(codes) == ["conflict", "ok"] and in_force(core) == 2
    assert len(core.records("request.approved")) == 1


def test_a_kill_between_approval_and_answer_does_it_exactly_once(core):
    remy, sam = Person(core, "remy"), Person(core, "sam")
    for i, hold in enumerate(("4h", "3h", "2h", "1h")):
        made = ok(remy.propose(held_for(core, "confidential", hold), "policy.retention"))
        before, peer = in_force(core), core.dial("console")
        sam.prove()
        from lib.wire import Message
        peer.send(Message("request.approve", {"id": made["id"], "hash": made["hash"]}, sam.session))
        if i % 2:
            wait_for("not in force", lambda: in_force(core) > before)
        core.kill()
        core.policy = None
        core.start()
        done = state(core, made)[0] == "executed"
        assert in_force(core) == before + done and (done or not i % 2)
        approved = [r for r in core.records("request.approved") if r["request"] == made["id"]]
        assert len(approved) == done
        if not done:
            assert sam.approve(made).code == "ok"
        else:
            refused(sam.approve(made), "conflict", "executed already")


# ---- lint ----

def without(core, role):
    return changed(core, roles=[r for r in core.document["roles"] if r["role"] != role])


@pytest.mark.parametrize("role", policy.ROLES)
def test_no_role_is_left_without_a_group(core, role):
    words = "none has " + role
    refused(Person(core, "sam").propose(without(core, role)), "invalid", words)


def test_a_needed_role_is_not_left_to_people_nobody_has_seen(core):
    sam, remy = Person(core, "sam"), Person(core, "remy")
    moved = copy.deepcopy(core.document)
    line = next(r for r in moved["roles"] if r["role"] == "records")
    line["group"] = GROUP.format("archive")
    refused(sam.propose(moved), "conflict", "left to nobody who has been seen")
    both = changed(core, roles=core.document["roles"] + [line])
    made = ok(sam.propose(both))
    assert "role records: 1 of the people seen hold it now, 1 then" in made["effect"], made
    assert Person(core, "sid").approve(made).code == "ok"
    core.people["remy"]["groups"].append(GROUP.format("archive"))
    remy = Person(core, "remy")
    made = ok(Person(core, "sam").propose(moved))
    assert Person(core, "sid").approve(made).code == "ok"
    assert "records" in [r for r in ok(Person(core, "remy").ask("session.check"))["roles"]]
    assert remy.ask("session.check").code == "denied"


@pytest.mark.parametrize("login, operation, doc, words", [
    ("remy", "policy.retention", lambda c: changed(c, owners={"al": "alice"}), "propose them apart"),
    ("remy", "policy.retention", lambda c: shorter(c) | {"profile": "compact"}, "propose them apart"),
    ("sam", "policy.access", shorter, "propose them apart"),
    ("sam", "policy.access", lambda c: changed(c, queues={"*": "public"}), "propose them apart"),
    ("sam", "policy.access", lambda c: c.document, "in force already"),
    ("remy", "policy.retention", lambda c: c.document, "in force already")])
def test_each_operation_has_its_own_members(core, login, operation, doc, words):
    refused(Person(core, login).propose(doc(core), operation), "invalid", words)


def test_a_class_that_jobs_have_stays_where_it_is(core):
    job = Arrival(core).hold()
    remy = Person(core, "remy")
    gone = changed(core, classes=[k for k in core.document["classes"] if k["name"] != "internal"], queues={"*": "public"})
    refused(remy.propose(gone, "policy.retention"), "conflict", "class internal can't go while jobs have it")
    swapped = copy.deepcopy(core.document)
    swapped["classes"][0], swapped["classes"][1] = swapped["classes"][1], swapped["classes"][0]
    refused(remy.propose(swapped, "policy.retention"), "conflict", "can't change its level")
    assert ok(remy.propose(changed(core, classes=core.document["classes"][:3]), "policy.retention"))["changes"] == [
        "class restricted: removed"]
    assert core.state(job) == "held"


def test_ceilings_follow_the_names_of_classes(core):
    core.device("hall", ceiling="confidential")
    core.device("safe", ceiling="restricted")
    doc = copy.deepcopy(core.document)
    del doc["classes"][3]
    doc["classes"].insert(1, doc["classes"][1] | {"name": "friends"})
    made = ok(Person(core, "remy").propose(doc, "policy.retention"))
    assert "class confidential: level 3 -> 4" in made["changes"] and "class friends: added, as level 2" in made["changes"]
    assert Person(core, "sam").approve(made).code == "ok"
    assert core.sql("select name, ceiling from device order by name") == [("hall", 4), ("safe", 4)]


# ---- what it does to jobs ----

def test_a_shorter_hold_counts_for_jobs_that_are_held_a_longer_one_does_not(core):
    old = [Arrival(core, classification="confidential", uuid=f"u{i}").hold() for i in range(3)]
    core.clock(5 * HOUR)
    new = Arrival(core, classification="confidential", uuid="new").hold()
    due = dict(core.sql("select id, due from job"))
    remy = Person(core, "remy")
    made = ok(remy.propose(shorter(core), "policy.retention"))
    assert made["effect"] == ["4 held jobs affected, 3 fall due now"]
    assert Person(core, "sam").approve(made).code == "ok"
    wait_for("not erased", lambda: all(core.state(j) == "erased" for j in old))
    assert core.state(new) == "held" and core.sql("select due from job where id = ?", new) == [(due[new] - 4 * HOUR,)]
    made = ok(remy.propose(held_for(core, "confidential", "9h"), "policy.retention"))
    assert made["effect"][0].startswith("class confidential: 1 held jobs keep the due time")
    assert Person(core, "sam").approve(made).code == "ok"
    later = Arrival(core, classification="confidential", uuid="later").hold()
    rows = dict(core.sql("select id, due - received from job where state <> 7"))
    assert (rows[new], rows[later]) == (4 * HOUR, 9 * HOUR)


def test_a_longer_window_is_another_key(core):
    """Jobs after it must not depend on a key that ends with the window of before."""
    doc = held_for(core, "internal", "24h", window="6h")
    core.clock(6 * HOUR - int(time.time() * 1000) % (6 * HOUR) + 600000)  # where windows of both lengths begin
    Arrival(core, uuid="a").hold()
    made = ok(Person(core, "remy").propose(doc, "policy.retention"))
    assert Person(core, "sam").approve(made).code == "ok"
    Arrival(core, uuid="b").hold()
    keys = dict(core.sql("select shred.id, \"end\" - start from shred join job on job.shred = shred.id"))
    assert sorted(keys.values()) == [HOUR, 6 * HOUR], keys


# ---- roles and sessions ----

def test_a_role_that_the_new_mapping_takes_away_is_worth_nothing_in_an_old_session(core):
    sam, sid, oscar, alice = (Person(core, p) for p in ("sam", "sid", "oscar", "alice"))
    assert oscar.ask("admin.jobs", {"limit": 5}).code == "ok"
    doc = copy.deepcopy(core.document)
    next(r for r in doc["roles"] if r["role"] == "operator")["group"] = GROUP.format("desk")
    made = ok(sam.propose(doc))
    assert "every session ends; people log in again with the roles they then have" in made["effect"]
    assert sid.approve(made).code == "ok"
    for p in (sam, sid, oscar, alice):
        assert p.ask("session.check").code == "denied", p.login
    a = core.once("console", "login.password", {"login": "oscar"}, {"password": b"pw-oscar"})
    assert a.code == "denied"
    assert core.records("policy.applied")[-1]["sessions_ended"] == 4


def test_nor_at_a_panel_while_the_directory_is_away(core):
    core.device()
    core.badge("alice", "77")
    terminal, pin = core.terminal(), core.pin("alice")

    def tap():
        return core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": b"77", "pin": pin}).code
    core.directory_up = False
    assert tap() == "ok"
    core.directory_up = True
    doc = copy.deepcopy(core.document)
    doc["roles"].append({"group": GROUP.format("all"), "role": "user"})
    made = ok(Person(core, "sam").propose(doc))
    assert Person(core, "sid").approve(made).code == "ok"
    core.directory_up = False
    assert tap() == "away"
    core.directory_up = True
    assert tap() == "ok"
    core.directory_up = False
    assert tap() == "ok"


def test_retention_ends_no_session(core):
    remy, sam, alice = Person(core, "remy"), Person(core, "sam"), Person(core, "alice")
    assert sam.approve(ok(remy.propose(shorter(core), "policy.retention"))).code == "ok"
    assert alice.ask("session.check").code == remy.ask("session.check").code == "ok"


def test_names_of_owners_and_numbers_of_tries_come_from_the_policy(core):
    sam, sid = Person(core, "sam"), Person(core, "sid")
    made = ok(sam.propose(changed(core, owners={"al": "alice"}, authentication={"password-tries": 1})))
    assert made["changes"] == ["authentication: password-tries none -> 1", "owner name al none -> alice"]
    assert sid.approve(made).code == "ok"
    job = Arrival(core, owner="al").hold()
    assert core.sql("select owner_name from job where id = ?", job) == [("alice",)]
    assert core.once("portal", "login.password", {"login": "bob"}, {"password": b"wrong"}).code == "denied"
    assert core.once("portal", "login.password", {"login": "bob"}, {"password": b"pw-bob"}).code == "denied"


# ---- compact ----

def test_the_compact_profile_excepts_pairs_and_says_so_everywhere(lab):
    core = Core(lab)
    core.people["pat"] = person("pat", ["user", "security", "records", "device-admin"])
    core.people["lee"] = person("lee", ["user", "security", "records"])
    core.policy["profile"] = "compact"
    core.document = copy.deepcopy(core.policy)
    core.start()
    try:
        pat, lee = Person(core, "pat"), Person(core, "lee")
        made = ok(pat.propose(shorter(core), "policy.retention"))
        refused(pat.approve(made), "denied", "your own request")
        assert lee.approve(made).code == "ok"
        assert core.records("policy.applied")[-1]["profile"] == "compact"
        assert core.ctl("status").fields["profile"] == "compact"
        model = ok(core.ctl("roles.show"))
        assert model["profile"] == "compact" and [c["excepted"] for c in model["conflicts"]] == [0, 1, 1, 1, 1]
        why = ok(lee.ask("person.why", {"login": "pat"}))
        assert why["roles"] == ["user", "device-admin", "records", "security"]
        assert {(c["a"], c["b"], c["excepted"]) for c in why["conflicts"]} == {("security", "records", 1), ("security", "device-admin", 1)}
        core.restart()
        assert core.records("sys.start")[-1]["profile"] == "compact"
        strict = copy.deepcopy(core.document) | {"profile": "standard"}
        strict["classes"] = shorter(core)["classes"]
        refused(Person(core, "pat").propose(strict), "conflict", "left to nobody who has been seen")
    finally:
        core.stop()


# ---- the model, and one person ----

def test_the_model_is_what_the_tables_say(core):
    model = ok(core.ctl("roles.show"))
    assert (model["version"], model["profile"]) == (1, "standard")
    assert [r["role"] for r in model["roles"]] == policy.ROLES
    assert {(m["group"], m["role"]) for m in model["mapping"]} == {(GROUP.format(r), r) for r in policy.ROLES}
    approve = next(v for v in model["verbs"] if v["verb"] == "request.approve")
    assert (approve["from"], approve["logged_in"], approve["live"], approve["proof"]) == (["console", "root", "shell"], 1, 1, 1)
    access = next(o for o in model["operations"] if o["operation"] == "policy.access")
    assert (access["permission"], access["approvers"], access["hours"]) == ("access", ["records", "security"], 24)
    assert ok(Person(core, "audra").ask("roles.show")) == model


def test_why_a_person_may_do_what_they_may(core):
    core.badge("alice", "77")
    core.pin("alice")
    core.login("portal", "alice")
    sam = Person(core, "sam")
    sessions, = core.sql("select count(*) from session join person on person.id = session.person where login = 'alice'")[0]
    why = ok(sam.ask("person.why", {"login": "alice"}))
    assert why["groups"] == [{"group": GROUP.format("user"), "role": "user"}] and why["permissions"] == ["own", "delegate"]
    assert (why["badges"], why["pin"], why["sessions"], why["status"], why["accounts"]) == (1, "set", sessions, "active", [])
    carl = ok(sam.ask("person.why", {"login": "carl"}))
    assert carl["roles"] == carl["permissions"] == [] and len(carl["groups"]) == 2
    assert carl["conflicts"] == [{"a": "auditor", "b": "operator", "excepted": 0}]
    dave = ok(sam.ask("person.why", {"login": "dave"}))
    assert (dave["status"], dave["roles"], dave["permissions"]) == ("disabled", ["user"], [])
    refused(sam.ask("person.why", {"login": "nobody"}), "not-found", "no such person")
    core.directory_up = False
    refused(sam.ask("person.why", {"login": "alice"}), "away", "can't be reached")


# ---- root ----

def test_root_says_the_first_word_and_no_other(core):
    refused(core.ctl("policy.init", {"document": policy.text(core.document)}), "conflict", "changed by two people")
    assert in_force(core) == 1


def test_the_sample_policy_can_be_used_and_is_the_shipped_one(lab):
    sample = json.loads((pathlib.Path(__file__).parents[2] / "dist/policy.json").read_text())
    core = Core(lab)
    shipped = copy.deepcopy(core.policy["classes"])
    shipped[-1]["second"] = ["user"]  # a house that has a policy has two people
    assert sample["classes"] == shipped and sample["queues"] == core.policy["queues"]
    core.policy = sample
    core.start()
    assert core.ctl("status").fields["policy"] == 1
    core.stop()


def test_nothing_is_proposed_before_there_is_a_policy(lab):
    core = Core(lab)
    bad = without_roles = copy.deepcopy(core.policy)
    core.policy = None
    core.start()
    try:
        assert core.ctl("status").fields["policy"] == 0
        bad["roles"] = [r for r in without_roles["roles"] if r["role"] != "records"]
        refused(core.ctl("policy.init", {"document": policy.text(bad)}), "invalid", "none has records")
    finally:
        core.stop()


def recover(core, *args):
    return run(core.build / "server/quoind", "-c", core.dir / "quoin.conf", *args, check=False)


def test_recover_restores_a_version_while_the_service_is_stopped(core):
    sam, remy = Person(core, "sam"), Person(core, "remy")
    assert sam.approve(ok(remy.propose(shorter(core), "policy.retention"))).code == "ok"
    p = recover(core, "-R", "policy=1", "-T", "INC-9")
    assert p.returncode == 1 and "nothing was done" in p.stderr
    core.stop()
    for args, words in ((["-R", "policy=2", "-T", "x"], "in force"), (["-R", "policy=7", "-T", "x"], "no version 7"),
                        (["-R", "policy=x", "-T", "x"], "a number"), (["-R", "policy=1", "-T", " "], "ticket"),
                        (["-R", "job=1", "-T", "x"], "recovery is"), (["-R", "appoint=alice", "-T", "x"], "two logins"),
                        (["-R", "appoint=alice,Alice", "-T", "x"], "two different"), (["-R", "appoint=a,b,c", "-T", "x"], "two logins")):
        p = recover(core, *args)
        assert p.returncode == 1 and words in p.stderr, (args, p.stderr)
    assert recover(core, "-R", "policy=1").returncode == 2 and recover(core, "-T", "x").returncode == 2
    p = recover(core, "-R", "policy=1", "-T", "INC-9")
    assert p.returncode == 0 and p.stdout == "Version 3 of the policy is in force, and says what version 1 said.\n", p
    done, = core.records("recovery.done")
    assert (done["what"], done["restored"], done["version"], done["ticket"], done["by"]) == ("policy", 1, 3, "INC-9", "root")
    core.start()
    shown = ok(Person(core, "sam").ask("policy.show"))
    assert (shown["version"], shown["author"], shown["ticket"]) == (3, "", "INC-9")
    assert json.loads(shown["document"]) == core.document


@pytest.mark.parametrize("edited, words", [("'{}'", "version 2 of the policy can't be read"),
                                           ("replace(document, 'cn=records', 'cn=mallory')", "version 2 of the policy was edited")])
def test_recover_works_where_the_policy_can_not_be_read(core, edited, words):
    sam, remy = Person(core, "sam"), Person(core, "remy")
    assert sam.approve(ok(remy.propose(shorter(core), "policy.retention"))).code == "ok"
    core.stop()
    edit(core, f"update policy set document = {edited} where version = 2", drop=["policy_fixed"])
    with pytest.raises(AssertionError, match=words):
        core.start()
    core.process = None
    assert recover(core, "-R", "policy=1", "-T", "INC-11").returncode == 0
    core.start()
    assert json.loads(ok(Person(core, "sam").ask("policy.show", {"version": 3}))["document"]) == core.document


def test_recover_appoints_two_people_for_an_hour(core):
    core.people["audra"]["groups"].append(GROUP.format("user"))
    core.stop()
    p = recover(core, "-R", "appoint=alice,audra", "-T", "INC-10")
    assert p.returncode == 0 and p.stdout.startswith("alice and audra hold the role security until "), p
    core.start()
    alice, audra = Person(core, "alice"), Person(core, "audra")
    assert ok(alice.ask("session.check"))["roles"] == ["user", "security"] == ok(audra.ask("session.check"))["roles"]
    assert alice.ask("admin.audit", {"limit": 1}).code == "denied"
    assert [m["role"] for m in ok(core.ctl("roles.show"))["mapping"] if "appointed by root until" in m["group"]] == ["security"] * 2
    assert any("appointed" in g["group"] for g in ok(audra.ask("person.why", {"login": "alice"}))["groups"])
    doc = changed(core, owners={"al": "alice"})
    assert audra.approve(ok(alice.propose(doc))).code == "ok"
    core.clock(HOUR + 1000)
    wait_for("still appointed", lambda: core.sql("select count(*) from appointment") == [(0,)])
    rows = core.sql("select roles from person where login in ('alice', 'audra')")
    assert not any("security" in r for r, in rows), "it would do without the directory"
    assert alice.ask("session.check").code == "denied"
    assert ok(Person(core, "alice").ask("session.check"))["roles"] == ["user"]
    assert ok(Person(core, "audra").ask("session.check"))["roles"] == ["user", "auditor"]


def ctl_recover(core, *args, input=""):
    return run(core.build / "ctl/quoinctl", "-c", core.dir / "quoin.conf", "recover", *args, "--sbin-dir", core.build / "server",
               input=input, check=False)


def test_quoinctl_recover_asks_twice_and_never_while_it_runs(core):
    p = ctl_recover(core, "appoint", "alice", "bob", "--ticket", "INC-1", "--yes")
    assert p.returncode == 1 and "nothing was done" in p.stderr, p
    core.stop()
    assert ctl_recover(core, "appoint", "alice", "bob").returncode == 2
    assert ctl_recover(core, "appoint", "alice", "--ticket", "INC-1").returncode == 2
    p = ctl_recover(core, "appoint", "alice", "bob", "--ticket", "INC-1", input="yes\n")
    assert p.returncode == 1 and "nothing was done" in p.stderr and core.records("recovery.done") == []
    p = ctl_recover(core, "appoint", "alice", "bob", "--ticket", "INC-1", input="recover\n")
    assert p.returncode == 0 and "alice and bob hold the role security for an hour" in p.stdout, p
    assert [r["ticket"] for r in core.records("recovery.done")] == ["INC-1"]
    p = ctl_recover(core, "policy", "9", "--ticket", "INC-1", "--yes")
    assert p.returncode == 1 and "no version 9" in p.stderr
