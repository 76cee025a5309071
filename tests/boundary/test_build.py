"""The build itself: typing errors are errors, and what make dist packs builds."""
import os
import re
import tarfile

from lib.lab import BUILD, run


def source():
    """The source folder that the build tree was configured from."""
    text = (BUILD / "Makefile").read_text()
    return (BUILD / re.search(r"^abs_top_srcdir = (.*)$", text, re.M).group(1)).resolve()


def test_an_unknown_option_of_configure_is_fatal(lab):
    for option in ("--enable-tset-clock", "--with-cups-serverbinn=/x"):
        p = run(source() / "configure", option, check=False, cwd=lab.dir, timeout=60)
        assert p.returncode != 0 and "unrecognized option" in p.stderr, option


def test_what_make_dist_packs_builds_and_installs(lab):
    run("make", "-C", BUILD, "dist", "DIST_TARGETS=dist-xz", f"distdir={lab.dir}/quoin-dist", timeout=300, env={"MAKEFLAGS": ""})
    packed = list(BUILD.glob("quoin-*.tar.xz")) + list(lab.dir.glob("*.tar.xz"))
    assert len(packed) == 1
    with tarfile.open(packed[0]) as tar:
        tar.extractall(lab.dir / "src")
    packed[0].unlink()
    top = next(p.parent for p in (lab.dir / "src").rglob("configure"))
    for name in ("quickstart", "README.md", "LICENSE", "dist/quoin.conf", "man/quoin.7", "web/static/style.css"):
        assert (top / name).exists(), name
    build = lab.dir / "b"
    build.mkdir()
    run(top / "configure", "-q", "--prefix=/usr", "--with-systemd-unit-dir=/units", "CFLAGS=-O0", cwd=build, timeout=300)
    run("make", f"-j{os.cpu_count()}", "all", cwd=build, timeout=900)
    run("make", "install", f"DESTDIR={lab.dir}/root", cwd=build, timeout=300)
    assert (lab.dir / "root/units/quoind.service").exists() and (lab.dir / "root/usr/sbin/quoind").exists()
    run("make", "uninstall", f"DESTDIR={lab.dir}/root", cwd=build, timeout=300)
    left = [str(p) for p in (lab.dir / "root").rglob("*") if p.is_file()]
    assert [p for p in left if not p.endswith("/etc/quoin/quoin.conf")] == []
