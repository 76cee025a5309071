"""A printer that misbehaves as a test tells it: its own HTTP and IPP, so that each byte of an answer can be chosen."""
import socket
import ssl
import struct
import threading

from lib.lab import shut

OPS = {0x02: "Print-Job", 0x05: "Create-Job", 0x06: "Send-Document", 0x08: "Cancel-Job", 0x09: "Get-Job-Attributes",
       0x0a: "Get-Jobs", 0x0b: "Get-Printer-Attributes"}
TAGS = {"integer": 0x21, "boolean": 0x22, "enum": 0x23, "range": 0x33, "text": 0x41, "name": 0x42, "keyword": 0x44, "uri": 0x45,
        "charset": 0x47, "language": 0x48, "mime": 0x49}
PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)


def attribute(name, kind, *values):
    out = b""
    for i, v in enumerate(values):
        if kind in ("integer", "enum"):
            v = struct.pack(">i", v)
        elif kind == "boolean":
            v = bytes([v])
        elif kind == "range":
            v = struct.pack(">ii", *v)
        elif isinstance(v, str):
            v = v.encode()
        n = name.encode() if i == 0 else b""
        out += bytes([TAGS[kind]]) + struct.pack(">H", len(n)) + n + struct.pack(">H", len(v)) + v
    return out


def message(code, request_id, *groups):
    """groups: (tag, attributes as bytes)."""
    out = struct.pack(">BBHI", 2, 0, code, request_id) + b"\x01"
    out += attribute("attributes-charset", "charset", "utf-8") + attribute("attributes-natural-language", "language", "en")
    for tag, attrs in groups:
        out += (bytes([tag]) if tag != 1 else b"") + attrs
    return out + b"\x03"


def http(body, extra=b"", status=b"200 OK"):
    return (b"HTTP/1.1 " + status + b"\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n" % len(body) + extra + b"\r\n"
            + body)


class Request:
    """One request: head as sent, its fields, IPP operation and attributes, and how much document followed."""

    def __init__(self, head):
        self.head = head
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = {k.lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:] if x)}
        self.length = int(self.fields.get("content-length", -1))
        self.op, self.id, self.attrs, self.document, self.body = None, 0, {}, b"", b""

    def parse(self, body):
        """Reads the IPP part of body; the rest is document. True once it is whole."""
        if len(body) < 8:
            return False
        self.op = OPS.get(struct.unpack(">H", body[2:4])[0], "?")
        self.id = struct.unpack(">I", body[4:8])[0]
        self.attrs, at, name = {}, 8, None
        while at < len(body):
            tag = body[at]
            at += 1
            if tag == 3:
                self.document = body[at:]
                return True
            if tag < 16:
                continue
            n = struct.unpack(">H", body[at:at + 2])[0]
            name = body[at + 2:at + 2 + n].decode() or name
            at += 2 + n
            n = struct.unpack(">H", body[at:at + 2])[0]
            value = body[at + 2:at + 2 + n]
            at += 2 + n
            if tag in (0x21, 0x23):
                value = struct.unpack(">i", value)[0]
            self.attrs.setdefault(name, []).append(value)
        return False


