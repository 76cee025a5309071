"""Small real PDF documents."""
import os
import zlib


def pdf(*lines, pages=1, filler=0, sizes=None):
    """A valid PDF 1.4 with these lines on each page; filler adds that many incompressible bytes. sizes: of each page, in points."""
    sizes = sizes or [(595, 842)] * pages
    text = b"BT /F1 24 Tf 72 720 Td 30 TL " + b" ".join(b"(" + _escape(line) + b") Tj T*" for line in lines) + b" ET"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>",
               b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(sizes), b" ".join(b"%d 0 R" % (5 + i) for i in range(len(sizes)))),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", _stream(zlib.compress(text), b"/Filter /FlateDecode ")]
    objects += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R >> >> /Contents 4 0 R >>" % size
                for size in sizes]
    if filler:
        objects.append(_stream(os.urandom(filler)))
    out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" %
                  (len(objects) + 1, table, len(objects) + 1, len(out)))


def _stream(data, more=b""):
    return b"<< %s/Length %d >>\nstream\n%s\nendstream" % (more, len(data), data)


def _escape(line):
    return line.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
