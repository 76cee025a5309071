"""A few hundred random schedules against a hostile printer; thousands are tests/hostile/all."""
import pytest

from .schedules import Run

SCHEDULES = 150


@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_core_says_is_true(lab, seed):
    run = Run(lab, SCHEDULES, seed)
    try:
        print(run.play())
    finally:
        run.close()
