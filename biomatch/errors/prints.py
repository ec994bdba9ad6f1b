"""Errors of an image, a template or a record."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.errors.base import BadInput


class BadImage(BadInput):
    code = "bad-image"


class UnreadableImage(BadImage):
    code = "unreadable-image"

    def __init__(self, reason: str):
        super().__init__(
            f"the image could not be read: {reason}; send PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ or PGM", reason=reason
        )


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
            f"the image shows {count} or more prints where one is needed; crop it to one, or hand over a transaction, which is "
            "cut into fingers: `biomatch nist make -o slap.an2 right-four=IMAGE` makes one of a slap (left-four, thumbs)",
            count=count,
        )


class NoFingerprint(BadImage):
    code = "no-fingerprint"

    def __init__(self) -> None:
        super().__init__("no fingerprint was found in the image; take the print again, or hand over the file that shows it")


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


class BadTemplate(BadInput):
    code = "bad-template"


class CorruptTemplate(BadTemplate):
    code = "corrupt-template"

    def __init__(self, reason: str):
        super().__init__(f"the template is damaged: {reason}; extract it again from its image", reason=reason)


class TooManyMinutiae(BadTemplate):
    code = "too-many-minutiae"

    def __init__(self, count: int, limit: int):
        super().__init__(
            f"the template has {count:,} minutiae, at most {limit:,} of one print are read; send the best, or the image",
            count=count,
            limit=limit,
        )


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

    @classmethod
    def where_none_begins(cls) -> BadTransaction:
        """Makes the error for bytes that are no transaction from the first byte on: nothing can be read of them."""
        error = cls.__new__(cls)
        BadInput.__init__(
            error,
            "the file is no ANSI/NIST-ITL transaction: it does not begin with a type-1 record (1.001:); give one in the "
            "traditional encoding (.an2, .eft, .nst)",
            record=1,
            type=None,
            field=None,
            offset=0,
        )
        return error


class XmlNotRead(BadTransaction):
    code = "xml-not-read"

    def __init__(self) -> None:
        BadInput.__init__(
            self,
            "the file is XML, and of ANSI/NIST-ITL only the traditional encoding is read, not the XML one (NIEM); ask the "
            "sender for the traditional encoding (.an2, .eft, .nst), or hand over the images by themselves",
        )

    @classmethod
    def of_cbeff(cls) -> XmlNotRead:
        """Makes the error for XML that is no transaction."""
        error = cls.__new__(cls)
        BadInput.__init__(
            error,
            "the file is a CBEFF record in XML (ISO/IEC 19785-3, as MOSIP has it), which is not read; hand over the images or "
            "templates that its BDB elements hold",
        )
        return error


class TransactionTooLarge(BadTransaction):
    code = "transaction-too-large"

    def __init__(self, what: str, limit: int):
        BadInput.__init__(
            self,
            f"the transaction has more than {limit:,} {what}, which is the most that is read; send what is needed only, or "
            "send it in several transactions",
            what=what,
            limit=limit,
        )


class PartlyUsable(BadTransaction):
    code = "partly-usable"

    def __init__(self, prints: int, left_out: Sequence[str]):
        said = f"{prints:,} prints were" if prints != 1 else "1 print was"
        BadInput.__init__(
            self,
            f"{said} taken of the transaction, and not all that it should hold: {'; '.join(left_out)}; "
            "`biomatch nist show` lists what can be read of it",
            prints=prints,
            left_out=list(left_out),
        )


class NoUsablePrint(BadInput):
    code = "no-usable-print"

    def __init__(self, reason: str):
        super().__init__(
            f"the transaction holds no print that can be compared: {reason}; `biomatch nist show` lists what it holds",
            reason=reason,
        )


class ContradictsFile(BadInput):
    code = "contradicts-file"

    def __init__(self, what: str, given: str, said: str):
        super().__init__(
            f"{what} {given} was given, and the file says {said}; leave it out, or hand over the file that was meant",
            what=what,
            given=given,
            said=said,
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
            f"{what} is neither an image nor a template; send PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, PGM, a minutiae record or "
            "our own template",
            what=what,
        )
