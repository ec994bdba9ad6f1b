"""A gallery's folder: rows in SQLite, originals as content-addressed files. The truth that caches are rebuilt from."""

from biomatch.store.blobs import Blobs
from biomatch.store.log import SqlTemplateLog
from biomatch.store.prints import Prints, StoredPerson, StoredPrint
from biomatch.store.store import DATABASE, Store, holds_gallery, open_store

__all__ = [
    "DATABASE",
    "Blobs",
    "Prints",
    "SqlTemplateLog",
    "Store",
    "StoredPerson",
    "StoredPrint",
    "holds_gallery",
    "open_store",
]
