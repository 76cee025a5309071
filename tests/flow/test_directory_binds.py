"""Passwords are checked on a connection that is kept: what may not stay on it, and when it is given up."""
import re

import pytest

from lib.directory import SERVICE, demo, password, person_dn
from lib.lab import run, wait_for
from lib.workers import Workers


@pytest.fixture
def worker(lab):
    """A directory and one worker, so that everything goes over the same connections."""
    d = demo(lab)
    return d, Workers(lab, d.conf(), workers=1)


def connections(d):
    """{connection: what the directory's log says was asked on it, binds by DN}."""
    out = {}
    for line in d.proc.log.read_text(errors="replace").splitlines():
        m = re.search(r"conn=(\d+) op=\d+ (BIND dn=\"([^\"]*)\" method|SRCH base|WHOAMI|STARTTLS|EXT)", line)
        if m:
            out.setdefault(m[1], []).append(m[3] if m[3] is not None else m[2].split()[0])
    return out


def test_a_connection_that_was_bound_as_a_person_never_searches(worker):
    d, w = worker
    for login, secret in [("alice", "right"), ("bob", "wrong"), ("bob", "right"), ("alice", "wrong"), ("oscar", "right")] * 3:
        assert w.bind(login, password(login) if secret == "right" else "wrong").code == ("ok" if secret == "right" else "denied")
        assert w.find("audra").code == "ok"
    people = {c: asked for c, asked in connections(d).items() if any("ou=people" in a for a in asked)}
    assert len(people) == 1, "one connection for all of them"
    (asked,) = people.values()
    assert not {"SRCH", SERVICE} & set(asked) and asked.count(person_dn("alice")) == 6
    assert len([a for a in connections(d).values() if SERVICE in a]) == 1


def test_a_refused_password_leaves_nothing_for_the_next_person(worker):
    d, w = worker
    for _ in range(4):
        assert w.bind("alice", password("alice")).fields["login"] == "alice"
        a = w.bind("bob", password("alice"))
        assert a.code == "denied" and a.fields["login"] == "bob"
        assert w.bind("bob", password("bob")).fields["login"] == "bob"
        assert w.bind("alice", password("bob")).code == "denied"


def test_somebody_who_must_change_the_password_stops_nobody_after_them(worker):
    """The directory lets such a connection change the password and do nothing else, until the next bind."""
    d, w = worker
    d.change("bob", "pwdReset", "TRUE")
    assert w.bind("alice", password("alice")).code == "ok"
    a = w.bind("bob", password("bob"))
    assert a.code == "denied" and "must" in a.text + a.fields["status"]
    assert w.bind("alice", password("alice")).code == "ok" and w.bind("dave", password("dave")).code == "denied"
    assert w.bind("oscar", password("oscar")).code == "ok"


def test_a_directory_that_was_restarted_is_asked_on_a_new_connection(worker):
    d, w = worker
    for sig in (15, 9):
        assert w.bind("alice", password("alice")).code == "ok"
        d.stop(sig)
        d.start()
        assert w.bind("bob", password("bob")).code == "ok", w.log()
        assert w.bind("bob", "wrong").code == "denied"
    assert w.readies == 1, "the worker lived on"


def test_a_connection_that_the_directory_closes_is_opened_again(worker):
    d, w = worker
    d.stop()
    run("slapmodify", "-F", d.dir / "slapd.d", "-n", "0", input="dn: cn=config\nchangetype: modify\nadd: olcIdleTimeout\nolcIdleTimeout: 1\n")
    d.start()
    assert w.bind("alice", password("alice")).code == "ok"
    wait_for("never closed", lambda: "closed (idletimeout)" in d.proc.log.read_text(errors="replace"))
    assert w.bind("alice", password("alice")).code == "ok", w.log()
    assert w.bind("bob", "wrong").code == "denied"
    assert len([c for c in connections(d).values() if person_dn("alice") in c]) == 2


def test_a_directory_that_hangs_in_the_middle_is_given_up(worker):
    d, w = worker
    assert w.bind("alice", password("alice")).code == "ok"
    d.freeze()
    assert w.bind("alice", password("alice")).code == "away"
    d.thaw()
    wait_for(w.log, lambda: w.bind("bob", password("bob")).code == "ok")
    assert w.bind("alice", "wrong").code == "denied", "no late answer is taken for another's"


def test_after_a_fail_over_passwords_go_to_the_other_server(lab):
    one, two = demo(lab), demo(lab, name="two")
    w = Workers(lab, one.conf([one.uri, two.uri]), workers=1)
    assert w.bind("alice", password("alice")).code == "ok" and one.binds("alice") == 1
    one.stop()
    assert w.bind("alice", password("alice")).code == "ok" and two.binds("alice") == 1
    assert w.bind("bob", "wrong").code == "denied" and two.binds("bob") == 1
