"""Who may ask what: every role, and nobody, and everybody who is almost somebody, x every message x every socket, held against
access.txt. A denied message changes nothing in the database."""
import pathlib
import re

import pytest

from lib.access import PLACES, ROLES, SOCKETS, ask, changed, content, read
from lib.core import GROUP, Arrival, Core, person

TABLE = read()
NOBODY = "01a1ff83-2e8d-7416-a02e-8011d3aae6b8"
WHO = {"user": "alice", "operator": "oscar", "device-admin": "dora", "records": "remy", "security": "sam", "auditor": "audra",
       "key-custodian": "kay"}
TOP = pathlib.Path(__file__).parents[2]

# What makes each message well-formed: about things that don't exist, so that a session that may can be asked again.
ASK = {
    "job.begin": {"cupsd": "c", "cups_job": 1, "uuid": "u", "created": 1, "document": 1, "queue": "q", "owner": "alice",
                  "proof": "none", "title": "t", "options": {}},
    "job.commit": {"job": NOBODY, "format": "application/pdf", "length": 1, "commitment": "00" * 32, "tags": "00" * 32},
    "login.password": {"login": "nobody"}, "job.list": {"limit": 5}, "job.release": {"jobs": [NOBODY], "idem": "k" * 20},
    "job.delete": {"jobs": [NOBODY]}, "job.resolve": {"job": NOBODY, "outcome": "again"}, "badge.claim": {"label": "blue"},
    "badge.lost": {"id": "0" * 16}, "notice.seen": {"id": 4711}, "delegate.add": {"login": "bob", "until": 0, "title": 0},
    "delegate.revoke": {"id": 4711}, "admin.jobs": {"limit": 5}, "admin.audit": {"limit": 5},
    "job.cancel": {"job": NOBODY, "reason": "r"}, "pin.unlock": {"login": "nobody", "reason": "r"},
    "badge.revoke": {"login": "nobody", "reason": "r"}, "badge.import": {"login": "nobody"},
    "contain.lock": {"kind": "device", "name": "none", "reason": "r"}, "contain.unlock": {"kind": "device", "name": "none", "reason": "r"},
    "terminal.code": {"name": "none"}, "terminal.certify": {"name": "none", "point": "04" + "00" * 64},
    "terminal.revoke": {"name": "none", "reason": "r"}, "policy.list": {"limit": 5},
    "request.propose": {"operation": "device", "document": "{}", "ticket": "T-1", "dry": 1}, "request.list": {"open": 1, "limit": 5},
    "request.show": {"id": NOBODY}, "request.approve": {"id": NOBODY, "hash": "00" * 32}, "request.reject": {"id": NOBODY, "reason": "r"},
    "request.withdraw": {"id": NOBODY}, "person.why": {"login": "nobody"}, "worker.ready": {"kind": "ldap"},
    "deliver.created": {"job": NOBODY, "printer_job": 1, "printer_uuid": "", "up_time": 1}, "deliver.sent": {"job": NOBODY},
    "deliver.progress": {"job": NOBODY, "impressions": 0, "sheets": 0}, "job.stop": {"job": NOBODY},
    "device.show": {"name": "none"}, "device.probe": {"name": "none"}, "device.test": {"name": "none"},
    "policy.init": {"document": "{}"},
    "ldap.find": {"login": "alice", "groups": []}, "ldap.bind": {"login": "alice", "groups": []}, "ldap.badge": {"groups": []},
    "pin.hash": {"n": 1024},
    "deliver.job": {"job": NOBODY, "device": "d", "uri": "ipp://x/", "format": "application/pdf", "length": 1, "commitment": "00" * 32,
                    "tags": "00" * 32, "mac": "00" * 32, "options": {}, "code": "ABCD", "verify_max": 0},
    "deliver.ask": {"job": NOBODY, "device": "d", "uri": "ipp://x/", "code": "ABCD", "stage": "sent", "printer_job": 1, "printer_uuid": "",
                    "up_time": 0, "cancel": 0},
    "deliver.probe": {"device": "d", "uri": "ipp://x/"}, "deliver.test": {"device": "d", "uri": "ipp://x/", "code": "ABCD"},
    "deliver.stop": {"job": NOBODY},
}
VALUE = {"code": b"A" * 20, "badge": b"0499", "pin": b"918273", "password": b"x", "salt": b"s" * 16, "verifier": b"$6$x$y", "key": b"k" * 32}
SECRET = {"terminal.enrol": ["code"], "login.badge": ["badge", "pin"], "login.password": ["password"], "session.prove": ["password"],
          "badge.claim": ["badge"], "badge.import": ["badge"], "pin.set": ["pin"], "ldap.bind": ["password"],
          "ldap.badge": ["badge"],
          "pin.hash": ["pin", "salt"], "pin.crypt": ["pin", "verifier"], "deliver.job": ["key"]}

