"""Badges and PINs: who may add and end them, what the directory keeps of them, and what a reader types."""
import json

import pytest

from lib.core import Core, crypt_hash, person
from lib.lab import wait_for
from lib.wire import Message


def claim(core, who, number, label="", where="portal"):
    return core.once(where, "badge.claim", {"label": label}, who | {"badge": number.encode()})


def badges(core, who):
    a = core.once("portal", "badge.list", None, who)
    assert a.code == "ok", a
    return a.fields


def tap(core, terminal, number, pin=None):
    return core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": number.encode()} | ({"pin": pin} if pin else {}))


def told(core, login):
    rows = core.sql("select word, facts from notice join person on person.id = person where login = ? order by notice.id", login)
    return [(w, json.loads(f)) for w, f in rows]


def admin(core, verb, fields, login="oscar"):
    return core.once("console", verb, fields, core.prove("console", login, core.login("console", login)))


# ---- one's own ----

def test_a_badge_is_claimed_after_the_password_and_works(core):
    who, terminal = core.login("portal", "alice"), core.terminal()
    assert badges(core, who) == {"badges": [], "pin": "none"}
    assert claim(core, who, "04 a1 b2 c3", "blue card").code == "ok"
    pin = core.once("portal", "pin.new", None, who).secret["pin"]
    assert len(pin) == 6 and pin.isdigit()
    a = tap(core, terminal, "04A1B2C3", pin)
    assert a.code == "ok" and a.fields["login"] == "alice"
    mine = badges(core, who)
    assert mine["pin"] == "set" and len(mine["badges"]) == 1
    row = mine["badges"][0]
    assert row["label"] == "blue card" and row["source"] == "claim" and row["used"] > 0
    assert told(core, "alice") == [("badge-added", {"label": "blue card"}), ("pin-changed", {})]
    r = core.records("badge.set")[0]
    assert r["by"] == r["person"] == core.people["alice"]["id"] and r["source"] == "claim"
    raw = b"".join(p.read_bytes() for p in core.state_dir.rglob("*") if p.is_file())
    assert b"04A1B2C3" not in raw and pin not in raw


def test_claiming_at_the_terminal_after_a_password_there(core):
    who = core.kiosk()
    assert claim(core, who, "77", where="kiosk").code == "ok"
    assert core.once("kiosk", "pin.new", None, who).code == "ok"


def test_a_badge_and_pin_prove_too_little_to_change_them(core):
    core.badge("alice", "77")
    terminal, pin = core.terminal(), core.pin("alice")
    who = {"terminal": terminal, "session": tap(core, terminal, "77", pin).secret["session"]}
    for verb, fields, more in (("badge.claim", {"label": ""}, {"badge": b"78"}), ("pin.new", None, {}),
                               ("pin.set", None, {"pin": b"739104"})):
        assert core.once("kiosk", verb, fields, who | more).code == "proof", verb
    assert core.sql("select count(*) from badge") == [(1,)]
    assert tap(core, terminal, "77", pin).code == "ok"


def test_a_password_of_long_ago_proves_too_little(core):
    who = core.login("portal", "alice")
    core.clock(5 * 60000 + 1000)
    assert claim(core, who, "77").code == "proof"
    assert core.once("portal", "pin.new", None, who).code == "proof"
    assert core.once("portal", "session.check", None, who).fields["proved"] == 0
    if core.once("portal", "session.prove", None, who | {"password": b"pw-alice"}).code == "ok":
        assert claim(core, who, "77").code == "ok"


def test_somebody_elses_badge_is_refused_recorded_and_its_owner_told(core):
    alice, bob, terminal = core.login("portal", "alice"), core.login("portal", "bob"), core.terminal()
    assert claim(core, alice, "77", "green").code == "ok"
    a = claim(core, bob, "77")
    b = claim(core, bob, " ")
    assert (a.code, a.text) == (b.code, b.text) == ("denied", "this badge can't be added")
    assert ("badge-claim-tried", {"label": "green"}) in told(core, "alice")
    r = core.records("badge.denied")[0]
    assert r["reason"] == "badge-of-another" and r["person"] == core.people["bob"]["id"]
    pin = core.once("portal", "pin.new", None, alice).secret["pin"]
    assert tap(core, terminal, "77", pin).fields["login"] == "alice"


