"""Groups of groups, groups that only name their members, groups by the thousand: what quoin-ldap makes of them."""
import pytest

from lib.directory import BASE, Directory, demo, group_dn, person_dn
from lib.fakeldap import FakeLdap
from lib.lab import run
from lib.workers import PROGRAM, Workers, role_groups

SEARCHED = {"directory_groups": '""', "directory_group_base": f'"ou=groups,{BASE}"'}
IN_CLEAR = {"directory_starttls": "false", "directory_insecure": "true", "directory_bind_dn": None, "directory_secret_file": None,
            "directory_base": '"ou=people,dc=lab"'}


def nest(d, *names):
    """Each group is in the next; the last ones exist."""
    for inner, outer in zip(names, names[1:]):
        d.modify(f"dn: {group_dn(outer)}\nchangetype: modify\nadd: member\nmember: {group_dn(inner)}\n")


@pytest.fixture
def deep(lab):
    """alice -> inner -> middle -> outer -> print-operators, and outer -> inner: a circle."""
    d = demo(lab)
    for name, member in (("inner", person_dn("alice")), ("middle", group_dn("inner")), ("outer", group_dn("middle"))):
        d.add(f"dn: {group_dn(name)}\nobjectClass: groupOfNames\nmember: {member}\n")
    nest(d, "outer", "print-operators")
    nest(d, "outer", "inner")
    return d


BOTH = [{}, SEARCHED]


@pytest.mark.parametrize("how", BOTH, ids=["memberOf", "searched"])
def test_groups_of_groups_do_not_count_unless_the_configuration_says_so(lab, deep, how):
    w = Workers(lab, deep.conf(**how))
    assert w.find("alice").fields["groups"] == [group_dn("print-users")], w.log()
    assert sorted(w.find("oscar").fields["groups"]) == [group_dn("print-operators"), group_dn("print-users")]


@pytest.mark.parametrize("how", BOTH, ids=["memberOf", "searched"])
def test_a_walk_goes_through_groups_and_round_circles(lab, deep, how):
    w = Workers(lab, deep.conf(directory_nesting='"walk"', **how))
    assert sorted(w.find("alice").fields["groups"]) == [group_dn("print-operators"), group_dn("print-users")], w.log()
    assert w.find("bob").fields["groups"] == [group_dn("print-users")]
    assert "not walked" not in w.log()


def test_a_walk_ends_at_its_depth(lab):
    """The tenth group counts, the eleventh does not."""
    d = demo(lab)
    above = person_dn("bob")
    for i in range(1, 12):
        d.add(f"dn: {group_dn(f'g{i}')}\nobjectClass: groupOfNames\nmember: {above}\n")
        above = group_dn(f"g{i}")
    w = Workers(lab, d.conf(directory_nesting='"walk"') +
                "".join(f'role-group "{group_dn(g)}" {{ role = user }}\n' for g in ("g9", "g10", "g11")))
    assert sorted(w.find("bob").fields["groups"]) == sorted(map(group_dn, ("print-users", "g9", "g10"))), w.log()
    assert "not walked" in w.log()


@pytest.mark.parametrize("how", BOTH, ids=["memberOf", "searched"])
def test_a_walk_ends_at_its_number(lab, how):
    """A thousand groups are walked; what holds a role directly counts however many there are."""
    d = demo(lab)
    d.add("".join(f"dn: {group_dn(f'm{i}')}\nobjectClass: groupOfNames\nmember: {person_dn('bob')}\n\n" for i in range(1100)))
    d.add_group("last", "bob")
    d.add(f"dn: {group_dn('above')}\nobjectClass: groupOfNames\nmember: {group_dn('last')}\n")
    roles = "".join(f'role-group "{group_dn(g)}" {{ role = user }}\n' for g in ("last", "above"))
    w = Workers(lab, d.conf(directory_nesting='"walk"' if not how else '"none"', **how) + roles)
    assert sorted(w.find("bob").fields["groups"]) == sorted([group_dn("last"), group_dn("print-users")]), w.log()
    if how:  # in three pages
        assert d.proc.log.read_text(errors="replace").count(f'SRCH base="ou=groups,{BASE}"') == 3
    else:
        assert "not walked" in w.log()


@pytest.mark.parametrize("uid", ["m*", "a)(member=*", "b\\\\5c", "c\\, d"])
def test_a_name_is_never_a_pattern(lab, uid):
    """A person whose name would change the filter is in the groups that name that person, and in no other."""
    d = demo(lab)
    d.add_person("quirk", dn=f"cn={uid},ou=people,{BASE}")
    w = Workers(lab, d.conf(**SEARCHED))
    assert w.find("quirk").fields["groups"] == [], w.log()
    d.modify(f"dn: {group_dn('print-users')}\nchangetype: modify\nadd: member\nmember: cn={uid},ou=people,{BASE}\n")
    assert w.find("quirk").fields["groups"] == [group_dn("print-users")], w.log()


