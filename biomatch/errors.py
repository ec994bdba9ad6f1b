"""One family of errors: what was wrong, the values, what to do next. No HTTP, no exit codes.

The five direct children of `BiomatchError` are the kinds that doors (command line, HTTP) tell apart; every other class
names one fault. `code` is stable and stands in the manual.
"""

from __future__ import annotations


class BiomatchError(Exception):
    """Root of everything biomatch raises on purpose."""

    code = "error"

    def __init__(self, message: str, **values: object):
        super().__init__(message)
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders; their constructors differ, so they are rebuilt from their parts."""
        return _rebuild, (type(self), self.message, self.values)


def _rebuild(kind: type[BiomatchError], message: str, values: dict[str, object]) -> BiomatchError:
    error = kind.__new__(kind)
    BiomatchError.__init__(error, message, **values)
    return error


class BadInput(BiomatchError):
    """What the caller handed over cannot be used as it is."""

    code = "bad-input"


class NotFound(BiomatchError):
    """What the caller named does not exist."""

    code = "not-found"


class Conflict(BiomatchError):
    """What the caller asks contradicts what is there."""

    code = "conflict"


class Unavailable(BiomatchError):
    """The caller did nothing wrong, but it cannot be done now: disk full, folder locked, worker lost."""

    code = "unavailable"


class BadInstallation(BiomatchError):
    """A file that biomatch itself needs is missing, damaged or of another version."""

    code = "bad-installation"


# processes


class WorkerLost(Unavailable):
    code = "worker-lost"

    def __init__(self, reason: str):
        super().__init__(f"a job was given up: {reason}; try it once more, then leave it out", reason=reason)


# images


class BadImage(BadInput):
    code = "bad-image"


class UnreadableImage(BadImage):
    code = "unreadable-image"

    def __init__(self, reason: str):
        super().__init__(f"the image could not be read: {reason}; send PNG, TIFF, BMP, JPEG, JPEG 2000 or WSQ", reason=reason)


class UnwritableImage(BadImage):
    code = "unwritable-image"

    def __init__(self, kind: str, reason: str):
        super().__init__(
            f"the image cannot be written as {kind}: {reason}; choose another format, or convert it first",
            kind=kind,
            reason=reason,
        )


class ImageTooLarge(BadImage):
    code = "image-too-large"

    def __init__(self, width: int, height: int, limit: int):
        super().__init__(
            f"the image has {width} x {height} pixels, at most {limit:,} are read; crop it to one finger or raise the limit",
            width=width,
            height=height,
            limit=limit,
        )


class PrintTooLarge(BadImage):
    code = "print-too-large"

    def __init__(self, width: int, height: int, ppi: float, limit: float):
        super().__init__(
            f"{width} x {height} pixels at {ppi:g} ppi are {width / ppi:.1f} x {height / ppi:.1f} inches, at most {limit:.1f} "
            "are read; crop the image or give its true resolution",
            width=width,
            height=height,
            ppi=ppi,
            limit=limit,
        )


class SeveralPrints(BadImage):
    code = "several-prints"

    def __init__(self, count: int):
        super().__init__(
            f"the image shows {count} prints where one is needed; cut it, or send a transaction, which says which they are",
            count=count,
        )


class FileTooLarge(BadImage):
    code = "file-too-large"

    def __init__(self, size: int, limit: int):
        super().__init__(
            f"the file has {size:,} bytes, at most {limit:,} are read; crop or compress it", size=size, limit=limit
        )


class BadResolution(BadImage):
    code = "bad-resolution"

    def __init__(self, ppi: float):
        super().__init__(
            f"a resolution of {ppi:g} ppi is not one that fingerprints are scanned at; give 100 to 4000 ppi", ppi=ppi
        )


# templates and records


class BadTemplate(BadInput):
    code = "bad-template"


class CorruptTemplate(BadTemplate):
    code = "corrupt-template"

    def __init__(self, reason: str):
        super().__init__(f"the template is damaged: {reason}; extract it again from its image", reason=reason)


class RecordNotRead(BadTemplate):
    code = "record-not-read"

    def __init__(self, version: str):
        super().__init__(
            f"finger minutiae records of version {version!r} are not read; send ISO/IEC 19794-2 of 2005 or 2011, ANSI INCITS "
            "378 of 2004 or 2009, or the image",
            version=version,
        )


class BadTransaction(BadInput):
    code = "bad-transaction"

    def __init__(self, where: str, record: int, kind: int | None, field: str | None, offset: int):
        super().__init__(
            f"the transaction is damaged: {where}; `biomatch nist show` lists what can be read of it",
            record=record,
            type=kind,
            field=field,
            offset=offset,
        )


class NoUsablePrint(BadInput):
    code = "no-usable-print"

    def __init__(self, reason: str):
        super().__init__(
            f"the transaction holds no print that can be compared: {reason}; `biomatch nist show` lists what it holds",
            reason=reason,
        )


class FingersSwapped(BadInput):
    code = "fingers-swapped"

    def __init__(self, reasons: str):
        super().__init__(
            f"the prints' names contradict each other: {reasons}; name them rightly and enrol again, nothing was kept",
            reasons=reasons,
        )


class UnknownFormat(BadInput):
    code = "unknown-format"

    def __init__(self, what: str):
        super().__init__(
            f"{what} is neither an image nor a template; send PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, a minutiae record or our "
            "own template",
            what=what,
        )


# models


class ModelMissing(BadInstallation):
    code = "model-missing"

    def __init__(self, name: str, looked: str):
        super().__init__(
            f"model '{name}' was not found in {looked}; reinstall biomatch, or run `biomatch train`",
            name=name,
            looked=looked,
        )


class ModelDamaged(BadInstallation):
    code = "model-damaged"

    def __init__(self, name: str, reason: str):
        super().__init__(
            f"model '{name}' is refused: {reason}; reinstall biomatch, or run `biomatch train`", name=name, reason=reason
        )


# galleries, persons, prints


class NothingGiven(BadInput):
    code = "nothing-given"

    def __init__(self, what: str):
        super().__init__(f"no {what} was given; hand over at least one", what=what)


class TooManyPrints(BadInput):
    code = "too-many-prints"

    def __init__(self, count: int, limit: int):
        super().__init__(
            f"{count:,} prints were given, at most {limit:,} are taken at once; split them", count=count, limit=limit
        )


class BadName(BadInput):
    code = "bad-name"

    def __init__(self, what: str, name: str):
        super().__init__(
            f"{name[:80]!r} cannot name a {what}; use 1 to 200 printable characters, no blank at either end",
            what=what,
            name=name[:80],
        )


class PersonNotFound(NotFound):
    code = "person-not-found"

    def __init__(self, person: str):
        super().__init__(f"nobody is enrolled as '{person}'; check the id, or enrol the person first", person=person)


class EncounterNotFound(NotFound):
    code = "encounter-not-found"

    def __init__(self, person: str, encounter: str):
        super().__init__(
            f"'{person}' has no encounter '{encounter}'; read the person to see which there are",
            person=person,
            encounter=encounter,
        )


class PrintNotFound(NotFound):
    code = "print-not-found"

    def __init__(self, print_id: str):
        super().__init__(f"no print '{print_id}' is enrolled; read the person to see which there are", print=print_id)


class OriginalNotKept(NotFound):
    code = "original-not-kept"

    def __init__(self, print_id: str):
        super().__init__(
            f"print '{print_id}' was enrolled as a template, there is no image of it; enrol its image to see it", print=print_id
        )


class LabelNotFound(NotFound):
    code = "gallery-not-found"

    def __init__(self, label: str):
        super().__init__(f"no enrolled print carries the gallery '{label}'; 'ALL' searches everything", label=label)


class KeyReused(Conflict):
    code = "key-reused"

    def __init__(self, key: str):
        super().__init__(f"the idempotency key '{key}' stood with another request before; make a key for each", key=key)


class SamePerson(Conflict):
    code = "same-person"

    def __init__(self, person: str):
        super().__init__(f"'{person}' is on both sides; name two persons", person=person)


class EncounterExists(Conflict):
    code = "encounter-exists"

    def __init__(self, person: str, encounter: str):
        super().__init__(
            f"'{person}' already has an encounter '{encounter}'; choose another id, or delete it first",
            person=person,
            encounter=encounter,
        )


class PrintExists(Conflict):
    code = "print-exists"

    def __init__(self, print_id: str):
        super().__init__(f"a print '{print_id}' is enrolled already; choose another id, or remove it first", print=print_id)


# requests


class BadRequest(BadInput):
    code = "bad-request"

    def __init__(self, reason: str):
        super().__init__(f"the request cannot be read: {reason}; /docs shows working ones", reason=reason)


class UnsupportedBody(BadInput):
    code = "unsupported-body"

    def __init__(self, media_type: str):
        super().__init__(
            f"a body of type '{media_type}' is not read; send multipart/form-data, application/json, or the print itself "
            "as image/png or application/octet-stream",
            media_type=media_type,
        )


class BodyTooLarge(BadInput):
    code = "body-too-large"

    def __init__(self, limit: int):
        super().__init__(f"the body is larger than {limit:,} bytes; send fewer prints at once", limit=limit)


class ForeignOrigin(BadInput):
    code = "foreign-origin"

    def __init__(self, origin: str):
        super().__init__(
            f"requests under the name or from the page '{origin[:80]}' are refused; set BIOMATCH_NAMES if it is yours",
            origin=origin[:80],
        )


# audit


class TokenRefused(BadInput):
    """Who asks is not known."""

    code = "token-refused"


class TokenMissing(TokenRefused):
    code = "token-missing"

    def __init__(self) -> None:
        super().__init__("this service asks who you are; send the header Authorization: Bearer TOKEN")


class TokenUnknown(TokenRefused):
    code = "token-unknown"

    def __init__(self) -> None:
        super().__init__("the token is none of this bureau's; check that it is whole, or ask for another")


class TokenExpired(TokenRefused):
    code = "token-expired"

    def __init__(self, token: str, expired: str):
        super().__init__(f"token {token} expired at {expired}; ask for another", token=token, expired=expired)


class TokenRevoked(TokenRefused):
    code = "token-revoked"

    def __init__(self, token: str, revoked: str):
        super().__init__(f"token {token} was revoked at {revoked}; ask for another", token=token, revoked=revoked)


class NotAllowed(BadInput):
    code = "not-allowed"

    def __init__(self, name: str, scope: str):
        super().__init__(f"{name} may not do this: the scope {scope} is needed; ask for a token that has it", scope=scope)


class OpenToAll(BadInput):
    code = "open-to-all"

    def __init__(self, host: str):
        super().__init__(
            f"whoever reaches {host} could read and change the gallery; make a token first, with `biomatch token create`, "
            "or listen on 127.0.0.1",
            host=host,
        )


class PurposeMissing(BadInput):
    code = "purpose-missing"

    def __init__(self) -> None:
        super().__init__(
            "this bureau searches only for a purpose and on a legal basis, and one of them was not given; "
            "give both: --purpose and --legal-basis, over HTTP purpose and legalBasis"
        )


class TokenNotFound(NotFound):
    code = "token-not-found"

    def __init__(self, token: str):
        super().__init__(f"there is no token '{token}'; `biomatch token list` shows them", token=token)


class LeafNotFound(NotFound):
    code = "leaf-not-found"

    def __init__(self, number: int):
        super().__init__(f"the audit tree has no leaf {number}; a checkpoint says how many there are", number=number)


class WrongTreeSize(BadInput):
    code = "wrong-tree-size"

    def __init__(self, first: int, second: int, size: int):
        super().__init__(
            f"no tree of {first:,} leaves grew into one of {second:,}: there are {size:,}; give two sizes up to that, "
            "the smaller first",
            first=first,
            second=second,
            size=size,
        )


class BadBackup(BadInput):
    code = "bad-backup"

    def __init__(self, folder: str, reason: str):
        super().__init__(
            f"{folder} cannot be restored: {reason}; give a folder that `biomatch backup` finished, as it left it",
            folder=folder,
            reason=reason,
        )


class BadCheckpoint(BadInput):
    code = "bad-checkpoint"

    def __init__(self, reason: str):
        super().__init__(
            f"a checkpoint cannot be trusted: {reason}; give the note as it was handed out, and the signing bureau's key",
            reason=reason,
        )


class BadProof(BadInput):
    code = "bad-proof"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"{path} proves nothing: {reason}; give a file that `biomatch audit prove` or `export` wrote",
            path=path,
            reason=reason,
        )


class KeyMissing(Conflict):
    code = "key-missing"

    def __init__(self, path: str):
        super().__init__(f"the key {path} is gone; put it back from where you keep a copy of the folder's keys", path=path)


class KeyDamaged(Conflict):
    code = "key-damaged"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"the key {path} cannot be used: {reason}; put it back from where you keep a copy of the folder's keys",
            path=path,
            reason=reason,
        )


# folders


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


class BodyTooSlow(BadInput):
    code = "body-too-slow"

    def __init__(self, seconds: float):
        super().__init__(f"the request's body did not come within {seconds:g} s; send less at once", seconds=seconds)


class TooBusy(Unavailable):
    code = "too-busy"

    def __init__(self, limit: int):
        super().__init__(f"{limit} requests are being answered; send this one again in a moment", limit=limit)


class QuotaSpent(Unavailable):
    code = "quota-spent"

    def __init__(self, token: str, per_minute: int, retry_after: int):
        super().__init__(
            f"token {token} has made its {per_minute} requests a minute; wait {retry_after} s",
            token=token,
            per_minute=per_minute,
            retry_after=retry_after,
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


# lists of prints


class BadManifest(BadInput):
    code = "bad-manifest"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"the list of prints {path} cannot be used: {reason}; it is a CSV file with a line of column names",
            path=path,
            reason=reason,
        )


class NothingToDo(BadInput):
    code = "nothing-to-do"


class FileUnreadable(BadInput):
    code = "file-unreadable"

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path} could not be read: {reason}; check the path and its permissions", path=path, reason=reason)


class FileUnwritable(BadInput):
    code = "file-unwritable"

    def __init__(self, path: str, reason: str):
        super().__init__(f"{path} could not be written: {reason}; choose another place", path=path, reason=reason)


class BadRate(BadInput):
    code = "bad-rate"

    def __init__(self, rate: float):
        super().__init__(f"{rate:g} is not an error rate; give a share above 0 and at most 1, such as 0.001", rate=rate)


class UnknownName(BadInput):
    code = "unknown-name"

    def __init__(self, what: str, name: str, known: list[str]):
        super().__init__(f"'{name}' is no {what}; there are {', '.join(known)}", what=what, name=name)


# synthesis and benchmarks


class ImpossibleSynthesis(BadInput):
    code = "impossible-synthesis"

    def __init__(self, what: str, value: str, possible: str):
        super().__init__(f"{what} cannot be {value}; give {possible}", what=what, value=value)


class SynthesisExists(Conflict):
    code = "synthesis-exists"

    def __init__(self, folder: str):
        super().__init__(f"{folder} already holds all of these prints; choose another folder to make them again", folder=folder)


class OtherSynthesis(Conflict):
    code = "other-synthesis"

    def __init__(self, folder: str, what: str):
        super().__init__(
            f"{folder} was begun otherwise: with {what}; choose another folder, or remove it", folder=folder, what=what
        )


class ResultExists(Conflict):
    code = "result-exists"

    def __init__(self, path: str):
        super().__init__(f"{path} is there already; give another folder with --out, or --replace", path=path)


class BadBaseline(BadInput):
    code = "bad-baseline"

    def __init__(self, path: str, reason: str):
        super().__init__(
            f"{path} cannot be compared with: {reason}; give a JSON file that the same benchmark wrote",
            path=path,
            reason=reason,
        )


class BadSize(BadInput):
    code = "bad-size"

    def __init__(self, what: str, value: str, reason: str):
        super().__init__(f"{what} cannot be {value}: {reason}; --help lists what can be given", what=what, value=value)


class PeerMissing(BadInput):
    code = "peer-missing"

    def __init__(self, name: str):
        super().__init__(f"{name} is not installed, and this measures it; run pip install 'biomatch[bench]'", name=name)


class ExtraMissing(BadInput):
    code = "extra-missing"

    def __init__(self, package: str, extra: str):
        super().__init__(f"{package} is not installed; run pip install 'biomatch[{extra}]'", package=package, extra=extra)