def test_badges_of_others_are_not_searched_for(core):
    for i in range(3):
        core.badge("alice", f"90{i}")
    bob = core.login("portal", "bob")
    answers = [claim(core, bob, f"90{i % 3}").code for i in range(10)]
    assert set(answers) == {"denied"}
    assert claim(core, bob, "free").code == "denied", "after five tries even a free one waits"
    assert "claim-throttled" in [r["reason"] for r in core.records("badge.denied")]
    core.clock(3600000)
    assert claim(core, core.login("portal", "bob"), "free").code == "ok"


def test_ten_badges_are_enough(core):
    who = core.login("portal", "alice")
    for i in range(10):
        assert claim(core, who, f"b{i}").code == "ok"
    assert claim(core, who, "b10").code == "full"
    assert claim(core, who, "b3").code == "ok", "one that is theirs already"
    assert len(badges(core, who)["badges"]) == 10


def test_a_lost_badge_ends_with_the_sessions_it_opened(core):
    who, terminal = core.login("portal", "alice"), core.terminal()
    claim(core, who, "77", "a"), claim(core, who, "78", "b")
    pin = core.once("portal", "pin.new", None, who).secret["pin"]
    thief = {"terminal": terminal, "session": tap(core, terminal, "77", pin).secret["session"]}
    lost = next(b["id"] for b in badges(core, who)["badges"] if b["label"] == "a")
    assert core.once("portal", "badge.lost", {"id": lost}, core.login("portal", "bob")).code == "not-found"
    assert core.once("portal", "badge.lost", {"id": lost}, who).code == "ok"
    assert core.once("kiosk", "job.list", {"limit": 5}, thief).code == "denied"
    assert tap(core, terminal, "77", pin).code == "denied" and tap(core, terminal, "78", pin).code == "ok"
    assert core.once("portal", "badge.lost", {"id": lost}, who).code == "not-found"
    r = core.records("badge.ended")
    assert len(r) == 1 and r[0]["reason"] == "lost" and r[0]["count"] == 1


def test_a_chosen_pin_is_not_one_that_is_guessed(core):
    who, terminal = core.login("portal", "alice"), core.terminal()
    claim(core, who, "77")

    def choose(pin):
        return core.once("portal", "pin.set", None, who | {"pin": pin}).code
    for bad in (b"111111", b"123456", b"987654", b"890123", b"135791", b"147258", b"121212", b"123123", b"112211", b"123321", b"311299",
                b"991231", b"19840517", b"17051984", b"0000000000000000", b"1234", b"73910"):
        assert choose(bad) == "invalid", bad
    for good in (b"739104", b"80264975", b"5829174063"):
        assert choose(good) == "ok", good
    assert tap(core, terminal, "77", b"5829174063").code == "ok"
    assert tap(core, terminal, "77", b"739104").code == "denied"
    assert [r["how"] for r in core.records("pin.set")] == ["chosen"] * 3


# ---- operators and the import ----

def test_an_operator_unlocks_a_pin_and_never_sees_it(core):
    core.badge("alice", "77")
    terminal, pin = core.terminal(), core.pin("alice")
    wrong = b"000001" if pin != b"000001" else b"000002"
    for i in range(10):
        core.clock((i + 1) * 3600000)
        core.restart()
        assert tap(core, terminal, "77", wrong).code == "denied"
    core.clock(20 * 3600000)
    core.restart()
    assert tap(core, terminal, "77", pin).code == "denied"
    locked = core.records("pin.locked")
    assert len(locked) == 1 and locked[0]["person"] == core.people["alice"]["id"] and locked[0]["terminal"] == "panel"
    a = admin(core, "pin.unlock", {"login": "alice", "reason": "she called"})
    assert a.code == "ok" and a.fields == {} and a.secret == {}
    assert tap(core, terminal, "77", pin).code == "ok", "the old one"
    r = core.records("pin.unlocked")[-1]
    assert r["by"] == core.people["oscar"]["id"] and r["reason"] == "she called"
    assert [w for w, _ in told(core, "alice")].count("pin-locked") == 1 and ("pin-unlocked", {}) in told(core, "alice")
    assert admin(core, "pin.unlock", {"login": "nobody", "reason": "x"}).code == "not-found"
    assert admin(core, "pin.unlock", {"login": "bob", "reason": "x"}).code == "not-found"


