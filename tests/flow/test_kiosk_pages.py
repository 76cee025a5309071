"""The pages: who gets which, what they say, and that nothing hostile gets through. The core is scripted."""
import re

import pytest

from lib import governance
from lib.lab import wait_for
from lib.web import CODE, SESSION, SESSION_COOKIE, TERMINAL, Browser, Web, job, job_id

ROUTES = {  # method, path, needs; kept by hand beside web/route.c
    "kiosk": [("GET", "/forget", ""), ("GET", "/", "terminal"), ("GET", "/kiosk", "terminal"), ("GET", "/kiosk/enrol", ""), ("POST", "/kiosk/enrol", ""),
              ("POST", "/kiosk/badge", "terminal"), ("POST", "/kiosk/login", "terminal"), ("GET", "/kiosk/password", "terminal"),
              ("POST", "/kiosk/password", "terminal"), ("GET", "/kiosk/over", "terminal"), ("GET", "/kiosk/jobs", "session"),
              ("POST", "/kiosk/act", "session"), ("POST", "/kiosk/options", "session"),
              ("POST", "/kiosk/second", "session"), ("POST", "/kiosk/stop", "session"), ("POST", "/kiosk/delete", "session"), ("POST", "/kiosk/resolve", "session"), ("POST", "/kiosk/seen", "session"),
              ("GET", "/kiosk/progress", "session"), ("POST", "/kiosk/logout", "session")],
    "portal": [("GET", "/forget", ""), ("GET", "/", ""), ("GET", "/me/login", ""), ("POST", "/me/login", ""), ("GET", "/me", "session"),
               ("POST", "/me/confirm", "session"), ("POST", "/me/delete", "session"), ("POST", "/me/seen", "session"),
               ("GET", "/me/colleagues", "session"), ("POST", "/me/colleagues/add", "session"), ("POST", "/me/colleagues/end", "session"), ("POST", "/me/logout", "session")],
    "console": [("GET", "/forget", ""), ("GET", "/", ""), ("GET", "/admin/login", ""), ("POST", "/admin/login", ""), ("GET", "/admin", "session"),
                ("GET", "/admin/jobs", "session"), ("GET", "/admin/job", "session"), ("POST", "/admin/job/delete", "session"),
                ("GET", "/admin/requests", "session"), ("GET", "/admin/request", "session"),
                ("POST", "/admin/request/approve", "session"), ("POST", "/admin/request/reject", "session"),
                ("POST", "/admin/request/withdraw", "session"), ("GET", "/admin/policy", "session"),
                ("GET", "/admin/policy/change", "session"), ("POST", "/admin/policy/check", "session"),
                ("POST", "/admin/propose", "session"), ("GET", "/admin/roles", "session"), ("GET", "/admin/people", "session"),
                ("POST", "/admin/people/pin", "session"), ("POST", "/admin/people/badges", "session"),
                ("GET", "/admin/contain", "session"), ("POST", "/admin/contain/lock", "session"),
                ("POST", "/admin/contain/unlock", "session"), ("GET", "/admin/devices", "session"),
                ("GET", "/admin/printer", "session"), ("POST", "/admin/printer/ask", "session"), ("POST", "/admin/printer/test", "session"),
                ("GET", "/admin/device", "session"), ("POST", "/admin/device/check", "session"),
                ("POST", "/admin/device/retire", "session"), ("GET", "/admin/terminal", "session"),
                ("POST", "/admin/terminal/check", "session"), ("POST", "/admin/terminal/code", "session"),
                ("POST", "/admin/terminal/revoke", "session"), ("GET", "/admin/audit", "session"),
                ("POST", "/admin/logout", "session")],
}
ACTS = {"job.cancel", "request.propose", "request.approve", "request.reject", "request.withdraw", "contain.lock", "contain.unlock", "pin.unlock",
        "badge.revoke", "terminal.code", "terminal.revoke", "session.prove"}
LOGIN = {"kiosk": "/kiosk/over", "portal": "/me/login", "console": "/admin/login"}
HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "</title><svg/onload=alert(1)>",
           "{{7*7}} ${7*7} %s%n", "&lt;already&gt; &amp;", "\u202ereversed", "=cmd|' /C calc'!A0", "javascript:alert(1)", "\ufeff\u00ad",
           "𝕏" * 250, "a" * 1000]


