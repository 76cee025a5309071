"""The hand-over between backend and intake, each against a scripted other side."""
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from lib.documents import pdf
from lib.holding import Hold, identity
from lib.lab import BUILD, TOP, run, wait_for

LP = pwd.getpwnam("lp").pw_uid
TICK, SEALED, COMMIT, CANCEL, VERDICT = b"t", b"s", b"c", b"x", b"v"
WHY = re.findall(r"X\((\w+), (\w+), \"[^\"]*\", \"([^\"]*)\"\)", (TOP / "backend/handover.h").read_text())
NAMES = [name for name, _, _ in WHY]
EXIT = {"OK": 0, "CANCEL": 5, "RETRY": 6}


@pytest.fixture
def hold(lab):
    it = Hold(lab, confirm=False)
    yield it
    assert it.core.faults == []


class FakeIntake:
    """Takes the backend's hand-overs; talk(sock) scripts each conversation."""

    def __init__(self, lab):
        self.path, self.packets, self.fds = lab.dir / "fake.sock", [], []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        os.chmod(self.path, 0o666)
        self.listener.listen(8)
        self.listener.settimeout(20)
        lab.closers.append(self.listener.close)

    def accept(self):
        sock, _ = self.listener.accept()
        sock.settimeout(20)
        data, fds, _, _ = socket.recv_fds(sock, 70000, 4)
        self.packets.append(data)
        self.fds += fds
        return sock


@pytest.fixture
def fake(lab):
    return FakeIntake(lab)


def backend(lab, fake, *args, **kw):
    """The backend with the fake intake in its device URI; not waited for."""
    env = {"DEVICE_URI": f"quoin:{fake.path}"} | kw.pop("env", {})
    return Hold.run_backend(Direct(lab, fake.path), *args, wait=False, env=env, **kw)


class Direct:
    def __init__(self, lab, sock):
        self.lab, self.sock, self.backend = lab, sock, BUILD / "backend/quoin"


def end(p):
    out, err = p.communicate(timeout=30)
    return p.returncode, err.decode()


def hear(sock):
    """The backend's next word; one that closes with a word of ours unread puts an error before it."""
    try:
        return sock.recv(9)
    except ConnectionResetError:
        return sock.recv(9)


def say(sock, word, why=0):
    sock.send(word + bytes([why]))


# ---- the backend ----

def test_without_arguments_it_is_discovered():
    p = run(BUILD / "backend/quoin")
    assert re.fullmatch(r'direct quoin "[^"]+" "[^"]+" "MFG:Quoin;[^"]*"\n', p.stdout)


@pytest.mark.parametrize("count", [1, 2, 4, 7, 8])
def test_a_wrong_number_of_arguments_is_refused(count):
    p = run(BUILD / "backend/quoin", *["x"] * count, check=False)
    assert p.returncode == 5 and "ERROR: The job was refused: its hand-over is malformed.\n" in p.stderr


def test_it_links_libc_alone():
    needed = re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", BUILD / "backend/quoin").stdout)
    assert needed in ([], ["libc.so.6"])  # statically, but for sanitizers


@pytest.mark.parametrize("number", range(1, len(NAMES)))
def test_each_verdict_is_an_exit_code_and_a_line_of_the_table(lab, fake, number):
    name, exit_name, text = WHY[number]
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    say(sock, TICK)
    if name == "HELD":
        say(sock, SEALED)
        assert sock.recv(9) == COMMIT + b"\0"
    say(sock, VERDICT, number)
    code, err = end(p)
    assert code == EXIT[exit_name] and code in (0, 5, 6)
    assert err.splitlines()[-1] == ("INFO: " if code == 0 else "ERROR: ") + text
    assert all(re.fullmatch(r"STATE: [-+][a-z,-]+|ERROR: .*|INFO: .*", line) for line in err.splitlines())
    assert err.isascii() and not re.search(r"[\x00-\x09\x0b-\x1f'\"]", err)


