"""A private Active Directory domain controller (Samba) on an own loopback address: one domain, a CA, a service account."""
import base64
import os
import pathlib

from lib.lab import port_open, run, wait_for

HOST, REALM, DOMAIN = "127.0.0.11", "AD.LAB.TEST", "ADLAB"  # the ports are fixed, hence an address that no slapd listens on
BASE = "DC=ad,DC=lab,DC=test"
PEOPLE, GROUPS = f"OU=People,{BASE}", f"OU=Groups,{BASE}"
ADMIN_PASSWORD = "Adm1n-Pass!"

CONFIG = """\
[global]
netbios name = DC1
realm = {realm}
workgroup = {domain}
server role = active directory domain controller
server services = ldap
interfaces = {host}/8
bind interfaces only = yes
private dir = {dir}/dc/private
state directory = {dir}/dc/state
cache directory = {dir}/dc/cache
lock directory = {dir}/dc
pid directory = {dir}/run
ncalrpc dir = {dir}/ncalrpc
binddns dir = {dir}/dc/bind-dns
log file = {dir}/log.%m
ldap server require strong auth = no
tls certfile = {crt}
tls keyfile = {key}
tls cafile = {ca}
"""


def password(login):
    return f"{login.capitalize()}-Secret-1"


def person_dn(login):
    return f"CN={login},{PEOPLE}"


def group_dn(name):
    return f"CN={name},{GROUPS}"


def encoded(secret):
    """What unicodePwd takes."""
    return base64.b64encode(f'"{secret}"'.encode("utf-16-le")).decode()


