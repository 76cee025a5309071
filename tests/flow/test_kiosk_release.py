"""Printing at a terminal, page by page: the printer's state before anything is sent, how it is to be printed and what that takes, what
came of it, and a second person. The core is scripted."""
import re

import pytest

from lib.web import SESSION, TERMINAL, Browser, Web, job, job_id, offer, printer

HOSTILE = "W" * 63
TITLES = ["One", "Two", "Three", "Four"]


@pytest.fixture
def kiosk(lab):
    web = Web(lab)
    web.core.jobs = [job(n + 1, t) | {"pages": n + 1, "takes": n + 1} for n, t in enumerate(TITLES)]
    web.core.offer = offer()
    return web


@pytest.fixture
def b(kiosk):
    return Browser(kiosk, terminal=True, session=True)


def lint(page):
    low = page.text.lower()
    assert "<script" not in low and not re.search(r"<[^>]* on[a-z]+=", low) and not re.search(r"<[^>]* style=", low)
    assert page.status == 200


def values(page, name):
    """What a choice offers."""
    found = re.search(rf'<select id="{name}" name="{name}">(.*?)</select>', page.text, re.S)
    return re.findall(r'<option value="([^"]*)"', found.group(1)) if found else None


def options(b, *numbers, **form):
    """The page that asks how these jobs are to be printed."""
    b.get("/kiosk/jobs")
    return b.submit("/kiosk/act", [("job", job_id(n)) for n in numbers] + [("options", "Options…")] + list(form.items()))


def released(kiosk):
    return kiosk.core.calls("job.release")[-1]


# ---- the printer's state ----

def test_a_ready_printer_is_said_in_the_bar_alone(b):
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "laser-2 · Floor 2 <east> · ready" in page.plain and "class=\"printer\"" not in page.text


@pytest.mark.parametrize("state,why,says", [
    ("busy", "", "It is busy with other pages"), ("stopped", "", "It has stopped"), ("stopped", "paper-empty", "Out of paper"),
    ("stopped", "paper-jam", "Paper is jammed"), ("stopped", "toner-empty", "Toner or ink is empty"), ("stopped", "cover-open", "A cover is open"),
    ("stopped", "output-full", "The output tray is full"), ("stopped", "printer-stopped", "The printer has stopped"),
    ("away", "printer-off", "off or can't be reached"), ("away", "", "off or can't be reached"), ("locked", "", "It is locked"),
    ("locked", "device-locked", "This printer is locked"), ("certificate", "printer-certificate", "could not prove who it is"),
    ("certificate", "", "can't prove that it is"), ("stopped", "no-such-word", "It has stopped")])
def test_what_is_the_matter_with_the_printer_is_said_before_release(kiosk, b, state, why, says):
    kiosk.core.near = [printer("laser-2", state=state, why=why)]
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "laser-2: " in page.plain and says in page.plain and "· ready" not in page.plain and "is ready" not in page.plain
    assert 'name="print"' in page.text  # it is the core that decides


def test_an_unknown_state_is_nothing_to_worry_about(kiosk, b):
    kiosk.core.near = [printer("laser-2", state="unknown")]
    page = b.get("/kiosk/jobs")
    assert 'class="printer"' not in page.text and "· ready" not in page.plain


@pytest.mark.parametrize("verbs", [["device.near"], ["device.offer"], ["device.near", "device.offer"]])
def test_a_core_that_can_not_say_keeps_nobody_from_printing(kiosk, b, verbs):
    kiosk.core.codes = {v: "unsupported" for v in verbs}
    assert "One" in b.get("/kiosk/jobs").plain
    assert options(b, 1).status == 200
    b.submit("/kiosk/options", [("print", "Print")])
    assert released(kiosk).fields["jobs"] == [job_id(1)]


