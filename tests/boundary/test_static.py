"""What tools find in the sources without running them."""
import json
import os
import re

import pytest

from lib.lab import BUILD, TOP, run

FOLDERS = ["lib", "backend", "intake", "server", "deliver", "ctl", "ldap", "web", "launch"]
CHECKS = "-*,bugprone-*,cert-*,clang-analyzer-*,concurrency-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier," \
         "-cert-dcl37-c,-cert-dcl51-cpp,-cert-err33-c,-bugprone-assignment-in-if-condition,-bugprone-narrowing-conversions," \
         "-concurrency-mt-unsafe,-bugprone-multi-level-implicit-pointer-conversion,-clang-analyzer-security.insecureAPI.*," \
         "-bugprone-sizeof-expression,-bugprone-suspicious-string-compare,-bugprone-branch-clone,-cert-msc50-cpp,-cert-msc30-c"


def source():
    text = (BUILD / "Makefile").read_text()
    return (BUILD / re.search(r"^abs_top_srcdir = (.*)$", text, re.M).group(1)).resolve()


def commands():
    """How make compiles each source: {source: arguments}."""
    out = run("make", "-C", BUILD, "-B", "-n", "V=1", "all", timeout=120, env={"MAKEFLAGS": ""}).stdout.replace("\\\n", " ")
    found = {}
    for line in out.splitlines():
        m = re.search(r"^(?:.*?;\s*)?(?:depbase=.*?;\s*)?(gcc|cc|clang\S*) (.*-c .*?)(?:\s*&&.*|;.*)?$", line)
        c = m and re.search(r"(\S+/((?:%s)/\S+\.c))'?" % "|".join(FOLDERS), m.group(2))
        if c:
            found.setdefault(c.group(2), m.group(2))
    assert len(found) > 60, f"only {len(found)} commands found"
    return found


def flags(arguments):
    """-I, -D, -std and the like, without output and dependency files."""
    words = re.findall(r"(-[IDU](?:'[^']*'|\"[^\"]*\"|\\.|[^\s'\"])+|-std=\S+)", arguments)
    return [re.sub(r"\\(.)", r"\1", w.replace("'", "")) for w in words]


def test_cppcheck_finds_nothing():
    p = run("cppcheck", "--quiet", "--std=c11", "--error-exitcode=1", "--enable=warning,performance,portability", "--inline-suppr",
            f"-j{os.cpu_count()}", "--suppress=missingInclude", "--suppress=missingIncludeSystem", "--library=posix", "--library=gnu",
            "-D__linux__", "-DHAVE_CONFIG_H", "--max-configs=4", f"-I{TOP}", *[TOP / f for f in FOLDERS], check=False, timeout=900)
    assert p.returncode == 0, p.stderr[-4000:]


@pytest.mark.parametrize("what", ["gcc -fanalyzer"])
def test_the_compilers_analyzer_finds_nothing(lab, what):
    found = []
    for name, arguments in commands().items():
        p = run("gcc", "-fanalyzer", "-O1", "-w", "-Wanalyzer-double-free", "-fsyntax-only", *flags(arguments), "-c", source() / name, "-o",
                "/dev/null", cwd=BUILD, check=False, timeout=300)
        found += re.findall(r"^.*(?:warning|error): .*\[-Wanalyzer.*$", p.stderr, re.M)
    assert found == []


def test_clang_tidy_finds_nothing(lab):
    database = [{"directory": str(BUILD), "file": str(source() / name), "arguments": ["clang", *flags(a), "-c", str(source() / name)]}
                for name, a in commands().items()]
    (lab.dir / "compile_commands.json").write_text(json.dumps(database))
    p = run("run-clang-tidy", "-quiet", f"-j{os.cpu_count()}", "-p", lab.dir, f"-checks={CHECKS}", check=False, timeout=1200)
    assert re.findall(r"^/.*(?:warning|error): .*$", p.stdout, re.M) == []
