"""Holding under a real cupsd: none loses, truncates, doubles or mixes documents."""
import hashlib
import os
import pwd
import re
import signal
import threading
import time

import pytest

from lib.cups import Cups  # noqa: F401
from lib.documents import pdf, pwg_raster
from lib.holding import Hold
from lib.lab import run, wait_for

LP = pwd.getpwnam("lp").pw_uid
PERSON = pwd.getpwnam("games").pw_uid  # any account without rights

DONE = ("completed", "canceled", "aborted")


@pytest.fixture
def hold(lab):
    it = Hold(lab).with_queue()
    yield it
    assert it.core.faults == []


def files(lab, **contents):
    for name, data in contents.items():
        path = lab.dir / name.replace("_", ".")
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        os.chmod(path, 0o644)
    return [lab.dir / n.replace("_", ".") for n in contents]


def sha(data):
    return hashlib.sha256(data).hexdigest()


# ---- formats ----

def test_a_pdf_is_held_byte_for_byte(lab, hold):
    document = pdf(padding=100_000)
    a, = files(lab, a_pdf=document)
    n = hold.cups.lp(a, title="A title", options=["classification=confidential"])
    assert hold.cups.wait_state(n, *DONE) == "completed"
    job, = hold.core.held
    assert (job.sha, job.format, job.length) == (sha(document), "application/pdf", len(document))
    assert job.fields["title"] == "A title" and job.fields["classification"] == "confidential"
    assert job.fields["cups_job"] == n and job.fields["document"] == 1 and job.fields["queue"] == "held"
    assert job.fields["owner"] == "root" and job.fields["proof"] == "none"
    assert hold.cups.spooled() == []


def test_text_pictures_and_postscript_are_held_as_pdf(lab, hold):
    a, b = files(lab, a_txt="some text\n", b_pdf=pdf())
    run("gs", "-q", "-sDEVICE=png16m", "-r20", "-o", lab.dir / "c.png", b)
    run("gs", "-q", "-sDEVICE=ps2write", "-o", lab.dir / "d.ps", b)
    for f in (a, lab.dir / "c.png", lab.dir / "d.ps"):
        assert hold.cups.wait_state(hold.cups.lp(f), *DONE) == "completed", f
    assert [j.format for j in hold.core.held] == ["application/pdf"] * 3
    assert all(j.fields["document"] == 0 for j in hold.core.held)


def test_pwg_raster_passes_untouched(lab, hold):
    document = pwg_raster(pages=3)
    a, = files(lab, a_pwg=document)
    assert hold.cups.wait_state(hold.cups.lp(a), *DONE) == "completed"
    assert [(j.format, j.sha) for j in hold.core.held] == [("image/pwg-raster", sha(document))]


@pytest.mark.parametrize("what, document, options, sentence", [
    ("random", os.urandom(5000), ["document-format=application/octet-stream"], "in no format that can be held"),
    ("cut pdf", pdf()[:-8], [], "is not complete"),
    ("cut raster", pwg_raster(2)[:-3], [], "is not complete"),
    ("text said to be pdf", b"hello", ["document-format=application/pdf"], "in no format that can be held"),
])
def test_what_is_no_whole_document_is_refused(lab, hold, what, document, options, sentence):
    a, = files(lab, a_bin=document)
    n = hold.cups.lp(a, options=options)
    assert hold.cups.wait_state(n, *DONE) == "canceled"
    assert hold.core.held == [] and hold.cups.spooled() == []
    assert sentence in hold.cups.job(n)["job-printer-state-message"]
    good, = files(lab, b_pdf=pdf())
    assert hold.cups.wait_state(hold.cups.lp(good), *DONE) == "completed"  # the queue goes on


# ---- copies and options ----

@pytest.mark.parametrize("name, document", [("a_pdf", pdf()), ("a_txt", b"text\n"), ("a_pwg", pwg_raster())])
def test_three_copies_are_asked_for_once(lab, hold, name, document):
    a, = files(lab, **{name: document})
    n = hold.cups.lp(a, copies=3)
    assert hold.cups.wait_state(n, *DONE) == "completed"
    job, = hold.core.held
    assert job.fields["options"]["copies"] == "3"
    if name == "a_txt":  # the filter must not have made three of it as well
        assert len(re.findall(rb"/Type\s*/Page\b", job.data)) == 1 and b"NumCopies" not in job.data


