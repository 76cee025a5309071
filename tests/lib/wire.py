"""Quoin's messages (quoin-messages(7)) in Python, and a core that a test scripts."""
import array
import json
import os
import secrets
import socket
import struct
import threading

from lib.lab import shut

KINDS = {"terminal": 1, "session": 2, "badge": 3, "pin": 4, "password": 5, "code": 6, "key": 7, "salt": 8, "hash": 9, "verifier": 10, "certificate": 11}
NAMES = {v: k for k, v in KINDS.items()}


class Message:
    def __init__(self, verb, fields=None, secret=None, fds=(), seq=0, req=None, code=None, text=""):
        self.verb, self.fields, self.secret = verb, fields or {}, secret or {}
        self.fds, self.seq, self.code, self.text = list(fds), seq, code, text
        self.req = req or "r" + secrets.token_hex(8)

    def answer(self, code="ok", fields=None, secret=None, fds=(), text=""):
        return Message(self.verb, fields, secret, fds, self.seq, self.req, code, text)

    def encode(self):
        body = {"m": self.verb, "seq": self.seq, "req": self.req, "f": self.fields}
        if self.code is not None:
            body |= {"code": self.code, "text": self.text}
        text = json.dumps(body, separators=(",", ":")).encode()
        out = b"QN" + bytes([1, len(self.secret)]) + struct.pack(">I", len(text)) + text
        for name, value in self.secret.items():
            out += bytes([KINDS[name]]) + struct.pack(">H", len(value)) + value
        return out

    def __repr__(self):
        return f"<{self.verb} {self.code or 'request'} {self.fields} {self.text}>"


def decode(packet, fds=()):
    assert packet[:2] == b"QN" and packet[2] == 1, packet[:8]
    n = struct.unpack(">I", packet[4:8])[0]
    body = json.loads(packet[8:8 + n])
    secret, at = {}, 8 + n
    for _ in range(packet[3]):
        kind, size = packet[at], struct.unpack(">H", packet[at + 1:at + 3])[0]
        secret[NAMES[kind]] = packet[at + 3:at + 3 + size]
        at += 3 + size
    assert at == len(packet)
    return Message(body["m"], body["f"], secret, fds, body["seq"], body["req"], body.get("code"), body.get("text", ""))


class Peer:
    """One SEQPACKET connection."""

    def __init__(self, sock, timeout=20):
        self.sock, self.seq = sock, 0
        sock.settimeout(timeout)

    @classmethod
    def dial(cls, path, timeout=20):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect(str(path))
        return cls(s, timeout)

    def send(self, message):
        socket.send_fds(self.sock, [message.encode()], message.fds)

    def recv(self):
        """The next message, or None at the end."""
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 4)
        except ConnectionResetError:
            return None
        return decode(data, fds) if data else None

    def call(self, verb, fields=None, secret=None, fds=(), req=None):
        self.seq += 1
        m = Message(verb, fields, secret, fds, self.seq, req)
        self.send(m)
        a = self.recv()
        if a is None:
            raise EOFError(f"{verb}: connection closed")
        assert a.seq == m.seq and a.verb == verb, a
        return a

    def close(self):
        shut(self.sock)


class FakeCore:
    """Listens on a socket; each connection is served by handler(peer, message) -> answer, a list of messages, or None."""

    def __init__(self, path, handler, mode=0o666):
        self.path, self.handler, self.peers, self.seen = str(path), handler, [], []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        os.chmod(self.path, mode)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            peer = Peer(s, None)
            self.peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        while True:
            try:
                m = peer.recv()
            except OSError:
                return
            if m is None:
                return
            self.seen.append(m)
            out = self.handler(peer, m)
            for a in out if isinstance(out, list) else [out] if out else []:
                peer.send(a)

    def close(self):
        shut(self.listener)
        for p in self.peers:
            p.close()
