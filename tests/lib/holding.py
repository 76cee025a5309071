"""A core that a test scripts, for intake: gives a file and a key for each job, and opens what was sealed with a second
implementation (python3-cryptography) of quoin-job(5)."""
import hashlib
import hmac
import json
import os
import secrets
import struct
import subprocess
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from lib.cups import Cups
from lib.lab import BUILD, shut, wait_for
from lib.wire import FakeCore

CHUNK, TAG, HEADER, SALT, COMMIT = 16384, 16, 64, 24, 32
LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"


def expand(key, info, n):
    return HKDFExpand(hashes.SHA512(), n, info).derive(key)


def chunks(file, key):
    """The document's chunks and the tags, everything checked; file is open for reading at 0."""
    header = file.read(HEADER)
    assert header[:16] == b"QUOINJOB" + struct.pack(">H", 1) + bytes(6), header
    salt, commitment = file.read(SALT), file.read(COMMIT)
    material = expand(key, LABEL + b"\0" + salt + header, 76)
    assert material[44:] == commitment
    aead, base, i = AESGCM(material[:32]), int.from_bytes(material[32:44], "big"), 0
    while True:
        sealed = file.read(CHUNK + TAG)
        plain = aead.decrypt((base ^ i).to_bytes(12, "big"), sealed, None)
        yield plain, sealed[-TAG:]
        i += 1
        if len(plain) < CHUNK:
            assert file.read(1) == b""
            return


def meta_mac(key, *texts):
    """HMAC over the length-prefixed metadata: owner, queue, title, format, options."""
    data = b"".join(struct.pack(">I", len(t.encode())) + t.encode() for t in texts)
    return hmac.new(expand(key, b"quoin/v1 metadata", 32), data, hashlib.sha256).digest()


