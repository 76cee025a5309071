"""The manual says what the tables say."""
import re

import pytest

from lib.lab import BUILD, TOP, run

MAN = TOP / "man"
PAGES = sorted(p.name for p in MAN.glob("*.[578]"))


def words(name):
    """A page as plain text, its lines joined and without overstrikes."""
    text = run("mandoc", "-T", "ascii", MAN / name).stdout
    return re.sub(r"\s+", " ", re.sub(r".\x08", "", text)).replace("- ", "-")


def column(path, pattern):
    found = re.findall(pattern, (TOP / path).read_text(), re.M)
    assert found, f"{path} has no lines like {pattern}"
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_well_formed(page):
    p = run("mandoc", "-T", "lint", "-W", "warning", MAN / page, check=False)
    assert p.returncode == 0 and p.stdout == "", p.stdout


def test_every_page_is_installed():
    assert sorted(re.findall(r"man/(\S+\.[578])", (MAN / "local.mk").read_text())) == PAGES


def test_every_page_of_ours_that_is_referred_to_exists():
    for page in PAGES:
        for name in re.findall(r"^\.(?:.*\s)?Xr (quoin\S* \d)", (MAN / page).read_text(), re.M):
            assert name.replace(" ", ".") in PAGES, f"{page} refers to {name}"


def test_every_program_has_a_page():
    for program in ("quoind", "quoinctl", "quoin-launch", "quoin-intake", "quoin-ldap", "quoin-web", "quoin-deliver", "quoin-cups", "quoin-backend"):
        assert f"{program}.8" in PAGES


def test_every_configuration_key_is_described():
    text = words("quoin.conf.5")
    for key, kind in column("lib/conf.c", r'^    \{ "([a-z.-]+)", "([a-z]+)"'):
        assert f"{key} ({kind})" in text, key
    described = set(re.findall(r"^\.It Ic ([a-z-]+) Pq", (MAN / "quoin.conf.5").read_text(), re.M))
    assert described == {k for k, kind in column("lib/conf.c", r'^    \{ "([a-z.-]+)", "([a-z]+)"')}


def test_every_directorys_settings_can_be_used(lab):
    """The page's own lines, with the four that differ from site to site."""
    page = (MAN / "quoin.conf.5").read_text().split(".Ss Settings for some directories")[1].split(".Ss ")[0]
    blocks = re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$", page, re.M | re.S)
    assert len(blocks) == 7
    secret, conf = lab.dir / "secret", lab.dir / "quoin.conf"
    secret.write_text("x\n")
    secret.chmod(0o600)
    blocks[6] = blocks[0] + blocks[6]
    for block in blocks:
        conf.write_text(f'directory-servers = {{"ldaps://ldap.example.org"}}\ndirectory-ca = "{lab.ca()[0]}"\n'
                        f'directory-bind-dn = "cn=quoin,dc=example,dc=org"\ndirectory-secret-file = "{secret}"\n{block}')
        assert run(BUILD / "ldap" / "quoin-ldap", "-t", "-c", conf).stderr == ""


def test_every_message_is_described():
    verbs = column("lib/verb-table.c", r'^    \{ "([a-z.]+)", [a-z_]+, [a-z_]+, ')
    assert re.findall(r"^\.Ss ([a-z]+(?:\.[a-z]+)?)$", (MAN / "quoin-messages.7").read_text(), re.M) == verbs


def test_every_field_of_a_message_is_described():
    fields = set(column("lib/verb-table.c", r'\{ "(\w+)", QN_FIELD_') + column("lib/verb-admin.h", r'\{ "(\w+)", QN_FIELD_')
                 + column("lib/verb-print.h", r'\{ "(\w+)", QN_FIELD_'))
    described = set(re.findall(r"^\.It Va (\w+)$", (MAN / "quoin-messages.7").read_text(), re.M))
    assert described - {"job"} == fields - {"job"}


def test_every_state_is_described():
    text = words("quoin.7")
    for name, meaning in column("server/job-state.def", r'^STATE\(\w+, \d+, "(\w+)", "(.*)"\)'):
        assert f"{name} " in text and meaning.split(",")[0].split(";")[0].lower().split()[-1] in text.lower(), name
    assert set(re.findall(r"^\.It Cm (\w+)$", (MAN / "quoin.7").read_text().split(".Ss States")[1].split(".Ss")[0], re.M)) == \
        {n for n in column("server/job-state.def", r'^STATE\(\w+, \d+, "(\w+)"')}


def test_every_class_is_described_with_its_periods():
    text = words("quoin.7")
    for name, held in column("server/policy-document.c", r'\{\\"name\\":\\"(\w+)\\",\\"hold\\":\\"(\d+)h\\"'):
        assert f"{name} {held} h" in text, name


def test_every_member_and_operation_of_the_policy_is_described():
    text = words("quoin-policy.5")
    for name, low, high, default in column("server/policy-document.h", r'^    X\(\w+, "([a-z-]+)", (\d+), (\d+), (\d+),'):
        assert f"{name} " in text and ("wait" in name or f"{low} to {high} ({default})" in text), name
    for name, approvers in column("server/policy.c", r'^    \{ "([a-z.]+)", QN_PERM_\w+, "([a-z -]+)", HOURS'):
        assert re.search(f"{re.escape(name)} [a-z-]+ {' or '.join(approvers.split())}", text), name


def test_every_event_is_described():
    text = words("quoin-audit.5")
    for event in column("server/audit.h", r'^    X\(\w+, "([a-z.]+)",'):
        assert f"{event} " in text, event


def test_every_verb_of_quoinctl_is_described():
    text = words("quoinctl.8")
    for first, second in column("ctl/main.c", r'^    \{ "(\w+)", (NULL|"\w+"), '):
        assert f"{first} {second.strip(chr(34))}".removesuffix(" NULL") in text
