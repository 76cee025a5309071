"""quoin-ldap against a real slapd: who is found, which password is right, which account may not, what is never sent."""
import os

import pytest

from lib import badldap
from lib.directory import BASE, SERVICE, Directory, demo, group_dn, password, person_dn
from lib.lab import free_port, port_open, run, wait_for
from lib.workers import PROGRAM, Workers, role_groups

CANARY = b"canary-of-a-password"


@pytest.fixture
def house(lab):
    d = demo(lab)
    return d, Workers(lab, d.conf())


# ---- answers ----

def test_a_person_is_found_with_the_groups_of_roles_only(house):
    d, w = house
    d.add_group("canteen", "alice")
    a = w.find("alice")
    assert a.code == "ok", (a, w.log())
    assert a.fields == {"id": d.value("alice", "entryUUID"), "login": "alice", "display": "Alice Adler", "status": "active", "same": "",
                        "groups": [group_dn("print-users")]}
    assert sorted(w.find("oscar").fields["groups"]) == [group_dn("print-operators"), group_dn("print-users")]


def test_the_login_is_the_directorys_spelling(house):
    _, w = house
    assert w.find("ALICE").fields["login"] == "alice"
    assert w.bind("AlIcE", password("alice")).fields["login"] == "alice"


@pytest.mark.parametrize("login", [" alice ", "alice ", "anna  lee", "\uff41lice", "alice\u200b", "ali\u00adce", "M\u00dcLLER", "mu\u0308ller"])
def test_other_spellings_are_nobody(house, login):
    """That the directory takes for equal: spaces, wide letters, what has no width; accents or case beyond ASCII."""
    d, w = house
    d.add_person("anna lee")
    d.add_person("m\u00fcller")
    assert w.find("Anna Lee").code == w.find("M\u00fcller").code == "ok"
    a = w.find(login)
    assert a.code == "not-found" and ("spells this login otherwise" in a.text or "no entry" in a.text), a
    before = d.binds()
    assert w.bind(login, "whatever").code == "denied" and d.binds() == before


def test_nobody_is_not_found(house):
    _, w = house
    a = w.find("mallory")
    assert (a.code, a.fields) == ("not-found", {}) and "no entry" in a.text
    a = w.bind("mallory", "whatever")
    assert (a.code, a.fields) == ("denied", {}) and "no entry" in a.text


def test_right_and_wrong_password(house):
    d, w = house
    a = w.bind("alice", password("alice"))
    assert a.code == "ok" and a.fields["id"] == d.value("alice", "entryUUID")
    a = w.bind("alice", "wrong")
    assert a.code == "denied" and a.text == "wrong password" and a.fields["id"] == d.value("alice", "entryUUID")
    assert [w.find("alice").code for _ in range(4)] == ["ok"] * 4  # the service connection is still the service's


def test_a_wrong_password_is_asked_of_one_server_only(lab):
    d = demo(lab)
    w = Workers(lab, d.conf([d.uri, d.plain]))
    assert w.bind("alice", "wrong").code == "denied"
    assert d.binds("alice") == 1


@pytest.mark.parametrize("secret", [b"\0", b"\0alice-secret-1", b"alice-secret-1\0", b"alice\0secret", b"x" * 257])
def test_a_password_with_nul_or_too_long_never_reaches_the_directory(house, secret):
    d, w = house
    a = w.bind("alice", secret)
    assert a.code == "denied" and ("NUL" in a.text or "longer" in a.text)
    assert d.binds() == d.binds("cn=admin," + BASE)


def test_an_empty_password_never_reaches_the_directory(house):
    """The message layer refuses an empty secret: the worker ends that connection and comes back."""
    d, w = house
    w.start("ldap.bind", {"login": "alice", "groups": []}, {"password": b""})
    wait_for(w.log, lambda: w.readies >= 3)
    assert d.binds() == d.binds("cn=admin," + BASE)
    assert w.bind("alice", password("alice")).code == "ok"


