"""A private slapd on loopback: ldap (StartTLS) and ldaps, memberOf, ppolicy, a service account, a few people."""
import os
import signal

from lib.lab import TOP, free_port, port_open, run, wait_for

BASE = "dc=lab,dc=test"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "lab-admin"
SERVICE, SERVICE_PASSWORD = f"cn=quoin,ou=services,{BASE}", "lab-service-secret"
FOR_EVER = "000001010000Z"  # pwdAccountLockedTime of an account that an administrator switched off

PEOPLE = {"alice": "Alice Adler", "bob": "Bob Bauer", "oscar": "Oscar Ortiz", "audra": "Audra Auden", "dave": "Dave Dunn",
          "dora": "Dora Diaz", "dirk": "Dirk Dahl", "remy": "Remy Roth", "sam": "Sam Sato", "sid": "Sid Silva", "kay": "Kay Kern"}
GROUPS = {"print-users": ("user", ["alice", "bob", "oscar", "audra", "dave"]),
          "print-operators": ("operator", ["oscar"]),
          "print-auditors": ("auditor", ["audra"]),
          "print-devices": ("device-admin", ["dora", "dirk"]),
          "print-records": ("records", ["remy"]),
          "print-security": ("security", ["sam", "sid"]),
          "print-keys": ("key-custodian", ["kay"])}

CONFIG = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcTLSCACertificateFile: {ca}
olcTLSCertificateFile: {cert}
olcTLSCertificateKeyFile: {key}
olcTLSProtocolMin: {least}
olcTLSCipherSuite: {ciphers}

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: memberof
olcModuleLoad: refint
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

include: file://{schema}

