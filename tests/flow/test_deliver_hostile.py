"""quoin-deliver against printers that lie, break off, drag on and never stop: the outcome is what is certain, and no more."""
import threading
import time

import pytest

from lib.badprinter import (ABORTED, CANCELED, COMPLETED, PROCESSING, BadPrinter, attribute, http, message)
from lib.deliver import Deliver
from lib.lab import wait_for

PDF = b"%PDF-1.4\n%%EOF\n"
BIG = PDF * 400000  # 6 MB: more than socket buffers hold
ASK, CREATE, SEND, LOOK, CANCEL = "Get-Printer-Attributes", "Create-Job", "Send-Document", "Get-Job-Attributes", "Cancel-Job"


@pytest.fixture
def deliver(lab):
    (lab.dir / "clock").write_text("0 0\n")
    return Deliver(lab, test_clock=lab.dir / "clock")


@pytest.fixture
def bad(lab):
    return new_bad(lab)


def new_bad(lab):
    it = BadPrinter()
    lab.closers.append(it.close)
    return it


def says(code, **attrs):
    """Answers with an IPP status."""
    return lambda p, q, s: http(message(code, q.id, *((1, attribute(n.replace("_", "-"), *v)) for n, v in attrs.items())))


def after(text=b"", then=None, **change):
    """Does what a good printer does, changes its job, then sends text (or what then makes of the good answer), or breaks off."""
    def f(p, q, s):
        good = p.good(q)
        for j in p.jobs.values():
            j.update(change)
        return then(http(good)) if then else text or None
    return f


def times(n, first):
    """The first n times first, then well."""
    left = [n]

    def f(p, q, s):
        left[0] -= 1
        if left[0] >= 0:
            return first(p, q, s)
        raise BadPrinter.Default
    return f


# ---- refusals ----

@pytest.mark.parametrize("op,status,outcome", [
    (ASK, 0x0400, "held printer-error"), (ASK, 0x0507, "held printer-busy"), (ASK, 0x0503, "held printer-error"),
    (CREATE, 0x0506, "held printer-stopped"), (CREATE, 0x0504, "held printer-stopped"), (CREATE, 0x040a, "held printer-refused-format"),
    (CREATE, 0x0401, "held printer-error"), (CREATE, 0x7fff, "held printer-error"),
    (SEND, 0x040a, "held printer-refused-format"), (SEND, 0x0411, "held printer-refused-format"), (SEND, 0x0500, "held printer-error"),
    (SEND, 0x0507, "held printer-busy")])
def test_refusal(deliver, bad, op, status, outcome):
    bad.on[op] = says(status)
    assert deliver.give(bad.uri(), PDF).short(40) == outcome
    assert all(j["state"] == CANCELED for j in bad.jobs.values()), "an open job of ours was left"


def test_busy_three_times_then_well(deliver, bad):
    bad.on[CREATE] = times(3, says(0x0507))
    assert deliver.give(bad.uri(), PDF).short() == "printed"
    assert bad.ops().count(CREATE) == 4 and bad.connections == 1


def test_no_create_job(deliver, bad):
    bad.facts = {"operations-supported": ("enum", 2, 9, 10, 11)}
    assert deliver.give(bad.uri(), PDF).short() == "held printer-error"


@pytest.mark.parametrize("status", [b"302 Found\r\nLocation: http://127.0.0.1:1/", b"401 Unauthorized", b"426 Upgrade Required",
                                    b"101 Switching Protocols", b"500 Oops", b"404 Not Found"])
def test_http_status(lab, deliver, bad, status):
    bad.on[ASK] = lambda p, q, s: http(p.good(q), status=status)
    assert deliver.give(bad.uri(), PDF).short() == "held printer-error"
    assert bad.connections == 1


def test_reading_nothing_and_refusing_early(deliver, bad):
    bad.stop_reading[SEND] = 100000
    bad.on[SEND] = lambda p, q, s: http(message(0x040a, q.id), b"Connection: close\r\n")
    assert deliver.give(bad.uri(), BIG).short() in ("held printer-refused-format", "held printer-off")


