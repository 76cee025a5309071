"""What must be true whatever happened: of the database, the spool, the log, the disk and the processes."""
import pathlib
import sqlite3

from lib import decrypt

HELD, RELEASING, PRINTED, UNCERTAIN, DAMAGED, ERASED = range(2, 8)


class Broken(AssertionError):
    """An invariant does not hold."""


def must(truth, *what):
    if not truth:
        raise Broken(" ".join(map(str, what)))


def row_of(quoin, number):
    """The one row of a job that CUPS was told is held: (id, state)."""
    rows = quoin.sql("select id, state from job where cups_job = ?", number)
    must(len(rows) == 1, "CUPS job", number, "is acknowledged and has rows:", rows)
    return rows[0]


def opens(quoin, number, document):
    """It is held once, and its file gives the document."""
    job, state = row_of(quoin, number)
    must(state == HELD, "job", job, "should be held and is", state)
    row = decrypt.read_row(quoin.state_dir / "quoin.db", job)
    must(decrypt.decrypt(quoin.state_dir, row) == document, "job", job, "does not give its document")
    return job


def orphans(quoin):
    """Files without a live row, and live rows without a file."""
    live = {r[0] for r in quoin.sql("select id from job where state <> ?", ERASED)}
    return live ^ {p.name.removesuffix(".quoin") for p in quoin.spool()}


def database(quoin):
    db = sqlite3.connect(f"file:{quoin.state_dir}/quoin.db?mode=ro", uri=True, timeout=10)
    try:
        must(db.execute("pragma integrity_check").fetchall() == [("ok",)], "integrity_check")
        must(not db.execute("pragma foreign_key_check").fetchall(), "foreign_key_check")
        bad = db.execute("select t.state, t.jobs, t.bytes, count(j.id), coalesce(sum(j.length), 0) from total_state t "
                         "left join job j on j.state = t.state group by t.state having t.jobs <> count(j.id) "
                         "or t.bytes <> coalesce(sum(j.length), 0)").fetchall()
        must(not bad, "totals of states are not those of the rows:", bad)
        numbers = [r[0] for r in db.execute("select seq from audit order by seq")]
        must(numbers == list(range(numbers[0], numbers[0] + len(numbers))), "numbers of the log:", numbers)
    finally:
        db.close()


def clear_text(folder, *secrets):
    """No file below the folder has any of these bytes."""
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for s in secrets:
                must(s not in data, repr(s), "is in", path)
