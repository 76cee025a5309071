"""Devices with a driver, through quoin-cups: raw sockets, LPD, conversion; and nothing of a document stays."""
import hashlib

import pytest

from lib.deliver import Deliver
from lib.drivers import QuoinCups, Sink

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def blob(n):
    """n bytes that repeat nowhere, of no format that a filter would touch."""
    return b"".join(hashlib.sha256(i.to_bytes(8, "big")).digest() for i in range(n // 32 + 1))[:n]


@pytest.fixture
def deliver(lab):
    return Deliver(lab)


@pytest.fixture
def cups(lab, deliver):
    return QuoinCups(lab, deliver.run)


def test_a_raw_socket_gets_every_byte(lab, deliver, cups):
    sink = Sink(lab)
    for n, size in enumerate([1, 4096, 9 << 20]):
        data = blob(size)
        d = deliver.give(sink.uri(), data, driver="raw")
        assert d.short() == "printed", deliver.log() + cups.log()
        assert sink.received[n] == data
        assert [m.verb for m in d.events] == ["deliver.created", "deliver.sent", "deliver.job"]
        assert d.events[-1].fields["impressions"] == d.events[-1].fields["sheets"] == -1
    cups.empty()