def test_claiming_to_have_it_before_it_had(deliver, bad):
    def early(p, q, s):
        s.sendall(http(p.good(q)))
        over.wait(20)  # neither reads on nor closes
    over = threading.Event()
    bad.stop_reading[SEND], bad.on[SEND] = 100000, early
    d = deliver.give(bad.uri(), BIG)
    assert d.short() == "uncertain uncertain"
    assert "deliver.sent" not in [m.verb for m in d.events]
    over.set()


# ---- breaking off ----

def test_lost_answer_to_create_job_leaves_nothing_open(deliver, bad):
    bad.on[CREATE] = after()
    assert deliver.give(bad.uri(), PDF).short() == "held printer-off"
    assert [j["state"] for j in bad.jobs.values()] == [CANCELED]


def test_somebody_elses_open_job_is_left_alone(deliver, bad):
    bad.jobs[7] = {"state": PROCESSING, "name": "other", "impressions": 0, "data": None}
    bad.on[CREATE] = after()
    assert deliver.give(bad.uri(), PDF).short() == "held printer-off"
    assert bad.jobs[7]["state"] == PROCESSING and bad.jobs[8]["state"] == CANCELED


@pytest.mark.parametrize("impressions,state,outcome", [
    (0, ABORTED, "held printer-off"), (0, CANCELED, "held printer-off"), (1, ABORTED, "uncertain uncertain"),
    (None, ABORTED, "uncertain uncertain"), (-1, ABORTED, "uncertain uncertain"), (0, COMPLETED, "uncertain uncertain"),
    (5, COMPLETED, "uncertain uncertain")])
def test_broken_off_in_the_document(deliver, bad, impressions, state, outcome):
    def cut(p, q, s):
        p.jobs[41].update(state=state, impressions=impressions)
    bad.stop_reading[SEND] = 300000
    bad.on[SEND] = cut
    d = deliver.give(bad.uri(), BIG)
    assert d.short() == outcome
    assert "deliver.sent" not in [m.verb for m in d.events]


def test_dead_in_the_document(deliver, bad):
    bad.stop_reading[SEND] = 300000
    bad.on[SEND] = lambda p, q, s: p.close()
    assert deliver.give(bad.uri(), BIG).short() == "printing printer-off", "asked again by the core, until it is certain"


def test_away_for_a_moment_in_the_document(lab, deliver, bad):
    """It comes back within seconds and says that it printed nothing: that is certain."""
    def away(p, q, s):
        p.pause()
        threading.Timer(3, p.resume).start()
    bad.stop_reading[SEND], bad.on[SEND] = 300000, away
    assert deliver.give(bad.uri(), BIG).short() == "held printer-off"
    assert bad.jobs[41]["state"] == CANCELED


def test_answer_lost_after_the_document(deliver, bad):
    """It has it all and prints it, but never said so: not certain."""
    bad.on[SEND] = after()
    d = deliver.give(bad.uri(), PDF)
    assert d.short() == "uncertain uncertain" and bad.jobs[41]["data"] == PDF


@pytest.mark.parametrize("change,outcome", [
    ({"state": ABORTED, "impressions": 0}, "held printer-error"),
    ({"state": ABORTED, "impressions": 0, "reason": "document-format-error"}, "held printer-refused-format"),
    ({"state": ABORTED, "impressions": 2}, "uncertain uncertain"), ({"state": CANCELED, "impressions": None}, "uncertain uncertain"),
    ({"state": COMPLETED, "impressions": -7}, "printed"), ({"state": COMPLETED, "impressions": None}, "printed")])
def test_end_after_everything_was_sent(deliver, bad, change, outcome):
    bad.on[SEND] = after(then=lambda a: a, **change)
    d = deliver.give(bad.uri(), PDF)
    assert d.short() == outcome
    assert d.events[-1].fields["impressions"] == max(change["impressions"] if change["impressions"] is not None else -1, -1)