def test_the_nearest_other_printer_is_chosen_with_one_tap(kiosk, b):
    kiosk.core.devices = [("laser-2", "Floor 2"), ("attic", "Up"), ("west", "3rd floor")]
    kiosk.core.near = [printer("laser-2", state="stopped", why="paper-empty"), printer("far", here=0), printer("east", state="busy"),
                       printer("west", "3rd floor"), printer("attic", "Up")]
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "Printer west is ready." in page.plain and "west (3rd floor): ready" in page.plain and "laser-2 (Floor 2): stopped" in page.plain and "attic (Up): ready" in page.plain
    assert re.findall(r'name="there" value="([^"]*)"', page.text) == ["west"]
    page = b.submit("/kiosk/act", [("device", "laser-2"), ("job", job_id(2)), ("there", "west")])
    assert re.search(r'value="west" selected="selected"', page.text) and "is ready." not in page.plain
    assert re.findall(r'value="([^"]*)" id="[^"]*" checked', page.text) == [job_id(2)]  # what was ticked stays so
    assert kiosk.core.calls("device.near")[-1].fields == {"device": "west"} and kiosk.core.calls("device.offer")[-1].fields == {"device": "west"}
    assert not kiosk.core.calls("job.release")


def test_another_printer_that_this_terminal_does_not_print_on_is_only_told(kiosk, b):
    kiosk.core.near = [printer("laser-2", state="away", why="printer-off"), printer("west", "3rd floor", here=0)]
    page = b.get("/kiosk/jobs")
    assert "Printer west (3rd floor) is ready. You can go there to print." in page.plain and 'name="there"' not in page.text
    page = b.submit("/kiosk/act", [("there", "west")])  # made up
    assert page.status == 200 and kiosk.core.calls("device.near")[-1].fields == {}


def test_hostile_names_of_printers(kiosk, b):
    kiosk.core.devices = [("laser-2", "<b>\"'&"), (HOSTILE, "é" * 63)]
    kiosk.core.near = [printer("laser-2", "<b>", "stopped", "paper-empty"), printer(HOSTILE, "é" * 63)]
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "W" * 24 + "… is ready." in page.plain
    kiosk.core.near[1]["here"] = 0
    page = b.get("/kiosk/jobs")
    lint(page)
    assert "W" * 24 + "… (" + "é" * 20 + "…) is ready. You can go there" in page.plain
    kiosk.core.near[1]["here"] = 1
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/act", [("there", HOSTILE)])
    lint(page)
    assert f'value="{HOSTILE}" selected' in page.text


# ---- how it is printed ----

def test_only_what_the_printer_offers_can_be_chosen(kiosk, b):
    kiosk.core.jobs[0]["asked"] = {"sides": "two-sided-long-edge", "media": "iso_a4_210x297mm"}
    page = options(b, 1)
    lint(page)
    assert values(page, "sides") == ["", "one-sided", "two-sided-long-edge"] and "As sent: both sides" in page.plain
    assert values(page, "color") == ["", "auto", "monochrome"] and "black and white" in page.plain
    assert values(page, "media") == ["", "iso_a4_210x297mm", "iso_a3_297x420mm"] and "As sent: A4" in page.plain
    assert values(page, "finishing") == ["", "none", "staple-top-left"] and "stapled, top left" in page.plain
    assert 'name="copies"' in page.text and "not on this printer" not in page.plain
    kiosk.core.offer = offer(copies=1, sides=["one-sided"], colors=["monochrome"], finishings=[])
    page = options(b, 1)
    assert [values(page, n) for n in ("sides", "color", "finishing")] == [None] * 3 and 'name="copies"' not in page.text
    assert "not on this printer: both sides" in page.plain


def test_change_beside_a_job(kiosk, b):
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/act", [("change", job_id(3))])
    assert "Three" in page.plain and "One" not in page.plain and "3 pages on 3 sheets" in page.plain
    kiosk.core.jobs[0]["state"] = "releasing"
    assert b.get("/kiosk/jobs").text.count('name="change"') == 3