# What somebody who may is answered to that; everybody else, and everything that is not named here: ok.
ANSWER = {verb: {"not-found"} for verb in (
    "badge.lost", "delegate.revoke", "job.resolve", "job.cancel", "pin.unlock", "badge.revoke", "badge.import",
    "terminal.code", "terminal.certify", "terminal.revoke", "request.show", "request.approve", "request.reject", "request.withdraw",
    "person.why", "device.show", "device.probe", "device.test")}
ANSWER |= {"session.prove": {"denied"}, "contain.lock": {"not-found"}, "contain.unlock": {"not-found"}, "delegate.add": {"invalid"},
           "request.propose": {"invalid", "denied"}}

# The words of a door that stays shut, against those of a handler that looked at the thing itself.
SHUT = re.compile(r"^(no session|unknown or ended session|session of another place|session of another user's shell|session is over|"
                  r"no role of this person allows it|this person's roles are not what they were|no terminal credential|"
                  r"unknown or revoked terminal|the account is .*)$")

SESSIONS = [line for line in TABLE.messages if line.session]


@pytest.fixture
def core(lab):
    c = Core(lab, {"answer-timeout": "10s", "kiosk-idle": "10m", "kiosk-session": "60m"})
    everything = [r for r in ROLES]
    c.people["cora"] = person("cora", everything)
    c.people["wim"] = person("wim", ["auditor", "user"])
    c.start()
    c.device()
    c.now = 0
    yield c
    c.stop()


def line_of(verb, socket):
    found = [x for x in TABLE.messages if x.verb == verb and socket in x.sockets]
    assert len(found) <= 1, f"{verb} on {socket} stands twice"
    return found[0] if found else None


def secrets_of(verb, place, session=None, terminal=None):
    out = {k: VALUE[k] for k in SECRET.get(verb, [])}
    if place == "kiosk" and verb not in ("terminal.enrol", "kiosk.ca") or verb in ("terminal.hello", "login.badge", "job.release", "job.resolve"):
        out["terminal"] = terminal or b"\0" * 32
    if any(x.session for x in TABLE.messages if x.verb == verb) and (place in PLACES or verb != "roles.show"):
        if session or not any(not x.session and place in x.sockets for x in TABLE.messages if x.verb == verb):
            out["session"] = session or b"\0" * 32
    return out


def send(core, place, verb, session=None, terminal=None):
    return ask(core, place, verb, ASK.get(verb), secrets_of(verb, place, session, terminal))


def shut(answer):
    return answer is not None and answer.code == "denied" and bool(SHUT.match(answer.text))


class People:
    """Sessions of everybody everywhere, made when they are wanted."""

    def __init__(self, core):
        self.core, self.terminal, self.made = core, {}, {}

    def place(self, place, login):
        if place == "kiosk" and login not in self.terminal:
            self.terminal[login] = self.core.terminal("t-" + login)
        return self.terminal.get(login) if place == "kiosk" else None

    def login(self, place, login):
        """The answer to a right password there."""
        terminal = self.place(place, login)
        return ask(self.core, place, "login.password", {"login": login},
                   {"password": b"pw-" + login.encode()} | ({"terminal": terminal} if terminal else {}))

    def session(self, place, login):
        if (place, login) not in self.made:
            a = self.login(place, login)
            assert a and a.code == "ok", (place, login, a)
            self.made[place, login] = a.secret["session"]
        return self.made[place, login]

    def send(self, place, login, verb):
        a = send(self.core, place, verb, self.session(place, login), self.place(place, login))
        if verb == "logout" and a and a.code == "ok":
            del self.made[place, login]
        return a


