"""systemd's side: every program its own user, and little that is left to it."""
import re

import pytest

from lib.lab import run

UNITS = {"quoind": 5, "quoin-intake": 5, "quoin-pin": 5, "quoin-ldap": 13, "quoin-deliver": 13, "quoin-web@": 13, "quoin-cups": 18}


@pytest.fixture(scope="module")
def units(installed):
    return installed / "usr/lib/systemd/system"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_leaves_little_to_its_program(units, name):
    """The exposure that systemd itself works out, times ten: at most 0.5 without a network, 1.3 with one, and 1.8 with USB printers."""
    p = run("systemd-analyze", "security", "--offline=true", f"--threshold={UNITS[name]}", units / f"{name}.service", check=False)
    assert p.returncode == 0, p.stdout[-400:] + p.stderr


def test_no_two_units_share_a_user(units, installed):
    users = {n: re.search(r"^User=(.*)$", (units / f"{n}.service").read_text(), re.M).group(1) for n in UNITS}
    assert len(set(users.values())) == len(UNITS)
    known = set(re.findall(r"^u (\S+)", (installed / "usr/lib/sysusers.d/quoin.conf").read_text(), re.M))
    assert {u.replace("%i", w) for u in users.values() for w in ("kiosk", "portal", "console")} == known


def test_the_target_starts_all(units):
    wanted = set(re.findall(r"([^\s=]+)\.service", (units / "quoin.target").read_text()))
    assert wanted == {n for n in UNITS if "@" not in n} | {f"quoin-web@{w}" for w in ("kiosk", "portal", "console")}


def test_units_name_programs_that_are_installed(units, installed):
    for unit in units.glob("*.service"):
        text = unit.read_text()
        assert "@" not in text.replace("@system-service", "").replace("@privileged", "").replace("@resources", "").replace(
            "@obsolete", ""), unit
        program = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
        assert (installed / program.lstrip("/")).exists(), program


def test_the_sample_configuration_is_good(lab, installed):
    """quoind -t takes it as it is, but for users that only systemd-sysusers would make."""
    text = (installed / "etc/quoin/quoin.conf").read_text()
    users = "".join(f"user-{u} = {61001 + i}\n" for i, u in enumerate(
        ("core", "intake", "kiosk", "portal", "console", "ldap", "pin", "deliver", "cups")))
    (lab.dir / "quoin.conf").write_text(text + users)
    p = run(installed / "usr/sbin/quoind", "-t", "-c", lab.dir / "quoin.conf", check=False)
    assert p.returncode == 0, p.stderr
