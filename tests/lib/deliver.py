"""quoin-deliver with a core that a test plays."""
import queue

from lib.lab import BUILD, run
from lib.sealer import Sealed
from lib.wire import FakeCore, Message


class Delivery:
    """One deliver.job that was given away: result() waits for its answer."""

    def __init__(self, sealed, log):
        self.sealed, self.log, self.events, self.answer = sealed, log, [], queue.Queue()

    def result(self, seconds=30):
        try:
            a = self.answer.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no answer in {seconds} s after {self.events}\n{self.log()}") from None
        assert a is not None, "the worker is gone"
        assert a.code == "ok", a
        return a.fields

    def short(self, seconds=30):
        f = self.result(seconds)
        return f"{f['outcome']} {f['why']}".strip()


class Deliver:
    """The program and its core. on[verb] = f(delivery, message) -> answer, for deliver.created and deliver.sent."""

    def __init__(self, lab, wrap=(), **conf):
        self.lab, self.on, self.idle, self.running = lab, {}, queue.Queue(), {}
        self.run = lab.dir / "run"
        self.run.mkdir()
        lines = [f'run-dir = "{self.run}"', "log-level = 7", *(f'{k.replace("_", "-")} = "{v}"' for k, v in conf.items())]
        self.conf = lab.dir / "quoin.conf"
        self.conf.write_text("\n".join(lines) + "\n")
        self.core = FakeCore(self.run / "deliver.sock", self._handle)
        lab.closers.append(self.core.close)
        self.proc = lab.start(*wrap, BUILD / "deliver/quoin-deliver", "-c", self.conf)
        lab.closers.append(self.close)

    def _handle(self, peer, m):
        if m.verb == "worker.ready":
            peer.send(m.answer())
            self.idle.put(peer)  # only now may work follow
            return None
        d = self.running.get(peer)
        d.events.append(m)
        if m.code is not None:
            d.answer.put(m)
            return None
        return self.on[m.verb](d, m) if m.verb in self.on else m.answer()

    def _worker(self):
        """The connection of an idle worker."""
        try:
            return self.idle.get(timeout=40)
        except queue.Empty:
            processes = run("ps", "-eo", "pid,ppid,stat,etimes,wchan:30,cmd").stdout
            raise AssertionError(f"no worker is idle\n{self.log()}\n{processes}") from None

    def give(self, uri, data=b"%PDF-1.4\n%%EOF\n", sealed=None, options=None, format="application/pdf", code="Q7F3K2",
             verify_max=1 << 26, **more):
        """Hands a release to an idle worker."""
        sealed = sealed or Sealed(data)
        fd = sealed.save(self.lab.dir / sealed.job)
        d = Delivery(sealed, self.log)
        d.peer = self._worker()
        self.running[d.peer] = d
        fields = sealed.fields() | {"device": "lab", "uri": uri, "format": format, "options": options or {}, "code": code,
                                    "verify_max": verify_max} | more
        d.peer.send(Message("deliver.job", fields, {"key": sealed.key}, [fd], seq=7))
        return d

    def errand(self, verb, uri, seconds=30, **more):
        """Hands another errand to an idle worker; the fields of its answer."""
        d = Delivery(None, self.log)
        d.peer = self._worker()
        self.running[d.peer] = d
        d.peer.send(Message(verb, {"device": "lab", "uri": uri} | more, seq=7))
        return d.result(seconds)

    def ask(self, uri, stage, job=41, code="Q7F3K2", uuid=None, up_time=1000, cancel=0, **more):
        """An errand: what became of a job that an earlier process gave away."""
        d = Delivery(None, self.log)
        d.peer = self._worker()
        self.running[d.peer] = d
        uuid = f"urn:uuid:00000000-0000-0000-0000-{job:012d}" if uuid is None else uuid
        d.peer.send(Message("deliver.ask", {"job": "01a1ff83-2e8d-7416-a02e-8011d3aae6b8", "device": "lab", "uri": uri, "code": code,
                                            "stage": stage, "printer_job": job, "printer_uuid": uuid, "up_time": up_time,
                                            "cancel": cancel} | more, seq=8))
        return d

    @staticmethod
    def stop(d):
        """Its owner wants it stopped."""
        d.peer.send(Message("deliver.stop", {"job": d.sealed.fields()["job"]}))

    def close(self):
        self.lab.stop(self.proc)
        assert "Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log()

    def log(self):
        return self.proc.log.read_text(errors="replace")
