"""What a core would say of policy, requests, roles and people: answers for the scripted core of quoinctl's and the console's tests."""
import hashlib
import json

from lib import policy

NOW = 1_795_278_000_000
HOUR = 3_600_000
GROUP = "cn={},ou=groups,dc=example,dc=org"
PERMISSIONS = {
    "own": "list, release at a terminal and delete one's own jobs; one's own badges and PIN",
    "delegate": "let a named colleague release one's own jobs, for a time", "jobs": "see every held job without its title",
    "cancel": "delete anybody's job, with a reason", "unlock": "unlock a person's PIN; report a person's badges lost",
    "devices": "see devices and terminals",
    "terminals": "propose devices and terminals; give an approved terminal its enrolment code; revoke one",
    "retention": "propose classes, retention and the classes of queues", "access": "propose role mapping, authentication rules and owner names",
    "contain": "lock a person, a device, a terminal or a queue at once, and unlock it", "badges": "import badges",
    "people": "see why a person may do what they may", "policy": "read the policy, its versions and the requests",
    "log": "read the audit log", "keys": "propose what is done with keys"}
ROLES = [("user", "prints, and releases what is their own", "own delegate"),
         ("operator", "keeps printing going, sees no titles, releases nothing", "jobs cancel unlock devices"),
         ("device-admin", "brings in devices and terminals", "devices terminals"),
         ("records", "keeps classes and retention", "retention policy"),
         ("security", "keeps roles and log-in rules, approves, contains", "access contain badges people policy devices"),
         ("auditor", "reads the evidence, changes nothing", "log people policy"), ("key-custodian", "keeps the keys, sees no job", "keys")]
VERBS = [("job.begin", "intake", "", ""), ("login.password", "kiosk portal console ctl shell", "", ""), ("job.list", "kiosk portal", "s", "own"),
         ("job.release", "kiosk", "s", "own"), ("admin.jobs", "console ctl shell", "s", "jobs"), ("job.cancel", "console ctl shell", "sl", "cancel"),
         ("contain.unlock", "console ctl shell", "slp", "contain"), ("request.approve", "console ctl shell", "slp", ""), ("status", "ctl", "", "")]


def roles():
    return {"version": 4, "profile": "standard",
            "roles": [{"role": n, "help": h, "permissions": p.split()} for n, h, p in ROLES],
            "permissions": [{"permission": n, "help": h} for n, h in PERMISSIONS.items()],
            "conflicts": [{"a": a, "b": b, "excepted": 0} for a, b in (("auditor", "*"), ("security", "records"), ("security", "key-custodian"),
                                                                       ("security", "device-admin"), ("records", "key-custodian"))],
            "operations": [{"operation": o, "permission": p, "approvers": a.split(), "hours": 24, "help": h} for o, p, a, h in (
                ("policy.access", "access", "security records", "change role mapping, authentication rules, owner names or the profile"),
                ("policy.retention", "retention", "security", "change classes, retention or the classes of queues"),
                ("device", "terminals", "security device-admin", "bring in a device, or change one"),
                ("device.retire", "terminals", "security device-admin", "take a device away, with its terminals"),
                ("terminal", "terminals", "security device-admin", "bring in a terminal, or tie it to other devices"))],
            "mapping": [{"group": GROUP.format("print-" + r), "role": r} for r, _, _ in ROLES],
            "verbs": [{"verb": v, "from": f.split(), "logged_in": int("s" in n), "permission": p, "live": int("l" in n), "proof": int("p" in n)}
                      for v, f, n, p in VERBS]}


def person(**more):
    return {"login": "sam", "display": "Sam Okafor", "id": "5f0c6d1e-7a0b-4b6e-9a55-1d2c3b4a5f60", "status": "active", "locked": "",
            "groups": [{"group": GROUP.format("print-user"), "role": "user"}, {"group": GROUP.format("print-security"), "role": "security"}],
            "roles": ["user", "security"], "conflicts": [], "permissions": ["own", "delegate", "devices", "access", "contain", "badges", "people",
                                                                            "policy"],
            "zones": [], "badges": 1, "pin": "set", "sessions": 2, "accounts": []} | more


def document(**more):
    doc = policy.document([(GROUP.format("print-" + r), r) for r, _, _ in ROLES], queues={"*": "internal", "hr-floor-2": "restricted",
                                                                                         "public-lobby": "public"})
    return doc | more


def version(n=4, doc=None, **more):
    text = policy.text(doc or document())
    return {"version": n, "hash": hashlib.sha256(text.encode()).hexdigest(), "author": "Remy Laurent", "approver": "Sam Okafor",
            "ticket": "CHG-10" + str(40 + n), "made": NOW - (5 - n) * 40 * 24 * HOUR,
            "changes": ["class internal: hold 48h -> 24h", "queue hr-floor-2: restricted"], "document": text} | more


def request_id(n):
    return f"0190b1b2-c3d4-7e5f-8a9b-{n:012x}"


def request(n=1, **more):
    return {"id": request_id(n), "operation": "policy.retention", "state": "open", "requester": "Remy Laurent", "decider": "",
            "ticket": "CHG-1051", "reason": "", "made": NOW - 3 * HOUR, "expires": NOW + 21 * HOUR, "decided": 0, "mine": 0} | more


def shown(n=1, doc=None, **more):
    text = policy.text(doc or document())
    return request(n) | {"hash": hashlib.sha256(text.encode()).hexdigest(), "approvers": ["security"],
                         "changes": ["class confidential: hold 8h -> 4h", "queue legal: confidential"],
                         "effect": ["1,204 held jobs are affected", "87 of them fall due at once",
                                    "no person gains or loses a role"], "document": text} | more


