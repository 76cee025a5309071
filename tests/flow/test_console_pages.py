"""The console's pages against a scripted core: what each role is offered, what a page sends, the password once more, hostile content."""
import json
import re
import threading

import pytest

from lib import governance as g
from lib.web import SESSION, Browser, Web, job_id
from test_kiosk_pages import HOSTILE, lint

MENU = {"user": [], "operator": ["Held jobs", "People", "Devices"], "device-admin": ["Requests", "Devices"],
        "records": ["Requests", "Policy", "Roles"], "security": ["Requests", "Policy", "Roles", "People", "Containment", "Devices"],
        "auditor": ["Requests", "Policy", "Roles", "People", "Audit log"], "key-custodian": ["Requests"]}
ALL = ["user", "operator", "device-admin", "records", "security", "auditor", "key-custodian"]
ID = g.request_id(1)
PAGES = ["/admin/jobs", "/admin/job?job=" + job_id(1), "/admin/requests", "/admin/requests?all=1", "/admin/request?id=" + ID, "/admin/policy",
         "/admin/policy?version=3", "/admin/policy/change", "/admin/roles", "/admin/people", "/admin/people?login=sam", "/admin/contain",
         "/admin/devices", "/admin/printer?name=laser-2", "/admin/device", "/admin/device?name=laser-2", "/admin/terminal", "/admin/terminal?name=panel-2", "/admin/audit"]


@pytest.fixture
def console(lab):
    web = Web(lab, "console")
    g.console(web.core)
    web.core.roles = ALL
    return web


@pytest.fixture
def b(console):
    return Browser(console, session=True)


def sent(console, verb):
    return [(m.fields, m.secret) for m in console.core.calls(verb)]


@pytest.mark.parametrize("role", list(MENU))
def test_the_menu_is_what_the_role_has(console, b, role):
    console.core.roles = [role]
    for path in PAGES:
        page = b.get(path)
        lint(page)
        items = re.findall(r'<li><a href="/admin/[a-z]+"[^>]*>([^<]+)</a></li>', page.text)
        if items or page.status == 200:
            assert items == MENU[role], path


def test_every_page_is_well_formed(console, b):
    for path in PAGES:
        page = b.get(path)
        assert page.status == 200, path
        lint(page)
        assert page.text.count("<form") == page.text.count("</form>") == page.text.count("<form method"), path
        for tag in ("div", "table", "tr", "td", "ul", "ol", "li", "p", "label", "select", "details", "b"):
            assert len(re.findall(rf"<{tag}[ >]", page.text)) == page.text.count(f"</{tag}>"), (path, tag)
        assert "{}" not in page.plain.replace("authentication\": {}", "").replace('owners": {}', ""), path


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_content(console, b, text):
    """Whatever the core passes on, from people and from documents."""
    short = text[:30]
    console.core.answers |= {
        "request.show": lambda m: m.answer(fields=g.shown(doc=g.document(owners={short: short}), requester=short, ticket=short, reason=short,
                                                          changes=[text], effect=[text])),
        "person.why": lambda m: m.answer(fields=g.person(display=short, locked=short, accounts=[text],
                                                         groups=[{"group": text, "role": "user"}],
                                                         zones=[{"zone": text[:15], "group": text}])),
        "contain.list": lambda m: m.answer(fields={"locks": [{"kind": "queue", "name": short, "reason": short}]}),
        "device.list": lambda m: m.answer(fields={"devices": [] if "after" in m.fields else [g.device(location=short, custodian=short)], "more": 0}),
        "policy.show": lambda m: m.answer(fields=g.version(4, g.document(queues={"*": "internal", short: "public"}, zones={short: [short]}),
                                                            author=short, changes=[text])),
        "job.cancel": lambda m: m.answer("conflict", text=short)}
    for path in PAGES:
        page = b.get(path)
        page.text = re.sub(r' value="[^"<>]*"', "", page.text)  # escaped, and no place that runs anything
        lint(page)
        assert page.status == 200 and "<svg" not in page.text and "<img src=x" not in page.text, path
    b.get("/admin/job?job=" + job_id(1))
    page = b.submit("/admin/job/delete", [("reason", short)])
    lint(page)
    assert page.status == 409 and "That was not done" in page.plain and short in page.plain.replace("  ", " ") + re.sub(" +", " ", short)


