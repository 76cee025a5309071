"""Pages and layout that a printer can't do are done by pdftopdf before it gets anything: counted at the printer."""
import os
import pathlib
import re

import pytest

from lib.badprinter import BadPrinter
from lib.deliver import Deliver
from lib.lab import run, wait_for
from lib.pdf import pdf
from lib.printer import Printer

FIVE = pdf("a page", pages=5)


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def printer(lab):
    """One that supports nothing of layout."""
    bad = BadPrinter()
    lab.closers.append(bad.close)
    return bad


def got(printer):
    """The last document that it took."""
    return printer.jobs[max(printer.jobs)]["data"]


def sheets(lab, data):
    """[(width, height)] of a PDF's pages in points."""
    path = lab.dir / "got.pdf"
    path.write_bytes(data)
    text = run("pdfinfo", "-f", 1, "-l", 999, path).stdout
    return [(round(float(w)), round(float(h))) for w, h in re.findall(r"^Page +\d+ size: +(\S+) x (\S+) pts", text, re.M)]


@pytest.mark.parametrize("options, want", [
    ({"page-ranges": "2-3"}, [(595, 842)] * 2),
    ({"number-up": "2"}, [(842, 595)] * 3),
    ({"page-ranges": "2-3", "number-up": "2"}, [(842, 595)]),
    ({"page-ranges": "2,4-"}, [(595, 842)] * 3),
    ({"print-scaling": "fit"}, [(595, 842)] * 5),
])
def test_what_the_printer_can_not_do(lab, deliver, printer, options, want):
    d = deliver.give(printer.uri(), FIVE, options=options)
    assert d.short() == "printed"
    assert sheets(lab, got(printer)) == want
    for q in printer.requests:
        assert not set(q.attrs) & set(options), q.op