def test_options_travel_as_job_template_attributes(lab, hold):
    a, = files(lab, a_pdf=pdf())
    for options in (["Duplex=DuplexNoTumble", "ColorModel=Gray", "PageSize=A3", "StapleLocation=SinglePortrait"],
                    ["sides=two-sided-long-edge", "print-color-mode=monochrome", "media=A3", "finishings=20"]):
        hold.cups.wait_state(hold.cups.lp(a, options=options + ["page-ranges=1-3,5", "number-up=2"]), "completed")
    expected = {"copies": "1", "sides": "two-sided-long-edge", "print-color-mode": "monochrome", "media": "iso_a3_297x420mm",
                "finishings": "20", "page-ranges": "1-3,5", "number-up": "2"}
    assert [j.fields["options"] for j in hold.core.held] == [expected] * 2


def test_defaults_of_the_queue_are_no_wishes(lab, hold):
    a, = files(lab, a_pdf=pdf())
    hold.cups.wait_state(hold.cups.lp(a), "completed")
    assert hold.core.held[0].fields["options"] == {"copies": "1", "print-color-mode": "color"}


# ---- several documents ----

def test_two_pdfs_are_two_jobs(lab, hold):
    one, two = files(lab, a_pdf=pdf("one"), b_pdf=pdf("two"))
    n = hold.cups.lp(one, two, one)
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert sorted((j.fields["document"], j.sha) for j in hold.core.held) == \
        [(1, sha(pdf("one"))), (2, sha(pdf("two"))), (3, sha(pdf("one")))]


@pytest.mark.parametrize("names", [("a", "b"), ("a", "a")])
def test_two_texts_in_one_job_are_refused_in_plain_words(lab, hold, names):
    files(lab, a_txt="one\n", b_txt="two\n")
    n = hold.cups.lp(*[lab.dir / f"{x}.txt" for x in names])
    assert hold.cups.wait_state(n, *DONE) == "aborted"  # cupsd's word when one of several documents is refused
    assert "print several documents that need conversion one by one" in hold.cups.job(n)["job-printer-state-message"]
    assert hold.core.held == [] and hold.cups.spooled() == []


def test_without_cupsd_to_count_only_unconverted_documents_are_taken(lab):
    hold = Hold(lab, confirm=False).with_queue()
    a, b = files(lab, a_txt="one\n", b_pdf=pdf())
    n = hold.cups.lp(a)
    assert hold.cups.wait_state(n, *DONE) == "canceled"
    assert "documents that need conversion are not taken here" in hold.cups.job(n)["job-printer-state-message"]
    assert hold.cups.wait_state(hold.cups.lp(b), *DONE) == "completed"
    assert len(hold.core.held) == 1


@pytest.mark.parametrize("name", ["a_txt", "a_pdf"])
def test_banner_pages_are_taken_but_not_held(lab, hold, name):
    a, = files(lab, a_txt="text\n", a_pdf=pdf())[:1] if name == "a_txt" else files(lab, a_pdf=pdf())
    for sheets in ("standard,none", "none,standard", "standard,standard"):
        n = hold.cups.lp(a, options=[f"job-sheets={sheets}"])
        assert hold.cups.wait_state(n, *DONE) == "completed", sheets
    assert len(hold.core.held) == 3
    assert not any("classification" in j.fields for j in hold.core.held)


def test_a_banner_name_raises_the_classification(lab, hold):
    a, = files(lab, a_pdf=pdf())
    hold.cups.wait_state(hold.cups.lp(a, options=["job-sheets=secret,none"]), "completed")
    hold.cups.wait_state(hold.cups.lp(a, options=["job-sheets=confidential,none", "classification=internal"]), "completed")
    hold.cups.wait_state(hold.cups.lp(a, options=["job-sheets=unclassified,none", "classification=restricted"]), "completed")
    assert [j.fields["classification"] for j in hold.core.held] == ["restricted", "confidential", "restricted"]


