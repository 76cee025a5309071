"""quoin-audit(5) lists what the log can hold and what a check can find; the lists are compared with the sources."""
import re

from lib.lab import TOP, run

PAGE = (TOP / "man/quoin-audit.5").read_text()


def test_every_event_is_in_the_manual():
    events = re.findall(r'X\((\w+), "([^"]+)", "([^"]+)"\)', (TOP / "server/audit.h").read_text())
    assert len(events) > 20
    listed = PAGE[PAGE.index(".Ss Events"):PAGE.index(".Ss Tree")]
    described = re.findall(r"\.It Ic (\S+)\n([^.]+)\.\n", listed)
    assert described == [(name, text[0].upper() + text[1:]) for _, name, text in events]


def test_every_finding_is_in_the_manual():
    sources = "".join((TOP / f"ctl/audit-{part}.c").read_text() for part in ("check", "walk"))
    found = set(re.findall(r'(?:ctl_audit_find\([aw](?:->a)?|walk_know\(w), "([a-z-]+)"', sources))
    listed = PAGE[PAGE.index(".Ss What is found"):PAGE.index(".Sh FILES")]
    described = set(" , ".join(re.findall(r"\.It Ic (.+)", listed)).split(" , "))
    assert len(found) > 8 and found == described


def test_page_is_clean():
    p = run("mandoc", "-T", "lint", TOP / "man/quoin-audit.5", check=False)
    said = [line for line in p.stdout.splitlines() + p.stderr.splitlines() if "referenced manual not found" not in line]
    assert said == []
