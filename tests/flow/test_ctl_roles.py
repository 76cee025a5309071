"""quoinctl for people with a role, against a scripted core: the session and its file, policy, requests, roles, acts with a reason."""
import json
import os
import pty
import stat
import subprocess
import time

import pytest

from lib import governance as g
from lib.lab import BUILD, run, wait_for
from lib.wire import FakeCore

CTL = BUILD / "ctl/quoinctl"
TOKEN = bytes(range(32))
WHO = {"login": "sam", "display": "Sam Okafor", "roles": ["user", "security"]}
REQUEST = g.request_id(1)


@pytest.fixture
def core(lab):
    """A core whose answers are in core.answers[verb]; core.ctl(...) runs quoinctl; sessions are kept below lab.dir/xdg."""
    for d in ("run", "xdg"):
        (lab.dir / d).mkdir(mode=0o700)
    conf = lab.dir / "quoin.conf"
    conf.write_text(f'run-dir = "{lab.dir}/run"\n')
    answers = {"login.password": lambda m: m.answer(fields=WHO, secret={"session": TOKEN}) if m.secret["password"] == b"pw-sam"
               else m.answer("denied", text="that did not work"),
               "session.check": lambda m: m.answer(fields=WHO), "roles.show": lambda m: m.answer(fields=g.roles()),
               "policy.show": lambda m: m.answer(fields=g.version(m.fields.get("version", 4))),
               "request.show": lambda m: m.answer(fields=g.shown())}

    def handler(peer, m):
        return answers.get(m.verb, lambda m: m.answer())(m)
    it = FakeCore(lab.dir / "run/ctl.sock", handler)
    it.answers, it.xdg = answers, lab.dir / "xdg"
    it.env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(it.xdg), "HOME": str(lab.dir)}
    it.env |= {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
    it.words = lambda *a: [str(x) for x in (CTL, "-c", conf, *a)]
    it.ctl = lambda *a, **kw: run(CTL, "-c", conf, *a, env=it.env, **kw)
    it.calls = lambda verb: [m for m in it.seen if m.verb == verb]
    yield it
    it.close()


@pytest.fixture
def sam(core):
    core.ctl("login", "sam", "--password-stdin", input="pw-sam\n")
    core.seen.clear()
    return core


def test_login_keeps_a_session_that_only_its_owner_can_read(core):
    p = core.ctl("login", "sam", "--password-stdin", input="pw-sam\n")
    assert p.stdout == "Logged in as sam (Sam Okafor).\nRoles: user, security\n"
    assert core.seen[0].fields == {"login": "sam"} and core.seen[0].secret == {"password": b"pw-sam"}
    folder, file = core.xdg / "quoin", core.xdg / "quoin/session"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == TOKEN.hex() + "\n"
    assert json.loads(core.ctl("whoami", "--json").stdout) == WHO
    assert core.seen[-1].secret == {"session": TOKEN}
    assert core.ctl("logout").stdout == "Logged out.\n" and not file.exists()
    p = core.ctl("whoami", check=False)
    assert p.returncode == 1 and "you are not logged in: quoinctl login LOGIN" in p.stderr and core.seen[-1].verb == "logout"


def test_a_wrong_password_leaves_nothing(core):
    p = core.ctl("login", "sam", "--password-stdin", input="no\n", check=False)
    assert p.returncode == 1 and p.stderr == "quoinctl: that did not work\n" and not (core.xdg / "quoin/session").exists()
    for bad in ("", "\n", "x" * 257 + "\n", "a\0b\n"):
        p = core.ctl("login", "sam", "--password-stdin", input=bad, check=False)
        assert p.returncode == 1 and "no password was given" in p.stderr
    assert len(core.seen) == 1


def test_without_a_runtime_folder_the_session_is_in_the_home(core, lab):
    del core.env["XDG_RUNTIME_DIR"]
    core.ctl("login", "sam", "--password-stdin", input="pw-sam\n")
    assert (lab.dir / ".quoin/session").read_text() == TOKEN.hex() + "\n"


@pytest.mark.parametrize("spoil, says", [
    (lambda d: os.chmod(d / "session", 0o640), "nobody else can read"), (lambda d: os.chmod(d / "session", 0o604), "nobody else can read"),
    (lambda d: os.chmod(d, 0o750), "nobody else can enter"), (lambda d: os.chown(d / "session", 65534, 0), "a file of your own"),
    (lambda d: os.chown(d, 65534, 0), "a folder of your own"),
    (lambda d: (os.rename(d / "session", d / "s2"), os.symlink(d / "s2", d / "session")), "session: Too many levels"),
    (lambda d: (os.rename(d, d.parent / "q2"), os.symlink(d.parent / "q2", d)), "quoin: "),
    (lambda d: (os.unlink(d / "session"), os.mkfifo(d / "session", 0o600)), "a file of your own"),
    (lambda d: (d / "session").write_text("00" * 31 + "\n"), "holds no session"),
    (lambda d: (d / "session").write_text("zz" * 32 + "\n"), "holds no session"),
    (lambda d: (d / "session").write_text(TOKEN.hex() + "00\n"), "holds no session"),
], ids=range(11))
def test_a_session_that_others_could_know_is_not_used(sam, spoil, says):
    spoil(sam.xdg / "quoin")
    p = sam.ctl("whoami", check=False)
    assert p.returncode == 1 and says in p.stderr and not sam.seen


def in_terminal(core, *words, answers=()):
    """Runs quoinctl with a terminal of its own and types the answers; all that the terminal showed, and the status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(CTL, core.words(*words), core.env)
    out, left, end = b"", list(answers), time.monotonic() + 20
    os.set_blocking(fd, False)
    while time.monotonic() < end:
        try:
            part = os.read(fd, 4096)
            out += part
        except BlockingIOError:
            time.sleep(0.02)
            continue
        except OSError:
            break
        if not part:
            break
        if left and left[0][0].encode() in out:
            os.write(fd, left.pop(0)[1].encode() + b"\n")
    os.close(fd)
    return out.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_terminal_does_not_show_a_password(core):
    out, status = in_terminal(core, "login", "sam", answers=[("Password: ", "pw-sam")])
    assert status == 0 and "Logged in as sam" in out and "pw-sam" not in out


def test_no_terminal_and_no_password(core):
    p = subprocess.run(core.words("login", "sam"), env=core.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       start_new_session=True, timeout=20)
    assert p.returncode == 1 and "there is no terminal to ask for the password: use --password-stdin" in p.stderr


def test_the_password_again_once(sam):
    sam.answers["contain.unlock"] = lambda m: m.answer("proof", text="password first") if not sam.calls("session.prove") else m.answer()
    p = sam.ctl("contain", "unlock", "device", "hall", "--reason", "repaired", "--password-stdin", input="pw-sam\n")
    assert p.stdout == "Unlocked.\n" and [m.verb for m in sam.seen] == ["contain.unlock", "session.prove", "contain.unlock"]
    assert sam.seen[1].secret == {"session": TOKEN, "password": b"pw-sam"} and sam.seen[0].fields == sam.seen[2].fields
    sam.seen.clear()
    sam.answers["contain.unlock"] = lambda m: m.answer("proof", text="password first")
    p = sam.ctl("contain", "unlock", "device", "hall", "--reason", "x", "--password-stdin", input="pw-sam\n", check=False)
    assert p.returncode == 1 and "password first" in p.stderr and len(sam.seen) == 3  # not for ever
    sam.seen.clear()
    sam.answers["session.prove"] = lambda m: m.answer("denied", text="wrong password")
    p = sam.ctl("contain", "unlock", "device", "hall", "--reason", "x", "--password-stdin", input="no\n", check=False)
    assert p.returncode == 1 and p.stderr == "quoinctl: wrong password\n" and len(sam.seen) == 2


@pytest.mark.parametrize("words, verb, fields, says", [
    (["contain", "lock", "person", "bob", "--reason", "lost badge"], "contain.lock",
     {"kind": "person", "name": "bob", "reason": "lost badge"}, "Locked.\n"),
    (["job", "cancel", REQUEST, "--reason", "wrong queue"], "job.cancel", {"job": REQUEST, "reason": "wrong queue"}, "Deleted.\n"),
    (["pin", "unlock", "bob", "--reason", "T-1"], "pin.unlock", {"login": "bob", "reason": "T-1"}, "PIN unlocked.\n"),
    (["request", "reject", REQUEST, "--reason", "too short"], "request.reject", {"id": REQUEST, "reason": "too short"}, "Rejected.\n"),
    (["request", "withdraw", REQUEST], "request.withdraw", {"id": REQUEST}, "Withdrawn.\n"),
    (["request", "approve", REQUEST, "--hash", "ab" * 32, "--yes"], "request.approve", {"id": REQUEST, "hash": "ab" * 32}, "Approved and done.\n"),
])
def test_words_become_fields(sam, words, verb, fields, says):
    assert sam.ctl(*words).stdout == says
    assert [(m.verb, m.fields, m.secret) for m in sam.seen] == [(verb, fields, {"session": TOKEN})]
    assert sam.ctl(*words, "--json").stdout == "{}\n"


@pytest.mark.parametrize("words", [
    ["login"], ["login", "a", "b"], ["logout", "x"], ["whoami", "x"], ["policy", "show", "x"], ["policy", "show", "-1"], ["policy", "diff", "1"],
    ["policy", "list", "x"], ["policy", "check"], ["policy", "propose", "f"], ["request", "list", "x"], ["request", "show"],
    ["request", "approve"], ["request", "approve", REQUEST, "--yes"], ["request", "reject", REQUEST], ["request", "withdraw"], ["roles", "x"],
    ["person"], ["contain", "lock", "person", "bob"], ["contain", "unlock", "person", "--reason", "x"], ["contain", "list", "x"],
    ["job", "list", "x"], ["job", "cancel", REQUEST], ["pin", "unlock", "bob"], ["badge", "revoke", "bob"]], ids=" ".join)
def test_bad_usage_says_the_verbs_own_line(sam, words):
    p = sam.ctl(*words, check=False)
    first = " ".join(words[:2] if words[0] in ("policy", "request", "contain", "job", "pin", "badge") else words[:1])
    assert p.returncode == 2 and p.stderr.startswith(f"usage: quoinctl {first} ") and p.stderr.count("\n") == 1 and not sam.seen


def test_policy_show_can_be_edited_and_proposed(lab, sam):
    p = sam.ctl("policy", "show")
    assert json.loads(p.stdout) == g.document() and "fields" not in sam.seen[0].fields
    assert "Version 4 of 2026-10-12 16:20 UTC, proposed by Remy Laurent, approved by Sam Okafor, ticket CHG-1044.\nSHA-256 " in p.stderr
    assert max(map(len, p.stdout.splitlines())) <= 100 and p.stdout == sam.ctl("policy", "show", "4").stdout
    assert json.loads(sam.ctl("policy", "show", "--json").stdout)["document"] == g.document()
    file = lab.dir / "new.json"
    sam.answers["request.propose"] = lambda m: m.answer(fields={
        "id": "" if m.fields["dry"] else REQUEST, "hash": "ab" * 32, "expires": g.NOW, "approvers": ["security"],
        "changes": ["class confidential: hold 8h -> 4h"], "effect": ["87 held jobs fall due at once"]})
    file.write_text(p.stdout.replace('"hold": "8h"', '"hold": "4h"'))
    out = sam.ctl("policy", "check", file).stdout
    for line in ("Operation policy.retention", "  class confidential: hold 8h -> 4h", "  87 held jobs fall due at once", "this was a dry run"):
        assert line in out
    out = sam.ctl("policy", "propose", file, "--ticket", "CHG-7").stdout
    assert f"Request {REQUEST}\nSHA-256 {'ab' * 32}\nWaits until 2026-11-21 16:20 UTC for another person with one of these roles: security" in out
    dry, real = [m.fields for m in sam.calls("request.propose")]
    assert dry["dry"] == 1 and real["dry"] == 0 and real["ticket"] == "CHG-7" and real["operation"] == "policy.retention"
    assert json.loads(real["document"])["classes"][2]["hold"] == "4h" and real["document"] == dry["document"]


def test_the_operation_is_told_from_what_differs(lab, sam):
    file, doc = lab.dir / "new.json", g.document()
    sam.answers["request.propose"] = lambda m: m.answer(fields={"id": "", "hash": "ab" * 32, "expires": 0, "approvers": [], "changes": [], "effect": []})
    file.write_text(json.dumps(doc | {"profile": "compact"}))
    assert json.loads(sam.ctl("policy", "check", file, "--json").stdout)["id"] == ""
    assert sam.calls("request.propose")[0].fields["operation"] == "policy.access"
    file.write_text(json.dumps(doc))
    assert "is the policy in force" in sam.ctl("policy", "check", file, check=False).stderr
    file.write_text(json.dumps(doc | {"profile": "compact", "queues": {}}))
    assert "propose them apart" in sam.ctl("policy", "check", file, check=False).stderr
    sam.ctl("policy", "check", file, "--operation", "policy.access")
    file.write_text('{"a":1,\n"a":2}')
    assert "new.json line 2: duplicate object key" in sam.ctl("policy", "check", file, check=False).stderr
    assert "new2.json" in sam.ctl("policy", "check", lab.dir / "new2.json", check=False).stderr
    assert len(sam.calls("request.propose")) == 2


def test_policy_list_and_diff(sam):
    rows = [{k: v for k, v in g.version(n).items() if k not in ("changes", "document")} for n in range(60, 0, -1)]
    sam.answers["policy.list"] = lambda m: m.answer(fields={"versions": [r for r in rows if r["version"] < m.fields.get("before", 99)][:50]})
    lines = sam.ctl("policy", "list").stdout.splitlines()
    assert len(lines) == 61 and lines[-1].split()[:3] == ["1", "2026-06-14", "16:20"] and max(map(len, lines)) <= 110
    assert len(json.loads(sam.ctl("policy", "list", "--json").stdout)) == 60
    sam.answers["policy.show"] = lambda m: m.answer(fields=g.version(m.fields["version"], g.changed() if m.fields["version"] == 5 else None))
    assert sam.ctl("policy", "diff", "4", "5").stdout == "classes/confidential/hold: 8h -> 4h\nqueues/legal added: confidential\n"
    assert sam.ctl("policy", "diff", "4", "4").stdout == "No difference.\n"


def test_request_list(sam):
    sam.answers["request.list"] = lambda m: m.answer(fields={"requests": [g.request(1), g.request(2, mine=1, operation="device")][m.fields.get(
        "before") is not None:][:1], "more": int("before" not in m.fields), "now": g.NOW})
    out = sam.ctl("request", "list").stdout.splitlines()
    assert out[0].split() == [REQUEST, "open", "policy.retention", "Remy", "Laurent"] and out[2].endswith("(yours)")
    assert out[1] == "    ticket CHG-1051, made 2026-11-21 13:20, expires 2026-11-22 13:20 UTC"
    assert [m.fields for m in sam.seen] == [{"open": 1, "limit": 50}, {"open": 1, "limit": 50, "before": REQUEST}]
    assert len(json.loads(sam.ctl("request", "list", "--all", "--json").stdout)) == 2 and sam.seen[-1].fields["open"] == 0
    sam.answers["request.list"] = lambda m: m.answer(fields={"requests": [], "more": 0, "now": g.NOW})
    assert sam.ctl("request", "list").stdout == "No request waits for a decision.\n"


def test_what_is_approved_is_what_was_shown(sam):
    p = sam.ctl("request", "approve", REQUEST, input="yes\n")
    for words in ("Requested by  Remy Laurent", "Ticket        CHG-1051", "class confidential: hold 8h -> 4h", "87 of them fall due at once",
                  '"name": "restricted"', "You sign off exactly this", "Approved and done."):
        assert words in p.stdout, words
    assert sam.calls("request.approve")[0].fields == {"id": REQUEST, "hash": g.shown()["hash"]}
    for other in ("y\n", "", "yes please\n", "YES\n"):
        p = sam.ctl("request", "approve", REQUEST, input=other, check=False)
        assert p.returncode == 1 and "nothing was approved" in p.stderr
    p = sam.ctl("request", "approve", REQUEST, "--hash", "ab" * 32, input="yes\n", check=False)
    assert p.returncode == 1 and "is not the one with that hash" in p.stderr
    assert len(sam.calls("request.approve")) == 1


def test_an_id_that_is_none(sam):
    for words in (["request", "show", "x"], ["request", "approve", "1", "--hash", "ab" * 32, "--yes"], ["request", "reject", "x", "--reason", "y"],
                  ["request", "withdraw", REQUEST + "0"], ["job", "cancel", "7", "--reason", "y"]):
        p = sam.ctl(*words, check=False)
        assert p.returncode == 1 and "is no id: they look like" in p.stderr and not sam.seen


def test_hidden_characters_are_shown(sam):
    doc = g.document(owners={"a\u202eb": "c\u200bd"})
    sam.answers["request.show"] = lambda m: m.answer(fields=g.shown(doc=doc))
    out = sam.ctl("request", "show", REQUEST).stdout
    assert '"a\\u202eb": "c\\u200bd"' in out and "\u202e" not in out and "\u200b" not in out


def test_roles_for_people_and_as_a_matrix(sam):
    out = sam.ctl("roles").stdout
    for line in ("Policy version 4, profile standard", "  operator: keeps printing going, sees no titles, releases nothing",
                 "    cancel        delete anybody's job, with a reason", "    auditor with any other but user", "    security with records",
                 "within 24 h approved by: security, records", "    records        cn=print-records,ou=groups,dc=example,dc=org"):
        assert line in out, line
    lines = sam.ctl("roles", "--matrix").stdout.splitlines()
    assert max(map(len, lines)) <= 100
    head = next(x for x in lines if x.startswith("permission "))
    cells = next(x for x in lines if x.startswith("policy "))
    for name, _, may in g.ROLES:
        at = head.index("  " + name) + 2
        assert cells[at:at + len(name)].strip() == ("x" if "policy" in may.split() else "."), name
    assert any(x.split() == ["contain.unlock", "console", "ctl", "shell", "password", "contain"] for x in lines)
    assert json.loads(sam.ctl("roles", "--json").stdout) == g.roles()


def test_a_person_as_sentences(sam):
    sam.answers["person.why"] = lambda m: m.answer(fields=g.person(login=m.fields["login"]))
    out = sam.ctl("person", "sam").stdout
    for line in ("sam (Sam Okafor), known to the directory as 5f0c6d1e", "The account is active.",
                 "In cn=print-security,ou=groups,dc=example,dc=org, so they would hold the role security.", "Roles: user, security",
                 "As security they may lock a person, a device, a terminal or a queue at once, and unlock it (contain).",
                 "They have 1 badge and a PIN; 2 sessions now."):
        assert line in out, line
    sam.answers["person.why"] = lambda m: m.answer(fields=g.person(
        roles=[], permissions=[], status="disabled", locked="stolen laptop", conflicts=[{"a": "auditor", "b": "operator", "excepted": 0}],
        accounts=["sam-adm"], pin="locked", badges=0, sessions=0))
    out = sam.ctl("person", "sam").stdout
    for line in ("The account is disabled: nothing is allowed.", "locked in Quoin: stolen laptop.", "auditor with operator is a conflict: they hold neither.",
                 "Roles: none", "They may do nothing in Quoin.", "Another account of the same person: sam-adm", "0 badges and a PIN that is locked"):
        assert line in out, line


def test_the_zones_where_a_person_may_print(sam):
    sam.answers["person.why"] = lambda m: m.answer(fields=g.person(zones=[{"zone": "lab", "group": "cn=lab,dc=test"}, {"zone": "vault", "group": ""}]))
    assert "In cn=lab,dc=test, so they may print in the zone lab.\nThey may not print in the zone vault.\nThey may print in every other zone.\n" \
        in sam.ctl("person", "sam").stdout
    sam.answers["person.why"] = lambda m: m.answer(fields=g.person())
    assert "They may print in every zone.\n" in sam.ctl("person", "sam").stdout
    sam.answers["person.why"] = lambda m: m.answer(fields=g.person(permissions=["log"], zones=[{"zone": "lab", "group": "cn=lab"}]))
    assert "zone" not in sam.ctl("person", "sam").stdout


def test_lists_of_locks_and_jobs(sam):
    sam.answers["contain.list"] = lambda m: m.answer(fields={"locks": [{"kind": "device", "name": "hall", "reason": "tampered"}]})
    assert sam.ctl("contain", "list").stdout.split() == ["device", "hall", "tampered"]
    row = {"job": REQUEST, "owner": "bob", "queue": "hold", "state": "held", "classification": "internal", "length": 5, "pages": -1, "output": "",
           "received": g.NOW, "due": g.NOW}
    sam.answers["admin.jobs"] = lambda m: m.answer(fields={"jobs": [row], "more": int("after" not in m.fields), "now": g.NOW})
    lines = sam.ctl("job", "list").stdout.splitlines()
    assert len(lines) == 3 and lines[1].split()[:5] == [REQUEST, "held", "internal", "bob", "hold"]
    assert len(json.loads(sam.ctl("job", "list", "--json").stdout)) == 2
    sam.answers["badge.revoke"] = lambda m: m.answer(fields={"count": 2})
    assert sam.ctl("badge", "revoke", "bob", "--reason", "lost").stdout == "Badges that open nothing any more: 2.\n"


def test_devices_and_terminals(sam):
    sam.answers["device.list"] = lambda m: m.answer(fields={"devices": [g.device()], "more": 0})
    sam.answers["terminal.list"] = lambda m: m.answer(fields={"terminals": [g.terminal("panel-3" if "after" in m.fields else "panel-2")],
                                                              "more": int("after" not in m.fields)})
    out = sam.ctl("device", "list").stdout
    assert "laser-2" in out and "restricted" in out and "ipps://laser-2.print.example.org/ipp/print" in out
    assert len(json.loads(sam.ctl("--json", "terminal", "list").stdout)) == 2
    sam.answers["terminal.code"] = lambda m: m.answer(secret={"code": b"ABCDEFGHJKMNPQRSTVWX"})
    assert json.loads(sam.ctl("--json", "terminal", "code", "t1").stdout) == {"name": "t1", "code": "ABCDEFGHJKMNPQRSTVWX"}
    assert sam.ctl("terminal", "code", "t1").stdout.startswith("ABCDEFGHJKMNPQRSTVWX\n")
    sam.ctl("terminal", "revoke", "t1", "--reason", "sold")
    assert sam.calls("terminal.revoke")[0].fields == {"name": "t1", "reason": "sold"}
    sam.answers["request.propose"] = lambda m: m.answer(fields={"id": "", "hash": "ab" * 32, "expires": 0, "approvers": [], "changes": [], "effect": []})
    sam.ctl("device", "propose", "p", "ipps://h/ipp", "--location", "hall", "--custodian", "dora", "--ceiling", "internal", "--ca", "/ca.pem", "--dry-run")
    m = sam.calls("request.propose")[0].fields
    assert m["dry"] == 1 and m["operation"] == "device" and json.loads(m["document"]) == {
        "name": "p", "uri": "ipps://h/ipp", "location": "hall", "custodian": "dora", "ceiling": "internal", "ca": "/ca.pem"}


def test_a_core_that_hangs_up_is_explained(lab, core):
    core.answers["status"] = lambda m: core.peers[-1].sock.shutdown(2)
    assert "does not take status from root, or is being restarted" in core.ctl("status", check=False).stderr
    wait_for("the core is asked", lambda: core.calls("status"))


# ---- badges from a file ----

CSV = """login,number,label
alice,04A1B2C3,blue
# from the old system
bob,"04,A1","the ""new"" one"

carol,55
mallory,66,x
broken
dave,%s
erin,77,a,b
frank,"88
""" % ("9" * 65)


def test_badges_come_from_a_file_line_by_line(sam, lab):
    (lab.dir / "badges.csv").write_text(CSV)
    sam.answers["badge.import"] = lambda m: (m.answer("not-found", text="the directory has no such person") if m.fields["login"] == "mallory"
                                             else m.answer("conflict", text="this badge belongs to another person")
                                             if m.fields["login"] == "carol" else m.answer())
    p = sam.ctl("badge", "import", lab.dir / "badges.csv", check=False)
    sent = [(m.fields["login"], m.fields["label"], m.secret["badge"]) for m in sam.calls("badge.import")]
    assert sent == [("alice", "blue", b"04A1B2C3"), ("bob", 'the "new" one', b"04,A1"), ("carol", "", b"55"), ("mallory", "x", b"66")]
    assert all(m.secret["session"] == TOKEN for m in sam.calls("badge.import"))
    assert p.returncode == 1 and p.stdout == "2 badges taken, 6 lines refused.\n"
    where = f"{lab.dir}/badges.csv line"
    assert p.stderr.splitlines() == [
        f"{where} 6: carol: this badge belongs to another person", f"{where} 7: mallory: the directory has no such person",
        *[f"{where} {n}: it is not LOGIN,NUMBER or LOGIN,NUMBER,LABEL" for n in (8, 9, 10, 11)]]
    assert "55" not in p.stderr.replace(str(lab.dir), "") and "9999" not in p.stderr
    p = sam.ctl("--json", "badge", "import", lab.dir / "badges.csv", check=False)
    out = json.loads(p.stdout)
    assert out["added"] == 2 and out["refused"][0] == {"line": 6, "login": "carol", "why": "this badge belongs to another person"}


def test_an_import_that_may_not_be_stops_at_once(sam, lab):
    (lab.dir / "badges.csv").write_text("alice,1\nbob,2\n")
    sam.answers["badge.import"] = lambda m: m.answer("denied", text="no role of this person allows it")
    p = sam.ctl("badge", "import", lab.dir / "badges.csv", check=False)
    assert p.returncode == 1 and len(sam.calls("badge.import")) == 1 and "no role" in p.stderr
    p = sam.ctl("badge", "import", lab.dir / "none.csv", check=False)
    assert p.returncode == 1 and "No such file" in p.stderr


def test_a_long_line_is_one_line(sam, lab):
    (lab.dir / "badges.csv").write_text("alice,1," + "x" * 5000 + "\nbob,2\n")
    p = sam.ctl("badge", "import", lab.dir / "badges.csv", check=False)
    assert [m.fields["login"] for m in sam.calls("badge.import")] == ["bob"] and "1 badges taken, 1 lines refused" in p.stdout
