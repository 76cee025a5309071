"""The HTTP edge against clients that don't play by the rules: raw bytes over TLS."""
import concurrent.futures
import pathlib
import re
import socket
import ssl
import time

import pytest

from lib.lab import wait_for
from lib.web import STATIC, TERMINAL, Browser, Web, job, until

SMUGGLED = b"GET /kiosk/enrol HTTP/1.1\r\nHost: @HOST@\r\nConnection: close\r\n\r\n"


@pytest.fixture
def web(lab):
    return Web(lab)


def statuses(out):
    return [int(s) for s in re.findall(rb"^HTTP/1\.[01] (\d{3})", out, re.M)]


def head(*lines, method="GET", target="/kiosk/enrol", version="HTTP/1.1", host="Host: @HOST@", end="\r\n"):
    """A request's head as bytes, from lines without their ends."""
    return (end.join([f"{method} {target} {version}", *([host] if host else []), *lines]) + end + end).encode("latin-1")


BODY = b"code=x"
FORM = "Content-Type: application/x-www-form-urlencoded"


def post(*lines, body=BODY):
    return head(FORM, *lines, method="POST") + body


# name, bytes, statuses that are a refusal. No case may be answered with success.
FRAMING = [
    ("two equal lengths", post("Content-Length: 6", "Content-Length: 6"), {400}),
    ("two lengths that differ", post("Content-Length: 6", f"Content-Length: {6 + len(SMUGGLED)}") + SMUGGLED, {400}),
    ("two lengths that differ, other order", post(f"Content-Length: {6 + len(SMUGGLED)}", "Content-Length: 6") + SMUGGLED, {400}),
    ("length and chunked", post("Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\n") + SMUGGLED, {400}),
    ("chunked and length", post("Transfer-Encoding: chunked", "Content-Length: 6", body=b"0\r\n\r\n") + SMUGGLED, {400}),
    ("chunked", post("Transfer-Encoding: chunked", body=b"6\r\ncode=x\r\n0\r\n\r\n"), {400}),
    ("unknown transfer coding", post("Transfer-Encoding: xchunked", "Content-Length: 6"), {400}),
    ("chunked, identity", post("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n") + SMUGGLED, {400}),
    ("chunk overflow", post("Transfer-Encoding: chunked", body=b"FFFFFFFFFFFFFFFFF\r\n"), {400, 413}),
    ("space before colon", post("Content-Length : 6"), {400, 411}),
    ("host with space before colon", head(host="Host : @HOST@"), {400}),
    ("bare LF", head(end="\n"), {400}),
    ("bare LF after one header", b"GET /kiosk/enrol HTTP/1.1\r\nHost: @HOST@\nX: y\r\n\r\n", {400}),
    ("folded header", head("X: a", " b"), {400}),
    ("folded with tab", head("X: a", "\tb"), {400}),
    ("NUL in header", head("X: a\0b"), {400}),
    ("NUL in header name", head("X\0Y: a"), {400}),
    ("NUL in target", head(target="/kiosk/enrol\0x"), {400}),
    ("escaped NUL in target", head(target="/kiosk/enrol%00"), {400}),
    ("CR in header", head("X: a\rb"), {400}),
    ("two Hosts", head("Host: @HOST@"), {400}),
    ("no Host", head(host=None), {400}),
    ("foreign Host", head(host="Host: evil.example"), {421}),
    ("Host without port", head(host="Host: localhost"), {421}),
    ("absolute target", head(target="https://@HOST@/kiosk/enrol"), {400}),
    ("double space", b"GET  /kiosk/enrol HTTP/1.1\r\nHost: @HOST@\r\n\r\n", {400, 505}),
    ("TRACE", head(method="TRACE"), {405}),
    ("odd method", head(method="G<E>T"), {400}),
    ("lower-case method", head(method="get"), {405}),
    ("length +6", post("Content-Length: +6"), {400}),
    ("length -1", post("Content-Length: -1"), {400}),
    ("length 0x6", post("Content-Length: 0x6"), {400}),
    ("length overflow", post("Content-Length: 99999999999999999999999"), {400, 413}),
    ("length too large", post("Content-Length: 65537"), {413}),
    ("HTTP/0.9", b"GET /kiosk/enrol\r\n\r\n", {400, 505}),
    ("HTTP/1.0", head(version="HTTP/1.0"), {505}),
    ("HTTP/2.0", head(version="HTTP/2.0"), {505}),
    ("HTTP/1.10", head(version="HTTP/1.10"), {400, 505}),
    ("http/1.1", head(version="http/1.1"), {400, 505}),
    ("body with GET", head("Content-Length: 6") + BODY, {400}),
    ("GET with an empty body", head("Content-Length: 0"), {400}),
    ("POST without length", head(FORM, method="POST"), {411}),
    ("64 KiB header", head("X: " + "a" * 65536), {400, 431}),
    ("5,000 headers", head(*["X: y"] * 5000), {400, 431}),
    ("65 headers", head(*["X: y"] * 65), {431}),
    ("40 KiB target", head(target="/" + "a" * 40960), {400, 414, 431}),
    ("control byte in target", head(target="/kiosk\x01"), {400}),
    ("fragment", head(target="/kiosk/enrol#x"), {400}),
    ("two cookies headers", head("Cookie: a=b", "Cookie: c=d"), {400}),
    ("query with a body", head(FORM, "Content-Length: 6", method="POST", target="/kiosk/enrol?a=b") + BODY, {400}),
    ("expectation", head(FORM, "Content-Length: 65537", "Expect: 100-continue", method="POST"), {413}),
]


