"""An LDAP peer that misbehaves in one chosen way and remembers every byte it was sent."""
import socket
import ssl
import struct
import threading
import time

from lib.lab import port_open, shut

BIND, SEARCH, EXTENDED, ABANDON, UNBIND = 0x60, 0x63, 0x77, 0x50, 0x42


def ber(tag, content):
    n = len(content)
    return bytes([tag]) + (bytes([n]) if n < 128 else b"\x84" + struct.pack(">I", n)) + content


def message(number, op):
    return ber(0x30, ber(2, struct.pack(">I", number)) + op)


def result(tag, code, text=b""):
    return ber(tag, ber(10, bytes([code])) + ber(4, b"") + ber(4, text))


def entry(dn, **attributes):
    values = b"".join(ber(0x30, ber(4, k.encode()) + ber(0x31, b"".join(ber(4, v) for v in vs))) for k, vs in attributes.items())
    return ber(0x64, ber(4, dn.encode()) + ber(0x30, values))


class BadLdap:
    """Listens on loopback; .seen is all plain bytes received, .ops the operation tags in order.

    The methods named do_* are the ways to misbehave: each gets the peer (a socket, maybe under TLS)."""

    def __init__(self, how, tls=None, backlog=16):
        self.how, self.tls, self.seen, self.ops, self.held, self.closing = how, tls, b"", [], [], False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.plain, self.uri = f"ldap://127.0.0.1:{self.port}", f"ldaps://127.0.0.1:{self.port}"
        if how == "blackhole":
            self._fill()
            return
        self.listener.listen(backlog)
        threading.Thread(target=self._accept, daemon=True).start()

    def _fill(self):
        """Nobody accepts and the queue is full: the kernel drops what comes, as a firewall does."""
        self.listener.listen(0)
        for _ in range(3):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.held.append(s)
        assert not port_open(self.port)

    def close(self):
        self.closing = True
        for s in [self.listener, *self.held]:
            shut(s)

    def _accept(self):
        while not self.closing:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.held.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            if self.tls:
                ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                ctx.load_cert_chain(*map(str, self.tls))
                peer = ctx.wrap_socket(peer, server_side=True)
                self.held.append(peer)
            getattr(self, "do_" + self.how)(peer)
        except (OSError, EOFError):
            peer.close()

    def _read(self, peer, n):
        data = b""
        while len(data) < n:
            more = peer.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
            self.seen += more
        return data

    def ask(self, peer):
        """The next message: (number, operation tag); (1, 0) for what is none, such as the start of a TLS handshake."""
        head = self._read(peer, 2)
        if head[0] != 0x30:
            return 1, 0
        n = head[1]
        if n & 0x80:
            n = int.from_bytes(self._read(peer, n & 0x7f), "big")
        body = self._read(peer, n)
        size = body[1]
        self.ops.append(body[2 + size])
        return int.from_bytes(body[2:2 + size], "big"), body[2 + size]

    def answer(self, number, op):
        if op == BIND:
            return message(number, result(0x61, 0))
        if op == EXTENDED:
            return message(number, result(0x78, 0))
        return message(number, result(0x65, 0))

    # ---- ways to misbehave ----

    def do_silent(self, peer):
        """Takes everything, says nothing."""
        while True:
            self._read(peer, 1)

    def do_drip(self, peer):
        """The right answer, a byte every 400 ms."""
        for b in self.answer(*self.ask(peer)):
            peer.sendall(bytes([b]))
            time.sleep(0.4)

    def do_reset(self, peer):
        """Half an answer, then RST."""
        peer.sendall(self.answer(*self.ask(peer))[:5])
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()

    def do_garbage(self, peer):
        self.ask(peer)
        peer.sendall(bytes(range(255, -1, -1)) * 64)
        self.do_silent(peer)

    def do_huge(self, peer):
        """A message said to be 2 GiB long."""
        self.ask(peer)
        peer.sendall(b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01")
        while True:
            peer.sendall(b"\0" * 65536)

    def do_close(self, peer):
        """Takes the service account's bind, then closes."""
        peer.sendall(self.answer(*self.ask(peer)))
        peer.close()

    def do_endless(self, peer):
        """Entries without end."""
        while True:
            number, op = self.ask(peer)
            if op != SEARCH:
                peer.sendall(self.answer(number, op))
                continue
            i = 0
            while True:
                i += 1
                peer.sendall(message(number, entry(f"uid=x{i},dc=lab", uid=[b"x"], entryUUID=[b"x%d" % i])))

    def do_referrals(self, peer):
        """References without end."""
        while True:
            number, op = self.ask(peer)
            if op != SEARCH:
                peer.sendall(self.answer(number, op))
                continue
            while True:
                peer.sendall(message(number, ber(0x73, ber(4, self.plain.encode() + b"/dc=lab"))))

    def do_refer(self, peer):
        """Every result is a referral to itself (RFC 4511 section 4.1.10), binds too but for the first."""
        number, op = self.ask(peer)
        peer.sendall(self.answer(number, op))
        while True:
            number, op = self.ask(peer)
            to = ber(0xa3, ber(4, self.plain.encode() + b"/dc=lab"))
            parts = ber(10, b"\x0a") + ber(4, b"") + ber(4, b"") + to
            peer.sendall(message(number, ber({BIND: 0x61, EXTENDED: 0x78}.get(op, 0x65), parts)))

    def do_other(self, peer):
        """Finds somebody else, whoever is asked for."""
        while True:
            number, op = self.ask(peer)
            if op == SEARCH:
                peer.sendall(message(number, entry("uid=eve,dc=lab", uid=[b"eve"], entryUUID=[b"eve-s-id"])))
            peer.sendall(self.answer(number, op))

    def do_refuse_tls(self, peer):
        """StartTLS: no. Anything else: yes."""
        while True:
            number, op = self.ask(peer)
            peer.sendall(message(number, result(0x78, 2, b"no")) if op == EXTENDED else self.answer(number, op))

    def do_silent_tls(self, peer):
        """StartTLS: yes; then nothing."""
        peer.sendall(self.answer(*self.ask(peer)))
        self.do_silent(peer)

    def do_nobody(self, peer):
        """Finds one person without the attribute of identity, takes any password."""
        while True:
            number, op = self.ask(peer)
            if op == SEARCH:
                peer.sendall(message(number, entry("uid=alice,dc=lab", uid=[b"alice"])))
            peer.sendall(self.answer(number, op))