@pytest.mark.parametrize("login", [
    "*", "a*", "alice)(uid=*", "alice)(|(uid=*", "*)(uid=*))(|(uid=*", "\\2a", "alice\\00", "(", ")", "\\", "|", "&(uid=alice)",
    "uid=alice", "alice,ou=people", "ünïcödé", "%u", "%s%n", "a" * 255, "alice\\2Cx", "' or 1=1", ";", "#alice", "+", "\"alice\"",
])
def test_a_login_is_never_a_pattern(house, login):
    _, w = house
    assert w.find(login).code == "not-found"
    assert w.bind(login, password("alice")).code == "denied"


def test_two_entries_are_no(house):
    d, w = house
    d.add(f"dn: ou=more,ou=people,{BASE}\nobjectClass: organizationalUnit\n")
    d.add_person("alice", dn=f"uid=alice,ou=more,ou=people,{BASE}")
    assert "more than one" in w.find("alice").text
    a = w.bind("alice", password("alice"))
    assert a.code == "denied" and "more than one" in a.text and d.binds("alice") == 0


def test_active_directorys_binary_id(lab):
    d = demo(lab)
    d.add_person("gwen", **{"objectGUID:": "AAECAwQFBgcICQoLDA0ODw=="})
    w = Workers(lab, d.conf(directory_id="objectGUID"))
    assert w.find("gwen").fields["id"] == "03020100-0504-0706-0809-0a0b0c0d0e0f"
    a = w.find("alice")
    assert a.code == "away" and "objectGUID" in a.text


def test_group_names_are_compared_as_names(lab):
    d = demo(lab)
    d.add(f'dn: cn=Print\\, \\"Sp#cial\\" \\+ x\\;  y,ou=groups,{BASE}\nobjectClass: groupOfNames\nmember: {person_dn("alice")}\n')
    spelled = "CN = print\\\\2C \\\\22sp#cial\\\\22 \\\\+ X\\\\; y , OU=Groups,DC=LAB, DC=test"
    w = Workers(lab, d.conf() + f'role-group "{spelled}" {{ role = operator }}\n')
    assert sorted(w.find("alice").fields["groups"]) == sorted([group_dn("print-users"), spelled.replace("\\\\", "\\")])


# ---- accounts that may not ----

def state(d, name):
    """Brings bob into a state by the directory's own means."""
    if name == "locked":
        for _ in range(6):
            run("ldapwhoami", "-x", "-H", d.plain, "-D", person_dn("bob"), "-w", "nonsense", check=False)
        assert d.value("bob", "pwdAccountLockedTime")
        return
    attribute, value = {
        "disabled": ("pwdAccountLockedTime", "000001010000Z"), "must-change": ("pwdReset", "TRUE"),
        "expired": ("accountExpires", "116444736000000001"), "ns-disabled": ("nsAccountLock", "TRUE"),
        "ad-disabled": ("userAccountControl", "514")}[name]
    d.change("bob", attribute, value)


@pytest.mark.parametrize("name,status,why", [
    ("disabled", "disabled", "locked"), ("locked", "locked", "locked"), ("must-change", "must-change", "must be changed"),
    ("expired", "expired", "expired"), ("ns-disabled", "disabled", "disabled"), ("ad-disabled", "disabled", "disabled")])
def test_an_account_that_may_not(house, name, status, why):
    d, w = house
    state(d, name)
    a = w.find("bob")
    assert (a.code, a.fields["status"]) == ("ok", status)
    a = w.bind("bob", password("bob"))
    assert a.code == "denied" and a.fields["status"] == status and why in a.text, a
    assert w.bind("bob", "wrong").code == "denied"
    assert w.find("alice").fields["status"] == "active"


def test_a_change_of_the_password_that_only_the_bind_tells(lab):
    """By the password policy's control: the service account may not read pwdReset."""
    d = Directory(lab, hidden=",pwdReset")
    d.add_person("bob")
    d.change("bob", "pwdReset", "TRUE")
    w = Workers(lab, d.conf())
    assert w.find("bob").fields["status"] == "active"
    a = w.bind("bob", password("bob"))
    assert a.code == "denied" and a.fields["status"] == "must-change" and "must be changed" in a.text, a


