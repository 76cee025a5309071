import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lib.core import Core  # noqa: E402
from lib.lab import Lab  # noqa: E402


@pytest.fixture
def lab(request):
    it = Lab(request.node.name.replace("test_", ""))
    yield it
    it.close()


@pytest.fixture
def core(lab):
    """quoind alone with the shipped policy and one printer, hall; whoever needs another has their own."""
    it = Core(lab).start()
    it.device()
    yield it
    it.stop()
