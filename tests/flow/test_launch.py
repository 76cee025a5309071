"""quoin-launch: users, folders, restarts and a clean end, with stand-ins for the programs."""
import json
import os
import pathlib
import signal
import stat

import pytest

from lib.lab import BUILD, run, wait_for
from lib.processes import processes
from lib.quoin import PROGRAMS, Quoin

STAND_IN = """#!/usr/bin/python3 -I
import json, os, signal, socket, sys, time
argv = sys.argv[1:]
conf = dict(l.split(" = ", 1) for l in open(argv[1]).read().splitlines() if " = " in l)
run, here = json.loads(conf["run-dir"]), os.path.dirname(os.path.abspath(sys.argv[0]))
name = argv[-1] if len(argv) > 2 else os.path.basename(sys.argv[0]).split("-")[-1]
wanted = {"quoind": ["core", "kiosk", "portal", "console", "ldap", "pin", "deliver", "ctl"], "intake": ["intake/intake"]}.get(name, [])
keep = []
for s in wanted:
    keep.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    keep[-1].bind(f"{run}/{s}.sock")
if name in ("kiosk", "portal", "console"):
    host, port = json.loads(conf[name + "-listen"]).rsplit(":", 1)
    keep.append(socket.socket())
    keep[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keep[-1].bind((host, int(port)))
    keep[-1].listen()
child = os.fork() if name == "intake" else 1
facts = {"name": name, "argv": argv, "env": dict(os.environ), "uid": os.getresuid(), "gid": os.getresgid(), "groups": os.getgroups(),
         "fds": sorted(int(f) for f in os.listdir("/proc/self/fd")), "ignored": signal.getsignal(signal.SIGTERM) == signal.SIG_IGN}
if child:
    open(f"{here}/facts/{name}.{os.getpid()}", "w").write(json.dumps(facts))
if os.path.exists(f"{here}/deaf-{name}") or child == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    time.sleep(3600)
"""


@pytest.fixture
def stand_ins(lab):
    """A Quoin whose programs are stand-ins that tell how they were started."""
    here = lab.dir / "bin"
    (here / "facts").mkdir(parents=True)
    os.chmod(here / "facts", 0o777)
    for path in set(PROGRAMS.values()):
        program = here / pathlib.Path(path).name
        program.write_text(STAND_IN)
        os.chmod(program, 0o755)
    quoin = Quoin(lab)
    quoin.facts = lambda: {f.name: json.loads(f.read_text()) for f in (here / "facts").iterdir() if f.stat().st_size}
    quoin.bin, quoin.policy = here, None  # there is no core that would take one
    (here / "launch").mkdir()
    (here / "launch/quoin-launch").symlink_to(BUILD / "launch/quoin-launch")
    quoin.build = here
    return quoin


def group(pid):
    """The processes of a process group."""
    return [p.pid for p in processes() if p.group == pid]


def test_each_program_has_its_own_user_and_a_clean_environment(stand_ins):
    stand_ins.start()
    facts = {f["name"]: f for f in wait_for("facts", lambda: len(stand_ins.facts()) == 8 and stand_ins.facts()).values()}
    assert set(facts) == {"quoind", "intake", "ldap", "pin", "deliver", "kiosk", "portal", "console"}
    for name, f in facts.items():
        uid = stand_ins.uid["core" if name == "quoind" else name]
        assert f["uid"] == [uid] * 3 and f["gid"] == [uid] * 3 and f["groups"] == [uid], f
        assert set(f["env"]) <= {"PATH", "LANG", "LC_CTYPE"}, f["env"]
        assert f["argv"][:2] == ["-c", str(stand_ins.conf_file)] and not f["ignored"]
        option = {"ldap": "-m", "pin": "-m", "kiosk": "-i", "portal": "-i", "console": "-i"}.get(name)
        assert f["argv"][2:] == ([option, name] if option else [])
    assert len({f["uid"][0] for f in facts.values()}) == 8