class Job:
    """One job.begin and what became of it."""

    def __init__(self, fields, folder):
        self.fields, self.key, self.held, self.length = fields, secrets.token_bytes(32), False, 0
        raw = int(time.time() * 1000).to_bytes(6, "big") + secrets.token_bytes(10)
        raw = raw[:6] + bytes([0x70 | raw[6] & 15, raw[7], 0x80 | raw[8] & 0x3f]) + raw[9:]
        h = raw.hex()
        self.raw, self.id = raw, f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
        self.fd = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
        self.sha, self.format, self.data, self.committed = None, None, None, None

    def identity(self):
        f = self.fields
        return f["cupsd"], f["cups_job"], f["uuid"], f["created"], f["document"], f["owner"]

    def open(self, commit, keep=1 << 20):
        """Decrypts and checks everything that the commit claims."""
        f, digest, tags, n, data = self.fields, hashlib.sha256(), hashlib.sha256(), 0, bytearray()
        with os.fdopen(os.dup(self.fd), "rb", buffering=1 << 20) as file:
            file.seek(0)
            header = file.read(HEADER)
            file.seek(0)
            for plain, tag in chunks(file, self.key):
                digest.update(plain)
                tags.update(tag)
                n += len(plain)
                if len(data) < keep:
                    data += plain
            file.seek(HEADER + SALT)
            assert file.read(COMMIT).hex() == commit["commitment"]
        options = json.dumps(f["options"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert header[16:32] == self.raw
        assert header[32:] == meta_mac(self.key, f["owner"], f["queue"], f["title"], commit["format"], options)
        assert n == commit["length"] and tags.hexdigest() == commit["tags"]
        self.sha, self.format, self.length, self.data = digest.hexdigest(), commit["format"], n, bytes(data)


class HoldingCore(FakeCore):
    """begins: every job.begin; held: jobs committed once. Hooks answer instead: on_begin(fields) and on_commit(fields) return
    None or (code, text); on_commit may also wait."""

    def __init__(self, lab, path, verify=True):
        self.folder, self.verify = lab.dir, verify
        self.begins, self.held, self.repeats, self.faults, self.current = [], [], [], [], {}
        self.on_begin = self.on_commit = lambda fields: None
        super().__init__(path, self._handle)
        lab.closers.append(self.close)

    def _handle(self, peer, m):
        try:
            return {"job.begin": self._begin, "job.commit": self._commit}[m.verb](peer, m)
        except Exception as e:  # shown by the test, which looks at faults
            self.faults.append(repr(e))
            return m.answer("internal", text=repr(e)[:300])

    def _begin(self, peer, m):
        refused = self.on_begin(m.fields)
        if refused:
            return m.answer(refused[0], text=refused[1])
        assert peer not in self.current, "two jobs on one connection"
        job = self.current[peer] = Job(m.fields, self.folder)
        self.begins.append(job)
        return m.answer(fields={"job": job.id, "owner_id": "", "classification": "internal", "max_bytes": self.max_bytes,
                                "owner": m.fields["owner"]},
                        secret={"key": job.key}, fds=[job.fd])

    max_bytes = 10 << 30

    def _commit(self, peer, m):
        refused = self.on_commit(m.fields)
        if refused:
            return m.answer(refused[0], text=refused[1])
        job = self.current[peer]
        assert m.fields["job"] == job.id
        job.length, job.format, job.committed = m.fields["length"], m.fields["format"], m.fields
        if self.verify:
            job.open(m.fields)
        known = next((h for h in self.held if h.identity() == job.identity() and h.length == job.length), None)
        if known:
            self.repeats.append(job)
        else:
            job.held = True
            self.held.append(job)
        return m.answer(fields={"job": (known or job).id, "due": int(time.time() * 1000) + 3600000, "known": int(bool(known))})


class Hold:
    """cupsd -> backend -> intake -> core in a lab. The core is a HoldingCore unless core_path names the run-dir of a real one."""

    def __init__(self, lab, conf="", confirm=True, run_dir=None, **cups):
        self.lab, self.run_dir = lab, run_dir or lab.dir / "run"
        (self.run_dir / "intake").mkdir(parents=True, exist_ok=True)
        self.core = None if run_dir else HoldingCore(lab, self.run_dir / "core.sock")
        self.sock = self.run_dir / "intake/intake.sock"
        self.cups = Cups(lab, **cups)
        self.conf = lab.dir / "intake.conf"
        self.conf.write_text(f'run-dir = "{self.run_dir}"\nlog-level = 7\n{conf}\n' +
                             (f'cupsd-socket = "{self.cups.sock}"\n' if confirm else ""))
        self.backend = self.cups.backend(BUILD / "backend/quoin")
        self.intake = None
        self.start_intake()

    def with_queue(self, **options):
        self.cups.start()
        self.cups.queue(uri=f"quoin:{self.sock}", **options)
        return self

    def start_intake(self):
        before = self.log().count(": ready")
        self.intake = self.lab.start(BUILD / "intake/quoin-intake", "-c", self.conf, log="intake.log")
        wait_for(self.log, lambda: self.log().count(": ready") > before)

    def log(self):
        path = self.lab.dir / "intake.log"
        return path.read_text() if path.exists() else ""

    def restart_core(self):
        self.core.close()
        os.unlink(self.core.path)
        old, self.core = self.core, HoldingCore(self.lab, self.core.path)
        self.core.held = old.held
        return old

    def lose_core(self):
        shut(self.core.listener)
        os.unlink(self.core.path)

    def run_backend(self, *args, env=None, stdin=None, file=None, uid=7, wait=True, argv0="quoin:"):
        """The backend as cupsd would start it, without cupsd. args: job, user, title, copies, options."""
        job, user, title, copies, options = (list(args) + [1, "alice", "title", 1, None][len(args):])
        options = identity(job) if options is None else options
        if file is not None:
            path = self.lab.dir / f"d{int(job):05}-001"
            path.write_bytes(file)
            os.chmod(path, 0o644)
        argv = [argv0, str(job), user, title, str(copies), options] + ([str(path)] if file is not None else [])
        p = subprocess.Popen(argv, executable=self.backend, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, user=uid, group=7, extra_groups=[],
                             env={"DEVICE_URI": f"quoin:{self.sock}", "PRINTER": "held", "CUPS_FILETYPE": "document",
                                  "AUTH_INFO_REQUIRED": "none"} | (env or {}))
        self.lab.closers.append(lambda: p.poll() is None and p.kill())
        if not wait:
            return p
        out, err = p.communicate(timeout=60)
        return p.returncode, err.decode()


def identity(job=1, created=1795278165):
    return f"job-uuid=urn:uuid:e904d2ab-0000-4000-8000-{int(job):012d} time-at-creation={created}"
