"""Zones with everything real: the directory says who may print where, the kiosk says it to them."""
from lib import directory
from lib.cups import Cups
from lib.demo import Demo
from lib.lab import wait_for
from lib.printer import Printer
from lib.quoin import Quoin


class Site(Demo):
    """The demonstration's house, whose laboratory has a printer of its own."""

    def __init__(self, lab):
        self.lab, self.pins = lab, {}
        self.directory, self.printer, self.cups = directory.demo(lab), Printer(lab, "Bench"), Cups(lab, log_level="warn")
        self.directory.add_group("lab-people", "bob")
        self.quoin = Quoin(lab, directory=self.directory, cups=self.cups)
        self.quoin.policy["zones"] = {"lab": [directory.group_dn("lab-people")]}
        self.cups.backend(self.quoin.build / "backend/quoin")
        self.quoin.start()
        self.cups.start()
        self.queue = self.cups.queue("secure", uri=self.quoin.queue_uri)

    def device(self):
        self.quoin.device("bench", self.printer.uri("ipps"), "--ca", self.quoin.ca, "--zone", "lab")
        return self.quoin.terminal("bench-panel", "bench")


def test_whoever_joins_a_zones_group_prints_there_at_the_next_tap(lab):
    site = Site(lab)
    kiosk = site.browser()
    site.enrol(kiosk, site.device())
    site.people(kiosk)
    document = site.submit("Readings")
    page = site.log_in(kiosk, "alice", site.pins["alice"])
    assert "Readings" in page.plain
    page = kiosk.submit("/kiosk/act", [("all", "Print all")])
    assert "You may not print on printers here" in page.plain and not site.printer.documents(), page.plain
    assert [r["reason"] for r in site.records("job.release.denied")] == ["zone-person"]
    site.directory.delete(directory.group_dn("lab-people"))
    site.directory.add_group("lab-people", "bob", "alice")
    site.quoin.clock(2500)  # what the directory said less than two seconds ago counts
    site.log_in(kiosk, "alice", site.pins["alice"])
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    wait_for("the printer has nothing", site.printer.documents, 30)
    assert site.printer.documents()[0].read_bytes() == document
    wait_for("the release did not end", lambda: site.records("job.release.completed"), 30)
    site.quoin.stop()
