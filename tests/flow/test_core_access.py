"""Log-ins and sessions, PINs and passwords, and malformed messages, through the real sockets."""
import secrets

import pytest

from lib.core import Arrival, Core
from lib.lab import wait_for
from lib.wire import Message, Peer

@pytest.fixture
def core(lab):
    c = Core(lab)
    c.policy["queues"]["notices"] = "public"
    c.start()
    c.device()
    yield c
    c.stop()


def ask(core, socket, verb, session=None, terminal=None):
    """The code that job.list (or another message without much) is answered with."""
    secret = {"session": session or b"\0" * 32} | ({"terminal": terminal or b"\0" * 32} if socket == "kiosk" else {})
    return core.once(socket, verb, {"limit": 5} if verb == "job.list" else {}, secret).code


def test_no_session_another_places_and_an_old_one(core):
    terminal, other = core.terminal(), core.terminal("p2")
    who = core.kiosk(terminal=terminal)
    assert ask(core, "kiosk", "job.list", None, terminal) == "denied"
    assert ask(core, "kiosk", "job.list", who["session"], other) == "denied"
    assert ask(core, "portal", "job.list", who["session"]) == "denied"
    assert ask(core, "kiosk", "job.list", who["session"]) == "denied", "no such terminal"
    portal = core.login("portal", "alice")
    assert ask(core, "kiosk", "job.list", portal["session"], terminal) == "denied"
    assert ask(core, "kiosk", "job.list", who["session"], terminal) == "ok"
    core.clock(61000)
    assert ask(core, "kiosk", "job.list", who["session"], terminal) == "denied"


def test_a_session_ends_after_its_whole_time_however_busy(core):
    who = core.kiosk()
    for minute in range(0, 10):
        core.clock(minute * 31000)
        code = ask(core, "kiosk", "job.list", who["session"], who["terminal"])
        assert code == ("ok" if minute * 31000 < 300000 else "denied"), minute


def test_logging_out_ends_the_session(core):
    who = core.kiosk()
    assert core.once("kiosk", "logout", None, who).code == "ok"
    assert ask(core, "kiosk", "job.list", who["session"], who["terminal"]) == "denied"
    assert core.records("session.end")[0]["reason"] == "logout"


def test_a_revoked_terminal_is_nobody(core):
    who = core.kiosk()
    sam = core.login("console", "sam")
    assert core.once("console", "terminal.revoke", {"name": "panel", "reason": "stolen"}, sam).code == "ok"
    assert ask(core, "kiosk", "job.list", who["session"], who["terminal"]) == "denied"
    assert core.once("kiosk", "terminal.hello", None, {"terminal": who["terminal"]}).code == "denied"


def test_an_enrolment_code_works_once_and_for_a_quarter_of_an_hour(core):
    for name in ("a", "b"):
        core.decide("terminal", {"name": name, "device": "hall", "certificate": False})
    code = core.code("a")
    assert core.once("kiosk", "terminal.enrol", None, {"code": code}).code == "ok"
    assert core.once("kiosk", "terminal.enrol", None, {"code": code}).code == "denied"
    code = core.code("b")
    core.clock(16 * 60000)
    assert core.once("kiosk", "terminal.enrol", None, {"code": code}).code == "denied"


def test_conflicting_roles_give_neither_and_are_recorded(core):
    a = core.once("console", "login.password", {"login": "carl"}, {"password": b"pw-carl"})
    assert a.code == "denied"
    assert core.records("role.conflict")[0]["reason"] == "auditor+operator"


@pytest.mark.parametrize("login", ["dave", "nora", "nobody"])
def test_disabled_without_a_role_or_unknown_is_denied(core, login):
    a = core.once("console", "login.password", {"login": login}, {"password": b"pw-" + login.encode()})
    assert (a.code, a.text) == ("denied", "not logged in")


def test_operators_see_no_titles(core):
    Arrival(core, title="Salary list").hold()
    page = core.once("console", "admin.jobs", {"limit": 50}, core.login("console", "oscar"))
    assert "Salary" not in str(page.fields) and page.fields["jobs"][0]["owner"] == "alice"


def test_reading_the_log_is_a_record(core):
    who = core.login("console", "audra")
    page = core.once("console", "admin.audit", {"limit": 3}, who).fields
    assert [r["seq"] for r in page["records"]] == [page["size"] - 1, page["size"] - 2, page["size"] - 3]
    assert core.records("log.read")


