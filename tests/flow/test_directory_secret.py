"""quoinctl directory secret: the service account's password opens for the servers it was sealed for, and is sent to no other."""
import os
import pty
import shutil
import socket
import stat
import threading

import pytest

from lib.directory import BASE, SERVICE, SERVICE_PASSWORD, demo
from lib.lab import BUILD, ENV, free_port, run, shut
from lib.workers import PROGRAM, Workers, role_groups

CTL = BUILD / "ctl" / "quoinctl"
HEAD = "QUOIN SEALED SECRET 1\n"


class Listener:
    """Notes every byte that anybody sends it."""

    def __init__(self, lab):
        self.port, self.connections, self.seen = free_port(), 0, b""
        self.sock = socket.create_server(("127.0.0.1", self.port))
        lab.closers.append(lambda: shut(self.sock))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            while True:
                peer, _ = self.sock.accept()
                self.connections += 1
                peer.settimeout(0.5)
                try:
                    while data := peer.recv(4096):
                        self.seen += data
                except OSError:
                    pass
                peer.close()
        except OSError:
            pass


class Site:
    """A directory and the configuration for it, the password sealed."""

    def __init__(self, lab, user="0"):
        self.lab, self.d, self.user = lab, demo(lab), user
        os.chmod(lab.dir, 0o755)
        self.secret, self.key, self.path = lab.dir / "directory.secret", lab.dir / "directory.key", lab.dir / "quoin.conf"
        self.keys = {"directory_secret_file": f'"{self.secret}"', "directory_key_file": f'"{self.key}"'}
        self.write()
        self.seal()

    def write(self, servers=None, **keys):
        conf, _ = role_groups(self.d.conf(servers, **self.keys | keys))
        self.path.write_text(f'user-ldap = "{self.user}"\nrun-dir = "{self.lab.dir}/run"\n{conf}')
        os.chmod(self.path, 0o644)

    def seal(self, secret=SERVICE_PASSWORD, check=True):
        return run(CTL, "-c", self.path, "directory", "secret", "--libexec-dir", BUILD / "ldap", input=secret + "\n", check=check)

    def check(self):
        """What quoin-ldap says of it; "" if it is good."""
        p = run(PROGRAM, "-t", "-c", self.path, check=False)
        assert (p.returncode == 0) == (p.stderr == "") and SERVICE_PASSWORD not in p.stderr + p.stdout
        return p.stderr

    def workers(self, **kw):
        return Workers(self.lab, self.path.read_text() + 'role-group "cn=x,dc=lab" { role = user }\n', **kw)


@pytest.fixture
def site(lab):
    return Site(lab)