# ---- who ----

def test_an_authenticated_owner_is_confirmed_by_cupsd(lab):
    hold = Hold(lab, authenticated=True).with_queue()
    a, b = files(lab, a_pdf=pdf(), b_txt="text\n")
    for f in (a, b):
        assert hold.cups.wait_state(hold.cups.lp(f, uid=PERSON), *DONE) == "completed"
    assert [(j.fields["owner"], j.fields["proof"]) for j in hold.core.held] == [("games", "cupsd")] * 2
    spoof = run("lp", "-d", "held", "-U", "root", a, env=hold.cups.env(), check=False, user=PERSON, group=PERSON, extra_groups=[])
    assert spoof.returncode != 0
    assert len(hold.core.held) == 2


def test_a_claimed_name_is_not_proved(lab, hold):
    a, = files(lab, a_pdf=pdf())
    assert hold.cups.wait_state(hold.cups.lp(a, user="bob"), *DONE) == "completed"
    assert [(j.fields["owner"], j.fields["proof"]) for j in hold.core.held] == [("bob", "none")]


def test_auth_info_from_a_client_proves_nothing(lab):
    """With auth-info-required=username,password a client's own auth-info sets AUTH_USERNAME."""
    hold = Hold(lab).with_queue(auth_info_required="username,password")
    a, = files(lab, a_pdf=pdf())
    n = hold.cups.lp(a, user="eve", options=["auth-info=eve,secret"], check=False)
    assert n is not None
    wait_for(hold.cups.log, lambda: hold.cups.state(1) in DONE or hold.core.held or hold.cups.state(1) == "pending-held")
    assert all(j.fields["proof"] == "none" for j in hold.core.held)


def test_a_filter_that_imitates_the_backend_is_found_out(lab, hold):
    """Every filter runs as lp: it can reach intake's socket, but cupsd knows the job otherwise."""
    slow_text(hold)
    a, = files(lab, a_txt="text\n")
    n = hold.cups.lp(a, user="alice")
    wait_for(hold.cups.log, lambda: len(hold.core.begins) == 1)
    real = hold.cups.job(n)
    options = f"job-uuid={real['job-uuid']} time-at-creation={real['time-at-creation']}"
    for args, text in (((n, "mallory", "t", 1, options), "another owner"), ((n + 1, "alice", "t", 1, options), "no job"),
                       ((n, "alice", "t", 1, options.replace("time-at-creation=", "time-at-creation=9")), "time of creation")):
        code, err = hold.run_backend(*args, file=pdf(), env={"AUTH_USERNAME": args[1]})
        assert code == 5 and "CUPS knows it otherwise" in err
        assert text in hold.log()
    (lab.dir / "go").write_text("")
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert len(hold.core.held) == 1


# ---- filters and cancelling ----

def slow_text(hold, cut=False, crash=""):
    """texttopdf that sends a first half, waits for the file `go`, and goes on or crashes."""
    half, rest = pdf("slow")[:200], pdf("slow")[200:]
    (hold.lab.dir / "half").write_bytes(half)
    (hold.lab.dir / "rest").write_bytes(b"" if cut else rest)
    for f in ("half", "rest"):
        os.chmod(hold.lab.dir / f, 0o644)
    hold.cups.filter("texttopdf", f"""#!/bin/sh
cat {hold.lab.dir}/half
while [ ! -e {hold.lab.dir}/go ]; do sleep 0.05; done
cat {hold.lab.dir}/rest
{crash}
""")


