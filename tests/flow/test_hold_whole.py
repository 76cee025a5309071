"""lp to held through every real process: cupsd, backend, intake, core, directory."""
import hashlib
import os
import signal

import pytest

from lib import decrypt, directory
from lib.cups import Cups
from lib.documents import pdf
from lib.lab import wait_for
from lib.quoin import Quoin

DONE = ("completed", "canceled", "aborted")


class Whole:
    def __init__(self, lab):
        self.lab, self.cups = lab, Cups(lab)
        self.quoin = Quoin(lab, directory=directory.demo(lab), cups=self.cups)
        self.cups.backend(self.quoin.build / "backend/quoin")
        self.quoin.start()
        self.cups.start()
        self.cups.queue(uri=self.quoin.queue_uri)

    def file(self, name, data):
        path = self.lab.dir / name
        path.write_bytes(data)
        os.chmod(path, 0o644)
        return path

    def lp(self, *files, user="alice", **kw):
        return self.cups.wait_state(self.cups.lp(*files, user=user, **kw), *DONE)

    def jobs(self):
        return self.quoin.sql("SELECT id, owner_name, cups_job, document, format FROM job WHERE state = 2 ORDER BY n")

    def documents(self):
        """What a second implementation reads out of the spool."""
        rows = [decrypt.read_row(self.quoin.state_dir / "quoin.db", j[0]) for j in self.jobs()]
        return [decrypt.decrypt(self.quoin.state_dir, r) for r in rows]


@pytest.fixture
def whole(lab):
    return Whole(lab)


def test_pdf_and_text_come_out_as_they_went_in(whole):
    document = pdf(padding=200_000)
    assert whole.lp(whole.file("a.pdf", document), title="T\u00e4st") == "completed"
    assert whole.lp(whole.file("a.txt", b"text\n")) == "completed"
    one, two = whole.documents()
    assert one == document and two.startswith(b"%PDF-") and two.rstrip().endswith(b"%%EOF")
    assert [(j[1], j[3], j[4]) for j in whole.jobs()] == [("alice", 1, "application/pdf"), ("alice", 0, "application/pdf")]
    assert whole.cups.spooled() == []


def test_documents_of_one_job_are_jobs_of_their_own(whole):
    a, b = whole.file("a.pdf", pdf("one")), whole.file("b.pdf", pdf("two"))
    assert whole.lp(a, b, a) == "completed"
    assert sorted(whole.documents()) == sorted([pdf("one"), pdf("two"), pdf("one")])


def test_nobody_that_the_directory_knows_is_refused_in_plain_words(whole):
    a = whole.file("a.pdf", pdf())
    n = whole.cups.lp(a, user="nobody-known")
    assert whole.cups.wait_state(n, *DONE) == "canceled"
    assert "The job was refused" in whole.cups.job(n)["job-printer-state-message"]
    assert whole.jobs() == [] and whole.cups.spooled() == []


def test_a_restarted_cupsd_holds_once(whole):
    core = wait_for("no core", lambda: whole.quoin.main_pid("core"))
    os.kill(core, signal.SIGSTOP)
    n = whole.cups.lp(whole.file("a.pdf", pdf(padding=50_000)), user="alice")
    # The hand-over has been accepted and cupsd has confirmed the job: intake now waits for the core alone.
    access = whole.cups.dir / "log/error_log"
    wait_for(whole.cups.log, lambda: "Returning IPP successful-ok for Get-Job-Attributes" in access.read_text(errors="replace"))
    whole.cups.kill()
    whole.cups.start()
    wait_for(whole.cups.log, lambda: len(whole.cups.backends()) == 2)
    os.kill(core, signal.SIGCONT)
    assert whole.cups.wait_state(n, *DONE) == "completed"
    wait_for(whole.cups.log, lambda: not whole.cups.backends())
    assert len(whole.jobs()) == 1 and len(whole.quoin.spool()) == 1


@pytest.mark.parametrize("name", ["core", "intake"])
def test_a_killed_process_delays_and_loses_nothing(whole, name):
    a = whole.file("a.pdf", pdf(padding=3_000_000))
    jobs = [whole.cups.lp(a, a, user="alice") for _ in range(3)]
    whole.quoin.kill(name)
    for n in jobs:
        assert whole.cups.wait_state(n, *DONE, seconds=90) == "completed"
    assert sorted((j[2], j[3]) for j in whole.jobs()) == sorted((n, d) for n in jobs for d in (1, 2))
    assert {hashlib.sha256(d).hexdigest() for d in whole.documents()} == {hashlib.sha256(a.read_bytes()).hexdigest()}
    assert len(whole.quoin.spool()) == 6