@pytest.fixture
def kiosk(lab):
    return Web(lab)


def lint(page):
    """What is true of every page, whatever it says."""
    assert page.header("Cache-Control") == "no-store"
    csp = page.header("Content-Security-Policy")
    for part in ("default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in csp
    assert "unsafe" not in csp and "script-src" not in csp
    assert page.header("X-Content-Type-Options") == "nosniff"
    assert page.header("Referrer-Policy") == "same-origin"
    assert page.header("Strict-Transport-Security").startswith("max-age=31536000")
    assert page.header("Cross-Origin-Opener-Policy") == page.header("Cross-Origin-Resource-Policy") == "same-origin"
    image = page.header("Content-Type") == "image/svg+xml"
    assert image or page.header("Content-Type") == "text/html; charset=utf-8"
    for cookie in page.headers.get("set-cookie", []):
        assert cookie.startswith("__Host-quoin")
        for part in ("; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Strict"):
            assert part in cookie
    if page.status >= 400:
        assert page.header("Connection") == "close"
    low = page.text.lower()
    assert "<script" not in low and "javascript:" not in re.sub(r">[^<]*<", "><", low)
    assert not re.search(r"<[^>]* on[a-z]+=", low) and not re.search(r"<[^>]* style=", low)
    assert image or page.status == 303 or page.text.startswith("<!DOCTYPE html>")


def ask(b, method, path, fields=()):
    return b.get(path) if method == "GET" else b.post(path, fields)


@pytest.mark.parametrize("instance", list(ROUTES))
def test_every_route_with_every_credential(lab, instance):
    web = Web(lab, instance)
    web.core.roles = ["user", "operator", "auditor"]
    governance.console(web.core)
    cases = 0
    for method, path, needs in ROUTES[instance]:
        for terminal in ([None, "wrong", "right"] if instance == "kiosk" else [None]):
            for session in (None, "wrong", "right"):
                b = Browser(web)
                if terminal:
                    b.cookies["__Host-quoin-terminal"] = TERMINAL.hex() if terminal == "right" else "ab" * 32
                if session:
                    b.cookies[SESSION_COOKIE[instance]] = SESSION.hex() if session == "right" else "cd" * 32
                seen = len(web.core.calls())
                page = ask(b, method, path)
                lint(page)
                what = (method, path, terminal, session, page.status)
                verbs = {m.verb for m in web.core.calls()[seen:]}
                if needs and instance == "kiosk" and not terminal:
                    assert page.status == 403 and "not set up" in page.plain and not verbs, what
                elif method == "POST" and needs and (terminal or session) and not (needs == "session" and not session):
                    assert page.status == 403 and not verbs, what  # no form token
                elif needs and terminal == "wrong":
                    assert page.status == 403 and "not set up" in page.plain, what
                elif needs == "session" and session != "right":
                    assert page.status == 303 and page.header("Location") == LOGIN[instance], what
                    assert "Max-Age=0" in page.header("Set-Cookie") and verbs <= {"session.check", "terminal.hello"}, what
                elif path in ("/kiosk/progress", "/admin/job", "/admin/request", "/admin/printer"):  # of what?
                    assert page.status == 400, what
                elif method == "GET":
                    assert page.status in (200, 303), what
                assert not verbs & {"job.release", "job.delete", "job.resolve", "job.stop", "logout", "delegate.add", "delegate.revoke", "notice.seen", *ACTS}, what
                cases += 1
    assert cases == len(ROUTES[instance]) * (9 if instance == "kiosk" else 3)


@pytest.mark.parametrize("instance,other", [("kiosk", "/me"), ("portal", "/kiosk"), ("portal", "/admin/jobs"), ("console", "/me")])
def test_other_instances_pages_are_not_there(lab, instance, other):
    page = Browser(Web(lab, instance), terminal=True, session=True).get(other)
    assert page.status == 404
    lint(page)


def test_enrol(kiosk):
    b = Browser(kiosk)
    assert b.get("/kiosk").status == 403
    assert b.get("/kiosk/enrol").status == 200
    for wrong in ("", "x", "A" * 20, CODE + "A", CODE[:-1] + "é", CODE[:-1] + "!"):
        page = b.post("/kiosk/enrol", [("code", wrong)])
        assert page.status == 403 and "not valid" in page.plain and not page.cookie("__Host-quoin-terminal")
    assert [m.secret["code"] for m in kiosk.core.calls("terminal.enrol")] == [b"A" * 20]
    page = b.post("/kiosk/enrol", [("code", " ".join(re.findall("....", CODE)))], headers={})  # an old panel, typed in groups
    assert page.status == 303 and page.header("Location") == "/kiosk"
    assert page.cookie("__Host-quoin-terminal").startswith(f"__Host-quoin-terminal={TERMINAL.hex()}; Max-Age=34560000; ")
    page = b.get("/kiosk")
    assert page.status == 200 and "laser-2 · Floor 2 <east>" in page.plain


def test_badge_and_pin(kiosk):
    b = Browser(kiosk, terminal=True)
    b.get("/kiosk")
    page = b.submit("/kiosk/badge", [("badge", '47<11">')], follow=False)
    assert page.status == 200 and 'value="47&lt;11&quot;&gt;"' in page.text and 'inputmode="numeric"' in page.text
    assert "4711" not in page.plain and kiosk.core.calls("login.badge") == []
    page = b.login()
    assert page.status == 200 and "Alice <b>Ampère</b>" in page.plain
    m = kiosk.core.calls("login.badge")[0]
    assert m.secret == {"terminal": TERMINAL, "badge": b"4711", "pin": b"123456"} and m.fields == {}
    assert b.cookies["__Host-quoin"] == SESSION.hex()
    assert all(m.secret["terminal"] == TERMINAL for m in kiosk.core.calls())


@pytest.mark.parametrize("pin,alone", [("", True), ("123456", False)])
def test_badge_alone_only_without_a_pin(kiosk, pin, alone):
    """"Public jobs only": no PIN goes to the core. Whoever typed one meant it."""
    b = Browser(kiosk, terminal=True)
    b.get("/kiosk")
    b.submit("/kiosk/badge", [("badge", "4711")])
    b.submit("/kiosk/login", [("pin", pin), ("alone", "Public jobs only, without PIN")])
    secret = kiosk.core.calls("login.badge")[-1].secret
    assert secret["badge"] == b"4711" and ("pin" not in secret) == alone


def test_failed_logins_look_alike(kiosk):
    """Unknown badge, wrong PIN, locked, throttled, malformed, unknown person, wrong password: the same sentence, the same page."""
    pages = {"badge": set(), "password": set()}
    b = Browser(kiosk, terminal=True)
    for code in ("denied", "again", "not-found", "conflict", "invalid", "full"):
        kiosk.core.codes = {"login.badge": code, "login.password": code}
        b.get("/kiosk")
        b.submit("/kiosk/badge", [("badge", "4711")])
        pages["badge"].add((b.submit("/kiosk/login", [("pin", "123456")]).status, b.page.text))
        b.get("/kiosk/password")
        pages["password"].add((b.submit("/kiosk/password", [("login", "alice"), ("password", code)]).status, b.page.text))
    kiosk.core.codes = {}
    for pin in ("000000", "12", "12345678901234567", "12345a", ""):
        b.get("/kiosk")
        b.submit("/kiosk/badge", [("badge", "4711")])
        pages["badge"].add((b.submit("/kiosk/login", [("pin", pin)]).status, b.page.text))
    for login, password in (("alice", ""), ("", "x"), ("alice", "wrong"), ("nobody", "correct-horse"), ("a" * 256, "x"), ("a", "x" * 257)):
        b.get("/kiosk/password")
        pages["password"].add((b.submit("/kiosk/password", [("login", login), ("password", password)]).status, b.page.text))
    for kind in pages.values():
        assert len(kind) == 1
        status, text = kind.pop()
        assert status == 403 and "That did not work" in text and "4711" not in text
    assert b"" not in [m.secret.get("password") for m in kiosk.core.calls("login.password")]


def test_directory_away_is_said_only_then(kiosk):
    b = Browser(kiosk, terminal=True)
    kiosk.core.codes = {"login.password": "away", "login.badge": "away"}
    b.get("/kiosk/password")
    assert "try your badge and PIN" in b.submit("/kiosk/password", [("login", "alice"), ("password", "x")]).plain
    b.get("/kiosk")
    b.submit("/kiosk/badge", [("badge", "4711")])
    assert "directory can't be reached" in b.submit("/kiosk/login", [("pin", "123456")]).plain
    kiosk.core.codes = {"login.password": "internal"}
    b.get("/kiosk/password")
    assert b.submit("/kiosk/password", [("login", "alice"), ("password", "x")]).status == 503


def test_job_list(kiosk):
    kiosk.core.jobs = [job(1, "Letter", length=2_400_000, copies=3, left=3 * 3_600_000 + 20 * 60_000),
                       job(2, "", classification="restricted", left=30_000, why="printer-off"),
                       job(3, "Old", state="damaged", why="damaged", left=-5), job(4, "Far", left=72 * 3_600_000, length=999),
                       job(5, "Odd", why="no-such-word", classification="other")]
    page = Browser(kiosk, terminal=True, session=True).get("/kiosk/jobs")
    for text in ("Letter", "2.4 MB · 3 copies", "3 h 20 min left", "Untitled", "Restricted", "under a minute left",
                 "The printer is off or can't be reached.", "Damaged", "due now", "3 days left", "999 B", "It was not printed.", "other"):
        assert text in page.plain, text
    assert 'content="62;url=/kiosk/over"' in page.text
    lint(page)


def test_nothing_to_print(kiosk):
    page = Browser(kiosk, terminal=True, session=True).get("/kiosk/jobs")
    assert "Nothing is waiting for you" in page.plain and "Done" in page.text


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_titles(lab, title):
    for instance, path in (("kiosk", "/kiosk/jobs"), ("portal", "/me")):
        web = Web(lab, instance)
        web.core.jobs = [job(1, title, state="held"), job(2, title, state="uncertain")]
        b = Browser(web, terminal=instance == "kiosk", session=True)
        page = b.get(path)
        lint(page)
        shown = title if len(title) <= 60 else title[:60] + "…"
        assert re.sub(r"\s+", " ", shown).strip() in page.plain
        action = "/kiosk/act" if instance == "kiosk" else "/me/confirm"
        page = b.submit(action, [("job", job_id(1)), ("delete", "x")])
        lint(page)
        assert "Delete these jobs?" in page.plain and len(re.findall('name="job"', page.text)) == 1


def test_print_selected(kiosk):
    kiosk.core.jobs = [job(1, "One"), job(2, "Two"), job(3, "Three", classification="restricted"), job(4, "Four")]
    kiosk.core.refuse = {job_id(3): "class-needs-password"}
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    fields = b.fields("/kiosk/act")
    page = b.post("/kiosk/act", fields + [("job", job_id(n)) for n in (1, 2, 3, 1)] + [("print", "Print selected")])
    assert page.status == 303
    target = page.header("Location")
    m = kiosk.core.calls("job.release")[0]
    assert m.fields["jobs"] == [job_id(1), job_id(2), job_id(3)] and m.fields["idem"] == dict(fields)["idem"]
    assert m.secret == {"terminal": TERMINAL, "session": SESSION}
    page = b.get(target)
    assert f'content="2;url={target}"' in page.text and "Printing" in page.plain and "log-in with your password" in page.plain
    again = b.post("/kiosk/act", fields + [("job", job_id(1)), ("print", "Print selected")])  # the same page sent twice
    assert kiosk.core.calls("job.release")[1].fields["idem"] == m.fields["idem"] and again.status == 303
    kiosk.core.set(job_id(1), state="printed")
    kiosk.core.set(job_id(2), state="held", why="printer-stopped")
    page = b.get(target)
    assert "Not everything was printed" in page.plain and "Paper or toner" in page.plain and "url=/kiosk/over" in page.text
    kiosk.core.drop(job_id(1))  # a class that keeps nothing: no row is a print
    page = b.get(target[:-72])
    assert "Take your pages with you" in page.plain and "One job" in page.plain


def test_who_chooses_a_job_that_the_page_showed_as_printed_wants_it_again(kiosk):
    kiosk.core.jobs = [job(1, "One", "printed"), job(2, "Two")]
    b = Browser(kiosk, terminal=True, session=True)
    page = b.get("/kiosk/jobs")
    assert page.text.count('name="again"') == 1 and f'name="again" value="{job_id(1)}"' in page.text
    b.submit("/kiosk/act", [("job", job_id(1)), ("print", "Print selected")])
    assert kiosk.core.calls("job.release")[0].fields["again"] == [job_id(1)]


def test_a_choice_of_printers_is_there_only_where_there_is_one(kiosk):
    kiosk.core.jobs = [job(1, "One")]
    b = Browser(kiosk, terminal=True, session=True)
    assert "<select" not in b.get("/kiosk/jobs").text
    b.submit("/kiosk/act", [("all", "Print all")])
    assert "device" not in kiosk.core.calls("job.release")[0].fields
    kiosk.core.jobs = [job(1, "One")]
    kiosk.core.devices = [("laser-2", "Floor 2"), ("attic", 'Up "there" <b>')]
    page = b.get("/kiosk/jobs")
    lint(page)
    assert re.findall(r'<option value="([^"]*)"', page.text) == ["laser-2", "attic"] and "Print on" in page.plain
    assert 'attic (Up "there" <b>): ready' in page.plain
    assert b.submit("/kiosk/act", [("device", "attic"), ("all", "Print all")], follow=False).status == 303
    assert kiosk.core.calls("job.release")[1].fields["device"] == "attic"


@pytest.mark.parametrize("device", ["a b", "x" * 64, "é", "<b>"])
def test_a_printer_that_is_no_name_is_a_bad_request(kiosk, device):
    kiosk.core.jobs = [job(1, "One")]
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    assert b.submit("/kiosk/act", [("device", device), ("job", job_id(1)), ("print", "x")]).status == 400
    assert not kiosk.core.calls("job.release")


def test_uncertain_while_printing(kiosk):
    kiosk.core.jobs = [job(1, "One")]
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/act", [("all", "Print all")])
    kiosk.core.set(job_id(1), state="uncertain", why="uncertain")
    page = b.get("/kiosk/progress?j=" + job_id(1).replace("-", "") + "0000")
    assert "Please check your pages" in page.plain and "may have been printed" in page.plain


@pytest.mark.parametrize("query", ["", "?j=", "?j=00", "?j=" + "0" * 36, "?j=" + job_id(1).replace("-", "") + "ffff", "?x=1",
                                   "?j=" + (job_id(1).replace("-", "") + "0000") * 51, "?j=" + job_id(1).replace("-", "") + "zzzz"])
def test_progress_of_something_else(kiosk, query):
    assert Browser(kiosk, terminal=True, session=True).get("/kiosk/progress" + query).status == 400


def test_print_all_takes_what_can_be_printed(kiosk):
    kiosk.core.jobs = [job(n, f"Job {n}", state="held" if n % 3 else "uncertain") for n in range(1, 41)]
    b = Browser(kiosk, terminal=True, session=True)
    assert "Job 40" in b.get("/kiosk/jobs").plain and "Print all" in b.page.text
    b.submit("/kiosk/act", [("all", "x")], follow=False)
    assert kiosk.core.calls("job.release")[0].fields["jobs"] == [job_id(n) for n in range(1, 41) if n % 3]
    kiosk.core.jobs = [job(n, f"Job {n}") for n in range(1, 81)]
    assert "Print all of these" in b.get("/kiosk/jobs").text and "There are more" in b.page.plain
    page = b.submit("/kiosk/act", [("all", "x")])
    assert len(kiosk.core.calls("job.release")[1].fields["jobs"]) == 50 and page.status == 200
    kiosk.core.jobs = [job(1, state="damaged")]
    b.get("/kiosk/jobs")
    assert "None of your jobs can be printed" in b.submit("/kiosk/act", [("all", "x")]).plain


def test_act_without_sense(kiosk):
    kiosk.core.jobs = [job(1)]
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    fields = b.fields("/kiosk/act")
    for extra in ([("print", "x")], [("delete", "x")], [("print", "x"), ("job", "../../etc/passwd")],
                  [("print", "x")] + [("job", job_id(n)) for n in range(51)]):
        assert "Choose one or more" in b.post("/kiosk/act", fields + extra).plain
    assert b.post("/kiosk/act", fields + [("job", job_id(1))]).status == 400
    for idem in ("", "x" * 24, "a" * 23):
        changed = [(k, idem if k == "idem" else v) for k, v in fields]
        assert b.post("/kiosk/act", changed + [("all", "x")]).status == 400
    assert kiosk.core.calls("job.release") == []


def test_delete(kiosk):
    kiosk.core.jobs = [job(1, "One"), job(2, "Two"), job(3, "Three")]
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/act", [("job", job_id(1)), ("job", job_id(2)), ("job", job_id(99)), ("delete", "Delete")])
    assert "One" in page.plain and "Two" in page.plain and "Three" not in page.plain and kiosk.core.calls("job.delete") == []
    kiosk.core.refuse = {job_id(2): "already-printing"}
    page = b.submit("/kiosk/delete", [])
    assert kiosk.core.calls("job.delete")[0].fields == {"jobs": [job_id(1), job_id(2)]}
    assert "Not all of them could be deleted" in page.plain and "Two" in page.plain and "One" not in page.plain


@pytest.mark.parametrize("button,outcome,says", [("printed", "printed", "counts as printed"), ("again", "again", "back in your list")])
def test_resolve(kiosk, button, outcome, says):
    kiosk.core.jobs = [job(1, "Sure"), job(2, "Unsure", state="uncertain")]
    b = Browser(kiosk, terminal=True, session=True)
    assert "Did this come out of the printer? Unsure" in b.get("/kiosk/jobs").plain
    assert says in b.submit("/kiosk/resolve", [(button, "x")]).plain
    assert kiosk.core.calls("job.resolve")[0].fields == {"job": job_id(2), "outcome": outcome}


def test_resolve_without_sense(kiosk):
    kiosk.core.jobs = [job(2, "Unsure", state="uncertain")]
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    fields = b.fields("/kiosk/resolve")
    assert b.post("/kiosk/resolve", fields).status == 400
    assert b.post("/kiosk/resolve", fields + [("printed", "x"), ("again", "x")]).status == 400
    assert b.post("/kiosk/resolve", [(k, "x" if k == "job" else v) for k, v in fields] + [("again", "x")]).status == 400
    assert kiosk.core.calls("job.resolve") == []


def test_logout(kiosk):
    b = Browser(kiosk, terminal=True, session=True)
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/logout", [], follow=False)
    assert page.status == 303 and page.header("Location") == "/kiosk?bye=1" and page.header("Clear-Site-Data") == '"cache"'
    assert "__Host-quoin" not in b.cookies and b.cookies["__Host-quoin-terminal"] == TERMINAL.hex()
    assert kiosk.core.calls("logout")[0].secret == {"terminal": TERMINAL, "session": SESSION}
    b.cookies["__Host-quoin"] = SESSION.hex()  # the old token again
    assert b.get("/kiosk/jobs").header("Location") == "/kiosk/over"


def test_session_over_changes_nothing_in_the_core(kiosk):
    b = Browser(kiosk, terminal=True, session=True)
    page = b.get("/kiosk/over")
    assert "Session over" in page.plain and 'content="10;url=/kiosk"' in page.text and "__Host-quoin" not in b.cookies
    assert kiosk.core.calls("logout") == []


def test_page_of_two_sessions_does_not_mix(kiosk):
    """A form of an older session is refused in a newer one."""
    b = Browser(kiosk, terminal=True, session=True)
    kiosk.core.jobs = [job(1)]
    b.get("/kiosk/jobs")
    old = b.fields("/kiosk/act")
    kiosk.core.sessions.add(b"\x55" * 32)
    b.cookies["__Host-quoin"] = "55" * 32
    assert b.post("/kiosk/act", old + [("all", "x")]).status == 403
    assert kiosk.core.calls("job.release") == []


def test_nothing_secret_in_the_log(kiosk):
    kiosk.core.jobs = [job(1, "CANARY-TITLE")]
    b = Browser(kiosk, terminal=True)
    b.post("/kiosk/enrol", [("code", CODE)])
    b.login()
    b.get("/kiosk/password")
    b.submit("/kiosk/password", [("login", "alice"), ("password", "CANARY-PASSWORD")])
    log = kiosk.log()
    for secret in ("CANARY", "4711", "123456", CODE, TERMINAL.hex(), SESSION.hex()):
        assert secret not in log


def test_portal(lab):
    web = Web(lab, "portal")
    b = Browser(web)
    assert b.get("/", follow=True).plain.count("Log in with your password") == 2
    web.core.codes = {"login.password": "away"}
    assert "Passwords can't be checked" in b.submit("/me/login", [("login", "alice"), ("password", "x")]).plain
    web.core.codes = {}
    assert b.submit("/me/login", [("login", "alice"), ("password", "no")]).status == 403
    web.core.jobs = [job(1, "One", left=3_600_000, classification="confidential"), job(2, "Two")]
    page = b.submit("/me/login", [("login", "alice"), ("password", "correct-horse")])
    assert "One" in page.plain and "1 h left" in page.plain and "Confidential" in page.plain
    assert 'name="print"' not in page.text and 'name="all"' not in page.text
    assert "Choose one" in b.submit("/me/confirm", []).plain
    b.get("/me")
    page = b.submit("/me/confirm", [("job", job_id(2))])
    assert "Delete these jobs?" in page.plain
    page = b.submit("/me/delete", [])
    assert "Deleted." in page.plain and "Two" not in page.plain
    assert web.core.calls("job.delete")[0].secret == {"session": SESSION}
    page = b.submit("/me/logout", [], follow=False)
    assert page.header("Location") == "/me/login?bye=1" and "__Host-quoin-portal" not in b.cookies
    assert 'src="/forget"' in b.get("/me/login?bye=1").text and b.get("/forget").header("Clear-Site-Data") == '"cache"'


@pytest.mark.parametrize("roles,start,jobs,audit", [([], 200, 403, 403), (["user"], 200, 403, 403),
                                                     (["operator"], "/admin/jobs", 200, 403), (["auditor"], "/admin/audit", 403, 200)])
def test_console_by_role(lab, roles, start, jobs, audit):
    web = Web(lab, "console")
    web.core.roles = roles
    web.core.admin_jobs = [{"job": job_id(1), "owner": "<i>bob", "queue": "hold", "state": "held", "classification": "internal",
                            "length": 5, "pages": 12, "output": "", "received": 1_795_277_000_000, "due": 1_795_279_000_000},
                           {"job": job_id(2), "owner": "eve", "queue": "hold", "state": "printed", "classification": "internal",
                            "length": 5, "pages": -1, "output": "short", "received": 1_795_277_000_000, "due": 1_795_279_000_000}]
    web.core.records = [{"seq": 7, "entry": '{"ev":"auth.ok","person":"<b>x","ts":"2026-11-21T19:08:01.123Z","v":1,"n":5}'},
                        {"seq": 6, "entry": "not json <b>"}]
    b = Browser(web, session=True)
    page = b.get("/admin")
    assert (page.status if start == 200 else page.header("Location")) == start
    page = b.get("/admin/jobs")
    lint(page)
    assert page.status == jobs
    if jobs == 200:
        assert "<i>bob" in page.plain and "••••••" in page.plain and "5 B" in page.plain and "2026-11-21 16:03:20" in page.plain
        assert page.plain.count("12 pages") == 1 and page.plain.count("fewer pages than asked") == 1
        assert "Audit log" not in page.plain
    page = b.get("/admin/audit")
    lint(page)
    assert page.status == audit
    if audit == 200:
        assert "auth.ok" in page.plain and "2026-11-21 19:08:01" in page.plain and "<b>x" in page.plain and "not json <b>" in page.plain
        assert "/admin/audit?before=6" in page.text and "Held jobs" not in page.plain
        assert b.get("/admin/audit?before=6").status == 200 and web.core.calls("admin.audit")[-1].fields["before"] == 6
    for path in ("/admin/audit?before=x", "/admin/audit?before=", "/admin/audit?before=9999999999999999", "/admin/jobs?after=x"):
        assert b.get(path).status == 400


def test_memory_is_undumpable(kiosk):
    def status():
        return open(f"/proc/{kiosk.proc.pid}/status").read()
    wait_for("no seccomp filter", lambda: re.search(r"^Seccomp:\s+2$", status(), re.M))
    assert re.search(r"^NoNewPrivs:\s+1$", status(), re.M)
