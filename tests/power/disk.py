"""A disk that keeps its promises and no others: of a file what was synced, of a folder the names that were there when it was synced.
Whatever else was written may be there or not, each block of 4 KiB, each name and each change of a size for itself."""
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
        """Each block as some write since the last sync left it; a new size is there or not, as a whole."""
        out = bytearray(self.kept)
        last = {}  # block -> how many of the acts it has seen
        for i, (at, data) in enumerate(self.loose):
            if at is None:
                if dice.random() < 0.5:
                    out = out[:data] + bytes(max(0, data - len(out)))
                continue
            if at + len(data) > len(out) and dice.random() < 0.5:
                out += bytes(at + len(data) - len(out))
            for b in range(at // BLOCK, (at + len(data) + BLOCK - 1) // BLOCK):
                if i < last.setdefault(b, dice.randint(0, len(self.loose))):
                    lo, hi = max(at, b * BLOCK), min(at + len(data), (b + 1) * BLOCK, len(out))
                    out[lo:max(lo, hi)] = data[lo - at:max(lo, hi) - at]
        return bytes(out)


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
