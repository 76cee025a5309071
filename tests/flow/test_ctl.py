"""quoinctl against a scripted core, and its work on cupsd's files."""
import json
import os
import stat
import time

import pytest

from lib.lab import BUILD, run
from lib.wire import FakeCore

CTL = BUILD / "ctl/quoinctl"
STATUS = {"version": "0.1.0", "policy": 2, "profile": "compact", "uptime": 5000, "held": 3, "held_bytes": 4096, "releasing": 1, "uncertain": 0, "overdue": 0, "records": 17,
          "workers": {"ldap": "4", "pin": "2", "deliver": "1"}, "slowest_us": 812, "slowest_verb": "job.commit"}


@pytest.fixture
def core(lab):
    """A core whose answers are in core.answers[verb]; core.seen has the requests."""
    (lab.dir / "run").mkdir()
    conf = lab.dir / "quoin.conf"
    state = lab.dir / "state"
    state.mkdir(0o700)
    conf.write_text(f'run-dir = "{lab.dir}/run"\nstate-dir = "{state}"\n')
    answers = {"status": lambda m: m.answer(fields=STATUS)}

    def handler(peer, m):
        return answers.get(m.verb, lambda m: m.answer())(m)
    it = FakeCore(lab.dir / "run/ctl.sock", handler)
    it.answers, it.conf = answers, conf
    it.ctl = lambda *a, **kw: run(CTL, "-c", conf, *a, **kw)
    yield it
    it.close()


def test_status_for_people_and_for_programs(core):
    text = core.ctl("status").stdout
    assert "held       3 jobs" in text and "policy     version 2, compact profile" in text and "deliver 1" in text and "812 us job.commit" in text
    assert json.loads(core.ctl("--json", "status").stdout) == STATUS
    assert json.loads(core.ctl("status", "--json").stdout) == STATUS


def test_a_refusal_is_the_cores_sentence(core):
    core.answers["status"] = lambda m: m.answer("not-found", text="the database is away")
    p = core.ctl("status", check=False)
    assert p.returncode == 1 and p.stderr == "quoinctl: the database is away\n" and p.stdout == ""


def test_what_is_wrong_is_said(lab, core):
    for words in ([], ["frobnicate"], ["device"], ["device", "propose", "p"], ["status", "now"], ["terminal", "list", "x"]):
        p = core.ctl(*words, check=False)
        assert p.returncode == 2 and "usage: quoinctl" in p.stderr, words
    assert not core.seen
    (lab.dir / "away.conf").write_text(f'run-dir = "{lab.dir}/nowhere"\n')
    p = run(CTL, "-c", lab.dir / "away.conf", "status", check=False)
    assert p.returncode == 1 and f"the core can't be reached at {lab.dir}/nowhere/ctl.sock" in p.stderr
    (lab.dir / "bad.conf").write_text("max-jobs = 0\n")
    p = run(CTL, "-c", lab.dir / "bad.conf", "status", check=False)
    assert p.returncode == 1 and "max-jobs = 0: expected int from 1" in p.stderr
    core.answers["status"] = lambda m: m.answer(fields={"held": "many"})
    assert "no answer from the core: " in core.ctl("status", check=False).stderr


@pytest.fixture
def cups(lab):
    """A folder with cupsd's files as Debian ships them, in short; its spool is on a tmpfs or not as /dev/shm is."""
    d = lab.dir / "cups"
    d.mkdir()
    (d / "cupsd.conf").write_text("# Debian's\nLogLevel warn\nPageLogFormat\nWebInterface Yes\nPreserveJobFiles 1d\npreservejobfiles Yes\n"
                                  "<Location />\n  Order allow,deny\n</Location>\n"
                                  "<Policy default>\n  JobPrivateAccess default\n  <Limit Create-Job Print-Job Validate-Job>\n"
                                  "    Order deny,allow\n  </Limit>\n</Policy>\n")
    (d / "cups-files.conf").write_text(f"SystemGroup lpadmin\nRequestRoot {lab.dir}\nTempDir /dev/shm\nServerBin {lab.dir}/bin\n")
    (d / "printers.conf").write_text("<Printer secure>\nDeviceURI quoin:\nErrorPolicy retry-job\nJobSheets none none\n</Printer>\n"
                                     "<DefaultPrinter hall>\nDeviceURI ipp://10.0.0.7/ipp\nErrorPolicy stop-printer\n"
                                     "JobSheets standard none\n</DefaultPrinter>\n")
    (lab.dir / "bin/backend").mkdir(parents=True)
    (lab.dir / "bin/backend/quoin").write_text("")
    os.chmod(lab.dir / "bin/backend/quoin", 0o755)
    (lab.dir / "quoin.ppd").write_text("")
    return d


def findings(core, cups):
    p = core.ctl("--json", "check", "--cups-dir", cups, check=False)
    out = json.loads(p.stdout)
    assert (p.returncode == 1) == (out["critical"] > 0)
    return {(f["id"], f["criterion"]) for f in out["findings"]}, "\n".join(f["text"] for f in out["findings"])


