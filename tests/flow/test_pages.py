"""The pages of a document, counted by the real intake while it is sealed: of what real programs write, and of what others did to it."""
import base64
import os
import re
import subprocess
import time
import zlib

import pytest

from lib.documents import pwg_raster
from lib.holding import Hold
from lib.pdf import pdf

MADE = 12


@pytest.fixture
def hold(lab):
    it = Hold(lab, confirm=False)
    yield it
    assert it.core.faults == []


def counted(hold, data):
    """What intake told the core; the document came whole."""
    code, log = hold.run_backend(len(hold.core.held) + 1, file=data)
    assert code == 0, log
    job = hold.core.held[-1]
    assert job.length == len(data)
    return job.committed["pages"]


def made(lab, data, *command):
    """What a program makes of it: IN and OUT in its command are files."""
    one, two = lab.dir / "in.pdf", lab.dir / "out"
    one.write_bytes(data)
    command = [str({"IN": one, "OUT": two}.get(c, c)).replace("@OUT", str(two)) for c in command]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=lab.dir)
    return two.read_bytes()


QPDF = ["qpdf", "--deterministic-id"]
MAKERS = {
    "qpdf": [*QPDF, "IN", "OUT"],
    "qpdf, object streams": [*QPDF, "--object-streams=generate", "IN", "OUT"],
    "qpdf, object streams not compressed": [*QPDF, "--object-streams=generate", "--compress-streams=n", "IN", "OUT"],
    "qpdf, linearized": [*QPDF, "--linearize", "IN", "OUT"],
    "qpdf, linearized with object streams": [*QPDF, "--linearize", "--object-streams=generate", "IN", "OUT"],
    "qpdf, for reading": [*QPDF, "--qdf", "IN", "OUT"],
    "qpdf, encrypted": ["qpdf", "--encrypt", "", "owner", "256", "--", "IN", "OUT"],
    "ghostscript": ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sOutputFile=@OUT", "IN"],
    "ghostscript, postscript": ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=ps2write", "-sOutputFile=@OUT", "IN"],
    "cairo": ["pdftocairo", "-pdf", "IN", "OUT"],
    "cairo, postscript": ["pdftocairo", "-ps", "IN", "OUT"],
    "poppler, postscript": ["pdftops", "IN", "OUT"],
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_programs_write(lab, hold, name):
    for pages in (1, MADE):
        assert counted(hold, made(lab, pdf("Report", pages=pages), *MAKERS[name])) == pages


def test_a_browser_prints(lab, hold):
    page = lab.dir / "page.html"
    page.write_text("<style>p { break-after: page }</style>" + "<p>text" * (MADE - 1) + "<h1>end")
    out = lab.dir / "page.pdf"
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={lab.dir}/chromium",
                    f"--print-to-pdf={out}", page], check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert counted(hold, out.read_bytes()) == MADE


def test_deep_and_flat_trees(lab, hold):
    """Ghostscript makes a tree of nodes of ten; ours is one array of pages."""
    data = pdf("Long", pages=3000)
    assert counted(hold, data) == 3000
    for name in ("ghostscript", "qpdf, object streams", "qpdf, linearized with object streams"):
        assert counted(hold, made(lab, pdf("Long", pages=300), *MAKERS[name])) == 300


def test_merged_and_divided(lab, hold):
    one = lab.dir / "one.pdf"
    one.write_bytes(pdf("One", pages=5))
    both = made(lab, pdf("Two", pages=7), *QPDF, "--object-streams=generate", "IN", "--pages", "IN", one, "--", "OUT")
    assert counted(hold, both) == 12
    assert counted(hold, made(lab, both, *QPDF, "IN", "--pages", "IN", "2-4", "--", "OUT")) == 3


def test_a_document_inside_of_another_does_not_count(lab, hold):
    inner = lab.dir / "inner.pdf"
    inner.write_bytes(pdf("Inner", pages=30))
    for compress in "yn":
        data = made(lab, pdf("Outer", pages=2), *QPDF, f"--compress-streams={compress}", "IN", "--add-attachment", inner, "--", "OUT")
        assert (b"Count 30" in data) == (compress == "n")
        assert counted(hold, data) == 2


def updated(data, *objects, root=1):
    """An incremental update: further objects, a table of them, a trailer."""
    old = re.findall(rb"startxref\n(\d+)", data)[-1]
    at, out = [], bytearray(data)
    for number, body in objects:
        at.append((number, len(out)))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % a for a in at)
    return bytes(out + b"trailer\n<< /Size 99 /Root %d 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n" % (root, old, table))


def test_the_last_update_counts(hold):
    data = pdf("Plan", pages=MADE)
    less = updated(data, (2, b"<< /Type /Pages /Count 2 /Kids [5 0 R 6 0 R] >>"))
    assert counted(hold, less) == 2
    other = updated(less, (90, b"<< /Type /Catalog /Pages 91 0 R >>"), (91, b"<< /Type /Pages /Kids [7 0 R] /Count 1 >>"), root=90)
    assert counted(hold, other) == 1
    again = updated(other, (3, b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"), root=90)
    assert counted(hold, again) == 1, "of something else"
    assert counted(hold, updated(other, (1, b"<< /Type /Catalog /Pages 2 0 R >>"))) == 2, "back to the first catalog"


def test_what_can_not_be_known_is_not_said(lab, hold):
    data = made(lab, pdf("Secret", pages=3), "qpdf", "--object-streams=generate", "--encrypt", "", "owner", "256", "--", "IN", "OUT")
    assert counted(hold, data) == -1
    assert counted(hold, pdf("Report", pages=3).replace(b"/Count 3", b"/Count 0")) == -1
    assert counted(hold, b"%PDF-1.4\n" + os.urandom(500000) + b"\n%%EOF\n") == -1
    assert counted(hold, b"%!\nshowpage\n%%EOF\n") == -1


def test_other_formats(hold):
    jpeg = base64.b64decode("/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////"
                            "////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAA"
                            "AAD/2gAIAQEAAD8AN//Z")
    assert counted(hold, jpeg) == 1
    assert counted(hold, pwg_raster(pages=7)) == 7


def test_a_document_that_swells_costs_little(hold):
    """Each object stream would be a MiB, thousands of them: a few are read."""
    body = zlib.compress(b"1 0 ".ljust(10) + b" " * ((1 << 20) - 20))
    one = b"5 0 obj<</Type/ObjStm/N 1/First 10/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (len(body), body)
    data = b"%PDF-1.5\n" + one * 8000 + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    began = time.monotonic()
    assert counted(hold, data) == -1
    assert time.monotonic() - began < 10, "8 GiB would take longer"
