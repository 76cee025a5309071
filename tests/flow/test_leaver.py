"""Leavers and movers against a real directory: how soon they are out, and what happens while it is away."""
import json
import time

import pytest

from lib import directory
from lib.demo import PEOPLE, Demo
from lib.lab import wait_for
from lib.quoin import Quoin
from lib.wire import Peer

NOBODY = "01a1ff83-2e8d-7416-a02e-8011d3aae6b8"
MINUTE = 60000


class Site:
    def __init__(self, lab):
        self.directory = directory.demo(lab)
        self.quoin = Quoin(lab, directory=self.directory).start()

    def call(self, verb, fields=None, secret=None):
        p = Peer.dial(self.quoin.socket("ctl"))
        try:
            return p.call(verb, fields, secret)
        finally:
            p.close()

    def login(self, login):
        a = self.call("login.password", {"login": login}, {"password": directory.password(login).encode()})
        assert a.code == "ok", a
        return {"session": a.secret["session"]}

    def cancel(self, who):
        return self.call("job.cancel", {"job": NOBODY, "reason": "a test"}, who).code

    def records(self, event):
        rows = [json.loads(r[0]) for r in self.quoin.sql("select entry from audit order by seq")]
        return [r for r in rows if r["ev"] == event]


@pytest.fixture
def site(lab):
    s = Site(lab)
    yield s
    s.quoin.stop()


def until_refused(site, who):
    """Seconds until an act is refused."""
    start = time.monotonic()
    while site.cancel(who) != "denied":
        assert time.monotonic() - start < 5, "a leaver acts on"
        time.sleep(0.05)
    return time.monotonic() - start


def test_a_leaver_is_out_within_two_seconds(site):
    who, other = site.login("oscar"), site.login("oscar")
    assert site.cancel(who) == "not-found"
    site.directory.disable("oscar")
    assert until_refused(site, who) < 2.5
    assert site.call("session.check", None, other).code == "denied"
    r = site.records("person.changed")[-1]
    assert r["status_before"] == "active" and r["status"] != "active" and r["sessions"] == 2 and r["access"] == "blocked"
    assert site.quoin.sql("select count(*) from session") == [(0,)]


def test_a_mover_is_out_within_two_seconds(site):
    who = site.login("oscar")
    site.directory.delete(directory.group_dn("print-operators"))
    assert until_refused(site, who) < 2.5
    r = site.records("person.changed")[-1]
    assert (r["roles_before"], r["roles"], r["status"]) == ("user operator", "user", "active")


def test_a_new_name_changes_nothing_and_its_next_holder_is_somebody_else(site):
    who = site.login("oscar")
    site.directory.rename("oscar", "ozzy")
    site.directory.add_person("oscar")
    time.sleep(2.1)
    assert site.cancel(who) == "not-found", "the same person, whatever the name"
    assert site.quoin.sql("select count(*) from person where login = 'ozzy'") == [(1,)]


def test_the_sweep_finds_them_without_an_act(site):
    who, stays = site.login("oscar"), site.login("audra")
    site.directory.disable("oscar")
    site.quoin.clock(6 * MINUTE)
    wait_for("the leaver's session lives", lambda: site.quoin.sql("select count(*) from session") == [(1,)])
    assert site.call("session.check", None, who).code == "denied"
    assert site.call("session.check", None, stays).code == "ok"


def test_with_the_directory_away_administrators_stop_and_nobody_is_thrown_out(site):
    who = site.login("oscar")
    site.directory.stop()
    site.quoin.clock(6 * MINUTE)
    assert site.cancel(who) == "away"
    assert site.call("session.check", None, who).code == "ok"
    site.directory.start()
    wait_for("the directory is not found again", lambda: site.cancel(who) == "not-found")


def test_with_the_directory_away_the_grace_of_the_class_decides_at_the_printer(lab):
    demo = Demo(lab)
    code = demo.device()
    demo.people()
    demo.submit("Menu")
    demo.submit("Contract", "classification=confidential")
    kiosk = demo.browser()
    demo.enrol(kiosk, code)
    demo.log_in(kiosk, "alice", demo.pins["alice"])
    demo.directory.stop()
    demo.quoin.clock(16 * MINUTE)
    demo.log_in(kiosk, "alice", demo.pins["alice"])
    kiosk.submit("/kiosk/act", [("all", "Print all")])
    wait_for("nothing was printed", lambda: demo.quoin.sql("select count(*) from job where state in (4, 7)")[0][0] == 1)
    assert len(demo.quoin.sql("select id from job where state = 2")) == 1
    assert [r["reason"] for r in demo.records("job.release.denied")] == ["directory-away"]
    assert demo.records("job.release.authorized")[-1]["directory_ms"] >= 16 * MINUTE
