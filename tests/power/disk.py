"""A disk that keeps its promises and no others: of a file what was synced, of a folder the names that were there when it was synced.
Whatever else was written may be there or not, each block of 4 KiB and each name for itself."""
import os

BLOCK = 4096
NONE, ALL = "none", "all"  # of what was not synced; otherwise a random.Random that draws


class File:
    def __init__(self):
        self.kept, self.loose = bytearray(), []  # loose: (at, data), or (None, size)

    def sync(self):
        self.kept, self.loose = bytearray(self.image(ALL)), []

    def image(self, choice):
        if choice == NONE or not self.loose:
            return bytes(self.kept)
        if choice != ALL:
            return self._drawn(choice)
        out = bytearray(self.kept)
        for at, data in self.loose:
            if at is None:
                out = out[:data] + bytes(max(0, data - len(out)))
            else:
                out += bytes(max(0, at - len(out)))
                out[at:at + len(data)] = data
        return bytes(out)

    def _drawn(self, dice):
        """Each block as some act since the last sync left it, and a size that the file had meanwhile."""
        sizes, out = [len(self.kept)], bytearray(self.kept)
        for at, data in self.loose:
            sizes.append(data if at is None else max(sizes[-1], at + len(data)))
        out += bytes(max(sizes) - len(out))
        last = {}  # block -> how many of the acts it has seen
        for i, (at, data) in enumerate(self.loose):
            pieces = [(data, bytes(max(sizes) - data))] if at is None else [(at, data)]
            for start, piece in pieces:
                for b in range(start // BLOCK, (start + len(piece) + BLOCK - 1) // BLOCK):
                    if b not in last:
                        last[b] = dice.randint(0, len(self.loose))
                    if i < last[b]:
                        lo, hi = max(start, b * BLOCK), min(start + len(piece), (b + 1) * BLOCK)
                        out[lo:hi] = piece[lo - start:hi - start]
        return bytes(out[:dice.choice(sizes)])


class Folder:
    def __init__(self):
        self.kept, self.loose, self.now = {}, [], {}  # loose: ({name: file or folder, or None if it went})

    def change(self, names):
        self.loose.append(names)
        self._apply(self.now, names)

    @staticmethod
    def _apply(entries, names):
        for name, it in names.items():
            if it is None:
                entries.pop(name, None)
            else:
                entries[name] = it

    def sync(self):
        self.kept, self.loose = dict(self.now), []

    def image(self, choice):
        out = dict(self.kept)
        for names in self.loose if choice != NONE else []:
            if choice == ALL or choice.random() < 0.5:
                self._apply(out, names)
        return out


class Disk:
    """do() every act in order; write() makes a folder of what may be left at that moment."""

    def __init__(self):
        self.top, self.nameless, self.unknown = Folder(), {}, []

    def _find(self, path):
        if path.startswith("#"):
            return self.nameless[path]
        it = self.top
        for name in path.split("/") if path else []:
            it = it.now[name]
        return it

    def _folder(self, path):
        folder, _, name = path.rpartition("/")
        return self._find(folder), name

    def do(self, act):
        kind, path, more = act.kind, act.path, act.more
        if kind == "tmpfile":
            self.nameless[path] = File()
        elif kind == "write":
            self._find(path).loose.append(more)
        elif kind == "size":
            self._find(path).loose.append((None, more))
        elif kind == "sync":
            self._find(path).sync()
        elif kind != "said":
            self._name(kind, path, more)

    def _name(self, kind, path, more):
        folder, name = self._folder(path)
        if kind in ("file", "folder"):
            if name not in folder.now:
                folder.change({name: File() if kind == "file" else Folder()})
        elif kind == "link":
            folder.change({name: self._find(more)})
        elif kind == "rename":
            source, old = self._folder(more)
            assert source is folder, "a rename from folder to folder"
            folder.change({old: None, name: folder.now[old]})
        elif kind == "remove":
            folder.change({name: None})

    def write(self, to, choice, skip=()):
        self._write(self.top, to, choice, skip)

    def _write(self, folder, to, choice, skip):
        os.mkdir(to, 0o700)
        for name, it in folder.image(choice).items():
            if name in skip:
                continue
            if isinstance(it, Folder):
                self._write(it, to / name, choice, skip)
            else:
                fd = os.open(to / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with open(fd, "wb") as f:
                    f.write(it.image(choice))