def test_an_operator_revokes_all_badges_of_a_person(core):
    core.badge("alice", "77"), core.badge("alice", "78"), core.badge("bob", "79")
    terminal, pin = core.terminal(), core.pin("alice")
    a = admin(core, "badge.revoke", {"login": "alice", "reason": "left them on the train"})
    assert a.code == "ok" and a.fields == {"count": 2}
    assert tap(core, terminal, "77", pin).code == "denied"
    assert core.sql("select count(*) from badge") == [(1,)]
    r = core.records("badge.ended")[0]
    assert (r["count"], r["by"], r["reason"]) == (2, core.people["oscar"]["id"], "left them on the train")
    assert ("badges-revoked", {"reason": "left them on the train"}) in told(core, "alice")
    assert admin(core, "badge.revoke", {"login": "alice", "reason": "again"}).fields == {"count": 0}
    assert len(core.records("badge.ended")) == 1


def test_the_import_is_for_security_alone_and_goes_badge_by_badge(core):
    sam = core.prove("console", "sam", core.login("console", "sam"))

    def give(login, number, who=sam, **more):
        return core.once("console", "badge.import", {"login": login} | more, who | {"badge": number.encode()}).code
    assert give("alice", "77", label="from the old system") == "ok"
    assert give("alice", "77") == "ok" and give("bob", "77") == "conflict"
    assert give("mallory", "78") == "not-found" and give("bob", " ") == "invalid" and give("bob", "79") == "ok"
    assert give("alice", "80", core.login("console", "oscar")) == "denied"
    assert core.sql("select login, label, source from badge join person on id = person order by login") == [
        ("alice", "from the old system", "import"), ("bob", "", "import")]
    assert [r["by"] for r in core.records("badge.set")] == [core.people["sam"]["id"]] * 2
    assert told(core, "bob") == [("badge-added", {"label": ""})]
    for i in range(9):
        assert give("bob", f"more{i}") == "ok"
    assert give("bob", "more9") == "full"
    core.directory_up = False
    assert give("alice", "81") == "away"


# ---- what readers type ----

def test_two_kinds_of_reader_one_badge(lab):
    core = Core(lab)
    core.policy["badges"] = [{"match": "[0-9]{10}", "base": "decimal", "bytes": 4, "reverse": True},
                             {"match": "[0-9A-Fa-f]{8}", "base": "hex"}]
    core.start()
    core.device()
    who, terminal = core.login("portal", "alice"), core.terminal()
    assert claim(core, who, "deadbeef").code == "ok"
    pin = core.once("portal", "pin.new", None, who).secret["pin"]
    for typed in ("DEADBEEF", "4022250974", " deadbeef\r\n"):
        assert tap(core, terminal, typed, pin).code == "ok", typed
    assert tap(core, terminal, "3735928559", pin).code == "denied", "not reversed: another badge"
    core.stop()


# ---- what the directory keeps ----

@pytest.fixture
def keeping(lab):
    c = Core(lab, {"directory-badge": "quoinBadge", "directory-pin": "quoinPin"}).start()
    c.device()
    c.badges["04AABB"] = "alice"
    yield c
    c.stop()



def asked(core, verb):
    return [m for w in core.workers for m in w.seen if m.verb == verb]


def test_a_badge_of_the_directory_is_learned_and_asked_about_each_time(keeping):
    core, terminal = keeping, keeping.terminal()
    pin = core.pin("alice")
    a = tap(core, terminal, "04 aa bb", pin)
    assert a.code == "ok" and a.fields["login"] == "alice"
    assert core.sql("select source from badge") == [("directory",)]
    assert core.records("badge.set")[0]["by"] == "directory"
    assert tap(core, terminal, "04aabb", pin).code == "ok"
    m = asked(core, "ldap.badge")
    assert len(m) == 2 and m[0].secret["badge"] == b"04AABB" and set(core.people["alice"]["groups"]) <= set(m[0].fields["groups"])
    del core.badges["04AABB"]
    assert tap(core, terminal, "04aabb", pin).code == "denied"
    assert core.sql("select count(*) from badge") == [(0,)]
    ended = core.records("badge.ended")
    assert len(ended) == 1 and ended[0]["by"] == "directory"


