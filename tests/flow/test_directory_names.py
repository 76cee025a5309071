"""Who a name is, through the real core and the real directory worker: each form of a login, look-alikes, and logins that were
renamed or given to somebody else. Against Active Directory (Samba), and slapd where identities change."""
import base64
import secrets
import uuid

import pytest

from lib import ad, directory, policy
from lib.ad import DOMAIN, REALM, ActiveDirectory, group_dn
from lib.core import GROUP, Arrival, Core
from lib.lab import BUILD, Lab, wait_for
from lib.workers import role_groups

REALMS = ["ADLAB", "ad.lab.test"]
FORMS = {"alice": "alice", f"alice@{REALM.lower()}": "alice", f"{DOMAIN}\\alice": "alice", f"alice@{REALM}": "alice",
         "ALICE": "alice", "adlab\\Alice": "alice", "Alice@Ad.Lab.Test": "alice", "alice@ADLAB": "alice",
         "bob.b": "bob.b", f"{DOMAIN}\\bob.b": "bob.b"}
NOBODY = {"alice@evil.test": "denied", "EVIL\\alice": "denied", f"{DOMAIN}\\alice@{REALM}": "denied",
          "\u0430lice": "denied", "alic\u0435@ad.lab.test": "denied", "alice\u200b": "denied",
          "ADLAB\\ali\u00adce": "denied", "\uff41lice": "denied", "alice ": "denied", " alice": "denied",
          "alice@ad.lab.test ": "denied", "ADLAB\\ alice": "denied", "ADLAB/alice": "not-found",
          "\u0430\u0435": "not-found", "\u00e0lice": "not-found", "mallory": "not-found", "CN=alice": "not-found"}


class House:
    """The real core and quoin-ldap; PINs by the test."""

    def __init__(self, lab, conf, **values):
        self.lab = lab
        self.core = Core(lab, {"owner-realms": REALMS, "person-cache": "0s"} | values)
        conf, roles = role_groups(conf)
        (self.core.dir / "ldap.conf").write_text(conf + f'run-dir = "{self.core.run_dir}"\nlog-level = 7\n')
        self.core.policy = policy.document(roles + [(GROUP.format(r), r) for r in policy.ROLES])
        self.core.start()
        self.core.device()  # by two people of the scripted directory
        self.terminal = self.core.terminal()
        for w in self.core.workers:
            if w.kind == "ldap":
                w.close()
        wait_for("the scripted workers stay", lambda: self.core.ctl("status").fields["workers"]["ldap"] == "0")
        self.ldap = lab.start(BUILD / "ldap/quoin-ldap", "-c", self.core.dir / "ldap.conf", log="quoin-ldap.log")
        self.core.wait_workers(ldap=4, pin=2)

    def login(self, name, password, where="kiosk"):
        terminal = {"terminal": self.terminal} if where == "kiosk" else {}
        a = self.core.once(where, "login.password", {"login": name}, terminal | {"password": password.encode()})
        return a, terminal | ({"session": a.secret["session"]} if a.code == "ok" else {})

    def badge(self, number, pin):
        a = self.core.once("kiosk", "login.badge", None, {"terminal": self.terminal, "badge": number, "pin": pin})
        return a, {"terminal": self.terminal} | ({"session": a.secret["session"]} if a.code == "ok" else {})

    def owner(self, job):
        return self.core.sql("select dir_id from person join job on job.owner = person.id where job.id = ?", job)[0][0]

    def log(self):
        return self.ldap.log.read_text(errors="replace")


# ---- Active Directory ----

@pytest.fixture(scope="module")
def domain():
    lab = Lab("names")
    try:
        d = ActiveDirectory(lab)
        d.add_people("alice", "bob.b")
        d.add_group("print-users", ad.person_dn("alice"), ad.person_dn("bob.b"))
        yield House(lab, d.conf([(group_dn("print-users"), "user")])), d
    finally:
        lab.close()


def guid(d, login):
    return str(uuid.UUID(bytes_le=base64.b64decode(d.value(ad.person_dn(login), "objectGUID"))))


@pytest.mark.parametrize("where", ["kiosk", "portal"])
@pytest.mark.parametrize("name,login", FORMS.items())
def test_each_form_logs_in_as_the_same_person(domain, name, login, where):
    house, d = domain
    a, who = house.login(name, ad.password(login), where)
    assert a.code == "ok" and a.fields["login"] == login, (a, house.log()[-2000:])
    assert house.core.records("auth.ok")[-1]["person"] == guid(d, login)
    assert house.core.once(where, "logout", {}, who).code == "ok"


