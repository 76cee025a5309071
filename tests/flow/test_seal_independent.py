"""Sealed jobs are what quoin-job(5) says: a decryptor written from the page alone gets the same bytes."""
import os
import sqlite3

import pytest

from lib import decrypt
from lib.lab import BUILD, run

SIZES = (0, 1, 1000, 16383, 16384, 16385, 262143, 262144, 262145, 1048576, 5000001)  # the last one has more than 256 chunks


def seal(state, owner, klass, shred, title, *documents):
    """Rows of jobs made by the unit build's test-only maker."""
    out = run(BUILD / "tests/unit/seal-job", state, owner, klass, shred, title, *documents).stdout
    rows = []
    for line in out.splitlines():
        job, name, level, key, length, *blobs = line.split("\t")
        wrapped, commitment, tags, sealed_title = map(bytes.fromhex, blobs)
        rows.append({"id": job, "owner_name": name, "class": int(level), "shred": key, "length": int(length),
                     "wrapped": wrapped, "commitment": commitment, "tags": tags, "sealed_title": sealed_title})
    return rows


@pytest.fixture
def state(lab):
    path = lab.dir / "state"
    path.mkdir(mode=0o700)
    return path


def document(lab, n, name="doc"):
    path = lab.dir / f"{name}-{n}"
    path.write_bytes(os.urandom(n))
    return path


def test_every_size_is_read_back_by_the_other_program(lab, state):
    docs = [document(lab, n) for n in SIZES]
    rows = seal(state, "alice", 2, "shred:2:1", "Quarterly figures", *docs)
    for row, doc in zip(rows, docs, strict=True):
        assert decrypt.decrypt(state, row) == doc.read_bytes()
        assert decrypt.spool_file(state, row).stat().st_mode & 0o777 == 0o600


def test_title_and_metadata(lab, state):
    title = "Lohnzettel \u20ac 2026"
    row, = seal(state, "bj\u00f6rn", 3, "shred:3:77", title, document(lab, 10))
    assert decrypt.text(state, row, "title", row["sealed_title"]).decode() == title
    header = decrypt.spool_file(state, row).read_bytes()[:64]
    assert decrypt.metadata_mac(state, row, "bj\u00f6rn", "secure", title, "application/pdf", "{}") == header[32:]
    with pytest.raises(decrypt.Refused, match="options"):
        decrypt.text(state, row, "options", row["sealed_title"])


def test_rows_come_from_a_database_too(lab, state):
    doc = document(lab, 70000)
    row, = seal(state, "alice", 1, "shred:1:1", "t", doc)
    db = sqlite3.connect(lab.dir / "db")
    db.execute(f"CREATE TABLE job ({', '.join(decrypt.COLUMNS)})")
    db.execute(f"INSERT INTO job VALUES ({', '.join('?' * len(decrypt.COLUMNS))})", [row[c] for c in decrypt.COLUMNS])
    db.commit()
    db.close()
    assert decrypt.decrypt(state, decrypt.read_row(lab.dir / "db", row["id"])) == doc.read_bytes()
    with pytest.raises(decrypt.Refused, match="no such job"):
        decrypt.read_row(lab.dir / "db", "0193b0a1-c2d3-7e4f-8a5b-6c7d8e9fa0b1")


@pytest.mark.parametrize("column, value", [("owner_name", "mallory"), ("class", 0), ("shred", "shred:2:2")])
def test_an_edited_row_does_not_give_the_key(lab, state, column, value):
    seal(state, "alice", 2, "shred:2:2", "t", document(lab, 5))
    row, = seal(state, "alice", 2, "shred:2:1", "t", document(lab, 50))
    with pytest.raises(decrypt.Refused, match="wrapped key"):
        decrypt.decrypt(state, row | {column: value})


def test_two_jobs_rows_do_not_fit_each_other(lab, state):
    a, b = seal(state, "alice", 2, "shred:2:1", "t", document(lab, 50, "a"), document(lab, 50, "b"))
    with pytest.raises(decrypt.Refused, match="wrapped key"):
        decrypt.decrypt(state, a | {"wrapped": b["wrapped"]})
    decrypt.spool_file(state, b).replace(decrypt.spool_file(state, a))
    with pytest.raises(decrypt.Refused, match="header"):
        decrypt.decrypt(state, a)


def test_nothing_of_the_document_or_the_keys_is_on_the_disk(lab, state):
    doc = lab.dir / "doc"
    doc.write_bytes(b"CANARY-IN-THE-PAYROLL " * 3000)
    row, = seal(state, "alice", 2, "shred:2:1", "CANARY-IN-THE-TITLE", doc)
    keys = [decrypt.data_key(state, row), *decrypt.keystore(state).values()]
    for path in (p for p in state.rglob("*") if p.is_file()):
        data = path.read_bytes()
        assert b"CANARY" not in data
        assert not any(k in data for k in keys), path