def test_job_forgotten(deliver, bad):
    bad.on[SEND] = lambda p, q, s: [http(p.good(q)), p.jobs.clear()][0]
    assert deliver.give(bad.uri(), PDF).short() == "uncertain uncertain"


def test_id_means_another_job_now(deliver, bad):
    bad.on[SEND] = after(then=lambda a: a, uuid="urn:uuid:ffffffff-0000-0000-0000-000000000000")
    assert deliver.give(bad.uri(), PDF).short() == "uncertain uncertain"


def test_printer_restarted(deliver, bad):
    def send(p, q, s):
        p.up_time = 3
        return http(p.good(q))
    bad.on[SEND] = send
    assert deliver.give(bad.uri(), PDF).short() == "uncertain uncertain"


def test_connection_closed_between_the_looks(deliver, bad):
    """An idle connection may be closed by the printer at any time: that is no failure."""
    bad.end_state = PROCESSING
    looks = []

    def look(p, q, s):
        looks.append(1)
        if len(looks) == 5:
            p.jobs[41]["state"] = COMPLETED
        if len(looks) in (2, 3):
            answer = http(p.good(q))
            s.sendall(answer)
            return None
        raise BadPrinter.Default
    bad.on[LOOK] = look
    assert deliver.give(bad.uri(), PDF).short() == "printed"
    assert bad.connections == 3


def test_connection_close_after_each_answer(deliver, bad):
    for op in (ASK, CREATE, SEND, LOOK):
        bad.on[op] = lambda p, q, s: http(p.good(q), b"Connection: close\r\n")
    assert deliver.give(bad.uri(), BIG).short() == "printed"
    assert bad.jobs[41]["data"] == BIG


def test_a_job_that_does_not_move_is_left_to_later_questions(lab, deliver, bad):
    """No process waits for it, and it is not cancelled."""
    bad.end_state = PROCESSING
    d = deliver.give(bad.uri(), PDF)
    wait_for("some looks", lambda: bad.ops().count(LOOK) > 4)
    clock(lab, 21000)
    assert d.short() == "printing printer-stopped" and bad.jobs[41]["state"] == PROCESSING


def test_a_printer_that_goes_away_after_the_document_is_asked_later(lab, deliver, bad):
    bad.on[SEND] = lambda p, q, s: [http(p.good(q)), p.jobs[41].update(state=PROCESSING)][0]
    d = deliver.give(bad.uri(), PDF)
    wait_for("some looks", lambda: bad.ops().count(LOOK) > 4)
    bad.close()
    clock(lab, 21000)
    assert d.short() == "printing printer-off"


def clock(lab, boot):
    (lab.dir / "clock.new").write_text(f"0 {boot}\n")
    (lab.dir / "clock.new").rename(lab.dir / "clock")


def test_pages_are_told_of_as_they_come(deliver, bad):
    bad.end_state, bad.impressions = PROCESSING, 0
    looks = []

    def look(p, q, s):
        looks.append(1)
        p.jobs[41]["impressions"] = len(looks) // 3
        if len(looks) == 9:
            p.jobs[41]["state"] = COMPLETED
        raise BadPrinter.Default
    bad.on[LOOK] = look
    d = deliver.give(bad.uri(), PDF)
    assert d.short() == "printed" and d.events[-1].fields["impressions"] == 3
    told = [m.fields["impressions"] for m in d.events if m.verb == "deliver.progress"]
    assert told and told == sorted(set(told)) and len(told) <= 3


# ---- stopped by its owner ----

@pytest.mark.parametrize("impressions,outcome", [(0, "held stopped"), (2, "uncertain stopped"), (None, "uncertain stopped")])
def test_stopped_while_it_prints(deliver, bad, impressions, outcome):
    bad.end_state, bad.impressions = PROCESSING, impressions
    d = deliver.give(bad.uri(), PDF)
    wait_for("some looks", lambda: bad.ops().count(LOOK) > 4)
    deliver.stop(d)
    assert d.short(10) == outcome and bad.jobs[41]["state"] == CANCELED


