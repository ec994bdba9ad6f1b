"""ANSI/NIST-ITL transactions, traditional encoding: what police agencies send each other.

records   bytes <-> records of fields, nothing lost
limits    how much of a transaction is read at most
images    the friction ridge images of a transaction, and why one cannot be used
minutiae  records of type 9 in three layouts; marks -> the extended feature set
summary   what a search or an enrolment needs of a transaction, as small plain data
making    search and enrolment requests; INTERPOL-style results and errors
"""

from biomatch.formats.nist.images import Box, ImageRecord, images
from biomatch.formats.nist.limits import LIMITS, Limits
from biomatch.formats.nist.making import (
    ENROL,
    ERROR,
    LATENT_SEARCH,
    MAX_TEXT,
    NON_CRIMINAL_SEARCH,
    RESULT,
    SEARCH,
    Envelope,
    Message,
    Picture,
    Respondent,
    error,
    messages,
    request,
    respondents,
    result,
)
from biomatch.formats.nist.minutiae import Marks, Point, efs_record, marks
from biomatch.formats.nist.records import Fault, TaggedRecord, Transaction, is_transaction, read
from biomatch.formats.nist.summary import Summary, UsableImage, UsableMarks, person_in, summary

__all__ = [
    "ENROL",
    "ERROR",
    "LATENT_SEARCH",
    "LIMITS",
    "MAX_TEXT",
    "NON_CRIMINAL_SEARCH",
    "RESULT",
    "SEARCH",
    "Box",
    "Envelope",
    "Fault",
    "ImageRecord",
    "Limits",
    "Marks",
    "Message",
    "Picture",
    "Point",
    "Respondent",
    "Summary",
    "TaggedRecord",
    "Transaction",
    "UsableImage",
    "UsableMarks",
    "efs_record",
    "error",
    "images",
    "is_transaction",
    "marks",
    "messages",
    "person_in",
    "read",
    "request",
    "respondents",
    "result",
    "summary",
]
