"""Colleagues and notices as pages show them. The core is scripted."""
import pytest

from lib.web import Browser, Web, job, job_id
from test_kiosk_pages import HOSTILE, lint


def notice(n, word, **facts):
    return {"id": n, "word": word, "facts": facts, "made": 1_795_000_000_000}


def delegation(n, who, mine=1, job="", title=0):
    return {"id": n, "owner": who, "delegate": who, "mine": mine, "job": job, "title": title, "until": 1_795_278_000_000}


@pytest.fixture
def portal(lab):
    return Web(lab, "portal")


@pytest.fixture
def kiosk(lab):
    return Web(lab, "kiosk")


def test_a_colleagues_job_stands_under_their_name_and_is_not_among_all(kiosk):
    kiosk.core.jobs = [job(1), job(2, title="") | {"owner": "Bob"}, job(3, title="Menu") | {"owner": "Carol"}]
    b = Browser(kiosk, terminal=True, session=True)
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "Title hidden" in page.plain and "From Bob" in page.plain and "Menu" in page.plain and "Untitled" not in page.plain
    assert "Print all of mine" in page.text
    b.submit("/kiosk/act", [("all", "Print all of mine")], follow=False)
    asked, = kiosk.core.calls("job.release")
    assert asked.fields["jobs"] == [job_id(1)]


def test_notices_stand_above_the_jobs_until_they_are_read(kiosk, lab):
    kiosk.core.notices = [notice(i, w, who="Bob <b>", until="1795278000000") for i, w in
                          enumerate(["delegation-received", "delegation-used", "delegation-ended"], 1)]
    b = Browser(kiosk, terminal=True, session=True)
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "Bob <b> lets you print their jobs. Until 2026-11-2" in page.plain
    assert "of yours" not in page.plain and "any more" not in page.plain, "one at a time: the screen is small"
    page = b.submit("/kiosk/seen", [])
    assert [n["id"] for n in kiosk.core.notices] == [2, 3]
    assert "lets you" not in page.plain and "printed a job of yours" in page.plain


def test_every_notice_has_a_sentence_and_an_unknown_one_too(portal):
    import pathlib
    import re
    text = "".join(p.read_text() for p in (pathlib.Path(__file__).parents[2] / "server").glob("*.c"))
    words = set(re.findall(r'"(delegation-[a-z-]+|job-cancelled|output-short)"', text))
    assert len(words) >= 9
    portal.core.notices = [notice(i, w, who="Bob", reason="why & <what>") for i, w in enumerate(sorted(words) + ["news"], 1)]
    page = Browser(portal, session=True).get("/me")
    lint(page)
    assert page.plain.count("There is news") == 1 and page.plain.count("Reason: why & <what>") == len(words) + 1


def test_who_got_fewer_pages_is_told_how_many_where_and_until_when_the_rest_can_be_had(portal):
    portal.core.notices = [notice(1, "output-short", device="hall", impressions="3", expected="12", again="1795278000000"),
                           notice(2, "output-short", device="attic", sheets="2", expected="12")]
    page = Browser(portal, session=True).get("/me")
    lint(page)
    said = "Fewer pages of a job came out than were asked for. Printer: "
    assert said + "hall. Printed pages: 3. Asked for: 12. It can be printed again until 2026-11-2" in page.plain
    assert said + "attic. Printed sheets: 2. Asked for: 12." in page.plain and page.plain.count("again until") == 1


def test_at_a_desk_a_colleagues_job_can_not_be_ticked(portal):
    portal.core.jobs = [job(1), job(2, title="") | {"owner": "Bob"}]
    page = Browser(portal, session=True).get("/me")
    assert page.text.count('type="checkbox"') == 1 and "From Bob" in page.plain


def test_notices_that_can_not_be_had_do_not_keep_the_jobs(kiosk):
    kiosk.core.jobs, kiosk.core.codes = [job(1)], {"notice.list": "internal"}
    page = Browser(kiosk, terminal=True, session=True).get("/kiosk/jobs")
    assert page.status == 200 and "Report" in page.plain


def test_naming_a_colleague(portal):
    portal.core.jobs = [job(1), job(2, title="Menu") | {"owner": "Carol"}]
    b = Browser(portal, session=True)
    page = b.get("/me/colleagues")
    lint(page)
    assert "Nobody may print your jobs" in page.plain and "Menu" not in page.plain
    page = b.submit("/me/colleagues/add", [("login", "bob"), ("what", "all"), ("days", "7")])
    lint(page)
    assert "Both of you are told" in page.plain and "bob" in page.plain and "titles hidden" in page.plain
    a, = portal.core.calls("delegate.add")
    assert a.fields == {"login": "bob", "until": portal.core.NOW + 7 * 86400000, "title": 0}
    b.submit("/me/colleagues/add", [("login", "bob"), ("what", job_id(1)), ("days", "1"), ("title", "1")])
    assert portal.core.calls("delegate.add")[-1].fields["job"] == job_id(1)
    page = b.submit("/me/colleagues/end", [])
    assert "It has ended" in page.plain and len(portal.core.delegations) == 1


@pytest.mark.parametrize("code, text", [("not-found", "Nobody of that name"), ("denied", "an account of your own"), ("full", "too many"),
                                        ("away", "try again in a minute"), ("invalid", "try again in a minute")])
def test_why_a_colleague_is_refused(portal, code, text):
    portal.core.codes["delegate.add"] = code
    b = Browser(portal, session=True)
    b.get("/me/colleagues")
    page = b.submit("/me/colleagues/add", [("login", "bob"), ("what", "all"), ("days", "7")])
    lint(page)
    assert text in page.plain


@pytest.mark.parametrize("field, value", [("what", "x"), ("days", "8"), ("days", "-1"), ("days", ""), ("login", "a" * 256)])
def test_forms_that_are_not_ours(portal, field, value):
    b = Browser(portal, session=True)
    b.get("/me/colleagues")
    fields = {"login": "bob", "what": "all", "days": "7"} | {field: value}
    assert b.submit("/me/colleagues/add", list(fields.items())).status == 400
    assert not portal.core.calls("delegate.add")


def other_id(b, action, id_):
    return [(name, id_ if name == "id" else value) for name, value in b.fields(action)]


@pytest.mark.parametrize("id_", ["", "0", "-1", "x", "9" * 19])
def test_ids_that_are_not_ours(portal, id_):
    portal.core.delegations, portal.core.notices = [delegation(1, "Bob")], [notice(1, "job-cancelled")]
    b = Browser(portal, session=True)
    b.get("/me")
    assert b.post("/me/seen", other_id(b, "/me/seen", id_)).status == 400
    b.get("/me/colleagues")
    assert b.post("/me/colleagues/end", other_id(b, "/me/colleagues/end", id_)).status == 400
    assert not portal.core.calls("delegate.revoke") and not portal.core.calls("notice.seen")


def test_hostile_names(portal):
    portal.core.delegations = [delegation(i, t[:60], mine=i % 2) for i, t in enumerate(HOSTILE, 1)]
    portal.core.notices = [notice(i, "delegation-given", who=t[:60], until="99999999999999999999") for i, t in enumerate(HOSTILE, 1)]
    for path in ("/me", "/me/colleagues"):
        page = Browser(portal, session=True).get(path)
        assert page.status == 200
        lint(page)