@pytest.mark.parametrize("words", [[(VERDICT, 200)], [(b"?", 0)], [(VERDICT, 1)], [(VERDICT, 1), (VERDICT, 1)], []])
def test_nonsense_or_silence_from_intake_keeps_the_job(lab, fake, words):
    """Also a `held` that was never committed."""
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    p.send_signal(signal.SIGSTOP)  # or it has hung up before the second word
    for word in words:
        say(sock, *word)
    sock.close()
    p.send_signal(signal.SIGCONT)
    assert end(p)[0] == 6


def test_a_sigterm_before_sealed_is_a_cancel(lab, fake):
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    say(sock, TICK)
    p.send_signal(signal.SIGTERM)
    assert hear(sock) == CANCEL + b"\0"
    assert end(p)[0] == 6


def test_a_sigterm_that_is_pending_when_sealed_arrives_stops_the_commit(lab, fake):
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    p.send_signal(signal.SIGSTOP)
    say(sock, SEALED)
    p.send_signal(signal.SIGTERM)
    p.send_signal(signal.SIGCONT)
    assert end(p)[0] == 6
    assert hear(sock) == CANCEL + b"\0"


def test_a_sigterm_after_the_commit_comes_too_late(lab, fake):
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    say(sock, SEALED)
    assert sock.recv(9) == COMMIT + b"\0"
    p.send_signal(signal.SIGTERM)
    say(sock, VERDICT, NAMES.index("HELD"))
    assert end(p)[0] == 0


def test_a_verdict_that_does_not_come_after_the_commit_keeps_the_job(lab, fake):
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    say(sock, SEALED)
    assert sock.recv(9) == COMMIT + b"\0"
    start = time.monotonic()
    assert end(p)[0] == 6
    assert 9 < time.monotonic() - start < 12


def test_an_intake_that_never_answers_keeps_the_job(lab, fake):
    start = time.monotonic()
    p = backend(lab, fake, file=pdf())
    sock = fake.accept()
    assert end(p)[0] == 6 and sock
    assert 9 < time.monotonic() - start < 13


def test_what_is_forwarded_is_listed_and_the_password_is_forgotten(lab, fake):
    env = {"AUTH_PASSWORD": "Pw-alice1", "AUTH_USERNAME": "alice", "AUTH_UID": "1001", "CONTENT_TYPE": "text/plain",
           "FINAL_CONTENT_TYPE": "application/pdf", "CUPS_SERVER": "x", "HOME": "y", "AUTH_INFO_REQUIRED": "none"}
    p = backend(lab, fake, 7, "alice", "t", 2, "a=b", file=pdf(), env=env)
    peer = fake.accept()  # kept: a backend whose peer is gone ends
    assert b"Pw-alice1" not in pathlib.Path(f"/proc/{p.pid}/environ").read_bytes()
    assert pathlib.Path(f"/proc/{p.pid}/environ").read_bytes().count(b"AUTH_PASSWORD") <= 1
    packet = fake.packets[0]
    assert packet[:4] == b"QNH\1" and packet[4] == 7 and packet[6:8] == b"\0\0"
    items = packet[8:].split(b"\0")[:-1]
    assert items[:7] == [b"quoin:", b"7", b"alice", b"t", b"2", b"a=b", str(lab.dir / "d00007-001").encode()]
    assert sorted(items[7:]) == sorted([b"PRINTER=held", b"CUPS_FILETYPE=document", b"AUTH_INFO_REQUIRED=none", b"AUTH_USERNAME=alice",
                                        b"AUTH_UID=1001", b"CONTENT_TYPE=text/plain", b"FINAL_CONTENT_TYPE=application/pdf"])
    assert packet[5] == len(items) - 7 and len(fake.fds) == 1
    assert os.read(fake.fds[0], 5) == b"%PDF-" and peer


