"""quoinctl and the console with the real core: a change of policy from the edited text to the version in force, by two people."""
import json
import re

import pytest

from lib.core import Arrival, Core
from lib.lab import BUILD, run
from lib.web import Browser, Web
from test_console_pages import textarea
from test_kiosk_pages import lint


@pytest.fixture
def core(lab):
    it = Core(lab).start()
    (lab.dir / "run").symlink_to(it.run_dir)
    yield it
    it.stop()


@pytest.fixture
def people(lab, core):
    web = Web(lab, "console", core=False)

    def login(who):
        b = Browser(web)
        b.get("/admin/login")
        assert b.submit("/admin/login", [("login", who), ("password", "pw-" + who)]).status == 200
        return b
    return {w: login(w) for w in ("remy", "sam", "audra", "oscar")}


def test_a_policy_through_the_console(core, people):
    remy, sam, audra = (people[w] for w in ("remy", "sam", "audra"))
    job = Arrival(core).hold()
    text = textarea(remy.get("/admin/policy/change"))
    page = remy.submit("/admin/policy/check", [("policy", text.replace('"hold": "24h"', '"hold": "20h"')), ("ticket", "CHG-1")])
    lint(page)
    assert "class internal: hold 24h -> 20h" in page.plain and "1 held job affected" in page.plain
    page = remy.submit("/admin/propose", [("ticket", "CHG-1")])
    assert "Proposed." in page.plain and "somebody else has to decide" in page.plain
    link = re.search(r"/admin/request\?id=[0-9a-f-]{36}", sam.get("/admin/requests").text)[0]
    sam.get(link)
    assert "Approved and done." in sam.submit("/admin/request/approve", []).plain
    page = audra.get("/admin/policy")
    lint(page)
    for words in ("Version 2 is in force.", "20 h", "CHG-1", "class internal: hold 24h -> 20h"):
        assert words in page.plain, words
    assert [r["version"] for r in core.records("policy.applied")][-1] == 2
    oscar = people["oscar"]
    assert job[-12:] in oscar.get("/admin/jobs").plain and oscar.get("/admin/policy").status == 403
    oscar.get("/admin/job?job=" + job)
    assert "The job is deleted." in oscar.submit("/admin/job/delete", [("reason", "wrong queue")]).plain and core.state(job) != "held"
    for path in ("/admin/roles", "/admin/people?login=sam", "/admin/requests?all=1", "/admin/audit"):
        page = audra.get(path)
        lint(page)
        assert page.status == 200, path


def test_a_policy_through_the_shell(lab, core):
    def ctl(who, *words, input=None, check=True):
        folder = lab.dir / ("xdg-" + who)
        folder.mkdir(mode=0o700, exist_ok=True)
        return run(BUILD / "ctl/quoinctl", "-c", core.dir / "quoin.conf", *words, env={"XDG_RUNTIME_DIR": str(folder)}, check=check, input=input)
    for who in ("remy", "sam", "audra"):
        ctl(who, "login", who, "--password-stdin", input=f"pw-{who}\n")
    file = lab.dir / "new.json"
    file.write_text(ctl("remy", "policy", "show").stdout.replace('"hold": "8h"', '"hold": "4h"'))
    assert "class confidential: hold 8h -> 4h" in ctl("remy", "policy", "check", file).stdout
    request = json.loads(ctl("remy", "policy", "propose", file, "--ticket", "CHG-1", "--json").stdout)
    p = ctl("remy", "request", "approve", request["id"], input="yes\n", check=False)
    assert p.returncode == 1  # one person is not two
    assert ctl("sam", "request", "approve", request["id"], "--hash", request["hash"], "--yes").stdout == "Approved and done.\n"
    assert ctl("audra", "policy", "diff", "1", "2").stdout == "classes/confidential/hold: 8h -> 4h\n"
    assert "auditor with operator is a conflict: they hold neither." in ctl("audra", "person", "carl").stdout
    assert max(map(len, ctl("audra", "roles", "--matrix").stdout.splitlines())) <= 100
    assert json.loads(ctl("root", "roles", "--json").stdout)["version"] == 2  # root looks without a role,
    assert "not logged in" in ctl("root", "policy", "show", check=False).stderr  # and has none
