"""The folder of a gallery, and the disk under it."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound, Unavailable


class GalleryMissing(NotFound):
    code = "gallery-missing"

    def __init__(self, folder: str):
        super().__init__(f"{folder} holds no gallery; enrol a print into it, or check the path", folder=folder)


class NotAGallery(Conflict):
    code = "not-a-gallery"

    def __init__(self, folder: str, reason: str):
        super().__init__(
            f"{folder} cannot be opened as a gallery: {reason}; choose another folder", folder=folder, reason=reason
        )


class GalleryDamaged(Conflict):
    code = "gallery-damaged"

    def __init__(self, folder: str, reason: str):
        super().__init__(
            f"the gallery {folder} is damaged: {reason}; put back a copy of the folder", folder=folder, reason=reason
        )


class FolderTooNew(Conflict):
    code = "folder-too-new"

    def __init__(self, folder: str, version: str):
        super().__init__(
            f"{folder} was written by a newer biomatch (layout '{version}'); install that version or a later one",
            folder=folder,
            version=version,
        )


class FolderNotEmpty(Conflict):
    code = "folder-not-empty"

    def __init__(self, folder: str):
        super().__init__(f"{folder} holds other files; choose an empty or a new folder", folder=folder)


class NotServed(Conflict):
    code = "not-served"

    def __init__(self, folder: str):
        super().__init__(
            f"nobody serves {folder}; `biomatch serve --gallery {folder}` does, and prints its address", folder=folder
        )


class FolderInUse(Unavailable):
    code = "folder-in-use"

    def __init__(self, folder: str, pid: int, host: str, since: str):
        super().__init__(
            f"{folder} is held by process {pid} on {host} since {since}; stop it, or ask it over HTTP if it is a server",
            folder=folder,
            pid=pid,
            host=host,
            since=since,
        )


class ServerSilent(Unavailable):
    code = "server-silent"

    def __init__(self, folder: str, pid: int, door: str):
        super().__init__(
            f"process {pid} serves {folder}, but does not answer at {door}: it is starting, ending or stuck; try again in a "
            "moment, and stop that process if it stays so",
            folder=folder,
            pid=pid,
            door=door,
        )


class BadDatabase(BadInput):
    code = "bad-database"

    def __init__(self, database: str):
        super().__init__(
            f"'{database}' names no database that a gallery can live in; write postgresql://USER@HOST/NAME", database=database
        )


class OtherDatabase(Conflict):
    code = "other-database"

    def __init__(self, folder: str, database: str):
        super().__init__(
            f"the gallery {folder} is in {database}; leave the database out, or back it up and restore it into another",
            folder=folder,
            database=database,
        )


class DatabaseNotEmpty(Conflict):
    code = "database-not-empty"

    def __init__(self, database: str):
        super().__init__(f"{database} holds a gallery already; name an empty database or schema", database=database)


class DatabaseInUse(Unavailable):
    code = "database-in-use"

    def __init__(self, folder: str, database: str):
        super().__init__(
            f"the database of {folder}, {database}, is held by another process, maybe of another folder; stop that process",
            folder=folder,
            database=database,
        )


class DiskFull(Unavailable):
    code = "disk-full"

    def __init__(self, folder: str):
        super().__init__(
            f"nothing was written: the disk that holds {folder} is full; free space there and repeat", folder=folder
        )


class StoreFailed(Unavailable):
    code = "store-failed"

    def __init__(self, folder: str, reason: str):
        super().__init__(f"nothing was written to {folder}: {reason}; mend that and repeat", folder=folder, reason=reason)


class CacheDamaged(Unavailable):
    """A cache file cannot be trusted. Whoever opens a gallery catches it and rebuilds from the log."""

    code = "cache-damaged"

    def __init__(self, path: str, reason: str):
        super().__init__(f"the cache file {path} cannot be used: {reason}; delete it, it is rebuilt", path=path, reason=reason)
