"""A gallery's folder: rows in a database, originals as files, the audit tree. The truth that caches are rebuilt from."""

from biomatch.store.answers import Answer, Answered
from biomatch.store.audit import Act, Item, KeptItem, Leaf
from biomatch.store.backup import Backup
from biomatch.store.blobs import Blobs
from biomatch.store.database import DATABASE
from biomatch.store.folder import mend, warn_if_open
from biomatch.store.job_items import JobItem
from biomatch.store.jobs import JobLost, Jobs, Step, StoredJob
from biomatch.store.keyring import Keyring
from biomatch.store.locking import KeyPlace
from biomatch.store.log import SqlTemplateLog
from biomatch.store.prints import Prints, Shown, StoredPerson, StoredPrint
from biomatch.store.searches import StoredSearch
from biomatch.store.store import Store, holds_gallery, open_store, refuse_lost
from biomatch.store.tokens import StoredToken
from biomatch.store.trail import AuditTrail, Consistency, Proof
from biomatch.store.verifying import Finding, Report

__all__ = [
    "DATABASE",
    "Act",
    "Answer",
    "Answered",
    "AuditTrail",
    "Backup",
    "Blobs",
    "Consistency",
    "Finding",
    "Item",
    "JobItem",
    "JobLost",
    "Jobs",
    "KeptItem",
    "KeyPlace",
    "Keyring",
    "Leaf",
    "Prints",
    "Proof",
    "Report",
    "Shown",
    "SqlTemplateLog",
    "Step",
    "Store",
    "StoredJob",
    "StoredPerson",
    "StoredPrint",
    "StoredSearch",
    "StoredToken",
    "holds_gallery",
    "mend",
    "open_store",
    "refuse_lost",
    "warn_if_open",
]
