"""ANSI/NIST-ITL transactions, traditional encoding: what police agencies send each other.

records   bytes <-> records of fields, nothing lost
images    the friction ridge images of a transaction, and why one cannot be used
minutiae  records of type 9 in three layouts; marks -> the extended feature set
making    search and enrolment requests; INTERPOL-style results and errors
"""

from biomatch.formats.nist.images import Box, ImageRecord, images
from biomatch.formats.nist.making import (
    ENROL,
    ERROR,
    LATENT_SEARCH,
    NON_CRIMINAL_SEARCH,
    RESULT,
    SEARCH,
    Envelope,
    Picture,
    Respondent,
    error,
    request,
    respondents,
    result,
)
from biomatch.formats.nist.minutiae import Marks, Point, efs_record, marks
from biomatch.formats.nist.records import Fault, TaggedRecord, Transaction, is_transaction, read

__all__ = [
    "ENROL",
    "ERROR",
    "LATENT_SEARCH",
    "NON_CRIMINAL_SEARCH",
    "RESULT",
    "SEARCH",
    "Box",
    "Envelope",
    "Fault",
    "ImageRecord",
    "Marks",
    "Picture",
    "Point",
    "Respondent",
    "TaggedRecord",
    "Transaction",
    "efs_record",
    "error",
    "images",
    "is_transaction",
    "marks",
    "read",
    "request",
    "respondents",
    "result",
]
