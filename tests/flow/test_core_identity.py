"""Who may act is asked again: live checks, the password again, and how sessions end."""
import pytest

from lib.core import Core, person
from lib.lab import wait_for

SECOND = 1000
CANCEL = {"job": "01a1ff83-2e8d-7416-a02e-8011d3aae6b8", "reason": "a test"}
LOCK = {"kind": "queue", "name": "secure", "reason": "a test"}


@pytest.fixture
def core(lab):
    c = Core(lab).start()
    c.device()
    yield c
    c.stop()


def asked(core):
    return [m for w in core.workers if w.kind == "ldap" for m in w.seen if m.verb == "ldap.find"]


def cancel(core, who):
    return core.once("console", "job.cancel", CANCEL, who)


def test_an_administrators_act_asks_the_directory_first(core):
    who = core.login("console", "oscar")
    before = len(asked(core))
    assert cancel(core, who).code == "not-found"
    assert len(asked(core)) == before, "it was asked at the log-in, less than two seconds ago"
    core.clock(3 * SECOND)
    assert cancel(core, who).code == "not-found"
    assert len(asked(core)) == before + 1


@pytest.mark.parametrize("change, status", [({"status": "disabled"}, "disabled"), (None, "gone"),
                                            ({"id": "00" * 16}, "gone"), ({"groups": []}, "active")])
def test_whoever_changed_is_refused_at_the_next_act(core, change, status):
    who, other = core.login("console", "oscar"), core.login("portal", "oscar")
    if change:
        core.people["oscar"] |= change
    else:
        del core.people["oscar"]
    core.clock(3 * SECOND)
    assert cancel(core, who).code == "denied"
    for where, session in (("console", who), ("portal", other)):
        assert core.once(where, "session.check", None, session).code == "denied"
    r = [r for r in core.records("person.changed") if r["status_before"] == "active" and r["roles_before"] == "operator"][-1]
    assert (r["status"], r["sessions"], r["access"], r["unchecked_ms"]) == (status, 2, "blocked", 3000)
    assert core.records("act.denied")[-1]["reason"] == {"active": "no-role"}.get(status, status)
    assert core.sql("select count(*) from session") == [(0,)]


def test_a_mover_loses_the_session_and_the_act(core):
    who = core.login("console", "oscar")
    core.people["oscar"] = person("oscar", ["auditor"])
    core.clock(3 * SECOND)
    assert cancel(core, who).code == "denied"
    assert core.records("act.denied")[-1]["reason"] == "session-ended"
    who = core.login("console", "oscar")
    a = cancel(core, who)
    assert (a.code, a.text) == ("denied", "no role of this person allows it")
    assert core.records("act.denied")[-1]["reason"] == "no-permission"


def test_administrators_have_no_grace(core):
    who = core.login("console", "oscar")
    core.directory_up = False
    core.clock(3 * SECOND)
    a = cancel(core, who)
    assert a.code == "away" and "no grace" in a.text
    assert core.once("console", "admin.jobs", {"limit": 5}, who).code == "ok", "reading goes on"
    assert core.records("act.denied")[-1]["reason"] == "directory-away"
    core.directory_up = True
    assert cancel(core, who).code == "not-found"


def test_a_sensitive_act_needs_the_password_again(core):
    who = core.login("console", "sam")
    assert core.once("console", "contain.unlock", LOCK, who).code == "not-found"
    core.clock(5 * 60 * SECOND)
    assert core.once("console", "contain.unlock", LOCK, who).code == "proof"
    assert core.once("console", "contain.lock", LOCK, who).code == "ok", "which is never made harder"
    assert core.once("console", "session.prove", None, who | {"password": b"wrong"}).code == "denied"
    assert core.once("console", "contain.unlock", LOCK, who).code == "proof"
    assert core.once("console", "session.prove", None, who | {"password": b"pw-sam"}).code == "ok"
    assert core.once("console", "contain.unlock", LOCK, who).code == "ok"
    assert [r["person"] for r in core.records("auth.proof")] == [core.people["sam"]["id"]]
    assert core.records("auth.denied")[-1]["reason"] == "proof-refused"


def test_a_proof_is_throttled_like_a_log_in(core):
    who = core.login("console", "sam")
    for _ in range(3):
        assert core.once("console", "session.prove", None, who | {"password": b"wrong"}).code == "denied"
    binds = [m for w in core.workers for m in w.seen if m.verb == "ldap.bind"]
    assert core.once("console", "session.prove", None, who | {"password": b"pw-sam"}).code == "denied"
    assert binds == [m for w in core.workers for m in w.seen if m.verb == "ldap.bind"], "the directory counts three"
    assert core.records("auth.denied")[-1]["reason"] == "password-throttled"


def test_a_badge_is_no_proof_and_a_proof_with_the_directory_away_is_none(core):
    who = core.login("console", "sam")
    core.directory_up = False
    assert core.once("console", "session.prove", None, who | {"password": b"pw-sam"}).code == "away"
    core.directory_up = True
    core.badge("alice", "0499")
    t = core.terminal()
    a = core.once("kiosk", "login.badge", None, {"terminal": t, "badge": b"0499", "pin": core.pin("alice")})
    assert a.code == "ok"
    assert core.sql("select proved from session where kind = 1") == [(-1,)]
