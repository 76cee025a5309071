"""quoin-ldap when directories hang, lie or go away, when processes die; and the PIN hasher."""
import hashlib
import os
import queue
import socket
import time

import pytest

from lib.badldap import BadLdap
from lib.directory import BASE, Directory, demo, password
from lib.lab import shut, wait_for
from lib.wire import FakeCore
from lib.workers import LIMIT, PROGRAM, Workers

FAULTS = ["blackhole", "silent", "drip", "reset", "garbage", "huge", "close", "endless", "referrals", "nobody"]
CASES = [(f, s) for f in FAULTS for s in ("plain", "ldaps-tls")] + \
        [(f, s) for f in ("blackhole", "silent", "garbage", "reset", "drip") for s in ("ldaps", "starttls")] + \
        [("silent_tls", "starttls"), ("refuse_tls", "starttls"), ("refused", "plain"), ("refused", "ldaps"), ("refused", "starttls")]
IN_CLEAR = {"directory_starttls": "false", "directory_insecure": "true"}


@pytest.fixture
def peer(lab):
    """Makes misbehaving peers."""
    def make(*args, **kw):
        p = BadLdap(*args, **kw)
        lab.closers.append(p.close)
        return p
    return make


def bad_server(lab, peer, fault, scheme):
    """A misbehaving server's address, reached in clear, by StartTLS, by ldaps, or by ldaps with a handshake that works; and the
    settings that takes."""
    if fault == "refused":
        uri = "ldaps://127.0.0.1:1" if scheme == "ldaps" else "ldap://127.0.0.1:1"
    else:
        p = peer(fault, tls=lab.ca()[1:] if scheme == "ldaps-tls" else None)
        uri = p.uri if scheme.startswith("ldaps") else p.plain
    return uri, IN_CLEAR if scheme == "plain" else {}


@pytest.mark.parametrize("fault,scheme", CASES)
def test_every_answer_in_time_and_the_good_server_wins(lab, peer, fault, scheme):
    d = demo(lab)
    uri, more = bad_server(lab, peer, fault, scheme)
    w = Workers(lab, d.conf([uri, d.uri], **more))
    a = w.bind("alice", password("alice"))
    # A server that says that many people are alice has answered; it can only ever refuse her, not let her in.
    assert a.code == ("denied" if fault == "endless" else "ok"), (a, w.log())


@pytest.mark.parametrize("fault,scheme", CASES)
def test_every_answer_in_time_with_one_server(lab, peer, fault, scheme):
    d = Directory(lab)
    uri, more = bad_server(lab, peer, fault, scheme)
    w = Workers(lab, d.conf([uri], **more))
    assert w.bind("alice", "secret").code == ("denied" if fault == "endless" else "away"), w.log()
    assert w.find("alice").code == ("not-found" if fault == "endless" else "away"), w.log()


@pytest.mark.parametrize("fault,scheme", [("refused", "plain"), ("silent", "ldaps"), ("silent_tls", "starttls"), ("drip", "plain"),
                                          ("reset", "plain"), ("garbage", "ldaps-tls"), ("referrals", "plain"), ("refer", "plain")])
def test_questions_by_id_and_by_badge_too(lab, peer, fault, scheme):
    d = demo(lab)
    d.add_person("berta", quoinBadge="4711")
    uri, more = bad_server(lab, peer, fault, scheme)
    w = Workers(lab, d.conf([uri, d.uri], directory_badge="quoinBadge", **more))
    assert w.badge("4711").fields.get("login") == "berta", w.log()
    assert w.find_id(d.value("berta", "entryUUID")).fields.get("login") == "berta", w.log()
    alone = Workers(lab, d.conf([uri], directory_badge="quoinBadge", **more), name="alone")
    assert alone.badge("4711").code == "away" and alone.find_id("some-id").code == "away", alone.log()


def test_a_referral_is_no_answer_and_nobody_follows_it(lab, peer):
    d = demo(lab)
    p = peer("refer")
    w = Workers(lab, d.conf([p.plain], **IN_CLEAR), workers=1)
    before = len(p.held)
    assert w.find("alice").code == "away" and w.bind("alice", "canary-of-a-password").code == "away"
    assert len(p.held) - before <= 4 and b"canary" not in p.seen
    w = Workers(lab, d.conf([p.plain, d.uri], **IN_CLEAR), name="both")
    assert w.bind("alice", password("alice")).code == "ok", w.log()


