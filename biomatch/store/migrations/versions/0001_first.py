"""Log, prints and their labels."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("print_id", sa.String, nullable=False),
        sa.Column("created", sa.String, nullable=False),
    )
    op.create_table(
        "prints",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("records.sequence"), primary_key=True, autoincrement=False),
        sa.Column("print_id", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("encounter", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("impression", sa.Integer, nullable=False),
        sa.Column("quality", sa.Integer),
        sa.Column("extractor", sa.String, nullable=False),
        sa.Column("template", sa.LargeBinary, nullable=False),
        sa.Column("source_sha256", sa.String),
        sa.Column("media_type", sa.String),
        sa.Column("ppi", sa.Float),
        sa.Column("created", sa.String, nullable=False),
        sa.UniqueConstraint("print_id", name="uq_prints_print_id"),
    )
    op.create_index("ix_prints_person", "prints", ["person", "encounter"])
    op.create_index("ix_prints_source_sha256", "prints", ["source_sha256"])
    op.create_table(
        "labels",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("prints.sequence", ondelete="CASCADE"), primary_key=True),
        sa.Column("label", sa.String, primary_key=True),
    )
    op.create_index("ix_labels_label", "labels", ["label"])
    op.bulk_insert(
        sa.table("meta", sa.column("key", sa.String), sa.column("value", sa.String)), [{"key": "format", "value": "1"}]
    )
