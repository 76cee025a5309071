"""From lp to the printer's tray through every real process: the pages that were asked for, several on a side, by a printer that knows
neither; and nothing of them in a file."""
from lib.demo import Demo, seen
from lib.lab import run, wait_for
from lib.pdf import pdf


def test_two_pages_of_five_on_one_side(lab):
    demo = Demo(lab)
    quoin, kiosk = demo.quoin, demo.browser()
    demo.enrol(kiosk, demo.device())
    demo.people()
    path = lab.dir / "five.pdf"
    path.write_bytes(pdf("The fifth of them", pages=5, filler=50000))
    number = demo.cups.lp(path, queue=demo.queue, user="alice", title="Five pages", options=["page-ranges=2-3", "number-up=2", "media=A4"])
    demo.cups.wait_state(number, "completed")
    wait_for("the job is not held", lambda: quoin.status()["held"] == 1)
    path.unlink()
    demo.log_in(kiosk, "alice", demo.pins["alice"])
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    wait_for(quoin.log, lambda: demo.records("job.release.completed", "job.release.failed"), 40)
    assert not demo.records("job.release.failed"), demo.records("job.release.failed")
    got, = demo.printer.documents()
    shown = run("pdfinfo", got).stdout
    assert "Pages:           1\n" in shown and "841.89 x 595.276 pts (A4)" in shown, shown
    assert run("pdftotext", got, "-").stdout.count("The fifth of them") == 2
    assert not seen(demo, b"The fifth of them") and not seen(demo, b"%PDF-")
