"""quoin-web against a scripted core: starting it, raw HTTP, and a little HTML reading."""
import html
import http.client
import os
import re
import socket
import ssl
import time

from lib.lab import BUILD, free_port, port_open, wait_for
from lib.wire import FakeCore

TERMINAL, SESSION, CODE = bytes(range(32)), bytes(range(100, 132)), "ABCDEFGHJKMNPQRSTVWX"
STATIC = re.compile(r"/static/[0-9a-f]{12}/style\.css")
SESSION_COOKIE = {"kiosk": "__Host-quoin", "portal": "__Host-quoin-portal", "console": "__Host-quoin-console"}


def job_id(n):
    return f"0190a1b2-c3d4-7e5f-8a9b-{n:012x}"


def job(n, title="Report", state="held", why="", classification="internal", length=120_000, copies=1, left=3_600_000):
    return {"job": job_id(n), "title": title, "owner": "", "state": state, "why": why, "classification": classification, "length": length,
            "copies": copies, "asked": {}, "pages": -1, "takes": -1, "impressions": -1, "expected": -1, "output": "", "second": 0,
            "received": 1_795_000_000_000, "due": 1_795_278_000_000 + left}


def printer(name, location="", state="ready", why="", here=1):
    return {"name": name, "location": location, "state": state, "why": why, "here": here}


def offer(known=1, copies=99, sides=("one-sided", "two-sided-long-edge"), colors=("auto", "monochrome"),
          media=("iso_a4_210x297mm", "iso_a3_297x420mm"), finishings=("none", "staple-top-left")):
    lists = {"sides": sides, "colors": colors, "media": media, "finishings": finishings}
    return {"known": known, "copies": copies if known else 1} | {k: list(v) if known else [] for k, v in lists.items()}


