"""The state of tokens, users, passkeys, settings and tasks, as the audit tree's leaves give it. Their tables are held
against it.

A row of a token, a user, a passkey or a setting counts only where a leaf bears it out: whoever can write to the tables lets
nobody in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from biomatch.store.audit import tree
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import settings
from biomatch.store.rows.tables import CANCELLED

BEGIN, ADOPT_TABLES = "begin", "adopt-tables"
CREATE_TOKEN, REVOKE_TOKEN = "create-token", "revoke-token"
CREATE_USER, CHANGE_USER = "create-user", "change-user"
CREATE_PASSKEY, DELETE_PASSKEYS = "create-passkey", "delete-passkeys"
REQUIRE_PURPOSE, CALIBRATE = "require-purpose", "calibrate"
BEGIN_TASK, END_TASK, CANCEL_TASK, FORGET_TASKS = "begin-task", "end-task", "cancel-task", "forget-tasks"

_RULES = (  # acts that decide who and what
    BEGIN, ADOPT_TABLES, CREATE_TOKEN, REVOKE_TOKEN, CREATE_USER, CHANGE_USER, CREATE_PASSKEY,
    DELETE_PASSKEYS, REQUIRE_PURPOSE, CALIBRATE,
)  # fmt: skip
_DECIDED_BEFORE = {REQUIRE_PURPOSE: {"purpose_required": "yes"}}  # acts of leaves that do not name their setting yet


@dataclass(frozen=True)
class KnownToken:
    """The last leaf on a token (leaf), and the seal of its row but for `revoked` (row; None: the leaf is older than seals).

    said     name, scopes and expiry of a leaf that is older than seals
    revoked  when, ISO 8601, UTC; None: it is good
    """

    leaf: int
    row: str | None
    said: tuple[str, tuple[str, ...], str] | None = None
    revoked: str | None = None


@dataclass(frozen=True)
class KnownUser:
    """leaf: the last on the user; row: the seal of the whole row."""

    leaf: int
    row: str


@dataclass(frozen=True)
class KnownPasskey:
    """leaf: that made it; row: the seal of its row but for `count` and `used`."""

    leaf: int
    row: str


@dataclass(frozen=True)
class KnownTask:
    """leaf: the last on it. actor: who asked, with purpose and legal basis. state: how it ended; None: it has not.

    counts  what was found when it was done; None: no leaf says
    """

    leaf: int
    kind: str
    actor: dict[str, str]
    state: str | None = None
    counts: dict[str, int] | None = None


@dataclass
class Standing:
    """The state by token, by user, by passkey, by setting and by task, as of the leaves that were followed."""

    keys: Keyring
    tokens: dict[str, KnownToken] = field(default_factory=dict)
    users: dict[str, KnownUser] = field(default_factory=dict)
    passkeys: dict[str, KnownPasskey] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, KnownTask] = field(default_factory=dict)

    def follow(self, leaf: int, said: dict[str, Any]) -> None:
        """Takes in the next leaf; `said` is its entry. Raises KeyError, TypeError, ValueError where it lacks something."""
        kind, details = said["act"], said["details"]
        if kind in (BEGIN, ADOPT_TABLES, REQUIRE_PURPOSE, CALIBRATE):
            older = "settings" not in details
            self.settings |= _DECIDED_BEFORE.get(kind, {}) if older else settings.read(self.keys, details)
        if kind == ADOPT_TABLES:
            self.tokens |= {name: KnownToken(leaf, one["row"], None, one["revoked"]) for name, one in details["tokens"].items()}
            self.tasks = {name: self.tasks[name] for name in details["tasks"] if name in self.tasks}
        elif kind == CREATE_TOKEN:
            said_before = (details["name"], tuple(details["scopes"]), details["expires"]) if "row" not in details else None
            self.tokens[details["token"]] = KnownToken(leaf, details.get("row"), said_before)
        elif kind == REVOKE_TOKEN:
            token = self.tokens[details["token"]]
            if token.revoked is None:
                self.tokens[details["token"]] = replace(token, leaf=leaf, revoked=details.get("revoked", said["at"]))
        elif kind in (CREATE_USER, CHANGE_USER):
            self.users[details["user"]] = KnownUser(leaf, details["row"])
        elif kind == CREATE_PASSKEY:
            self.passkeys[details["passkey"]] = KnownPasskey(leaf, details["row"])
        elif kind == DELETE_PASSKEYS:
            for name in details["passkeys"]:
                self.passkeys.pop(name, None)
        elif kind == BEGIN_TASK:
            asked = {"purpose": said["purpose"], "legalBasis": said["legalBasis"]}
            self.tasks[details["task"]] = KnownTask(leaf, details["of"], {**said["actor"], **asked})
        elif kind == END_TASK:
            ended = {"state": details["state"], "counts": details.get("counts")}
            self.tasks[details["task"]] = replace(self.tasks[details["task"]], leaf=leaf, **ended)
        elif kind == CANCEL_TASK:
            self.tasks[details["task"]] = replace(self.tasks[details["task"]], leaf=leaf, state=CANCELLED)
        elif kind == FORGET_TASKS:
            for name in details["tasks"]:
                self.tasks.pop(name, None)


def of_rules(connection: Connection, keys: Keyring) -> Standing:
    """Reads from the leaves which tokens, users, passkeys and settings hold now; leaves of all other acts are not read.

    A leaf that does not read is passed over: `verify` names it, and what it said does not count.
    """
    return _followed(connection, keys, _RULES)


def of_everything(connection: Connection, keys: Keyring) -> Standing:
    """Reads the same, and the tasks."""
    tasks = (BEGIN_TASK, END_TASK, CANCEL_TASK, FORGET_TASKS)
    return _followed(connection, keys, (*_RULES, *tasks))


def forgotten_tasks(connection: Connection) -> set[str]:
    """Names all tasks that leaves say were forgotten. A leaf that does not read is passed over."""
    found: set[str] = set()
    for _, entry in tree.entries_of(connection, (FORGET_TASKS,)):
        try:
            found |= {str(name) for name in tree.read_entry(entry)["details"]["tasks"]}
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _followed(connection: Connection, keys: Keyring, kinds: Iterable[str]) -> Standing:
    found = Standing(keys)
    for leaf, entry in tree.entries_of(connection, kinds):
        try:
            found.follow(leaf, tree.read_entry(entry))
        except (KeyError, TypeError, ValueError):
            continue
    return found
