"""At the terminal a person sees, before anything is released, what of a job its printer lacks."""
import json
import sqlite3

import pytest

from lib.core import Arrival, Core

SAID = {"formats": ["application/pdf"], "copies": 9, "sides": ["one-sided"], "colors": ["monochrome"], "media": ["iso_a4_210x297mm"], "finishings": ["none"],
        "does": []}


@pytest.fixture
def core(lab):
    c = Core(lab).start()
    c.device()
    yield c
    c.stop()


def said(core, text):
    """As if the printer had answered that."""
    core.stop()
    with sqlite3.connect(core.state_dir / "quoin.db") as db:
        db.execute("INSERT OR REPLACE INTO device_state (device, asked, answered, state, facts) "
                   "SELECT id, 1, 1, 'idle', ? FROM device WHERE name = 'hall'", (text,))
    db.close()
    core.start()


def test_what_the_terminals_own_printer_lacks_is_in_the_list(core):
    asked = {"copies": "10", "sides": "two-sided-long-edge", "media": "iso_a4_210x297mm", "finishings": "20", "page-ranges": "1"}
    Arrival(core, options=asked).hold()
    Arrival(core, uuid="plain").hold()

    def lacks(where="kiosk"):
        who = core.kiosk() if where == "kiosk" else core.login("portal", "alice")
        return [j["lacks"] for j in core.jobs(who, where)]

    assert lacks() == [[], []], "it was never asked"
    said(core, json.dumps(SAID))
    assert lacks() == [["copies", "sides", "finishings"], []]
    assert lacks("portal") == [[], []], "no printer is meant there"
    said(core, json.dumps(SAID | {"formats": []}))
    assert lacks() == [[], []], "it has not said anything"
    said(core, "")
    assert lacks() == [[], []]
    said(core, "no JSON {")
    assert lacks() == [[], []] and "can't be read" in core.log()
