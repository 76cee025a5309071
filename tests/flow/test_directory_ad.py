"""quoin-ldap against a real Active Directory (Samba): names, identity, groups, and accounts that may not."""
import base64
import re
import uuid

import pytest

from lib import ad
from lib.ad import BASE, PEOPLE, ActiveDirectory, group_dn, password, person_dn
from lib.lab import TOP, Lab, run
from lib.workers import PROGRAM, Workers, explain_words, role_groups

MANY = 1510  # more values than Active Directory gives in one part
ROLES = [(group_dn("print-users"), "user"), (group_dn("print-operators"), "operator"), (group_dn("staff"), "auditor")]
LOGINS = ["alice", "bob", "carol", "ulla", "dora", "lena", "emil"]


@pytest.fixture(scope="module")
def domain():
    """print-users holds alice, carol and many contacts; carol's primary group is staff; outer > middle > inner > bob, circular,
    and outer is in print-operators; ulla is in nothing but Domain Users."""
    lab = Lab("domain")
    try:
        d = ActiveDirectory(lab)
        d.add_people(*LOGINS)
        contacts = [f"CN=c{i},{PEOPLE}" for i in range(MANY)]
        d.change("".join(f"dn: {dn}\nobjectClass: contact\n\n" for dn in contacts))
        d.add_group("print-users", person_dn("alice"), person_dn("carol"), *contacts)
        d.add_group("inner", person_dn("bob"))
        d.add_group("middle", group_dn("inner"))
        d.add_group("outer", group_dn("middle"))
        d.change(f"dn: {group_dn('inner')}\nchangetype: modify\nadd: member\nmember: {group_dn('outer')}\n")
        d.add_group("print-operators", group_dn("outer"))
        d.add_group("staff", person_dn("carol"))
        d.add_group("boards", group_dn("staff"))
        d.set(person_dn("carol"), "primaryGroupID", d.rid(group_dn("staff")))
        yield d
    finally:
        lab.close()


def workers(lab, domain, *roles, **keys):
    return Workers(lab, domain.conf([*ROLES, *roles], **keys), answer="15s")  # Samba is slow on a busy machine


def test_a_person_of_the_domain(lab, domain):
    w = workers(lab, domain)
    a = w.find("ALICE")
    guid = uuid.UUID(bytes_le=base64.b64decode(domain.value(person_dn("alice"), "objectGUID")))
    assert a.code == "ok", (a, w.log())
    assert a.fields == {"id": str(guid), "login": "alice", "display": "Alice of the lab", "status": "active", "same": "",
                        "groups": [group_dn("print-users")]}
    assert w.bind("alice", password("alice")).fields["id"] == str(guid)
    a = w.bind("alice", "wrong")
    assert a.code == "denied" and a.text == "wrong password"
    assert w.find("mallory").code == "not-found"
    assert w.find("alice@ad.lab.test").code == "not-found"  # the core cuts realms; this filter is for plain logins


def test_a_refused_password_leaves_nothing_for_the_next_person(lab, domain):
    """One worker, so one connection for all of their passwords."""
    w = Workers(lab, domain.conf(ROLES), workers=1)
    for _ in range(3):
        assert w.bind("alice", password("alice")).fields["login"] == "alice", w.log()
        assert w.bind("bob", password("alice") + "x").code == "denied"
        assert w.find("carol").fields["login"] == "carol"
        assert w.bind("bob", password("bob")).fields["login"] == "bob"
        assert w.bind("dora", password("alice") + "x").code == "denied" and w.bind("carol", password("carol")).code == "ok"


def test_a_filter_for_principal_names(lab, domain):
    w = workers(lab, domain, directory_user_filter='"(&(objectClass=user)(userPrincipalName=%u))"')
    assert w.find("Alice@AD.lab.test").fields["login"] == "alice", w.log()
    assert w.bind("alice@ad.lab.test", password("alice")).code == "ok"
    assert w.find("alice").code == "not-found"


def test_a_search_from_the_root_follows_no_referral(lab, domain):
    """The domain's root refers to other partitions, at addresses that do not exist here."""
    w = workers(lab, domain, directory_base=f'"{BASE}"', directory_servers=f'{{"{domain.plain}"}}')
    assert w.find("alice", limit=1.5).code == "ok", w.log()
    assert "ad.lab.test" not in w.log()


