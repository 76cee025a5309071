"""quoin-cups, and printers that no IPP is spoken with: raw sockets and LPD, of the tests' own."""
import os
import pathlib
import select
import socket
import subprocess
import threading

from lib.lab import BUILD, run, shut, wait_for
from lib.processes import processes

UID = 61009


def memory(lab, path, uid, gid, size="96m"):
    """A tmpfs on a folder, as quoin-cups wants it; gone with the lab."""
    path.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},nosuid,nodev,noexec,mode=0710,uid={uid},gid={gid}", "quoin-cups", path)
    lab.closers.append(lambda: run("umount", "-l", path, check=False))
    return path


class QuoinCups:
    """The program beside a quoin-deliver that root runs (tests/lib/deliver.py). backend: a script in the place of CUPS's "socket"."""

    def __init__(self, lab, run_dir, size="96m", start=True, backend=None, **conf):
        self.lab, self.dir = lab, pathlib.Path(run_dir) / "cups"
        self.sock = self.dir / "cups.sock"
        os.chmod(run_dir, 0o711)
        memory(lab, self.dir, UID, 0, size)
        self.program = BUILD / "cups/quoin-cups"
        if not all(p.stat().st_mode & 0o001 for p in self.program.resolve().parents):
            copy = lab.dir / "quoin-cups"
            copy.write_bytes(self.program.read_bytes())
            copy.chmod(0o755)
            self.program = copy
        self.conf = lab.dir / "quoin-cups.conf"
        values = {"run-dir": run_dir, "user-deliver": 0, "user-cups": UID} | {k.replace("_", "-"): v for k, v in conf.items()}
        self.conf.write_text("cups = true\n" + "".join(f'{k} = "{v}"\n' for k, v in values.items()))
        self.proc, self.under, self.note = None, [], lab.dir / "runs"
        if backend:
            script = lab.dir / "socket-backend"
            script.write_text(f"#!/bin/sh\n[ $# -gt 0 ] || exit 0\necho $$ >> {self.note}\n{backend}\n")
            script.chmod(0o755)
            self.note.touch()
            self.note.chmod(0o666)
            self.under = ["unshare", "-m", "sh", "-c", f'mount --bind {script} /usr/lib/cups/backend/socket && exec "$@"', "sh"]
        if start:
            self.start()

    def argv(self, uid=UID):
        return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", self.program, "-c", self.conf]

    def start(self):
        self.proc = self.lab.start(*self.under, *self.argv(), log="quoin-cups.log")
        wait_for(self.log, lambda: run("lpstat", "-r", check=False, env=self.env()).stdout.startswith("scheduler is running"))
        return self

    def stop(self):
        self.lab.stop(self.proc)

    def runs(self):
        """The process ids of the script's runs."""
        return [int(line) for line in self.note.read_text().split()]

    def env(self):
        return {"CUPS_SERVER": str(self.sock), "HOME": "/nonexistent"}

    def log(self):
        return self.proc.log.read_text(errors="replace")

    def pids(self, uid=UID):
        """Every process of its user below this lab's: cupsd, filters, backends."""
        mine, found = {self.proc.pid}, []
        table = [(p.pid, p.parent) for p in processes()]
        while new := [pid for pid, parent in table if parent in mine and pid not in mine]:
            mine |= set(new)
            found += new
        return found

    def documents(self):
        """What is in its spool and its folder of temporary files: paths."""
        return sorted(p for p in (self.dir / "spool").rglob("*") if p.is_file() and (p.name[0] == "d" or "tmp" in p.parts))

    def empty(self):
        """Waits until no document is left."""
        wait_for(lambda: f"{self.documents()}\n{self.log()}", lambda: not [p for p in self.documents() if p.name.startswith("d")])


def holds(folder, marker):
    """Files below a folder that hold a marker."""
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        try:
            if path.is_file() and not path.is_symlink() and marker in path.read_bytes():
                found.append(path)
        except OSError:
            pass
    return found


class Sink:
    """A printer's raw port (9100). stop_after: closes after so many bytes, with a reset; pause: an event it waits for before reading."""

    def __init__(self, lab, stop_after=None, pause=None, port=0):
        self.stop_after, self.pause, self.received, self.open = stop_after, pause, [], 0
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        lab.closers.append(self.close)
        threading.Thread(target=self._serve, daemon=True).start()

    def uri(self):
        return f"socket://127.0.0.1:{self.port}"

    def _serve(self):
        while True:
            try:
                c, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(c,), daemon=True).start()

    def _one(self, c):
        data = b""
        self.open += 1
        try:
            if self.pause:
                self.pause.wait(60)
            while piece := c.recv(65536):
                data += piece
                if self.stop_after is not None and len(data) >= self.stop_after:
                    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    break
        except OSError:
            pass
        c.close()
        self.open -= 1
        if data:  # a connection without a byte is deliver's look whether it is on
            self.received.append(data)

    def close(self):
        shut(self.server)


class Cutter:
    """A wire to a port on which no document gets through: after so many bytes of a connection both ends see it reset, or end; the
    printer first, and the client once between() returns."""

    def __init__(self, lab, to, after, reset, between=lambda: None):
        self.to, self.after, self.reset, self.between, self.cuts = to, after, reset, between, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        lab.closers.append(lambda: shut(self.server))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                c, _ = self.server.accept()
                p = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                return
            threading.Thread(target=self._pump, args=(c, p), daemon=True).start()

    def _pump(self, client, printer):
        """One thread for both directions: nobody else holds the sockets, so that closing them has its effect at once."""
        n, other, cut = 0, {client: printer, printer: client}, False
        try:
            while n <= self.after:
                for s in select.select([client, printer], [], [])[0]:
                    if not (piece := s.recv(4096)):
                        return
                    n += len(piece) if s is client else 0
                    if n <= self.after:
                        other[s].sendall(piece)
            self.cuts, cut = self.cuts + 1, True
            if self.reset:
                for s in other:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        except OSError:
            pass
        finally:
            printer.close()
            if cut:
                self.between()
            client.close()


class Lpd:
    """As much of RFC 1179 as a printer needs: jobs as (queue, control file, data). stop_after: breaks off after so many bytes of one."""

    def __init__(self, lab, stop_after=None):
        self.stop_after, self.jobs, self.ports = stop_after, [], []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        lab.closers.append(lambda: shut(self.server))
        threading.Thread(target=self._serve, daemon=True).start()

    def uri(self, queue="raw"):
        return f"lpd://127.0.0.1:{self.port}/{queue}"

    def _serve(self):
        while True:
            try:
                c, peer = self.server.accept()
            except OSError:
                return
            f = c.makefile("rwb")
            try:
                self._job(f, peer)
            except (OSError, ValueError, IndexError):
                pass
            f.close()
            c.close()

    def _job(self, f, peer):
        first = f.readline()
        if not first.startswith(b"\2"):
            return
        self.ports.append(peer[1])
        queue, files = first[1:].strip().decode(), {}
        self._yes(f)
        while line := f.readline():
            if line[0] not in (2, 3):
                return
            size = int(line[1:].split()[0])
            self._yes(f)
            files[line[0]] = f.read(size if line[0] == 2 or self.stop_after is None else self.stop_after)
            if line[0] == 3 and self.stop_after is not None:
                return
            f.read(1)
            self._yes(f)
            if len(files) == 2:
                self.jobs.append((queue, files[2], files[3]))

    @staticmethod
    def _yes(f):
        f.write(b"\0")
        f.flush()


def lpstat(cups, *words):
    return subprocess.run(["lpstat", *words], capture_output=True, text=True, env={**os.environ, **cups.env()}, timeout=10).stdout