@pytest.mark.parametrize("blocked", [True, False])
def test_stopped_in_the_document(deliver, bad, blocked):
    """Also while the printer takes nothing more, and while it has it all and has not answered."""
    over = threading.Event()
    if blocked:
        bad.stop_reading[SEND] = 300000
    bad.on[SEND] = lambda p, q, s: over.wait(30) and None
    d = deliver.give(bad.uri(), BIG)
    wait_for("it is not sending", lambda: SEND in bad.ops())
    deliver.stop(d)
    begin = time.monotonic()
    assert d.short(10) == "held stopped" and bad.jobs[41]["state"] == CANCELED and time.monotonic() - begin < 5
    assert "deliver.sent" not in [m.verb for m in d.events]
    over.set()


def test_stopped_while_the_core_commits(deliver, bad):
    """deliver.stop in front of the answer to deliver.created: not a byte is sent."""
    def created(d, m):
        deliver.stop(d)
        return m.answer()
    deliver.on["deliver.created"] = created
    assert deliver.give(bad.uri(), PDF).short() == "held stopped"
    assert SEND not in bad.ops() and bad.jobs[41]["state"] == CANCELED


def test_stopped_too_late(deliver, bad):
    def sent(d, m):
        deliver.stop(d)
        return m.answer()
    deliver.on["deliver.sent"] = sent
    assert deliver.give(bad.uri(), PDF).short() == "printed"


def test_the_end_of_the_core_ends_the_document(deliver, bad):
    """Nobody could say "sent" any more: what is not there in whole does not come out."""
    bad.stop_reading[SEND] = 300000
    over = threading.Event()
    bad.on[SEND] = lambda p, q, s: over.wait(30) and None
    d = deliver.give(bad.uri(), BIG)
    wait_for("it is not sending", lambda: SEND in bad.ops())
    d.peer.sock.shutdown(2)
    wait_for("still there", lambda: bad.jobs[41]["state"] == CANCELED)
    over.set()


# ---- asked what became of it ----

def there(p, state=PROCESSING, impressions=0, **more):
    p.jobs[41] = {"state": state, "name": "Q7F3K2", "impressions": impressions, "data": PDF} | more


HELD_THERE = 4


@pytest.mark.parametrize("stage,job,cancel,outcome,end", [
    ("handed", {"state": HELD_THERE}, 0, "held interrupted", CANCELED), ("handed", {"state": HELD_THERE, "name": "other"}, 0, "held interrupted", HELD_THERE),
    ("handed", None, 0, "held interrupted", None),
    ("created", {"state": HELD_THERE}, 0, "held interrupted", CANCELED), ("created", {}, 0, "held interrupted", CANCELED),
    ("created", {"impressions": 1}, 0, "uncertain uncertain", CANCELED), ("created", {"impressions": None}, 0, "uncertain uncertain", CANCELED),
    ("created", {"state": COMPLETED, "impressions": 1}, 0, "uncertain uncertain", COMPLETED),
    ("created", {"state": ABORTED}, 0, "held interrupted", ABORTED), ("created", None, 0, "uncertain uncertain", None),
    ("sent", {}, 0, "printing printer-error", PROCESSING), ("sent", {"state": COMPLETED, "impressions": 3}, 0, "printed", COMPLETED),
    ("sent", {"state": ABORTED}, 0, "held printer-error", ABORTED), ("sent", {"state": ABORTED, "impressions": 1}, 0, "uncertain uncertain", ABORTED),
    ("sent", {"state": ABORTED, "reason": "document-format-error"}, 0, "held printer-refused-format", ABORTED),
    ("sent", None, 0, "uncertain uncertain", None),
    ("sent", {}, 1, "held stopped", CANCELED), ("sent", {"impressions": 1}, 1, "uncertain stopped", CANCELED),
    ("sent", {"state": COMPLETED}, 1, "printed", COMPLETED), ("sent", None, 1, "uncertain stopped", None)])
