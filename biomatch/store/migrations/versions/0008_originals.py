"""An index that tells all originals: a start no longer reads every row with its template."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_prints_source_sha256", "prints")
    op.create_index("ix_prints_original", "prints", ["source_sha256", "person", "state"])
