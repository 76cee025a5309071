"""A policy document for the tests: the shipped classes, the lab's groups and roles."""
import copy
import datetime
import json

CLASSES = [
    {"name": "public", "hold": "72h", "keep": "1h", "window": "6h", "grace": "8h", "methods": ["badge", "badge-pin", "password"],
     "unverified-owner": True, "plain-link": True, "delegation": True},
    {"name": "internal", "hold": "24h", "keep": "1h", "window": "1h", "grace": "8h", "methods": ["badge-pin", "password"],
     "unverified-owner": True, "plain-link": True, "delegation": True},
    {"name": "confidential", "hold": "8h", "keep": "0", "window": "15m", "grace": "15m", "methods": ["badge-pin", "password"],
     "unverified-owner": True, "plain-link": False, "delegation": True},
    {"name": "restricted", "hold": "2h", "keep": "0", "window": "15m", "grace": "0", "methods": ["password"],
     "unverified-owner": False, "plain-link": False, "delegation": False},
]
ROLES = ["user", "operator", "device-admin", "records", "security", "auditor", "key-custodian"]


def document(roles, **members):
    """The document as a dict. roles: (group's DN, role) pairs; members replace those of the document."""
    return {"profile": "standard", "classes": copy.deepcopy(CLASSES), "queues": {"*": "internal"},
            "roles": [{"group": g, "role": r} for g, r in roles], "authentication": {}, "badges": [], "owners": {}} | members


def text(doc):
    return json.dumps(doc, sort_keys=True, separators=(",", ":"))


def days_ahead(days):
    """A day as a device's exception has it."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")