def test_deleting_a_job_needs_a_reason(console, b):
    b.get("/admin/job?job=" + job_id(1))
    assert b.submit("/admin/job/delete", [("reason", "")]).status == 400
    b.get("/admin/job?job=" + job_id(1))
    assert b.submit("/admin/job/delete", [("reason", "x" * 256)]).status == 400
    b.get("/admin/job?job=" + job_id(1))
    page = b.submit("/admin/job/delete", [("reason", "sent to the wrong queue")])
    assert "The job is deleted." in page.plain
    assert sent(console, "job.cancel") == [({"job": job_id(1), "reason": "sent to the wrong queue"}, {"session": SESSION})]
    for path in ("/admin/job", "/admin/job?job=7", "/admin/request", "/admin/request?id=x", "/admin/requests?before=x", "/admin/policy?version=x",
                 "/admin/policy?version=-1", "/admin/policy?before="):
        assert b.get(path).status == 400, path


def test_requests(console, b):
    page = b.get("/admin/requests")
    for words in ("Change of classes and retention", "Remy Laurent", "CHG-1051", "3 h", "21 h", "yours", "40 min"):
        assert words in page.plain, words
    assert sent(console, "request.list")[0][0] == {"open": 1, "limit": 25}
    assert "Rejected" in b.get("/admin/requests?all=1").plain and sent(console, "request.list")[1][0]["open"] == 0
    console.core.answers["request.list"] = lambda m: m.answer(fields={"requests": [], "more": 0, "now": g.NOW})
    assert "Nothing waits for a decision." in b.get("/admin/requests").plain


def test_approving_signs_off_the_hash_that_was_shown(console, b):
    page = b.get("/admin/request?id=" + ID)
    shown = g.shown(1, g.changed())
    for words in ("class confidential: hold 8h -> 4h", "87 of them fall due at once", "Remy Laurent", shown["hash"][:16] + "…"):
        assert words in page.plain, words
    page = b.submit("/admin/request/approve", [])
    assert "Approved and done." in page.plain
    assert sent(console, "request.approve") == [({"id": ID, "hash": shown["hash"]}, {"session": SESSION})]
    for hash_ in ("", "ab" * 31, "AB" * 32, "ab" * 33):
        fields = [f for f in b.get("/admin/request?id=" + ID) and b.fields("/admin/request/approve") if f[0] != "hash"]
        assert b.post("/admin/request/approve", fields + [("hash", hash_)]).status == 400
    assert len(sent(console, "request.approve")) == 1


def test_rejecting_and_withdrawing(console, b):
    b.get("/admin/request?id=" + ID)
    assert "Rejected." in b.submit("/admin/request/reject", [("reason", "too short")]).plain
    assert sent(console, "request.reject")[0][0] == {"id": ID, "reason": "too short"}
    console.core.answers["request.show"] = lambda m: m.answer(fields=g.shown(mine=1))
    page = b.get("/admin/request?id=" + ID)
    assert "somebody else has to decide" in page.plain and "/admin/request/approve" not in page.text
    assert "Withdrawn." in b.submit("/admin/request/withdraw", []).plain and sent(console, "request.withdraw")[0][0] == {"id": ID}
    console.core.answers["request.show"] = lambda m: m.answer(fields=g.shown(state="executed", decider="Sid", decided=g.NOW))
    assert "/admin/request/" not in b.get("/admin/request?id=" + ID).text
    console.core.answers["request.show"] = lambda m: m.answer(fields=g.shown())
    console.core.roles = ["auditor"]  # reads, decides nothing
    assert "/admin/request/" not in b.get("/admin/request?id=" + ID).text


