"""quoin-ldap and slapd: people by their immutable id and by badge, PINs that the directory keeps, accounts of one person."""
import base64
import hashlib
import os
import re
import uuid

import pytest

from lib.directory import BASE, SERVICE, SERVICE_PASSWORD, Directory, demo, group_dn, password, person_dn
from lib.lab import TOP, run
from lib.workers import PROGRAM, Workers, explain_words, role_groups

KEYS = {"directory_badge": "quoinBadge", "directory_pin": "quoinPin", "directory_person": "employeeNumber"}


def crypt(kind, pin="493817"):
    """A hash by perl's crypt(3), so by the system's own library."""
    settings = {"sha512": "$6$c2FsdHNhbHQ", "sha256": "$5$rounds=5000$c2FsdHNhbHQ", "yescrypt": "$y$j9T$F5Jx5fExrKuPp53xLKQ..1",
                "bcrypt": "$2b$06$abcdefghijklmnopqrstuu", "md5": "$1$saltsalt", "des": "ab", "sha512-dear": "$6$rounds=9999999$salt"}
    if kind == "sha512-dear":
        return "$6$rounds=9999999$salt$" + "x" * 86
    return run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", pin, settings[kind]).stdout


@pytest.fixture
def house(lab):
    d = demo(lab)
    d.add_person("berta", quoinBadge=["4711", "00ff-a"], quoinPin="{CRYPT}" + crypt("yescrypt"), employeeNumber="E 17")
    d.add_person("berta-admin", employeeNumber="e  17 ", quoinBadge="99*9")
    return d, Workers(lab, d.conf(**KEYS))


# ---- by id ----

def test_by_entry_uuid(house):
    d, w = house
    id_ = d.value("alice", "entryUUID")
    a = w.find_id(id_)
    assert a.fields == w.find("alice").fields and a.fields["id"] == id_ and a.fields["groups"] == [group_dn("print-users")], w.log()
    assert w.find_id(id_.upper()).fields["id"] == id_
    d.rename("alice", "alicia")
    assert w.find_id(id_).fields["login"] == "alicia"
    d.delete("alicia")
    assert w.find_id(id_).code == "not-found"
    assert w.find_id(str(uuid.uuid4())).code == "not-found"


def test_by_id_below_the_base_and_through_the_filter_only(house):
    """What is no person is nobody, also by its id."""
    d, w = house
    for dn in (SERVICE, f"ou=people,{BASE}", group_dn("print-users")):
        assert w.find_id(d.value(dn, "entryUUID")).code == "not-found"


@pytest.mark.parametrize("id_", ["*", "a)(uid=*", "00", "/", "-"])
def test_an_id_is_never_a_pattern(house, id_):
    _, w = house
    if not re.fullmatch("[-/.0-9a-z]+", id_):
        w.start("ldap.find", {"id": id_, "groups": []})  # refused as a message, with the connection
        assert w.find("alice").code == "ok"
        return
    assert w.find_id(id_).code in ("not-found", "away")


def test_by_active_directorys_binary_id(lab):
    """Of which some bytes mean something in a filter."""
    d = demo(lab)
    ids = {"gwen": uuid.uuid4(), "hedy": uuid.UUID(bytes_le=b"()*\\\0\x7f\x80\xff(uid=a*)")}
    for login, guid in ids.items():
        d.add_person(login, **{"objectGUID:": base64.b64encode(guid.bytes_le).decode()})
    w = Workers(lab, d.conf(directory_id="objectGUID"))
    for login, guid in ids.items():
        a = w.find_id(str(guid))
        assert (a.fields.get("login"), a.fields.get("id")) == (login, str(guid)), (a, w.log())
        assert w.find_id(str(guid).upper()).fields["login"] == login
    assert w.find_id(str(uuid.uuid4())).code == "not-found"
    for bad in (str(uuid.uuid4())[:-1], str(uuid.uuid4()) + "0", "x" * 36, "-" * 36, uuid.uuid4().hex):
        a = w.find_id(bad)
        assert a.code == "invalid" and "objectGUID" in a.text