def test_oversized_options_are_refused(lab, fake):
    code, err = end(backend(lab, fake, 1, "alice", "t", 1, "x=" + "y" * 70_000, file=pdf()))
    assert code == 5 and "its options cannot be understood" in err


def test_a_missing_document_is_refused_and_an_unreadable_one_waits(lab, fake):
    p = run(BUILD / "backend/quoin", "1", "a", "t", "1", "", lab.dir / "none", check=False)
    assert p.returncode == 5 and "its document is missing" in p.stderr
    path = lab.dir / "d00001-001"
    p = backend(lab, fake, file=pdf())
    end(p) if p.poll() is not None else (p.kill(), p.wait())
    os.chmod(path, 0)
    p = subprocess.run([BUILD / "backend/quoin", "1", "a", "t", "1", "", path], user=LP, group=7, extra_groups=[],
                       capture_output=True, timeout=20)
    assert p.returncode == 6


@pytest.mark.parametrize("uri", ["quoin:", "quoin:relative/x", "quoin://host/x", "other:/x", ""])
def test_only_an_absolute_path_in_the_uri_is_dialled(lab, uri):
    trace = run("strace", "-qq", "-e", "trace=connect", BUILD / "backend/quoin", "1", "a", "t", "1", "", check=False,
                env={"DEVICE_URI": uri}).stderr
    assert re.search(r'connect\(\d+, \{sa_family=AF_UNIX, sun_path="/[^"]*/run/quoin/intake/intake.sock"', trace), trace


# ---- intake ----

def hand(args=None, variables=("PRINTER=held", "CUPS_FILETYPE=document"), head=None, tail=b""):
    args = args or ["quoin:", "1", "alice", "t", "1", identity(1), "/x/d00001-001"]
    head = head or b"QNH\1" + bytes([len(args), len(variables), 0, 0])
    return head + b"".join(x.encode(errors="surrogateescape") + b"\0" for x in [*args, *variables]) + tail


