"""The core's whole day under AddressSanitizer and UBSan: no error, and nothing leaked when it stops in order."""
import os

from lib.core import GROUP, Arrival, Core, Deliver
from lib.lab import BUILD, wait_for


def test_a_day_of_the_core_leaks_nothing(lab):
    core = Core(lab, {"kiosk-idle": "10m"}, build=os.environ.get("QUOIN_SANITIZED", BUILD))
    core.policy["classes"][1] |= {"second": ["user"], "zones": ["floor"]}
    core.policy["zones"] = {"floor": [GROUP.format("user")]}
    core.start()
    core.device(zone="floor")
    core.badge("alice", "77"), core.badge("bob", "78")
    second = {"badge": b"78", "pin": core.pin("bob")}
    terminal, pin = core.terminal(), core.pin("alice")
    for digits in (b"000001", pin):
        a = core.once("kiosk", "login.badge", None, {"terminal": terminal, "badge": b"77", "pin": digits})
    who = {"terminal": terminal, "session": a.secret["session"]}
    for end in ("printed", "held", "damaged", "lost"):
        job, d = Arrival(core, uuid=end).hold(), Deliver(core)
        for given in ({}, {"badge": b"78", "pin": b"000001"}, {"badge": b"79", "pin": b"1"}, second):
            core.release(who | given, job)
        d.work(), d.created(), d.sent()
        if end == "lost":
            d.peer.close()
            d = Deliver(core)
            d.errand()
        d.answer("uncertain" if end == "lost" else end, "why")
        wait_for("no end", lambda: core.state(job) != "releasing")
        d.peer.close()
    bad = Arrival(core)
    bad.begin(), bad.seal(), bad.write(), bad.commit(commitment="00" * 32)
    Arrival(core).begin(), Arrival(core, owner="nobody").begin()
    jobs = [j["job"] for j in core.jobs(who)]
    core.clock(5000)
    core.release(who | second, *jobs), core.release(who, *jobs), core.once("kiosk", "job.delete", {"jobs": jobs}, who)
    core.once("kiosk", "login.password", {"login": "alice"}, {"terminal": terminal, "password": b"x"})
    core.once("console", "admin.jobs", {"limit": 9}, core.login("console", "oscar"))
    core.once("console", "admin.audit", {"limit": 50}, core.login("console", "audra"))
    core.directory_up = False
    Arrival(core, uuid="pending").hold()
    core.once("kiosk", "logout", None, who)
    core.clock(26 * 3600000)
    wait_for("not erased", lambda: core.sql("select count(*) from job where state <> 7") == [(0,)])
    status = core.stop()
    assert status == 0 and "Sanitizer" not in core.log(), core.log()[-4000:]