@pytest.mark.parametrize("crash, left", [("exit 1", "canceled"), ("kill -SEGV $$", "processing-stopped")])
def test_a_crashed_filter_is_no_end_of_input(lab, hold, crash, left):
    slow_text(hold, cut=True, crash=crash)
    (lab.dir / "go").write_text("")
    a, b = files(lab, a_txt="text\n", b_pdf=pdf())
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: "(CUT)" in hold.log())
    wait_for(hold.cups.log, lambda: not hold.cups.backends())
    assert hold.core.held == [] and len(hold.core.begins) == 1
    hold.cups.wait_state(n, left)
    if left != "canceled":  # cupsd keeps a job whose filter died of a signal, whatever the backend says: `quoinctl check` finds it
        assert hold.cups.spooled() == ["d00001-001"]
        hold.cups.cancel(n)
        hold.cups.wait_state(n, "canceled")
    assert hold.cups.spooled() == []
    assert hold.cups.wait_state(hold.cups.lp(b), *DONE) == "completed"


def test_a_cancelled_job_is_not_held(lab, hold):
    slow_text(hold)
    a, b = files(lab, a_txt="text\n", b_pdf=pdf())
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: len(hold.core.begins) == 1)
    hold.cups.cancel(n)
    assert hold.cups.wait_state(n, *DONE) == "canceled"
    # cupsd ends the filter and the backend at once: whichever intake hears of first.
    wait_for(hold.log, lambda: "(CANCELLED)" in hold.log() or "(CUT)" in hold.log())
    (lab.dir / "go").write_text("")
    assert hold.cups.wait_state(hold.cups.lp(b), *DONE) == "completed"
    assert [j.fields["cups_job"] for j in hold.core.held] == [n + 1]
    assert hold.cups.spooled() == []


def test_cancels_that_race_with_the_end(lab, hold):
    """Whenever the cancel comes: completed means held once; never twice; and the queue goes on."""
    a, = files(lab, a_pdf=pdf(padding=2_000_000))
    jobs = []
    for i in range(40):
        n = hold.cups.lp(a)
        time.sleep(i * 0.0012)  # sweeps the moment; no condition is waited for
        hold.cups.cancel(n)
        jobs.append((n, hold.cups.wait_state(n, *DONE)))
    wait_for(hold.cups.log, lambda: not hold.cups.backends())
    held = [j.fields["cups_job"] for j in hold.core.held]
    assert len(held) == len(set(held))
    assert {n for n, state in jobs if state == "completed"} <= set(held)
    print("completed", sum(s == "completed" for _, s in jobs), "held", len(held), "of", len(jobs))
    assert hold.cups.wait_state(hold.cups.lp(a), *DONE) == "completed"


# ---- repetition ----

def test_a_restarted_cupsd_runs_the_job_twice_and_it_is_held_once(lab, hold):
    release = threading.Event()
    hold.core.on_commit = lambda fields: release.wait(20) and None
    a, = files(lab, a_pdf=pdf(padding=50_000))
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: any(m.verb == "job.commit" for m in hold.core.seen))
    orphan, = hold.cups.backends()
    hold.cups.kill()
    hold.cups.start()
    wait_for(hold.cups.log, lambda: sum(m.verb == "job.commit" for m in hold.core.seen) == 2)
    assert orphan in hold.cups.backends() and len(hold.cups.backends()) == 2
    release.set()
    assert hold.cups.wait_state(n, *DONE) == "completed"
    wait_for(hold.cups.log, lambda: not hold.cups.backends())
    assert len(hold.core.held) == 1 and len(hold.core.repeats) == 1
    assert hold.core.held[0].identity() == hold.core.repeats[0].identity()


def test_cupsd_killed_while_a_filter_runs_leaves_no_cut_document(lab, hold):
    slow_text(hold)
    a, = files(lab, a_txt="text\n")
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: len(hold.core.begins) == 1)
    hold.cups.kill()
    hold.cups.start()
    (lab.dir / "go").write_text("")
    assert hold.cups.wait_state(n, *DONE) == "completed"
    wait_for(hold.cups.log, lambda: not hold.cups.backends())
    assert [j.sha for j in hold.core.held] == [sha(pdf("slow"))]


def test_a_client_chosen_job_uuid_mixes_nothing(lab, hold):
    same = "job-uuid=urn:uuid:00000000-0000-4000-8000-000000000001"
    a, b = files(lab, a_pdf=pdf("one"), b_pdf=pdf("two"))
    for f, who in ((a, "alice"), (b, "alice"), (a, "bob")):
        assert hold.cups.wait_state(hold.cups.lp(f, user=who, options=[same]), *DONE) == "completed"
    assert [(j.fields["owner"], j.sha) for j in hold.core.held] == \
        [("alice", sha(pdf("one"))), ("alice", sha(pdf("two"))), ("bob", sha(pdf("one")))]


