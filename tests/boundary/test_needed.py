"""What each program links is its boundary: hand-kept lists, compared with what is installed."""
import os
import re
import stat

import pytest

from lib.lab import run

OURS = {"libjansson.so.4", "libconfuse.so.2", "libseccomp.so.2", "libc.so.6"}
CRYPTO, SQLITE, EVENT = "libcrypto.so.3", "libsqlite3.so.0", "libevent_core-2.1.so.7"
NEEDED = {
    "quoin": set(),                                                # libc alone, and that statically; no key, no parser
    "quoin-launch": {"libconfuse.so.2", "libseccomp.so.2", "libc.so.6"},
    "quoin-cups": {"libconfuse.so.2", "libseccomp.so.2", "libc.so.6"}, # starts programs of CUPS, and links none of its libraries
    "quoind": OURS | {CRYPTO, SQLITE, EVENT},                      # never anything that parses a network
    "quoinctl": OURS | {CRYPTO, SQLITE},
    "quoin-intake": OURS | {CRYPTO, "libz.so.1"},                  # forks for each job: every library costs each of them
    "quoin-ldap": OURS | {CRYPTO, "libldap-2.5.so.0", "liblber-2.5.so.0", "libcrypt.so.1"},
    "quoin-web": OURS | {"libmicrohttpd.so.12", "libgnutls.so.30"},  # no libcrypto: it holds no key of a job
    "quoin-deliver": OURS | {CRYPTO, "libcups.so.2", "libgnutls.so.30"},
}
NEVER = {"quoind": {"libmicrohttpd", "libgnutls", "libldap", "liblber", "libcups", "libssl", "libqpdf"}}


def needed(path):
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.*?)\]", run("readelf", "-d", path).stdout))


def test_every_installed_program_is_on_the_list(programs):
    assert set(programs) == set(NEEDED)


@pytest.mark.parametrize("name", NEEDED)
def test_a_program_links_what_it_may_and_no_more(programs, name):
    assert needed(programs[name]) == NEEDED[name]


@pytest.mark.parametrize("name", NEVER)
def test_the_core_reaches_no_network_parser_by_detours_either(programs, name):
    libraries = re.findall(r"^\s*(\S+?)\.so", run("ldd", programs[name]).stdout, re.M)
    assert not NEVER[name] & set(libraries)


@pytest.mark.parametrize("name", NEEDED)
def test_a_program_is_hardened(programs, name):
    header = run("readelf", "-hlW", programs[name]).stdout
    dynamic = run("readelf", "-dW", programs[name]).stdout
    assert "DYN (Position-Independent Executable file)" in header
    assert "GNU_RELRO" in header and ("BIND_NOW" in dynamic or re.search(r"FLAGS_1.*NOW", dynamic))
    assert not re.search(r"GNU_STACK.*\bE\b", header) and "RPATH" not in dynamic and "RUNPATH" not in dynamic
    if name != "quoin-launch":
        assert "__stack_chk_fail" in run("readelf", "--syms", "-W", programs[name]).stdout


def test_the_release_has_no_door_to_the_clocks(programs):
    assert "QUOIN_RELEASE" in os.environ, "set QUOIN_RELEASE to a build tree without --enable-test-clock"
    for name, path in programs.items():
        assert b"test-clock" not in path.read_bytes(), name


def test_the_backend_is_installed_so_that_cupsd_runs_it_unprivileged(programs):
    st = os.stat(programs["quoin"])
    assert stat.S_IMODE(st.st_mode) == 0o755 and programs["quoin"].parent.name == "backend"


def test_nothing_is_set_uid_or_writable_by_others(installed):
    for path in installed.rglob("*"):
        if not path.is_symlink():
            mode = os.lstat(path).st_mode
            assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH | stat.S_IWGRP), f"{path} {mode:o}"
