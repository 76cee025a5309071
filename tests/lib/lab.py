"""What every test needs: a scratch folder, free ports, processes that end, waiting without sleeping blindly."""
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("QUOIN_BUILD", TOP / "build"))  # a build tree configured with --enable-test-clock


def wait_for(what, check, seconds=20.0):
    """Polls check() until it is true; fails with `what` (a text or a function giving one)."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not in {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


_given = set()


def free_port():
    """A port nobody listens on, below those that the kernel gives to clients, and never the same one twice."""
    while True:
        port = random.randrange(10240, 32768)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


def shut(sock):
    """Closes a socket that a thread may be waiting at. Closed alone, the thread would go on waiting, and when the kernel starts its
    call again, at whatever has got the number since: it would take another test's connections."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


def port_open(port, host="127.0.0.1"):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((host, port)) == 0


def landlock():
    """Whether this kernel has it; create_ruleset with the flag that asks for its version."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


def run(*argv, timeout=30, check=True, input=None, env=None, **kw):
    """A client under a time limit. Returns CompletedProcess with text output."""
    p = subprocess.run(["timeout", "-k", "1", str(timeout), *map(str, argv)], input=input, text=True,
                       stdin=None if input is not None else subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV | (env or {}), **kw)
    if check and p.returncode != 0:
        raise AssertionError(f"{argv} ended with {p.returncode}\n{p.stdout}\n{p.stderr}")
    return p


class Lab:
    """A short scratch folder and the processes started in it; close() ends all of them."""

    def __init__(self, name="lab"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"qn-{name[:12]}-", dir="/tmp"))
        os.chmod(self.dir, 0o755)
        self.procs, self.closers = [], []

    def start(self, *argv, log=None, env=None, **kw):
        """A daemon in the foreground, in its own process group, output to a log file."""
        path = self.dir / (log or pathlib.Path(str(argv[0])).name + ".log")
        with open(path, "ab") as f:
            p = subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=f, stderr=f, env=ENV | (env or {}),
                                 start_new_session=True, close_fds=True, **kw)
        p.log = path
        self.procs.append(p)
        return p

    def stop(self, p, sig=signal.SIGTERM, seconds=10):
        if p.poll() is None:
            p.send_signal(sig)
            try:
                p.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
        if p in self.procs:
            self.procs.remove(p)

    def close(self):
        for c in reversed(self.closers):
            c()
        for p in reversed(list(self.procs)):
            self.stop(p)
        if not os.environ.get("QUOIN_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def ca(self):
        """A throw-away CA and a certificate for localhost/127.0.0.1: (ca.crt, localhost.crt, localhost.key)."""
        d = self.dir / "tls"
        if not d.exists():
            d.mkdir()
            (d / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth,clientAuth\n")
            ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            run("openssl", "req", "-x509", *ec, "-keyout", d / "ca.key", "-out", d / "ca.crt", "-days", "30", "-subj", "/CN=Lab CA",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
            run("openssl", "req", *ec, "-keyout", d / "localhost.key", "-out", d / "localhost.csr", "-subj", "/CN=localhost")
            run("openssl", "x509", "-req", "-in", d / "localhost.csr", "-CA", d / "ca.crt", "-CAkey", d / "ca.key",
                "-CAcreateserial", "-days", "20", "-out", d / "localhost.crt", "-extfile", d / "ext")
        return d / "ca.crt", d / "localhost.crt", d / "localhost.key"
