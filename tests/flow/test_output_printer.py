"""What came out, end to end: the real core and the real deliver at printers that count, lie or say nothing."""
import pytest

from lib.badprinter import COMPLETED, BadPrinter, attribute, http, message
from lib.core import Arrival, Core
from lib.lab import BUILD, wait_for
from lib.pdf import pdf
from lib.printer import Printer, hook


@pytest.fixture
def core(lab):
    c = Core(lab).start()
    lab.start(BUILD / "deliver/quoin-deliver", "-c", c.dir / "quoin.conf", log="deliver.log")
    yield c
    c.stop()


def printed(core, uri, pages=12, name="hall", **job):
    """The record of a job of so many pages after its release."""
    core.device(name, uri=uri)
    one = Arrival(core, pdf("x", pages=pages), **job).hold(pages=pages)
    answer = core.release(core.kiosk(terminal=core.terminal("at-" + name, name)), one)
    assert answer.fields["jobs"][0]["code"] == "ok", answer
    wait_for("not over", lambda: core.state(one) != "releasing")
    record, = (r for r in core.records("job.release.completed") if r["job"] == one)
    return record


def said(record):
    return record.get("impressions"), record.get("sheets"), record["output"]


@pytest.mark.parametrize("impressions,want", [(12, (12, None, "confirmed")), (24, (24, None, "confirmed")), (11, (11, None, "short")),
                                              (0, (0, None, "unknown")), (None, (None, None, "unknown")), (-5, (None, None, "unknown")),
                                              (-(1 << 31), (None, None, "unknown")), ((1 << 31) - 1, ((1 << 31) - 1, None, "confirmed"))])
def test_what_a_printer_says_it_counted(core, lab, impressions, want):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    bad.impressions = impressions
    assert said(printed(core, bad.uri())) == want


@pytest.mark.parametrize("counts,want", [
    (attribute("job-media-sheets-completed", "integer", 12), (None, 12, "confirmed")),
    (attribute("job-media-sheets-completed", "integer", 6), (None, 6, "unknown")),
    (attribute("job-media-sheets-completed", "integer", 5), (None, 5, "short")),
    (attribute("job-impressions-completed", "integer", 12) + attribute("job-media-sheets-completed", "integer", 6), (12, 6, "confirmed")),
    (attribute("job-impressions-completed", "integer", 12) + attribute("job-media-sheets-completed", "integer", 1), (12, 1, "unknown")),
    (attribute("job-impressions-completed", "keyword", "all"), (None, None, "unknown")),
    (attribute("job-impressions-completed", "integer", 3, 12), (3, None, "short")),
    (attribute("job-impressions-completed", "integer", 3) + attribute("job-impressions-completed", "integer", 12), (3, None, "short")),
])
def test_how_it_says_it(core, lab, counts, want):
    bad = BadPrinter()
    lab.closers.append(bad.close)

    def look(p, q, _):
        number = q.attrs["job-id"][0]
        p.jobs[number]["impressions"] = None
        return http(message(0, q.id, (2, p.job(number) + (counts if p.jobs[number]["state"] == COMPLETED else b""))))
    bad.on["Get-Job-Attributes"] = look
    assert said(printed(core, bad.uri())) == want


def test_a_real_printer_that_counts(core, lab):
    full = Printer(lab, command=hook(lab, "echo ATTR: job-impressions-completed=12 job-media-sheets-completed=12 >&2\nexit 0\n"))
    few = Printer(lab, command=hook(lab, "echo ATTR: job-impressions-completed=5 >&2\nexit 0\n", name="few"))
    silent = Printer(lab, command=hook(lab, "exit 0\n", name="silent"))
    assert said(printed(core, full.uri(), name="full"))[::2] == (12, "confirmed")
    assert said(printed(core, few.uri(), name="few"))[::2] == (5, "short")
    assert said(printed(core, silent.uri(), name="silent"))[2] == "unknown"


def test_a_printer_learns_neither_title_nor_person_nor_queue(core, lab):
    bad = BadPrinter()
    lab.closers.append(bad.close)
    bad.impressions = 12
    record = printed(core, bad.uri(), title="Dismissals", owner="alice", queue="boardroom")
    sent = {q.op for q in bad.requests}
    assert {"Get-Printer-Attributes", "Create-Job", "Send-Document", "Get-Job-Attributes"} <= sent
    for q in bad.requests:
        text = (q.head + q.body[:len(q.body) - len(q.document)]).lower()
        for secret in (b"dismissals", b"alice", b"boardroom", record["job"].encode()):
            assert secret not in text, (q.op, secret)
        assert q.attrs["requesting-user-name"] == [b"quoin"]
    name, = (q.attrs["job-name"][0] for q in bad.requests if q.op == "Create-Job")
    assert name.startswith(b"q-") and len(name) == 12
