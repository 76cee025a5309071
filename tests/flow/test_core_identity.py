"""Who may act is asked again: live checks, the password again, and how sessions end."""
import pathlib
import subprocess
import sys

import pytest

from lib.core import Arrival, Core, Deliver, person
from lib.lab import wait_for

SECOND = 1000
TESTS = pathlib.Path(__file__).parents[1]
CANCEL = {"job": "01a1ff83-2e8d-7416-a02e-8011d3aae6b8", "reason": "a test"}
LOCK = {"kind": "queue", "name": "secure", "reason": "a test"}


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.people["sam2"] = person("sam2", ["security"])
    c.start()
    c.device()
    yield c
    c.stop()


def asked(core):
    return [m for w in core.workers if w.kind == "ldap" for m in w.seen if m.verb == "ldap.find" and "id" in m.fields]


def sessions(core):
    """Whose sessions there are, but for those who brought in device and terminal."""
    return [p for p, in core.sql("select coalesce(login, dir_id) from session join person p on p.id = person"
                                 " where coalesce(login, '') not in ('dora', 'dirk', 'sam', 'sid') order by 1")]


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
    assert (r["status"], r["sessions"], r["access"], r["unchecked_ms"] >= 3000) == (status, 2, "blocked", True)
    assert core.records("act.denied")[-1]["reason"] == {"active": "no-role"}.get(status, status)
    assert sessions(core) == []


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


# ---- what somebody of the security role stops ----

def lock(core, kind, name, verb="contain.lock", who=None):
    return core.once("console", verb, {"kind": kind, "name": name, "reason": "a test"}, who or core.login("console", "sam"))


def test_a_locked_person_is_out_at_once_and_does_not_come_back_in(core):
    panel, desk = core.kiosk("alice"), core.login("portal", "alice")
    assert lock(core, "person", "alice").code == "ok"
    assert core.once("portal", "session.check", None, desk).code == "denied"
    assert core.once("kiosk", "job.list", {"limit": 5}, panel).code == "denied"
    a = core.once("portal", "login.password", {"login": "alice"}, {"password": b"pw-alice"})
    assert (a.code, a.text) == ("denied", "not logged in"), "the true reason is for the log"
    assert core.records("auth.denied")[-1]["reason"] == "contained"
    r, = core.records("contain.locked")
    assert (r["kind"], r["name"], r["person"], r["reason"], r["sessions"], r["by"]) == \
        ("person", "alice", core.people["alice"]["id"], "a test", 2, core.people["sam"]["id"])
    assert core.records("session.end")[-1] | {"reason": "locked", "sessions": 2} == core.records("session.end")[-1]
    assert lock(core, "person", "alice").code == "conflict"
    assert lock(core, "person", "alice", "contain.unlock").code == "ok"
    assert core.login("portal", "alice")
    assert lock(core, "person", "alice", "contain.unlock").code == "not-found"


def test_a_locked_person_s_badge_opens_nothing(core):
    core.badge("alice", "0499")
    pin, t = core.pin("alice"), core.terminal()
    assert lock(core, "person", "alice").code == "ok"
    for up in (True, False):
        core.directory_up = up
        a = core.once("kiosk", "login.badge", None, {"terminal": t, "badge": b"0499", "pin": pin})
        assert a.code == "denied" and core.records("auth.denied")[-1]["reason"] == "contained"


def test_nobody_locks_or_unlocks_an_account_of_their_own(core):
    core.people["sam"]["same"] = core.people["sam2"]["same"] = "7"
    sam, sam2 = core.login("console", "sam"), core.login("console", "sam2")
    assert lock(core, "person", "sam2", who=sam).code == "invalid"
    assert lock(core, "person", "sam2", who=core.login("console", "sid")).code == "ok"
    assert core.once("console", "session.check", None, sam2).code == "denied"
    assert lock(core, "person", "sam2", "contain.unlock", sam).code == "denied"
    assert core.records("act.denied")[-1]["reason"] == "own-lock"
    assert lock(core, "person", "sam2", "contain.unlock", core.login("console", "sid")).code == "ok"


def test_a_locked_device_gets_nothing(core):
    job, who = Arrival(core).hold(), core.kiosk()
    assert lock(core, "device", "hall").code == "ok"
    assert core.release(who, job).fields["jobs"][0]["why"] == "device-locked"
    assert lock(core, "device", "hall", "contain.unlock").code == "ok"
    assert core.release(who, job).fields["jobs"][0]["why"] == ""


def test_what_waits_for_a_printer_does_not_reach_one_that_is_locked_meanwhile(core):
    job, who = Arrival(core).hold(), core.kiosk()
    assert core.release(who, job).fields["jobs"][0]["why"] == ""
    assert lock(core, "device", "hall").code == "ok"
    d = Deliver(core)
    wait_for("the job is still claimed", lambda: core.state(job) == "held")
    assert core.jobs(who)[0]["why"] == "device-locked"
    d.peer.close()