def test_check_names_each_finding_with_its_criterion(lab, core, cups):
    found, text = findings(core, cups)
    assert 'PreserveJobFiles is "Yes": cupsd keeps each document in clear' in text and 'set it to "No"' in text
    assert 'JobRetryLimit is "5" (not set)' in text
    for words in ("queue hall prints to ipp://10.0.0.7/ipp past Quoin", "queue hall has the error policy stop-printer",
                  "queue hall adds banner pages", "does not ask who submits a job", f"RequestRoot {lab.dir} is on a plain disk"):
        assert words in text, words
    assert {"CUPS-01", "CUPS-02", "CUPS-10", "CUPS-12", "CUPS-17"} <= {i for i, _ in found}
    assert "queue secure" not in text and "TempDir" not in text and not {"QN-01", "QN-02", "QN-03", "QN-04"} & {i for i, _ in found}
    os.chmod(lab.dir / "bin/backend/quoin", 0o700)
    os.chmod(lab.dir / "state", 0o755)
    core.answers["status"] = lambda m: m.answer(fields=STATUS | {"overdue": 2, "workers": {"ldap": "0", "pin": "1", "deliver": "1"}})
    text = findings(core, cups)[1]
    for words in ("must belong to root with mode 0755", "mode 0755 lets others in", "2 jobs are past their time", "no ldap worker"):
        assert words in text, words
    assert "CRITICAL CUPS-02  C1.2" in core.ctl("check", "--cups-dir", cups, check=False).stdout


def test_check_finds_a_document_that_cupsd_left_in_clear(lab, core, cups):
    for name, minutes in (("d00042-001", 11), ("d00043-001", 9), ("c00042", 99), ("d00044", 99)):
        (lab.dir / name).write_text("x")
        os.utime(lab.dir / name, (0, time.time() - minutes * 60))
    text = findings(core, cups)[1]
    assert "a document of job 42 has lain in clear for 11 minutes" in text and '"cancel -x 42"' in text
    assert "job 43" not in text and "job 44" not in text
    assert "DirtyCleanInterval is \"30\" (not set)" in text and "cupsd-socket is not set" in text


def test_setup_shows_without_touching(lab, core, cups):
    before = {f.name: f.read_text() for f in cups.iterdir()}
    p = core.ctl("cups", "setup", "secure", "--print-only", "--cups-dir", cups, "--ppd", lab.dir / "quoin.ppd")
    assert f"lpadmin -p secure -v quoin:{lab.dir}/run/intake/intake.sock -P" in p.stdout and "cupsd.conf: PreserveJobFiles No" in p.stdout
    assert before == {f.name: f.read_text() for f in cups.iterdir()} and not core.seen


def test_setup_edits_what_it_must_and_keeps_the_rest(lab, core, cups):
    os.chmod(cups / "cupsd.conf", 0o640)
    old = (cups / "cupsd.conf").read_text()
    p = core.ctl("cups", "setup", "secure", "--cups-dir", cups, "--ppd", lab.dir / "quoin.ppd",
                 "--cups-server", lab.dir / "no.sock", check=False)
    assert p.returncode == 1 and "lpadmin failed" in p.stderr  # no cupsd there; the files come first
    new = (cups / "cupsd.conf").read_text()
    assert "PreserveJobFiles No" in new and "1d" not in new and "preservejobfiles" not in new
    assert "JobRetryLimit 0" in new and "# Debian's" in new and "<Limit Create-Job Print-Job Validate-Job>" in new
    assert stat.S_IMODE(os.stat(cups / "cupsd.conf").st_mode) == 0o640
    assert (cups / "cupsd.conf.before-quoin").read_text() == old
    text = findings(core, cups)[1]
    assert "PreserveJobFiles" not in text and "JobRetryLimit" not in text and "MaxJobs" not in text


def test_check_says_that_there_is_no_policy_and_that_it_is_the_compact_one(core, cups):
    assert ("QN-07", "CC6.3") in findings(core, cups)[0]
    core.answers["status"] = lambda m: m.answer(fields=STATUS | {"policy": 0, "profile": "standard"})
    found = findings(core, cups)[0]
    assert ("QN-06", "CC6.3") in found and ("QN-07", "CC6.3") not in found
    core.answers["status"] = lambda m: m.answer(fields=STATUS | {"profile": "standard"})
    assert not {("QN-06", "CC6.3"), ("QN-07", "CC6.3")} & findings(core, cups)[0]


def test_setup_refuses_a_name_that_is_an_option(lab, core, cups):
    for name in ("-h", "a b", "", "a/b"):
        p = core.ctl("cups", "setup", name, "--cups-dir", cups, "--ppd", lab.dir / "quoin.ppd", check=False)
        assert p.returncode == 1 and "a queue's name" in p.stderr, (name, p)
