"""At the terminal a person sees, before anything is released, what of a job its printer lacks."""
import json

from lib.core import Arrival

SAID = {"formats": ["application/pdf"], "copies": 9, "sides": ["one-sided"], "colors": ["monochrome"], "media": ["iso_a4_210x297mm"], "finishings": ["none"],
        "does": []}


def test_what_the_terminals_own_printer_lacks_is_in_the_list(core):
    asked = {"copies": "10", "sides": "two-sided-long-edge", "media": "iso_a4_210x297mm", "finishings": "20", "page-ranges": "1"}
    Arrival(core, options=asked).hold()
    Arrival(core, uuid="plain").hold()

    def lacks(where="kiosk"):
        who = core.kiosk() if where == "kiosk" else core.login("portal", "alice")
        return [j["lacks"] for j in core.jobs(who, where)]

    assert lacks() == [[], []], "it was never asked"
    core.said(json.dumps(SAID))
    assert lacks() == [["copies", "sides", "finishings"], []]
    assert lacks("portal") == [[], []], "no printer is meant there"
    core.said(json.dumps(SAID | {"formats": []}))
    assert lacks() == [[], []], "it has not said anything"
    core.said("")
    assert lacks() == [[], []]
    core.said("no JSON {")
    assert lacks() == [[], []] and "can't be read" in core.log()