def test_a_job_uuid_that_is_none_is_refused(lab, hold):
    a, = files(lab, a_pdf=pdf())
    n = hold.cups.lp(a, options=["job-uuid='urn:uuid:x y'"])
    assert hold.cups.wait_state(n, *DONE) == "canceled"
    assert "its options cannot be understood" in hold.cups.job(n)["job-printer-state-message"]
    assert "job-uuid is no UUID" in hold.log()


# ---- away and full ----

def test_core_away_for_ten_retries_loses_nothing(lab, hold):
    hold.lose_core()
    a, b = files(lab, a_pdf=pdf("one"), b_txt="two\n")
    jobs = [hold.cups.lp(a), hold.cups.lp(b)]

    def tries():  # cupsd looks at what it holds every ten seconds, however short its retry interval is
        log = (hold.cups.dir / "log/error_log").read_text(errors="replace")
        return min(len(re.findall(rf"\[Job {n}\] PID \d+ \S+/quoin\) stopped with status 6", log)) for n in jobs)
    wait_for(lambda: f"{tries()} tries\n{hold.cups.log()}", lambda: tries() >= 10, 200)
    assert all(hold.cups.state(n) in ("pending", "processing", "pending-held") for n in jobs)
    assert "cannot be reached; the job waits here" in hold.cups.log()
    reasons = run("lpstat", "-l", "-p", "held", env=hold.cups.env()).stdout
    assert "quoin-away-warning" in reasons or "cannot be reached" in reasons
    hold.core = type(hold.core)(lab, hold.core.path)
    for n in jobs:
        assert hold.cups.wait_state(n, *DONE) == "completed"
    assert sorted(j.fields["cups_job"] for j in hold.core.held) == jobs
    assert hold.cups.spooled() == []


@pytest.mark.parametrize("names, options, documents", [
    (("a.pdf", "b.pdf"), [], [1, 2]), (("a.txt",), ["job-sheets=standard,standard"], [0]),
    (("a.pdf",), ["job-sheets=standard,standard"], [2]), (("a.pdf", "b.pdf", "a.pdf"), ["job-sheets=none,standard"], [1, 2, 3])])
@pytest.mark.parametrize("gone", ["core", "intake"])
def test_a_job_of_several_documents_outlives_an_absence(lab, hold, gone, names, options, documents):
    """cupsd aborts such a job, and deletes it, when the backend of any but its last document asks for a retry."""
    files(lab, a_pdf=pdf("one"), b_pdf=pdf("two"), a_txt="text\n")
    hold.lose_core() if gone == "core" else lab.stop(hold.intake)
    n = hold.cups.lp(*[lab.dir / f for f in names], options=options)
    wait_for(hold.cups.log, lambda: "the job waits here" in hold.cups.log())
    if gone == "core":
        hold.core = type(hold.core)(lab, hold.core.path)
    else:
        hold.start_intake()
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert [j.fields["document"] for j in hold.core.held] == documents
    assert hold.cups.spooled() == []