def test_the_password_once_more(console, b):
    proved = []
    console.core.answers["session.prove"] = lambda m: (proved.append(1), m.answer())[1] if m.secret["password"] == b"right <&\"" \
        else m.answer("denied", text="no")
    console.core.answers["request.approve"] = lambda m: m.answer() if proved else m.answer("proof", text="password first")
    b.get("/admin/request?id=" + ID)
    page = b.submit("/admin/request/approve", [])
    lint(page)
    assert page.status == 200 and "Your password, once more" in page.plain
    assert dict(b.fields("/admin/request/approve")) | {"form": ""} == {"form": "", "id": ID, "hash": g.shown(1, g.changed())["hash"]}
    for wrong in ("wrong", "", "x" * 257):
        page = b.submit("/admin/request/approve", [("proof", wrong)])
        lint(page)
        assert page.status == 403 and "That did not work" in page.plain and "wrong" not in page.text
    page = b.submit("/admin/request/approve", [("proof", 'right <&"')])
    assert "Approved and done." in page.plain
    assert [m.verb for m in console.core.calls() if m.verb in ("session.prove", "request.approve")] == \
        ["request.approve", "session.prove", "session.prove", "request.approve"]
    assert sent(console, "session.prove")[-1] == ({}, {"session": SESSION, "password": b'right <&"'})
    assert "right" not in console.log() and "wrong" not in console.log()
    console.core.answers["session.prove"] = lambda m: m.answer("away", text="directory")
    proved.clear()
    b.get("/admin/request?id=" + ID)
    b.submit("/admin/request/approve", [])
    assert "can't be checked just now" in b.submit("/admin/request/approve", [("proof", "x")]).plain


def test_a_refusal_gives_the_cores_reason(console, b):
    for code, status in (("conflict", 409), ("denied", 403), ("not-found", 404), ("invalid", 400), ("internal", 503), ("io", 503)):
        console.core.answers["request.approve"] = lambda m, code=code: m.answer(code, text="the core's own reason")
        b.get("/admin/request?id=" + ID)
        page = b.submit("/admin/request/approve", [])
        lint(page)
        assert page.status == status and ("the core's own reason" in page.plain) == (status != 503), code


def textarea(page):
    import html
    return html.unescape(re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page.text, re.S)[1])


def test_the_policy_says_where_and_with_whom(console, b):
    page = b.get("/admin/policy")
    assert "Every zone is open to everybody." in page.plain and "Second person" in page.plain
    doc = g.document(zones={"lab <1>": ["cn=a,dc=x", "cn=b,dc=x"]})
    doc["classes"][3] |= {"zones": ["vault", "lab <1>"], "second": ["user", "operator"]}
    console.core.answers["policy.show"] = lambda m: m.answer(fields=g.version(4, doc))
    page = b.get("/admin/policy")
    lint(page)
    for words in ("vault, lab <1>", "user, operator", "cn=a,dc=x", "cn=b,dc=x"):
        assert words in page.plain, words
    assert "Every zone" not in page.plain


def test_proposing_a_policy(console, b):
    text = textarea(b.get("/admin/policy/change"))
    assert json.loads(text) == g.document() and max(map(len, text.splitlines())) <= 100
    new = text.replace('"hold": "8h"', '"hold": "4h"').replace("\n", "\r\n")
    page = b.submit("/admin/policy/check", [("policy", new), ("ticket", "CHG-7")])
    lint(page)
    for words in ("What this would do", "Change of classes and retention: nothing is kept", "87 of them fall due at once", "security"):
        assert words in page.plain, words
    dry = sent(console, "request.propose")[0][0]
    assert dry["dry"] == 1 and dry["operation"] == "policy.retention" and dry["ticket"] == "CHG-7"
    page = b.submit("/admin/propose", [("ticket", "CHG-8")], follow=False)
    assert page.status == 303 and page.header("Location") == f"/admin/request?id={g.request_id(9)}&done=proposed"
    real = sent(console, "request.propose")[1][0]
    assert real == dry | {"dry": 0, "ticket": "CHG-8"}
    assert "Proposed." in b.get(page.header("Location")).plain