def test_framing(web):
    """Each case is refused, closed, and nothing behind it is taken for a second request (that one alone is answered with 200).
    libmicrohttpd 0.9.75 sends the head of its own error replies twice; the repetition is no second answer."""
    assert statuses(web.raw(head("Connection: close").replace(b"@HOST@", web.host.encode()))) == [200]
    wrong = []
    for name, data, allowed in FRAMING:
        got = statuses(web.raw(data.replace(b"@HOST@", web.host.encode()) + SMUGGLED.replace(b"@HOST@", web.host.encode())))
        if not set(got) <= allowed:
            wrong.append((name, got))
    assert not wrong
    assert web.core.calls() == []
    assert "signal" not in web.log() and web.proc.poll() is None


def test_what_follows_a_body_is_dropped(web):
    form = f"POST /kiosk/enrol HTTP/1.1\r\nHost: {web.host}\r\n{FORM}\r\nContent-Length: 6\r\n\r\ncode=x"
    out = web.raw(form.encode() + SMUGGLED.replace(b"@HOST@", web.host.encode()))
    assert statuses(out) == [403] and b"Connection: close" in out


def test_keep_alive_between_requests_without_bodies(web):
    one = head().replace(b"@HOST@", web.host.encode())
    last = head("Connection: close").replace(b"@HOST@", web.host.encode())
    assert statuses(web.raw(one + one + last)) == [200, 200, 200]


PATHS = ["//kiosk/enrol", "/kiosk/enrol/", "/kiosk/./enrol", "/x/../kiosk/enrol", "/kiosk%2fenrol", "/kiosk/enrol%20", "/KIOSK/enrol",
         "/kiosk/enrol;a", "/kiosk\\enrol", "/kiosk/enrol%3f", "/kiosk/enro%6c", "/static/", "/static/../kiosk/enrol", "/.git/config",
         "/me", "/admin", "/kiosk/jobs.html", "/static/000000000000/style.css"]


@pytest.mark.parametrize("target", PATHS)
def test_only_exact_paths(web, target):
    out = web.raw(head("Connection: close", target=target).replace(b"@HOST@", web.host.encode()))
    assert statuses(out) == [404]


SITES = [None, "same-origin", "same-site", "cross-site", "none", "bogus"]
ORIGINS = [None, "own", "null", "https://evil.example", "http", "other port"]


@pytest.mark.parametrize("instance", ["kiosk", "portal"])
def test_csrf_matrix(lab, instance):
    """Sec-Fetch-Site and Origin in every combination, with a right form token; and the right headers with wrong tokens."""
    web = Web(lab, instance)
    web.core.jobs = [job(1)]
    b = Browser(web, terminal=instance == "kiosk", session=True)
    origins = {"own": f"https://{web.host}", "http": f"http://{web.host}", "other port": "https://localhost:1"}
    page, action = ("/kiosk/jobs", "/kiosk/act") if instance == "kiosk" else ("/me", "/me/confirm")
    b.get(page)
    fields = b.fields(action)
    for site in SITES:
        for origin in ORIGINS:
            headers = {} if site is None else {"Sec-Fetch-Site": site}
            if origin:
                headers["Origin"] = origins.get(origin, origin)
            good = site in (None, "same-origin") and origin in (None, "own")
            if site is None and origin is None:
                good = instance == "kiosk"
            status = b.post(action, fields, headers).status
            assert status == (200 if good else 403), (site, origin, status)
    for token in ("", "0" * 64, dict(fields)["form"][:-1], dict(fields)["form"].upper() + "0"):
        changed = [(k, token if k == "form" else v) for k, v in fields]
        assert b.post(action, changed).status == 403
    assert b.post(action, [f for f in fields if f[0] != "form"]).status == 403
    assert web.core.calls("job.delete") == [] and web.core.calls("job.release") == []


