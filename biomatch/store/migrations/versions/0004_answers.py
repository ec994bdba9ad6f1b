"""Answers to requests that may be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("person", sa.String),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("bureau", sa.String, nullable=False),
    )
    op.create_index("ix_answers_created", "answers", ["created"])
    op.create_index("ix_answers_person", "answers", ["person"])
