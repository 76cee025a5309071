"""The processes of this machine that are still there: each may end while it is looked at, which pathlib's glob() does not expect."""
import collections
import os
import pathlib

Process = collections.namedtuple("Process", "pid parent group session name argv")


def processes():
    """All of them; argv is a list of bytes, empty for the kernel's own and for those that have ended."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        folder = pathlib.Path("/proc") / pid
        try:
            start, _, rest = (folder / "stat").read_text(errors="replace").rpartition(")")
            argv = (folder / "cmdline").read_bytes().split(b"\0")[:-1]
        except OSError:
            continue
        yield Process(int(pid), *map(int, rest.split()[1:4]), start.partition("(")[2], argv)


def mentioning(folder):
    """Those that were started with a word that holds this path, other than this one."""
    return [p for p in processes() if p.pid != os.getpid() and any(str(folder).encode() in word for word in p.argv)]