class Core:
    """A core with one terminal, one person (alice, badge 4711, PIN 123456, password correct-horse) and a list of jobs.
    `codes` maps a verb to an error code that it answers with; `roles` are alice's."""

    NOW = 1_795_278_000_000

    def __init__(self, lab, instance):
        self.jobs, self.codes, self.roles, self.records = [], {}, ["user"], []
        self.devices, self.ca = [("laser-2", "Floor 2 <east>")], b""  # a terminal's devices; the authority of client certificates, DER
        self.notices, self.delegations = [], []
        self.answers = {}  # verb -> function of the message, before all others
        self.near, self.offer = None, None  # rows of device.near (None: all ready), the answer of device.offer (None: not known)
        self.refuse, self.sessions, self.admin_jobs, self.page = {}, {SESSION}, [], 25
        (lab.dir / "run").mkdir(exist_ok=True)
        self.fake = FakeCore(lab.dir / "run" / f"{instance}.sock", self.handle)
        self.instance = instance
        lab.closers.append(self.fake.close)

    def calls(self, verb=None):
        """What it was asked; without a verb, everything but what the kiosk asks for itself when it starts."""
        return [m for m in self.fake.seen if (m.verb == verb if verb else m.verb != "kiosk.ca")]

    def handle(self, peer, m):
        if m.verb in self.codes:
            return m.answer(self.codes[m.verb], text="scripted")
        if self.instance == "kiosk" and m.verb not in ("terminal.enrol", "kiosk.ca") and m.secret.get("terminal") != TERMINAL:
            return m.answer("denied", text="no such terminal")
        if "session" in m.secret and m.secret["session"] not in self.sessions:
            return m.answer("denied", text="no such session")
        if m.verb in self.answers:
            return self.answers[m.verb](m)
        return getattr(self, "on_" + m.verb.replace(".", "_"))(m)

    def person(self, m, **kw):
        return m.answer(fields={"login": "alice", "display": "Alice <b>Ampère</b>", "roles": self.roles}, **kw)

    def on_terminal_enrol(self, m):
        if m.secret["code"] != CODE.encode():
            return m.answer("denied", text="no such code")
        return m.answer(fields={"name": "t1"}, secret={"terminal": TERMINAL})

    def on_terminal_hello(self, m):
        return m.answer(fields={"name": "t1", "device": "laser-2", "location": "Floor 2 <east>",
                                "devices": [{"name": n, "location": where} for n, where in self.devices]})

    def on_kiosk_ca(self, m):
        return m.answer(fields={"ca": self.ca.hex()}) if self.ca else m.answer("internal", text="no authority")

    def on_login_badge(self, m):
        if m.secret["badge"] != b"4711" or m.secret.get("pin") != b"123456":
            return m.answer("denied", text="wrong PIN")
        self.sessions.add(SESSION)
        return self.person(m, secret={"session": SESSION})

    def on_login_password(self, m):
        if m.fields["login"] != "alice" or m.secret["password"] != b"correct-horse":
            return m.answer("denied", text="bind refused")
        self.sessions.add(SESSION)
        return self.person(m, secret={"session": SESSION})

    def on_session_check(self, m):
        return self.person(m)

    def on_logout(self, m):
        self.sessions.discard(m.secret["session"])
        return m.answer()

    def on_job_list(self, m):
        after, limit = m.fields.get("after"), min(m.fields["limit"], self.page)
        start = next((i + 1 for i, j in enumerate(self.jobs) if j["job"] == after), 0)
        rows = self.jobs[start:start + limit]
        return m.answer(fields={"jobs": rows, "more": int(len(self.jobs) > start + limit), "now": self.NOW})

    def acts(self, m, ok):
        rows = [{"job": j, "code": "denied" if j in self.refuse else "ok", "why": self.refuse.get(j, "")} for j in m.fields["jobs"]]
        for r in rows:
            if r["code"] == "ok":
                ok(r["job"])
        return m.answer(fields={"jobs": rows})

    def on_job_release(self, m):
        return self.acts(m, lambda j: self.set(j, state="releasing"))

    def on_device_near(self, m):
        rows = self.near if self.near is not None else [printer(n, where) for n, where in self.devices]
        first = m.fields.get("device", "laser-2")
        return m.answer(fields={"devices": sorted(rows, key=lambda d: d["name"] != first)})

    def on_device_offer(self, m):
        return m.answer(fields={"name": m.fields.get("device", "laser-2")} | (self.offer or offer(known=0)))

    def on_job_stop(self, m):
        self.set(m.fields["job"], state="held", why="stopped")
        return m.answer(fields={"jobs": [{"job": m.fields["job"], "code": "ok", "why": ""}]})

    def on_job_delete(self, m):
        return self.acts(m, lambda j: self.drop(j))

    def on_job_resolve(self, m):
        self.set(m.fields["job"], state="printed" if m.fields["outcome"] == "printed" else "held")
        return m.answer(fields={"jobs": [{"job": m.fields["job"], "code": "ok", "why": ""}]})

    def on_notice_list(self, m):
        return m.answer(fields={"notices": self.notices[:20]})

    def on_notice_seen(self, m):
        self.notices = [n for n in self.notices if n["id"] != m.fields["id"]]
        return m.answer()

    def on_delegate_list(self, m):
        return m.answer(fields={"delegations": self.delegations})

    def on_delegate_add(self, m):
        self.delegations.append({"id": len(self.delegations) + 1, "owner": "Alice", "delegate": m.fields["login"], "mine": 1,
                                 "job": m.fields.get("job", ""), "title": m.fields["title"], "until": m.fields["until"]})
        return m.answer(fields={"id": len(self.delegations)})

    def on_delegate_revoke(self, m):
        self.delegations = [d for d in self.delegations if d["id"] != m.fields["id"]]
        return m.answer()

    def on_admin_jobs(self, m):
        if "operator" not in self.roles:
            return m.answer("denied", text="no permission")
        return m.answer(fields={"jobs": self.admin_jobs, "more": 0, "now": self.NOW})

    def on_admin_audit(self, m):
        if "auditor" not in self.roles:
            return m.answer("denied", text="no permission")
        return m.answer(fields={"records": self.records, "size": len(self.records)})

    def set(self, job, **fields):
        for j in self.jobs:
            if j["job"] == job:
                j.update(fields)

    def drop(self, job):
        self.jobs = [j for j in self.jobs if j["job"] != job]


