"""The log against an independent reader, and every kind of tampering against `quoinctl audit verify`.

Nothing of Quoin's own code is used to recompute root, note and key id: only hashlib, sqlite3 and python3-cryptography."""
import base64
import hashlib
import json
import os
import shutil
import sqlite3

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lib.lab import BUILD, run

LOG = "print.example.com/log"


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes):
    """RFC 6962 section 2.1, as it is written there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return hashlib.sha256(b"\1" + root(hashes[:k]) + root(hashes[k:])).digest()


class Log:
    def __init__(self, lab, turns=3, records=100):
        self.dir = lab.dir / "state"
        self.dir.mkdir(mode=0o700)
        self.conf = lab.dir / "quoin.conf"
        self.conf.write_text(f'state-dir = "{self.dir}"\nlog-name = "{LOG}"\n')
        self.write(turns, records)

    def write(self, turns, records, *more, check=True):
        return run(BUILD / "tests/unit/audit-sample", self.dir, LOG, turns, records, *more, check=check)

    def sql(self, text, *args):
        with sqlite3.connect(self.dir / "quoin.db") as db:
            db.execute("DROP TRIGGER IF EXISTS audit_fixed")
            db.execute("DROP TRIGGER IF EXISTS audit_kept")
            rows = db.execute(text, args).fetchall()
        db.close()
        return rows

    def entries(self):
        return [e.encode() for (e,) in self.sql("SELECT entry FROM audit ORDER BY seq")]

    def verify(self, *more):
        p = run(BUILD / "ctl/quoinctl", "-c", self.conf, "audit", "verify", "--json", *more, check=False)
        out = json.loads(p.stdout)
        assert {"whole": 0, "findings": 1, "unchecked": 2}[out["result"]] == p.returncode
        return out

    def found(self):
        """(what, first, last) of each finding."""
        out = self.verify()
        assert out["result"] == "findings"
        return [(f["what"], f.get("record"), f.get("last")) for f in out["findings"]]

    def head(self):
        """The newer whole slot of the head file, read by quoin-audit(5) alone: note and edge."""
        best = None
        data = (self.dir / "log-head").read_bytes()
        for slot in (data[:4096], data[4096:8192]):
            bare = slot[:32] + bytes(32) + slot[64:]
            if slot[:8] == b"QUOINLOG" and hashlib.sha256(bare).digest() == slot[32:64]:
                best = max(best or (0,), (int.from_bytes(slot[16:24], "big"), slot))
        note_len, edge_len = (int.from_bytes(best[1][a:a + 2], "big") for a in (12, 14))
        body = best[1][64:]
        return body[:note_len].decode(), body[note_len:note_len + edge_len]


@pytest.fixture
def log(lab):
    return Log(lab)


def refused(log):
    """The core does not start with it."""
    p = log.write(0, 0, check=False)
    return p.returncode == 1 and "audit log: " in p.stderr


def open_note(text, vkey):
    """(origin, size, root) of a C2SP signed checkpoint after checking its signature."""
    name, key_id, typed = vkey.strip().split("+", 2)
    typed = base64.b64decode(typed, validate=True)
    assert typed[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4].hex() == key_id
    said, signatures = text.split("\n\n", 1)
    dash, signer, sig = signatures.rstrip("\n").split(" ")
    sig = base64.b64decode(sig, validate=True)
    assert (dash, signer, sig[:4].hex()) == ("\u2014", name, key_id)
    Ed25519PublicKey.from_public_bytes(typed[1:]).verify(sig[4:], (said + "\n").encode())
    origin, size, top = said.split("\n")
    return origin, int(size), base64.b64decode(top, validate=True)


def test_root_and_signature_are_what_the_standards_say(log):
    vkey = (log.dir / "log-key.pub").read_text()
    for size in (300, 301, 308):
        note, edge = log.head()
        entries = log.entries()
        assert len(entries) == size
        assert open_note(note, vkey) == (LOG, size, root([leaf(e) for e in entries]))
        assert edge == edge_of([leaf(e) for e in entries])
        assert [bytes(h) for (h,) in log.sql("SELECT leaf FROM audit ORDER BY seq")] == [leaf(e) for e in entries]
        log.write(1, 1 if size == 300 else 7)
    forged = note.replace("\n308\n", "\n307\n")
    with pytest.raises(InvalidSignature):
        open_note(forged, vkey)


def edge_of(hashes):
    out, at = b"", 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> bit & 1:
            out += root(hashes[at:at + (1 << bit)])
            at += 1 << bit
    return out


def test_records_are_canonical_json(log):
    for seq, entry in enumerate(log.entries()):
        record = json.loads(entry)
        assert json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == entry
        assert (record["seq"], record["v"], record["req"]) == (seq, 1, "r0123456789abcdef")
        assert {"ts", "boot", "ev"} <= set(record)


def test_whole_log(log):
    out = log.verify()
    assert (out["result"], out["records"], out["signed"], out["findings"]) == ("whole", 300, 300, [])
    assert bytes.fromhex(out["root"]) == root([leaf(e) for e in log.entries()])
    p = run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "verify")
    assert p.stdout == f"the audit log is whole: 300 records, 300 of them under the signed head of {LOG}\n"


def test_unsigned_tail_is_whole(log):
    log.write(2, 5, "unsigned")
    out = log.verify()
    assert (out["result"], out["records"], out["signed"]) == ("whole", 310, 300)


def test_beside_a_running_writer(log):
    db = sqlite3.connect(log.dir / "quoin.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO fact VALUES ('x', 1)")
    assert log.verify()["result"] == "whole"
    db.execute("ROLLBACK")
    db.close()


def test_edited_byte(log):
    log.sql("UPDATE audit SET entry = replace(entry, '\"class\":1', '\"class\":2') WHERE seq = 17 + 100")
    assert log.found() == [("edited", 117, 117)]
    assert "record 117 was changed" in log.verify()["findings"][0]["text"]


def test_every_single_byte_of_a_record(lab):
    log = Log(lab, 1, 3)
    good = log.entries()[1]
    for i in range(len(good)):
        bad = good[:i] + bytes([good[i] ^ 1]) + good[i + 1:]
        log.sql("UPDATE audit SET entry = CAST(? AS TEXT) WHERE seq = 1", bad)
        assert log.found() == [("edited", 1, 1)], i


def test_edited_hash(log):
    log.sql("UPDATE audit SET leaf = zeroblob(32) WHERE seq = 5")
    found = log.found()
    assert ("edited", 5, 5) in found


def test_edited_byte_with_its_hash(log):
    bad = log.entries()[130].replace(b"J", b"K", 1)
    log.sql("UPDATE audit SET entry = CAST(? AS TEXT), leaf = ? WHERE seq = 130", bad, leaf(bad))
    found = log.found()
    assert ("rewritten", 0, 255) in found
    assert all(first <= 130 <= last for _, first, last in found)


def test_whole_log_rewritten_without_the_key(log):
    entries = [e.replace(b"class", b"klass") for e in log.entries()]
    for i, e in enumerate(entries):
        log.sql("UPDATE audit SET entry = CAST(? AS TEXT), leaf = ? WHERE seq = ?", e, leaf(e), i)
    log.sql("UPDATE head SET edge = ?", edge_of([leaf(e) for e in entries]))
    assert ("rewritten", 0, 255) in log.found()


def test_deleted_middle_row(log):
    log.sql("DELETE FROM audit WHERE seq = 150")
    assert log.found() == [("missing", 150, 150)]


def test_deleted_middle_rows_and_first(log):
    log.sql("DELETE FROM audit WHERE seq IN (0, 20, 21, 22)")
    assert log.found() == [("missing", 0, 0), ("missing", 20, 22)]


def test_swapped_rows(log):
    log.sql("UPDATE audit SET seq = 1000 WHERE seq = 7")
    log.sql("UPDATE audit SET seq = 7 WHERE seq = 8")
    log.sql("UPDATE audit SET seq = 8 WHERE seq = 1000")
    assert ("rewritten", 0, 255) in log.found()


def test_last_row(log):
    log.sql("DELETE FROM audit WHERE seq = 299")
    assert log.found() == [("tail-missing", 299, 299)]
    assert refused(log)


def test_last_hundred(log):
    log.sql("DELETE FROM audit WHERE seq >= 200")
    assert log.found() == [("tail-missing", 200, 299)]
    assert refused(log)


def test_whole_table(log):
    log.sql("DELETE FROM audit")
    assert log.found() == [("table-empty", 0, 299)]
    assert refused(log)


def test_tail_cut_with_its_head_row(log):
    entries = log.entries()[:250]
    log.sql("DELETE FROM audit WHERE seq >= 250")
    log.sql("UPDATE head SET size = 250, edge = ?", edge_of([leaf(e) for e in entries]))
    assert log.found() == [("older-database", 250, 299)]
    assert refused(log)


def test_edited_head_row(log):
    log.sql("UPDATE head SET edge = zeroblob(length(edge))")
    assert log.found() == [("head-row", 0, 255)]
    assert refused(log)
    log.sql("UPDATE head SET edge = x'00'")
    assert log.found() == [("head-row", None, None)]


def test_older_copy_of_the_database(log):
    shutil.copy(log.dir / "quoin.db", log.dir / "quoin.old")
    log.write(1, 40)
    shutil.copy(log.dir / "quoin.old", log.dir / "quoin.db")
    assert log.found() == [("older-database", 300, 339)]
    assert "head file signed 340" in log.verify()["findings"][0]["text"]
    assert refused(log)


def test_older_copy_of_the_head_file(log):
    shutil.copy(log.dir / "log-head", log.dir / "head.old")
    log.write(1, 40)
    log.write(1, 1)
    shutil.copy(log.dir / "head.old", log.dir / "log-head")
    assert log.found() == [("older-head", None, None)]
    assert refused(log)


def test_database_gone(log):
    for name in ("quoin.db", "quoin.db-wal", "quoin.db-shm"):
        if (log.dir / name).exists():
            os.unlink(log.dir / name)
    assert log.found() == [("database-missing", 0, 299)]
    assert refused(log)


def test_head_file_gone_or_torn(log):
    data = (log.dir / "log-head").read_bytes()
    (log.dir / "log-head").write_bytes(bytes(8192))
    assert log.found() == [("head-bad", None, None)]
    assert refused(log)
    os.unlink(log.dir / "log-head")
    assert log.found() == [("head-missing", None, None)]
    assert refused(log)
    newer = max((0, 4096), key=lambda at: int.from_bytes(data[at + 16:at + 24], "big"))
    (log.dir / "log-head").write_bytes(data[:newer + 1000] + b"torn" + data[newer + 1004:])
    out = log.verify()  # the slot before: of the empty log
    assert (out["result"], out["signed"]) == ("whole", 0)


def test_records_past_the_end(log):
    log.sql("INSERT INTO audit VALUES (300, '{}', ?)", leaf(b"{}"))
    assert ("tail-added", 300, 300) in log.found()
    log.sql("UPDATE audit SET seq = 9000000000000000 WHERE seq = 300")
    assert ("missing", 300, 8999999999999999) in log.found()  # and it ends


def test_very_many_findings(log):
    log.sql("UPDATE audit SET leaf = zeroblob(32)")
    out = log.verify()
    assert len(out["findings"]) == 200 and out["more"] > 99
    p = run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "verify", check=False)
    assert p.stdout.splitlines()[-1] == f"the audit log is NOT whole: {200 + out['more']} findings"


def test_root_looking_leaves_no_file_that_the_core_cannot_use(log):
    """The log is checked by root while the core, another user, is stopped."""
    for path in (log.dir, *log.dir.iterdir()):
        os.chown(path, 65534, 65534)
    assert log.verify()["result"] == "whole"
    assert {path.stat().st_uid for path in log.dir.iterdir()} == {65534}


def test_anothers_key(log):
    other = log.dir / "other.pub"
    other.write_text("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n")
    out = log.verify("--key", other)
    assert {f["what"] for f in out["findings"]} == {"head-bad", "head-row"}
    other.write_text("nonsense")
    assert log.verify("--key", other)["result"] == "unchecked"
    os.unlink(log.dir / "log-key.pub")
    assert log.verify()["result"] == "unchecked"


def test_damaged_page(log):
    log.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (log.dir / "quoin.db").stat().st_size
    with open(log.dir / "quoin.db", "r+b") as f:
        f.seek(size // 2)
        f.write(os.urandom(40000))
    assert log.verify()["result"] in ("findings", "unchecked")
    with open(log.dir / "quoin.db", "r+b") as f:
        f.write(os.urandom(4096))
    assert log.verify()["result"] == "unchecked"


def test_list(log):
    p = run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "list", "-n", "3")
    lines = p.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["297", "298", "299"]
    assert 'who={"ids":[1,' in lines[0] and "req=r0123456789abcdef" in lines[0]
    p = run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "list", "--json", "-n", "1000")
    assert p.stdout.encode() == b"".join(e + b"\n" for e in log.entries())
    log.sql("UPDATE audit SET entry = '{\"ev\":\"\\u001b[31m\",\"x\":\"\u009b1m\"}' WHERE seq = 299")
    p = run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "list", "-n", "1")
    assert "\x1b" not in p.stdout and "\x9b" not in p.stdout
    for bad in (["-n", "0"], ["-n", "x"], ["more"]):
        assert run(BUILD / "ctl/quoinctl", "-c", log.conf, "audit", "list", *bad, check=False).returncode == 2