def test_a_waiting_job_of_several_documents_can_be_cancelled(lab, hold):
    hold.lose_core()
    a, = files(lab, a_pdf=pdf())
    n = hold.cups.lp(a, a)
    wait_for(hold.cups.log, lambda: "the job waits here" in hold.cups.log())
    hold.cups.cancel(n)
    assert hold.cups.wait_state(n, *DONE) == "canceled"
    wait_for(hold.cups.log, lambda: not hold.cups.backends())
    assert hold.cups.spooled() == []


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize("when", ["reading", "committing"])
def test_a_killed_backend_loses_nothing(lab, hold, when, sig):
    """cupsd takes a backend that was killed for one that has printed, and deletes the document."""
    release = threading.Event()
    if when == "committing":
        hold.core.on_commit = lambda fields: release.wait(20) and None
    slow_text(hold)
    a, b = files(lab, a_txt="text\n", b_pdf=pdf())
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: len(hold.core.begins) == 1)
    if when == "committing":
        (lab.dir / "go").write_text("")
        wait_for(hold.cups.log, lambda: any(m.verb == "job.commit" for m in hold.core.seen))
    os.kill(hold.cups.backends()[0], sig)
    (lab.dir / "go").write_text("")
    release.set()
    hold.cups.wait_state(n, "completed")
    wait_for(hold.log, lambda: len(hold.core.held) == 1)
    assert hold.core.held[0].sha == sha(pdf("slow"))
    assert hold.cups.wait_state(hold.cups.lp(b), *DONE) == "completed"
    assert len(hold.core.held) == 2


def test_intake_away_then_back(lab, hold):
    lab.stop(hold.intake)
    a, = files(lab, a_pdf=pdf())
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: "cannot be reached" in hold.cups.log())
    hold.start_intake()
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert len(hold.core.held) == 1


def test_intake_killed_in_the_middle_holds_once(lab, hold):
    slow_text(hold)
    a, = files(lab, a_txt="text\n")
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: len(hold.core.begins) == 1)
    lab.stop(hold.intake, signal.SIGKILL)
    (lab.dir / "go").write_text("")
    hold.start_intake()
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert [j.sha for j in hold.core.held] == [sha(pdf("slow"))]


@pytest.mark.parametrize("when", ["begin", "commit"])
@pytest.mark.parametrize("code, waits", [("full", True), ("again", True), ("internal", True), ("denied", False)])
def test_what_the_core_says_is_what_cups_does(lab, hold, when, code, waits):
    setattr(hold.core, f"on_{when}", lambda fields: (code, "said by the test"))
    a, = files(lab, a_pdf=pdf())
    n = hold.cups.lp(a)
    wait_for(hold.cups.log, lambda: "said by the test" in hold.log())
    if not waits:
        assert hold.cups.wait_state(n, *DONE) == "canceled"
        return
    setattr(hold.core, f"on_{when}", lambda fields: None)
    assert hold.cups.wait_state(n, *DONE) == "completed"
    assert len(hold.core.held) == 1


# ---- hostile ----

HOSTILE = ["\nATTR: marker-levels=99", "x\nSTATE: +media-empty-error", "\x1b[31mred", "{{{{", "'\"\\", "a\\", "\u202egnp.exe",
           "ERROR: x", "%s%n%s", "../../etc/passwd", "x" * 900]


def test_hostile_titles_names_and_options_write_nothing_to_cups(lab, hold):
    a, = files(lab, a_pdf=pdf())
    for evil in HOSTILE:
        hold.cups.lp(a, title=evil, options=[f"x-{i}={evil}" for i in range(2)], check=False)
        hold.cups.lp(a, user=evil[:60], check=False)
    wait_for(hold.cups.log, lambda: not run("lpstat", "-o", env=hold.cups.env()).stdout)
    attributes = run("lpstat", "-l", "-p", "held", env=hold.cups.env()).stdout
    assert "media-empty" not in attributes and "marker" not in attributes
    said = re.findall(r"\[Job \d+\] ((?:ATTR|STATE|ERROR|INFO): .*)", (hold.cups.dir / "log/error_log").read_text(errors="replace"))
    assert not any("ATTR" in s or "media-empty" in s for s in said)
    assert len(hold.core.held) >= len(HOSTILE)
    assert all(not any(ord(c) < 32 for c in j.fields["title"]) for j in hold.core.held)


def test_invalid_utf8_straight_at_the_backend(lab):
    hold = Hold(lab, confirm=False)
    code, err = hold.run_backend(1, "alice", b"t\xff\xfe\n", 1, None, file=pdf())
    assert code == 0, err
    assert hold.core.held[0].fields["title"] == "t???"
    code, err = hold.run_backend(2, b"al\xff", "t", 1, None, file=pdf())
    assert code == 5 and "nobody of this name may print here" in err
    assert "\xff" not in err