def test_a_badge_that_moved_in_the_directory_moves(keeping):
    core, terminal = keeping, keeping.terminal()
    alices, bobs = core.pin("alice"), core.pin("bob")
    assert tap(core, terminal, "04aabb", alices).fields["login"] == "alice"
    core.badges["04AABB"] = "bob"
    assert tap(core, terminal, "04aabb", alices).code == ("denied" if alices != bobs else "ok")
    assert tap(core, terminal, "04aabb", bobs).fields["login"] == "bob"


def test_a_pin_of_the_directory_is_checked_and_counted_like_ours(keeping):
    core, terminal = keeping, keeping.terminal()
    core.verifiers["alice"] = crypt_hash(b"482913")
    assert tap(core, terminal, "04aabb", b"482913").code == "ok"
    m = asked(core, "pin.crypt")
    assert len(m) == 1 and m[0].secret["verifier"] == core.verifiers["alice"]
    who = core.login("portal", "alice")
    assert badges(core, who)["pin"] == "directory"
    assert core.once("portal", "pin.new", None, who).code == "conflict"
    for i in range(10):
        core.clock((i + 1) * 3600000)
        core.restart()
        assert tap(core, terminal, "04aabb", b"482914").code == "denied"
        assert core.sql("select failures from pin") == [(i + 1,)]
    core.clock(20 * 3600000)
    core.restart()
    assert tap(core, terminal, "04aabb", b"482913").code == "denied"
    assert len(core.records("pin.locked")) == 1
    core.login("portal", "alice")
    assert tap(core, terminal, "04aabb", b"482913").code == "ok"


def test_the_count_comes_before_the_directorys_pin_is_looked_at(keeping):
    core, terminal = keeping, keeping.terminal()
    core.verifiers["alice"] = crypt_hash(b"482913")
    for w in core.workers:
        if w.kind == "pin":
            w.handler = lambda m: None
    p = core.dial("kiosk")
    p.send(Message("login.badge", {}, {"terminal": terminal, "badge": b"04AABB", "pin": b"482914"}, seq=1))
    wait_for("not counted", lambda: core.sql("select failures from pin") == [(1,)])
    core.kill()
    assert core.sql("select failures from pin") == [(1,)]


def test_an_unknown_badge_is_answered_like_a_wrong_pin(keeping):
    core, terminal = keeping, keeping.terminal()
    core.pin("alice")
    answers = [tap(core, terminal, "9999", b"482914"), tap(core, terminal, "04aabb", b"482914")]
    assert [(a.code, a.text, a.fields) for a in answers] == [("denied", "not logged in", {})] * 2
    assert len(asked(core, "ldap.badge")) == 2 and len([m for m in asked(core, "pin.hash")]) >= 2, "the same work for both"


def test_with_the_directory_away_a_known_badge_works_within_its_grace(keeping):
    core, terminal = keeping, keeping.terminal()
    pin = core.pin("alice")
    assert tap(core, terminal, "04aabb", pin).code == "ok"
    core.directory_up = False
    assert tap(core, terminal, "04aabb", pin).code == "ok"
    assert core.records("auth.ok")[-1]["directory"] == "grace"
    assert tap(core, terminal, "5555", pin).code == "away"
    core.clock(9 * 3600000)
    assert tap(core, terminal, "04aabb", pin).code == "away"


def test_a_login_that_went_to_somebody_else_opens_nothing(core):
    """Alice's badge and PIN after her login was given to a new person."""
    core.badge("alice", "77")
    terminal, pin = core.terminal(), core.pin("alice")
    core.people["alice"] = person("alice", id_="another-one")
    assert tap(core, terminal, "77", pin).code == "denied"
    assert tap(core, terminal, "77", pin).code == "denied"
    assert core.records("auth.denied")[-1]["reason"] == "not-in-directory"
    assert not [r for r in core.records("auth.ok") if r["method"] == "badge-pin"]
