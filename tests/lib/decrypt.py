#!/usr/bin/python3
"""A second reading of quoin-job(5): from root file, keystore and a job's row to the document's bytes.

Written from the manual page with Debian's python3-cryptography; shares no code with the product. As a program:
    decrypt.py STATE-DIR DATABASE JOB-ID > document
"""
import hashlib
import hmac
import pathlib
import sqlite3
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

SLOT, CHUNK, TAG = 512 * 1024, 16384, 16
COLUMNS = ("id", "owner_name", "class", "shred", "length", "wrapped", "commitment", "tags")


class Refused(Exception):
    """What was read is not what was sealed; the text says which check failed."""


def u32(n):
    return n.to_bytes(4, "big")


def expand(key, info, n):
    return HKDFExpand(SHA512(), n, info).derive(key)


def gcm_open(key, blob, aad, what):
    try:
        return AESGCM(key).decrypt(blob[:12], blob[12:], aad)
    except InvalidTag:
        raise Refused(what) from None


def root_key(state_dir):
    root = (pathlib.Path(state_dir) / "keys/root").read_bytes()
    if len(root) != 48 or root[:16] != b"QUOINROT\0\1" + bytes(6):
        raise Refused("root")
    return root[16:]


def slot_keys(root, slot):
    """(generation, {id: key}) of one slot."""
    if slot[:8] != b"QUOINKEY" or slot[20:32] != bytes(12):
        raise Refused("slot")
    generation_key = gcm_open(root, slot[32:92], slot[:32], "generation key")
    body = gcm_open(generation_key, slot[92:104 + int.from_bytes(slot[16:20], "big") + TAG], slot[:92], "keystore body")
    keys = {}
    while body:
        n = body[0]
        keys[body[1:1 + n].decode("ascii")] = body[1 + n:33 + n]
        body = body[33 + n:]
    return int.from_bytes(slot[8:16], "big"), keys


def keystore(state_dir):
    """The keys of the higher generation that opens."""
    both = (pathlib.Path(state_dir) / "keys/keystore").read_bytes()
    if len(both) != 2 * SLOT:
        raise Refused("keystore size")
    best = (0, None)
    for slot in (both[:SLOT], both[SLOT:]):
        try:
            best = max(best, slot_keys(root_key(state_dir), slot), key=lambda g: g[0])
        except Refused:
            continue
    if best[1] is None:
        raise Refused("keystore")
    return best[1]


def read_row(database, job):
    """A job's row as a dict, from the product's database (opened read-only)."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        row = db.execute(f"SELECT {', '.join(COLUMNS)} FROM job WHERE id = ?", (job,)).fetchone()
    if row is None:
        raise Refused("no such job")
    return dict(zip(COLUMNS, row))


def id_bytes(row):
    return row["id"] if isinstance(row["id"], bytes) else bytes.fromhex(row["id"].replace("-", ""))


def id_text(row):
    h = id_bytes(row).hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def data_key(state_dir, row):
    owner, shred = row["owner_name"].encode(), row["shred"].encode()
    aad = id_bytes(row) + u32(len(owner)) + owner + u32(row["class"]) + u32(len(shred)) + shred
    keys = keystore(state_dir)
    if row["shred"] not in keys:
        raise Refused("shred key is gone")
    return gcm_open(keys[row["shred"]], row["wrapped"], aad, "wrapped key")


def text(state_dir, row, column, sealed):
    """A sealed title or options."""
    key = expand(data_key(state_dir, row), b"quoin/v1 column " + column.encode(), 32)
    return gcm_open(key, sealed, id_bytes(row) + column.encode(), column)


def metadata_mac(state_dir, row, *fields):
    """HMAC of owner, queue, title, format, options as in the file's header."""
    canonical = b"".join(u32(len(f.encode())) + f.encode() for f in fields)
    return hmac.new(expand(data_key(state_dir, row), b"quoin/v1 metadata", 32), canonical, hashlib.sha256).digest()


def spool_file(state_dir, row):
    job = id_text(row)
    return pathlib.Path(state_dir) / "spool" / job[:7] / f"{job}.quoin"


def decrypt(state_dir, row):
    """The document."""
    sealed = spool_file(state_dir, row).read_bytes()
    header, salt, commitment, chunks = sealed[:64], sealed[64:88], sealed[88:120], sealed[120:]
    if header[:32] != b"QUOINJOB\0\1" + bytes(6) + id_bytes(row):
        raise Refused("header")
    okm = expand(data_key(state_dir, row), b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + header, 76)
    if not hmac.compare_digest(okm[44:], commitment) or commitment != row["commitment"]:
        raise Refused("commitment")
    base, gcm, out, tags, i = int.from_bytes(okm[32:44], "big"), AESGCM(okm[:32]), [], hashlib.sha256(), 0
    while True:
        chunk, chunks = chunks[:CHUNK + TAG], chunks[CHUNK + TAG:]
        try:
            out.append(gcm.decrypt((base ^ i).to_bytes(12, "big"), chunk, b""))
        except (InvalidTag, ValueError):
            raise Refused(f"chunk {i}") from None
        tags.update(chunk[-TAG:])
        if len(chunk) < CHUNK + TAG:  # only the last one is shorter
            break
        i += 1
    document = b"".join(out)
    if chunks or len(document) != row["length"] or tags.digest() != row["tags"]:
        raise Refused("length or tags")
    return document


if __name__ == "__main__":
    sys.stdout.buffer.write(decrypt(sys.argv[1], read_row(sys.argv[2], sys.argv[3])))
