"""quoin-ldap with a core that a test plays: hands work to its workers and times their answers."""
import queue
import re
import time

from lib.lab import BUILD, run, wait_for
from lib.wire import FakeCore, Message

PROGRAM = BUILD / "ldap" / "quoin-ldap"
LIMIT = 5.0


def role_groups(conf):
    """The configuration without its role-group lines, and what these say: (group's name, role)."""
    line = re.compile(r'^role-group "(.*)" \{ role = "?([\w-]+)"? \}\n', re.M)
    return line.sub("", conf), [(dn.replace("\\\\", "\\"), role) for dn, role in line.findall(conf)]


def explain_words(roles):
    """What `quoinctl directory test` passes on of the role map."""
    return [w for dn, role in roles for w in ("-g", f"{role}={dn}")]


class Workers:
    def __init__(self, lab, conf, mode="ldap", workers=2, env=None, answer="5s", under=(), name=""):
        """conf may hold role-group lines: these are the groups that find(), bind() and badge() ask about.

        under: a command that starts the program, e.g. in another mount namespace."""
        conf, roles = role_groups(conf)
        self.groups = [dn for dn, _ in roles]
        self.run = lab.dir / f"run{name}"
        self.run.mkdir(exist_ok=True)
        self.conf = lab.dir / f"quoin-{mode}{name}.conf"
        self.conf.write_text(f'run-dir = "{self.run}"\nlog-level = 7\ndirectory-workers = {workers}\npin-workers = {workers}\n'
                             f'answer-timeout = {answer}\n{conf}')
        self.idle, self.waiting, self.seq, self.readies = queue.Queue(), {}, 0, 0
        self.core = FakeCore(self.run / f"{mode}.sock", self.message)
        lab.closers.append(lambda: self.core.close())
        self.proc = lab.start(*under, PROGRAM, "-m", mode, "-c", self.conf, env=env, log=f"quoin-{mode}{name}.log")
        wait_for(self.log, lambda: self.idle.qsize() == workers)

    def message(self, peer, m):
        if m.code is None:
            assert m.verb == "worker.ready"
            self.readies += 1
            peer.send(m.answer())
        else:
            self.waiting.pop(m.seq).put(m)
        self.idle.put(peer)

    def log(self):
        return self.proc.log.read_text(errors="replace")

    def start(self, verb, fields, secret=None):
        """Hands the request to an idle worker; the queue gets its answer."""
        self.seq += 1
        answer = self.waiting[self.seq] = queue.Queue()
        while True:
            peer = self.idle.get(timeout=10)
            try:
                peer.send(Message(verb, fields, secret, seq=self.seq))
                return answer
            except OSError:
                continue

    def ask(self, verb, fields, secret=None, limit=LIMIT):
        begin = time.monotonic()
        try:
            m = self.start(verb, fields, secret).get(timeout=limit + 3)
        except queue.Empty:
            raise AssertionError(f"{verb} was never answered\n{self.log()}") from None
        took = time.monotonic() - begin
        assert took < limit, (took, self.log())
        return m

    def find(self, login, **kw):
        return self.ask("ldap.find", {"login": login, "groups": self.groups}, **kw)

    def find_id(self, id_, **kw):
        return self.ask("ldap.find", {"id": id_, "groups": self.groups}, **kw)

    def badge(self, number, **kw):
        return self.ask("ldap.badge", {"groups": self.groups}, {"badge": number.encode()}, **kw)

    def bind(self, login, secret, **kw):
        return self.ask("ldap.bind", {"login": login, "groups": self.groups}, {"password": secret if isinstance(secret, bytes) else secret.encode()}, **kw)

    def children(self):
        return [int(p) for p in run("pgrep", "-P", self.proc.pid, check=False).stdout.split()]
