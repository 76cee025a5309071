"""kill -9 during the whole story: each job is held once, printed at most once without consent, or honestly uncertain."""
import pytest

from crash import labs, points

KILLS, LEAST = 300, 300  # every group of calls gives at least one point, so there are some more
FAILURES = 40


@pytest.fixture(scope="module")
def counted():
    return labs.count()


def play(what, todo, capsys):
    reached, bad = labs.play(todo)
    programs = ", ".join(sorted({p.program for p in todo}))
    with capsys.disabled():
        print(f"\n{what}: {reached} points of {len(todo)} reached ({programs}), {len(bad)} failed")
    assert not bad, "\n\n".join(f"{p}: {problem}" for p, problem in bad[:5])
    return reached


def test_killed_at_a_state_changing_call(counted, capsys):
    todo = points.spread(counted, KILLS)
    assert {p.program for p in todo} == set(points.PROGRAMS)
    assert play("killed", todo, capsys) >= LEAST


def test_a_call_fails(counted, capsys):
    """No space, an I/O error, an interruption, a reset, a write cut short: nothing acknowledged is lost, nothing is half held."""
    assert play("failing", points.spread(labs.failing(counted), FAILURES), capsys) >= FAILURES