def test_login_needs_a_header_where_there_is_no_token(lab):
    web = Web(lab, "portal")
    b = Browser(web)
    fields = [("login", "alice"), ("password", "correct-horse")]
    assert b.post("/me/login", fields, {}).status == 403
    assert b.post("/me/login", fields, {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert web.core.calls() == []
    assert b.post("/me/login", fields).status == 303


def test_other_content_types_are_refused(web):
    b = Browser(web)
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencodedx"):
        assert b.request("POST", "/kiosk/enrol", "code=x", b.origin | {"Content-Type": kind}).status == 415


BAD_FORMS = ["a", "=x", "code=%", "code=%zz", "code=%00", "code=x&code=y", "code=%ff", "CODE=x", "code=x&", "&code=x", "code=a%0ab"]


@pytest.mark.parametrize("body", BAD_FORMS)
def test_malformed_forms_are_refused(web, body):
    b = Browser(web)
    assert b.request("POST", "/kiosk/enrol", body, b.origin).status == 400
    assert web.core.calls() == []


def alive(s):
    s.settimeout(0.01)
    try:
        return s.recv(4096) != b""
    except (TimeoutError, ssl.SSLWantReadError, ssl.SSLError) as e:
        return isinstance(e, (TimeoutError, ssl.SSLWantReadError)) or "timed out" in str(e)
    except OSError:
        return False


def drip(web, start, piece, limit):
    """Opens a connection, sends start, then a piece every half second; seconds until the server ends it."""
    s = web.connect()
    begin = time.monotonic()
    s.sendall(start.replace(b"@HOST@", web.host.encode()))
    try:
        while time.monotonic() < begin + limit:
            try:
                s.sendall(piece)
            except OSError:
                break
            if not until(0.5, lambda: not alive(s)):
                continue
            break
        return time.monotonic() - begin
    finally:
        s.close()


def test_a_silent_handshake_is_ended(web):
    s = socket.create_connection(("127.0.0.1", web.port))
    begin = time.monotonic()
    s.settimeout(10)
    assert s.recv(1) == b""
    assert 4.5 < time.monotonic() - begin < 7


def test_slow_headers_are_ended_in_spite_of_activity(web):
    assert 9.5 < drip(web, b"GET /kiosk/enrol HTTP/1.1\r\nHost: @HOST@\r\n", b"X: y\r\n", 20) < 13


def test_an_idle_connection_is_ended(web):
    s = web.connect(timeout=25)
    s.sendall(head().replace(b"@HOST@", web.host.encode()))
    assert until(5, lambda: b"</html>" in s.recv(65536))
    begin = time.monotonic()
    try:
        assert s.recv(1) == b""
    except ssl.SSLError:
        pass
    assert 13 < time.monotonic() - begin < 19


def test_slow_body_is_ended_in_spite_of_activity(web):
    start = head(FORM, "Content-Length: 60000", method="POST")
    assert 29 < drip(web, start, b"a", 45) < 34


def test_slowloris_does_not_stop_service(lab):
    """As many slow connections from one address as it may have: another address is served, and all of them end."""
    web = Web(lab, web_connections=64, web_connections_per_address=16)
    begin = time.monotonic()
    slow = []
    for _ in range(24):
        try:
            s = web.connect(source="127.0.0.2", timeout=3)
            s.sendall(b"GET /kiosk/enrol HTTP/1.1\r\nHost: x\r\n")
            slow.append(s)
        except OSError:
            pass
    held = [s for s in slow if alive(s)]
    assert len(held) == 16
    assert Browser(web).get("/kiosk/enrol").status == 200
    assert time.monotonic() - begin < 8
    wait_for("the slow ones ended", lambda: not any(alive(s) for s in held), 15)

    def served():
        """Once the server has counted them out, which is a moment after they see their end."""
        try:
            s = web.connect(source="127.0.0.2", timeout=3)
            s.sendall(head("Connection: close").replace(b"@HOST@", web.host.encode()))
            return b"200 OK" in s.recv(4096)
        except OSError:
            return False
    wait_for("the address is not served again", served, 3)


def test_tls_versions(web):
    for version, good in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        ctx = ssl.create_default_context(cafile=str(web.ca))
        ctx.set_ciphers("DEFAULT:@SECLEVEL=0")
        ctx.minimum_version = ctx.maximum_version = version
        s = socket.create_connection(("127.0.0.1", web.port), 5)
        try:
            with ctx.wrap_socket(s, server_hostname="localhost") as t:
                assert good, version
                assert t.cipher()[0].endswith(("SHA256", "SHA384")) and "CBC" not in t.cipher()[0]
        except ssl.SSLError:
            assert not good, version


def test_core_away_and_back(lab):
    """No core: a neutral page. A core that was restarted: the next request dials again. One that hangs: 503 in time."""
    web = Web(lab, core=False)
    b = Browser(web, terminal=True)
    page = b.get("/kiosk")
    assert page.status == 503 and "Not available just now" in page.plain and page.header("Connection") == "close"
    assert 'content="10;url=/kiosk"' in page.text
    from lib.web import Core
    core = Core(lab, "kiosk")
    assert b.get("/kiosk").status == 200
    for peer in core.fake.peers:
        peer.sock.shutdown(socket.SHUT_RDWR)
    assert b.get("/kiosk").status == 200
    core.on_terminal_hello = lambda m: None
    begin = time.monotonic()
    assert b.get("/kiosk").status == 503
    assert 6 < time.monotonic() - begin < 10
    core.fake.handler = lambda peer, m: m.answer(fields={"name": 7})
    assert b.get("/kiosk").status == 503  # an answer against the vocabulary
    core.fake.handler = core.handle
    del core.on_terminal_hello
    assert b.get("/kiosk").status == 200


def test_many_at_once(web):
    """More requests at once than there are connections to the core."""
    import threading
    got = []

    def one():
        got.append(Browser(web, terminal=True).get("/kiosk").status)

    threads = [threading.Thread(target=one) for _ in range(30)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert got == [200] * 30
    assert len(web.core.fake.peers) <= 16


def test_connections_leave_nothing_in_memory(web):
    """GnuTLS's own generator keeps a state for every thread there ever was, and each connection is one: 2,000 of them are 440 KiB."""
    def resident():
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{web.proc.pid}/status").read_text())[1])

    def connections(n):
        b = Browser(web, terminal=True)
        for _ in range(n):
            assert b.get("/kiosk").status == 200
    for _ in range(2):  # the first fill the allocator's rooms
        before = resident()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(connections, [500] * 4))
    assert resident() - before < 300


def test_static_files(web):
    page = Browser(web).get("/kiosk/enrol")
    r = Browser(web).get(STATIC.search(page.text)[0])
    assert r.status == 200 and "immutable" in r.header("Cache-Control") and r.header("Content-Type").startswith("text/css")
    assert r.header("X-Content-Type-Options") == "nosniff" and "set-cookie" not in r.headers


def test_starts_and_ends(lab):
    """SIGTERM ends it cleanly; a bad configuration says which key."""
    from lib.lab import BUILD, run
    web = Web(lab)
    s = web.connect()
    lab.stop(web.proc)
    assert web.proc.returncode == 0
    s.close()
    assert run(BUILD / "web/quoin-web", "-i", "kiosk", "-c", web.conf, "-t").returncode == 0
    assert run(BUILD / "web/quoin-web", "-i", "nobody", "-c", web.conf, check=False).returncode == 2
    text = web.conf.read_text()
    for key, value, says in (("web-hosts", "{}", "web-hosts is empty"), ("tls-key", '"/nowhere"', "opening /nowhere"),
                             ("tls-key", f'"{web.conf}"', "tls-certificate and tls-key"), ("kiosk-listen", '"here"', "not an address")):
        web.conf.write_text(text + f"{key} = {value}\n")
        p = run(BUILD / "web/quoin-web", "-i", "kiosk", "-c", web.conf, check=False)
        assert p.returncode == 1 and says in p.stderr, (key, p.stderr)
