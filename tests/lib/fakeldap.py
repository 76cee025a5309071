"""An LDAP peer with the entries a test gives it, which hands out long attributes in parts, as Active Directory does."""
from lib import badldap
from lib.badldap import BadLdap, ber, message, result


def pieces(data):
    """The values in a run of BER: (tag, content)."""
    out = []
    while data:
        n, at = data[1], 2
        if n & 0x80:
            at += n & 0x7f
            n = int.from_bytes(data[2:at], "big")
        out.append((data[0], data[at:at + n]))
        data = data[at + n:]
    return out


class FakeLdap(BadLdap):
    """entries: {dn: {attribute: [bytes]}}. A search below `base` finds every entry that has a uid; one for a name, that entry.

    An attribute of more than `part` values comes in parts; .asked is the attributes of each search by name."""

    def __init__(self, entries, part=3, base="ou=people,dc=lab", how="serve"):
        self.entries, self.part, self.base, self.asked = entries, part, base, []
        super().__init__(how)

    def message(self, peer):
        head = self._read(peer, 2)
        n = head[1]
        if n & 0x80:
            n = int.from_bytes(self._read(peer, n & 0x7f), "big")
        (_, number), (op, body), *_ = pieces(self._read(peer, n))
        return int.from_bytes(number, "big"), op, body

    def values(self, attribute, values, first):
        last = first + self.part
        if first == 0 and len(values) <= self.part:
            return {attribute: values}
        end = "*" if last >= len(values) else last - 1
        return {f"{attribute};range={first}-{end}": values[first:last]}

    def found(self, dn, wanted):
        attributes = {}
        for name, values in self.entries[dn].items():
            for w in wanted:
                plain, _, start = w.partition(";range=")
                if plain.lower() == name.lower():
                    attributes |= self.values(name, values, int(start.split("-")[0]) if start else 0)
        return badldap.entry(dn, **attributes)

    def do_serve(self, peer):
        while True:
            number, op, body = self.message(peer)
            if op != badldap.SEARCH:
                peer.sendall(self.answer(number, op))
                continue
            fields = pieces(body)
            base, wanted = fields[0][1].decode(), [v.decode() for _, v in pieces(fields[7][1])]
            if self.how == "stuck" and base != self.base:
                self.do_silent(peer)
            if base == self.base:
                names = [dn for dn, a in self.entries.items() if "uid" in a]
            else:
                self.asked.append(wanted)
                names = [base] if base in self.entries else []
            peer.sendall(b"".join(message(number, self.found(dn, wanted)) for dn in names) +
                         message(number, result(0x65, 0 if names else 32)))

    def do_again(self, peer):
        """The same part whatever is asked for."""
        self.values = lambda attribute, values, first: {f"{attribute};range=0-2": values[:3]} if len(values) > 3 else {attribute: values}
        self.do_serve(peer)

    do_stuck = do_serve  # finds the person and then says nothing more
