"""A job comes in: the core's side of job.begin and job.commit, with intake played by the test."""
import os
import secrets
import sqlite3

import pytest

from lib.core import Arrival, Core
from lib.lab import wait_for


@pytest.fixture
def core(lab):
    c = Core(lab).start()
    yield c
    c.stop()


def test_a_job_is_held_sealed_and_recorded(core):
    job = Arrival(core, title="Salary list").hold()
    assert core.state(job) == "held" and len(core.spool()) == 1
    events = [r["ev"] for r in core.records() if r.get("job") == job]
    assert events == ["job.received", "job.held"]
    raw = core.spool()[0].read_bytes() + b"".join(p.read_bytes() for p in core.state_dir.glob("quoin.db*"))
    assert b"Salary" not in raw and b"hello" not in raw


@pytest.mark.parametrize("size", [1, CHUNK := 16384, CHUNK - 1, CHUNK + 1, 3 * CHUNK, 40 * 1024 * 1024])
def test_sizes(core, size):
    data = secrets.token_bytes(size)
    job = Arrival(core, data).hold()
    assert core.sql("select length from job where id = ?", job) == [(size,)]


def test_the_same_hand_over_again_is_the_same_job(core):
    first = Arrival(core, uuid="urn:uuid:1")
    job = first.hold()
    again = Arrival(core, uuid="urn:uuid:1")
    again.begin(), again.seal(), again.write()
    a = again.commit()
    assert (a.fields["job"], a.fields["known"]) == (job, 1)
    assert len(core.spool()) == 1 and core.sql("select count(*) from job") == [(1,)]


def test_two_backends_of_one_job_at_once_hold_it_once(core):
    both = [Arrival(core, uuid="urn:uuid:2") for _ in range(2)]
    for a in both:
        assert a.begin().code == "ok"
    for a in both:
        a.seal(), a.write()
    assert [a.commit().fields["known"] for a in both] == [0, 1]
    assert len(core.spool()) == 1


@pytest.mark.parametrize("change", [{"owner": "bob"}, {"data": b"%PDF-1.4\nlonger than that\n%%EOF\n"}, {"document": 2}])
def test_a_known_key_with_another_owner_length_or_number_is_a_new_job(core, change):
    a = Arrival(core, uuid="urn:uuid:3").hold()
    b = Arrival(core, **({"uuid": "urn:uuid:3"} | change)).hold()
    assert a != b and len(core.spool()) == 2


def test_a_job_that_was_erased_is_not_held_again(core):
    job = Arrival(core, uuid="urn:uuid:4").hold()
    core.device()
    who = core.kiosk()
    assert core.once("kiosk", "job.delete", {"jobs": [job]}, who).fields["jobs"][0]["code"] == "ok"
    again = Arrival(core, uuid="urn:uuid:4")
    again.begin(), again.seal(), again.write()
    assert again.commit().fields["known"] == 1 and not core.spool()


@pytest.mark.parametrize("damage,why", [
    ({"commitment": "00" * 32}, "commitment"), ({"tags": "00" * 32}, "tags"), ({"length": 5}, "size"),
    ({"format": "image/jpeg"}, "header")])
def test_a_commit_that_does_not_fit_the_file_is_refused(core, damage, why):
    a = Arrival(core)
    a.begin(), a.seal(), a.write()
    answer = a.commit(**damage)
    assert (answer.code, answer.text) == ("corrupt", why)
    assert not core.spool() and core.sql("select count(*) from job") == [(0,)]


def test_a_file_that_somebody_can_still_write_is_refused(core):
    a = Arrival(core)
    a.begin(), a.seal()
    keep = os.dup(a.fd)
    a.write()
    assert a.commit().code == "conflict"
    os.close(keep)


def test_a_connection_that_ends_before_the_commit_leaves_nothing(core):
    a = Arrival(core)
    a.begin(), a.seal(), a.write()
    a.peer.close()
    assert Arrival(core).hold() and len(core.spool()) == 1


def test_a_connection_brings_one_job(core):
    a = Arrival(core)
    a.begin()
    assert a.begin().code == "conflict"


def test_an_unknown_owner_is_refused_and_recorded(core):
    assert Arrival(core, owner="mallory").begin().code == "not-found"
    assert core.records("job.rejected")[0]["reason"] == "unknown-owner"


@pytest.mark.parametrize("name,owner", [("alice@LAB.TEST", "alice"), ("LAB\\alice", "alice"), ("alice@evil.test", None),
                                        ("EVIL\\alice", None), ("alice\\", None), (" alice", None), ("@LAB.TEST", None)])