@pytest.mark.parametrize("change, says", [
    (lambda t: t.replace("}", "", 1), "This is not JSON: line"), (lambda t: t, "nothing to propose"),
    (lambda t: t.replace('"8h"', '"4h"').replace("standard", "compact"), "propose them apart"), (lambda t: "", "This is not JSON"),
    (lambda t: '{"a": "</textarea><script>alert(1)</script>"', "This is not JSON"), (lambda t: "[]", "class 1 is missing")], ids=range(6))
def test_a_policy_that_can_not_be_proposed_stays_in_the_text(console, b, change, says):
    console.core.answers["request.propose"] = lambda m: m.answer("invalid", text="class 1 is missing")
    text = change(textarea(b.get("/admin/policy/change")))
    page = b.submit("/admin/policy/check", [("policy", text), ("ticket", "T <1>")])
    lint(page)
    assert says in page.plain and textarea(page).strip() == text.strip() and 'value="T &lt;1&gt;"' in page.text


def test_a_large_policy_and_the_password(console, b):
    """As large as a message takes, through the page that asks for the password; everywhere else a body stays small."""
    proved = []
    console.core.answers["session.prove"] = lambda m: (proved.append(1), m.answer())[1]
    real = console.core.answers["request.propose"]
    console.core.answers["request.propose"] = lambda m: real(m) if proved else m.answer("proof", text="x")
    b.get("/admin/policy/change")
    big = g.document(owners={f'someone "{n}" é': "somebody-else" for n in range(600)})
    text = json.dumps(big, indent=4, ensure_ascii=False)
    assert 20_000 < len(json.dumps(big, separators=(",", ":"), ensure_ascii=False).encode()) < 24_000
    page = b.submit("/admin/policy/check", [("policy", text.replace("\n", "\r\n")), ("ticket", "")])
    assert "Your password, once more" in page.plain
    page = b.submit("/admin/policy/check", [("proof", "x")])
    assert "What this would do" in page.plain
    page = b.submit("/admin/propose", [("ticket", "T")])
    assert json.loads(sent(console, "request.propose")[-1][0]["document"]) == big
    for path, length, status in (("/admin/policy/check", 196_609, b"413"), ("/admin/job/delete", 65_537, b"413"), ("/admin/job/delete", 0, b"403")):
        head = (f"POST {path} HTTP/1.1\r\nHost: {console.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Cookie: __Host-quoin-console={SESSION.hex()}\r\nContent-Length: {length}\r\n\r\n")
        assert console.raw(head.encode()).startswith(b"HTTP/1.1 " + status), (path, length)


def test_roles_and_a_person(console, b):
    page = b.get("/admin/roles")
    for words in ("see every held job without its title", "any other role but user", "policy.retention", "cn=print-records", "job.cancel",
                  "session, directory and password again"):
        assert words in page.plain, words
    heads = re.findall(r'<th class="mid">([^<]+)</th>', page.text)
    assert heads == [r for r, _, _ in g.ROLES]
    for name in g.PERMISSIONS:
        row = re.search(rf"<tr><td><b>{name}</b>.*?</tr>", page.text)[0]
        cells = ["may" in c for c in re.findall(r'<td class="(mid[^"]*)">', row)]
        assert cells == [name in may.split() for _, _, may in g.ROLES], name
    page = b.get("/admin/people?login=sam")
    for words in ("The account is active.", "cn=print-security", "Roles that count: user, security", "lock a person", "Badges: 1. A PIN is set."):
        assert words in page.plain, words
    console.core.answers["person.why"] = lambda m: m.answer(fields=g.person(
        status="must-change", locked="stolen", roles=[], permissions=[], conflicts=[{"a": "auditor", "b": "operator", "excepted": 0}], pin="locked",
        accounts=["sam-adm"], zones=[{"zone": "vault", "group": "cn=vault-keys"}, {"zone": "board", "group": ""}]))
    page = b.get("/admin/people?login=s%C3%A4m%2B1")
    assert sent(console, "person.why")[-1][0] == {"login": "säm+1"}
    for words in ("must be changed first", "Locked in Quoin: stolen", "auditor + operator: a conflict", "No role counts.", "nothing in Quoin", "sam-adm",
                  "locked until a log-in", "vault cn=vault-keys", "board none, so they may not"):
        assert words in page.plain, words
    console.core.answers["person.why"] = lambda m: m.answer("not-found", text="there is no such person")
    assert "there is no such person" in b.get("/admin/people?login=x").plain


