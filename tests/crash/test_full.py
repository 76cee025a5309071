"""The state folder on a small tmpfs that is full at each of many sizes while a document of 1 MiB comes in: real short writes, real
ENOSPC. The job is held or waits in CUPS; it is never held by half, and with room again it is held, once."""
import contextlib
import os
import secrets
import sqlite3

from lib.lab import run
from lib.pdf import pdf

from . import check
from .check import must
from .story import OK, RETRY, Story

MEGABYTE, ROOM, PAGE = 1 << 20, 256 << 20, 4096


class Full(Story):
    def _furnish(self):
        self.quoin.values["disk-reserve"] = "0"  # or it would refuse in time, which is not what is tested
        self.quoin.write_conf()
        self.mount = self.quoin.state_dir
        self.mount.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", self.mount)
        super()._furnish()

    def close(self):
        super().close()
        run("umount", self.mount, check=False)

    def room(self, free=ROOM):
        with contextlib.closing(sqlite3.connect(self.mount / "quoin.db", timeout=10)) as db:
            db.execute("pragma wal_checkpoint(truncate)")  # what comes next needs room for its transaction, too
        s = os.statvfs(self.mount)
        run("mount", "-o", f"remount,size={(s.f_blocks - s.f_bfree) * s.f_frsize + free}", self.mount)

    def document(self, n):
        self.documents[n] = pdf(secrets.token_hex(16), f"{n}", filler=MEGABYTE)
        self.uuids[n] = "urn:uuid:" + "-".join(secrets.token_hex(k) for k in (4, 2, 2, 2, 6))
        self._spooled(n).write_bytes(self.documents[n])

    def play(self, sizes):
        self.scenes, self.acked, self.browser, self.consents = set(), set(), None, 0
        self.mark, self.documents, self.uuids = "full", {}, {}
        self.cupsd.uuids = self.uuids
        self.backend = self.tracer.real["backend"]
        self.quoin.start()
        codes = [self._at(n, free) for n, free in enumerate(sizes, 1)]
        for n in self.documents:
            check.opens(self.quoin, n, self.documents[n])
        self._tidy()
        self._until("the log is not whole", self._verify)
        self.quoin.stop()
        check.database(self.quoin)
        return codes

    def _at(self, n, free):
        self.document(n)
        self.room(free)
        code = self._backend(n)
        must(code in (OK, RETRY), "the backend ended with", code, "at", free)
        if code == OK:
            check.opens(self.quoin, n, self.documents[n])
        self.room()
        self._hold(n)
        check.opens(self.quoin, n, self.documents[n])
        return code


def test_a_disk_that_is_full_at_any_point(lab, capsys):
    story = Full(lab)
    try:
        sealed = len(pdf("", "1", filler=MEGABYTE)) // 16384 * 16400 + 16384
        codes = story.play([*range(0, sealed, 32 * PAGE), *range(sealed - 4 * PAGE, sealed + 44 * PAGE, 4 * PAGE)])
    finally:
        story.close()
    with capsys.disabled():
        print(f"\nfull: {len(codes)} points of {len(codes)} reached, held {codes.count(OK)}, waiting {codes.count(RETRY)}")
    assert codes[0] == RETRY and codes[-1] == OK
    assert "No space left" in story.quoin.log() and "the store failed" in story.quoin.log(), "neither document nor database was cut off"
