"""Sex and birth of persons and the day of capture, by which searches are limited."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prints", sa.Column("sex", sa.Integer))
    op.add_column("prints", sa.Column("born", sa.String))
    op.add_column("prints", sa.Column("captured", sa.String))