def test_asked(deliver, bad, stage, job, cancel, outcome, end):
    if job is not None:
        there(bad, **job)
    d = deliver.ask(bad.uri(), stage, cancel=cancel)
    assert d.short() == outcome
    assert (bad.jobs[41]["state"] if end else None) == end


@pytest.mark.parametrize("stage", ["created", "sent"])
@pytest.mark.parametrize("change", [{"uuid": "urn:uuid:ffffffff-0000-0000-0000-000000000000"}, None])
def test_asked_about_an_id_that_means_another_job_now(deliver, bad, stage, change):
    """It is left alone, whoever's it is."""
    there(bad, **(change or {}))
    if not change:
        bad.up_time = 3
    assert deliver.ask(bad.uri(), stage, cancel=1).short() == "uncertain stopped"
    assert bad.jobs[41]["state"] == PROCESSING and CANCEL not in bad.ops()


def test_a_release_that_breaks_off_cancels_no_job_that_is_not_ours(deliver, bad):
    """The printer restarts in the middle of the document, and its job 41 is somebody else's now."""
    def restart(p, q, s):
        p.up_time = 3
        there(p, uuid="urn:uuid:ffffffff-0000-0000-0000-000000000000", name="other")
    bad.stop_reading[SEND], bad.on[SEND] = 300000, restart
    assert deliver.give(bad.uri(), BIG).short() == "uncertain uncertain"
    assert bad.jobs[41]["state"] == PROCESSING and CANCEL not in bad.ops()


@pytest.mark.parametrize("stage,outcome", [("created", "printing interrupted"), ("sent", "printing printer-error")])
def test_asked_while_the_printer_is_off(deliver, bad, stage, outcome):
    bad.close()
    assert deliver.ask(bad.uri(), stage).short(40) == outcome


def test_asked_of_a_printer_that_answers_nonsense(deliver, bad):
    there(bad)
    bad.on[LOOK] = lambda p, q, s: http(b"")
    assert deliver.ask(bad.uri(), "created").short(40) == "printing interrupted"
    assert bad.jobs[41]["state"] == CANCELED, "found by its name"


def test_asked_of_a_printer_whose_certificate_changed(lab, deliver, bad):
    there(bad)
    assert deliver.ask(bad.uri("ipps"), "sent", pin="00" * 32).short(40).startswith("printing")
    assert bad.ops() == []


# ---- lying in bytes ----