def test_a_lock_that_has_run_out_ends_with_the_right_password(house):
    d, w = house
    d.change("bob", "pwdAccountLockedTime", "20200101000000Z")
    assert w.find("bob").fields["status"] == "locked"
    assert w.bind("bob", password("bob")).fields["status"] == "active"
    assert w.find("bob").fields["status"] == "active"


def test_an_account_is_seen_as_it_is_now(house):
    d, w = house
    assert w.find("dave").fields["status"] == "disabled"
    d.enable("dave")
    assert w.find("dave").fields["status"] == "active"
    d.rename("dave", "david")
    assert w.find("dave").code == "not-found"
    d.delete("alice")
    assert w.find("alice").code == "not-found"


# ---- TLS ----

def certificate(lab, name, san, ca, days):
    """A server certificate from the lab's CA ("ca"), or from one that nobody trusts."""
    t = lab.ca()[0].parent
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    if not (t / f"{ca}.crt").exists():
        run("openssl", "req", "-x509", *ec, "-keyout", t / f"{ca}.key", "-out", t / f"{ca}.crt", "-days", "30", "-subj", f"/CN={ca}")
    (t / f"{name}.ext").write_text(f"subjectAltName={san}\n")
    run("openssl", "req", *ec, "-keyout", t / f"{name}.key", "-out", t / f"{name}.csr", "-subj", "/CN=directory")
    run("openssl", "x509", "-req", "-in", t / f"{name}.csr", "-CA", t / f"{ca}.crt", "-CAkey", t / f"{ca}.key", "-CAcreateserial",
        "-days", days, "-out", t / f"{name}.crt", "-extfile", t / f"{name}.ext")
    return t / f"{name}.crt", t / f"{name}.key"


@pytest.mark.parametrize("scheme", ["ldaps", "starttls"])
@pytest.mark.parametrize("fault", ["none", "ca", "name", "expired"])
def test_a_certificate_that_is_not_the_directorys(lab, scheme, fault):
    """Whatever libldap's own files and variables say."""
    san = "DNS:elsewhere.example,IP:127.0.0.2" if fault == "name" else "DNS:localhost,IP:127.0.0.1"
    crt = certificate(lab, "bad", san, "other" if fault == "ca" else "ca", "-1" if fault == "expired" else "20")
    d = Directory(lab, cert=crt)
    d.add_person("alice")
    rc = lab.dir / ".ldaprc"
    rc.write_text(f"TLS_REQCERT never\nTLS_CACERT {crt[0].parent}/other.crt\n")
    env = {"LDAPTLS_REQCERT": "never", "LDAPTLS_CACERT": f"{crt[0].parent}/other.crt", "HOME": str(lab.dir),
           "LDAPCONF": str(rc), "LDAPRC": str(rc)}
    w = Workers(lab, d.conf([d.uri if scheme == "ldaps" else d.plain]), env=env)
    if fault == "none":
        assert w.bind("alice", password("alice")).code == "ok"
        return
    assert w.bind("alice", password("alice")).code == "away"
    assert d.binds("alice") == 0 and d.binds(SERVICE) == 0


def test_old_tls_is_refused(lab):
    _, crt, key = lab.ca()
    d, port = Directory(lab), free_port()
    p = lab.start("openssl", "s_server", "-accept", port, "-cert", crt, "-key", key, "-tls1_1", "-www", "-cipher", "ALL:@SECLEVEL=0",
                  log="s_server.log")
    wait_for(p.log.read_text, lambda: port_open(port))
    w = Workers(lab, d.conf([f"ldaps://127.0.0.1:{port}"]))
    assert w.find("alice").code == "away"
    assert "unsupported protocol" in p.log.read_text()


@pytest.mark.parametrize("scheme", ["ldaps", "starttls"])
def test_a_directory_with_old_tls_alone_gets_nothing(lab, scheme):
    d = Directory(lab, least="3.2", ciphers="NORMAL:-VERS-ALL:+VERS-TLS1.1")
    d.add_person("alice")
    env = {"LDAPTLS_REQCERT": "never", "LDAPTLS_PROTOCOL_MIN": "3.1", "LDAPTLS_CIPHER_SUITE": "NORMAL:+VERS-TLS1.1"}
    w = Workers(lab, d.conf([d.uri if scheme == "ldaps" else d.plain]), env=env)
    assert w.bind("alice", password("alice")).code == "away"
    assert d.binds("alice") == 0 and d.binds(SERVICE) == 0 and "TLS negotiation failure" in d.proc.log.read_text(errors="replace")


