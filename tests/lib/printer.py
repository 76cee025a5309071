"""A real IPP printer, private: ippeveprinter on loopback, with a D-Bus of its own because it won't start without one."""
import shutil

from lib.lab import free_port, run, wait_for

# Replaces nothing of what ippeveprinter offers; a test that needs other attributes gives its own -a file.
BASE = ["-v", "-r", "off", "-n", "localhost", "-k"]


class Printer:
    def __init__(self, lab, name="Lab Printer", formats="application/pdf,image/pwg-raster", tls=True, command=None, two_sided=True):
        self.lab, self.name, self.formats, self.command, self.two_sided = lab, name, formats, command, two_sided
        self.port = free_port()
        self.dir = lab.dir / f"printer-{self.port}"
        self.spool, self.keys = self.dir / "spool", self.dir / "keys"
        for d in (self.dir, self.spool, self.keys):
            d.mkdir()
        if tls:
            _, crt, key = lab.ca()
            shutil.copy(crt, self.keys / "localhost.crt")
            shutil.copy(key, self.keys / "localhost.key")
        self.proc = None
        self.bus = lab.start("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={self.dir}/bus",
                             log=f"dbus-{self.port}.log")
        self.start()

    def uri(self, scheme="ipp"):
        return f"{scheme}://localhost:{self.port}/ipp/print"

    def start(self):
        wait_for("no D-Bus", (self.dir / "bus").exists)
        args = [*BASE, "-p", self.port, "-d", self.spool, "-K", self.keys, "-f", self.formats]
        args += ["-2"] if self.two_sided else []
        args += ["-c", self.command] if self.command else []
        self.proc = self.lab.start("/usr/sbin/ippeveprinter", *args, self.name, log=f"printer-{self.port}.log",
                                   env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.dir}/bus"})
        wait_for(lambda: f"printer does not come up: {self.log()}", self.up)

    def stop(self):
        if self.proc:
            self.lab.stop(self.proc)
            self.proc = None

    def up(self):
        """Asked by IPP, not only by its port: it listens on IPv4 and IPv6 in turn."""
        return self.ipptool("get-printer-attributes.test").returncode == 0

    def ipptool(self, test, *more):
        return run("ipptool", "-tv", *more, self.uri(), test, check=False, timeout=10)

    def log(self):
        return self.proc.log.read_text(errors="replace") if self.proc else ""

    def documents(self):
        """What it received, oldest first, as paths (a .prn is what a command wrote to its output)."""
        return sorted((p for p in self.spool.iterdir() if p.suffix != ".prn"), key=lambda p: int(p.name.split("-")[0]))

    def fingerprint(self):
        """SHA-256 of its certificate, as quoinctl takes a pin."""
        p = run("openssl", "x509", "-in", self.keys / "localhost.crt", "-noout", "-fingerprint", "-sha256")
        return p.stdout.split("=")[1].strip().replace(":", "").lower()


def hook(lab, text, name="printer-hook"):
    """A command for Printer(command=...): a shell script that gets the document as $1 and its options as IPP_*; on stderr it says
    STATE: and ATTR: lines, and its exit status decides whether the job is completed or aborted."""
    path = lab.dir / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path