class BadPrinter:
    """on[operation] = f(printer, request, connection): returns bytes of an HTTP answer, or None to close the connection, or
    raises Default to behave well. stop_reading[operation] = bytes of a body after which it is answered unread."""

    class Default(Exception):
        pass

    def __init__(self, tls=None, host="127.0.0.1"):
        """tls: (certificate, key) files; then every connection is TLS."""
        self.host = host
        self.on, self.stop_reading, self.requests, self.connections, self.jobs = {}, {}, [], 0, {}
        self.facts, self.up_time, self.context, self.socks = {}, 1000, None, []
        self.end_state, self.impressions = COMPLETED, 1
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, tls))
        self.port = 0
        self.resume()

    def resume(self):
        """Listens (again), on the same port."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.host, self.port))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def uri(self, scheme=None):
        return f"{scheme or ('ipps' if self.context else 'ipp')}://{self.host}:{self.port}/ipp/print"

    def ops(self):
        return [r.op for r in self.requests]

    def pause(self):
        """No new connections."""
        shut(self.listener)

    def close(self):
        """As if switched off: no new connections, the present ones reset."""
        self.pause()
        for s in self.socks:
            shut(s)

    def _accept(self, listener):
        while True:
            try:
                s, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        try:
            s.settimeout(60)
            self.socks.append(s)
            if self.context:
                s = self.context.wrap_socket(s, server_side=True)
            self.socks.append(s)
            while self._one(s):
                pass
        except (OSError, ValueError):
            pass
        finally:
            s.close()

    def _one(self, s):
        data = b""
        while b"\r\n\r\n" not in data:
            more = s.recv(65536)
            if not more:
                return False
            data += more
            if not data.startswith(b"POST "[:len(data)]):
                s.sendall(http(b"", status=b"400 Bad Request"))
                return False
        head, _, body = data.partition(b"\r\n\r\n")
        q = Request(head)
        while not q.parse(body):
            body += self._more(s)
        self.requests.append(q)
        want = min(self.stop_reading.get(q.op, q.length), q.length)
        parts, have = [body], len(body)
        while have < want:
            parts.append(self._more(s))
            have += len(parts[-1])
        q.body = b"".join(parts)
        q.parse(q.body)
        answer = self._answer(q, s)
        if answer is None:
            return False
        s.sendall(answer)
        return True

    @staticmethod
    def _more(s):
        data = s.recv(1 << 20)
        if not data:
            raise ValueError("cut")
        return data

    def _answer(self, q, s):
        try:
            if q.op in self.on:
                return self.on[q.op](self, q, s)
        except BadPrinter.Default:
            pass
        return http(self.good(q))

    def good(self, q):
        """What a proper printer would say."""
        if q.op == "Get-Printer-Attributes":
            facts = {"document-format-supported": ("mime", "application/pdf"), "operations-supported": ("enum", 5, 6, 8, 9, 10, 11),
                     "printer-is-accepting-jobs": ("boolean", True), "printer-state": ("enum", 3),
                     "printer-state-reasons": ("keyword", "none"), "printer-up-time": ("integer", self.up_time)} | self.facts
            return message(0, q.id, (4, b"".join(attribute(n, *v) for n, v in facts.items() if v)))
        if q.op == "Create-Job":
            n = max(self.jobs, default=40) + 1
            self.jobs[n] = {"state": HELD, "name": q.attrs["job-name"][0].decode(), "impressions": 0, "data": None}
            return message(0, q.id, (2, self.job(n)))
        if q.op == "Get-Jobs":
            return message(0, q.id, *((2, self.job(n)) for n, j in self.jobs.items() if j["state"] < CANCELED))
        job = self.jobs.get(q.attrs.get("job-id", [0])[0])
        if not job:
            return message(0x0406, q.id)
        if q.op == "Send-Document":
            job.update(data=q.document, state=self.end_state, impressions=self.impressions)
        elif q.op == "Cancel-Job":
            if job["state"] >= CANCELED:
                return message(0x0404, q.id)
            job["state"] = CANCELED
        return message(0, q.id, (2, self.job(q.attrs["job-id"][0])))

    def job(self, n):
        j = self.jobs[n]
        out = attribute("job-id", "integer", n) + attribute("job-name", "name", j["name"])
        out += attribute("job-uuid", "uri", j.get("uuid", f"urn:uuid:00000000-0000-0000-0000-{n:012d}"))
        out += attribute("job-state", "enum", j["state"]) + attribute("job-printer-up-time", "integer", self.up_time)
        out += attribute("job-state-reasons", "keyword", j.get("reason", "none"))
        if j["impressions"] is not None:
            out += attribute("job-impressions-completed", "integer", j["impressions"])
        return out