def test_another_entry_than_the_one_asked_for(lab, peer):
    d = demo(lab)
    w = Workers(lab, d.conf([peer("other").plain], **IN_CLEAR))
    a = w.find_id("alice-s-id")
    assert a.code == "away" and "another entry" in a.text
    assert w.find("alice").code == "not-found" and w.bind("alice", "x").code == "denied"
    assert w.find_id("eve-s-id").fields["login"] == "eve"


def test_many_hung_servers_are_still_in_time(lab, peer):
    d = Directory(lab)
    w = Workers(lab, d.conf([peer("silent").uri for _ in range(5)]))
    assert w.bind("alice", "x").code == "away"
    assert w.find("alice").code == "away"


def test_a_frozen_directory_is_away_and_comes_back(lab):
    d = demo(lab)
    w = Workers(lab, d.conf())
    assert w.find("alice").code == "ok"
    d.freeze()
    assert w.find("alice").code == "away"
    assert w.bind("alice", password("alice")).code == "away"
    d.thaw()
    wait_for(w.log, lambda: w.find("alice").code == "ok")
    assert w.bind("alice", password("alice")).code == "ok"


def test_a_restarted_directory_is_simply_used_again(lab):
    d = demo(lab)
    w = Workers(lab, d.conf())
    assert [w.find("alice").code for _ in range(4)] == ["ok"] * 4
    d.stop()
    d.start()
    assert [w.find("alice").code for _ in range(4)] == ["ok"] * 4
    d.stop()
    assert w.find("alice").code == "away"
    d.start()
    assert [w.find("alice").code for _ in range(4)] == ["ok"] * 4


def test_a_server_that_timed_out_is_tried_last_by_every_worker(lab, peer):
    d = demo(lab)
    w = Workers(lab, d.conf([peer("silent").uri, d.uri]))
    begin = time.monotonic()
    assert w.find("alice").code == "ok"
    assert time.monotonic() - begin > 1.2
    for _ in range(6):
        assert w.find("alice", limit=1.0).code == "ok"


def test_nobody_else_waits(lab, peer):
    """While one worker hangs in the first server, another has its answer from the second."""
    d = demo(lab)
    slow = peer("silent")
    w = Workers(lab, d.conf([slow.uri, d.uri]), workers=2)
    stuck = w.start("ldap.bind", {"login": "alice", "groups": []}, {"password": password("alice").encode()})
    wait_for("the first is stuck", lambda: slow.seen)
    begin = time.monotonic()
    assert w.find("bob").code == "ok"
    assert time.monotonic() - begin < 2.5
    assert w.find("bob", limit=1.0).code == "ok"
    assert stuck.get(timeout=LIMIT).code == "ok"


