"""Terminals with a client certificate, by real TLS clients: which certificates the kiosk believes, and what the core makes of them."""
import datetime
import hashlib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose, NameOID

from lib import directory
from lib.lab import run
from lib.quoin import Quoin
from lib.web import TERMINAL, Browser, Core, Web

DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority like the core's."""

    def __init__(self, name="Quoin terminals test"):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self.sign(self.name, self.key.public_key(), [(x509.BasicConstraints(True, 0), True)], DAY)
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, subject, public, extensions, left, age=DAY):
        now = datetime.datetime.utcnow()
        b = x509.CertificateBuilder(self.name, subject, public, x509.random_serial_number(), now - age, now + left)
        for extension, critical in extensions:
            b = b.add_extension(extension, critical)
        return b.sign(self.key, hashes.SHA256())

    def client(self, name="t1", purposes=(Purpose.CLIENT_AUTH,), left=DAY, age=DAY, key=None):
        key = key or ec.generate_private_key(ec.SECP256R1())
        extensions = [(x509.BasicConstraints(False, None), True)] + ([(x509.ExtendedKeyUsage(purposes), False)] if purposes else [])
        return key, self.sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key(), extensions, left, age)


def fingerprint(certificate):
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()


def tls_with(folder, ca, key, certificate):
    """An SSL context that shows this certificate."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{fingerprint(certificate).hex()[:16]}.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
                     + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(path)
    return context


# ---- the kiosk alone, with a scripted core ----

@pytest.fixture
def authority():
    return Authority()


@pytest.fixture
def web(lab, authority, monkeypatch):
    made = Core.__init__

    def init(self, *args):
        made(self, *args)
        self.ca = authority.der
    monkeypatch.setattr(Core, "__init__", init)
    return Web(lab)


def shown(web, lab, pair=None):
    """What the core is told of a client with this certificate: the page's status, the certificate's hash or None."""
    b = Browser(web, terminal=True)
    if pair:
        web.tls = tls_with(lab.dir / "clients", web.ca, *pair)
    before = len(web.core.calls())
    status = b.get("/kiosk").status
    asked = web.core.calls()[before:]
    assert asked and all(m.secret["terminal"] == TERMINAL for m in asked)
    return status, {m.secret.get("certificate") for m in asked}


def test_a_good_certificate_goes_with_every_message(web, lab, authority):
    pair = authority.client()
    mine = {fingerprint(pair[1])}
    assert shown(web, lab, pair) == (200, mine)
    b = Browser(web, terminal=True)
    b.login()
    assert {m.secret.get("certificate") for m in web.core.calls()} == mine
    assert {m.verb for m in web.core.calls()} >= {"terminal.hello", "login.badge", "session.check", "job.list"}
    assert len(web.core.calls("kiosk.ca")) == 1, "asked for once"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_old_and_new_panels(web, lab, authority, version):
    key, certificate = authority.client()
    web.tls = tls_with(lab.dir / "clients", web.ca, key, certificate)
    web.tls.minimum_version = web.tls.maximum_version = version
    assert shown(web, lab) == (200, {fingerprint(certificate)})


def test_enrolling_shows_it_too(web, lab, authority):
    pair = authority.client()
    web.tls = tls_with(lab.dir / "clients", web.ca, *pair)
    b = Browser(web)
    b.get("/kiosk/enrol")
    b.submit("/kiosk/enrol", [("code", "ABCDEFGHJKMNPQRSTVWX")])
    assert web.core.calls("terminal.enrol")[0].secret["certificate"] == fingerprint(pair[1])


def test_browsers_are_told_whose_certificates_count(web, lab, authority):
    asked = run("openssl", "s_client", "-connect", f"localhost:{web.port}", "-CAfile", web.ca, input="", check=False)
    assert "Acceptable client certificate CA names" in asked.stdout and "CN = Quoin terminals test" in asked.stdout


BAD = {
    "none": lambda a: None,
    "self-signed with the same name": lambda a: Authority("t1").client("t1"),
    "of an authority with our name": lambda a: Authority("Quoin terminals test").client("t1"),
    "expired": lambda a: a.client(left=-datetime.timedelta(minutes=1), age=2 * DAY),
    "not valid yet": lambda a: a.client(age=-datetime.timedelta(hours=1)),
    "for servers": lambda a: a.client(purposes=[Purpose.SERVER_AUTH]),
    "for servers too": lambda a: a.client(purposes=[Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH]),
    "for anything": lambda a: a.client(purposes=[Purpose.ANY_EXTENDED_KEY_USAGE]),
    "without purposes": lambda a: a.client(purposes=()),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_certificate_that_is_not_good_counts_as_none(web, lab, authority, kind):
    assert shown(web, lab, BAD[kind](authority)) == (200, {None}), "the core decides whether it needs one"
    assert kind == "none" or "client certificate refused: " in web.log()


def test_a_chain_below_a_terminals_certificate_is_worth_nothing(web, lab, authority):
    """A panel's key signs for another name."""
    key, middle = authority.client("t1")
    lower = Authority("x")
    lower.key, lower.name = key, middle.subject
    assert shown(web, lab, lower.client("t2")) == (200, {None})


