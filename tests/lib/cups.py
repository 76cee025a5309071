"""A private cupsd with the hardened settings, and its clients."""
import os
import pathlib
import pwd
import re
import signal
import subprocess

from lib.lab import ENV, TOP, free_port, run, wait_for
from lib.processes import processes

SYSTEM_BIN = pathlib.Path("/usr/lib/cups")

FILES_CONF = """SystemGroup root lpadmin
User lp
Group lp
LogFileGroup lp
ServerRoot {r}/etc
ServerBin {r}/bin
RequestRoot {r}/spool
TempDir {r}/spool/tmp
CacheDir {r}/cache
StateDir {r}/state
DataDir /usr/share/cups
DocumentRoot /usr/share/cups/doc-root
ServerKeychain {r}/etc/ssl
AccessLog {r}/log/access_log
ErrorLog {r}/log/error_log
PageLog {r}/log/page_log
Printcap
"""

CONF = """LogLevel {log_level}
MaxLogSize 0
LogDebugHistory 0
PageLogFormat %p %u %j %T %P %C
ErrorPolicy {error_policy}
JobRetryInterval {retry}
JobRetryLimit {retry_limit}
JobKillDelay 5
MaxJobs 0
PreserveJobFiles No
PreserveJobHistory Yes
DirtyCleanInterval 0
Listen 127.0.0.1:{port}
Listen {r}/state/cups.sock
Browsing No
WebInterface No
DefaultAuthType Basic
DefaultEncryption Never
IdleExitTimeout 0
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  JobPrivateAccess @OWNER @SYSTEM {private_access}
  JobPrivateValues {private}
{limits}
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""

# Who submits is who the socket says (SO_PEERCRED) or a password proves; nobody else may.
AUTH_LIMITS = """  <Limit Create-Job Print-Job Print-URI Validate-Job>
    AuthType Default
    Require valid-user
    Order deny,allow
  </Limit>
  <Limit Send-Document Send-URI Hold-Job Release-Job Restart-Job Purge-Jobs Set-Job-Attributes Cancel-Job Cancel-My-Jobs Close-Job>
    AuthType Default
    Require user @OWNER @SYSTEM
    Order deny,allow
  </Limit>"""


class Cups:
    """cupsd under lab.dir/cups. authenticated: submission needs peer credentials, as `quoinctl cups setup` writes it."""

    def __init__(self, lab, authenticated=False, retry=1, retry_limit=0, log_level="debug", error_policy="retry-job",
                 private_access="", clean_environment=True):
        self.lab, self.dir, self.port = lab, lab.dir / "cups", free_port()
        self.sock = self.dir / "state/cups.sock"
        self.proc = None
        self._tree()
        (self.dir / "etc/cups-files.conf").write_text(FILES_CONF.format(r=self.dir))
        (self.dir / "etc/cupsd.conf").write_text(CONF.format(
            r=self.dir, port=self.port, retry=retry, retry_limit=retry_limit, log_level=log_level, error_policy=error_policy,
            private_access=private_access, private="all" if authenticated else "none",
            limits=AUTH_LIMITS if authenticated else ""))

    def _tree(self):
        for d in ("etc/ssl", "etc/ppd", "spool/tmp", "cache", "state/certs", "log"):
            (self.dir / d).mkdir(parents=True, exist_ok=True)
        for d in ("filter", "backend", "driver", "daemon", "monitor", "notifier", "cgi-bin"):
            (self.dir / "bin" / d).mkdir(parents=True, exist_ok=True)
            if d != "backend":
                for f in (SYSTEM_BIN / d).glob("*"):
                    (self.dir / "bin" / d / f.name).symlink_to(f)

    def backend(self, source, name=None):
        """Installs a backend as the package does: root's, 0755, so that it runs as lp."""
        target = self.dir / "bin/backend" / (name or pathlib.Path(source).name)
        target.write_bytes(pathlib.Path(source).read_bytes())
        os.chown(target, 0, 0)
        os.chmod(target, 0o755)
        return target

    def filter(self, name, script):
        """Replaces a filter by a script, as root would."""
        target = self.dir / "bin/filter" / name
        target.unlink(missing_ok=True)
        target.write_text(script)
        os.chmod(target, 0o755)
        return target

    def start(self):
        conf = ["-c", self.dir / "etc/cupsd.conf", "-s", self.dir / "etc/cups-files.conf"]
        run("cupsd", "-t", *conf)
        self.proc = self.lab.start("cupsd", "-f", *conf, log="cupsd.log")
        wait_for(self.log, lambda: run("lpstat", "-r", check=False, env=self.env()).stdout.startswith("scheduler is running"))
        return self

    def stop(self, sig=signal.SIGTERM):
        self.lab.stop(self.proc, sig)

    def kill(self):
        """kill -9 of cupsd alone: what it started stays behind, as in a crash."""
        self.proc.kill()
        self.proc.wait()
        if self.proc in self.lab.procs:
            self.lab.procs.remove(self.proc)

    def log(self):
        path = self.dir / "log/error_log"
        if not path.exists():
            return "no log"
        noise = ("envp[", "[Client", "Get-Job", "Discarding", "cupsdMarkDirty", "cupsdSetBusyState")
        lines = path.read_text(errors="replace")[-60000:].splitlines()
        return "\n".join(x for x in lines if not any(n in x for n in noise))[-8000:]

    def env(self, **more):
        return {"CUPS_SERVER": str(self.sock), "HOME": "/nonexistent"} | more

    def queue(self, name="held", uri="quoin:", ppd=TOP / "dist/quoin.ppd", **options):
        args = [a for k, v in options.items() for a in ("-o", f"{k.replace('_', '-')}={v}")]
        run("lpadmin", "-p", name, "-E", "-v", uri, "-P", ppd, *args, env=self.env())
        return name

    def lp(self, *files, queue="held", user=None, options=(), copies=None, title=None, check=True, uid=None, timeout=30):
        """Submits; returns the job's number (or the CompletedProcess if check is false)."""
        argv = ["lp", "-d", queue]
        if user and uid is None:
            argv += ["-U", user]
        if copies:
            argv += ["-n", copies]
        if title is not None:
            argv += ["-t", title]
        for o in options:
            argv += ["-o", o]
        who = {} if uid is None else {"user": uid, "group": pwd.getpwuid(uid).pw_gid, "extra_groups": []}
        p = run(*argv, *files, env=self.env(), check=check, timeout=timeout, **who)
        found = re.search(r"request id is \S+-(\d+)", p.stdout)
        return int(found.group(1)) if found and check else p

    def job(self, number):
        """The job's attributes as cupsd tells root: a dict of texts."""
        test = self.lab.dir / "job.test"
        test.write_text("""{ OPERATION Get-Job-Attributes GROUP operation-attributes-tag
            ATTR charset attributes-charset utf-8 ATTR naturalLanguage attributes-natural-language en
            ATTR uri job-uri $uri ATTR name requesting-user-name root }""")
        p = run("ipptool", "-tv", f"ipp://localhost:{self.port}/jobs/{number}", test, check=False, env=self.env())
        return dict(re.findall(r"^\s+([a-z-]+) \([^)]*\) = (.*)$", p.stdout.split("RECEIVED")[-1], re.M))

    def state(self, number):
        return self.job(number).get("job-state", "gone")

    def wait_state(self, number, *states, seconds=30):
        return wait_for(lambda: f"job {number} is {self.job(number)}, not {states}\n{self.log()}",
                        lambda: self.state(number) in states and self.state(number), seconds)

    def cancel(self, number):
        return run("cancel", str(number), env=self.env(), check=False)

    def spooled(self):
        """Documents that cupsd still keeps in clear."""
        return sorted(p.name for p in (self.dir / "spool").glob("d*"))

    def backends(self, program="quoin"):
        """Process ids of backends that run now."""
        found = []
        for p in processes():
            try:
                if os.readlink(f"/proc/{p.pid}/exe").split(" ")[0] == str(self.dir / "bin/backend" / program):
                    found.append(p.pid)
            except OSError:
                pass
        return found