def test_a_login_and_an_id_or_neither(house):
    d, w = house
    both = {"login": "alice", "id": d.value("alice", "entryUUID"), "groups": []}
    assert w.ask("ldap.find", both).code == "invalid"
    assert w.ask("ldap.find", {"groups": []}).code == "invalid"


# ---- accounts of one person ----

def test_two_accounts_of_one_person(house):
    d, w = house
    assert w.find("berta").fields["same"] == w.find("berta-admin").fields["same"] == "e 17"
    assert w.bind("berta", password("berta")).fields["same"] == "e 17"
    assert w.find("alice").fields["same"] == ""


def test_two_values_are_no_answer(lab):
    d = demo(lab)
    d.add_person("tim", mail=["a@lab.test", "b@lab.test"])
    w = Workers(lab, d.conf(directory_person="mail"))
    a = w.find("tim")
    assert a.code == "away" and "directory-person" in a.text


# ---- badges ----

def test_by_badge(house):
    d, w = house
    a = w.badge("4711")
    assert a.code == "ok", (a, w.log())
    assert a.fields["login"] == "berta" and a.fields["id"] == d.value("berta", "entryUUID") and a.fields["same"] == "e 17"
    assert w.badge("00FF-A").fields["login"] == "berta"
    d.disable("berta")
    assert w.badge("4711").fields["status"] == "disabled"
    assert "4711" not in w.log() and "00ff" not in w.log().lower()


@pytest.mark.parametrize("number", ["4712", "*", "4*", "4711)(uid=*", "99\\2a9", "(", "\\", " ", "47\u00e9", "x" * 64])
def test_a_badge_is_never_a_pattern(house, number):
    _, w = house
    assert w.badge(number).code == "not-found"


def test_a_badge_that_looks_like_a_pattern(house):
    _, w = house
    assert w.badge("99*9").fields["login"] == "berta-admin"


def test_a_badge_of_two_people_is_nobodys(house):
    d, w = house
    d.add_person("otto", quoinBadge="4711")
    a = w.badge("4711")
    assert (a.code, a.fields) == ("denied", {}) and "more than one" in a.text and "4711" not in w.log()


def test_a_badge_with_a_nul(house):
    _, w = house
    assert w.ask("ldap.badge", {"groups": []}, {"badge": b"4711\0"}).code == "invalid"


def test_a_directory_without_badges(lab):
    d = demo(lab)
    d.add_person("berta", quoinBadge="4711", quoinPin="{CRYPT}" + crypt("sha512"))
    w = Workers(lab, d.conf())
    a = w.badge("4711")
    assert a.code == "not-found" and "directory-badge" in a.text
    assert w.find("berta").secret == {}


# ---- PINs ----

def test_the_pins_hash_comes_along(house):
    _, w = house
    want = {"verifier": crypt("yescrypt").encode()}
    assert w.find("berta").secret == w.badge("4711").secret == want
    assert w.bind("berta", password("berta")).secret == {}
    assert w.find("alice").secret == {}
    assert want["verifier"].decode() not in w.log()


@pytest.mark.parametrize("value,counts", [
    ("{CRYPT}" + crypt("sha512"), True), ("{crypt}" + crypt("sha256"), True), ("{CRYPT}" + crypt("bcrypt"), True),
    ("{CRYPT}" + crypt("md5"), False), ("{CRYPT}" + crypt("des"), False), ("{CRYPT}" + crypt("sha512-dear"), False),
    ("493817", False), ("{SSHA}abcdefgh", False), ("{CRYPT}", False), ("{CRYPT}$6$salt", False), ("{CRYPT}*", False),
    ("{CRYPT}$y$jzT$salt$" + "x" * 43, False), (" {CRYPT}" + crypt("sha512"), False)])
def test_hashes_that_count(house, value, counts):
    d, w = house
    d.add_person("paula", **{"quoinPin:": base64.b64encode(value.encode()).decode()})
    a = w.find("paula")
    assert a.code == "ok" and a.secret == ({"verifier": value[7:].encode()} if counts else {})
    assert ("directory-pin" in w.log()) != counts
    assert len(value) < 9 or (value not in w.log() and value[7:] not in w.log())


