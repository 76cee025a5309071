import os
import pathlib

import pytest

from lib.lab import BUILD, Lab, run

RELEASE = pathlib.Path(os.environ.get("QUOIN_RELEASE", BUILD))  # a build tree configured without --enable-test-clock


@pytest.fixture(scope="session")
def installed():
    """The folder into which `make install DESTDIR=` of the release build went."""
    lab = Lab("installed")
    run("make", "-C", RELEASE, "install", f"DESTDIR={lab.dir}/root", timeout=300, env={"MAKEFLAGS": ""})
    yield lab.dir / "root"
    lab.close()


@pytest.fixture(scope="session")
def programs(installed):
    """Every installed program: name to path."""
    found = {}
    for path in installed.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF":
            found[path.name] = path
    return found
