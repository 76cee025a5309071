"""Every route of every listener, for everybody who may and everybody who may not, through the real programs, held against
routes.txt. What is refused changes nothing in the database."""
import hashlib
import hmac
import pathlib
import re
from urllib.parse import urlencode

import pytest

from lib import directory
from lib.access import ROLES, changed, content, read, routes
from lib.lab import Lab
from lib.quoin import Quoin
from lib.web import STATIC, Browser

ROUTES = routes()
TOP = pathlib.Path(__file__).parents[2]
NOBODY = "01a1ff83-2e8d-7416-a02e-8011d3aae6b8"
FOLLOWED = NOBODY.replace("-", "") + "0000"
LOGIN = {"kiosk": "/kiosk/password", "portal": "/me/login", "console": "/admin/login"}
START = {"kiosk": "/kiosk/over", "portal": "/me/login", "console": "/admin/login"}
COOKIE = {"kiosk": "__Host-quoin", "portal": "__Host-quoin-portal", "console": "__Host-quoin-console"}
HAS = {login: {role for role, members in directory.GROUPS.values() if login in members}
       for login in ("alice", "oscar", "dora", "remy", "sam", "audra", "kay")}

# What the form or the query brings: about things that don't exist.
FIELDS = {
    "/kiosk/enrol": {"code": "A" * 20}, "/kiosk/badge": {"badge": "4711"}, "/kiosk/login": {"badge": "4711", "pin": "000000"},
    "/kiosk/password": {"login": "nobody", "password": "x"}, "/me/login": {"login": "nobody", "password": "x"},
    "/admin/login": {"login": "nobody", "password": "x"}, "/kiosk/act": {"idem": "k" * 24, "print": NOBODY}, "/kiosk/delete": {"j": NOBODY},
    "/kiosk/options": {"idem": "a" * 24, "job": NOBODY, "shown": "hall", "print": "1"}, "/kiosk/stop": {"job": NOBODY, "j": FOLLOWED},
    "/kiosk/second": {"j": FOLLOWED, "idem": "a" * 24, "badge": "4711", "pin": "918273"},
    "/kiosk/resolve": {"job": NOBODY, "again": "1"}, "/me/confirm": {"job": NOBODY}, "/me/delete": {"job": NOBODY},
    "/kiosk/progress": {"j": NOBODY}, "/kiosk/seen": {"id": "4711"}, "/me/seen": {"id": "4711"}, "/me/colleagues/end": {"id": "4711"},
    "/kiosk/own/badge": {"badge": "4711"}, "/me/badges/claim": {"badge": "4711"}, "/me/badges/lost": {"id": "0" * 16},
    "/me/pin/choose": {"pin": "918273", "again": "918273"},
    "/me/colleagues/add": {"login": "nobody", "what": "all", "days": "1"}, "/admin/job": {"job": NOBODY}, "/admin/job/delete": {"job": NOBODY, "reason": "r"},
    "/admin/request": {"id": NOBODY}, "/admin/request/approve": {"id": NOBODY, "hash": "0" * 64},
    "/admin/request/reject": {"id": NOBODY, "reason": "r"}, "/admin/request/withdraw": {"id": NOBODY},
    "/admin/policy/check": {"policy": "{}", "ticket": "T"}, "/admin/propose": {"operation": "device", "document": "{}", "ticket": "T", "hash": "0" * 64},
    "/admin/people": {"login": "bob"}, "/admin/people/pin": {"login": "nobody", "reason": "r"},
    "/admin/people/badges": {"login": "nobody", "reason": "r"}, "/admin/contain/lock": {"kind": "device", "name": "none", "reason": "r"},
    "/admin/contain/unlock": {"kind": "device", "name": "none", "reason": "r"}, "/admin/device": {"name": "none"},
    "/admin/printer": {"name": "none"}, "/admin/printer/ask": {"name": "none"}, "/admin/printer/test": {"name": "none"},
    "/admin/device/check": {"name": "d", "uri": "ipp://x/", "ceiling": "public", "ticket": "T"}, "/admin/device/retire": {"name": "none"},
    "/admin/terminal": {"name": "none"}, "/admin/terminal/check": {"name": "t", "device": "none", "proof-kind": "token"},
    "/admin/terminal/code": {"name": "none"}, "/admin/terminal/revoke": {"name": "none", "reason": "r"},
}