def test_owner_names(lab, name, owner):
    core = Core(lab, {"owner-realms": ["LAB.TEST", "LAB"]}).start()
    a = Arrival(core, owner=name).begin()
    assert (a.fields.get("owner") if a.code == "ok" else None) == owner, a
    core.stop()


def test_the_directory_is_away_the_job_is_held_and_finds_its_owner_later(core):
    core.directory_up = False
    job = Arrival(core).hold()
    assert core.sql("select owner from job where id = ?", job)[0][0] in (None, 0)
    core.directory_up = True
    core.clock(0, 6000)
    wait_for("the owner was not found", lambda: core.records("job.owner"))
    assert core.sql("select owner from job where id = ?", job)[0][0]


def test_a_pending_owner_who_does_not_exist_is_refused_when_the_directory_is_back(core):
    core.directory_up = False
    job = Arrival(core, owner="ghost").hold()
    core.directory_up = True
    core.clock(0, 6000)
    wait_for("still there", lambda: core.state(job) == "erased")
    assert core.records("job.rejected")[0]["job"] == job


@pytest.mark.parametrize("queue,wish,expected", [
    (None, None, "internal"), ("public", None, "public"), ("public", "internal", "internal"),
    ("confidential", "public", "confidential"), (None, "confidential", "confidential"), (None, "secret", None)])
def test_the_higher_class_wins(lab, queue, wish, expected):
    core = Core(lab)
    core.policy["queues"] |= {"secure": queue} if queue else {}
    core.start()
    a = Arrival(core, **({"classification": wish} if wish else {})).begin()
    assert a.fields.get("classification") == expected and (a.code == "ok") == bool(expected), a
    core.stop()


def test_restricted_needs_an_owner_that_cupsd_confirmed(core):
    assert Arrival(core, classification="restricted").begin().code == "denied"
    assert core.records("job.rejected")[0]["reason"] == "owner-unverified"
    assert Arrival(core, classification="restricted", proof="cupsd").begin().code == "ok"


@pytest.mark.parametrize("limit", [{"max-jobs": 2}, {"max-jobs-per-owner": 2}, {"max-bytes-per-owner": "1m"},
                                   {"max-bytes": "1m"}])
def test_limits_make_jobs_wait(lab, limit):
    core = Core(lab, limit).start()
    big = b"x" * (600 * 1024)
    for i in range(2):
        Arrival(core, big, uuid=f"urn:uuid:{i}").hold()
    assert Arrival(core, big).begin().code == "full"
    core.stop()


def test_one_owner_does_not_take_every_place(lab):
    core = Core(lab, {"max-intake": 4}).start()
    mine = [Arrival(core) for _ in range(3)]
    assert [a.begin().code for a in mine] == ["ok", "ok", "full"]
    assert Arrival(core, owner="bob").begin().code == "ok"
    core.stop()


def test_below_the_disk_reserve_jobs_wait(lab):
    core = Core(lab, {"disk-reserve": "1024g"}).start()
    assert Arrival(core).begin().code == "full"
    core.stop()


def test_a_document_larger_than_a_job_may_be_is_refused(lab):
    core = Core(lab, {"max-job-bytes": "2k"}).start()
    a = Arrival(core, b"x" * 4096)
    a.begin(), a.seal(), a.write()
    assert a.commit().code == "denied"
    core.stop()


def test_no_key_that_a_job_needs_is_destroyed(core):
    job = Arrival(core, classification="confidential").hold()
    key, end = core.sql('select j.shred, s."end" from job as j join shred as s on s.id = j.shred where j.id = ?', job)[0]
    db = sqlite3.connect(core.state_dir / "quoin.db", timeout=10)
    db.execute("update job set due = ?, received = received + 10 * 3600000", (end + 10 * 3600000,))
    db.commit(), db.close()
    core.clock(10 * 3600000)
    core.kill(), core.start()
    wait_for("no window ended", lambda: core.records("key.destroyed") or core.ctl("status").fields["uptime"] > 7000, 15)
    assert core.sql("select state from shred where id = ?", key) == [("active",)]
    assert key not in [r["key"] for r in core.records("key.destroyed")]


def test_killed_at_any_moment_a_job_is_held_or_not_there(core):
    """kill -9 after the acknowledgement loses nothing; a file without a row is swept."""
    job = Arrival(core).hold()
    stray = core.spool()[0].with_name(job[:24] + "000000000000.quoin")
    stray.write_bytes(b"x")
    core.restart(9)
    assert core.state(job) == "held" and len(core.spool()) == 1
