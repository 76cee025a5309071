"""Small real documents."""
import struct


def pdf(text="hello", pages=1, padding=0):
    """A PDF with a correct cross-reference table; padding bytes make it as long as a test wants."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(pages))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"]
    for i in range(pages):
        stream = f"BT /F1 24 Tf 72 700 Td ({text} {i + 1}) Tj ET"
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * i} 0 R "
                    "/Resources << /Font << /F1 3 0 R >> >> >>", f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"]
    out, at = bytearray(b"%PDF-1.4\n"), []
    if padding:
        out += b"%" + b"p" * padding + b"\n"
    for i, o in enumerate(objects):
        at.append(len(out))
        out += f"{i + 1} 0 obj\n{o}\nendobj\n".encode()
    xref = len(out)
    out += f"xref\n0 {len(at) + 1}\n0000000000 65535 f \n".encode() + b"".join(b"%010d 00000 n \n" % a for a in at)
    return bytes(out + f"trailer\n<< /Size {len(at) + 1} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n".encode())


def pwg_raster(pages=1, width=16, height=16):
    """PWG raster, sRGB 8, one repeated line a page."""
    header = bytearray(1796)
    header[:9] = b"PwgRaster"
    for offset, value in ((276, 150), (280, 150), (352, 595), (356, 842), (372, width), (376, height), (384, 8), (388, 24),
                          (392, width * 3), (400, 19), (420, 3), (452, pages)):
        struct.pack_into(">I", header, offset, value)
    return b"RaS2" + (bytes(header) + bytes([height - 1, width - 1, 1, 2, 3])) * pages