def test_a_name_server_that_says_nothing(lab):
    """The library can't be called back from a look-up: the worker answers, ends, and the next one asks the other server."""
    d = demo(lab)
    servers = []
    for i in range(3):
        servers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        servers[-1].bind((f"127.0.0.{61 + i}", 53))
        lab.closers.append(servers[-1].close)
    resolv = lab.dir / "resolv.conf"
    resolv.write_text("".join(f"nameserver 127.0.0.{61 + i}\n" for i in range(3)))
    w = Workers(lab, d.conf(["ldaps://directory.lab.test", d.uri]),
                under=["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv])
    begin = time.monotonic()
    assert w.bind("alice", password("alice")).code == "away"
    assert time.monotonic() - begin < 2.5
    assert w.bind("alice", password("alice"), limit=1.5).code == "ok"
    wait_for(w.log, lambda: "was replaced" in w.log() and w.readies == 3)


def test_a_service_account_that_is_refused_is_away(lab):
    d = demo(lab)
    d.secret_file.write_text("not the secret")
    w = Workers(lab, d.conf())
    a = w.find("alice")
    assert a.code == "away" and "service account" in a.text
    assert w.bind("alice", password("alice")).code == "away" and d.binds("alice") == 0


def test_a_base_that_does_not_exist_is_not_an_unknown_person(lab):
    d = demo(lab)
    w = Workers(lab, d.conf(directory_base=f'"ou=nowhere,{BASE}"'))
    assert w.find("alice").code == "away"


# ---- processes ----

def test_dead_workers_are_replaced_and_the_end_is_clean(lab):
    d = demo(lab)
    w = Workers(lab, d.conf())
    before = w.children()
    assert len(before) == 2
    for pid in before:
        os.kill(pid, 9)
    wait_for(w.log, lambda: w.readies >= 4)
    assert w.find("alice").code == "ok"
    after = w.children()
    assert len(after) == 2 and not set(before) & set(after)
    w.proc.terminate()
    assert w.proc.wait(5) == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in after)


def test_workers_end_with_a_parent_that_was_killed(lab):
    d = demo(lab)
    w = Workers(lab, d.conf())
    pids = w.children()
    w.proc.kill()
    w.proc.wait(5)
    wait_for("workers end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


def test_workers_wait_for_the_core_and_come_back(lab):
    d = demo(lab)
    w = Workers(lab, d.conf())
    shut(w.core.listener)
    os.unlink(w.core.path)
    for p in w.core.peers:
        p.sock.shutdown(2)
    w.idle = queue.Queue()
    wait_for(w.log, lambda: "waiting for the core" in w.log())
    w.core = FakeCore(w.core.path, w.message)
    assert w.find("alice").code == "ok"


def memory(pid):
    """The writable memory of a process."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode = line.split()[:2]
            a, b = (int(x, 16) for x in span.split("-"))
            if mode.startswith("rw") and b - a < 1 << 28:
                mem.seek(a)
                try:
                    yield mem.read(b - a)
                except OSError:
                    pass


@pytest.mark.skipif(b"__asan_init" in PROGRAM.read_bytes() if PROGRAM.exists() else False, reason="AddressSanitizer's own free()")
@pytest.mark.parametrize("scheme", ["ldaps", "starttls", "plain"])
def test_a_password_does_not_stay_in_memory(lab, scheme):
    d = demo(lab)
    w = Workers(lab, d.conf([d.uri if scheme == "ldaps" else d.plain], **(IN_CLEAR if scheme == "plain" else {})))
    secret = b"a-password-nobody-else-has-" + os.urandom(8).hex().encode()
    for _ in range(4):
        assert w.bind("alice", secret).code == "denied"
    for pid in w.children():
        wait_for("the password is gone", lambda: not any(secret in part for part in memory(pid)), 2)


# ---- PINs ----

def test_pins_are_hashed_with_scrypt(lab):
    w = Workers(lab, "", mode="pin")
    salt = os.urandom(16)
    for n in (1024, 16384):
        a = w.ask("pin.hash", {"n": n}, {"pin": b"493817", "salt": salt})
        assert a.code == "ok" and a.secret["hash"] == hashlib.scrypt(b"493817", salt=salt, n=n, r=8, p=1, dklen=32, maxmem=1 << 30)
    for pid in w.children():
        wait_for("the PIN is gone", lambda: not any(b"493817" in part for part in memory(pid)), 2)


@pytest.mark.parametrize("n,pin,salt,code", [(16385, b"1234", 16, "invalid"), (16384, b"123", 16, "denied"),
                                             (16384, b"1" * 17, 16, "denied"), (16384, b"12a4", 16, "denied"),
                                             (16384, b"123\0", 16, "denied"), (16384, b"1234", 8, "invalid")])
def test_a_pin_that_is_none(lab, n, pin, salt, code):
    w = Workers(lab, "", mode="pin", workers=1)
    a = w.ask("pin.hash", {"n": n}, {"pin": pin, "salt": b"s" * salt})
    assert (a.code, a.secret) == (code, {})


def test_the_pin_hasher_asks_no_directory_and_the_other_hashes_no_pins(lab):
    d = demo(lab)
    w = Workers(lab, d.conf(), workers=1)
    assert w.ask("pin.hash", {"n": 1024}, {"pin": b"1234", "salt": b"s" * 16}).code == "invalid"
    p = Workers(lab, d.conf(), mode="pin", workers=1)
    assert p.find("alice").code == "invalid" and d.binds() == d.binds("cn=admin," + BASE)