@pytest.mark.parametrize("kind", ["sha512", "sha256", "bcrypt", "yescrypt"])
def test_the_hash_of_a_pin_is_computed_not_judged(lab, kind):
    w = Workers(lab, "", mode="pin")
    verifier = crypt(kind).encode()
    right, wrong = (w.ask("pin.crypt", {}, {"pin": pin, "verifier": verifier}) for pin in (b"493817", b"493818"))
    assert right.code == wrong.code == "ok", w.log()
    assert right.secret == {"hash": hashlib.sha256(verifier).digest()} != wrong.secret
    assert len(wrong.secret["hash"]) == 32


@pytest.mark.parametrize("pin,verifier,code", [
    (b"493817", crypt("md5"), "invalid"), (b"493817", "$6$rounds=999999999$a$" + "x" * 86, "invalid"), (b"493817", "*0", "invalid"),
    (b"493817", crypt("sha512") + "\0x", "invalid"), (b"49", crypt("sha512"), "denied"), (b"4938\0001", crypt("sha512"), "denied"),
    (b"49381x", crypt("sha512"), "denied")])
def test_what_is_not_computed(lab, pin, verifier, code):
    w = Workers(lab, "", mode="pin")
    a = w.ask("pin.crypt", {}, {"pin": pin, "verifier": verifier.encode()})
    assert (a.code, a.secret) == (code, {}), a
    assert "493" not in a.text and verifier not in w.log()


# ---- the schema ----

def seen_by(d, who, secret, uid="berta"):
    p = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", d.plain, "-D", who, "-w", secret, "-b", person_dn(uid),
            "-s", "base", "quoinBadge", "quoinPin", env={"LDAPNOINIT": "1"})
    return {line.split(":")[0] for line in p.stdout.splitlines()} & {"quoinBadge", "quoinPin"}


def test_who_reads_badges_and_pins(house):
    d, w = house
    assert seen_by(d, SERVICE, SERVICE_PASSWORD) == {"quoinBadge", "quoinPin"}
    assert seen_by(d, person_dn("berta"), password("berta")) == set()
    for guess in ("(quoinBadge=4711)", "(quoinPin=*)", "(quoinBadge=*)"):
        p = run("ldapsearch", "-x", "-LLL", "-H", d.plain, "-D", person_dn("berta"), "-w", password("berta"), "-b",
                person_dn("berta"), "-s", "base", guess, "1.1", env={"LDAPNOINIT": "1"})
        assert p.stdout.strip() == "", guess


def test_both_forms_of_the_schema_say_the_same(lab):
    forms = [(TOP / "dist" / name).read_text() for name in ("quoin.schema", "quoin.ldif")]
    said = [[" ".join(t.split()) for t in re.findall(r"\( 2\.25\.\d+.*?\)(?=\n|$)", re.sub(r"\n[\t ]", " ", f))] for f in forms]
    assert len(said[0]) == 3 and said[0] == said[1]
    number = re.search(r"([0-9a-f-]{36}) is (\d+)", forms[0])
    assert uuid.UUID(number[1]).int == int(number[2]) and all(f"2.25.{number[2]}." in s for s in said[0])
    conf = lab.dir / "slapd.conf"
    conf.write_text(f"include /etc/ldap/schema/core.schema\ninclude {TOP}/dist/quoin.schema\n")
    assert "succeeded" in run("slaptest", "-u", "-f", conf).stderr


def test_the_explanation_speaks_of_them(house, lab):
    d, _ = house
    conf, roles = role_groups(d.conf(**KEYS))
    path = lab.dir / "explain.conf"
    path.write_text(f'user-ldap = "0"\n{conf}')
    os.chmod(path, 0o644)
    text = run(PROGRAM, "-c", path, "-e", "berta", *explain_words(roles), check=False).stdout
    assert "PIN: a hash that counts (quoinPin)" in text and "person behind the account: e 17 (employeeNumber)" in text, text
    assert crypt("yescrypt") not in text and "4711" not in text