def denied(core, act, what, swept=()):
    """act() is answered by a door that stays shut, and leaves everything as it was, but for tables that the clock sweeps."""
    before = content(core)
    a = act()
    assert shut(a), f"{what}: {a}"
    assert not set(changed(before, content(core))) - set(swept), what


# ---- the table and the program name the same ----

def source(name):
    """The verbs at the beginning of the lines of the table there."""
    return re.findall(r'^    \{ "([a-z.]+)",', (TOP / name).read_text().split("_table[] = {")[1], re.M)


def test_the_table_names_every_message_and_no_other():
    assert {x.verb for x in TABLE.messages} == set(source("lib/verb-table.c"))
    assert {x.verb for x in TABLE.messages if x.sockets} == set(source("server/dispatch.c"))


# ---- the sockets ----

@pytest.mark.parametrize("socket", SOCKETS)
def test_every_message_on_every_socket_without_a_session(core, socket):
    """It ends the connection, or needs what nobody has here, or is for whoever may dial in there."""
    for verb in {x.verb: 0 for x in TABLE.messages}:
        line, before = line_of(verb, socket), content(core)
        a = send(core, socket, verb)
        if line is None:
            assert a is None, f"{verb} on {socket}: {a}"
        elif line.session or line.needs == "terminal":
            assert shut(a), f"{verb} on {socket}: {a}"
        else:
            assert a is not None and not shut(a), f"{verb} on {socket}: {a}"
        if line is None or line.needs != "-":
            assert not changed(before, content(core)), f"{verb} on {socket}"


def test_a_message_that_needs_a_session_without_one_ends_the_connection(core):
    terminal = core.terminal()
    for line in SESSIONS:
        for place in line.sockets:
            secret = secrets_of(line.verb, place, b"x" * 32, terminal)
            del secret["session"]
            before, a = content(core), ask(core, place, line.verb, ASK.get(line.verb), secret)
            assert a is None or shut(a), f"{line.verb} at {place}: {a}"
            assert not changed(before, content(core)), line.verb


# ---- roles ----

@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("role", ROLES)
def test_every_role_and_every_message(core, role, place):
    people = People(core)
    people.session(place, WHO[role])
    for verb in sorted({x.verb for x in SESSIONS}):
        line, what = line_of(verb, place), f"{role} at {place}: {verb}"
        people.session(place, WHO[role])
        if line is None:
            before, a = content(core), people.send(place, WHO[role], verb)
            assert a is None and not changed(before, content(core)), f"{what}: {a}"
        elif line.session and role in line.roles:
            a = people.send(place, WHO[role], verb)
            assert a and not shut(a) and a.code in ANSWER.get(verb, {"ok"}), f"{what}: {a}"
        elif line.session:
            denied(core, lambda: people.send(place, WHO[role], verb), what)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_whoever_holds_roles_that_exclude_each_other_has_what_is_left(core, place):
    """cora holds all seven: nothing but user is left; wim may read the log beside printing."""
    people = People(core)
    assert ask(core, place, "session.check", {}, secrets_of("session.check", place, people.session(place, "cora"),
                                                            people.place(place, "cora"))).fields["roles"] == ["user"]
    for line in SESSIONS:
        if place in line.sockets and "user" not in line.roles:
            denied(core, lambda: people.send(place, "cora", line.verb), f"cora at {place} {line.verb}")
    assert core.records("role.conflict")
    people.session(place, "wim")
    for line in SESSIONS:
        if place in line.sockets and not {"user", "auditor"} & set(line.roles):
            denied(core, lambda: people.send(place, "wim", line.verb), f"wim at {place} {line.verb}")


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("login", ["carl", "dave", "nora", "nobody"])
def test_no_session_begins_without_a_role_or_an_account(core, place, login):
    """carl's two roles exclude each other, dave is switched off, nora has no role."""
    people = People(core)
    people.place(place, login)
    before = content(core)["session"]
    a = people.login(place, login)
    assert (a.code, a.text, a.secret, a.fields) == ("denied", "not logged in", {}, {})
    assert content(core)["session"] == before