@pytest.mark.parametrize("asked,copies,says", [
    ({"finishings": "28"}, 1, "stapled twice, left"), ({"finishings": "20"}, 1, None), ({"finishings": "20,74"}, 1, "stapled, top left, two holes, left"),
    ({"finishings": "3"}, 1, None), ({"finishings": "999"}, 1, "999"), ({"sides": "one-sided"}, 1, None),
    ({"print-color-mode": "auto"}, 1, None), ({"media": "na_letter_8.5x11in"}, 1, "Letter"), ({"media": "A4"}, 1, None),
    ({"media": "om_odd-size_1x2mm"}, 1, "odd size 1x2mm"), ({"media": "tray-2"}, 1, None), ({"media": "custom_a_1x2mm"}, 1, None), ({}, 100, "100 copies"), ({}, 99, None),
    ({"sides": "two-sided-short-edge", "finishings": "4"}, 200, "both sides, turned at the short edge; stapled; 200 copies")])
def test_what_a_printer_lacks_is_said_on_the_list_and_on_the_page(kiosk, b, asked, copies, says):
    kiosk.core.jobs[0] |= {"asked": asked, "copies": copies}
    for page in (b.get("/kiosk/jobs"), options(b, 1)):
        lint(page)
        if says:
            assert f"not on this printer: {says}" in page.plain
        else:
            assert "not on this printer" not in page.plain


@pytest.mark.parametrize("more,own,warns", [({}, False, None), ({"lacks": ["print-color-mode"]}, True, None), ({"finishings": "4"}, False, "stapled"),
                                            ({"sides": "two-sided-short-edge", "lacks": ["sides", "print-color-mode"]}, True, "both sides, turned")])
def test_colours_that_a_printer_lacks_are_no_warning(kiosk, b, more, own, warns):
    """A driver asks for colour by itself, so this is what most people see most of the time."""
    kiosk.core.jobs[0] |= {"asked": {"print-color-mode": "color"} | {k: v for k, v in more.items() if k != "lacks"}}
    if own:
        kiosk.core.jobs[0]["lacks"] = more["lacks"]
    for page in (b.get("/kiosk/jobs"), options(b, 1)):
        lint(page)
        assert "comes out in black and white here" in page.plain and "printer: colour" not in page.plain
        assert "in black and white here" not in "".join(page.text.split('class="lacks"')[1:]), "it stands before the warning"
        assert ("not on this printer: " + warns in page.plain) if warns else "not on this printer" not in page.plain
    b.submit("/kiosk/options", [("print", "x")])
    assert "options" not in released(kiosk).fields


def test_a_printer_that_has_colour_says_nothing_of_it(kiosk, b):
    kiosk.core.offer = offer(colors=["color", "monochrome"])
    kiosk.core.jobs[0]["asked"] = {"print-color-mode": "color"}
    assert "black and white" not in b.get("/kiosk/jobs").plain


def test_a_printer_that_does_not_name_its_colours_is_not_said_to_lack_them(kiosk, b):
    kiosk.core.offer = offer(colors=[], media=[], sides=[], finishings=[])
    kiosk.core.jobs[0]["asked"] = {"print-color-mode": "color", "media": "iso_a3_297x420mm"}
    assert "not on this printer" not in b.get("/kiosk/jobs").plain
    kiosk.core.jobs[0]["asked"] = {"sides": "two-sided-long-edge", "finishings": "4"}
    assert "not on this printer: both sides; stapled" in b.get("/kiosk/jobs").plain


def test_what_the_core_found_lacking_counts_for_the_terminals_own_printer(kiosk, b):
    kiosk.core.devices = [("laser-2", ""), ("west", "")]
    kiosk.core.jobs[0] |= {"asked": {"sides": "two-sided-long-edge", "finishings": "28"}, "copies": 2,
                           "lacks": ["sides", "copies", "page-ranges", "<b>odd"]}
    assert "not on this printer: both sides; 2 copies; a choice of pages; <b>odd" in b.get("/kiosk/jobs").plain
    page = b.submit("/kiosk/act", [("there", "west")])
    assert "not on this printer: stapled twice, left Internal" in page.plain