def test_without_a_core_at_the_start_it_is_asked_later(lab, authority):
    web = Web(lab, core=False)
    pair = authority.client()
    web.tls = tls_with(lab.dir / "clients", web.ca, *pair)
    assert Browser(web, terminal=True).get("/kiosk").status == 503
    web.core = Core(lab, "kiosk")
    web.core.ca = authority.der
    assert shown(web, lab, pair) == (200, {fingerprint(pair[1])})


def test_the_other_listeners_ask_for_none(lab, authority):
    web = Web(lab, "portal")
    pair = authority.client()
    web.tls = tls_with(lab.dir / "clients", web.ca, *pair)
    b = Browser(web, session=True)
    assert b.get("/me").status == 200
    assert not web.core.calls("kiosk.ca") and all("certificate" not in m.secret for m in web.core.calls())


# ---- all programs ----

@pytest.fixture
def quoin(lab):
    q = Quoin(lab, directory=directory.demo(lab)).start()
    q.device("hall", "ipp://127.0.0.1:1/ipp/print")
    yield q
    q.stop()


def certify(q, name):
    """Approved, certified by quoinctl; the PKCS#12 file opened with the password that was printed."""
    q.decide("terminal", "propose", name, "hall", "--certificate")
    out = q.role("dora", "terminal", "certify", name, "--out", q.dir / f"{name}.p12")
    assert (q.dir / f"{name}.p12").stat().st_mode & 0o777 == 0o600
    key, certificate, others = pkcs12.load_key_and_certificates((q.dir / f"{name}.p12").read_bytes(), out["password"].encode())
    assert certificate.subject.rfc4514_string() == f"CN={name}" and certificate.issuer == others[0].subject
    return key, certificate


def kiosk(q, pair=None):
    site = q.site("kiosk")
    if pair:
        site.tls = tls_with(q.dir / "clients", q.ca, *pair)
    return Browser(site)


def enrol(q, b, name):
    b.get("/kiosk/enrol")
    return b.submit("/kiosk/enrol", [("code", q.role("dora", "terminal", "code", name)["code"])])


def carried(b, q, pair=None):
    """The same cookies in a browser with another certificate."""
    other = kiosk(q, pair)
    other.cookies = dict(b.cookies)
    return other


def test_only_key_and_cookie_together_are_the_terminal(quoin):
    mine, others = certify(quoin, "panel"), certify(quoin, "p2")
    assert enrol(quoin, kiosk(quoin), "panel").status == 403, "no certificate, no enrolment"
    assert enrol(quoin, kiosk(quoin, others), "panel").status == 403
    b = kiosk(quoin, mine)
    assert enrol(quoin, b, "panel").status == 200 and b.get("/kiosk").status == 200
    stolen = {"no certificate": None, "another terminal's": others, "self-signed with the same name": Authority("panel").client("panel")}
    for what, pair in stolen.items():
        for path in ("/", "/kiosk", "/kiosk/password", "/kiosk/jobs", "/kiosk/over"):
            page = carried(b, quoin, pair).get(path)
            assert page.status == 403 and "not set up" in page.plain, (what, path, page.plain)
    assert kiosk(quoin, mine).get("/kiosk").status == 403, "the key without the cookie"
    b.get("/kiosk/password")
    assert b.submit("/kiosk/password", [("login", "alice"), ("password", directory.password("alice"))]).status == 200
    assert carried(b, quoin).get("/kiosk/jobs").status == 403, "a session carried away"
    quoin.role("dora", "terminal", "revoke", "panel", "--reason", "stolen")
    assert b.get("/kiosk").status == 403 and b.get("/kiosk/jobs").status == 403
    states = {t["name"]: t["state"] for t in quoin.json("terminal", "list")}
    assert states == {"panel": "revoked", "p2": "waiting"}


def test_certify_keeps_no_file_when_it_is_refused(quoin):
    quoin.terminal("cookie", "hall")
    p = quoin.role("dora", "terminal", "certify", "cookie", "--out", quoin.dir / "no.p12", check=False)
    assert p.returncode == 1 and "approved without a client certificate" in p.stderr and not (quoin.dir / "no.p12").exists()
    (quoin.dir / "old.p12").write_text("mine")
    p = quoin.role("dora", "terminal", "certify", "cookie", "--out", quoin.dir / "old.p12", check=False)
    assert p.returncode == 1 and "File exists" in p.stderr and (quoin.dir / "old.p12").read_text() == "mine"
    assert "alice" not in quoin.ctl("terminal", "list").stdout