# ---- sessions that are not good here, or not any more ----

def every(core, place, what, session, terminal=None, swept=()):
    for line in SESSIONS:
        if place in line.sockets:
            denied(core, lambda: send(core, place, line.verb, session, terminal), f"{what}: {line.verb} at {place}", swept)


@pytest.mark.parametrize("role", ROLES)
def test_a_session_is_good_only_where_it_was_made(core, role):
    """root's quoinctl and anybody else's are two places."""
    people = People(core)
    for made in sorted(PLACES):
        session = people.session(made, WHO[role])
        for place in sorted(PLACES):
            if place != made:
                every(core, place, f"{role}'s of {made}", session, people.place(place, WHO[role]))


def test_a_session_of_another_terminal_or_of_none(core):
    people = People(core)
    session, other = people.session("kiosk", "alice"), core.terminal("other")
    every(core, "kiosk", "of another terminal", session, other)
    every(core, "kiosk", "of no terminal", session, b"\0" * 32)
    every(core, "kiosk", "unknown", b"x" * 32, people.place("kiosk", "alice"))


@pytest.mark.parametrize("place,idle", [("kiosk", 10), ("portal", 15), ("console", 15), ("ctl", 15), ("shell", 15)])
def test_a_session_that_is_over(core, place, idle):
    people = People(core)
    sessions = [(people.session(place, w), people.place(place, w)) for w in WHO.values()]
    core.clock((idle * 60 + 1) * 1000)
    for session, terminal in sessions:
        every(core, place, "idle", session, terminal, ["session"])


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_session_that_was_ended(core, place):
    people = People(core)
    for login in WHO.values():
        session = people.session(place, login)
        assert people.send(place, login, "logout").code == "ok"
        every(core, place, f"{login}'s after logging out", session, people.place(place, login))


def may(needs, place):
    """(role, verb) of what needs that and may be asked there."""
    return [(r, x.verb) for x in SESSIONS if x.needs in needs and place in x.sockets for r in x.roles]


@pytest.mark.parametrize("place", ["portal", "console", "ctl", "shell"])
def test_what_needs_the_password_again(core, place):
    """Five minutes after the log-in it does; before and after that, and with a wrong one, nothing happens."""
    people = People(core)
    sensitive = may(["proof"], place)
    for role in {r for r, _ in sensitive}:
        people.session(place, WHO[role])
    core.clock(301 * 1000)
    for role, verb in sensitive:
        before, a = content(core), people.send(place, WHO[role], verb)
        assert a.code == "proof" and not changed(before, content(core)), f"{role} at {place} {verb}: {a}"
    for role in {r for r, _ in sensitive}:
        session = {"session": people.session(place, WHO[role])}
        assert core_ask(core, place, "session.prove", session | {"password": b"wrong"}).code == "denied"
        verb = next(v for r, v in sensitive if r == role)
        assert people.send(place, WHO[role], verb).code == "proof"
        assert core_ask(core, place, "session.prove", session | {"password": b"pw-" + WHO[role].encode()}).code == "ok"
    for role, verb in sensitive:
        a = people.send(place, WHO[role], verb)
        assert a.code in ANSWER.get(verb, {"ok"}), f"{role} at {place} {verb}: {a}"


def core_ask(core, place, verb, secret):
    return ask(core, place, verb, {}, secret)


