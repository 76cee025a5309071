"""The model of the release protocol (release.pml): no error in it, an error without each of its rules, and the C code's table."""
import re

import pytest

from lib.lab import TOP, run

MODEL = TOP / "tests/model/release.pml"
TABLE = TOP / "server/job-state.def"

NUMBERS = re.findall(r"^#define ([A-Z]+) (\d)\n", MODEL.read_text(), re.M)

# What may go on beside faults: nothing, a damaged file, a cancel, due, one wrong clock, CUPS sends it twice, two taps on one page,
# a stop, a busy printer.
WORLDS = {1: "plain", 2: "damaged", 3: "cancel", 4: "due", 5: "clock", 6: "resent", 7: "same-page", 8: "stop", 9: "busy"}
DEEP = {2, 7}  # two faults, not one: these are small

# A rule that is taken out, in which world, and the invariant that then breaks: a part of its assertion, as spin shows it.
MUTATIONS = {
    "MUT_ANSWER_BEFORE_COMMIT": (1, "cups"),
    "MUT_HOLD_TWICE": (6, "copies<=wanted"),
    "MUT_NO_KEY": (7, "copies<=wanted"),
    "MUT_UNSEEN": (1, "copies<=wanted"),
    "MUT_CLAIM_AFTER_CREATED": (1, "violated"),
    "MUT_NO_CREATED_RECORD": (1, "out[cur]"),
    "MUT_NO_SENT_RECORD": (1, "out["),
    "MUT_ANY_CONNECTION": (1, ""),
    "MUT_HELD_AFTER_CREATED": (1, "out[cur]"),
    "MUT_NOT_ASKED": (1, "!"),
    "MUT_ASK_WITHOUT_CANCEL": (1, "st!=3"),
    "MUT_CANCEL_FIRST": (1, "violated 0"),
    "MUT_PRINTING_IS_HELD": (1, "out[cur]"),
    "MUT_STOP_WITHOUT_CANCEL": (8, "out[cur]"),
    "MUT_DOUBT_AFTER_HANDED": (1, "stage>=3"),
    "MUT_NO_LEASE": (1, "st!=3"),
    "MUT_NO_IMPRESSIONS": (1, "out[cur]"),
    "MUT_UNKNOWN_IS_CLEAN": (1, "out[cur]"),
    "MUT_NO_UUID": (1, "==2"),
    "MUT_CLEAN_IS_DOUBT": (1, "say!="),
    "MUT_ONE_CLOCK_ERASES": (5, "due"),
    "MUT_ERASE_WHILE_RELEASING": (4, "violated 0"),
}

# In the table, and not in the model: the state is never set by a running program, or by none yet.
NOT_MODELLED = {("HELD", "DAMAGE", "DAMAGED")}  # no check of files at rest


def pan(folder, *defines):
    """Generates, compiles and runs the checker; its output."""
    folder.mkdir(parents=True, exist_ok=True)
    run("spin", "-a", *[f"-D{d}" for d in defines], MODEL, cwd=folder)
    run("gcc", "-O0", "-w", "-DSAFETY", "-DMEMLIM=500", "-o", "pan", "pan.c", cwd=folder, timeout=60)
    output = run("./pan", "-m200000", cwd=folder, timeout=120).stdout
    assert "errors: " in output and "too small" not in output, output
    assert "errors: 1" in output or "Search not completed" not in output, output  # all of it was seen
    return output


def found(output):
    """What pan found: the assertion, or None."""
    errors = int(re.search(r"errors: (\d+)", output).group(1))
    return re.search(r"^pan:1: (.*)$", output, re.M).group(1) if errors else None


def transitions(text, macro):
    return set(re.findall(rf"\b{macro}\((\w+), (\w+), (\w+)", text))


@pytest.mark.parametrize("world", WORLDS, ids=WORLDS.values())
def test_the_protocol_has_no_error(tmp_path, world, capsys):
    output = pan(tmp_path, f"WORLD={world}", f"FAULTS={2 if world in DEEP else 1}")
    assert found(output) is None, output
    states = int(re.search(r"(\d+) states, stored", output).group(1))
    assert states > 100
    with capsys.disabled():
        print(f"\nmodel: {states} points of the world \"{WORLDS[world]}\", no error")


@pytest.mark.parametrize("rule", MUTATIONS)
def test_without_a_rule_spin_finds_an_error(tmp_path, rule):
    world, invariant = MUTATIONS[rule]
    error = found(pan(tmp_path, f"WORLD={world}", "FAULTS=1", rule))
    assert error and invariant in error and "end state" not in error, error


def test_every_mutation_of_the_model_is_tried():
    assert set(re.findall(r"\bMUT_[A-Z]\w+", MODEL.read_text())) == set(MUTATIONS)


def test_the_model_has_the_transitions_of_the_c_table(tmp_path):
    table, model = transitions(TABLE.read_text(), "CHANGE"), transitions(MODEL.read_text(), "T")
    assert len(table) > 10 and model <= table and table - model == NOT_MODELLED
    states = dict(re.findall(r"^STATE\((\w+), (\d+)", TABLE.read_text(), re.M))
    assert states == {name: n for name, n in NUMBERS if name in states}
    stages = dict(re.findall(r"^STAGE\((\w+), (\d+)", TABLE.read_text(), re.M))
    assert stages == {name: n for name, n in NUMBERS if name in stages}


def test_every_transition_of_the_model_happens(tmp_path):
    """A change that no run makes would be proved to be harmless by its absence."""
    used = set()
    for world in (1, 2, 3, 4):
        used |= set(re.findall(r"^used (\d) (\d)$", pan(tmp_path / str(world), f"WORLD={world}", "FAULTS=1", "COVER"), re.M))
    names = transitions(MODEL.read_text(), "T")
    number = {name: n for name, n in NUMBERS if name in {w for change in names for w in change}}
    assert used == {(number[a], number[e]) for a, e, _ in names}
