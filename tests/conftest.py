import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lib.lab import Lab  # noqa: E402


@pytest.fixture
def lab(request):
    it = Lab(request.node.name.replace("test_", ""))
    yield it
    it.close()
