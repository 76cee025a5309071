"""The soak's first two minutes; all of it is tests/soak/all."""
from lib.lab import Lab

from .soak import Soak

CYCLES = 400


def test_two_minutes_of_the_soak():
    lab = Lab("soak")
    soak = Soak(lab, CYCLES)
    try:
        print(soak.play())
    finally:
        soak.close()
        lab.close()
