"""Pages for badges and PINs: at the terminal after a password, and in the portal."""
import pytest

from lib.web import Browser, Web

OWN = {"badges": [{"id": "0" * 15 + "1", "label": "<b>blue</b>", "source": "claim", "added": 1_795_000_000_000, "used": 0},
                  {"id": "0" * 15 + "2", "label": "", "source": "directory", "added": 1_795_000_000_000, "used": 1_795_200_000_000}],
       "pin": "none"}


def scripted(web, method="password", proved=1, **codes):
    """badge.* and pin.* of the scripted core; codes: verb with _ for its dot = code."""
    core = web.core
    core.method, core.proved, core.codes = method, proved, {k.replace("_", "."): v for k, v in codes.items()}

    def person(m, **kw):
        return m.answer(fields={"login": "alice", "display": "Alice", "roles": ["user"], "method": core.method,
                                "proved": core.proved}, **kw)
    core.on_session_check = person
    core.on_badge_list = lambda m: m.answer(fields=OWN)
    core.on_pin_new = lambda m: m.answer(secret={"pin": b"482913"})
    core.on_notice_list = lambda m: m.answer(fields={"notices": []})
    for verb in ("badge_claim", "badge_lost", "pin_set", "session_prove"):
        setattr(core, "on_" + verb, lambda m: m.answer())
    return web


@pytest.fixture
def kiosk(lab):
    web = scripted(Web(lab))
    return web, Browser(web, terminal=True, session=True)


@pytest.fixture
def portal(lab):
    web = scripted(Web(lab, "portal"))
    return web, Browser(web, session=True)


def test_a_refused_badge_offers_the_way_to_a_new_one(lab):
    web = Web(lab)
    b = Browser(web, terminal=True)
    assert "No badge? Use your password" in b.get("/kiosk").plain
    b.submit("/kiosk/badge", [("badge", "9999")])
    page = b.submit("/kiosk/login", [("pin", "123456")])
    assert page.status == 403 and "New badge? Sign in with your user name and password" in page.plain


@pytest.mark.parametrize("method,there", [("password", True), ("badge-pin", False), ("badge", False)])
def test_only_a_password_leads_to_badges_and_pin(kiosk, method, there):
    web, b = kiosk
    web.core.method = method
    assert ("/kiosk/own" in b.get("/kiosk/jobs").text) == there


def test_a_badge_is_added_by_a_tap_and_never_shown(kiosk):
    web, b = kiosk
    page = b.get("/kiosk/own")
    assert "You have no PIN yet" in page.plain and 'type="password"' in page.text and "autofocus" in page.text
    page = b.submit("/kiosk/own/badge", [("badge", "04A1B2C3")])
    assert page.status == 200 and "The badge was added" in page.plain and "04A1B2C3" not in page.text
    m = web.core.calls("badge.claim")[0]
    assert m.secret["badge"] == b"04A1B2C3" and m.fields == {"label": ""}
    assert "04A1B2C3" not in web.log()


def test_a_new_pin_is_shown_once_and_kept_nowhere(kiosk):
    web, b = kiosk
    b.get("/kiosk/own")
    page = b.submit("/kiosk/own/pin", [])
    assert '<p class="digits">482913</p>' in page.text and "I have noted it" in page.plain
    assert page.header("Cache-Control") == "no-store" and "/kiosk/over" in page.text
    assert "482913" not in b.get("/kiosk/own").text and "482913" not in web.log()
    assert b.get("/kiosk/own/pin").status == 405, "a reload asks for nothing new"


@pytest.mark.parametrize("code,says", [("denied", "can't be added"), ("proof", "type your password"), ("full", "as many badges"),
                                       ("invalid", "can't be added")])
def test_what_was_not_added_is_said(kiosk, code, says):
    web, b = kiosk
    b.get("/kiosk/own")
    web.core.codes["badge.claim"] = code
    page = b.submit("/kiosk/own/badge", [("badge", "1")])
    assert says in page.plain and 'class="notice bad"' in page.text


@pytest.mark.parametrize("number", ["", "x" * 65])
def test_no_number_is_not_sent(kiosk, number):
    web, b = kiosk
    b.get("/kiosk/own")
    assert "can't be added" in b.submit("/kiosk/own/badge", [("badge", number)]).plain
    assert not web.core.calls("badge.claim")


def test_the_portal_lists_what_is_mine(portal):
    web, b = portal
    page = b.get("/me/badges")
    assert "&lt;b&gt;blue&lt;/b&gt;" in page.text and "from the directory" in page.plain and "never" in page.plain
    assert "Badges and PIN" in b.get("/me").plain


def test_a_lost_badge_is_reported_by_its_row(portal):
    web, b = portal
    b.get("/me/badges")
    page = b.submit("/me/badges/lost", [], n=1)
    assert "does not work any more" in page.plain
    assert web.core.calls("badge.lost")[0].fields == {"id": "0" * 15 + "2"}
    for bad in ("", "0" * 15, "0" * 15 + "G", "../../etc/passwd0"):
        token = dict(b.fields("/me/badges/lost"))["form"]
        assert b.post("/me/badges/lost", [("form", token), ("id", bad)]).status == 200
    assert len(web.core.calls("badge.lost")) == 1


def test_the_password_is_asked_for_once_it_is_old_and_goes_first(portal):
    web, b = portal
    assert 'name="password"' not in b.get("/me/badges").text
    web.core.proved = 0
    assert b.get("/me/badges").text.count('name="password"') == 3
    b.submit("/me/badges/claim", [("badge", "77"), ("label", "new"), ("password", "correct-horse")])
    verbs = [m.verb for m in web.core.calls() if m.verb in ("session.prove", "badge.claim")]
    assert verbs == ["session.prove", "badge.claim"]
    assert web.core.calls("session.prove")[0].secret["password"] == b"correct-horse"
    web.core.codes["session.prove"] = "denied"
    page = b.submit("/me/pin/new", [("password", "wrong")])
    assert "not accepted" in page.plain and not web.core.calls("pin.new")
    web.core.codes["pin.new"] = "proof"
    assert "type your password as well" in b.submit("/me/pin/new", []).plain


def test_a_chosen_pin_is_typed_twice(portal):
    web, b = portal
    b.get("/me/badges")
    assert "not the same" in b.submit("/me/pin/choose", [("pin", "739104"), ("again", "739105")]).plain
    assert not web.core.calls("pin.set")
    page = b.submit("/me/pin/choose", [("pin", "739104"), ("again", "739104")])
    assert "works from now on" in page.plain and "739104" not in page.text
    assert web.core.calls("pin.set")[0].secret["pin"] == b"739104"
    web.core.codes["pin.set"] = "invalid"
    assert "would be guessed soon" in b.submit("/me/pin/choose", [("pin", "123456"), ("again", "123456")]).plain


def test_a_pin_of_the_directory_is_changed_there(portal):
    web, b = portal
    web.core.on_badge_list = lambda m: m.answer(fields=OWN | {"pin": "directory"})
    page = b.get("/me/badges")
    assert "kept in the directory" in page.plain and "/me/pin/new" not in page.text


def test_the_address_goes_along_from_a_desk_and_not_from_a_terminal(lab):
    for instance, path in (("portal", "/me/login"), ("kiosk", "/kiosk/password")):
        web = Web(lab, instance)
        b = Browser(web, terminal=instance == "kiosk")
        b.get(path)
        b.submit(path, [("login", "alice"), ("password", "wrong")])
        assert web.core.calls("login.password")[0].fields.get("address") == ("127.0.0.1" if instance == "portal" else None)