def test_groups_that_name_logins(lab):
    d = demo(lab)
    d.add(f"dn: {group_dn('posix')}\nobjectClass: groupOfNames\nmember: {BASE}\ndescription: alice\ndescription: bob\n")
    w = Workers(lab, d.conf(directory_group_filter='"(description=%u)"', **SEARCHED) +
                f'role-group "{group_dn("posix")}" {{ role = user }}\n')
    assert w.find("ALICE").fields["groups"] == [group_dn("posix")]
    assert w.find("oscar").fields["groups"] == []


def test_a_base_of_groups_that_does_not_exist_is_not_an_answer(lab):
    d = demo(lab)
    w = Workers(lab, d.conf(directory_groups='""', directory_group_base=f'"ou=nowhere,{BASE}"'))
    a = w.find("alice")
    assert a.code == "away" and "directory-group-base" in a.text


# ---- parts of long attributes ----

def many(n):
    return [f"cn=g{i},dc=lab".encode() for i in range(n)]


def fake(lab, entries, how="serve", **keys):
    p = FakeLdap(entries, how=how)
    lab.closers.append(p.close)
    return p, Workers(lab, Directory.conf(Stub(lab), [p.plain], **IN_CLEAR | keys))


class Stub:
    """What Directory.conf() reads, without a directory."""

    def __init__(self, lab):
        self.uri, self.ca, self.secret_file = "", lab.ca()[0], ""


def person(groups):
    return {"uid": [b"alice"], "entryUUID": [b"1-2-3"], "memberOf": groups}


@pytest.mark.parametrize("n", [3, 4, 6, 7, 20])
def test_an_attribute_in_parts_is_read_to_the_end(lab, n):
    p, w = fake(lab, {"uid=alice,ou=people,dc=lab": person(many(n) + [group_dn("print-users").encode()])})
    assert w.find("alice").fields["groups"] == [group_dn("print-users")], w.log()
    assert [a[0] for a in p.asked] == [f"memberOf;range={i}-*" for i in range(3, n + 1, 3)] if n > 2 else []


def test_a_group_in_many_groups_is_read_to_the_end(lab):
    p, w = fake(lab, {"uid=alice,ou=people,dc=lab": person([b"cn=a,dc=lab"]),
                      "cn=a,dc=lab": {"memberOf": many(9) + [group_dn("print-users").encode()]}}, directory_nesting='"walk"')
    assert w.find("alice").fields["groups"] == [group_dn("print-users")], w.log()
    assert ["memberOf;range=9-*"] in p.asked


def test_the_same_part_again_and_again(lab):
    p, w = fake(lab, {"uid=alice,ou=people,dc=lab": person(many(9))}, how="again")
    a = w.find("alice")
    assert a.code == "away" and "the same part" in a.text, a


def test_parts_without_end(lab):
    p, w = fake(lab, {"uid=alice,ou=people,dc=lab": person(many(200))})
    a = w.find("alice")
    assert a.code == "away" and "without end" in a.text, a


@pytest.mark.parametrize("nesting", ["walk", "chain"])
def test_a_directory_that_is_silent_about_groups_is_away(lab, nesting):
    _, w = fake(lab, {"uid=alice,ou=people,dc=lab": person(many(2))}, how="stuck", directory_nesting=f'"{nesting}"')
    assert w.find("alice").code == "away"
    assert w.bind("alice", "secret").code == "away"
    assert "did not answer in" in w.log()


# ---- configuration ----

@pytest.mark.parametrize("conf,word", [
    (dict(directory_nesting='"deep"'), "directory-nesting: deep"),
    (dict(directory_groups='""'), "directory-group-base"),
    (dict(SEARCHED, directory_nesting='"chain"'), "directory-nesting: chain"),
    (dict(SEARCHED, directory_nesting='"walk"', directory_group_filter='"(memberUid=%u)"'), "directory-nesting: walk"),
    (dict(SEARCHED, directory_group_filter='"(member=x)"'), "directory-group-filter: %u"),
    (dict(SEARCHED, directory_group_filter='"(member=%d"'), "directory-group-filter: parentheses"),
])
def test_a_configuration_that_can_not_be_meant(lab, conf, word):
    (lab.dir / "quoin.conf").write_text(role_groups(Directory.conf(Stub(lab), ["ldap://127.0.0.1"], **IN_CLEAR | conf))[0])
    p = run(PROGRAM, "-t", "-c", lab.dir / "quoin.conf", check=False)
    assert p.returncode == 1 and word in p.stderr, p.stderr