@pytest.mark.parametrize("name,login", FORMS.items())
def test_a_job_of_each_form_is_the_same_persons(domain, name, login):
    house, d = domain
    job = Arrival(house.core, owner=name, uuid="u" + secrets.token_hex(6)).hold()
    assert house.owner(job) == guid(d, login)
    _, who = house.login(f"{DOMAIN}\\{login}", ad.password(login), "portal")
    assert job in [j["job"] for j in house.core.jobs(who, "portal")]
    assert house.core.once("portal", "job.delete", {"jobs": [job]}, who).fields["jobs"][0]["code"] == "ok"


@pytest.mark.parametrize("name,code", NOBODY.items(), ids=[n.encode("unicode_escape").decode() for n in NOBODY])
def test_what_only_looks_like_a_person_is_nobody(domain, name, code):
    house, _ = domain
    assert Arrival(house.core, owner=name).begin().code == code
    assert house.core.records("job.rejected")[-1]["reason"] in ("foreign-owner", "unknown-owner")  # more of the same are counted
    a, _ = house.login(name, ad.password("alice"), "portal")
    assert a.code == "denied" and a.fields == {} and a.secret == {}


def test_a_wrong_password_in_any_form_counts_for_one_person(domain):
    """So the forms are no way to more guesses; the directory's own count stays below its lock."""
    house, d = domain
    d.add_people("carol")
    for name in ("carol", "CAROL", f"{DOMAIN}\\carol", f"Carol@{REALM}", "cArol@ad.lab.test", "adlab\\carol", "c\u00e0rol", "\uff43arol"):
        assert house.login(name, "wrong", "portal")[0].code == "denied"
    assert int(d.value(ad.person_dn("carol"), "badPwdCount") or 0) <= 3


# ---- logins that change hands ----

@pytest.fixture
def town(lab):
    d = directory.demo(lab)
    for login in ("alice", "sam"):
        d.change(login, "userPassword", f"pw-{login}")  # what lib.core's badge() and pin() type
        d.change(login, "pwdReset", None)
    house = House(lab, d.conf(), **{"person-cache": "5m"})
    return house, d


def test_a_renamed_login_keeps_its_jobs(town):
    house, d = town
    job = Arrival(house.core, owner="alice").hold()
    house.core.badge("alice", "4711")
    pin = house.core.pin("alice")
    d.rename("alice", "alicia")
    a, who = house.badge(b"4711", pin)
    assert a.code == "ok" and a.fields["login"] == "alicia", a
    assert [j["job"] for j in house.core.jobs(who)] == [job]
    assert house.core.release(who, job).fields["jobs"][0]["code"] == "ok"
    assert house.login("alice", "pw-alice")[0].code == "denied"
    _, who = house.login("alicia", "pw-alice")
    assert [j["job"] for j in house.core.jobs(who)] == [job]


def test_somebody_else_who_gets_the_login_inherits_nothing(town):
    """Neither jobs nor badge nor PIN, and the one who left gets nothing of the new one's."""
    house, d = town
    old = Arrival(house.core, owner="alice").hold()
    house.core.badge("alice", "4711")
    pin = house.core.pin("alice")
    first = d.value("alice", "entryUUID")
    d.rename("alice", "alice-who-left")
    d.add_person("alice", "Another Alice", secret="another-secret")
    d.modify(f"dn: {directory.group_dn('print-users')}\nchangetype: modify\nadd: member\nmember: {directory.person_dn('alice')}\n")
    second = d.value("alice", "entryUUID")
    a, who = house.login("alice", "another-secret")
    assert a.code == "ok" and a.fields["display"] == "Another Alice" and house.core.jobs(who) == []
    assert house.core.release(who, old).fields["jobs"][0]["why"] == "not-yours"
    new = Arrival(house.core, owner="alice", uuid="new").hold()
    assert (house.owner(old), house.owner(new)) == (first, second)
    assert house.badge(b"4711", pin)[0].code == "denied"  # until they were seen by their new login
    assert house.login("alice-who-left", "pw-alice", "portal")[0].code == "ok"
    a, theirs = house.badge(b"4711", pin)
    assert a.code == "ok" and a.fields["login"] == "alice-who-left", a
    assert [j["job"] for j in house.core.jobs(theirs)] == [old]
    assert house.core.release(theirs, new).fields["jobs"][0]["why"] == "not-yours"
    assert house.core.release(theirs, old).fields["jobs"][0]["code"] == "ok"


def test_the_badge_of_one_who_left_ends_with_them(town):
    house, d = town
    house.core.badge("alice", "4711")
    pin = house.core.pin("alice")
    d.delete("alice")
    d.add_person("alice", "Another Alice")
    d.modify(f"dn: {directory.group_dn('print-users')}\nchangetype: modify\nadd: member\nmember: {directory.person_dn('alice')}\n")
    assert house.badge(b"4711", pin)[0].code == "denied"
    assert house.core.records("auth.denied")[-1]["reason"] == "not-in-directory"
