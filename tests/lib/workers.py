"""quoin-ldap with a core that a test plays: hands work to its workers and times their answers."""
import queue
import time

from lib.lab import BUILD, run, wait_for
from lib.wire import FakeCore, Message

PROGRAM = BUILD / "ldap" / "quoin-ldap"
LIMIT = 5.0


class Workers:
    def __init__(self, lab, conf, mode="ldap", workers=2, env=None, answer="5s", under=()):
        """under: a command that starts the program, e.g. in another mount namespace."""
        self.run = lab.dir / "run"
        self.run.mkdir(exist_ok=True)
        self.conf = lab.dir / f"quoin-{mode}.conf"
        self.conf.write_text(f'run-dir = "{self.run}"\nlog-level = 7\ndirectory-workers = {workers}\npin-workers = {workers}\n'
                             f'answer-timeout = {answer}\n{conf}')
        self.idle, self.waiting, self.seq, self.readies = queue.Queue(), {}, 0, 0
        self.core = FakeCore(self.run / f"{mode}.sock", self.message)
        lab.closers.append(lambda: self.core.close())
        self.proc = lab.start(*under, PROGRAM, "-m", mode, "-c", self.conf, env=env, log=f"quoin-{mode}.log")
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
        return self.ask("ldap.find", {"login": login}, **kw)

    def bind(self, login, secret, **kw):
        return self.ask("ldap.bind", {"login": login}, {"password": secret if isinstance(secret, bytes) else secret.encode()}, **kw)

    def children(self):
        return [int(p) for p in run("pgrep", "-P", self.proc.pid, check=False).stdout.split()]
