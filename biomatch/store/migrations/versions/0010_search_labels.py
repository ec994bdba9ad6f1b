"""The label that a search was limited to, by which it is found when nobody has the label any more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("searches", sa.Column("label", sa.String))
    sqlite = op.get_bind().dialect.name == "sqlite"
    label = "json_extract(parameters, '$.where.label')" if sqlite else "parameters::json #>> '{where,label}'"
    op.execute(f"UPDATE searches SET label = {label} WHERE parameters LIKE '%\"label\":%'")
    op.create_index("ix_searches_label", "searches", ["label"])