def test_of_a_printer_nobody_has_asked_nothing_is_claimed(kiosk, b):
    kiosk.core.offer = None
    kiosk.core.jobs[0] |= {"asked": {"finishings": "28"}, "copies": 3}
    page = options(b, 1)
    assert "is not known yet" in page.plain and "not on this printer" not in page.plain and "<select" not in page.text
    b.submit("/kiosk/options", [("print", "x")])
    assert "options" not in released(kiosk).fields


@pytest.mark.parametrize("takes,copies,asked,form,says", [
    (12, 1, {}, {}, "12 pages on 12 sheets"), (12, 1, {}, {"sides": "two-sided-long-edge"}, "12 pages on 6 sheets"),
    (1, 1, {"sides": "two-sided-long-edge"}, {}, "1 page on 1 sheet"), (6, 2, {"sides": "two-sided-long-edge"}, {}, "6 pages on 4 sheets"),
    (6, 2, {"sides": "two-sided-long-edge"}, {"sides": "one-sided", "copies": "3"}, "9 pages on 9 sheets"),
    (6, 2, {"sides": "two-sided-short-edge"}, {}, "6 pages on 6 sheets"), (-1, 2, {}, {}, "about 18 pages on 18 sheets")])
def test_what_it_takes(kiosk, b, takes, copies, asked, form, says):
    kiosk.core.jobs[0] |= {"pages": 9, "takes": takes, "copies": copies, "asked": asked}
    options(b, 1)
    assert says in b.submit("/kiosk/options", [("update", "Update"), *form.items()]).plain


def test_of_unknown_pages_nothing_is_claimed(kiosk, b):
    kiosk.core.jobs[0] |= {"pages": -1, "takes": -1}
    assert "How many pages it is can't be told." in options(b, 1).plain


def test_what_several_jobs_take(kiosk, b):
    assert "3 pages on 3 sheets" in options(b, 1, 2).plain
    kiosk.core.jobs[1] |= {"pages": -1, "takes": -1}
    assert "at least 1 page on 1 sheet" in options(b, 1, 2).plain


def test_a_printer_that_prints_on_both_sides_of_itself(kiosk, b):
    kiosk.core.offer = offer(sides=["two-sided-long-edge", "one-sided"])
    assert "4 pages on 2 sheets" in options(b, 4).plain


def copies_shown(page):
    return re.search(r'name="copies" type="text"[^>]* value="([^"]*)"', page.text).group(1)


def test_copies_by_finger(kiosk, b):
    kiosk.core.jobs[0]["copies"] = 2
    kiosk.core.offer = offer(copies=4)
    assert copies_shown(options(b, 1)) == "2"
    for button, now in (("more", "3"), ("more", "4"), ("more", "4"), ("less", "3"), ("less", "2"), ("less", "1"), ("less", "1")):
        page = b.submit("/kiosk/options", [("copies", copies_shown(b.page)), (button, "x")])
        assert copies_shown(page) == now
    assert copies_shown(options(b, 1, 2)) == "" and 'placeholder="As sent"' in b.page.text  # they differ
    assert copies_shown(b.submit("/kiosk/options", [("copies", ""), ("more", "+")])) == "2"


@pytest.mark.parametrize("copies", ["0", "-1", "x", "00", "99999", "1.5"])
def test_copies_that_are_no_number(kiosk, b, copies):
    options(b, 1)
    assert "Copies are a number from 1 to 99." in b.submit("/kiosk/options", [("copies", copies), ("print", "x")]).plain
    assert not kiosk.core.calls("job.release")