@pytest.mark.parametrize("how", ["refuse_tls", "silent_tls", "silent", "garbage"])
def test_nothing_secret_goes_in_clear(lab, how):
    d = demo(lab)
    d.secret_file.write_bytes(CANARY)
    p = badldap.BadLdap(how)
    lab.closers.append(p.close)
    w = Workers(lab, d.conf([p.plain]))
    assert w.bind("alice", CANARY).code == "away"
    assert CANARY not in p.seen and badldap.BIND not in p.ops and b"1.3.6.1.4.1.1466.20037" in p.seen


# ---- configuration ----

@pytest.mark.parametrize("conf,word", [
    (dict(servers=["ldap://127.0.0.1"], directory_starttls="false"), "in clear"),
    (dict(directory_ca=None), "directory-ca"),
    (dict(directory_ca='"/nowhere"'), "directory-ca"),
    (dict(servers=["ldapi://%2Ftmp"]), "directory-servers"),
    (dict(servers=["ldaps://a,ldaps://b"]), "directory-servers"),
    (dict(directory_user_filter='"(uid=alice)"'), "%u"),
    (dict(directory_user_filter='"(|(uid=%u)(mail=%u))"'), "%u"),
    (dict(directory_user_filter='"(uid=%u))"'), "parentheses"),
    (dict(directory_secret_file=None), "directory-secret-file"),
    (dict(directory_base=None), "directory-base"),
    (dict(directory_id='""'), "directory-id"),
    (dict(directory_servers="{}"), "directory-servers"),
])
def test_a_configuration_that_can_not_be_meant(lab, conf, word):
    d = Directory(lab)
    (lab.dir / "quoin.conf").write_text(role_groups(d.conf(**conf))[0])
    p = run(PROGRAM, "-t", "-c", lab.dir / "quoin.conf", check=False)
    assert p.returncode == 1 and word in p.stderr, p.stderr


def test_a_group_that_is_no_name_does_not_count(house):
    _, w = house
    w.groups.append("print-users")
    assert w.find("alice").fields["groups"] == [group_dn("print-users")]
    assert '"print-users" is not a distinguished name' in w.log()


def test_a_group_in_two_spellings_counts_in_both(house):
    _, w = house
    w.groups.append("CN=Print-Users, ou=groups," + BASE)
    assert w.find("alice").fields["groups"] == [group_dn("print-users"), w.groups[-1]]


def test_only_groups_that_are_asked_about_are_named(house):
    _, w = house
    w.groups[:] = [group_dn("print-auditors")]
    assert w.find("alice").fields["groups"] == []
    assert w.find("audra").fields["groups"] == [group_dn("print-auditors")]
    assert w.bind("audra", password("audra")).fields["groups"] == [group_dn("print-auditors")]


@pytest.mark.parametrize("content,mode,word", [
    (b"s3cret\n", 0o644, "chmod 600"), (b"s3cret\n", 0o640, "chmod 600"), (b"", 0o600, "one line"), (b"a\nb\n", 0o600, "one line"),
    (b"a\0b", 0o600, "one line"), (b"x" * 600, 0o600, "one line")])
def test_a_secret_file_that_others_can_read_or_that_is_none(lab, content, mode, word):
    d = Directory(lab)
    d.secret_file.write_bytes(content)
    os.chmod(d.secret_file, mode)
    (lab.dir / "quoin.conf").write_text(role_groups(d.conf())[0])
    p = run(PROGRAM, "-t", "-c", lab.dir / "quoin.conf", check=False)
    assert p.returncode == 1 and word in p.stderr and "s3cret" not in p.stderr, p.stderr
    os.chmod(d.secret_file, 0o600)
    d.secret_file.write_bytes(b"fine")
    assert run(PROGRAM, "-t", "-c", lab.dir / "quoin.conf").stderr == ""