def test_the_help_desk(console, b):
    b.get("/admin/people")
    assert "The PIN is unlocked." in b.submit("/admin/people/pin", [("login", "bob"), ("reason", "T-1")]).plain
    assert "open nothing any more." in b.submit("/admin/people/badges", [("login", "bob"), ("reason", "T-2")]).plain
    assert sent(console, "pin.unlock")[0][0] == {"login": "bob", "reason": "T-1"}
    assert sent(console, "badge.revoke")[0][0] == {"login": "bob", "reason": "T-2"}
    assert b.submit("/admin/people/pin", [("login", ""), ("reason", "x")]).status == 400


def test_containment(console, b):
    page = b.get("/admin/contain")
    assert "badge used from two buildings" in page.plain
    assert "Unlocked." in b.submit("/admin/contain/unlock", [("reason", "cleared")], n=1).plain
    assert sent(console, "contain.unlock")[0][0] == {"kind": "device", "name": "laser-9", "reason": "cleared"}
    assert "Locked." in b.submit("/admin/contain/lock", [("kind", "queue"), ("name", "secure"), ("reason", "flood")]).plain
    assert sent(console, "contain.lock")[0][0] == {"kind": "queue", "name": "secure", "reason": "flood"}


def test_devices(console, b):
    page = b.get("/admin/devices")
    for words in ("laser-2", "Floor 2, copy room", "Dora Lindqvist", "ipps://laser-2.print.example.org/ipp/print", "Waits for its code", "cookie alone"):
        assert words in page.plain, words
    for words in ("Ready", "Stopped", "Out of paper", "Can&#39;t be reached", "Not encrypted. The exception ended on", "allowed until 2099-12-31"):
        assert words in page.plain or words.replace("&#39;", "'") in page.plain, words
    page = b.get("/admin/device?name=laser-2")
    fields = [(n, v) for n, v in re.findall(r'<input id="f-([a-z]+)"[^>]* value="([^"]*)"', page.text)]
    page = b.submit("/admin/device/check", [(n, "vault" if n == "zone" else v) for n, v in fields])
    assert "Bring in or change a device" in page.plain
    first = sent(console, "request.propose")[0][0]
    assert first["operation"] == "device" and json.loads(first["document"]) == {
        k: v for k, v in (g.device() | {"zone": "vault"}).items() if v and k not in ("state", "status")}
    b.get("/admin/device?name=laser-2")
    b.submit("/admin/device/retire", [])
    last = sent(console, "request.propose")[1][0]
    assert last["operation"] == "device.retire" and json.loads(last["document"]) == {"name": "laser-2"}
    assert b.get("/admin/device?name=nowhere").status == 404 and b.get("/admin/terminal?name=nowhere").status == 404
    console.core.answers["request.propose"] = lambda m: m.answer("invalid", text="there is no class secret")
    b.get("/admin/device")
    page = b.submit("/admin/device/check", [("name", "x<1>"), ("ceiling", "secret")])
    assert "there is no class secret" in page.plain and 'value="x&lt;1&gt;"' in page.text


def test_a_test_page_that_takes_its_time(console, b):
    """A first conversion may: the page must not say that there is no service while the printer prints."""
    def slow(m):
        assert not threading.Event().wait(8)
        return m.answer(fields={"outcome": "printed", "why": ""})
    console.core.answers["device.test"] = slow
    b.get("/admin/printer?name=laser-2")
    assert "The test page is printed." in b.submit("/admin/printer/test", []).plain