def test_print_with_what_was_chosen(kiosk, b):
    kiosk.core.jobs[0]["state"] = kiosk.core.jobs[1]["state"] = "printed"  # chosen on purpose: once more
    options(b, 1, 3)
    assert dict(b.fields("/kiosk/options"))["again"] == job_id(1)
    page = b.submit("/kiosk/options", [("copies", "3"), ("sides", "two-sided-long-edge"), ("color", ""), ("media", "iso_a3_297x420mm"),
                                       ("finishing", "staple-top-left"), ("print", "Print")], follow=False)
    assert page.status == 303 and page.header("Location").startswith("/kiosk/progress?j=")
    m = released(kiosk)
    assert m.fields["jobs"] == [job_id(1), job_id(3)] and m.fields["again"] == [job_id(1)] and "device" not in m.fields
    assert m.fields["options"] == {"copies": "3", "sides": "two-sided-long-edge", "media": "iso_a3_297x420mm", "finishings": "staple-top-left"}
    assert m.secret == {"terminal": TERMINAL, "session": SESSION}


def test_copies_as_they_were_sent_change_nothing(kiosk, b):
    kiosk.core.jobs[0]["copies"] = 2
    options(b, 1)
    b.submit("/kiosk/options", [("copies", "2"), ("print", "Print")])
    assert "options" not in released(kiosk).fields


def test_the_order_is_the_persons(kiosk, b):
    page = options(b, 1, 2, 3)
    assert "3 jobs, in this order" in page.plain and page.text.count('name="up"') == 2
    b.submit("/kiosk/options", [("up", job_id(3)), ("sides", "one-sided")])
    assert re.search(r'value="one-sided" selected', b.page.text)  # what was chosen stays so
    b.submit("/kiosk/options", [("up", job_id(3))])
    b.submit("/kiosk/options", [("up", job_id(1))])
    b.submit("/kiosk/options", [("up", "nonsense")])
    b.submit("/kiosk/options", [("print", "Print")])
    assert released(kiosk).fields["jobs"] == [job_id(1), job_id(3), job_id(2)]


def test_another_printer_offers_something_else_and_that_is_shown_first(kiosk, b):
    kiosk.core.devices = [("laser-2", ""), ("west", "")]
    options(b, 1, device="laser-2")
    kiosk.core.offer = offer(finishings=["none"])
    page = b.submit("/kiosk/options", [("device", "west"), ("finishing", "staple-top-left"), ("print", "Print")])
    assert "This is what that printer can do" in page.plain and values(page, "finishing") is None and not kiosk.core.calls("job.release")
    b.submit("/kiosk/options", [("device", "west"), ("print", "Print")])
    assert released(kiosk).fields["device"] == "west" and "options" not in released(kiosk).fields


def test_jobs_of_others_and_of_yesterday_are_left_out(kiosk, b):
    b.get("/kiosk/jobs")
    page = b.submit("/kiosk/act", [("job", job_id(99)), ("job", job_id(1)), ("options", "x")])
    assert job_id(99) not in page.text and "One" in page.plain
    b.get("/kiosk/jobs")
    assert "None of your jobs" in b.submit("/kiosk/act", [("change", job_id(99))]).plain


@pytest.mark.parametrize("without", ["idem", "job", "shown"])
def test_options_without_sense(kiosk, b, without):
    options(b, 1)
    fields = [(k, v) for k, v in b.fields("/kiosk/options") if k != without]
    assert b.post("/kiosk/options", fields + [("print", "x")]).status == 400
    assert not kiosk.core.calls("job.release")


def test_an_option_as_long_as_a_book(kiosk, b):
    options(b, 1)
    assert b.submit("/kiosk/options", [("media", "x" * 300), ("print", "x")]).status == 400
    assert not kiosk.core.calls("job.release")


def test_fifty_jobs_printed_before(kiosk, b):
    """Each job and each "again" is a field: the form takes them all."""
    kiosk.core.jobs = [job(n, f"Job {n}", state="printed") for n in range(1, 51)]
    kiosk.core.devices = [("laser-2", ""), ("west", "")]
    options(b, *range(1, 51), device="west")
    page = b.submit("/kiosk/options", [("device", "west"), ("copies", "2"), ("sides", "one-sided"), ("color", "auto"), ("media", ""),
                                       ("finishing", "none"), ("print", "x")])
    assert page.status == 200 and len(released(kiosk).fields["jobs"]) == 50 and len(released(kiosk).fields["again"]) == 50