def test_a_locked_terminal_is_nobody_and_its_sessions_end(core):
    who = core.kiosk()
    assert lock(core, "terminal", "panel").code == "ok"
    assert core.once("kiosk", "terminal.hello", None, {"terminal": who["terminal"]}).code == "denied"
    assert core.sql("select count(*) from session where kind = 1") == [(0,)]
    assert core.records("session.end")[-1] | {"reason": "terminal-locked", "terminal": "panel"} == core.records("session.end")[-1]
    assert lock(core, "terminal", "panel", "contain.unlock").code == "ok"
    assert core.once("kiosk", "terminal.hello", None, {"terminal": who["terminal"]}).code == "ok"
    assert core.once("kiosk", "job.list", {"limit": 5}, who).code == "denied"


def test_a_locked_queue_takes_nothing_in_and_lets_nothing_out(core):
    job, who = Arrival(core).hold(), core.kiosk()
    assert lock(core, "queue", "secure").code == "ok"
    assert Arrival(core).begin().code == "again", "it waits in CUPS"
    assert Arrival(core, queue="other").begin().code == "ok"
    assert core.release(who, job).fields["jobs"][0]["why"] == "queue-locked"


def test_the_list_of_what_is_locked(core):
    who = core.login("console", "sam")
    core.login("portal", "alice")
    for kind, name in (("person", "alice"), ("device", "hall"), ("queue", "q")):
        assert lock(core, kind, name, who=who).code == "ok"
    rows = core.once("console", "contain.list", None, who).fields["locks"]
    assert [(r["kind"], r["name"]) for r in rows] == [("device", "hall"), ("queue", "q"), ("person", "alice")]
    for kind, name, code in (("person", "nobody", "not-found"), ("device", "x", "not-found"), ("terminal", "x", "not-found"),
                             ("moon", "x", "invalid")):
        assert lock(core, kind, name, who=who).code == code


# ---- leavers, movers ----

def test_the_sweep_finds_leavers_and_movers_without_an_act(core):
    core.badge("bob", "0499")
    for login in ("alice", "oscar", "audra"):
        core.login("portal", login)
    core.people["alice"]["status"] = "disabled"
    core.people["bob"]["status"] = "disabled"
    core.people["oscar"] = person("oscar", ["user"])
    core.clock(301 * SECOND)
    wait_for("somebody was not looked up", lambda: len([r for r in core.records("person.changed")]) == 3)
    assert sessions(core) == ["audra"]
    gone = {r["person"]: r for r in core.records("person.changed")}
    assert {p["login"]: (gone[p["id"]]["access"], gone[p["id"]]["sessions"]) for p in core.people.values() if p["id"] in gone} == \
        {"alice": ("blocked", 1), "bob": ("blocked", 0), "oscar": ("open", 1)}
    assert all(r["unchecked_ms"] >= 300000 and r["seen"] >= r["unchecked_ms"] for r in gone.values())


def test_the_sweep_ends_nothing_while_the_directory_is_away_and_goes_on_after(core):
    who = core.login("portal", "alice")
    core.directory_up = False
    core.people["alice"]["status"] = "disabled"
    before = len(asked(core))
    core.clock(301 * SECOND)
    wait_for("nobody was asked about", lambda: len(asked(core)) > before)
    assert core.once("portal", "session.check", None, who).code == "ok"
    n = len(asked(core))
    core.clock(306 * SECOND)
    assert core.once("portal", "session.check", None, who).code == "ok" and len(asked(core)) == n, "not before ten seconds"
    core.directory_up = True
    core.clock(320 * SECOND)
    wait_for("the sweep did not go on", lambda: core.records("person.changed"))
    assert core.once("portal", "session.check", None, who).code == "denied"


def test_whoever_can_do_nothing_is_not_asked_about(core):
    Arrival(core, owner="alice").hold()
    core.once("portal", "logout", None, core.login("portal", "bob"))
    core.clock(301 * SECOND)
    wait_for("alice was not looked up", lambda: core.sql("select count(*) from person where login = 'alice' and checked > ?",
                                                         core.sql("select max(checked) - 1000 from person")[0][0])[0][0])
    core.clock(303 * SECOND)
    core.once("portal", "logout", None, core.login("portal", "audra"))
    assert core.people["alice"]["id"] in [m.fields.get("id") for m in asked(core)]
    assert core.people["bob"]["id"] not in [m.fields.get("id") for m in asked(core)]