@pytest.mark.parametrize("place", ["portal", "console", "ctl", "shell"])
@pytest.mark.parametrize("why", ["disabled", "gone", "moved", "away"])
def test_whoever_changes_something_is_asked_about_in_the_directory(core, place, why):
    """A leaver, a mover, and everybody while the directory is away: their next change does not happen."""
    people, gone, tried = People(core), {}, set()
    asked = may(["live", "proof"], place)
    for role, verb in asked:
        login = WHO[role]
        core.directory_up = True
        core.people[login] = gone.pop(login, core.people.get(login))
        people.made.pop((place, login), None)
        session = people.session(place, login)
        core.clock(core.now + 5000), setattr(core, "now", core.now + 5000)
        if why == "away":
            core.directory_up = False
        else:
            gone[login] = core.people.pop(login)
            if why != "gone":
                core.people[login] = gone[login] | ({"status": "disabled"} if why == "disabled" else {"groups": []})
        before, a = content(core), people.send(place, login, verb)
        assert a and a.code in ({"away"} if why == "away" else {"denied"}), f"{role} at {place} {verb}: {a}"
        assert not set(changed(before, content(core))) - {"session", "person", "notice"}, f"{role} at {place} {verb}"
        if why == "away":
            continue
        assert shut(core_ask(core, place, "session.check", {"session": session})), f"{role}'s session at {place} after {verb}"
        if role not in tried:  # it is over, whichever request ended it
            tried.add(role)
            every(core, place, f"{why} {role}", session, swept=["session"])


def test_a_revoked_terminal_is_no_place(core):
    people = People(core)
    session, sam = people.session("kiosk", "alice"), {"session": people.session("console", "sam")}
    assert core.once("console", "terminal.revoke", {"name": "t-alice", "reason": "r"}, sam).code == "ok"
    every(core, "kiosk", "revoked", session, people.place("kiosk", "alice"))
    for verb in ("terminal.hello", "login.badge", "login.password"):
        denied(core, lambda: send(core, "kiosk", verb, terminal=people.place("kiosk", "alice")), verb)


# ---- another person's things ----

def test_a_job_is_its_owners_alone(core):
    """Whatever role, at whatever terminal: another person's job is not there."""
    people, mine = People(core), Arrival(core).hold()
    before = content(core)["job"]
    for login in ["bob", *WHO.values()]:
        if login == "alice":
            continue
        secret = {"session": people.session("kiosk", login), "terminal": people.place("kiosk", login)}
        for verb, fields in [("job.list", {"limit": 50}), ("job.release", {"jobs": [mine], "idem": "i" * 20}),
                             ("job.delete", {"jobs": [mine]}), ("job.resolve", {"job": mine, "outcome": "printed"})]:
            a = core.once("kiosk", verb, fields, secret)
            assert all(r["code"] in ("denied", "not-found") for r in a.fields.get("jobs", [])), (login, a)
            assert a.code in ("ok", "denied", "not-found"), (login, a)
        assert content(core)["job"] == before, login
    assert core.state(mine) == "held"


# ---- the permission model as the program tells it ----

def test_the_program_tells_the_same_roles(core):
    a = core.ctl("roles.show")
    told = {r["role"]: set(r["permissions"]) for r in a.fields["roles"]}
    assert told == {r: {p for p, who in TABLE.permissions.items() if r in who} for r in ROLES}
    assert {o["operation"]: set(o["approvers"]) for o in a.fields["operations"]} == {n: set(a) for n, (_, a) in TABLE.operations.items()}
    for o in a.fields["operations"]:
        assert TABLE.permissions[o["permission"]] == TABLE.operations[o["operation"]][0], o
    for v in a.fields["verbs"]:
        for place in ({"intake": "core", "root": "ctl"}.get(f, f) for f in v["from"]):
            line = line_of(v["verb"], place)
            assert line, v
            assert (v["logged_in"], v["live"], v["proof"]) == (line.session, line.needs in ("live", "proof"), line.needs == "proof"), v
    assert a.fields["mapping"] == [{"group": GROUP.format(r), "role": r} for r in ROLES]