# ---- while it prints, and what came of it ----

def print_one(b, *numbers):
    b.get("/kiosk/jobs")
    return b.submit("/kiosk/act", [("job", job_id(n)) for n in numbers] + [("print", "x")])


@pytest.mark.parametrize("row,says", [
    ({}, "Printing…"), ({"impressions": 3, "expected": 12}, "Printing… 3 of 12 pages"), ({"impressions": 3}, "Printing… 3 pages"),
    ({"impressions": 0, "expected": 12}, "Printing…"), ({"why": "asking"}, "We are asking the printer"), ({"why": "printer-busy"}, "We try again by ourselves"),
    ({"why": "paper-empty"}, "Out of paper"), ({"why": "no-deliver"}, "It waits for its turn"), ({"why": "no-such-word"}, "Printing…")])
def test_how_far_it_is(kiosk, b, row, says):
    print_one(b, 1)
    kiosk.core.set(job_id(1), **row)
    page = b.get(f"/kiosk/progress?j={job_id(1).replace('-', '')}0000")
    lint(page)
    assert says in page.plain and "Stop" in page.text and 'content="2;url=' in page.text


@pytest.mark.parametrize("row,title,says", [
    ({"state": "printed", "output": "confirmed", "impressions": 12, "expected": 12}, "Done", "Printed 12 pages"),
    ({"state": "printed", "output": "unknown"}, "Done", "does not say how many pages came out"),
    ({"state": "printed", "output": ""}, "Done", "Printed"),
    ({"state": "printed", "output": "short", "impressions": 3, "expected": 12}, "Please check your pages", "Fewer pages came out than you asked for"),
    ({"state": "printed", "output": "short", "impressions": 3, "expected": 12}, "Please check your pages", "3 of 12 pages"),
    ({"state": "uncertain", "why": "uncertain"}, "Please check your pages", "Did this come out of the printer? One"),
    ({"state": "held", "why": "paper-jam"}, "Not everything was printed", "Paper is jammed"),
    ({"state": "held", "why": "stopped"}, "Not everything was printed", "You stopped it."),
    ({"state": "damaged", "why": "damaged"}, "Not everything was printed", "Please send it again")])
def test_what_came_of_it(kiosk, b, row, title, says):
    print_one(b, 1)
    kiosk.core.set(job_id(1), **row)
    page = b.get(f"/kiosk/progress?j={job_id(1).replace('-', '')}0000")
    lint(page)
    assert title in page.plain and says in page.plain and "/kiosk/stop" not in page.text and "url=/kiosk/over" in page.text


def test_the_owner_of_an_uncertain_one_answers_where_it_is_said(kiosk, b):
    print_one(b, 1)
    kiosk.core.set(job_id(1), state="uncertain", why="uncertain")
    b.get(f"/kiosk/progress?j={job_id(1).replace('-', '')}0000")
    assert "counts as printed" in b.submit("/kiosk/resolve", [("printed", "It printed")]).plain


def test_the_list_says_that_one_was_short(kiosk, b):
    kiosk.core.set(job_id(1), state="printed", output="short")
    assert "fewer pages came out than asked" in b.get("/kiosk/jobs").plain


