"""The hand-kept table of who may ask what (tests/flow/access.txt), read."""
import os
import pathlib
import socket
import sqlite3
import types

from .wire import Peer

TABLE = pathlib.Path(__file__).parents[1] / "flow/access.txt"
ROLES = ["user", "operator", "device-admin", "records", "security", "auditor", "key-custodian"]
SOCKETS = ["core", "kiosk", "portal", "console", "ldap", "pin", "deliver", "ctl", "shell"]
PLACES = {"kiosk", "portal", "console", "ctl", "shell"}  # where people have sessions


def _line(words):
    verb, sockets, needs, *roles = words
    handler = roles == ["handler"]
    assert handler or len(roles) == (len(ROLES) if needs in ("session", "live", "proof") else 0), words
    assert not set(roles) - {"yes", "-", "handler"}, words
    return types.SimpleNamespace(verb=verb, sockets=[] if sockets == "nobody" else sockets.split(","), needs=needs, handler=handler,
                                 session=needs in ("session", "live", "proof"),
                                 roles=ROLES if handler else [r for r, may in zip(ROLES, roles) if may == "yes"])


def read(path=TABLE):
    """messages: lines; operations: {name: (who proposes, who approves)}; permissions: {name: roles}; conflicts: {(a, b): excepted}."""
    t, part = types.SimpleNamespace(messages=[], operations={}, permissions={}, conflicts={}), None
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] in ("message", "operation", "permission", "conflict"):
            part = words[0]
        elif part == "message":
            t.messages.append(_line(words))
        elif part == "operation":
            t.operations[words[0]] = (words[1].split(","), words[2].split(","))
        elif part == "permission":
            t.permissions[words[0]] = [r for r, may in zip(ROLES, words[1:], strict=True) if may == "yes"]
        else:
            t.conflicts[words[0], words[1]] = words[2] == "compact"
    return t


def dial_as(path, uid, timeout=20):
    """A connection that another user made: a child changes its uid, connects, and hands the socket over."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([]), os.setgid(uid), os.setuid(uid)
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.connect(str(path))
            socket.send_fds(there, [b"x"], [s.fileno()])
        finally:
            os._exit(0)
    there.close()
    _, fds, _, _ = socket.recv_fds(here, 1, 1)
    here.close()
    os.waitpid(pid, 0)
    return Peer(socket.socket(fileno=fds[0]), timeout)


def ask(core, place, verb, fields=None, secret=None):
    """The answer from that place ("shell": ctl.sock as somebody who is not root), or None if the connection ended."""
    p = dial_as(core.socket("ctl"), 65534) if place == "shell" else core.dial(place)
    try:
        return p.call(verb, fields, secret)
    except EOFError:
        return None
    finally:
        p.close()


def content(core):
    """Every row of every table; not the records, the counts of tries, what the clock moves, and when something was last looked at:
    printers by themselves, too."""
    skip = {"audit", "head", "throttle", "fact", "shred", "device_state"}
    blind = {("session", "used"), ("person", "checked")}
    db = sqlite3.connect(f"file:{core.state_dir}/quoin.db?mode=ro", uri=True, timeout=10)
    try:
        out = {}
        for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
            if table in skip or table.startswith("sqlite_"):
                continue
            names = [c[1] for c in db.execute(f"pragma table_info({table})") if (table, c[1]) not in blind]
            columns = ", ".join(f'"{n}"' for n in names)
            out[table] = sorted(db.execute(f"select {columns} from {table}").fetchall(), key=repr)
        return out
    finally:
        db.close()


def changed(before, after):
    """Names of the tables that differ."""
    return [t for t in after if before.get(t) != after[t]]


def routes(path=TABLE.with_name("routes.txt")):
    """The lines of routes.txt: listener, method, path, needs, roles (None: the role does not matter to the page), handler."""
    out = []
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] == "listener":
            continue
        listener, method, route, needs, *roles = words
        handler = roles == ["handler"]
        assert handler or len(roles) in (0, len(ROLES)), words
        may = None if handler or not roles else [r for r, may in zip(ROLES, roles) if may == "yes"]
        for each in (["kiosk", "portal", "console"] if listener == "all" else [listener]):
            out.append(types.SimpleNamespace(listener=each, method=method, path=route, needs=needs, roles=may, handler=handler))
    return out
