"""A gallery's folder: rows in a database, originals as files, the audit tree. The truth that caches are rebuilt from."""

from biomatch.store.audit.told import Finding
from biomatch.store.audit.trail import AuditTrail, Consistency, Proof
from biomatch.store.audit.tree import Act, Item, KeptItem, Leaf
from biomatch.store.audit.verification import Report
from biomatch.store.backup import Backup
from biomatch.store.blobs import Blobs
from biomatch.store.database import DATABASE
from biomatch.store.folder import mend, warn_if_open
from biomatch.store.jobs.items import JobItem
from biomatch.store.jobs.job import JobLost, Step, StoredJob
from biomatch.store.jobs.jobs import Jobs
from biomatch.store.keys.keyring import Keyring
from biomatch.store.keys.master_key import KeyPlace
from biomatch.store.rows.answers import Answer, Answered
from biomatch.store.rows.log import SqlTemplateLog
from biomatch.store.rows.passkeys import StoredPasskey
from biomatch.store.rows.prints import Prints, Shown, StoredPerson, StoredPrint
from biomatch.store.rows.searches import StoredSearch
from biomatch.store.rows.tokens import StoredToken
from biomatch.store.rows.users import Secrets, StoredUser
from biomatch.store.store import Store, holds_gallery, open_store, refuse_lost
from biomatch.store.work import Work

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
    "Secrets",
    "Shown",
    "SqlTemplateLog",
    "Step",
    "Store",
    "StoredJob",
    "StoredPasskey",
    "StoredPerson",
    "StoredPrint",
    "StoredSearch",
    "StoredToken",
    "StoredUser",
    "Work",
    "holds_gallery",
    "mend",
    "open_store",
    "refuse_lost",
    "warn_if_open",
]