class ActiveDirectory:
    """Provisioned (about 20 s) and started; lab.close() ends it. Changes are made in its database file, by ldbmodify's library."""

    def __init__(self, lab):
        self.lab, self.dir = lab, lab.dir / "ad"
        for d in ("run", "ncalrpc"):
            (self.dir / d).mkdir(parents=True)
        self.ca, crt, key = self.certificate()
        self.uri, self.plain = f"ldaps://{HOST}", f"ldap://{HOST}"
        run("samba-tool", "domain", "provision", f"--realm={REALM}", f"--domain={DOMAIN}", "--server-role=dc", "--dns-backend=NONE",
            f"--adminpass={ADMIN_PASSWORD}", "--host-name=dc1", "--host-ip=127.0.0.1", f"--targetdir={self.dir}/dc",
            "--option=interfaces=127.0.0.1", "--option=bind interfaces only=yes",
            "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb", timeout=180, env={"HOME": str(self.dir)})
        self.config = self.dir / "smb.conf"
        self.config.write_text(CONFIG.format(realm=REALM, domain=DOMAIN, host=HOST, dir=self.dir, crt=crt, key=key, ca=self.ca))
        run("samba-tool", "domain", "passwordsettings", "set", "--account-lockout-threshold=5", "--account-lockout-duration=30",
            "--reset-account-lockout-after=30", "-s", self.config)
        self.change("".join(f"dn: {dn}\nobjectClass: organizationalUnit\n\n" for dn in (PEOPLE, GROUPS)))
        self.add_people("svc-quoin")
        self.secret_file = self.dir / "service.secret"
        self.secret_file.write_text(password("svc-quoin") + "\n")
        os.chmod(self.secret_file, 0o600)
        self.proc = lab.start("samba", "-F", "--no-process-group", "-M", "prefork", "-s", self.config, "--debug-stdout", log="samba.log",
                              env={"HOME": str(self.dir)})
        wait_for(lambda: self.proc.log.read_text(errors="replace")[-800:],
                 lambda: self.proc.poll() is None and port_open(389, HOST) and port_open(636, HOST), 60)

    def certificate(self):
        """(ca, certificate, key) for the address; Samba wants a key that nobody else can read."""
        ca = self.lab.ca()[0]
        t = pathlib.Path(ca).parent
        (t / "dc1.ext").write_text(f"subjectAltName=DNS:dc1.ad.lab.test,IP:{HOST}\nextendedKeyUsage=serverAuth\n")
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", t / "dc1.key", "-out", t / "dc1.csr", "-subj", "/CN=dc1")
        run("openssl", "x509", "-req", "-in", t / "dc1.csr", "-CA", ca, "-CAkey", t / "ca.key", "-CAcreateserial", "-days", "20",
            "-out", t / "dc1.crt", "-extfile", t / "dc1.ext")
        os.chmod(t / "dc1.key", 0o600)
        return ca, t / "dc1.crt", t / "dc1.key"

    # Changes are made through the database's own library, many in one go: a call of samba-tool takes a second and more.

    def change(self, ldif):
        """LDIF of changes (entries without changetype are added)."""
        script = ("import ldb, sys\n"
                  "from samba.samdb import SamDB\nfrom samba.auth import system_session\nfrom samba.param import LoadParm\n"
                  "lp = LoadParm(); lp.load(sys.argv[1])\n"
                  "db = SamDB(url=sys.argv[2], session_info=system_session(), lp=lp)\n"
                  "db.transaction_start()\n"
                  "for kind, msg in db.parse_ldif(sys.stdin.read()):\n"
                  "    db.modify(msg) if kind == ldb.CHANGETYPE_MODIFY else db.add(msg)\n"
                  "db.transaction_commit()\n")
        run("/usr/bin/python3", "-c", script, self.config, self.dir / "dc/private/sam.ldb", input=ldif, timeout=120,
            env={"HOME": str(self.dir)})

    def add_people(self, *logins, secret=True):
        self.change("".join(
            f"dn: {person_dn(u)}\nobjectClass: user\nsAMAccountName: {u}\nuserPrincipalName: {u}@{REALM.lower()}\n"
            f"displayName: {u.capitalize()} of the lab\n"
            + (f"userAccountControl: 512\nunicodePwd:: {encoded(password(u))}\n" if secret else "userAccountControl: 514\n") + "\n"
            for u in logins))

    def add_group(self, name, *members):
        """members: DNs."""
        self.change(f"dn: {group_dn(name)}\nobjectClass: group\nsAMAccountName: {name}\n" + "".join(f"member: {m}\n" for m in members))

    def set(self, dn, attribute, value):
        self.change(f"dn: {dn}\nchangetype: modify\nreplace: {attribute}\n" + (f"{attribute}: {value}\n" if value is not None else ""))

    def value(self, dn, attribute):
        """The first value as the service account sees it, or None."""
        p = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.plain, "-D", person_dn("svc-quoin"), "-w",
                password("svc-quoin"), "-s", "base", "-b", dn, attribute, env={"LDAPNOINIT": "1"})
        found = [line.split(" ", 1)[1] for line in p.stdout.splitlines() if line.lower().startswith(attribute.lower() + ":")]
        return found[0] if found else None

    def rid(self, dn):
        """The last part of a SID."""
        return int.from_bytes(base64.b64decode(self.value(dn, "objectSid"))[-4:], "little")

    def conf(self, roles=(), **keys):
        """The directory part of a quoin.conf; keys with _ for - override (None leaves one out). roles: (group's DN, role)."""
        values = {"directory-servers": f'{{"{self.uri}"}}', "directory-ca": f'"{self.ca}"',
                  "directory-bind-dn": f'"{person_dn("svc-quoin")}"', "directory-secret-file": f'"{self.secret_file}"',
                  "directory-base": f'"{BASE}"',
                  "directory-user-filter": '"(&(objectCategory=person)(objectClass=user)(sAMAccountName=%u))"',
                  "directory-id": '"objectGUID"', "directory-login": '"sAMAccountName"', "directory-display": '"displayName"',
                  "directory-nesting": '"chain"'}
        values |= {k.replace("_", "-"): v for k, v in keys.items()}
        lines = [f"{k} = {v}" for k, v in values.items() if v is not None]
        return "\n".join(lines + [f'role-group "{dn}" {{ role = {role} }}' for dn, role in roles]) + "\n"