def chunked(body, size=7):
    parts = b"".join(b"%X;x=y\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size))
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\nA: b\r\n\r\n"


def test_chunked_and_unframed_answers_are_read(deliver, bad):
    bad.on[ASK] = lambda p, q, s: b"HTTP/1.1 100 Continue\r\n\r\n" + chunked(p.good(q))
    bad.on[CREATE] = lambda p, q, s: s.sendall(b"HTTP/1.0 200 OK\nContent-Type: application/ipp; x=y\n\n" + p.good(q))
    assert deliver.give(bad.uri(), PDF).short() == "printed"


def truncated(lab, deliver, op, outcomes):
    """Cuts the answer at many places; several at once."""
    whole = new_bad(lab)
    whole.jobs[41] = {"state": 4, "name": "x", "impressions": 0, "data": None}
    sizes = {ASK: 380, CREATE: 330, SEND: 330}
    cuts = sorted({*range(0, 24, 3), *range(24, sizes[op], 29)})
    running = []
    for n in cuts:
        b = new_bad(lab)
        b.on[op] = after(then=lambda a, n=n: a[:n] or b" ")
        b.on[op] = closing(b.on[op])
        running.append((n, deliver.give(b.uri(), PDF), b))
        if len(running) == 10:
            check(running, outcomes)
    check(running, outcomes)


def closing(f):
    def g(p, q, s):
        s.sendall(f(p, q, s))
    return g


def check(running, outcomes):
    for n, d, b in running:
        assert d.short(60) in outcomes, f"cut at {n}"
        assert all(j["state"] >= CANCELED for j in b.jobs.values()), f"cut at {n}: job left open"
    running.clear()


def test_truncated_answers(lab, deliver):
    truncated(lab, deliver, ASK, {"held printer-off", "held printer-error"})
    truncated(lab, deliver, CREATE, {"held printer-off", "held printer-error"})
    truncated(lab, deliver, SEND, {"uncertain uncertain"})


def nested(depth):
    one = b"\x34" + b"\x00\x01x" + b"\x00\x00"
    return one + (b"\x4a\x00\x00\x00\x01m" + b"\x34\x00\x00\x00\x00") * depth


LIES = {
    "garbage": lambda good, q: bytes(range(256)) * 10,
    "empty": lambda good, q: http(b""),
    "short": lambda good, q: http(b"\x02\x00\x00\x00"),
    "no end": lambda good, q: http(good[:-1]),
    "other request": lambda good, q: http(message(0, q.id + 1)),
    "two lengths": lambda good, q: http(good, b"Content-Length: 5\r\n"),
    "a right length after a wrong one": lambda good, q: http(good).replace(b"Content-Length", b"Content-Length: 5\r\nContent-Length"),
    "length and chunked": lambda good, q: http(good, b"Transfer-Encoding: chunked\r\n"),
    "negative length": lambda good, q: http(good).replace(b"Content-Length: ", b"Content-Length: -"),
    "plus length": lambda good, q: http(good).replace(b"Content-Length: ", b"Content-Length: +"),
    "endless length": lambda good, q: http(good).replace(b"Content-Length: ", b"Content-Length: 9999999999999999"),
    "gzip": lambda good, q: http(good, b"Transfer-Encoding: gzip\r\n"),
    "bad chunk": lambda good, q: chunked(good).replace(b";x=y", b"zz"),
    "negative chunk": lambda good, q: b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    "huge chunk": lambda good, q: chunked(good).replace(b"7;x=y", b"FFFFFFFFFFFFFFFF", 1),
    "html": lambda good, q: http(good).replace(b"application/ipp", b"text/html"),
    "long line": lambda good, q: b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000 + b"\r\n\r\n",
    "nul": lambda good, q: b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
    "many lines": lambda good, q: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "no colon": lambda good, q: b"HTTP/1.1 200 OK\r\nhello\r\n\r\n",
    "http 2": lambda good, q: b"HTTP/2 200\r\n\r\n",
    "status 0": lambda good, q: b"HTTP/1.1 000 OK\r\n\r\n",
    "interim for ever": lambda good, q: b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
    "too long": lambda good, q: http(good[:-1] + attribute("x", "text", "y" * 30000) * 40 + b"\x03"),
    "64 KiB value": lambda good, q: http(good[:-1] + b"\x41\x00\x01x\xff\xff" + b"y" * 65535 + b"\x03"),
    "negative value": lambda good, q: http(good[:-1] + b"\x41\x00\x01x\x80\x00yyy\x03"),
    "short integer": lambda good, q: http(good[:-1] + b"\x21\x00\x01x\x00\x02yy\x03"),
    "nested": lambda good, q: http(good[:-1] + nested(20000)),
    "nested and closed": lambda good, q: http(good[:-1] + nested(9) + b"\x37\x00\x00\x00\x00" * 10 + b"\x03"),
    "many values": lambda good, q: http(good[:-1] + attribute("x", "integer", *range(30000)) + b"\x03"),
}


def test_lies_in_every_answer(lab, deliver):
    """Each malformed answer in place of each of the answers: the worker answers the core, soon, and with what is certain."""
    todo = [(name, op) for name in LIES for op in (ASK, CREATE, LOOK, SEND)]
    expected = {ASK: {"held printer-error", "held printer-off"}, CREATE: {"held printer-error", "held printer-off"},
                LOOK: {"held printer-error", "held printer-off", "uncertain uncertain"}, SEND: {"uncertain uncertain"}}
    wrong = []
    for i in range(0, len(todo), 12):
        running = []
        for name, op in todo[i:i + 12]:
            b = new_bad(lab)
            b.on[op] = closing(lambda p, q, s, name=name: LIES[name](p.good(q), q))
            running.append((name, op, deliver.give(b.uri(), PDF), b))
        for name, op, d, b in running:
            got = d.short(60)
            if got not in expected[op] or any(j["state"] < CANCELED for j in b.jobs.values()):
                wrong.append((name, op, got, b.jobs))
    assert not wrong
    assert "status 0x" not in [x for x in deliver.log().splitlines() if "ended with status" in x], deliver.log()


@pytest.mark.parametrize("job_id", [0, -1, -2**31])
def test_impossible_job_ids(deliver, bad, job_id):
    bad.on[CREATE] = lambda p, q, s: http(message(0, q.id, (2, attribute("job-id", "integer", job_id))))
    assert deliver.give(bad.uri(), PDF).short() == "held printer-error"


def test_texts_are_cleaned(deliver, bad):
    evil = "a\nb\r\n<3>quoind: all is well\x1b[31m\x7f\u0085" + "x" * 900
    bad.on[CREATE] = lambda p, q, s: http(message(0, q.id, (1, attribute("status-message", "text", evil)), (2, p.job_new(q))))
    bad.job_new = lambda q: attribute("job-id", "integer", 41)
    bad.jobs[41] = {"state": 4, "name": "x", "impressions": 0, "data": None, "uuid": "urn:uuid:\n\x01" + "é" * 300}
    d = deliver.give(bad.uri(), PDF)
    assert d.short() == "printed"
    uuid = d.events[0].fields["printer_uuid"]
    assert uuid.startswith("urn:uuid:??") and len(uuid.encode()) <= 127
    bad.on[CREATE] = says(0x0401, status_message=("text", evil))
    assert deliver.give(bad.uri(), PDF).short() == "held printer-error"
    assert all(line.startswith("<") and line.isprintable() for line in deliver.log().splitlines())
    assert "\n<3>quoind" not in deliver.log()


# ---- dragging on: all at once, since each takes its whole time ----

def drip(text, pause=0.4):
    def f(p, q, s):
        for i in range(len(text)):
            s.sendall(text[i:i + 1])
            time.sleep(pause)
    return f


def flood(head, again):
    def f(p, q, s):
        s.sendall(head)
        while True:
            s.sendall(again)
    return f


def silent(p, q, s):
    threading.Event().wait(40)


def test_dragging_on(lab, deliver):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
    cases = {
        "silent": silent, "drip": drip(head * 20), "drip body": drip(head + b"Content-Length: 500\r\n\r\n" + b"\2\0" * 250, 0.2),
        "lines": flood(head, b"X: y\r\n"), "interim": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "body": flood(head + b"\r\n", b"\2" * 10000), "chunks": flood(head + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        "trailers": flood(head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"), "line": flood(b"HTTP/1.1 ", b"2" * 1000),
    }
    started = time.monotonic()
    running = []
    for name, f in cases.items():
        b = new_bad(lab)
        b.on[ASK] = f
        running.append((name, deliver.give(b.uri(), PDF)))
    got = {name: d.short(40) for name, d in running}
    assert set(got.values()) <= {"held printer-off", "held printer-error"}, got
    assert time.monotonic() - started < 20


def test_listening_but_never_accepting(lab, deliver):
    import socket
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(0)
    lab.closers.append(s.close)
    port = s.getsockname()[1]
    fill = [socket.socket() for _ in range(4)]
    for f in fill:
        f.setblocking(False)
        f.connect_ex(("127.0.0.1", port))
    a = deliver.give(f"ipp://127.0.0.1:{port}/ipp/print", PDF)
    b = deliver.give(f"ipps://127.0.0.1:{port}/ipp/print", PDF, pin="0" * 64)
    assert a.short() == "held printer-off" and b.short() == "held printer-off"