def test_both_ways_of_encryption(lab, domain):
    w = workers(lab, domain, directory_servers=f'{{"{domain.plain}"}}')  # StartTLS
    assert w.bind("alice", password("alice")).code == "ok", w.log()


@pytest.mark.parametrize("nesting,groups", [("none", []), ("chain", ["print-operators"]), ("walk", ["print-operators"])])
def test_groups_of_groups(lab, domain, nesting, groups):
    w = workers(lab, domain, directory_nesting=f'"{nesting}"')
    assert w.find("bob").fields["groups"] == [group_dn(g) for g in groups], w.log()
    assert w.find("ulla").fields["groups"] == []


@pytest.mark.parametrize("nesting", ["none", "chain", "walk"])
def test_the_primary_group_counts(lab, domain, nesting):
    """Which memberOf never names."""
    w = workers(lab, domain, (f"CN=Domain Users,CN=Users,{BASE}", "user"), directory_nesting=f'"{nesting}"')
    assert {group_dn("print-users"), group_dn("staff")} <= set(w.find("carol").fields["groups"]), w.log()
    assert w.find("bob").fields["groups"][-1:] != [group_dn("staff")]
    assert w.find("emil").fields["groups"] == [f"CN=Domain Users,CN=Users,{BASE}"]


@pytest.mark.parametrize("nesting", ["chain", "walk"])
def test_a_role_by_the_primary_groups_group(lab, domain, nesting):
    w = workers(lab, domain, (group_dn("boards"), "user"), directory_nesting=f'"{nesting}"')
    assert group_dn("boards") in w.find("carol").fields["groups"], w.log()
    assert group_dn("boards") not in w.find("alice").fields["groups"]


def test_groups_by_their_members(lab, domain):
    """Without memberOf, also in a group of more members than one part holds."""
    w = workers(lab, domain, directory_groups='""', directory_group_base=f'"{ad.GROUPS}"', directory_nesting='"none"')
    assert w.find("alice").fields["groups"] == [group_dn("print-users")], w.log()


def test_the_manuals_settings(lab, domain):
    """Those for Active Directory, as they stand in the page; and what the explanation makes of them."""
    page = (TOP / "man" / "quoin.conf.5").read_text().split("Active Directory and Samba;")[1]
    block = re.search(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$", page, re.M | re.S)[1].replace("DC=example,DC=org", BASE)
    theirs = [line.split(" = ")[0].replace("-", "_") for line in block.splitlines()]
    conf = block + domain.conf(ROLES, **{k: None for k in theirs if k.startswith("directory_")})
    w = Workers(lab, conf)
    assert w.find("bob").fields["groups"] == [group_dn("print-operators")], w.log()
    path = lab.dir / "quoin.conf"
    path.write_text('user-ldap = "0"\n' + role_groups(conf)[0])
    text = run(PROGRAM, "-c", path, "-e", "carol", *explain_words(ROLES)).stdout
    assert f"group: {group_dn('staff')} -> role auditor" in text and "(objectGUID)" in text, text
    text = run(PROGRAM, "-c", path, "-e", "bob", *explain_words(ROLES)).stdout
    assert f"group: {group_dn('print-operators')} (through other groups) -> role operator" in text, text


# ---- accounts that may not ----

def disabled(d):
    d.set(person_dn("dora"), "userAccountControl", "514")
    return "dora"


def expired(d):
    d.set(person_dn("emil"), "accountExpires", "116444736000000001")
    return "emil"


def must_change(d):
    d.set(person_dn("ulla"), "pwdLastSet", "0")
    return "ulla"


@pytest.mark.parametrize("change,status,why", [
    (disabled, "disabled", "the account is disabled"), (expired, "expired", "the account has expired"),
    (must_change, "must-change", "the password must be changed first")])
def test_an_account_that_may_not(lab, domain, change, status, why):
    login = change(domain)
    w = workers(lab, domain)
    a = w.bind(login, password(login))
    assert a.code == "denied" and a.fields["status"] == status and a.text == why, (a, w.log())
    assert w.bind(login, "wrong").code == "denied"
    assert w.find(login).fields["status"] == status


def test_a_locked_account(lab, domain):
    w = workers(lab, domain)
    for _ in range(5):
        assert w.bind("lena", "wrong").code == "denied"
    assert w.find("lena").fields["status"] == "locked"
    a = w.bind("lena", password("lena"))
    assert a.code == "denied" and a.fields["status"] == "locked" and a.text == "the account is locked", a
