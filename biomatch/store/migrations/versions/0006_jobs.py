"""Jobs, and what they work with and find."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("job", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("parameters", sa.LargeBinary, nullable=False),
        sa.Column("place", sa.LargeBinary),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("fault", sa.LargeBinary),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("lease", sa.String),
        sa.Column("created", sa.String, nullable=False),
        sa.Column("worked", sa.String, nullable=False),
        sa.Column("ended", sa.String),
        sa.Column("bureau", sa.String, nullable=False),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "worked"])
    op.create_table(
        "job_items",
        sa.Column("job", sa.String, sa.ForeignKey("jobs.job", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String),
        sa.Column("person", sa.String),
        sa.Column("other", sa.String),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_job_items_kind", "job_items", ["job", "kind", "number"])
    op.create_index("uq_job_items_name", "job_items", ["job", "name"], unique=True)
    op.create_index("ix_job_items_person", "job_items", ["person"])
    op.create_index("ix_job_items_other", "job_items", ["other"])
