"""Searches, as a repeat needs them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searches",
        sa.Column("search", sa.String, primary_key=True),
        sa.Column("leaf", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("compared", sa.Text, nullable=False),
        sa.Column("probes", sa.LargeBinary),
        sa.Column("person", sa.String),
        sa.Column("bureau", sa.String, nullable=False),
    )
    op.create_index("ix_searches_person", "searches", ["person"])
