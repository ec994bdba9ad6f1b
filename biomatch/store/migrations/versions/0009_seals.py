"""Seals over rows in the clear, and leaves by their act."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_HEAD = '{"act":"'  # an entry is JSON with sorted keys


def upgrade() -> None:
    for table in ("answers", "jobs", "job_items"):
        op.add_column(table, sa.Column("seal", sa.String))
    op.add_column("audit_leaves", sa.Column("act", sa.String, nullable=False, server_default=""))
    rest = f"substr(entry, {len(_HEAD) + 1})"
    ends = f"instr({rest}, '\"')" if op.get_bind().dialect.name == "sqlite" else f"strpos({rest}, '\"')"
    op.execute(f"UPDATE audit_leaves SET act = substr({rest}, 1, {ends} - 1) WHERE {ends} > 1")
    op.create_index("ix_audit_leaves_act", "audit_leaves", ["act"])