def test_folders_belong_to_whom_they_must(stand_ins):
    stand_ins.start()

    def about(path):
        st = os.stat(path)
        return st.st_uid, stat.S_IMODE(st.st_mode)
    assert about(stand_ins.state_dir) == (stand_ins.uid["core"], 0o700)
    assert about(stand_ins.run_dir) == (stand_ins.uid["core"], 0o711)
    assert about(stand_ins.run_dir / "intake") == (stand_ins.uid["intake"], 0o755)


def test_a_killed_program_comes_back_and_leaves_no_child(stand_ins):
    stand_ins.start()
    wait_for("two processes", lambda: len(facts_of(stand_ins, "intake")) == 1)
    old = facts_of(stand_ins, "intake")[0]
    assert len(wait_for("its child", lambda: len(group(old)) == 2 and group(old))) == 2
    os.kill(old, signal.SIGKILL)
    # It can't bind its old socket again, so it keeps failing; the launcher keeps trying, ever more slowly.
    wait_for("the end of the group", lambda: not group(old))
    wait_for("three attempts", lambda: stand_ins.log().count("intake started") >= 4)
    (stand_ins.run_dir / "intake/intake.sock").unlink()
    wait_for("another", lambda: len(facts_of(stand_ins, "intake")) == 2, 20)


def facts_of(quoin, name):
    return [int(f.split(".")[1]) for f in quoin.facts() if f.split(".")[0] == name]


def test_the_end_leaves_nothing(stand_ins):
    (stand_ins.bin / "deaf-deliver").write_text("")
    stand_ins.start()
    wait_for("facts", lambda: len(stand_ins.facts()) == 8)
    pids = [int(f.split(".")[1]) for f in stand_ins.facts()]
    assert stand_ins.stop() == 0
    assert not [p for p in pids if group(p)], "something was left behind"
    log = stand_ins.log()
    assert "deliver" in log and "does not end: killing it" in log
    assert log.rindex("core (") > max(log.rindex(f"{n} (") for n in ("intake", "kiosk", "deliver", "pin")), "the core ends last"


def test_a_killed_launcher_takes_the_programs_along(stand_ins):
    stand_ins.start()
    wait_for("facts", lambda: len(stand_ins.facts()) == 8)
    pids = [int(f.split(".")[1]) for f in stand_ins.facts()]
    os.kill(stand_ins.process.pid, signal.SIGKILL)
    stand_ins.process.wait()
    wait_for("the end of all", lambda: not [p for p in pids if pathlib.Path(f"/proc/{p}").exists()])
    for p in pids:  # the stand-in's deaf child: the real quoin-intake's children notice by themselves
        for q in group(p):
            os.kill(q, signal.SIGKILL)


def test_what_is_wrong_is_said(lab, stand_ins):
    launch = stand_ins.bin / "launch/quoin-launch"
    (stand_ins.bin / "quoin-ldap").rename(stand_ins.bin / "away")
    p = run(launch, "-c", stand_ins.conf_file, "-d", stand_ins.bin, check=False)
    assert p.returncode == 1 and "quoin-ldap: no such program" in p.stderr
    p = run(launch, "-c", lab.dir / "none.conf", "-d", stand_ins.bin, check=False)
    assert p.returncode == 1 and "none.conf" in p.stderr
    (stand_ins.bin / "away").rename(stand_ins.bin / "quoin-ldap")
    stand_ins.values["user-pin"] = "nobody-of-that-name"
    stand_ins.write_conf()
    p = run(launch, "-c", stand_ins.conf_file, "-d", stand_ins.bin, check=False)
    assert p.returncode == 1 and "user-pin = nobody-of-that-name: no such user" in p.stderr
    assert run(launch, "--nonsense", check=False).returncode == 2
    assert run(launch, "-x", "printer=/bin/true", check=False).returncode == 2