def test_pages_fit_one_packet_whatever_the_titles(core):
    who = core.kiosk()
    for i in range(50):
        Arrival(core, title=f"{i:02} " + '"' * 1000, uuid=f"u{i}").hold()
    seen, after = [], None
    while True:
        page = core.once("kiosk", "job.list", {"limit": 50} | ({"after": after} if after else {}), who)
        assert page.code == "ok", page
        seen += [j["title"][:2] for j in page.fields["jobs"]]
        if not page.fields["more"]:
            break
        after = page.fields["jobs"][-1]["job"]
    assert seen == [f"{i:02}" for i in range(50)]
    who, before, numbers = core.login("console", "audra"), None, []
    while before != 0:
        page = core.once("console", "admin.audit", {"limit": 50} | ({"before": before} if before else {}), who).fields
        numbers += [r["seq"] for r in page["records"]]
        before = numbers[-1]
    assert numbers == list(range(numbers[0], -1, -1))


# ---- PINs and passwords ----

@pytest.fixture
def badge(core):
    core.badge("alice", "04 aa-bb")
    return core, core.terminal(), core.pin("alice")


def try_pin(core, terminal, pin, number=b"04AA-BB"):
    return core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": number, "pin": pin})


def test_a_badge_alone_sees_and_prints_public_jobs_only(badge):
    core, terminal, _ = badge
    public, internal = Arrival(core, queue="notices").hold(), Arrival(core, uuid="i").hold()
    a = core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": b"04AA-BB"})
    who = {"terminal": terminal, "session": a.secret["session"]}
    assert core.records("auth.ok")[-1]["method"] == "badge"
    assert [j["job"] for j in core.jobs(who)] == [public]
    rows = core.release(who, public, internal).fields["jobs"]
    assert [(r["code"], r["why"]) for r in rows] == [("ok", ""), ("denied", "class-needs-proof")]


def wrong(pin):
    return b"000001" if pin != b"000001" else b"000002"


def test_badge_and_pin(badge):
    core, terminal, pin = badge
    a = try_pin(core, terminal, pin)
    assert a.code == "ok" and a.fields["login"] == "alice"
    assert core.records("auth.ok")[-1]["method"] == "badge-pin"
    raw = b"".join(p.read_bytes() for p in core.state_dir.rglob("*") if p.is_file())
    assert b"04AA-BB" not in raw


@pytest.mark.parametrize("number,pin", [(b"04AA-BB", None), (b"0000", None), (b"   ", None)])
def test_every_failure_is_answered_alike(badge, number, pin):
    core, terminal, good = badge
    a = try_pin(core, terminal, wrong(good), number)
    assert (a.code, a.text, a.fields) == ("denied", "not logged in", {})


def test_the_count_is_durable_before_the_pin_is_looked_at(badge):
    core, terminal, pin = badge
    for w in core.workers:
        if w.kind == "pin":
            w.handler = lambda m: None
    p = core.dial("kiosk")
    p.send(Message("login.badge", {}, {"terminal": terminal, "badge": b"04AA-BB", "pin": wrong(pin)}, seq=1))
    wait_for("not counted", lambda: core.sql("select failures from pin") == [(1,)])
    core.kill()
    assert core.sql("select failures from pin") == [(1,)]


def test_ten_wrong_pins_lock_it_and_a_password_unlocks_it(badge):
    core, _, pin = badge
    terminals = [core.terminal(f"t{i}") for i in range(4)]
    step = 0
    for i in range(10):
        step += 3600000
        core.clock(step)
        core.restart()
        assert try_pin(core, terminals[i % 4], wrong(pin)).code == "denied"
    core.clock(step + 4 * 3600000)
    core.restart()
    assert try_pin(core, terminals[0], pin).code == "denied"
    assert "pin-locked" in [r["reason"] for r in core.records("auth.denied")]
    core.kiosk(terminal=terminals[1])
    assert try_pin(core, terminals[1], pin).code == "ok"


def test_a_thousand_guesses_in_parallel_get_no_eleventh_try(badge):
    """However many doors and however fast: at most ten reach the hash of this PIN, and the password still works."""
    import threading
    core, terminal, pin = badge
    guesses, asked = [core.terminal(f"t{i}") for i in range(4)], []
    for w in core.workers:
        if w.kind == "pin":
            w.handler = lambda m, h=w.handler: asked.append(m.secret["salt"]) or h(m)

    def guess(t):
        p = core.dial("kiosk")
        for _ in range(250):
            p.call("login.badge", None, {"terminal": t, "badge": b"04AA-BB", "pin": wrong(pin)})
        p.close()
    threads = [threading.Thread(target=guess, args=(t,)) for t in guesses]
    [t.start() for t in threads], [t.join(120) for t in threads]
    salt = core.sql("select salt from pin")[0][0]
    assert core.sql("select failures from pin")[0][0] <= 10
    assert sum(s == salt for s in asked) <= 40, "throttled tries hash nothing of this PIN's"
    core.kiosk(terminal=terminal)


