"""strace's log as the acts on one folder's disk, in the order in which they were done."""
import collections
import re

from lib import wire

LINE = re.compile(r"^(\d+) +([\d.]+) (.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(.*)$", re.S)
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(.*)$", re.S)
CUT = " <unfinished ...>"
BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+")
STRING = r'"((?:\\x[0-9a-f]{2})*)"'
FD = r"(-?\d+|AT_FDCWD)(?:<([^>]*)>(\(deleted\))?)?"

# What was done: kind is write (at, data), size (n), tmpfile, file, folder, link (source), rename (source), remove, sync (which call); path is
# below the folder, and a file that has no name yet is "#" and its number. A message that the core has sent: kind said, path is
# its verb, more the message.
Act = collections.namedtuple("Act", "time pid kind path more")


def _plain(text):
    return bytes.fromhex(text.replace("\\x", ""))


def _calls(path):
    """(pid, time of its end, name, arguments, result, what strace prints behind it) of each call that did something."""
    begun = {}
    with open(path, encoding="ascii", errors="replace") as log:
        for line in log:
            pid, when, text = LINE.match(line.rstrip("\n")).groups()
            if text.endswith(CUT):
                begun[pid] = text[:-len(CUT)]
                continue
            more = RESUMED.match(text)
            if more:
                text = begun.pop(pid) + more[1]
            call = CALL.match(text)
            if call and int(call[3]) >= 0:
                yield pid, float(when), call[1], call[2], int(call[3]), call[4]


class Trace:
    """acts of a log below a folder."""

    def __init__(self, log, top):
        self.top, self.open = str(top), {}  # (pid, fd) -> where an open led to
        self.acts = [a for c in _calls(log) for a in self._act(*c)]

    def _below(self, path, nameless=""):
        """A path below the folder, "" for itself, None for any other."""
        if path == self.top:
            return ""
        if not path.startswith(self.top + "/"):
            return None
        path, number = path[len(self.top) + 1:], re.search(r"/(#\d+)$", path)
        return number[1] if number and nameless else None if nameless else path

    def _fd(self, text):
        """What the first argument or a result is open on."""
        fd, path, deleted = re.match(FD, text).groups()
        return fd, self._below(_plain(path).decode(), deleted) if path else None

    def _at(self, text):
        """The path that a folder's descriptor and a name mean."""
        m = re.match(FD + ", " + STRING, text)
        name, folder = _plain(m[4]).decode(), _plain(m[2] or "").decode()
        return self._below(name if name.startswith("/") else f"{folder}/{name}"), name

    def _act(self, pid, when, name, args, result, tail):
        done = getattr(self, "_" + {"open": "openat", "creat": "openat", "pwritev2": "pwritev", "write": "written", "writev": "written",
                                    "sendfile": "written", "copy_file_range": "written", "sync": "whole", "syncfs": "whole",
                                    "renameat": "renameat2", "mkdir": "mkdirat", "unlink": "unlinkat",
                                    "rmdir": "unlinkat", "link": "whole"}.get(name, name))
        for kind, path, more in done(pid, args if "at" in name else "AT_FDCWD, " + args if name in PATHS else args, result, tail):
            yield Act(when, pid, kind, path, more)

    def _whole(self, pid, args, result, tail):
        raise AssertionError(f"the simulated disk has no such call: {args[:200]}")

    def _written(self, pid, args, result, tail):
        """Nothing below the folder is written without saying where."""
        if self._fd(args)[1] is not None:
            self._whole(pid, args, result, tail)
        return ()

    _fallocate = _written

    def _fdatasync(self, *call):
        return self._fsync(*call, name="fdatasync")

    def _openat(self, pid, args, result, tail):
        path, deleted = re.match(r"<([^>]*)>(\(deleted\))?", tail).groups()
        below = self._below(_plain(path).decode(), deleted)
        self.open[pid, str(result)] = below
        if below is None:
            return
        if "O_TMPFILE" in args:
            yield "tmpfile", below, None
        elif "O_CREAT" in args:
            yield "file", below, None
        if "O_TRUNC" in args:
            yield "size", below, 0

    def _mkdirat(self, pid, args, result, tail):
        path, _ = self._at(args)
        if path:
            yield "folder", path, None

    def _pwrite64(self, pid, args, result, tail):
        _, path = self._fd(args)
        if path:
            data, at = re.search(STRING + r", \d+, (\d+)$", args).groups()
            yield "write", path, (int(at), _plain(data)[:result])

    def _pwritev(self, pid, args, result, tail):
        _, path = self._fd(args)
        if path:
            data = b"".join(_plain(p) for p in re.findall("iov_base=" + STRING, args))
            assert len(data) >= result, "strace has cut a write short"
            yield "write", path, (int(re.search(r"\], \d+, (\d+)", args)[1]), data[:result])

    def _ftruncate(self, pid, args, result, tail):
        _, path = self._fd(args)
        if path:
            yield "size", path, int(args.rsplit(", ", 1)[1])

    def _fsync(self, pid, args, result, tail, name="fsync"):
        _, path = self._fd(args)
        if path is not None:
            yield "sync", path, name

    def _linkat(self, pid, args, result, tail):
        source, to = re.match(FD + ", " + STRING + ", (.*)$", args).groups()[3:]
        path, _ = self._at(to)
        if path:
            source = re.match(r"/proc/self/fd/(\d+)$", _plain(source).decode())[1]
            yield "link", path, self.open[pid, source]

    def _renameat2(self, pid, args, result, tail):
        source, to = re.match("(" + FD + ", " + STRING + "), (.*)$", args).groups()[0::5]
        if self._at(to)[0]:
            yield "rename", self._at(to)[0], self._at(source)[0]

    def _rename(self, pid, args, result, tail):
        source, to = (self._below(_plain(p).decode()) for p in re.findall(STRING, args))
        if to:
            yield "rename", to, source

    def _unlinkat(self, pid, args, result, tail):
        path, _ = self._at(args)
        if path:
            yield "remove", path, None

    def _sendmsg(self, pid, args, result, tail):
        data = b"".join(_plain(p) for p in re.findall("iov_base=" + STRING, args))
        if data[:3] == b"QN\1":
            m = wire.decode(data)
            yield "said", m.verb, m


PATHS = ("open", "creat", "mkdir", "unlink", "rmdir")
