"""House rules that a program can check."""
import json
import re
import subprocess

from lib.lab import TOP, run

FOLDERS = ["lib", "backend", "intake", "server", "deliver", "cups", "ctl", "ldap", "web", "launch"]
SOURCES = sorted(p for f in FOLDERS for p in (TOP / f).rglob("*.[ch]"))
TEXTS = sorted(p for p in TOP.rglob("*") if p.is_file() and not {".git", ".quickstart", "build", "build-aux", "autom4te.cache",
                                                                  "__pycache__", "corpus"} & set(p.relative_to(TOP).parts)
               and not re.match(r"build[^/]*/", str(p.relative_to(TOP))) and p.name not in ("configure", "configure~", "Makefile.in",
                                                                                           "aclocal.m4", "LICENSE"))
UNSAFE = r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca|system|popen|tmpnam|mktemp|rand|srand)\s*\("
FUNCTION_MOST, FILE_MOST, LINE_MOST = 60, 480, 140


def code(path):
    """A source without comments and string literals, lines kept."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), path.read_text(), flags=re.S)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', re.sub(r"//[^\n]*", "", text))


def places(pattern, text):
    return [text[:m.start()].count("\n") + 1 for m in re.finditer(pattern, text)]


def test_no_unbounded_or_unsafe_functions():
    assert {f"{p.relative_to(TOP)}:{n}" for p in SOURCES for n in places(UNSAFE, code(p))} == set()


def test_lines_and_files_stay_readable():
    found = []
    for path in SOURCES:
        lines = path.read_text().splitlines()
        found += [f"{path}: {len(lines)} lines"] if len(lines) > FILE_MOST else []
        found += [f"{path}:{i}" for i, line in enumerate(lines, 1) if len(line) > LINE_MOST or "\t" in line or line != line.rstrip()]
    assert found == []


def test_every_function_fits_a_screen():
    p = subprocess.run(["timeout", "60", "ctags", "--output-format=json", "--fields=+ne", "--kinds-C=f", "-f", "-", *map(str, SOURCES)],
                       capture_output=True, text=True, check=True)
    tags = [json.loads(line) for line in p.stdout.splitlines()]
    assert len(tags) > 300
    long = [f"{t['path']}: {t['name']} ({t['end'] - t['line'] + 1})" for t in tags if t.get("end", 0) - t["line"] + 1 > FUNCTION_MOST]
    assert long == []


def test_words_that_must_not_be_here():
    """Claims that are not ours to make, and names that mean nothing to a reader."""
    forbidden = ["SOC 2 " + "compliant", "SOC 2 " + "certified", "SOC2 " + "compliant", "/" + "work/", "/tmp/" + "lab", "farm-" + "studio",
                 "TO" + "DO", "FIX" + "ME", "lorem " + "ipsum"]
    for path in TEXTS:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        assert [w for w in forbidden if w in text] == [], path


def test_headers_guard_themselves():
    seen = {}
    for path in SOURCES:
        if path.suffix == ".h":
            guard = re.search(r"^#ifndef (\w+)\n#define \1\n", path.read_text(), re.M)
            assert guard, f"{path} has no include guard"
            assert guard.group(1) not in seen or path.parent != seen[guard.group(1)].parent, f"{path} and {seen[guard.group(1)]}"
            seen[guard.group(1)] = path


def test_no_secret_is_ever_a_json_field():
    tables = "".join((TOP / "lib" / f).read_text() for f in ("verb-table.c", "verb-admin.h", "verb-print.h"))
    fields = re.findall(r'\{ "(\w+)", QN_FIELD_', tables)
    assert not {"password", "secret", "token", "key", "badge", "code_text", "session", "credential"} & set(fields)


def test_scripts_are_well_formed():
    run("bash", "-n", TOP / "quickstart")
    run("sh", "-n", TOP / ".ci/run")
