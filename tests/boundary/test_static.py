"""What tools find in the sources without running them."""
import concurrent.futures
import json
import os
import re
import shlex

from lib.lab import BUILD, TOP, run

FOLDERS = ["lib", "backend", "intake", "server", "deliver", "cups", "ctl", "ldap", "web", "launch"]
CHECKS = "-*,bugprone-*,cert-*,concurrency-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier," \
         "-cert-dcl37-c,-cert-dcl51-cpp,-cert-err33-c,-bugprone-assignment-in-if-condition,-bugprone-narrowing-conversions," \
         "-concurrency-mt-unsafe,-bugprone-multi-level-implicit-pointer-conversion," \
         "-bugprone-sizeof-expression,-bugprone-suspicious-string-compare,-bugprone-branch-clone,-cert-msc50-cpp,-cert-msc30-c"


def sources():
    return sorted(p for f in FOLDERS for p in (TOP / f).rglob("*.c"))


def flags():
    """What the makefile gives the preprocessor, the same for every program."""
    rule = ("print-flags:\n\t@echo '$(subst \',,$(DEFS) $(AM_CPPFLAGS) $(MHD_CFLAGS) $(JANSSON_CFLAGS) $(EVENT_CFLAGS) "
            "$(CUPS_CFLAGS) $(LDAP_CFLAGS))'")
    out = run("make", "-s", "-C", BUILD, f"--eval={rule}", "print-flags", env={"MAKEFLAGS": ""}).stdout
    return ["-std=gnu11", "-D_GNU_SOURCE", '-DQN_SBINDIR="/usr/sbin"', '-DQN_CUPS_SERVERBIN="/x"',
            '-DQN_CUPS_DATADIR="/y"', f"-I{BUILD}", f"-I{TOP}", *shlex.split(out.replace('"', '\\"'))]


def test_cppcheck_finds_nothing(lab):
    macros = lab.dir / "macros.h"  # of jansson.h, which cppcheck does not read
    macros.write_text("#define json_array_foreach(a, i, v) for (i = 0; (v = json_array_get(a, i)) != 0; i++)\n"
                      "#define json_object_foreach(o, k, v) for (k = first(o); k != 0 && (v = value(k)) != 0; k = next(o, k))\n")
    p = run("cppcheck", "--quiet", "--std=c11", "--error-exitcode=1", "--enable=warning,performance", "--inline-suppr",
            f"-j{os.cpu_count()}", "--suppress=missingInclude", "--suppress=missingIncludeSystem", "--library=posix",
            "--suppress=invalidFunctionArg",  # cppcheck 2.10 knows no mmap() without a file
            "-D__linux__", "-DHAVE_CONFIG_H", "--max-configs=4", f"-I{TOP}", f"--include={macros}",
            *[TOP / f for f in FOLDERS], check=False, timeout=900)
    assert p.returncode == 0, p.stderr[-4000:]


def test_the_compilers_analyzer_finds_nothing():
    def analyze(path):
        p = run("gcc", "-fanalyzer", "-O1", *flags_, "-c", path, "-o", "/dev/null", cwd=BUILD, check=False, timeout=600)
        return ([f"{path}: {p.stderr[-500:]}"] if p.returncode else []) + re.findall(r"^.*warning: .*\[-Wanalyzer.*$", p.stderr, re.M)
    flags_ = flags()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        assert [line for found in pool.map(analyze, sources()) for line in found] == []


def test_clang_tidy_finds_nothing(lab):
    database = [{"directory": str(BUILD), "file": str(p), "arguments": ["clang", *flags(), "-c", str(p)]} for p in sources()]
    (lab.dir / "compile_commands.json").write_text(json.dumps(database))
    p = run("run-clang-tidy", "-quiet", f"-j{os.cpu_count()}", "-p", lab.dir, f"-checks={CHECKS}", check=False, timeout=1200)
    assert re.findall(r"^/.*(?:warning|error): .*$", p.stdout, re.M) == []