def test_there_and_back(site):
    assert site.check() == ""
    text = site.secret.read_text()
    assert text.startswith(HEAD) and SERVICE_PASSWORD not in text and SERVICE_PASSWORD.encode().hex() not in text
    assert len(site.key.read_bytes()) == 32
    for path in (site.secret, site.key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
    w = site.workers()
    assert w.find("alice").code == "ok" and site.d.binds(SERVICE) > 0, w.log()


def test_again_with_another_password_and_the_same_key(site):
    key, first = site.key.read_bytes(), site.secret.read_bytes()
    site.seal()
    assert site.key.read_bytes() == key and site.secret.read_bytes() != first and site.check() == ""
    site.seal("another")
    w = site.workers()
    a = w.find("alice")
    assert a.code == "away" and "Invalid credentials" in a.text


def test_the_files_are_the_users(lab):
    """Of quoin-ldap, who can open them, with the copy of the CA file too."""
    site = Site(lab, user="65534")
    assert {p.stat().st_uid for p in (site.secret, site.key)} == {65534}
    (lab.dir / "run").mkdir()
    os.chmod(lab.dir / "run", 0o777)
    w = site.workers(under=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    assert w.find("alice").code == "ok", w.log()





@pytest.mark.parametrize("change", ["host", "port", "scheme", "starttls", "more", "fewer", "order", "ca", "dn", "key"])
def test_for_anything_else_it_does_not_open_and_nothing_is_sent(lab, change):
    site, listener = Site(lab), Listener(lab)
    d, there = site.d, f"ldaps://127.0.0.1:{listener.port}"
    other_ca = lab.dir / "other.crt"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", lab.dir / "other.key",
        "-out", other_ca, "-days", "2", "-subj", "/CN=Other CA")
    both = [d.uri, d.plain]
    before = {"host": [f"ldaps://127.0.0.2:{listener.port}"], "scheme": [f"ldap://127.0.0.1:{listener.port}"], "more": [d.uri],
              "starttls": [f"ldap://127.0.0.1:{listener.port}"], "fewer": [there, d.uri], "order": both}.get(change)
    site.write(before)
    site.seal()
    assert site.check() == ""
    after = {"host": [there], "port": [there], "scheme": [there], "starttls": before, "more": [d.uri, there], "fewer": [there],
             "order": both[::-1]}.get(change, [there] if change in ("ca", "dn", "key") else None)
    if change in ("ca", "dn", "key"):
        site.write([there])
        site.seal()
        assert site.check() == ""
    keys = {"ca": {"directory_ca": f'"{other_ca}"'}, "dn": {"directory_bind_dn": f'"cn=admin,{BASE}"'},
            "starttls": {"directory_starttls": "false", "directory_insecure": "true"}}.get(change, {})
    site.write(after, **keys)
    if change == "key":
        os.chmod(site.key, 0o600)
        site.key.write_bytes(os.urandom(32))
    said = site.check()
    assert "was not sealed for these directory-servers" in said and "quoinctl directory secret" in said, said
    for words in (["-m", "ldap"], ["-e", "alice"]):
        p = run(PROGRAM, "-c", site.path, *words, check=False)
        assert p.returncode == 1 and "was not sealed for these" in p.stderr
    assert listener.connections == 0 and listener.seen == b"" and d.binds(SERVICE) == 0
    site.seal()  # whoever knows the password can do it
    assert site.check() == ""


def test_another_way_to_write_the_same_is_the_same(site):
    d = site.d
    site.write([d.uri.replace("ldaps", "LDAPS"), "ldaps://ldap.Example.org", "ldap://[::1]"])
    site.seal()
    site.write([d.uri, "ldaps://LDAP.example.org:636", "ldap://[::1]:389"])
    assert site.check() == ""
    shutil.copy(d.ca, site.lab.dir / "the-same.crt")
    site.write([d.uri, "ldaps://ldap.example.org", "ldap://[::1]"], directory_ca=f'"{site.lab.dir}/the-same.crt"')
    assert site.check() == ""
    site.write([d.uri, "ldaps://ldap.example.org:6361", "ldap://[::1]"])
    assert "was not sealed" in site.check()


@pytest.mark.parametrize("how,word", [
    ("flip-first", "was not sealed"), ("flip-last", "was not sealed"), ("short", "was not sealed"), ("odd", "no sealed secret"),
    ("none", "no sealed secret"), ("letters", "no sealed secret"), ("more", "no sealed secret"), ("long", "larger"), ("head", "one line")])
def test_a_changed_file_does_not_open(site, how, word):
    body = site.secret.read_text()[len(HEAD):].strip()

    def flip(i):
        return body[:i] + ("0" if body[i] != "0" else "1") + body[i + 1:]
    text = {"flip-first": flip(0), "flip-last": flip(len(body) - 1), "short": body[:-2], "odd": body[:-1], "none": "", "letters": "xyz0" * 20,
            "more": body + "\n" + body, "long": "00" * 600, "head": body}[how]
    os.chmod(site.secret, 0o600)
    site.secret.write_text((HEAD if how != "head" else HEAD.replace("1", "2")) + text + "\n")
    assert word in site.check(), site.check()


@pytest.mark.parametrize("how,word", [("group", "chmod 600"), ("all", "chmod 600"), ("short", "32 bytes"), ("long", "larger"),
                                      ("gone", "opening"), ("unset", "directory-key-file"), ("folder", "not a file")])
def test_a_key_that_is_not_private_or_none(site, how, word):
    if how in ("group", "all"):
        os.chmod(site.key, 0o440 if how == "group" else 0o404)
    elif how in ("short", "long"):
        os.chmod(site.key, 0o600)
        site.key.write_bytes(b"k" * (31 if how == "short" else 33))
    elif how == "unset":
        site.write(directory_key_file=None)
    else:
        site.key.unlink()
        if how == "folder":
            site.key.mkdir(0o700)
    assert word in site.check() and "directory-key-file" in site.check()
    if how not in ("gone", "unset"):
        assert site.seal(check=False).returncode == 1  # and it is not replaced by one that is


def test_the_certificates_it_was_sealed_with_stay(site):
    """Whoever can change the CA file and the name service, but not start Quoin again, gets no password either."""
    ca = site.lab.dir / "ours.crt"
    shutil.copy(site.d.ca, ca)
    site.write(directory_ca=f'"{ca}"')
    site.seal()
    w = site.workers(workers=1)
    assert w.find("alice").code == "ok"
    ca.write_text("nothing\n")
    site.d.stop()
    site.d.start()
    assert w.find("alice").code == "ok", w.log()  # on a new connection
    assert "was not sealed" in site.check()


def test_a_password_in_clear_still_works(site):
    os.chmod(site.secret, 0o600)
    site.secret.write_text(SERVICE_PASSWORD + "\n")
    assert site.check() == ""
    assert site.workers().find("alice").code == "ok"


@pytest.mark.parametrize("secret", ["", "a\nb", "x" * 513])
def test_what_is_no_password(site, secret):
    before = site.secret.read_bytes()
    p = site.seal(secret, check=False)
    assert p.returncode == 1 and "one line" in p.stderr and site.secret.read_bytes() == before


def test_without_an_account_there_is_nothing_to_seal(site):
    site.write(directory_bind_dn=None, directory_secret_file=None)
    p = site.seal(check=False)
    assert p.returncode == 1 and "directory-bind-dn" in p.stderr
    assert run(CTL, "-c", site.path, "directory", "secret", "x", check=False).returncode == 2


def typed(site, *lines):
    """(exit status, what the terminal showed)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(CTL, ["quoinctl", "-c", str(site.path), "directory", "secret", "--libexec-dir", str(BUILD / "ldap")], ENV)
    shown, told, reads = [b""], 0, True

    def more():
        try:
            shown[0] += os.read(fd, 4096)
            return True
        except OSError:
            return False
    while reads:
        reads = more()
        if told < len(lines) and shown[0].count(b": ") > told:
            os.write(fd, lines[told] + b"\n")
            told += 1
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown[0].decode()


def test_typed_at_a_terminal_it_is_not_shown(site):
    before = site.secret.read_bytes()
    status, text = typed(site, SERVICE_PASSWORD.encode(), SERVICE_PASSWORD.encode())
    assert status == 0 and f"password of {SERVICE}: " in text and SERVICE_PASSWORD not in text, text
    assert site.secret.read_bytes() != before and site.workers().find("alice").code == "ok"


@pytest.mark.parametrize("lines", [(b"one", b"another"), (b"x\x03",), (b"",)])
def test_a_slip_at_the_terminal_changes_nothing(site, lines):
    before = site.secret.read_bytes()
    status, text = typed(site, *lines)
    assert status == 1 and site.secret.read_bytes() == before, text
