"""Passkeys that users sign in with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential", sa.String, primary_key=True),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("used", sa.String),
        sa.Column("bureau", sa.String, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
    )
