"""Says at a glance how a gallery's folder is kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from biomatch import private
from biomatch.bureau.cases import Actor
from biomatch.bureau.context import Context
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.upkeep.keys import strange_keys
from biomatch.store import DATABASE
from biomatch.store.keys.master_key import DATA_KEYS, KEYS, MASTER_KEY, lies_inside
from biomatch.store.reserve import RESERVE_BYTES
from biomatch.words import counted

SHOWN = 3  # faults of one kind that a line names


@dataclass(frozen=True)
class Condition:
    """One fact about a folder. well: False where somebody should do something; words: what is so, and what to do."""

    what: str
    well: bool
    words: str


class FolderCondition:
    """Looks at each thing about a folder that somebody may have to do something about."""

    def __init__(self, context: Context):
        self._context = context

    @needs(Scope.LOCAL)
    def condition(self, actor: Actor) -> tuple[Condition, ...]:
        """Says how the folder is kept, at a glance; `check` looks at every print."""
        folder, store, gallery = self._context.folder, self._context.store, self._context.gallery
        free, held = shutil.disk_usage(folder).free, _bytes_in(folder)
        entered = private.is_open(folder)
        loose = [path.name for path in (folder / KEYS).iterdir() if private.is_open(path)]
        faults, lost = store.faults() + store.risks(), store.lost_keys()
        with self._context.writing:  # a key is there before its row
            unknown = strange_keys(store)
        inside = lies_inside(store.keys, folder)
        behind, fault = (
            store.log.head - gallery.state.sequence,
            gallery.info()["cache_fault"],
        )
        lacks = f"lacks {counted(behind, 'record')} of the log"
        now, changed = datetime.now(UTC).isoformat(timespec="milliseconds"), store.setting_faults()
        tokens, strange, unlike = store.tokens.all(), store.tokens.faults(), store.users.faults()
        unlike |= {f"passkey {passkey}": what for passkey, what in store.passkeys.faults().items()}
        good = [token for token in tokens if token.revoked is None and token.expires > now]
        return (
            _condition("folder", not entered, "only its owner can enter", f"others can enter; chmod -R go= {folder}"),
            _condition(
                "keys", not loose, "only their owner can read them", f"others can read {', '.join(loose)}; chmod 600 them"
            ),
            _condition(
                "master key",
                not inside,
                f"lies apart, in {store.keys.master.place}",
                f"lies beside the data: whoever takes the disk has both; stop the gallery, mv {folder / MASTER_KEY} to "
                "another device, and set BIOMATCH_MASTER_KEY_FILE",
            ),
            _condition(
                "data keys",
                not lost and not unknown,
                f"of {counted(len(store.keys), 'person')}",
                f"those of {counted(len(lost), 'person')} are gone, who are not found: {', '.join(lost[:SHOWN])}"
                f"{', ...' if lost[SHOWN:] else ''}; put back the newest {DATA_KEYS}"
                if lost
                else f"{''.join(unknown)}; put back the newest {DATABASE}",
            ),
            _condition(
                "disk", free > held, f"{free / 1e9:,.1f} GB free", "no room for a second copy; free space, or move the folder"
            ),
            _condition(
                "reserve",
                store.reserve.fill(),
                f"{RESERVE_BYTES / 1e6:.0f} MB are kept for removals on a full disk",
                "the disk is full, and removals have taken from what is kept for them: nobody is enrolled until space is freed",
            ),
            _condition(
                "database",
                not faults,
                f"{store.describe()}: sound",
                f"{'; '.join(faults[:3])}; mend that, or restore a backup",
            ),
            _condition(
                "index",
                not behind and fault is None,
                "in step with the log",
                f"{fault or lacks}; run `biomatch check --mend`",
            ),
            _condition(
                "tokens",
                not strange and (bool(good) or not store.tokens.any()),
                f"{len(good)} of {len(tokens)} are good" if tokens else "none: `biomatch serve` makes the first one",
                f"{_said(strange)}: somebody wrote to the database past biomatch. `biomatch audit verify` says what else was "
                "changed; restore a backup"
                if strange
                else "all are revoked or expired: nobody comes in over HTTP; `biomatch token create`",
            ),
            _condition(
                "users",
                not unlike,
                f"{counted(len(store.users.all()), 'user')}" if store.users.any() else "none: `biomatch user create` makes one",
                f"{_said(unlike)}: somebody wrote to the database past biomatch. Who is not what the audit tree says does not "
                "sign in, and neither does such a passkey; restore a backup",
            ),
            _condition(
                "purpose",
                not changed,
                "asked of every search" if self._context.purpose_required else "not asked for; `biomatch init` does",
                f"{_said(changed)}: somebody wrote to the database past biomatch. What the audit tree says holds; "
                "restore a backup",
            ),
        )


def _condition(what: str, well: bool, good: str, bad: str) -> Condition:
    return Condition(what, well, good if well else bad)


def _said(faults: dict[str, str]) -> str:
    """Puts the first of what is wrong into words, by name."""
    return "; ".join(f"{name} {what}" for name, what in sorted(faults.items())[:SHOWN])


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