class Site:
    """Everything real, an enrolled terminal, and a session of each person on each listener."""

    def __init__(self, lab):
        self.q = Quoin(lab, directory=directory.demo(lab), conf={"kiosk-idle": "10m", "kiosk-session": "60m"}).start()
        self.state_dir = self.q.state_dir
        self.q.device("hall", "ipp://127.0.0.1:1/ipp/print")
        b = self.browser("kiosk")
        b.post("/kiosk/enrol", {"code": self.q.terminal("panel", "hall")})
        self.terminal, self.sessions = b.cookies["__Host-quoin-terminal"], {}
        self.style = STATIC.search(b.get("/kiosk/enrol").text).group(0)

    def browser(self, listener, session=None, terminal=None):
        b = Browser(self.q.site(listener))
        b.cookies |= ({COOKIE[listener]: session} if session else {}) | ({"__Host-quoin-terminal": terminal} if terminal else {})
        return b

    def session(self, listener, login):
        if (listener, login) not in self.sessions:
            b = self.browser(listener, terminal=self.terminal if listener == "kiosk" else None)
            page = b.post(LOGIN[listener], {"login": login, "password": directory.password(login), "form": token(b, "terminal")})
            assert page.status == 303, (listener, login, page.plain)
            self.sessions[listener, login] = b.cookies[COOKIE[listener]]
        return self.sessions[listener, login]

    def everybody(self, listener, login=None):
        """A browser with all that this person has on this listener."""
        return self.browser(listener, self.session(listener, login) if login else None, self.terminal if listener == "kiosk" else None)

    def path(self, route):
        return route.path.replace("/static/HASH/style.css", self.style).replace("/static/HASH/mark.svg", "/static/none/mark.svg")