def as_lp(path, packet, fds, uid=LP, more=(), close=True):
    """One conversation by a process of that uid: the words that intake said."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(7)
            os.setuid(uid)
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.settimeout(30)
            s.connect(str(path))
            if packet is not None:
                socket.send_fds(s, [packet], fds)
            while True:
                word = s.recv(16)
                if not word:
                    break
                os.write(w, word)
                if word[:1] == SEALED:
                    if not more:
                        break
                    s.send(more[0])
        except OSError:
            pass
        finally:
            os._exit(0)
    os.close(w)
    os.waitpid(pid, 0)
    said = os.read(r, 4096)
    os.close(r)
    return said


def verdict(said):
    assert said[-2:-1] == VERDICT, said
    return NAMES[said[-1]]


@pytest.fixture
def document(lab):
    path = lab.dir / "doc"
    path.write_bytes(pdf())
    os.chmod(path, 0o644)
    fds = []

    def open_it():
        fds.append(os.open(path, os.O_RDONLY))
        return fds[-1]
    yield open_it
    for fd in fds:
        os.close(fd)


def test_a_hand_over_by_hand_is_held(hold, document):
    assert verdict(as_lp(hold.sock, hand(), [document()], more=[COMMIT + b"\0"])) == "HELD"
    assert len(hold.core.held) == 1 and hold.core.held[0].data == pdf()


A = ["quoin:", "1", "alice", "t", "1", identity(1), "/x/d00001-001"]
MALFORMED = [
    (b"", "away without a hand-over", None),
    (b"QNH", "packet of 3 bytes is no hand-over", "MALFORMED"),
    (b"QNH\2\7\1\0\0", "hand-over version 2, expected 1", "MALFORMED"),
    (b'{"m":"job.begin"}', "is no hand-over", "MALFORMED"),
    (hand(head=b"QNH\1\x05\2\0\0"), "hand-over has 5 arguments", "MALFORMED"),
    (hand(head=b"QNH\1\x07\x09\0\0"), "hand-over has 9 variables", "MALFORMED"),
    (hand(head=b"QNH\1\x07\3\0\0"), "hand-over ends inside item 9", "MALFORMED"),
    (hand(tail=b"x"), "hand-over has 1 bytes after its end", "MALFORMED"),
    (hand(variables=["PRINTER=held", "AUTH_PASSWORD=x"]), "unknown variable", "MALFORMED"),
    (hand(variables=["PRINTER=held", "PRINTER=held"]), "PRINTER= twice", "MALFORMED"),
    (hand(variables=[]), "the queue's name", "MALFORMED"),
    (hand(A[:1] + ["x"] + A[2:]), "the job's number is malformed", "MALFORMED"),
    (hand(A[:4] + ["-1"] + A[5:]), "the number of copies is malformed", "MALFORMED"),
    (hand(A[:6] + ["/etc/passwd"]), "no file of CUPS's spool", "MALFORMED"),
    (hand(A[:6] + ["/x/d00002-001"]), "the document is of job 2, not 1", "MALFORMED"),
    (hand(A[:2] + ["a\nb"] + A[3:]), "the owner's name", "OWNER"),
    (hand(A[:2] + ["\udcff"] + A[3:]), "the owner's name", "OWNER"),
    (hand(A[:5] + ["a='"] + A[6:]), "a quote has no end", "OPTIONS"),
    (hand(A[:5] + [identity(1) + " page-ranges=x"] + A[6:]), "option page-ranges", "OPTIONS"),
]


@pytest.mark.parametrize("packet, sentence, why", MALFORMED)
def test_each_malformed_hand_over_is_refused_with_its_sentence(hold, document, packet, sentence, why):
    said = as_lp(hold.sock, packet, [document()])
    if why:
        assert verdict(said) == why
    wait_for(hold.log, lambda: sentence in hold.log())
    assert hold.core.seen == []
    assert verdict(as_lp(hold.sock, hand(), [document()], more=[COMMIT + b"\0"])) == "HELD"  # the others are served


def test_what_is_passed_must_be_one_file_or_pipe_to_read(lab, hold, document):
    r, w = os.pipe()
    pair = socket.socketpair()
    folder, path = os.open("/", os.O_RDONLY), os.open(lab.dir / "doc", os.O_PATH)
    rows = [([], "0 descriptors"), ([document(), document()], "2 descriptors"), ([w], "not open for reading"),
            ([pair[0].fileno()], "neither a file nor a pipe"), ([folder], "neither a file nor a pipe"), ([path], "not open for reading")]
    for fds, sentence in rows:
        assert verdict(as_lp(hold.sock, hand(), fds)) == "MALFORMED"
        assert sentence in hold.log()
    for fd in (r, w, folder, path):
        os.close(fd)
    assert hold.core.seen == []


@pytest.mark.parametrize("uid", [0, 65534])
def test_another_uid_is_not_served(hold, document, uid):
    assert as_lp(hold.sock, hand(), [document()], uid=uid) == b""
    wait_for(hold.log, lambda: f"uid {uid} may not hand in jobs" in hold.log())
    assert hold.core.seen == []


@pytest.mark.parametrize("word, name", [(CANCEL + b"\0", "CANCELLED"), (b"?\0", "LATE"), (COMMIT + b"\0\0", "LATE")])
def test_only_commit_commits(hold, document, word, name):
    assert verdict(as_lp(hold.sock, hand(), [document()], more=[word])) == name
    assert len(hold.core.begins) == 1 and hold.core.held == [] and not any(m.verb == "job.commit" for m in hold.core.seen)


def test_a_backend_that_was_killed_is_replaced_by_its_documents_own_end(lab, hold, document):
    """cupsd takes a killed backend for a finished one."""
    as_lp(hold.sock, hand(), [document()], more=())  # ends when it hears `sealed`
    wait_for(hold.log, lambda: len(hold.core.held) == 1)
    cut = lab.dir / "cut"
    cut.write_bytes(pdf()[:-9])
    fd = os.open(cut, os.O_RDONLY)
    as_lp(hold.sock, hand(), [fd])
    os.close(fd)
    wait_for(hold.log, lambda: "(CUT)" in hold.log())
    assert len(hold.core.held) == 1


def test_a_cancel_behind_a_reset_is_still_a_cancel(hold, document, lab):
    """A backend that closes with a word of ours unread resets the connection: that is not a killed backend."""
    code = """
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
socket.send_fds(s, [bytes.fromhex(sys.argv[2])], [int(sys.argv[3])])
s.recv(1, socket.MSG_PEEK)
time.sleep(0.5)
s.send(b"x\\0")
s.close()
"""
    fd = document()
    subprocess.run(["/usr/bin/python3", "-c", code, str(hold.sock), hand().hex(), str(fd)], user=LP, group=7, extra_groups=[],
                   pass_fds=[fd], timeout=20, check=True)
    wait_for(hold.log, lambda: "(CANCELLED)" in hold.log())
    assert hold.core.held == []


def test_a_job_larger_than_allowed_is_refused(hold):
    hold.core.max_bytes = 2000
    code, err = hold.run_backend(1, file=pdf(padding=3000))
    assert code == 5 and "larger than allowed" in err and hold.core.held == []
    assert hold.run_backend(2, file=pdf())[0] == 0


def test_an_empty_document_is_refused(hold):
    code, err = hold.run_backend(1, file=b"")
    assert code == 5 and "the document is empty" in err


def test_the_name_that_the_core_keeps_is_vouched_for(hold):
    """The header's check covers the row's owner, which may be mapped."""
    begin = hold.core._begin

    def mapped(peer, m):
        answer = begin(peer, m)
        answer.fields["owner"] = hold.core.current[peer].fields["owner"] = "alice"
        return answer
    hold.core._begin = mapped
    assert hold.run_backend(1, "ALICE@EXAMPLE.COM", file=pdf())[0] == 0
    assert hold.core.held[0].sha


def test_places_are_shared_fairly(lab):
    hold = Hold(lab, confirm=False, conf="max-intake = 4")
    r, w = os.pipe()

    def stalled(job, user):
        read, write = os.pipe()
        path = lab.dir / f"d{job:05}-001"
        os.mkfifo(path)
        os.chmod(path, 0o644)
        keep = os.open(path, os.O_RDWR)
        os.close(read), os.close(write)
        argv = ["quoin:", str(job), user, "t", "1", identity(job), str(path)]
        p = subprocess.Popen(argv, executable=hold.backend, user=LP, group=7, extra_groups=[], stderr=subprocess.PIPE,
                             env={"DEVICE_URI": f"quoin:{hold.sock}", "PRINTER": "held"})
        lab.closers.append(lambda: (p.kill(), p.wait(), os.close(keep)))
        return p
    mine = [stalled(i, "alice") for i in (1, 2)]
    wait_for(hold.log, lambda: len(hold.core.begins) == 2)
    code, err = hold.run_backend(3, "alice", file=pdf())
    assert code == 6 and "receiving too many jobs" in err
    assert hold.run_backend(4, "bob", file=pdf())[0] == 0
    assert all(p.poll() is None for p in mine)
    for p in mine:
        p.terminate()
    assert [end(p)[0] for p in mine] == [6, 6]
    wait_for("places are not given back", lambda: hold.run_backend(5, "alice", file=pdf())[0] == 0)
    os.close(r), os.close(w)


def test_intake_ends_cleanly_and_its_jobs_wait(lab, hold):
    r, w = os.pipe()
    p = hold.run_backend(1, stdin=r, wait=False, file=None)
    os.close(r)
    # a piped document needs cupsd's count: it is refused here, so the pipe is not read
    assert end(p)[0] == 5
    os.close(w)
    fifo = lab.dir / "d00002-001"
    os.mkfifo(fifo)
    os.chmod(fifo, 0o644)
    keep = os.open(fifo, os.O_RDWR)
    argv = ["quoin:", "2", "alice", "t", "1", identity(2), str(fifo)]
    p = subprocess.Popen(argv, executable=hold.backend, user=LP, group=7, extra_groups=[], stderr=subprocess.PIPE,
                         env={"DEVICE_URI": f"quoin:{hold.sock}", "PRINTER": "held"})
    wait_for(hold.log, lambda: len(hold.core.begins) == 1)
    start = time.monotonic()
    hold.intake.terminate()
    assert hold.intake.wait(10) == 0 and time.monotonic() - start < 5
    assert end(p)[0] == 6
    os.close(keep)


def test_a_job_process_can_open_nothing_any_more(lab, hold):
    """After the hand-over: no capabilities to gain, seccomp on."""
    fifo = lab.dir / "d00001-001"
    os.mkfifo(fifo)
    os.chmod(fifo, 0o644)
    keep = os.open(fifo, os.O_RDWR)
    argv = ["quoin:", "1", "alice", "t", "1", identity(1), str(fifo)]
    p = subprocess.Popen(argv, executable=hold.backend, user=LP, group=7, extra_groups=[], stderr=subprocess.PIPE,
                         env={"DEVICE_URI": f"quoin:{hold.sock}", "PRINTER": "held"})
    wait_for(hold.log, lambda: len(hold.core.begins) == 1)
    children = pathlib.Path(f"/proc/{hold.intake.pid}/task/{hold.intake.pid}/children").read_text().split()
    status = pathlib.Path(f"/proc/{children[0]}/status").read_text()
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status
    p.terminate()
    assert end(p)[0] == 6
    os.close(keep)


@pytest.mark.parametrize("gib", [int(os.environ.get("QUOIN_HUGE_GIB", "4"))])
def test_a_huge_job_is_held_with_flat_memory(lab, gib):
    """From a pipe, so that it is nowhere on the disk but sealed."""
    hold = Hold(lab, confirm=False)
    hold.core.verify = False
    assert hold.run_backend(1, file=pdf())[0] == 0
    fifo = lab.dir / "d00002-001"
    os.mkfifo(fifo)
    os.chmod(fifo, 0o644)
    peaks = {}

    def feed():
        block = os.urandom(1 << 20)
        with open(fifo, "wb", buffering=0) as f:
            f.write(b"%PDF-1.7\n")
            for i in range(gib << 10):
                f.write(block)
                if i % 64 == 0:
                    watch()
            f.write(b"\n%%EOF\n")

    def watch():
        for name, pid in (("backend", p.pid), ("listener", hold.intake.pid), *(("job", int(c)) for c in children())):
            m = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
            peaks.setdefault(name, []).append(int(m.group(1)))

    def children():
        return pathlib.Path(f"/proc/{hold.intake.pid}/task/{hold.intake.pid}/children").read_text().split()
    argv = ["quoin:", "2", "alice", "t", "1", identity(2), str(fifo)]
    p = subprocess.Popen(argv, executable=hold.backend, user=LP, group=7, extra_groups=[], stderr=subprocess.PIPE,
                         env={"DEVICE_URI": f"quoin:{hold.sock}", "PRINTER": "held"})
    start = time.monotonic()
    t = threading.Thread(target=feed)
    t.start()
    out, err = p.communicate(timeout=500)
    t.join()
    print(f"{gib} GiB in {time.monotonic() - start:.1f} s, peaks in KiB:", {k: max(v) for k, v in peaks.items()})
    assert p.returncode == 0, err
    job = hold.core.held[-1]
    assert job.length == (gib << 30) + 16 and os.fstat(job.fd).st_size > gib << 30
    for name, values in peaks.items():
        assert max(values) - values[0] < 16 << 10, (name, values[0], max(values))
    os.close(job.fd)