def changed():
    doc = json.loads(json.dumps(document()))
    doc["classes"][2]["hold"] = "4h"
    doc["queues"]["legal"] = "confidential"
    return doc


def device(name="laser-2", **more):
    return {"name": name, "uri": f"ipps://{name}.print.example.org/ipp/print", "location": "Floor 2, copy room", "zone": "east",
            "custodian": "Dora Lindqvist", "ceiling": "restricted", "ca": "", "pin": "5f" * 32, "driver": "",
            "plain_until": 0, "plain_reason": "", "state": "active", "status": "unknown", "why": ""} | more


def facts(**more):
    """What a printer says of itself."""
    return {"state": "idle", "text": "", "accepting": 1, "reasons": ["toner-low-warning"], "model": "Halden LaserPro 4300 MFP",
            "firmware": "4300-2024.11.3", "uuid": "urn:uuid:38f1a0de-0000-0000-0000-00001fa1b2c3", "certificate": "5f" * 32, "create_job": 1,
            "formats": ["application/pdf", "image/pwg-raster", "image/urf", "image/jpeg"], "copies": 99,
            "sides": ["one-sided", "two-sided-long-edge", "two-sided-short-edge"], "colors": ["color", "monochrome"],
            "media": ["iso_a4_210x297mm", "iso_a3_297x420mm", "na_letter_8.5x11in"], "finishings": ["none", "staple", "punch-dual-left"],
            "supplies": [{"name": "Black Toner", "kind": "toner", "level": 68}, {"name": "Cyan Toner", "kind": "toner", "level": 9},
                         {"name": "Magenta Toner", "kind": "toner", "level": 41}, {"name": "Waste Toner Box", "kind": "waste-toner",
                                                                                  "level": -3}]} | more


def device_shown(name="laser-2", said=True, **more):
    """An answer of device.show."""
    return {"device": [device(name, **({"status": "ready"} | more))], "asked": NOW - 21_000, "answered": NOW - 21_000,
            "facts": [facts()] if said else []}


def terminal(name="panel-2", **more):
    return {"name": name, "device": "laser-2", "devices": ["laser-3"], "state": "enrolled", "certificate": 1, "ceiling": ""} | more


def console(core):
    """Answers of a whole core, for the pages."""
    rows = [{k: v for k, v in version(n).items() if k not in ("changes", "document")} for n in (4, 3, 2, 1)]
    done = lambda m: m.answer()
    core.answers |= {
        "roles.show": lambda m: m.answer(fields=roles()), "person.why": lambda m: m.answer(fields=person(login=m.fields["login"])),
        "policy.show": lambda m: m.answer(fields=version(m.fields.get("version", 4))),
        "policy.list": lambda m: m.answer(fields={"versions": [r for r in rows if r["version"] < m.fields.get("before", 99)]}),
        "request.list": lambda m: m.answer(fields={"requests": [request(1), request(2, operation="device", requester="Dora Lindqvist", mine=1,
            ticket="FAC-220", made=NOW - 40 * 60_000)] + ([] if m.fields["open"] else [
                request(3, state="rejected", decider="Sid Marsh", reason="too short for the audit season", decided=NOW - HOUR),
                request(4, state="executed", operation="policy.access", decider="Sid Marsh", decided=NOW - 2 * HOUR)]), "more": 0, "now": NOW}),
        "request.show": lambda m: m.answer(fields=shown(int(m.fields["id"][-2:], 16), changed())),
        "request.propose": lambda m: m.answer(fields={"id": "" if m.fields["dry"] else request_id(9), "hash": "ab" * 32, "expires": NOW + 24 * HOUR,
            "approvers": ["security", "device-admin"] if "policy" not in m.fields["operation"] else ["security"],
            "changes": shown()["changes"], "effect": shown()["effect"]}),
        "request.approve": done, "request.reject": done, "request.withdraw": done, "job.cancel": done, "contain.lock": done,
        "contain.unlock": done, "pin.unlock": done, "badge.revoke": lambda m: m.answer(fields={"count": 2}), "terminal.revoke": done,
        "terminal.code": lambda m: m.answer(secret={"code": b"ABCDEFGHJKMNPQRSTVWX"}), "session.prove": done,
        "contain.list": lambda m: m.answer(fields={"locks": [{"kind": "person", "name": "bob", "reason": "badge used from two buildings at once"},
                                                             {"kind": "device", "name": "laser-9", "reason": "cover found open"}]}),
        "device.list": lambda m: m.answer(fields={"devices": [] if "after" in m.fields else [
            device(status="ready"),
            device("laser-3", location="Floor 3, east wing", ceiling="confidential", status="stopped", why="paper-empty"),
            device("lobby", uri="ipp://10.20.0.7/ipp/print", ceiling="public", zone="", location="Lobby", pin="", state="locked",
                   status="locked", why="device-locked", plain_until=NOW - 40 * 24 * HOUR, plain_reason="old"),
            device("store", uri="ipp://10.20.0.9/ipp/print", ceiling="internal", zone="", location="Store room", pin="", status="away",
                   why="printer-off", plain_until=4_102_444_800_000, plain_reason="no TLS in its firmware")], "more": 0}),
        "device.show": lambda m: m.answer(fields=device_shown(m.fields["name"])),
        "device.probe": lambda m: m.answer(fields=facts()), "device.test": lambda m: m.answer(fields={"outcome": "printed", "why": ""}),
        "terminal.list": lambda m: m.answer(fields={"terminals": [terminal(), terminal("panel-3", device="laser-3", devices=[], state="waiting"),
            terminal("lobby-panel", device="lobby", devices=[], certificate=0, ceiling="public", state="revoked")], "more": 0})}
    return core
