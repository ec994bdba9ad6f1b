"""The tables. `records` is the log, numbered without gaps; `prints` holds what is enrolled now.

A removed print's row is gone; the log keeps its two records, which hold no template.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

APPENDED, TOMBSTONED = "appended", "tombstoned"

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("print_id", String, nullable=False),
    Column("created", String, nullable=False),  # ISO 8601, UTC
)

prints = Table(
    "prints",
    metadata,
    Column("sequence", Integer, ForeignKey("records.sequence"), primary_key=True, autoincrement=False),
    Column("print_id", String, nullable=False),
    Column("person", String, nullable=False),
    Column("encounter", String, nullable=False),
    Column("position", Integer, nullable=False),  # code of ISO/IEC 19794-2
    Column("impression", Integer, nullable=False),  # code of ISO/IEC 19794-2
    Column("quality", Integer),  # 0..100; null where nobody measured it
    Column("extractor", String, nullable=False),
    Column("template", LargeBinary, nullable=False),
    Column("source_sha256", String),
    Column("media_type", String),
    Column("ppi", Float),  # as the caller gave it; null: as the file says
    Column("created", String, nullable=False),
    UniqueConstraint("print_id"),
    Index("ix_prints_person", "person", "encounter"),
    Index("ix_prints_source_sha256", "source_sha256"),
)

labels = Table(
    "labels",
    metadata,
    Column("sequence", Integer, ForeignKey("prints.sequence", ondelete="CASCADE"), primary_key=True),
    Column("label", String, primary_key=True),
    Index("ix_labels_label", "label"),
)
