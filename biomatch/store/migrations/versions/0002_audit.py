"""Owning bureau, states of a print's row, and the audit tree."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    bureau = uuid.uuid4().hex
    meta = sa.table("meta", sa.column("key", sa.String), sa.column("value", sa.String))
    op.bulk_insert(meta, [{"key": "bureau", "value": bureau}])
    op.add_column("records", sa.Column("bureau", sa.String, nullable=False, server_default=bureau))
    _rebuild_prints(bureau)
    op.create_table(
        "audit_leaves",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("bureau", sa.String, nullable=False),
    )
    op.create_table(
        "audit_items",
        sa.Column("leaf", sa.Integer, sa.ForeignKey("audit_leaves.number"), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("content", sa.Text),
        sa.Column("person", sa.String),
        sa.Column("print_id", sa.String),
    )
    op.create_index("ix_audit_items_person", "audit_items", ["person"])
    op.create_index("ix_audit_items_print_id", "audit_items", ["print_id"])
    op.create_table(
        "audit_nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )


def _rebuild_prints(bureau: str) -> None:
    """Rebuilds the table of prints: SQLite cannot drop a constraint. Labels move first: dropping the old table would take
    theirs along."""
    op.drop_index("ix_labels_label", "labels")
    for index in ("ix_prints_person", "ix_prints_source_sha256"):
        op.drop_index(index, "prints")
    op.rename_table("labels", "labels_old")
    op.rename_table("prints", "prints_old")
    op.create_table(
        "prints",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("records.sequence"), primary_key=True, autoincrement=False),
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in _KEPT),
        sa.Column("bureau", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("until", sa.Integer),
    )
    names = ", ".join(("sequence", *(name for name, _, _ in _KEPT)))
    copy = sa.text(f"INSERT INTO prints ({names}, bureau, state) SELECT {names}, :bureau, 'active' FROM prints_old")
    op.get_bind().execute(copy, {"bureau": bureau})
    op.create_table(
        "labels",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("prints.sequence", ondelete="CASCADE"), primary_key=True),
        sa.Column("label", sa.String, primary_key=True),
    )
    op.execute("INSERT INTO labels (sequence, label) SELECT sequence, label FROM labels_old")
    op.drop_table("labels_old")
    op.drop_table("prints_old")
    op.create_index("ix_labels_label", "labels", ["label"])
    op.create_index("ix_prints_person", "prints", ["person", "encounter"])
    op.create_index("ix_prints_source_sha256", "prints", ["source_sha256"])
    op.create_index("ix_prints_print_id", "prints", ["print_id"])
    current = sa.text("state <> 'past'")
    op.create_index("uq_prints_print_id", "prints", ["print_id"], unique=True, sqlite_where=current, postgresql_where=current)


_KEPT = (
    ("print_id", sa.String, False),
    ("person", sa.String, False),
    ("encounter", sa.String, False),
    ("position", sa.Integer, False),
    ("impression", sa.Integer, False),
    ("quality", sa.Integer, True),
    ("extractor", sa.String, False),
    ("template", sa.LargeBinary, False),
    ("source_sha256", sa.String, True),
    ("media_type", sa.String, True),
    ("ppi", sa.Float, True),
    ("created", sa.String, False),
)