dn: cn=lab,cn=schema,cn=config
objectClass: olcSchemaConfig
cn: lab
olcAttributeTypes: ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
olcAttributeTypes: ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
olcAttributeTypes: ( 1.2.840.113556.1.4.159 NAME 'accountExpires' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
olcAttributeTypes: ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
olcObjectClasses: ( 1.3.6.1.4.1.99999.2.1 NAME 'labPerson' SUP top AUXILIARY MAY ( nsAccountLock $ userAccountControl $ accountExpires $ objectGUID ) )

dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {{-1}}frontend

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {base}
olcDbDirectory: {db}
olcRootDN: {admin}
olcRootPW: {admin_password}
olcDbMaxSize: 268435456
olcDbNoSync: TRUE
olcDbIndex: objectClass,uid,member,memberOf,entryUUID,quoinBadge eq
olcLimits: dn.exact="{service}" size=unlimited
olcAccess: {{0}}to attrs=userPassword{hidden} by self write by anonymous auth by * none
olcAccess: {{1}}to attrs=quoinBadge,quoinPin by dn.exact="{service}" read by * none
olcAccess: {{2}}to * by dn.exact="{service}" read by self read by * none

dn: olcOverlay={{0}}memberof,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcMemberOf
olcOverlay: {{0}}memberof
olcMemberOfGroupOC: groupOfNames
olcMemberOfRefInt: TRUE

dn: olcOverlay={{1}}ppolicy,olcDatabase={{1}}mdb,cn=config
objectClass: olcOverlayConfig
objectClass: olcPPolicyConfig
olcOverlay: {{1}}ppolicy
olcPPolicyDefault: cn=default,ou=policies,{base}
olcPPolicyHashCleartext: TRUE
olcPPolicyUseLockout: TRUE
"""

TREE = """\
dn: {base}
objectClass: domain
dc: lab

dn: ou=people,{base}
objectClass: organizationalUnit

dn: ou=groups,{base}
objectClass: organizationalUnit

dn: ou=services,{base}
objectClass: organizationalUnit

dn: ou=policies,{base}
objectClass: organizationalUnit

dn: cn=default,ou=policies,{base}
objectClass: device
objectClass: pwdPolicy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdLockoutDuration: 60
pwdFailureCountInterval: 60
pwdMustChange: TRUE

dn: {service}
objectClass: organizationalRole
objectClass: simpleSecurityObject
userPassword: {service_password}

"""


def password(uid):
    """The lab password of a person."""
    return f"{uid}-secret-1"


def person_dn(uid):
    return f"uid={uid},ou=people,{BASE}"


def group_dn(name):
    return f"cn={name},ou=groups,{BASE}"


class Directory:
    """slapd with an empty tree; demo() adds the people. lab.close() ends it."""

    def __init__(self, lab, name="ldap", cert=None, least="3.3", ciphers="NORMAL", hidden=""):
        """cert: (certificate, key) of the server instead of the lab's own; hidden: ",attribute" that the service may not read."""
        self.lab, self.dir, self.proc = lab, lab.dir / name, None
        self.ca, crt, key = lab.ca()
        crt, key = cert or (crt, key)
        for d in ("slapd.d", "db"):
            (self.dir / d).mkdir(parents=True)
        self.port, self.tls_port = free_port(), free_port()
        self.plain, self.uri = f"ldap://127.0.0.1:{self.port}", f"ldaps://127.0.0.1:{self.tls_port}"
        self.secret_file = self.dir / "service.secret"
        self.secret_file.write_text(SERVICE_PASSWORD + "\n")
        os.chmod(self.secret_file, 0o600)
        values = dict(ca=self.ca, cert=crt, key=key, base=BASE, db=self.dir / "db", admin=ADMIN, admin_password=ADMIN_PASSWORD,
                      least=least, ciphers=ciphers, hidden=hidden, schema=TOP / "dist" / "quoin.ldif",
                      service=SERVICE, service_password=SERVICE_PASSWORD)
        self._slapadd(0, CONFIG.format(**values))
        self._slapadd(1, TREE.format(**values))
        self.start()

    def _slapadd(self, number, ldif):
        run("slapadd", "-q", "-F", self.dir / "slapd.d", "-n", number, input=ldif)

    def start(self):
        self.proc = self.lab.start("slapd", "-d", "stats", "-F", self.dir / "slapd.d", "-h", f"{self.plain}/ {self.uri}/",
                                   log=f"{self.dir.name}.log")
        wait_for(lambda: "slapd: " + self.proc.log.read_text(errors="replace")[-500:],
                 lambda: port_open(self.port) and port_open(self.tls_port))

    def stop(self, sig=signal.SIGTERM):
        self.lab.stop(self.proc, sig)

    def kill(self):
        self.stop(signal.SIGKILL)

    def freeze(self):
        """Connections are accepted by the kernel, then nothing is answered."""
        self.proc.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.proc.send_signal(signal.SIGCONT)

    def _client(self, tool, ldif, *options):
        run(tool, "-x", "-H", self.plain, "-D", ADMIN, "-w", ADMIN_PASSWORD, *options, input=ldif, env={"LDAPNOINIT": "1"})

    def add(self, ldif):
        self._client("ldapadd", ldif)

    def modify(self, ldif):
        self._client("ldapmodify", ldif)

    def add_person(self, uid, display=None, secret=None, dn=None, **attributes):
        """attributes: more "name: value" lines, e.g. nsAccountLock="true"; a list is several of them."""
        more = "".join(f"{k}: {v}\n" for k, values in attributes.items() for v in (values if isinstance(values, list) else [values]))
        self.add(f"dn: {dn or person_dn(uid)}\nobjectClass: inetOrgPerson\nobjectClass: labPerson\nobjectClass: quoinPerson\nuid: {uid}\n"
                 f"cn: {display or uid}\nsn: {uid}\nuserPassword: {secret or password(uid)}\n{more}")

    def add_group(self, name, *uids):
        """memberOf is maintained only for groups added to the running server."""
        self.add(f"dn: {group_dn(name)}\nobjectClass: groupOfNames\n" + "".join(f"member: {person_dn(u)}\n" for u in uids))

    def change(self, dn, attribute, value):
        """Replaces one attribute of a DN or of a person's uid; None removes it. Operational ones too."""
        line = f"{attribute}: {value}\n" if value is not None else ""
        self._client("ldapmodify", f"dn: {dn if '=' in dn else person_dn(dn)}\nchangetype: modify\nreplace: {attribute}\n{line}",
                     "-e", "relax")

    def rename(self, uid, new_uid):
        self._client("ldapmodify", f"dn: {person_dn(uid)}\nchangetype: modrdn\nnewrdn: uid={new_uid}\ndeleteoldrdn: 1\n")

    def delete(self, dn):
        self._client("ldapdelete", f"{dn if '=' in dn else person_dn(dn)}\n")

    def disable(self, uid):
        self.change(uid, "pwdAccountLockedTime", FOR_EVER)

    def enable(self, uid):
        self.change(uid, "pwdAccountLockedTime", None)

    def value(self, dn, attribute):
        """One value as the administrator sees it, or None."""
        return next(iter(self.values(dn, attribute)), None)

    def values(self, dn, attribute):
        p = run("ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.plain, "-D", ADMIN, "-w", ADMIN_PASSWORD, "-s", "base",
                "-b", dn if "=" in dn else person_dn(dn), attribute, env={"LDAPNOINIT": "1"})
        return [line.split(": ", 1)[1] for line in p.stdout.splitlines() if line.lower().startswith(attribute.lower() + ": ")]

    def binds(self, dn=None):
        """How often the log says BIND, of one DN (or a person's uid) or of all."""
        who = f'dn="{dn if "=" in dn else person_dn(dn)}"' if dn else ""
        return sum(f" BIND {who}" in line and "method=" in line for line in self.proc.log.read_text(errors="replace").splitlines())

    def conf(self, servers=None, **keys):
        """The directory part of a quoin.conf; keys with _ for - override (None leaves one out)."""
        values = {"directory-servers": "{" + ", ".join(f'"{s}"' for s in servers or [self.uri]) + "}",
                  "directory-ca": f'"{self.ca}"', "directory-bind-dn": f'"{SERVICE}"',
                  "directory-secret-file": f'"{self.secret_file}"', "directory-base": f'"ou=people,{BASE}"'}
        values |= {k.replace("_", "-"): v for k, v in keys.items()}
        lines = [f"{k} = {v}" for k, v in values.items() if v is not None]
        return "\n".join(lines + [f'role-group "{group_dn(g)}" {{ role = {role} }}' for g, (role, _) in GROUPS.items()]) + "\n"


def roles():
    """(group's DN, role) pairs of the demonstration's groups, for a policy."""
    return [(group_dn(g), role) for g, (role, _) in GROUPS.items()]


def demo(lab, **kw):
    """A directory with alice and bob (users), oscar (operator), audra (auditor), dave (switched off)."""
    d = Directory(lab, **kw)
    for uid, display in PEOPLE.items():
        d.add_person(uid, display)
    for name, (_, members) in GROUPS.items():
        d.add_group(name, *members)
    d.disable("dave")
    return d
