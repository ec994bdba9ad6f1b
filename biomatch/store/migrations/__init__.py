"""The layout's history. A folder of any earlier version is brought to this one when it is opened."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection


def upgrade(connection: Connection) -> bool:
    """Brings a database to this version's layout, in the caller's transaction; whether it was another one.

    Raises UnknownLayout where a later version made it.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {revision.revision for revision in scripts.walk_revisions()}:
        raise UnknownLayout(found)
    if found == scripts.get_current_head():
        return False
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


class UnknownLayout(Exception):
    """The number of a layout that this version does not know."""
