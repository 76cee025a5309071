"""quoin-ldap -e and quoinctl directory test: what an administrator reads when nobody can log in."""
import os
import re

import pytest

from lib.directory import BASE, SERVICE, SERVICE_PASSWORD, demo, group_dn, person_dn
from lib.fakeldap import FakeLdap
from lib.lab import BUILD, run
from lib.wire import FakeCore
from lib.workers import PROGRAM, explain_words, role_groups

CTL = BUILD / "ctl" / "quoinctl"


def explain(lab, conf, login, user="0"):
    """(exit status, the lines)."""
    path = lab.dir / "quoin.conf"
    conf, roles = role_groups(conf)
    path.write_text(f'user-ldap = "{user}"\n{conf}')
    os.chmod(path, 0o644)
    p = run(PROGRAM, "-c", path, "-e", login, *explain_words(roles), check=False, timeout=20)
    assert SERVICE_PASSWORD not in p.stdout + p.stderr
    return p.returncode, p.stdout + p.stderr


def fails(text):
    return re.findall(r"^  FAIL  (.*)$", text, re.M)


def test_everything_in_order(lab):
    d = demo(lab)
    d.add_group("canteen", "oscar")
    status, text = explain(lab, d.conf([d.uri, d.plain]), "OSCAR")
    assert status == 0 and fails(text) == [] and text.endswith("Everything is in order.\n"), text
    for words in ("name: 127.0.0.1", f"connection: 127.0.0.1 port {d.tls_port} accepts", "encryption: TLS1.3",
                  "certificate: for localhost, 127.0.0.1, ::1, valid until", f"issued by /CN=Lab CA, which {d.ca} vouches for",
                  f"service account: {SERVICE} is bound", f"base: ou=people,{BASE} is there", f"person: {person_dn('oscar')}, the only",
                  f"id: {d.value('oscar', 'entryUUID')} (entryUUID)", "login: oscar (uid)", "name: Oscar Ortiz (cn)", "account: active",
                  f"group: {group_dn('print-operators')} -> role operator", f"group: {group_dn('canteen')}, of no role"):
        assert text.count(words) == (1 if words.startswith("connection") else 2), (words, text)


def test_the_servers_alone(lab):
    d = demo(lab)
    status, text = explain(lab, d.conf(), "")
    assert status == 0 and "base:" in text and "person" not in text


def test_roles_through_other_groups(lab):
    d = demo(lab)
    d.add(f"dn: {group_dn('above')}\nobjectClass: groupOfNames\nmember: {group_dn('print-users')}\n")
    roles = f'role-group "{group_dn("above")}" {{ role = auditor }}\n'
    _, text = explain(lab, d.conf(directory_nesting='"walk"') + roles, "alice")
    assert f"group: {group_dn('above')} (through other groups) -> role auditor" in text


@pytest.mark.parametrize("login,word", [
    ("nobody", "person nobody: no entry"), ("dave", "account: disabled, because of pwdAccountLockedTime"), ("rolf", "roles: none")])
def test_a_person_who_may_not(lab, login, word):
    d = demo(lab)
    d.add_person("rolf")
    status, text = explain(lab, d.conf(), login)
    assert status == 1 and len(fails(text)) == 1 and word in fails(text)[0], text
    assert login == "dave" or "        -> " in text


@pytest.mark.parametrize("change,word,hint", [
    (dict(servers=["ldaps://127.0.0.1:1"]), "connection: 127.0.0.1 port 1: Connection refused", "firewall"),
    (dict(servers=["ldaps://no-such-name.invalid"]), "name: no-such-name.invalid", "directory-servers"),
    (dict(directory_base='"ou=nowhere,dc=lab,dc=test"'), "base: ou=nowhere,dc=lab,dc=test", "directory-base"),
    (dict(directory_bind_dn=f'"cn=other,{BASE}"'), "service account: the service account: Invalid credentials", "directory-secret-file"),
    (dict(directory_groups='""', directory_group_base=f'"ou=none,{BASE}"'), f"base: ou=none,{BASE}", "directory-group-base")])