def test_held_jobs_of_a_leaver_stay_until_they_are_due(core):
    job = Arrival(core).hold()
    core.people["alice"]["status"] = "disabled"
    core.clock(301 * SECOND)
    wait_for("the leaver was not seen", lambda: core.records("person.changed"))
    assert core.state(job) == "held"
    core.clock(25 * 3600 * SECOND)
    wait_for("the job outlives its time", lambda: core.state(job) == "erased")


# ---- how sessions end ----

def test_idle_and_old_sessions_are_swept_with_a_record(core):
    core.kiosk("alice")
    core.login("portal", "bob")
    core.clock(62 * SECOND)
    wait_for("the session is still there", lambda: sessions(core) == ["bob"])
    r, = [r for r in core.records("session.end") if r["person"] == core.people["alice"]["id"]]
    assert (r["terminal"], r["reason"]) == ("panel", "idle")
    core.clock(16 * 60 * SECOND)
    wait_for("the session is still there", lambda: sessions(core) == [])


def test_a_new_log_in_at_a_terminal_replaces_the_old_session(core):
    who = core.kiosk("alice")
    again = core.kiosk("alice", who["terminal"])
    assert again["session"] != who["session"]
    assert core.once("kiosk", "job.list", {"limit": 5}, who).code == "denied"
    assert core.records("session.end")[-1]["reason"] == "replaced"


# ---- quoinctl's socket ----

AS_NOBODY = """
import os, sys
sys.path.insert(0, sys.argv[1])
from lib.wire import Peer
os.setgroups([]); os.setgid(65534); os.setuid(int(sys.argv[2]))
held = []
for line in sys.stdin:
    verb, session = line.split()[0], line.split()[1:]
    try:
        p = Peer.dial(sys.argv[3], 5)
        held.append(p)
        a = p.call(verb, {"login": "oscar"} if verb == "login.password" else {"limit": 5} if verb == "admin.jobs" else None,
                   {"password": b"pw-oscar"} if verb == "login.password" else {"session": bytes.fromhex(session[0])} if session else None)
        print(a.code, a.secret["session"].hex() if a.secret.get("session") else "", flush=True)
        if verb != "status":
            held.pop().close()
    except (EOFError, OSError):
        print("closed", flush=True)
"""


class Shell:
    def __init__(self, core, uid):
        for d in (core.lab.dir, core.dir, core.run_dir):
            d.chmod(0o755)
        self.p = subprocess.Popen([sys.executable, "-c", AS_NOBODY, str(TESTS), str(uid), str(core.socket("ctl"))], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        self.p.stdin.write(" ".join(words) + "\n")
        self.p.stdin.flush()
        return self.p.stdout.readline().split()

    def close(self):
        self.p.stdin.close()
        self.p.wait(10)


def test_a_shell_session_is_of_its_user_alone(core):
    mine, other = Shell(core, 65534), Shell(core, 65533)
    code, token = mine.ask("login.password")
    assert code == "ok"
    assert mine.ask("admin.jobs", token) == ["ok"]
    assert other.ask("admin.jobs", token) == ["denied"]
    assert core.ctl("admin.jobs", {"limit": 5}, {"session": bytes.fromhex(token)}).code == "denied", "not even root's"
    assert core.once("console", "admin.jobs", {"limit": 5}, {"session": bytes.fromhex(token)}).code == "denied"
    assert mine.ask("status") == ["closed"], "by uid alone nothing"
    mine.close()
    other.close()


def test_local_users_do_not_fill_the_core(core):
    held = [Dialler(core, uid, 6) for uid in range(60001, 60012)]
    assert [h.open for h in held][:8] == [4] * 8, "four of one user"
    assert sum(h.open for h in held) == 32, "and thirty-two of all"
    assert core.ctl("status").code == "ok", "root still gets in"
    for h in held:
        h.close()
    wait_for("nobody gets in any more", lambda: Shell(core, 65534).ask("login.password")[0] == "ok")


DIALS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from lib.wire import Peer
os.setgroups([]); os.setgid(65534); os.setuid(int(sys.argv[2]))
n, held = 0, []
for _ in range(int(sys.argv[4])):
    p = Peer.dial(sys.argv[3], 5)
    held.append(p)
    try:
        p.call("login.password", {"login": "nobody"}, {"password": b"x"})
        n += 1
    except (EOFError, OSError):
        pass
print(n, flush=True)
sys.stdin.read()
"""


class Dialler:
    def __init__(self, core, uid, n):
        for d in (core.lab.dir, core.dir, core.run_dir):
            d.chmod(0o755)
        self.p = subprocess.Popen([sys.executable, "-c", DIALS, str(TESTS), str(uid), str(core.socket("ctl")), str(n)], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.open = int(self.p.stdout.readline())

    def close(self):
        self.p.stdin.close()
        self.p.wait(10)
