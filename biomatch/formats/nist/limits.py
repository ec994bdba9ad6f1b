"""The most that is read of a transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """A transaction that goes beyond one of these is refused before that part of it is taken apart.

    The fullest of the 23 sample files of NIST and others has 16 records, 19 fields in a record, 4,229 bytes in a field
    of text and 1,940 fields, subfields and items in all.
    """

    size: int = 256 * 1024**2  # bytes; a request's body has a lower limit of its own
    records: int = 1_000  # field 1.003 of 1,000 records is still a line that a person can check
    fields: int = 1_000  # of one record: the standard numbers them 001 to 999, each once
    field_bytes: int = 1024**2  # of one field of text; images and other data lie in field 999, which has no limit of its own
    parts: int = 200_000  # fields, subfields and items of all records: each takes 100 to 200 bytes once it stands alone
    images: int = 100  # that are compared: ten fingers rolled and plain, several times over
    marks: int = 100  # records of type 9 that are compared: a case with 100 latents
    minutiae: int = 1_000  # of one record of type 9, and cores, deltas or corners: a whole palm has fewer


LIMITS = Limits()