def test_a_step_that_fails_says_what_to_do(lab, change, word, hint):
    d = demo(lab)
    status, text = explain(lab, d.conf(**change), "alice")
    assert status == 1 and len(fails(text)) == 1 and fails(text)[0].startswith(word), text
    assert hint in text.split("        -> ")[1], text


def test_a_certificate_that_nobody_vouches_for(lab):
    d, other = demo(lab), lab.dir / "other.crt"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", lab.dir / "other.key",
        "-out", other, "-days", "2", "-subj", "/CN=Other CA")
    status, text = explain(lab, d.conf(directory_ca=f'"{other}"'), "alice")
    assert status == 1 and fails(text)[0].startswith("encryption: ") and d.binds(SERVICE) == 0, text


def test_a_frozen_server_ends_in_time_and_the_next_is_looked_at(lab):
    d, other = demo(lab), demo(lab, name="other")
    d.freeze()
    status, text = explain(lab, d.conf([d.uri, other.uri]), "alice")
    d.thaw()
    assert status == 1 and len(fails(text)) == 1 and "-> role user" in text, text


def test_what_the_directory_says_does_not_reach_the_terminal(lab):
    p = FakeLdap({"uid=alice,ou=people,dc=lab": {"uid": [b"alice"], "entryUUID": [b"1-2-3"], "memberOf": [b"cn=\x1b[31mred,dc=lab"]}})
    lab.closers.append(p.close)
    _, text = explain(lab, demo(lab).conf([p.plain], directory_starttls="false", directory_insecure="true",
                                          directory_base='"ou=people,dc=lab"'), "alice")
    assert "group: cn=?[31mred,dc=lab, of no role" in text and "\x1b" not in text, text


def test_root_becomes_the_user_of_quoin_ldap(lab):
    """Whose file the secret is."""
    d = demo(lab)
    os.chmod(d.dir, 0o755)
    os.chown(d.secret_file, 65534, 65534)
    status, text = explain(lab, d.conf(), "alice", user="nobody")
    assert status == 0, text
    os.chown(d.secret_file, 0, 0)
    status, text = explain(lab, d.conf(), "alice", user="nobody")
    assert status == 1 and "opening" in text, text


def test_quoinctl_runs_it(lab):
    """With the role map of the policy in force; without a core the groups are shown without roles."""
    d = demo(lab)
    path = lab.dir / "quoin.conf"
    conf, roles = role_groups(d.conf())
    shown = {"version": 1, "profile": "full", "mapping": [{"group": dn, "role": role} for dn, role in roles]}
    shown |= {k: [] for k in ("roles", "permissions", "conflicts", "operations", "verbs")}
    core = FakeCore(lab.dir / "ctl.sock", lambda peer, m: m.answer("ok", shown))
    path.write_text(f'user-ldap = "0"\nrun-dir = "{lab.dir}"\n{conf}')
    p = run(CTL, "-c", path, "directory", "test", "alice", "--libexec-dir", BUILD / "ldap")
    assert "-> role user" in p.stdout and p.stdout.endswith("Everything is in order.\n")
    assert run(CTL, "-c", path, "directory", "test", "--libexec-dir", BUILD / "ldap").returncode == 0
    core.close()
    (lab.dir / "ctl.sock").unlink()
    p = run(CTL, "-c", path, "directory", "test", "alice", "--libexec-dir", BUILD / "ldap")
    assert f"group: {group_dn('print-users')}\n" in p.stdout and "role" not in p.stdout and p.stderr != ""
    p = run(CTL, "-c", path, "directory", "test", "nobody", "--libexec-dir", BUILD / "ldap", check=False)
    assert p.returncode == 1 and "no entry" in p.stdout
    p = run(CTL, "-c", path, "directory", "test", "--libexec-dir", "/nonexistent", check=False)
    assert p.returncode == 1 and "/nonexistent/quoin-ldap" in p.stderr
    assert run(CTL, "-c", path, "directory", "test", "a", "b", check=False).returncode == 2
