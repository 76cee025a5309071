"""quoind alone, with every peer of it played by the test (as root: each user-* of its configuration is uid 0)."""
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import signal
import sqlite3
import struct
import threading
import time
import warnings

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from . import policy
from .lab import BUILD, wait_for
from .quoin import conf_text
from .wire import Message, Peer

USERS = ["core", "intake", "kiosk", "portal", "console", "ldap", "pin", "deliver"]
GROUP = "cn={},ou=groups,dc=lab,dc=test"
CHUNK = 16384


def person(login, roles=("user",), status="active", id_=None, same=""):
    return {"id": id_ or hashlib.md5(login.encode()).hexdigest(), "login": login, "display": login.title(),
            "groups": [GROUP.format(r) for r in roles], "status": status, "same": same}


def crypt_hash(pin, setting=b"$6$saltsalt$"):
    with warnings.catch_warnings():  # later Pythons have none
        warnings.simplefilter("ignore")
        import crypt
        return crypt.crypt(pin.decode(), setting.decode()).encode()


class Worker:
    """A worker that dials in and answers each request with handler(message); it dials in again when dropped, or with once after each."""

    def __init__(self, core, kind, handler, once=False):
        self.core, self.kind, self.handler, self.seen, self.ended, self.once = core, kind, handler, [], False, once
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.ended:
            try:
                self.peer = Peer.dial(self.core.socket(self.kind), None)
                self.peer.call("worker.ready", {"kind": self.kind})
                self._serve()
            except (OSError, EOFError, AssertionError):
                time.sleep(0.02)

    def _serve(self):
        while (m := self.peer.recv()) is not None and not self.ended:
            self.seen.append(m)
            a = self.handler(m)
            if a:
                self.peer.send(a)
            if self.once:
                self.peer.close()
                return

    def close(self):
        self.ended = True
        try:
            self.peer.sock.shutdown(2)
        except (OSError, AttributeError):
            pass