def test_a_printer(console, b):
    page = b.get("/admin/printer?name=laser-2")
    for words in ("Ready", "Halden LaserPro 4300 MFP", "4300-2024.11.3", "the one it was approved with", "68 %", "some is left", "staple"):
        assert words in page.plain, words
    assert "Asked just now" not in page.plain and '<meter min="0" max="100" low="15" value="9">' in page.text
    assert "It was asked just now." in b.submit("/admin/printer/ask", []).plain
    assert sent(console, "device.probe")[0][0] == {"name": "laser-2"}
    assert "The test page is printed." in b.submit("/admin/printer/test", []).plain
    assert sent(console, "device.test")[0][0] == {"name": "laser-2"}
    console.core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "printing", "why": ""})
    b.get("/admin/printer?name=laser-2")
    assert "is not done yet" in b.submit("/admin/printer/test", []).plain
    console.core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "held", "why": "paper-empty"})
    b.get("/admin/printer?name=laser-2")
    assert "Out of paper" in b.submit("/admin/printer/test", []).plain
    console.core.answers["device.test"] = lambda m: m.answer(fields={"outcome": "held", "why": "printer-refused-format"})
    b.get("/admin/printer?name=laser-2")
    assert "It needs the driver" in b.submit("/admin/printer/test", []).plain
    console.core.answers["device.show"] = lambda m: m.answer(fields=g.device_shown(status="certificate", why="printer-certificate") | {
        "facts": [g.facts(state="certificate", certificate="a1" * 32, text="<b>not it")]})
    page = b.get("/admin/printer?name=laser-2")
    assert "Not the one it was approved with" in page.plain and "a1" * 32 in page.plain and "&lt;b&gt;not it" in page.text
    console.core.answers["device.show"] = lambda m: m.answer(fields=g.device_shown(said=False, status="unknown"))
    assert "It has not been asked yet." in b.get("/admin/printer?name=laser-2").plain
    console.core.answers["device.show"] = lambda m: m.answer("not-found", text="there is no device x")
    assert "there is no device x" in b.get("/admin/printer?name=x").plain
    assert b.get("/admin/printer").status == 400


def test_terminals(console, b):
    page = b.get("/admin/terminal?name=panel-2")
    assert 'name="device" type="text" maxlength="63" value="laser-2"' in page.text
    b.submit("/admin/terminal/check", [("name", "panel-2"), ("device", "laser-2"), ("devices", "laser-3, attic  yard"), ("proof-kind", "cookie"),
                                       ("ceiling", "public")])
    m = sent(console, "request.propose")[0][0]
    assert m["operation"] == "terminal" and json.loads(m["document"]) == {
        "name": "panel-2", "device": "laser-2", "devices": ["laser-3", "attic", "yard"], "certificate": False, "ceiling": "public"}
    b.get("/admin/terminal?name=panel-2")
    page = b.submit("/admin/terminal/code", [])
    assert page.status == 200 and "ABCD EFGH JKMN PQRS TVWX" in page.plain and "shown once" in page.plain
    lint(page)
    b.get("/admin/terminal?name=panel-2")
    assert "The terminal is revoked." in b.submit("/admin/terminal/revoke", [("reason", "sold")]).plain
    assert sent(console, "terminal.revoke")[0][0] == {"name": "panel-2", "reason": "sold"}
    console.core.roles = ["security"]
    page = b.get("/admin/terminal?name=panel-2")
    assert "/admin/terminal/revoke" in page.text and "/admin/terminal/code" not in page.text and "/admin/terminal/check" not in page.text


def test_a_form_without_its_token_does_nothing(console, b):
    for path in re.findall(r'action="(/admin/[^"]+)"', "".join(b.get(p).text for p in PAGES)) + ["/admin/propose"]:
        if path != "/admin/people" and path != "/admin/logout":
            page = b.post(path, [("id", ID), ("hash", "ab" * 32), ("job", job_id(1)), ("reason", "x"), ("name", "x"), ("login", "x"), ("kind", "person")])
            assert page.status == 403 and "did not come from this page" in page.plain, path
    assert not {m.verb for m in console.core.calls()} & {"request.approve", "request.propose", "job.cancel", "contain.lock", "terminal.code"}
