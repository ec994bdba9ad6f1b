"""The tables. `records` is the log, numbered without gaps; `prints` holds what is enrolled.

A removed print's rows are gone; the log keeps its two records, which hold no template. Every table that holds what a bureau
owns names the bureau: ids of several bureaus may come together in one database.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

APPENDED, TOMBSTONED = "appended", "tombstoned"

ACTIVE, INACTIVE, PAST = "active", "inactive", "past"
"""Of a print's row: a search can find it; kept, but not searched; a row after it says what the print is now."""
_CURRENT = "state <> 'past'"

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
"""Of a job: not begun; begun and not ended, whether somebody is at it or not; and how it ended."""

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
    Column("bureau", String, nullable=False),
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
    Column("created", String, nullable=False),  # when it first came, ISO 8601, UTC
    Column("bureau", String, nullable=False),
    Column("state", String, nullable=False),  # ACTIVE, INACTIVE or PAST
    Column("until", Integer),  # the record that ended what the row says; null: it holds
    Column("sex", Integer),  # of the person, code of ISO/IEC 5218; null, like what follows, where nobody said
    Column("born", String),  # the person's day of birth, ISO 8601
    Column("captured", String),  # the day on which the print was taken, ISO 8601
    Column("unit", String),  # whose it is; null: of no unit
    Index("ix_prints_print_id", "print_id"),
    Index("uq_prints_print_id", "print_id", unique=True, sqlite_where=text(_CURRENT), postgresql_where=text(_CURRENT)),
    Index("ix_prints_person", "person", "encounter"),
    Index("ix_prints_original", "source_sha256", "person", "state"),  # covers `originals`, which each start asks for
)

labels = Table(
    "labels",
    metadata,
    Column("sequence", Integer, ForeignKey("prints.sequence", ondelete="CASCADE"), primary_key=True),
    Column("label", String, primary_key=True),
    Index("ix_labels_label", "label"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token", String, primary_key=True),  # names it; is no secret
    Column("name", String, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # sha256 of the secret text
    Column("scopes", String, nullable=False),  # joined by blanks
    Column("per_minute", Integer),
    Column("created", String, nullable=False),
    Column("expires", String, nullable=False),
    Column("revoked", String),
    Column("bureau", String, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),  # who signs in with it; never given to somebody else
    Column("display", String, nullable=False),
    Column("roles", String, nullable=False),  # joined by blanks
    Column("password", String, nullable=False),  # Argon2 hash
    Column("one_time", LargeBinary, nullable=False),  # secret of the one-time codes, sealed
    Column("created", String, nullable=False),
    Column("ends", String),
    Column("bureau", String, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", String, primary_key=True),  # its id, base64url
    Column("user", String, nullable=False),
    Column("name", String, nullable=False),  # that the user gave it
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("created", String, nullable=False),
    Column("count", Integer, nullable=False),  # of signatures, as the authenticator said it last
    Column("used", String),
    Column("bureau", String, nullable=False),
    Column("seal", String, nullable=False),  # over the columns (store/rows/seals.py): no leaf tells of count and use
)

answers = Table(
    "answers",
    metadata,
    Column("token", String, primary_key=True),  # whose key it is; empty: nobody was asked
    Column("key", String, primary_key=True),  # keyed digest of the idempotency key; of an older version, the key itself
    Column("asked", LargeBinary, nullable=False),  # keyed digest of the request
    Column("answer", Text, nullable=False),  # JSON
    Column("person", String),  # at whose erasure it is erased
    Column("created", String, nullable=False),
    Column("bureau", String, nullable=False),
    Column("seal", String),  # over the columns (store/rows/seals.py); null: an older version wrote it
    Index("ix_answers_created", "created"),
    Index("ix_answers_person", "person"),
)

searches = Table(
    "searches",
    metadata,
    Column("search", String, primary_key=True),
    Column("leaf", Integer, nullable=False),  # that tells what was found, and commits to this row
    Column("sequence", Integer, nullable=False),  # the last record of the log that the gallery had taken in
    Column("parameters", Text, nullable=False),  # JSON
    Column("compared", Text, nullable=False),  # JSON: probe, print, scale, votes, whether ridges took part
    Column("probes", LargeBinary),  # templates, one behind the other; null: erased
    Column("person", String),  # whose prints the probes are; at their erasure the probes are erased
    Column("bureau", String, nullable=False),
    Column("label", String),  # that it was limited to; erased when no print has it any more
    Index("ix_searches_person", "person"),
    Index("ix_searches_label", "label"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),  # WAITING, RUNNING, DONE, FAILED or CANCELLED
    Column("parameters", LargeBinary, nullable=False),  # JSON, sealed under the job's key
    Column("place", LargeBinary),  # where the next step begins: JSON, sealed likewise
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("counts", Text, nullable=False),  # JSON: what was found, in numbers
    Column("fault", LargeBinary),  # what it failed by: JSON, sealed likewise
    Column("actor", Text, nullable=False),  # JSON: who asked
    Column("token", String, nullable=False),  # whose it is; empty: nobody was asked
    Column("fence", Integer, nullable=False),  # grows by one with each holder: an older one's writes are refused
    Column("lease", String),  # until when its holder has it; null: nobody has it
    Column("created", String, nullable=False),
    Column("worked", String, nullable=False),  # when somebody last turned to it
    Column("ended", String),
    Column("bureau", String, nullable=False),
    Column("seal", String),  # over the columns (store/rows/seals.py); null: an older version wrote it
    Index("ix_jobs_state", "state", "worked"),
)

job_items = Table(
    "job_items",
    metadata,
    Column("job", String, ForeignKey("jobs.job", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("name", String),  # of which a job has one; a keyed hash, like the next two
    Column("person", String),  # at whose erasure it is erased
    Column("other", String),  # likewise, where it tells of two
    Column("content", LargeBinary, nullable=False),  # sealed
    Column("seal", String),  # over the columns (store/rows/seals.py); null: an older version wrote it
    Index("ix_job_items_kind", "job", "kind", "number"),
    Index("uq_job_items_name", "job", "name", unique=True),
    Index("ix_job_items_person", "person"),
    Index("ix_job_items_other", "other"),
)

audit_leaves = Table(
    "audit_leaves",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 0, without gaps
    Column("entry", Text, nullable=False),  # JSON, whose bytes the leaf hash is of
    Column("created", String, nullable=False),
    Column("bureau", String, nullable=False),
    Column("act", String, nullable=False),  # of the entry: each opening asks for those that decide who may come in
    Index("ix_audit_leaves_act", "act"),
)

audit_items = Table(
    "audit_items",
    metadata,
    Column("leaf", Integer, ForeignKey("audit_leaves.number"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),  # null, like what follows, once it is erased
    Column("content", Text),  # JSON
    Column("person", String),
    Column("print_id", String),
    Index("ix_audit_items_person", "person"),
    Index("ix_audit_items_print_id", "print_id"),
)

audit_nodes = Table(
    "audit_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
