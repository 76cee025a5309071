"""Forty printers and three hundred releases of ten people, one printer that never ends: nobody else waits, and nobody goes before their turn."""
import collections
import threading
import time

import pytest

from lib.core import Arrival, Core, Deliver, person
from lib.lab import wait_for

DEVICES, JOBS, OWNERS = 40, 300, 10
SHARED, STUCK = 39, 0  # on the last one everybody prints; the first one's process never ends


@pytest.fixture
def core(lab):
    c = Core(lab)
    c.people |= {f"p{i}": person(f"p{i}") for i in range(OWNERS)}
    c.values |= {"kiosk-session": "1h", "kiosk-idle": "1h"}
    c.start()
    yield c
    c.stop()


def held(core, owner, n):
    return Arrival(core, owner=f"p{owner}", uuid=f"urn:uuid:{owner}-{n}", cups_job=n + 1).hold()


def queue_all(core):
    """{job: (owner, device)}: each has four printers of their own, and one job on the shared one."""
    where, terminals = {}, []
    for i in range(DEVICES):
        core.device(f"d{i}")
        terminals.append(core.terminal(f"t{i}", f"d{i}"))
    blocker = Deliver(core)  # while it is there, deliver is
    orders = collections.defaultdict(list)
    for i in range(JOBS):
        owner = i % OWNERS
        device = SHARED if i < OWNERS else 4 * owner + (i // OWNERS) % 4
        device = device - 1 if device == SHARED and i >= OWNERS else device
        job = held(core, owner, i)
        where[job] = (owner, device)
        orders[owner, device].append(job)
    sessions = {(o, d): core.kiosk(f"p{o}", terminals[d]) for o, d in orders}
    return where, orders, sessions, blocker


def test_everybody_elses_come_out_in_turn(core):
    where, orders, sessions, blocker = queue_all(core)
    stuck = orders[0, STUCK]
    rows = core.release(sessions[0, STUCK], *stuck).fields["jobs"]
    first = blocker.work().fields["job"]
    assert first == stuck[0]
    for (o, d), jobs in orders.items():
        if (o, d) != (0, STUCK):
            rows += core.release(sessions[o, d], *jobs).fields["jobs"]
    assert [r["code"] for r in rows] == ["ok"] * JOBS
    order, begin = [], time.monotonic()
    while len(order) < JOBS - len(stuck):
        d = Deliver(core)
        order.append(d.work().fields["job"])
        assert d.created().code == d.sent().code == "ok"
        d.answer("printed")
        d.peer.close()
    took = time.monotonic() - begin
    assert took < 60, took
    wait_for("not all printed", lambda: core.sql("select count(*) from job where state = 4")[0][0] == JOBS - len(stuck))
    assert sorted(order) == sorted(j for j in where if j not in stuck)
    assert core.sql("select count(*) from job where state = 3")[0][0] == len(stuck)
    in_turn(order, where)
    blocker.created(), blocker.sent(), blocker.answer("printing", "printer-stopped")
    nxt = Deliver(core)
    assert nxt.work().fields["job"] == stuck[1], "its process is free; the next is tried"


def in_turn(order, where):
    """Nobody is served a second time before everybody who still waits has been once."""
    left = collections.Counter(where[j][0] for j in order)
    waiting = {o: 0 for o in left}  # how many others were served since
    for job in order:
        o = where[job][0]
        assert max((waiting[x] for x in left if left[x] > 0 and x != o), default=0) <= OWNERS, (job, waiting)
        for x in waiting:
            waiting[x] += 1
        waiting[o] = 0
        left[o] -= 1
    first = [where[j][0] for j in order[:OWNERS]]
    assert len(set(first)) >= OWNERS - 1, first


def test_forty_at_once(core):
    """As many processes as printers: each device has its own, none has two."""
    where, orders, sessions, blocker = queue_all(core)
    for (o, d), jobs in orders.items():
        assert {r["code"] for r in core.release(sessions[o, d], *jobs).fields["jobs"]} == {"ok"}
    at, done, wrong, lock = {}, [], [], threading.Lock()

    def work():
        while True:
            d = Deliver(core)
            d.peer.sock.settimeout(5)
            try:
                if d.work() is None:
                    return
            except TimeoutError:
                return
            f = d.job.fields
            with lock:
                if f["device"] in at:
                    wrong.append((f["device"], at[f["device"]], f["job"]))
                at[f["device"]] = f["job"]
            d.created(), d.sent()
            with lock:
                del at[f["device"]]
                done.append(f["job"])
            d.answer("printed")
            d.peer.close()

    workers = [threading.Thread(target=work) for _ in range(DEVICES)]
    for w in workers:
        w.start()
    blocker.peer.sock.settimeout(5)
    blocker.work()
    blocker.created(), blocker.sent(), blocker.answer("printed")
    for w in workers:
        w.join(60)
    assert not wrong
    assert len(done) + 1 == JOBS
