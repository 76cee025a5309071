"""From lp to a printer that needs a driver, through every real process; and none of it is in clear on a disk."""
import os

from lib.demo import Demo
from lib.drivers import Sink, holds
from lib.lab import run, wait_for
from lib.processes import processes


def test_a_job_comes_out_of_a_raw_port_and_is_nowhere_else(lab):
    demo, sink = Demo(lab, drivers=True), Sink(lab)
    quoin, kiosk = demo.quoin, demo.browser()
    folder = quoin.run_dir / "cups"
    wait_for(quoin.log, (folder / "cups.sock").exists)
    quoin.device("hall", sink.uri(), "--driver", "raw")
    demo.enrol(kiosk, quoin.terminal("hall-panel", "hall"))
    demo.people()
    document = demo.submit("Salary list")
    sink.close()
    assert "Salary list" in demo.log_in(kiosk, "alice", demo.pins["alice"]).plain
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    wait_for("nothing happened", lambda: demo.records("job.release.failed"))
    assert "printer-off" in demo.records("job.release.failed")[0].values()
    assert holds(lab.dir, document[1000:1040]) == [next(lab.dir.glob("Salary*.pdf"))]

    again = Sink(lab, port=sink.port)
    kiosk.get("/kiosk/jobs")
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    done = wait_for(lambda: f"{demo.records('job.release.failed')}\n{quoin.log()[-3000:]}",
                    lambda: demo.records("job.release.completed"), 30)
    assert again.received == [document] and done[0]["output"] == "unknown"
    assert holds(folder, document[1000:1040]) == [] and holds(folder, b"Salary") == []
    record, = demo.records("device.set")
    assert (record["uri"], record["driver"]) == (sink.uri(), "raw")


def test_under_the_launcher_only_deliver_reaches_it(lab):
    demo = Demo(lab, drivers=True)
    quoin = demo.quoin
    sock = quoin.run_dir / "cups/cups.sock"
    wait_for(quoin.log, sock.exists)

    def reaches(user):
        uid = quoin.uid[user]
        p = run("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "lpstat", "-r", check=False,
                env={"CUPS_SERVER": str(sock), "HOME": "/nonexistent"})
        return "scheduler is running" in p.stdout
    wait_for("quoin-deliver can't", lambda: reaches("deliver"))
    assert [u for u in quoin.uid if reaches(u)] == ["deliver", "cups"]
    first = quoin.main_pid("cups")
    cupsd, = (p.pid for p in processes() if p.parent == first)
    os.kill(cupsd, 9)
    wait_for("it did not come back", lambda: quoin.main_pid("cups") not in (None, first))
    wait_for("quoin-deliver can't", lambda: reaches("deliver"))
    assert quoin.stop() == 0 and list((quoin.run_dir / "cups").iterdir()) == []