def test_stop(kiosk, b):
    page = print_one(b, 1, 2)
    assert page.text.count('action="/kiosk/stop"') == 2
    kiosk.core.answers["job.stop"] = lambda m: m.answer(fields={"jobs": [{"job": m.fields["job"], "code": "ok", "why": ""}]})
    page = b.submit("/kiosk/stop", [], n=1)
    m = kiosk.core.calls("job.stop")[0]
    assert m.fields == {"job": job_id(2)} and m.secret == {"terminal": TERMINAL, "session": SESSION}
    assert "Stopping it" in page.plain and page.text.count('action="/kiosk/stop"') == 1
    page = b.submit("/kiosk/stop", [])  # the other one, too
    assert page.plain.count("Stopping it") == 2 and kiosk.core.calls("job.stop")[1].fields == {"job": job_id(1)}
    kiosk.core.set(job_id(1), state="held", why="stopped")
    kiosk.core.set(job_id(2), state="printed", output="confirmed", impressions=2)
    page = b.get(re.search(r'content="2;url=([^"]*)"', page.text).group(1).replace("&amp;", "&"))
    assert "You stopped it." in page.plain and "Printed 2 pages" in page.plain and "Stopping" not in page.plain


@pytest.mark.parametrize("why", ["not-yours", "not-printing"])
def test_too_late_to_stop(kiosk, b, why):
    print_one(b, 1)
    kiosk.core.answers["job.stop"] = lambda m: m.answer(fields={"jobs": [{"job": m.fields["job"], "code": "conflict", "why": why}]})
    page = b.submit("/kiosk/stop", [])
    assert "can't be stopped any more" in page.plain and "Stopping" not in page.plain


@pytest.mark.parametrize("code,status", [("denied", 403), ("again", 503)])
def test_a_core_that_does_not_stop_it(kiosk, b, code, status):
    print_one(b, 1)
    kiosk.core.codes = {"job.stop": code}
    assert b.submit("/kiosk/stop", []).status == status


@pytest.mark.parametrize("change", [("job", "x"), ("j", "zz"), ("j", "")])
def test_stop_without_sense(kiosk, b, change):
    print_one(b, 1)
    fields = [change if k == change[0] else (k, v) for k, v in b.fields("/kiosk/stop")]
    assert b.post("/kiosk/stop", fields).status == 400 and not kiosk.core.calls("job.stop")


# ---- a second person ----

def second(kiosk, badge=b"0815", pin=b"654321"):
    """A core that lets job 3 out only before a second person."""
    def release(m):
        given = (m.secret.get("badge"), m.secret.get("pin"))
        rows = []
        for j in m.fields["jobs"]:
            why = "" if j != job_id(3) or given == (badge, pin) else "second-needed" if given == (None, None) else "second-refused"
            rows.append({"job": j, "code": "denied" if why else "ok", "why": why})
            if not why:
                kiosk.core.set(j, state="releasing")
        return m.answer(fields={"jobs": rows})
    kiosk.core.set(job_id(3), second=1)
    kiosk.core.answers["job.release"] = release


def same(page):
    """The page without its keys, and without which sentence its address carries."""
    return re.sub(r'name="idem" value="[0-9a-f]*"|name="j" value="[0-9a-f]*"', "", page.text)


def test_a_second_person_agrees(kiosk, b):
    second(kiosk)
    assert "3 pages · two people" in b.get("/kiosk/jobs").plain
    options(b, 2, 3)
    page = b.submit("/kiosk/options", [("sides", "one-sided"), ("copies", "2"), ("print", "x")])
    lint(page)
    assert "A second person has to agree" in page.plain and "Three" in page.plain and "Two" not in page.plain
    assert 'type="password"' in page.text and "url=/kiosk/over" in page.text
    page = b.submit("/kiosk/second", [("badge", "0815")])
    assert "Type your PIN" in page.plain and "0815" not in page.plain and len(kiosk.core.calls("job.release")) == 1
    page = b.submit("/kiosk/second", [("pin", "654321")])
    assert "Printing" in page.plain and "Two" in page.plain and "Three" in page.plain and page.text.count('action="/kiosk/stop"') == 2
    first, then = kiosk.core.calls("job.release")
    assert then.fields["jobs"] == [job_id(3)] and then.fields["options"] == first.fields["options"] == {"sides": "one-sided", "copies": "2"}
    assert then.fields["idem"] != first.fields["idem"] and len(then.fields["idem"]) == 24
    assert then.secret == {"terminal": TERMINAL, "session": SESSION, "badge": b"0815", "pin": b"654321"}
    assert "badge" not in first.secret