def test_three_wrong_passwords_stop_before_the_directory_is_asked_again(core):
    terminals = [core.terminal(f"t{i}") for i in range(3)]
    for i in range(6):
        a = core.once("kiosk", "login.password", {"login": "ALICE" if i % 2 else "alice"},
                      {"terminal": terminals[i % 3], "password": b"wrong"})
        assert (a.code, a.text) == ("denied", "not logged in")
    assert core.binds.count("alice") == 3 and "ALICE" not in core.binds
    assert "password-throttled" in [r["reason"] for r in core.records("auth.denied")]


def test_the_directory_away_is_said_and_costs_no_try(core):
    terminal = core.terminal()
    core.directory_up = False
    for _ in range(5):
        a = core.once("kiosk", "login.password", {"login": "alice"}, {"terminal": terminal, "password": b"pw-alice"})
        assert a.code == "away"
    core.directory_up = True
    core.kiosk(terminal=terminal)


def test_a_hanging_directory_answers_in_time_and_stops_nobody(core):
    import time
    terminal, calls = core.terminal(), []
    core.badge("bob", "77"), (pin := core.pin("bob"))
    for w in core.workers:
        if w.kind == "ldap":
            old = w.handler
            w.handler = lambda m, h=old: None if m.verb == "ldap.bind" else h(m)
    p, start = core.dial("kiosk"), time.monotonic()
    p.send(Message("login.password", {"login": "alice"}, {"terminal": terminal, "password": b"x"}, seq=1))
    assert try_pin(core, terminal, pin, b"77").code == "ok"
    assert time.monotonic() - start < 1.5
    assert p.recv().code == "away" and time.monotonic() - start < 5


def test_repeated_denials_are_counted_not_repeated(core):
    for _ in range(30):
        core.once("console", "login.password", {"login": "nobody"}, {"password": b"x"})
    before = len(core.records("auth.denied"))
    assert before <= 3
    core.clock(0, 70000)
    wait_for("not counted", lambda: any(r.get("repeated", 0) >= 20 for r in core.records("auth.denied")))


# ---- malformed messages ----

@pytest.mark.parametrize("packet", [
    b"", b"QN", b"XX\1\0\0\0\0\2{}", b"QN\2\0\0\0\0\2{}", b"QN\1\0\xff\xff\xff\xff{}", b"QN\1\0\0\0\0\2{}", b"QN\1\0\0\0\0\4null",
    b"QN\1\1\0\0\0\2{}", b"QN\1\0\0\0\0\3{}\0x"])
def test_a_malformed_packet_closes_that_connection_alone(core, packet):
    bad, good = core.dial("ctl"), core.dial("ctl")
    if packet:
        bad.sock.send(packet)
        assert bad.recv() is None
    assert good.call("status").code == "ok"


@pytest.mark.parametrize("fields", [
    {"limit": 0}, {"limit": 51}, {"limit": "5"}, {"limit": 5, "extra": 1}, {}, {"limit": 5, "after": "x"}, {"limit": 5.5}])
def test_fields_are_checked_before_a_handler_sees_them(core, fields):
    who = core.kiosk()
    with pytest.raises(EOFError):
        core.once("kiosk", "job.list", fields, who)


def test_an_answer_nobody_waits_for_ends_the_worker(core):
    p = Peer.dial(core.socket("ldap"))
    p.call("worker.ready", {"kind": "ldap"})
    m = Message("ldap.find", {"login": "alice"}, seq=99)
    p.send(m.answer("not-found"))
    assert p.recv() is None


def test_the_socket_checks_the_uid(core):
    import os
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        try:
            Peer.dial(core.socket("ctl"), 3).call("status")
        except (EOFError, OSError):
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_no_handler_takes_more_than_five_milliseconds(core):
    terminal = core.terminal()
    who = core.kiosk(terminal=terminal)
    ids = [Arrival(core, secrets.token_bytes(1 << 20), uuid=f"u{i}").hold() for i in range(12)]
    core.jobs(who), core.release(who, *ids), core.once("kiosk", "job.delete", {"jobs": ids}, who)
    status = core.ctl("status").fields
    assert status["slowest_us"] < 5000, status