class Core:
    def __init__(self, lab, conf=None, name="core", build=BUILD):
        self.lab, self.dir, self.process, self.build = lab, lab.dir / name, None, pathlib.Path(build)
        self.run_dir, self.state_dir, self.clock_file = self.dir / "run", self.dir / "state", self.dir / "clock"
        for d in (self.dir, self.run_dir, self.state_dir):
            d.mkdir(mode=0o755)
        self.people = {p["login"]: p for p in (person("alice"), person("bob"), person("oscar", ["operator"]),
                                               person("audra", ["auditor"]), person("dave", status="disabled"),
                                               person("carl", ["auditor", "operator"]), person("nora", []),
                                               person("dora", ["device-admin"]), person("dirk", ["device-admin"]),
                                               person("remy", ["records"]), person("sam", ["security"]),
                                               person("sid", ["security"]), person("kay", ["key-custodian"]))}
        self.policy = policy.document([(GROUP.format(r), r) for r in policy.ROLES])
        self.passwords, self.directory_up, self.workers, self.sessions = {}, True, [], {}
        self.badges, self.verifiers, self.aliases, self.binds = {}, {}, {}, []  # what the directory keeps, and who was tried
        self.values = {"run-dir": self.run_dir, "state-dir": self.state_dir, "log-name": "lab.invalid/log",
                       "test-clock": self.clock_file, "disk-reserve": "0", "pin-cost": "1024", "answer-timeout": "2s", "device-poll": "0s",
                       **{f"user-{u}": 0 for u in USERS}} | (conf or {})
        self.clock(0)

    # ---- life ----

    def start(self, workers=True, env=None, wrap=()):
        text = "".join(f"{k} = {conf_text(v)}\n" for k, v in self.values.items())
        (self.dir / "quoin.conf").write_text(text)
        self.process = self.lab.start(*wrap, self.build / "server/quoind", "-c", self.dir / "quoin.conf", log="quoind.log", env=env)
        wait_for(lambda: "quoind is not ready:\n" + self.log()[-4000:], self._ready)
        if self.policy:  # else: the database has one, or the test wants none
            a, self.policy = self.ctl("policy.init", {"document": policy.text(self.policy)}), None
            assert a.code == "ok", a
        if workers:
            self.work()
        return self

    def _ready(self):
        assert self.process.poll() is None, f"quoind ended with {self.process.returncode}:\n{self.log()[-4000:]}"
        try:
            Peer.dial(self.socket("ctl"), 1).close()
            return True
        except OSError:
            return False

    def work(self):
        """Directory and PIN workers of the test; two of each, as a hanging one must not stop the others."""
        for _ in range(2):
            self.workers.append(Worker(self, "ldap", self._ldap))
        self.serve_pins()
        self.wait_workers(ldap=2, pin=2)

    def serve_pins(self):
        """Without the directory: a real quoin-ldap may be that."""
        self.workers += [Worker(self, "pin", self._pin) for _ in range(2)]

    def wait_workers(self, **count):
        def there():
            have = self.ctl("status").fields["workers"]
            return all(int(have[k]) >= n for k, n in count.items())
        wait_for(lambda: f"workers are not ready: {self.ctl('status').fields}\n{self.log()[-3000:]}", there)

    def stop(self, sig=signal.SIGTERM):
        for w in self.workers:
            w.close()
        self.workers = []
        p, self.process = self.process, None
        if p:
            self.lab.stop(p, sig)
            return p.returncode
        return None

    def kill(self):
        self.stop(signal.SIGKILL)

    def restart(self, sig=signal.SIGTERM):
        self.stop(sig)
        return self.start()

    def log(self):
        return (self.lab.dir / "quoind.log").read_text(errors="replace")

    def clock(self, wall_ms, boot_ms=None):
        new = self.clock_file.with_suffix(".new")
        new.write_text(f"{wall_ms} {wall_ms if boot_ms is None else boot_ms}\n")
        new.rename(self.clock_file)

    # ---- the directory and the PIN hasher ----

    def _ldap(self, m):
        if not self.directory_up:
            return m.answer("away", text="the test's directory is away")
        p = self._whose(m)
        if not p:
            return m.answer("not-found", text="no such person")
        if m.verb == "ldap.bind":
            self.binds.append(m.fields["login"])
        if m.verb == "ldap.bind" and (m.secret["password"].decode() != self.passwords.get(p["login"], "pw-" + p["login"])
                                      or p["status"] != "active"):
            return m.answer("denied", text="wrong password")
        verifier = self.verifiers.get(p["login"]) if m.verb != "ldap.bind" else None
        groups = [g for g in p["groups"] if g in m.fields["groups"]]
        return m.answer("ok", p | {"groups": groups}, {"verifier": verifier} if verifier else None)

    def _whose(self, m):
        """By id, by login, by another name of theirs, or by badge."""
        if "id" in m.fields:
            return next((p for p in self.people.values() if p["id"] == m.fields["id"]), None)
        login = self.badges.get(m.secret["badge"].decode()) if m.verb == "ldap.badge" else m.fields["login"].lower()
        return self.people.get(self.aliases.get(login, login))

    def _pin(self, m):
        if m.verb == "pin.crypt":
            return m.answer("ok", secret={"hash": hashlib.sha256(crypt_hash(m.secret["pin"], m.secret["verifier"])).digest()})
        h = hashlib.scrypt(m.secret["pin"], salt=m.secret["salt"], n=m.fields["n"], r=8, p=1, dklen=32)
        return m.answer("ok", secret={"hash": h})

    # ---- peers ----

    def socket(self, name):
        return self.run_dir / f"{name}.sock"

    def dial(self, name):
        return Peer.dial(self.socket(name))

    def once(self, name, verb, fields=None, secret=None):
        p = self.dial(name)
        try:
            return p.call(verb, fields, secret)
        finally:
            p.close()

    def ctl(self, verb, fields=None, secret=None):
        return self.once("ctl", verb, fields, secret)

    def act(self, login, verb, fields=None, secret=None):
        """A verb of a role from the console, in a session that is kept, and made anew when it is over or not proved any more."""
        for fresh in (False, True):
            if fresh or login not in self.sessions:
                self.sessions[login] = self.login("console", login)
            a = self.once("console", verb, fields, self.sessions[login] | (secret or {}))
            if a.code not in ("denied", "proof"):
                break
        return a

    def propose(self, operation, document, by="dora", **fields):
        """The answer of request.propose."""
        ask = {"operation": operation, "document": json.dumps(document), "ticket": "T-1", "dry": 0}
        return self.act(by, "request.propose", ask | fields)

    def decide(self, operation, document, by="dora", approver="sam"):
        """Proposed by one, approved by another; nothing if it is like that already."""
        a = self.propose(operation, document, by)
        if a.code == "conflict" and "already" in a.text:
            return
        assert a.code == "ok", a
        a = self.act(approver, "request.approve", {"id": a.fields["id"], "hash": a.fields["hash"]})
        assert a.code == "ok", a

    def device(self, name="hall", uri="ipp://127.0.0.1:1/ipp/print", ceiling="restricted", **more):
        if not uri.startswith(("ipps:", "usb:")):  # in clear: by an exception
            more = {"plain-until": policy.days_ahead(300), "plain-reason": "lab"} | more
        self.decide("device", {"name": name, "uri": uri, "location": "Hall", "custodian": "Dora", "ceiling": ceiling} | more)

    def code(self, name="panel"):
        """A fresh one-time code of an approved terminal."""
        a = self.act("dora", "terminal.code", {"name": name})
        assert a.code == "ok", a
        return a.secret["code"]

    def terminal(self, name="panel", device="hall", ceiling="restricted", **more):
        """An enrolled terminal's credential."""
        self.decide("terminal", {"name": name, "device": device, "certificate": False, "ceiling": ceiling} | more)
        return self.once("kiosk", "terminal.enrol", secret={"code": self.code(name)}).secret["terminal"]

    def prove(self, where, login, who):
        """The password once more in a session."""
        a = self.once(where, "session.prove", None, who | {"password": b"pw-" + login.encode()})
        assert a.code == "ok", a
        return who

    def badge(self, login, number):
        """As sam imports it."""
        who = self.prove("console", "sam", self.login("console", "sam"))
        a = self.once("console", "badge.import", {"login": login}, who | {"badge": number.encode()})
        assert a.code == "ok", a

    def pin(self, login):
        """As its owner gets it in the portal."""
        a = self.once("portal", "pin.new", None, self.login("portal", login))
        assert a.code == "ok", a
        return a.secret["pin"]

    def kiosk(self, login="alice", terminal=None, password=None):
        """A session by password at a terminal."""
        t = terminal or self.terminal()
        a = self.once("kiosk", "login.password", {"login": login},
                      {"terminal": t, "password": (password or "pw-" + login).encode()})
        assert a.code == "ok", a
        return {"terminal": t, "session": a.secret["session"]}

    def login(self, where, login):
        a = self.once(where, "login.password", {"login": login}, {"password": b"pw-" + login.encode()})
        assert a.code == "ok", a
        return {"session": a.secret["session"]}

    def jobs(self, who, where="kiosk"):
        return self.once(where, "job.list", {"limit": 50}, who).fields["jobs"]

    def jobs_code(self, who, where="kiosk"):
        return self.once(where, "job.list", {"limit": 5}, who).code

    def release(self, who, *jobs, idem=None, again=(), options=None):
        ask = {"jobs": list(jobs), "again": list(again), "idem": idem or secrets.token_hex(12)}
        return self.once("kiosk", "job.release", ask | ({"options": options} if options else {}), who)

    # ---- what is durable ----

    def sql(self, query, *args):
        db = sqlite3.connect(f"file:{self.state_dir}/quoin.db?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(query, args).fetchall()
        finally:
            db.close()

    def state(self, job):
        names = {2: "held", 3: "releasing", 4: "printed", 5: "uncertain", 6: "damaged", 7: "erased"}
        rows = self.sql("select state from job where id = ?", job)
        return names[rows[0][0]] if rows else None

    def records(self, *events):
        rows = [json.loads(r[0]) for r in self.sql("select entry from audit order by seq")]
        return [r for r in rows if not events or r["ev"] in events]

    def said(self, text, device="hall"):
        """As if a printer had answered that when it was asked what it can do."""
        self.stop()
        db = sqlite3.connect(self.state_dir / "quoin.db")
        with db:
            db.execute("insert or replace into device_state (device, asked, answered, state, facts) "
                       "select id, 1, 1, 'idle', ? from device where name = ?", (text, device))
        db.close()
        self.start()

    def spool(self):
        return sorted((self.state_dir / "spool").glob("*/*.quoin"))


def expand(key, info, n):
    return HKDFExpand(hashes.SHA512(), n, info).derive(key)


def row(answer):
    """What a release, or another act on one job, came to."""
    assert answer.code == "ok", answer
    return answer.fields["jobs"][0]


class Arrival:
    """One job as intake brings it: begin(), seal(), commit()."""

    def __init__(self, core, data=b"%PDF-1.4\nhello\n%%EOF\n", owner="alice", title="Report", **fields):
        self.core, self.data, self.title = core, data, title
        self.options = fields.pop("options", {"copies": "1"})
        self.fields = {"cupsd": "cupsd", "cups_job": 1, "uuid": "urn:uuid:" + secrets.token_hex(8), "created": 1, "document": 1,
                       "queue": "secure", "owner": owner, "proof": "none", "title": title, "options": self.options} | fields
        self.peer = core.dial("core")

    def begin(self):
        a = self.peer.call("job.begin", self.fields)
        if a.code == "ok":
            self.job, self.key, self.fd, self.owner = a.fields["job"], a.secret["key"], a.fds[0], a.fields["owner"]
        return a

    def seal(self):
        options = json.dumps(self.options, sort_keys=True, separators=(",", ":"))
        text = b"".join(struct.pack(">I", len(t.encode())) + t.encode()
                        for t in (self.owner, self.fields["queue"], self.title, "application/pdf", options))
        mac = hmac.new(expand(self.key, b"quoin/v1 metadata", 32), text, hashlib.sha256).digest()
        header = b"QUOINJOB\0\1" + bytes(6) + bytes.fromhex(self.job.replace("-", "")) + mac
        salt = secrets.token_bytes(24)
        out = expand(self.key, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + header, 76)
        aead, base, self.commitment = AESGCM(out[:32]), int.from_bytes(out[32:44], "big"), out[44:]
        tags, body = hashlib.sha256(), []
        for i in range(len(self.data) // CHUNK + 1):
            c = aead.encrypt((base ^ i).to_bytes(12, "big"), self.data[i * CHUNK:(i + 1) * CHUNK], None)
            tags.update(c[-16:])
            body.append(c)
        self.tags = tags.digest()
        self.bytes = bytearray(header + salt + self.commitment + b"".join(body))

    def write(self):
        at = 0
        while at < len(self.bytes):
            at += os.write(self.fd, self.bytes[at:])
        os.fsync(self.fd)
        os.close(self.fd)

    def commit(self, **fields):
        return self.peer.call("job.commit", {"job": self.job, "format": "application/pdf", "length": len(self.data),
                                             "commitment": self.commitment.hex(), "tags": self.tags.hex()} | fields)

    def hold(self, **fields):
        """The whole way; the held job's id. fields: more of the commit."""
        a = self.begin()
        assert a.code == "ok", a
        self.seal()
        self.write()
        a = self.commit(**fields)
        assert a.code == "ok", a
        self.peer.close()
        return a.fields["job"]


FACTS = {"state": "idle", "text": "", "accepting": 1, "reasons": [], "model": "Lab", "firmware": "1.2", "uuid": "urn:uuid:1",
         "certificate": "", "create_job": 1, "formats": ["application/pdf"], "copies": 99, "sides": ["one-sided"], "colors": ["monochrome"],
         "media": ["iso_a4_210x297mm"], "finishings": ["none"], "supplies": []}


class Prober:
    """Deliver processes that are good for asking printers: printers[device] are the facts that differ from FACTS, or None for no answer;
    by default everybody is idle. seen: what they were given, with the time on the machine's clock."""

    def __init__(self, core, processes=4):
        self.printers, self.seen, self.pause, self.verdict = {}, [], 0, {"outcome": "printed", "why": "", "impressions": 1, "sheets": 1}
        self.workers = [Worker(core, "deliver", self._answer, once=True) for _ in range(processes)]
        core.workers += self.workers

    def _answer(self, m):
        self.seen.append((time.monotonic(), m))
        if self.pause:
            time.sleep(self.pause)
        if m.verb == "deliver.test":
            return m.answer("ok", self.verdict)
        said = self.printers.get(m.fields["device"], {})
        return m.answer("ok", FACTS | said) if said is not None else None

    def asked_names(self):
        return {m.fields["device"] for _, m in self.seen}

    def asked(self, device):
        return sum(m.fields["device"] == device for _, m in self.seen)


class Deliver:
    """One deliver process, played step by step."""

    def __init__(self, core):
        self.peer = core.dial("deliver")
        assert self.peer.call("worker.ready", {"kind": "deliver"}).code == "ok"

    def work(self):
        """The job it is given."""
        self.job = self.peer.recv()
        assert self.job is None or self.job.verb == "deliver.job", self.job
        return self.job

    def created(self, number=7):
        return self.peer.call("deliver.created", {"job": self.job.fields["job"], "printer_job": number, "printer_uuid": "urn:x",
                                                  "up_time": 5})

    def sent(self):
        return self.peer.call("deliver.sent", {"job": self.job.fields["job"]})

    def answer(self, outcome, why="", impressions=-1, sheets=-1):
        self.peer.send(self.job.answer("ok", {"outcome": outcome, "why": why, "impressions": impressions, "sheets": sheets}))

    def errand(self, verb="deliver.ask"):
        """The errand it is given; said() answers it."""
        self.job = self.peer.recv()
        assert self.job is None or self.job.verb == verb, self.job
        return self.job

    said = answer

    def stopped(self):
        """The job that it is told to stop."""
        m = self.peer.recv()
        assert m.verb == "deliver.stop" and m.code is None, m
        return m.fields["job"]

    def document(self):
        """What the file it was given holds, opened by a second implementation."""
        f, key = self.job.fields, self.job.secret["key"]
        data = os.pread(self.job.fds[0], 1 << 30, 0)
        header, salt, commitment, body = data[:64], data[64:88], data[88:120], data[120:]
        assert header[32:].hex() == f["mac"] and commitment.hex() == f["commitment"]
        out = expand(key, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + header, 76)
        aead, base, plain = AESGCM(out[:32]), int.from_bytes(out[32:44], "big"), b""
        for i in range(len(body) // (CHUNK + 16) + 1):
            plain += aead.decrypt((base ^ i).to_bytes(12, "big"), body[i * (CHUNK + 16):(i + 1) * (CHUNK + 16)], None)
        assert len(plain) == f["length"]
        return plain


__all__ = ["Arrival", "Core", "Deliver", "FACTS", "Message", "Prober", "Worker", "crypt_hash", "person", "row"]