def test_every_no_to_the_second_sounds_the_same(kiosk, b):
    second(kiosk)
    pages = set()
    for badge, pin in (("0815", "000000"), ("9999", "654321"), ("", None), ("x" * 65, None), ("0815", "12"), ("0815", "12345a")):
        print_one(b, 3)
        b.submit("/kiosk/second", [("badge", badge)])
        if pin is not None:
            b.submit("/kiosk/second", [("pin", pin)])
        assert b.page.status == 403 and "That did not work" in b.page.plain and "0815" not in b.page.text
        pages.add(same(b.page))
    for code in ("denied", "again", "not-found", "conflict"):
        print_one(b, 3)
        b.submit("/kiosk/second", [("badge", "0815")])
        kiosk.core.codes = {"job.release": code}
        b.submit("/kiosk/second", [("pin", "654321")])
        kiosk.core.codes = {}
        pages.add(same(b.page))
    assert len(pages) == 1
    print_one(b, 3)
    b.submit("/kiosk/second", [("badge", "0815")])
    kiosk.core.codes = {"job.release": "away"}
    assert "directory can't be reached" in b.submit("/kiosk/second", [("pin", "654321")]).plain
    kiosk.core.codes = {"job.release": "internal"}
    b.submit("/kiosk/second", [("badge", "0815")])
    assert b.submit("/kiosk/second", [("pin", "654321")]).status == 503


def test_after_a_no_another_try_is_another_request(kiosk, b):
    second(kiosk)
    print_one(b, 3)
    for pin in ("000000", "654321"):
        b.submit("/kiosk/second", [("badge", "0815")])
        b.submit("/kiosk/second", [("pin", pin)])
    assert "Printing" in b.page.plain
    assert len({m.fields["idem"] for m in kiosk.core.calls("job.release")}) == 3


def test_nobody_there_to_agree(kiosk, b):
    second(kiosk)
    page = print_one(b, 3)
    assert '<a class="button" href="/kiosk/jobs">Cancel</a>' in page.text
    page = print_one(b, 1, 3)  # one of them prints
    page = b.get(re.search(r'<a class="button" href="(/kiosk/progress[^"]*)">Cancel', page.text).group(1))
    assert "One" in page.plain and "A second person must be here" in page.plain and page.text.count('action="/kiosk/stop"') == 1


def test_what_prints_again_stays_so_with_a_second(kiosk, b):
    second(kiosk)
    kiosk.core.devices = [("laser-2", ""), ("west", "")]
    kiosk.core.set(job_id(3), state="printed")
    b.get("/kiosk/jobs")
    b.submit("/kiosk/act", [("device", "west"), ("job", job_id(3)), ("print", "x")])
    b.submit("/kiosk/second", [("badge", "0815")])
    b.submit("/kiosk/second", [("pin", "654321")])
    assert released(kiosk).fields["again"] == [job_id(3)] and released(kiosk).fields["device"] == "west"


@pytest.mark.parametrize("change", [("idem", "x"), ("j", ""), ("j", job_id(3).replace("-", "") + "0000")])
def test_second_without_sense(kiosk, b, change):
    second(kiosk)
    print_one(b, 3)
    seen = len(kiosk.core.calls("job.release"))
    fields = [change if k == change[0] else (k, v) for k, v in b.fields("/kiosk/second")]
    assert b.post("/kiosk/second", fields + [("badge", "0815"), ("pin", "654321")]).status == 400
    assert len(kiosk.core.calls("job.release")) == seen


def test_the_seconds_secrets_are_nowhere(kiosk, b):
    second(kiosk)
    print_one(b, 3)
    b.submit("/kiosk/second", [("badge", "CANARY-0815")])
    b.submit("/kiosk/second", [("pin", "987654321")])
    assert "CANARY" not in kiosk.log() and "987654321" not in kiosk.log() and "CANARY" not in b.page.text
