"""Sealed job files (quoin-job(5)) made by a second implementation: python3-cryptography."""
import hashlib
import os
import secrets
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CHUNK, TAG, HEADER, START = 16384, 16, 64, 120
INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"


def uuid7():
    n = int(time.time() * 1000).to_bytes(6, "big") + secrets.token_bytes(10)
    n = n[:6] + bytes([0x70 | n[6] & 15, n[7], 0x80 | n[8] & 63]) + n[9:]
    h = n.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}", n


class Sealed:
    """A document sealed under a fresh key; save() writes it and fields() are those of deliver.job that describe it."""

    def __init__(self, data, mac=None):
        self.job, raw = uuid7()
        self.data, self.key, self.mac = data, secrets.token_bytes(32), mac or secrets.token_bytes(32)
        header = b"QUOINJOB" + b"\x00\x01" + bytes(6) + raw + self.mac
        salt = secrets.token_bytes(24)
        out = HKDFExpand(hashes.SHA512(), 76, INFO + salt + header).derive(self.key)
        aead, base, self.commitment = AESGCM(out[:32]), int.from_bytes(out[32:44], "big"), out[44:]
        chunks, tags = [], hashlib.sha256()
        for i in range(len(data) // CHUNK + 1):
            c = aead.encrypt((base ^ i).to_bytes(12, "big"), data[i * CHUNK:(i + 1) * CHUNK], None)
            tags.update(c[-TAG:])
            chunks.append(c)
        self.tags = tags.digest()
        self.bytes = bytearray(header + salt + self.commitment + b"".join(chunks))

    def save(self, path):
        path.write_bytes(self.bytes)
        return os.open(path, os.O_RDONLY)

    def fields(self):
        return {"job": self.job, "length": len(self.data), "commitment": self.commitment.hex(), "tags": self.tags.hex(),
                "mac": self.mac.hex()}