class Web:
    """A quoin-web instance of a lab."""

    def __init__(self, lab, instance="kiosk", core=True, **conf):
        self.lab, self.instance, self.port = lab, instance, free_port()
        self.core = Core(lab, instance) if core else None
        (lab.dir / "run").mkdir(exist_ok=True)
        self.ca, crt, key = lab.ca()
        self.host = f"localhost:{self.port}"
        self.conf = lab.dir / f"{instance}.conf"
        values = {"run-dir": f'"{lab.dir}/run"', "tls-certificate": f'"{crt}"', "tls-key": f'"{key}"', "log-level": '"7"',
                  "web-hosts": f'{{"{self.host}", "127.0.0.1:{self.port}"}}', f"{instance}-listen": f'"127.0.0.1:{self.port}"'}
        values |= {k.replace("_", "-"): f'"{v}"' for k, v in conf.items()}
        self.conf.write_text("".join(f"{k} = {v}\n" for k, v in values.items()))
        env = {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
        self.proc = lab.start(BUILD / "web/quoin-web", "-i", instance, "-c", self.conf, log=f"{instance}.log", env=env)
        wait_for(lambda: "listener:\n" + self.proc.log.read_text(), lambda: port_open(self.port))
        self.tls = ssl.create_default_context(cafile=str(self.ca))

    def log(self):
        return self.proc.log.read_text(errors="replace")

    def connect(self, source=None, timeout=15):
        s = socket.create_connection(("127.0.0.1", self.port), timeout, source and (source, 0))
        return self.tls.wrap_socket(s, server_hostname="localhost")

    def raw(self, data, source=None, timeout=15):
        """Sends bytes as they are; everything that comes back until the peer closes (or 1.5 s of silence)."""
        s, out = self.connect(source, timeout), b""
        try:
            s.sendall(data)
            s.settimeout(1.5)
            while part := s.recv(65536):
                out += part
        except (TimeoutError, OSError):
            pass
        s.close()
        return out


class Reply:
    def __init__(self, r, body):
        self.status, self.body = r.status, body
        self.text = body.decode("utf-8", "strict") if r.getheader("Content-Type", "").startswith("text") else ""
        self.headers = {}
        for k, v in r.getheaders():
            self.headers.setdefault(k.lower(), []).append(v)

    def header(self, name):
        return ", ".join(self.headers.get(name.lower(), []))

    def cookie(self, name):
        for c in self.headers.get("set-cookie", []):
            if c.split("=", 1)[0] == name:
                return c
        return None

    @property
    def plain(self):
        """The text a person reads."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.text)))


class Local(http.client.HTTPSConnection):
    """To localhost by its number: a bare machine may have no name for it."""

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as http.client does: a body is sent behind its head
        self.sock = self._context.wrap_socket(plain, server_hostname="localhost")


class Browser:
    """Keeps cookies and form tokens like a browser without JavaScript. Follows redirects when told to."""

    def __init__(self, web, terminal=False, session=False, headers=True):
        self.web, self.cookies, self.page = web, {}, None
        self.origin = {"Sec-Fetch-Site": "same-origin", "Origin": f"https://{web.host}"} if headers else {}
        if terminal:
            self.cookies["__Host-quoin-terminal"] = TERMINAL.hex()
        if session:
            self.cookies[SESSION_COOKIE[web.instance]] = SESSION.hex()

    def request(self, method, path, body=None, headers=None, follow=False):
        c = Local("localhost", self.web.port, timeout=20, context=self.web.tls)
        h = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if body is not None:
            h["Content-Type"] = "application/x-www-form-urlencoded"
        c.request(method, path, body, h | (headers or {}))
        r = c.getresponse()
        self.page = Reply(r, r.read())
        c.close()
        for name, value in (x.split("=", 1) for x in self.page.headers.get("set-cookie", [])):
            self.cookies[name] = value.split(";")[0]
            if "Max-Age=0" in value:
                del self.cookies[name]
        if follow and self.page.status == 303:
            return self.request("GET", self.page.header("Location"), follow=True)
        return self.page

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, fields, headers=None, follow=False):
        from urllib.parse import urlencode
        return self.request("POST", path, urlencode(fields), self.origin if headers is None else headers, follow)

    def fields(self, action, n=0):
        """Hidden fields of the n-th form on the page that posts to action."""
        form = re.findall(rf'<form method="post" action="{re.escape(action)}">(.*?)</form>', self.page.text, re.S)[n]
        return [(html.unescape(a), html.unescape(b)) for a, b in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)]

    def submit(self, action, extra, n=0, follow=True, headers=None):
        return self.post(action, self.fields(action, n) + list(extra), headers, follow)

    def login(self):
        self.get("/kiosk")
        self.submit("/kiosk/badge", [("badge", "4711")])
        return self.submit("/kiosk/login", [("pin", "123456")])


def until(seconds, check):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return False