def token(browser, needs, text=b"quoin form"):
    """The token of this browser's forms for a route that needs that."""
    name = "__Host-quoin-terminal" if needs == "terminal" else COOKIE[browser.web.instance]
    return hmac.new(bytes.fromhex(browser.cookies.get(name, "")), text, hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def site():
    lab = Lab("web-access")
    it = Site(lab)
    yield it
    it.q.stop()
    lab.close()


def ask(site, route, browser, headers=None, form=True, more=None):
    fields = dict(FIELDS.get(route.path, {}))
    if route.method == "GET":
        return browser.get(site.path(route) + ("?" + urlencode(fields) if fields else ""), headers=headers)
    if form is True and route.needs != "-":
        fields["form"] = token(browser, route.needs)
    elif form:
        fields["form"] = form
    return browser.post(route.path, fields, headers if headers is None else browser.origin | headers)


def refused(site, act, statuses, what, to=None):
    before, page = content(site), act()
    assert page.status in statuses, f"{what}: {page.status} {page.plain[:200]}"
    if page.status == 303:
        assert page.header("Location") == to, f"{what}: {page.header('Location')}"
    assert not changed(before, content(site)), what
    return page


def name(route):
    return f"{route.method} {route.path} of {route.listener}"


def test_the_table_names_every_route_and_no_other():
    text = (TOP / "web/route.c").read_text()
    found = set()
    for who, method, path in re.findall(r'^    \{ ([KPCL |]+), "([A-Z]+)", ("[^"]+"|QN_ASSET_\w+),', text, re.M):
        path = {"QN_ASSET_STYLE": "/static/HASH/style.css", "QN_ASSET_MARK": "/static/HASH/mark.svg"}.get(path, path.strip('"'))
        found |= {({"K": "kiosk", "P": "portal", "C": "console"}[w], method, path) for w in re.findall("[KPC]", who)}
    assert found == {(r.listener, r.method, r.path) for r in ROUTES}
    assert len(found) == len(ROUTES), "a line stands twice"


def test_of_another_name_nothing_is_served(site):
    for r in ROUTES:
        for host in ("evil.example", "localhost", f"localhost:{site.q.port[r.listener] + 1}"):
            b = site.everybody(r.listener)
            refused(site, lambda: ask(site, r, b, {"Host": host}), {400, 421}, f"{name(r)} as {host}")


def test_a_route_of_one_listener_is_none_of_another(site):
    """Nor with another method."""
    have = {(r.listener, r.method, r.path) for r in ROUTES}
    for r in ROUTES:
        for listener in ("kiosk", "portal", "console"):
            if "HASH" not in r.path and not any((listener, m, r.path) in have for m in ("GET", "POST")):
                refused(site, lambda: ask(site, r, site.everybody(listener), form=None), {404}, f"{name(r)} at {listener}")
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", *{"GET", "POST"} - {r.method}):
            if (r.listener, method, r.path) not in have:
                b = site.everybody(r.listener)
                refused(site, lambda: b.request(method, site.path(r)), {400, 404, 405, 411, 501}, f"{method} {name(r)}")


def test_without_a_terminal_there_is_no_kiosk(site):
    for r in ROUTES:
        if r.listener == "kiosk" and r.needs != "-":
            for terminal in (None, "00" * 32):
                b = site.browser("kiosk", site.session("kiosk", "alice"), terminal)
                refused(site, lambda: ask(site, r, b, form="0" * 64), {403}, f"{name(r)} without a terminal")


@pytest.mark.parametrize("listener", ["kiosk", "portal", "console"])
def test_without_a_session_of_this_listener(site, listener):
    """None, one that was never made, and everybody's of the other two: to where one begins."""
    others = [site.session(other, login) for other in COOKIE if other != listener for login in ("alice", "sam")]
    for r in ROUTES:
        if r.listener == listener and r.needs == "session":
            for session in (None, "11" * 32, *others):
                b = site.browser(listener, session, site.terminal if listener == "kiosk" else None)
                refused(site, lambda: ask(site, r, b, form=None if session is None else True), {303}, name(r), START[listener])


def test_a_form_of_another_site_is_no_form(site):
    """Neither without our token, nor with one of another key, nor from elsewhere."""
    for r in ROUTES:
        if r.method != "POST":
            continue
        login = {"kiosk": "alice", "portal": "alice", "console": "sam"}[r.listener] if r.needs == "session" else None
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": f"http://{site.q.host[r.listener]}"}):
            b = site.everybody(r.listener, login)
            refused(site, lambda: ask(site, r, b, headers), {403}, f"{name(r)} {headers}")
        if r.needs != "-":
            b = site.everybody(r.listener, login)
            for form in (None, "", "0" * 64, token(b, r.needs, b"quoin"), token(b, r.needs)[:-1]):
                refused(site, lambda: ask(site, r, b, form=form), {403}, f"{name(r)} form {form}")


@pytest.mark.parametrize("login", list(HAS))
def test_every_role_on_every_page_of_the_console(site, login):
    for r in ROUTES:
        if r.listener != "console" or r.needs != "session" or r.handler or r.path == "/admin/logout":
            continue
        b, what = site.everybody("console", login), f"{login} {name(r)}"
        if HAS[login] & set(r.roles):
            page = ask(site, r, b)
            assert page.status in (200, 303, 404, 409) and page.header("Location") != "/admin/login", f"{what}: {page.status} {page.plain[:300]}"
        else:
            refused(site, lambda: ask(site, r, b), {403}, what)


@pytest.mark.parametrize("login", list(HAS))
def test_what_a_second_person_decides_is_not_there_for_everybody(site, login):
    for r in ROUTES:
        if r.handler:
            b = site.everybody("console", login)
            refused(site, lambda: ask(site, r, b), {200, 400, 403, 404, 409}, f"{login} {name(r)}")


@pytest.mark.parametrize("login", list(HAS))
def test_whoever_does_not_print_has_no_jobs(site, login):
    """The terminal and the portal are for the role user; everybody may log out."""
    for r in ROUTES:
        if r.listener in ("kiosk", "portal") and r.needs == "session" and not r.path.endswith("logout") and "user" not in HAS[login]:
            b = site.everybody(r.listener, login)
            refused(site, lambda: ask(site, r, b), {303, 400, 403, 404}, f"{login} {name(r)}", START[r.listener])


# ---- what an auditor is shown ----

def test_the_printed_matrix_is_the_one_kept_by_hand(site):
    """quoinctl roles --matrix: role x permission, and each message with where it comes from and what is asked for first."""
    table, text = read(), site.q.ctl("roles", "--matrix").stdout
    first, _, messages = text.partition("\nmessage ")
    rows = [line.split() for line in first.splitlines()]
    assert rows[2] == ["permission", *ROLES]
    rows = [r for r in rows[3:] if len(r) == len(ROLES) + 1 and set(r[1:]) <= {"x", "."}]
    assert {r[0]: [role for role, x in zip(ROLES, r[1:]) if x == "x"] for r in rows} == table.permissions
    names = {"intake": "core", "root": "ctl"}
    needs = {"-": {"-", "terminal"}, "session": {"session"}, "directory": {"live"}, "password": {"proof"}}
    printed = set()
    for verb, *words in (line.split() for line in messages.splitlines()[1:] if line.strip()):
        *places, asked, _ = words
        for place in (names.get(p, p) for p in places):
            line = next(x for x in table.messages if x.verb == verb and place in x.sockets)
            assert line.needs in needs[asked], (verb, place, asked)
            printed.add((verb, place))
    assert printed == {(x.verb, place) for x in table.messages for place in x.sockets}
