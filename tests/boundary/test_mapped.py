"""What the running processes have in memory, libraries loaded later included."""
import os
import pathlib
import re

import pytest

from lib import directory
from lib.quoin import Quoin
from lib.web import Browser

BASE = "ld-linux-x86-64 libc libm libresolv libjansson libconfuse libseccomp libcrypto "
TLS = "libgnutls libp11-kit libffi libidn2 libunistring libtasn1 libnettle libhogweed libgmp "
SASL = "libsasl2 libanonymous libcrammd5 libdigestmd5 liblogin libntlm libplain libsasldb libscram libdb-5.3 libgs2 libgssapiv2 "
CUPS = ("libcups libavahi-client libavahi-common libdbus-1 libsystemd libcap libgcrypt libgpg-error liblz4 liblzma libzstd libz "
        "libgssapi_krb5 libkrb5 libkrb5support libk5crypto libcom_err libkeyutils ")
MAY = {
    "core": BASE + "libsqlite3 libevent_core-2.1",
    "intake": BASE + "libz",
    "ldap": BASE + TLS + SASL + "libldap-2.5 liblber-2.5 libcrypt",
    "pin": BASE + TLS + SASL + "libldap-2.5 liblber-2.5 libcrypt",
    "deliver": BASE + TLS + CUPS,
    "kiosk": BASE.replace("libcrypto ", "") + TLS + "libmicrohttpd",
    "portal": BASE.replace("libcrypto ", "") + TLS + "libmicrohttpd",
    "console": BASE.replace("libcrypto ", "") + TLS + "libmicrohttpd",
}


@pytest.fixture
def quoin(lab):
    """All of Quoin after a person was added and has logged in."""
    it = Quoin(lab, directory=directory.demo(lab)).start()
    it.badge("alice", "4711")
    browser = Browser(it.site("portal"))
    browser.get("/me/login")
    browser.submit("/me/login", [("login", "alice"), ("password", directory.password("alice"))])
    yield it
    it.stop()


def mapped(pid):
    """Names of the files with code in a process, without folder and version."""
    files = set()
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[5].startswith("/") and "x" in fields[1]:
            files.add(re.sub(r"\.so(\..*)?$", "", os.path.basename(fields[5].removesuffix(" (deleted)"))))
    return files


def test_only_the_allowed_libraries_are_in_memory(quoin):
    for name, may in MAY.items():
        pids = quoin.pids(name)
        assert pids, name
        for pid in pids:
            program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            assert mapped(pid) - {program} <= set(may.split()), f"{name} ({pid})"


def test_every_process_is_its_own_user_and_undumpable(quoin):
    uids = {}
    for name in MAY:
        for pid in quoin.pids(name):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            assert set(re.search(r"^Uid:\s+(.*)$", status, re.M).group(1).split()) == {str(quoin.uid[name])}
            assert int(re.search(r"^CapEff:\s+(\w+)$", status, re.M).group(1), 16) == 0
            assert "NoNewPrivs:\t1" in status, name
            # The owner of an undumpable process's /proc files is root, whatever its own uid.
            assert os.stat(f"/proc/{pid}/environ").st_uid == 0, f"{name} ({pid}) is dumpable"
            uids[name] = quoin.uid[name]
    assert len(set(uids.values())) == len(MAY)


def test_nobody_listens_but_who_must(quoin):
    """The only listeners on a network are the three of quoin-web."""
    ours = {pid: name for name in MAY for pid in quoin.pids(name)}
    inodes = {}
    for pid, name in ours.items():
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                found = re.match(r"socket:\[(\d+)\]", os.readlink(fd))
            except OSError:
                continue
            if found:
                inodes.setdefault(found.group(1), name)
    listening = {}
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                listening.setdefault(inodes[fields[9]], set()).add(int(fields[1].rsplit(":", 1)[1], 16))
    assert listening == {name: {port} for name, port in quoin.port.items()}
